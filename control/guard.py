"""The guard: the last thing before the plant, and the only part that no config can take away.

It trusts nobody above it. Whatever motion is asked for leaves here inside the joints' position, velocity and
acceleration limits; whatever input or measurement arrives is refused when it is stale, not finite or not plausible.
"""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from msgspec import Meta

from control.tick import Flag
from robotics.chain import Chain
from robotics.config import Config
from robotics.contracts import POSE_SIZE, HandPose, Measurement, Vector
from robotics.kernels.compiled import Indices, kernel


class GuardConfig(Config, frozen=True, kw_only=True):
    """Bounds that are the rig's own; the joints' limits come with the arm.

    Attributes:
        max_input_age_s: Age from which the operator counts as gone [s].
        max_hand_speed_m_s: Speed above which a hand pose is not believed [m/s].
        max_hand_turn_deg_s: Rate of turn above which it is not believed [deg/s].
        max_measurement_age_s: Age from which a measurement is not believed [s].
        tracking_tolerance_rad: Gap between command and measurement of a revolute joint that faults [rad].
        tracking_tolerance_m: The same for a prismatic joint [m].
    """

    max_input_age_s: Annotated[float, Meta(gt=0, le=1.0)] = 0.1
    max_hand_speed_m_s: Annotated[float, Meta(gt=0, le=50)] = 5.0
    max_hand_turn_deg_s: Annotated[float, Meta(gt=0, le=20000)] = 3000.0
    max_measurement_age_s: Annotated[float, Meta(gt=0, le=1.0)] = 0.02
    tracking_tolerance_rad: Annotated[float, Meta(gt=0, le=1.0)] = 0.5
    tracking_tolerance_m: Annotated[float, Meta(gt=0, le=0.1)] = 0.05


SLOWEST_DEVICE_S = 0.05
"""Longest time between two poses of a device that still works: 20 a second; ours [s]."""

TURN_SLACK = 0.02
"""Turn that is let pass in any case: devices give quaternions of no more than two or three digits [rad]."""


class InputGuard:
    """Watches one operator input.

    Args:
        config: Bounds.
        dt: Control period [s].
    """

    def __init__(self, config: GuardConfig, dt: float) -> None:
        self._max_age, self._max_speed, self._dt = config.max_input_age_s, config.max_hand_speed_m_s, dt
        self._max_turn = math.radians(config.max_hand_turn_deg_s)
        self._last = np.full(POSE_SIZE, np.nan)
        self._since, self._age = 0.0, 0.0

    def check(self, hand: HandPose) -> int:
        """`Flag` bits of what is wrong with a hand pose; 0 where it may be acted on."""
        self._since += self._dt
        # Written so that an age that is not a number, or of a time to come, counts as stale.
        if not hand.valid or not 0.0 <= hand.age_s <= self._max_age:
            self._last[:] = np.nan
            return _STALE
        # A device that reports less often than we tick makes larger steps, and so does a pose that is fresher than the
        # one before, over a line that has just become quicker: judge by the time between the two, but a hand that
        # stood still for long may not be anywhere.
        since = min(self._since + max(self._age - hand.age_s, 0.0), SLOWEST_DEVICE_S)
        new, flags = _judge_pose(
            hand.pose, float(hand.grip), self._last, self._max_speed * since, self._max_turn * since + TURN_SLACK
        )
        if new:
            self._since, self._age = 0.0, hand.age_s
        return flags


def joints_out_of_range(name: str, chain: Chain, q: Vector) -> list[str]:
    """Which joints of an arm read beyond their limits, in sentences: what keeps it from starting.

    Args:
        name: Name of the arm in the rig.
        chain: The arm.
        q: Joint positions, shape (n,) [rad or m].
    """
    problems = []
    for joint, value, lower, upper in zip(chain.joint_names, q, chain.lower, chain.upper, strict=True):
        # An encoder at its stop may read a hair beyond it.
        if not lower - 1e-3 <= value <= upper + 1e-3:
            problems.append(f"{name}: joint '{joint}' reads {value:.4g}, outside of [{lower:.4g}, {upper:.4g}]")
    return problems


