"""The motor, gear and inner loops of an emulated servo: enough to move, stall, be loaded and be stopped.

What a servo's firmware does inside is not published. Gains, inertia and friction are assumed; what matters for the
bus is that position follows goals with a profile, that current tells torque, and that limits hold.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from robotics.contracts import Vector
from robotics.kernels.compiled import kernel

STEP_S = 1e-3
"""Step of the motor's integration; assumed [s]."""

INERTIA_KGM2, VISCOUS_NMS, COULOMB_NM = 2e-3, 0.02, 0.03
"""Of rotor behind the gear, its link and its bearings; assumed."""

POSITION_GAIN, VELOCITY_GAIN = 40.0, 120.0
"""Velocity per error of position [1/s], and acceleration per error of velocity [1/s]; assumed."""

SLOW_RAD_S = 0.05
"""Speed from which on the drive makes up for all of the friction; assumed [rad/s]."""


class Drive(IntEnum):
    """What the motor follows."""

    OFF = 0
    CURRENT = 1
    VELOCITY = 2
    POSITION = 3
    PWM = 4


class Motor:
    """State and limits of one motor, in rad, rad/s and Nm at the horn.

    Args:
        stall_nm: Greatest torque.
        no_load_rad_s: Speed without load.

    Attributes:
        state: Position, velocity, torque of the drive, and position and velocity of the profile, shape (5,).
        load_nm: Torque that acts from outside.
        blocked: Whether something holds the horn.
    """

    def __init__(self, stall_nm: float, no_load_rad_s: float) -> None:
        self.state = np.zeros(5)
        self.load_nm, self.blocked = 0.0, False
        self._stall, self._no_load = stall_nm, no_load_rad_s
        self._rest_s = 0.0

    @property
    def position(self) -> float:
        """Where the horn is [rad]."""
        return float(self.state[0])

    @property
    def velocity(self) -> float:
        """How fast it turns [rad/s]."""
        return float(self.state[1])

    @property
    def torque(self) -> float:
        """What the drive exerts [Nm]."""
        return float(self.state[2])

    def place(self, position: float) -> None:
        """Put the horn somewhere at rest."""
        self.state[:] = position, 0.0, 0.0, position, 0.0

    def hold(self) -> None:
        """Let the profile begin where the horn is."""
        self.state[3], self.state[4] = self.state[0], 0.0

    def advance(
        self, seconds: float, drive: Drive, goal: float, most_nm: float, speed: float, acceleration: float
    ) -> None:
        """Let time pass.

        Args:
            seconds: How much.
            drive: What the motor follows.
            goal: Its goal [rad, rad/s or Nm; of the supply where it is driven by PWM].
            most_nm: Greatest torque that it may exert.
            speed: Speed of the profile [rad/s]; 0 where it has no limit.
            acceleration: Acceleration of the profile [rad/s^2]; 0 where it has no limit.
        """
        self._rest_s += seconds
        steps = int(self._rest_s / STEP_S)
        self._rest_s -= steps * STEP_S
        top = min(speed, self._no_load) if speed > 0.0 else self._no_load
        most = min(most_nm, self._stall)
        load = self.load_nm
        _advance(self.state, steps, int(drive), goal, most, top, acceleration, load, self.blocked, self._no_load)


@kernel
def _advance(
    state: Vector,
    steps: int,
    drive: int,
    goal: float,
    most: float,
    top: float,
    acceleration: float,
    load: float,
    blocked: bool,
    no_load: float,
) -> None:
    q, dq, tau, q_ref, dq_ref = state[0], state[1], state[2], state[3], state[4]
    for _ in range(steps):
        q_ref, dq_ref = _profile(q_ref, dq_ref, drive, goal, top, acceleration)
        tau = min(max(_torque(q, dq, q_ref, dq_ref, drive, goal, most, load, no_load), -most), most)
        if blocked:
            dq = 0.0
            continue
        moved = dq + (tau + load - VISCOUS_NMS * dq) / INERTIA_KGM2 * STEP_S
        brake = COULOMB_NM / INERTIA_KGM2 * STEP_S
        moved = max(0.0, moved - brake) if moved > 0.0 else min(0.0, moved + brake)
        dq = min(max(moved, -no_load), no_load)
        q += dq * STEP_S
    state[0], state[1], state[2], state[3], state[4] = q, dq, tau, q_ref, dq_ref


@kernel
def _profile(
    q_ref: float, dq_ref: float, drive: int, goal: float, top: float, acceleration: float
) -> tuple[float, float]:
    """One step of the profile: towards a position with a speed and an acceleration, or towards a speed."""
    left, wanted = goal - q_ref, 0.0
    if drive == 3:
        wanted = min(top, abs(left) / STEP_S)
        if acceleration > 0.0:
            wanted = min(wanted, np.sqrt(2.0 * acceleration * abs(left)))
        wanted = wanted if left >= 0.0 else -wanted
    elif drive == 2:
        wanted = min(max(goal, -top), top)
    change = wanted - dq_ref
    if acceleration > 0.0:
        change = min(max(change, -acceleration * STEP_S), acceleration * STEP_S)
    dq_ref += change
    if drive != 3:
        return q_ref, dq_ref
    if abs(left) <= abs(dq_ref * STEP_S):
        return goal, 0.0
    return q_ref + dq_ref * STEP_S, dq_ref


@kernel
def _torque(
    q: float,
    dq: float,
    q_ref: float,
    dq_ref: float,
    drive: int,
    goal: float,
    most: float,
    load: float,
    no_load: float,
) -> float:
    """What the drive would exert if it could."""
    if drive == 0:
        return 0.0
    if drive == 1:
        return goal
    if drive == 4:
        return most * (goal - dq / no_load)
    speed = dq_ref + (POSITION_GAIN * (q_ref - q) if drive == 3 else 0.0)
    friction = COULOMB_NM * min(max(speed / SLOW_RAD_S, -1.0), 1.0)
    return INERTIA_KGM2 * VELOCITY_GAIN * (speed - dq) + VISCOUS_NMS * dq + friction - load
