"""The joint board's firmware in the loop: host and board are as they would be, and what the board drives is simulated.

All goes by in virtual time: a millisecond of the world, then one of the board, and the same run comes out every time.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from msgspec.structs import replace

from hardware.emulation.native_board import BRAKE, POWER, SURE
from hardware.firmware.joint_table import BANDWIDTH_RAD_S, BuiltJoint, joints_of
from hardware.joint_board.lines import Line, VirtualBoard, VirtualLine
from hardware.joint_board.plant import JointBoardPlant
from hardware.joint_board.units import POSITION
from robotics.contracts import Command, DriveMode, Plant, Vector
from robotics.errors import ConfigError, UnknownNameError
from robotics.kernels.dynamics import gravity_torque
from robotics.kinematics import link_poses
from simulation.bullet_plant import BulletPlant, PlacedArm
from simulation.settings import SimulationConfig

TARGETS = ("native", "avr")
"""Boards that run in virtual time."""

CUFF_UNITS = np.array([0.01, 0.01, 0.01, 0.001, 0.001, 0.001])
"""Units of a cuff's six channels [N, Nm]; ours: up to 327 N and 32 Nm."""

MILLISECOND = 0.001
"""Steps in which world and board go on [s]."""

SLOW = 0.002
"""Share of its largest speed at which a joint's friction is fed forward in full; ours."""

_MOST = 2**15 - 1


class BoardInLoop:
    """Puts a board between a loop and the simulated arm; given to `steadyhand.rig.build` and its like.

    Args:
        target: What the firmware runs on: one of `TARGETS`.

    Raises:
        UnknownNameError: There is no such target.
    """

    lockstep = True

    def __init__(self, target: str) -> None:
        if target not in TARGETS:
            raise UnknownNameError("target", target, TARGETS)
        self.target = target

    def simulation(self, settings: SimulationConfig) -> SimulationConfig:
        """Settings of the world: the board's servos drive the joints by torque."""
        return replace(settings, drive="torque", drives="ideal")

    def period(self, physics: SimulationConfig, period_s: float) -> float:  # noqa: ARG002
        """Control period of the simulated arm: a millisecond, the board's.

        Raises:
            ConfigError: It is no whole multiple of the physics step.
        """
        physics.substeps(MILLISECOND)
        return MILLISECOND

    def plant(self, simulated: BulletPlant, arms: tuple[PlacedArm, ...], period_s: float, gravity: float) -> Plant:
        """The plant that the loop drives.

        Args:
            simulated: The arm that the board drives.
            arms: The rig's arms.
            period_s: Control period [s].
            gravity: Along world z [m/s^2].

        Raises:
            ConfigError: The rig has several arms: a board is one arm's.
            DeviceError: The firmware cannot be compiled here.
        """
        if len(arms) != 1:
            raise ConfigError("rig", "arms", f"a joint board drives one arm, the rig has {len(arms)}")
        arm, description = arms[0], simulated.describe()
        channels = 6 * len(description.cuffs)
        joints = joints_of(arm.config)
        board = self.board(arm.config.name, len(joints), channels)
        line = self.line(board, self.drives(board, simulated, arm, joints))
        units = np.tile(CUFF_UNITS, (len(description.cuffs), 1)) if description.cuffs else None
        return JointBoardPlant(
            description, line, period_s, cuff_units=units, feed_forward=feed_forward(arm, gravity),
            prismatic=[joint.prismatic for joint in joints],
        )  # fmt: skip

    def board(self, arm: str, joints: int, channels: int) -> VirtualBoard:
        """The board; a test may have another.

        Args:
            arm: Name of the arm whose joints it has.
            joints: How many those are.
            channels: Further sensors that it has.
        """
        if self.target == "avr":
            from hardware.emulation.avr.avr_board import AvrBoard

            return AvrBoard(arm, joints, channels)
        from hardware.emulation.native_board import NativeBoard

        return NativeBoard(arm, channels, bench=False)

    def drives(
        self, board: VirtualBoard, simulated: BulletPlant, arm: PlacedArm, joints: tuple[BuiltJoint, ...]
    ) -> SimulatedDrives:
        """What the board drives; a test may have others."""
        return SimulatedDrives(board, simulated, arm, joints)

    def line(self, board: VirtualBoard, drives: SimulatedDrives) -> Line:
        """The line to the board; a test may have another."""
        return VirtualLine(board, drives.millisecond)