class JointGuard:
    """Keeps one arm's motion inside its joints' limits, whatever is asked for.

    Args:
        config: Bounds of the rig.
        kind: 0 revolute or 1 prismatic, shape (n,).
        lower: Lower position limits, shape (n,) [rad or m].
        upper: Upper position limits, shape (n,).
        velocity: Velocity limits, shape (n,) [rad/s or m/s].
        acceleration: Acceleration limits, shape (n,) [rad/s^2 or m/s^2].
        effort: Torque or force limits, shape (n,) [Nm or N].
        dt: Control period [s].
    """

    def __init__(
        self,
        config: GuardConfig,
        kind: Indices,
        lower: Vector,
        upper: Vector,
        velocity: Vector,
        acceleration: Vector,
        effort: Vector,
        dt: float,
    ) -> None:
        self._lower, self._upper = np.array(lower, dtype=float), np.array(upper, dtype=float)
        self._velocity, self._acceleration = np.array(velocity, dtype=float), np.array(acceleration, dtype=float)
        self._effort = np.array(effort, dtype=float)
        self._tolerance = np.where(np.asarray(kind) == 1, config.tracking_tolerance_m, config.tracking_tolerance_rad)
        self._max_age, self._dt = config.max_measurement_age_s, dt

    def limit_motion(self, q: Vector, dq: Vector, dq_wanted: Vector, q_next: Vector, dq_next: Vector) -> int:
        """One step of motion that keeps all limits and can always still brake.

        Args:
            q: Positions commanded last, shape (n,).
            dq: Velocities commanded last, shape (n,).
            dq_wanted: Velocities asked for, shape (n,); whatever is not finite counts as zero.
            q_next: Positions to command, shape (n,); result.
            dq_next: Velocities to command, shape (n,); result.

        Returns:
            `Flag` bits of the limits that had to step in.
        """
        return _limit_motion(
            q,
            dq,
            dq_wanted,
            self._lower,
            self._upper,
            self._velocity,
            self._acceleration,
            self._dt,
            q_next,
            dq_next,
        )

    def limit_torque(self, tau: Vector) -> int:
        """Clip torques, shape (n,) [Nm or N], in place; whatever is not finite becomes zero."""
        return _limit_torque(tau, self._effort)

    def check_measurement(self, q: Vector, dq: Vector, valid: bool, age_s: float) -> int:
        """Whether measured positions and velocities, shape (n,), may be believed."""
        if not valid or not 0.0 <= age_s <= self._max_age or not _finite(q, dq):
            return _INVALID
        return 0

    def self_test(self, name: str, chain: Chain, joints: slice, measurement: Measurement) -> list[str]:
        """What keeps an arm from starting, in sentences; empty where all is well.

        Args:
            name: The arm's.
            chain: Its joints.
            joints: Which they are of the plant's.
            measurement: Of the plant, valid.
        """
        q, dq = measurement.q[joints], measurement.dq[joints]
        if self.check_measurement(q, dq, measurement.valid, measurement.age_s):
            return [f"{name}: what its joints say is {1e3 * measurement.age_s:.0f} ms old, or no number"]
        return joints_out_of_range(name, chain, q)

    def check_tracking(self, q: Vector, q_cmd: Vector) -> int:
        """Whether the arm still is where it was told to be, both of shape (n,)."""
        return _TRACKING if _beyond(q, q_cmd, self._tolerance) else 0


class JawGuard:
    """Keeps one jaw inside its limits, whatever is asked for.

    Args:
        lower: Smallest jaw angle [rad].
        upper: Largest jaw angle [rad].
        velocity: Fastest jaw motion [rad/s].
        dt: Control period [s].
    """

    def __init__(self, lower: float, upper: float, velocity: float, dt: float) -> None:
        self._lower, self._upper, self._step = lower, upper, velocity * dt

    def limit(self, jaw: float, wanted: float) -> float:
        """The next jaw angle [rad] on the way from ``jaw`` to ``wanted``; one that is not finite is not followed.

        A jaw that nobody has measured counts as closed.
        """
        if not math.isfinite(jaw):
            jaw = min(max(0.0, self._lower), self._upper)
        if not math.isfinite(wanted):
            wanted = jaw
        step = min(max(wanted - jaw, -self._step), self._step)
        return min(max(jaw + step, self._lower), self._upper)


