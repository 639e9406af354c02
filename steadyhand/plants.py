"""What the loop drives, by its name: the simulator, a joint board or servos on a port, or firmware in virtual time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Protocol

from hardware.firmware.joint_table import joints_of
from hardware.joint_board.lines import BAUD, SerialLine
from hardware.joint_board.plant import JointBoardPlant
from hardware.serial_port import port_and_speed
from robotics.contracts import Plant, PlantDescription
from robotics.errors import ArgumentError, ConfigError
from simulation.bullet_plant import BulletPlant, PlacedArm
from simulation.settings import SimulationConfig
from steadyhand.board_in_loop import TARGETS, BoardInLoop, feed_forward
from steadyhand.real_plant import RealPlant
from steadyhand.shadow import ShadowedPlant

SIMULATOR = "simulator"
"""Name of the plant that is simulated."""


REAL = ("serial", "dynamixel")
"""Kinds of plants that power the drives of a real arm."""


def is_real(name: str) -> bool:
    """Whether a plant of this name powers the drives of a real arm."""
    return name.partition(":")[0] in REAL


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


class OnPort(ABC):
    """A real arm behind a serial port; the simulated one goes along with it.

    Args:
        path: Path of the port.
        shadow: Whether the simulated arm gets the same commands instead, and is compared.
    """

    lockstep = False

    def __init__(self, path: str, shadow: bool = False) -> None:
        self._path, self._shadow = path, shadow

    def simulation(self, settings: SimulationConfig) -> SimulationConfig:
        """Settings of the world: as the rig has them."""
        return settings

    def period(self, physics: SimulationConfig, period_s: float) -> float:  # noqa: ARG002
        """Control period of the simulated arm: the rig's."""
        return period_s

    def plant(self, simulated: BulletPlant, arms: tuple[PlacedArm, ...], period_s: float, gravity: float) -> Plant:
        """Both, with the real one to be driven.

        Raises:
            ConfigError: The rig has a patient, or arms that the real one has not.
        """
        if simulated.describe().cuffs:
            raise ConfigError(
                "rig", "patient", "a simulated patient sits in it, who would not be in the real robot's cuffs"
            )
        real = self.real(simulated.describe(), arms, period_s, gravity)
        if not self._shadow:
            return RealPlant(real, simulated, period_s)
        if len(arms) != 1:
            raise ConfigError("rig", "arms", f"--shadow compares one arm, the rig has {len(arms)}")
        return ShadowedPlant(real, simulated, arms[0], period_s)

    @abstractmethod
    def real(self, wanted: PlantDescription, arms: tuple[PlacedArm, ...], period_s: float, gravity: float) -> Plant:
        """The real one, not yet connected; `plant` has the arguments, and ``wanted`` is what the rig has."""


class BoardOnPort(OnPort):
    """A joint board.

    Args:
        path: Path of the port.
        baud: Speed [bit/s].
        shadow: Whether the simulated arm gets the same commands instead, and is compared.
    """

    def __init__(self, path: str, baud: int, shadow: bool = False) -> None:
        super().__init__(path, shadow)
        self._baud = baud

    def line(self) -> SerialLine:
        """The line to the board; a benchmark may have another."""
        return SerialLine(self._path, self._baud)

    def real(self, wanted: PlantDescription, arms: tuple[PlacedArm, ...], period_s: float, gravity: float) -> Plant:
        """The board, which carries the arm's weight and overcomes its friction."""
        if len(arms) != 1:
            raise ConfigError("rig", "arms", f"a joint board drives one arm, the rig has {len(arms)}")
        arm = arms[0]
        slides = [joint.prismatic for joint in joints_of(arm.config)]
        return JointBoardPlant(wanted, self.line(), period_s, feed_forward=feed_forward(arm, gravity), prismatic=slides)


class ServosOnPort(OnPort):
    """Dynamixel servos, armed as they are connected.

    Args:
        bus: Which servo moves which joint: name of a bus, or its TOML file.
        path: Path of the port.
        shadow: Whether the simulated arm gets the same commands instead, and is compared.
    """

    def __init__(self, bus: str, path: str, shadow: bool = False) -> None:
        super().__init__(path, shadow)
        self._bus = bus

    def real(
        self,
        wanted: PlantDescription,
        arms: tuple[PlacedArm, ...],  # noqa: ARG002
        period_s: float,  # noqa: ARG002
        gravity: float,  # noqa: ARG002
    ) -> Plant:
        """The servos of the bus, which has to move the rig's joints."""
        from hardware.dynamixel.bus_config import load_bus
        from hardware.dynamixel.plant import DynamixelPlant

        config, models = load_bus(self._bus)
        made = DynamixelPlant(config, models, self._path, arm=True)
        has = made.describe().joints
        if has != wanted.joints:
            raise ConfigError(
                f"bus {self._bus}",
                "arms",
                f"moves {', '.join(has)}; the rig has {', '.join(wanted.joints)}, in this order",
            )
        return made


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
    if shadow and not is_real(name):
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
