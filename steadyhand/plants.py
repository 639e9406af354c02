"""What the loop drives, by its name: the simulator, a joint board or servos on a port, or firmware in virtual time."""

from __future__ import annotations

from typing import Protocol

from hardware.joint_board.lines import BAUD, SerialLine
from hardware.joint_board.plant import JointBoardPlant
from hardware.serial_port import port_and_speed
from robotics.contracts import Plant
from robotics.errors import ArgumentError, ConfigError
from simulation.bullet_plant import BulletPlant, PlacedArm
from simulation.settings import SimulationConfig
from steadyhand.board_in_loop import TARGETS, BoardInLoop, feed_forward
from steadyhand.real_plant import RealPlant
from steadyhand.shadow import ShadowedPlant

SIMULATOR = "simulator"
"""Name of the plant that is simulated."""


class Through(Protocol):
    """Puts something between the loop and the simulated arm."""

    lockstep: bool
    """Whether it has a time of its own: such a plant runs in lockstep alone; any other in real time alone."""

    def simulation(self, settings: SimulationConfig) -> SimulationConfig:
        """Settings of the simulated world."""
        ...

    def period(self, physics: SimulationConfig, period_s: float) -> float:
        """Control period of the simulated arm [s]."""
        ...

    def plant(self, simulated: BulletPlant, arms: tuple[PlacedArm, ...], period_s: float, gravity: float) -> Plant:
        """The plant that the loop drives; not yet connected."""
        ...


class BoardOnPort:
    """A joint board behind a serial port; the simulated arm goes along with the real one.

    Args:
        path: Path of the port.
        baud: Speed [bit/s].
        shadow: Whether the simulated arm gets the same commands instead, and is compared.
    """

    lockstep = False

    def __init__(self, path: str, baud: int, shadow: bool = False) -> None:
        self._path, self._baud, self._shadow = path, baud, shadow

    def simulation(self, settings: SimulationConfig) -> SimulationConfig:
        """Settings of the world: as the rig has them."""
        return settings

    def period(self, physics: SimulationConfig, period_s: float) -> float:  # noqa: ARG002
        """Control period of the simulated arm: the rig's."""
        return period_s

    def line(self) -> SerialLine:
        """The line to the board; a benchmark may have another."""
        return SerialLine(self._path, self._baud)

    def plant(self, simulated: BulletPlant, arms: tuple[PlacedArm, ...], period_s: float, gravity: float) -> Plant:
        """Both, with the real one to be driven.

        Raises:
            ConfigError: The rig has several arms, or a patient.
        """
        if len(arms) != 1:
            raise ConfigError("rig", "arms", f"a joint board drives one arm, the rig has {len(arms)}")
        real = JointBoardPlant(simulated.describe(), self.line(), period_s, feed_forward=feed_forward(arms[0], gravity))
        return (
            ShadowedPlant(real, simulated, arms[0], period_s) if self._shadow else RealPlant(real, simulated, period_s)
        )


class ServosOnPort:
    """Dynamixel servos behind a serial port, armed as they are connected; the simulated arm goes along with them.

    Args:
        bus: Which servo moves which joint: name of a bus, or its TOML file.
        path: Path of the port.
        shadow: Whether the simulated arm gets the same commands instead, and is compared.
    """

    lockstep = False

    def __init__(self, bus: str, path: str, shadow: bool = False) -> None:
        self._bus, self._path, self._shadow = bus, path, shadow

    def simulation(self, settings: SimulationConfig) -> SimulationConfig:
        """Settings of the world: as the rig has them."""
        return settings

    def period(self, physics: SimulationConfig, period_s: float) -> float:  # noqa: ARG002
        """Control period of the simulated arm: the rig's."""
        return period_s

    def plant(self, simulated: BulletPlant, arms: tuple[PlacedArm, ...], period_s: float, gravity: float) -> Plant:  # noqa: ARG002
        """Both, with the real one to be driven.

        Raises:
            ConfigError: The bus moves other joints than the rig has.
        """
        from hardware.dynamixel.bus_config import load_bus
        from hardware.dynamixel.plant import DynamixelPlant

        config, models = load_bus(self._bus)
        real = DynamixelPlant(config, models, self._path, arm=True)
        has, wanted = real.describe().joints, simulated.describe().joints
        if has != wanted:
            raise ConfigError(
                f"bus {self._bus}", "arms", f"moves {', '.join(has)}; the rig has {', '.join(wanted)}, in this order"
            )
        return _beside(real, simulated, arms, period_s, self._shadow)


def _beside(
    real: Plant, simulated: BulletPlant, arms: tuple[PlacedArm, ...], period_s: float, shadow: bool
) -> RealPlant:
    """A real plant with the simulated one beside it."""
    if simulated.describe().cuffs:
        raise ConfigError(
            "rig", "patient", "a simulated patient sits in it, who would not be in the real robot's cuffs"
        )
    if shadow:
        if len(arms) != 1:
            raise ConfigError("rig", "arms", f"--shadow compares one arm, the rig has {len(arms)}")
        return ShadowedPlant(real, simulated, arms[0], period_s)
    return RealPlant(real, simulated, period_s)


def through(name: str, shadow: bool = False) -> Through | None:
    """What stands between loop and simulator, by its name; None for the simulator itself.

    Args:
        name: ``simulator``, ``serial:PORT``, ``serial:PORT@BAUD``, ``dynamixel:BUS:PORT``, ``board:native`` or
            ``board:avr``.
        shadow: Whether the simulator runs beside a real arm, with the same commands, to be compared with it.

    Raises:
        ArgumentError: It is none of these, or no real arm where a shadow is asked for.
    """
    kind, _, rest = name.partition(":")
    if shadow and kind not in ("serial", "dynamixel"):
        raise ArgumentError(f"--shadow compares a real arm with the simulator: --plant is '{name}', give serial:PORT")
    if name == SIMULATOR:
        return None
    if kind == "board" and rest:
        return BoardInLoop(rest)
    if kind == "serial" and rest:
        return BoardOnPort(*port_and_speed(rest, BAUD), shadow)
    bus, _, port = rest.partition(":")
    if kind == "dynamixel" and bus and port:
        return ServosOnPort(bus, port, shadow)
    boards = ", ".join(f"board:{target}" for target in TARGETS)
    raise ArgumentError(
        f"--plant is '{name}'; choose one of: {SIMULATOR}, serial:PORT, serial:PORT@BAUD, dynamixel:BUS:PORT, {boards}"
    )