# Plain integers: making an enum of every answer would cost a tick more than the checks themselves.
_STALE, _IMPLAUSIBLE = int(Flag.INPUT_STALE), int(Flag.INPUT_IMPLAUSIBLE)
_INVALID, _TRACKING = int(Flag.MEASUREMENT_INVALID), int(Flag.TRACKING_ERROR)
_POSITION, _VELOCITY, _ACCELERATION = int(Flag.POSITION_LIMIT), int(Flag.VELOCITY_LIMIT), int(Flag.ACCELERATION_LIMIT)
_TORQUE = int(Flag.TORQUE_LIMIT)
_SLACK = 1e-9
"""Share of a limit by which rounding may pass it before the guard calls it a violation."""


@kernel
def _judge_pose(pose: Vector, grip: float, last: Vector, reach: float, turn: float) -> tuple[bool, int]:
    """Whether a hand's pose is another one than ``last``, both of shape (7,), and `Flag` bits of what is wrong with it.

    Takes it into ``last``, or NaN where it is none.
    """
    square, total = 0.0, grip
    for i in range(7):
        total += pose[i]  # finite only where every term is
    for i in range(3, 7):
        square += pose[i] * pose[i]
    if not math.isfinite(total) or not 0.98 < square < 1.02:
        last[:] = math.nan
        return False, _IMPLAUSIBLE
    new, moved, cosine = False, 0.0, 0.0
    for i in range(7):
        new |= pose[i] != last[i]
        if i < 3:
            moved += (pose[i] - last[i]) ** 2
        else:
            cosine += pose[i] * last[i]
        last[i] = pose[i]
    beyond = math.sqrt(moved) > reach or 2.0 * math.acos(min(1.0, abs(cosine))) > turn
    return new, _IMPLAUSIBLE if new and beyond else 0


@kernel
def _finite(q: Vector, dq: Vector) -> bool:
    finite = True
    for i in range(q.shape[0]):
        finite &= math.isfinite(q[i]) and math.isfinite(dq[i])
    return finite


@kernel
def _limit_motion(
    q: Vector,
    dq: Vector,
    dq_wanted: Vector,
    lower: Vector,
    upper: Vector,
    velocity: Vector,
    acceleration: Vector,
    dt: float,
    q_next: Vector,
    dq_next: Vector,
) -> int:
    flags = 0
    for i in range(q.shape[0]):
        v = dq_wanted[i] if math.isfinite(dq_wanted[i]) else 0.0
        top, a = velocity[i], acceleration[i]
        if abs(v) > top * (1.0 + _SLACK):
            flags |= _VELOCITY
        v = min(max(v, -top), top)
        slack = _SLACK * a * dt
        if v > dq[i] + a * dt + slack or v < dq[i] - a * dt - slack:
            flags |= _ACCELERATION
        v = min(max(v, dq[i] - a * dt), dq[i] + a * dt)
        # Room to brake: v dt + v^2 / (2 a) must fit in what is left before the limit.
        above, below = max(upper[i] - q[i], 0.0), max(q[i] - lower[i], 0.0)
        ceiling = -a * dt + math.sqrt(a * a * dt * dt + 2.0 * a * above)
        floor = a * dt - math.sqrt(a * a * dt * dt + 2.0 * a * below)
        if v > ceiling + slack or v < floor - slack:
            flags |= _POSITION
        v = min(max(v, floor), ceiling)
        dq_next[i] = v
        q_next[i] = q[i] + v * dt
    return flags


@kernel
def _limit_torque(tau: Vector, effort: Vector) -> int:
    flags = 0
    for i in range(tau.shape[0]):
        wanted = tau[i] if math.isfinite(tau[i]) else 0.0
        tau[i] = min(max(wanted, -effort[i]), effort[i])
        if abs(tau[i] - wanted) > _SLACK * effort[i]:
            flags |= _TORQUE
    return flags


@kernel
def _beyond(a: Vector, b: Vector, tolerance: Vector) -> bool:
    beyond = False
    for i in range(a.shape[0]):
        beyond |= not abs(a[i] - b[i]) <= tolerance[i]  # NaN counts as beyond
    return beyond