class SimulatedDrives:
    """Drive stages of a board whose joints are simulated.

    Args:
        board: The board.
        simulated: The arm, driven by torque.
        arm: The same, as it was placed.
        joints: What the board is built with.
    """

    def __init__(
        self, board: VirtualBoard, simulated: BulletPlant, arm: PlacedArm, joints: tuple[BuiltJoint, ...]
    ) -> None:
        self._board, self._simulated = board, simulated
        self._sensed, self._driven = board.sensed, board.driven  # type: ignore[attr-defined]
        self._channels = getattr(board, "channels", None)
        self._jaw = arm.config.jaw
        self._dq = np.array([1e-9 * joint.dq_unit for joint in joints])
        self._tau = np.array([1e-9 * joint.tau_unit for joint in joints])
        self._brake = np.array([1e-9 * joint.tau_unit * joint.stiffness / 2**20 / POSITION for joint in joints])
        n = len(joints)
        self._command = Command(DriveMode.TORQUE, np.zeros(n), np.zeros(n), np.zeros(n))
        self._held = np.full(n, np.nan)  # where brakes hold
        self._inertia = self._brake[-1] / BANDWIDTH_RAD_S**2
        self._jaw_rate, self._at_rest = 0.0, True

    def millisecond(self) -> None:
        """Let the arm move for a millisecond as the drives do, and sense where it is then."""
        m = self._simulated.read()
        command = self._command
        for j, driven in enumerate(self._driven[: len(self._dq)]):
            command.tau[j] = driven.effort * self._tau[j] if driven.flags & POWER else 0.0
            if not driven.flags & BRAKE:
                self._held[j] = np.nan
            else:
                if np.isnan(self._held[j]):
                    self._held[j] = m.q[j]
                command.tau[j] = self._brake[j] * (self._held[j] - m.q[j]) - 0.02 * self._brake[j] * m.dq[j]
        if self._jaw is not None:
            self._move_jaw(float(m.q[-1]))
        self._simulated.write(command)
        m = self._simulated.read()
        for j, sensed in enumerate(self._sensed[: len(self._dq)]):
            sensed.q = round(m.q[j] / POSITION)
            sensed.dq = _cut(m.dq[j] / self._dq[j])
            sensed.tau = _cut(command.tau[j] / self._tau[j])
            sensed.flags = SURE
        if self._jaw is not None:  # its encoder is on the motor
            self._sensed[len(self._dq) - 1].q = round(command.q[-1] / POSITION)
            self._sensed[len(self._dq) - 1].dq = _cut(self._jaw_rate / self._dq[-1])
        if m.cuffs is not None and self._channels is not None:
            for k, value in enumerate((m.cuffs / CUFF_UNITS).ravel()):
                self._channels[k] = _cut(value)

    def _move_jaw(self, angle: float) -> None:
        """The jaws' motor: the simulated jaws hang on it by a spring, and follow until something is in between."""
        assert self._jaw is not None
        command, jaw = self._command, self._jaw
        if self._at_rest:
            command.q[-1], self._at_rest = angle, False
        pull = command.tau[-1] - jaw.stiffness * (command.q[-1] - angle)
        self._jaw_rate += MILLISECOND * pull / self._inertia
        command.q[-1] += MILLISECOND * self._jaw_rate
        if not jaw.lower <= command.q[-1] <= jaw.upper:
            command.q[-1], self._jaw_rate = min(max(command.q[-1], jaw.lower), jaw.upper), 0.0


def _cut(value: float) -> int:
    return max(-_MOST, min(_MOST, round(value)))


def feed_forward(arm: PlacedArm, gravity: float) -> Callable[[Vector, Vector], Vector]:
    """What moves an arm without any error of its servos: torques that carry its weight and overcome its friction.

    Args:
        arm: The arm.
        gravity: Along world z [m/s^2].

    Returns:
        From positions and velocities, jaws last, each of shape (n,), to torques or forces, shape (n,) [Nm or N].
    """
    chain = arm.chain
    down = np.ascontiguousarray(arm.T_world_base[:3, :3].T @ np.array([0.0, 0.0, gravity]))
    tau = np.zeros(chain.size + (arm.config.jaw is not None))
    own = tau[: chain.size]
    soft = SLOW * chain.velocity

    def forward(q: Vector, dq: Vector) -> Vector:
        rate = dq[: chain.size]
        links = link_poses(chain, q[: chain.size])
        gravity_torque(links, chain.kind, chain.mass, chain.com, down, own)
        own[:] += chain.viscous * rate + chain.coulomb * np.tanh(rate / soft)
        return tau

    return forward
