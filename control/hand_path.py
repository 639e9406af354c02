"""The hand's samples as an even path: a staircase made smooth, and turns unrolled into three coordinates.

*Staircase.* The loop reads the hand once a tick, but a mouse reports 60 to 200 times a second and a tracked controller
90 times: the same sample comes for several ticks. Fed to a filter as it is, tremor at f turns into a staircase with
images at the device's rate plus and minus f (a fifth of a 10 Hz tremor at 50 Hz, from a 60 Hz mouse), and a filter
whose model knows the control rate takes every stair for motion. Here every new sample is approached along a straight
line that takes as long as the device takes for the next one, its usual jitter included. That path is continuous, never
leaves what was measured, arrives exactly, and squares the images down (to 4 %). It costs that interval less one tick of
delay, half of it more than the staircase itself; extrapolation would be earlier, but overshoots and jumps at every
sample. A device that has a new sample at every tick is passed on as it is, bit for bit.

*Which samples are new.* A pose that differs, or an age that did not grow: a repeated sample has aged by a tick.

*After a gap* (samples that came late or were lost, the input not stale yet) the path does not jump: it catches up at
half as much again as the speed that the hand had in the gap.

*Turns.* The rotation from one tick to the next, as a rotation vector along the hand's own axes, is added up. That is a
path of three coordinates which knows no wrap and no double cover, goes on for any number of turns, and does not change
when the whole frame is turned; see `control.filters.hand`.
"""

from __future__ import annotations

import math

import numpy as np

from control.guard import SLOWEST_DEVICE_S
from robotics.contracts import POSE_SIZE, Vector
from robotics.errors import ArgumentError
from robotics.kernels.compiled import kernel
from robotics.kernels.rotation import (
    quaternion_from_rotation_vector,
    quaternion_product,
    rotation_vector_from_quaternion,
)

FORGETTING = 0.125
"""Weight of the newest interval in the mean one, and of its distance from it in their spread: a device's rate is learnt
within some eight samples; ours."""

INTERVAL_SLACK = 0.1
"""Ticks by which the usual interval may exceed a whole one and not be rounded up: what stray samples leave; ours."""

CATCH_UP = 1.5
"""Speed at which the path catches up after a gap, over that of the hand in it; ours."""

_STARTED, _INTERVAL, _SPREAD, _SINCE, _LEFT, _LAG, _AGE, _COUNT = range(8)


@kernel
def _length(pose: Vector) -> float:
    """Length of a pose's quaternion; NaN where anything in the pose is not finite."""
    square = 0.0
    for i in range(7):
        if not math.isfinite(pose[i]):
            return math.nan
        if i >= 3:
            square += pose[i] * pose[i]
    return math.sqrt(square)


@kernel
def _usual(memory: Vector) -> float:
    """Whole ticks from one sample of this device to the next, with half of its usual jitter; see `INTERVAL_SLACK`."""
    return float(max(math.ceil(memory[_INTERVAL] + 0.5 * memory[_SPREAD] - INTERVAL_SLACK), 1.0))


@kernel
def _time_to_arrive(memory: Vector, longest: float) -> float:
    """Learn from the interval that a new sample ends, and say in how many ticks the path is to be at that sample."""
    since, first = memory[_SINCE], memory[_COUNT] == 0.0
    if since <= longest:
        off = 0.0 if first else since - memory[_INTERVAL]
        memory[_INTERVAL] = since if first else memory[_INTERVAL] + FORGETTING * off
        memory[_SPREAD] += FORGETTING * (abs(off) - memory[_SPREAD])
        memory[_COUNT] += 1.0
    memory[_LAG] += min(since, longest)
    return float(max(_usual(memory), math.ceil(memory[_LAG] / CATCH_UP)))


@kernel
def _aim(goal: Vector, even: Vector, ticks: float, step: Vector, spare: Vector) -> None:
    """The ``step`` by which the path gets from ``even`` to ``goal`` in so many ticks; see `_advance`."""
    spare[0, 0] = even[3]
    for i in range(1, 4):
        spare[0, i] = -even[3 + i]
    quaternion_product(spare[0], goal[3:], spare[1])
    rotation_vector_from_quaternion(spare[1], step[3:])
    for i in range(3):
        step[i] = (goal[i] - even[i]) / ticks
        step[3 + i] /= ticks


@kernel
def _move(goal: Vector, step: Vector, last: bool, even: Vector, turn: Vector, spare: Vector) -> None:
    """One step of the path; the last one lands on the goal itself, so that no rounding adds up."""
    for i in range(3):
        turn[i] += step[3 + i]
        even[i] += step[i]
    quaternion_from_rotation_vector(step[3:], spare[0])
    quaternion_product(even[3:], spare[0], even[3:])
    if last:
        even[:] = goal


@kernel
def _advance(
    pose: Vector,
    age_s: float,
    longest: float,
    sample: Vector,
    goal: Vector,
    step: Vector,
    even: Vector,
    turn: Vector,
    memory: Vector,
    spare: Vector,
) -> bool:
    """One tick; False, with nothing changed, where the pose is no pose.

    ``sample`` is the last pose as read, ``goal`` the same on one side of the double cover with unit length, ``even``
    the path's present pose, shape (7,); ``step`` what it moves and turns by in a tick, shape (6,); ``turn`` the
    unrolled rotation, shape (3,); ``spare`` two quaternions, shape (2, 4).
    """
    length = _length(pose)
    if not 0.5 < length < 2.0:
        return False
    begun = memory[_STARTED] != 0.0
    new = not begun or age_s <= memory[_AGE]
    for i in range(7):
        new = new or pose[i] != sample[i]
    memory[_AGE] = age_s
    memory[_SINCE] += 1.0
    if new:
        side = goal[3] * pose[3] + goal[4] * pose[4] + goal[5] * pose[5] + goal[6] * pose[6]
        scale = -1.0 / length if begun and side < 0.0 else 1.0 / length
        for i in range(7):
            sample[i] = pose[i]
            goal[i] = pose[i] if i < 3 else scale * pose[i]
        if not begun:
            even[:] = goal
            memory[_STARTED], memory[_SINCE] = 1.0, 0.0
            return True
        memory[_LEFT] = _time_to_arrive(memory, longest)
        memory[_SINCE] = 0.0
        _aim(goal, even, memory[_LEFT], step, spare)
    if memory[_LEFT] > 0.0:
        memory[_LAG] *= (memory[_LEFT] - 1.0) / memory[_LEFT]
        memory[_LEFT] -= 1.0
        _move(goal, step, memory[_LEFT] == 0.0, even, turn, spare)
    return True


class HandPath:
    """The path of one hand.

    Args:
        rate_hz: Control rate [Hz].

    Attributes:
        pose: Where the path is, ``[x, y, z, qw, qx, qy, qz]``, shape (7,) [m]; the quaternion never changes sides.
        position: Its position, shape (3,), a view [m].
        turn: The hand's rotation since the path began, unrolled along its own axes, shape (3,) [rad].
    """

    def __init__(self, rate_hz: float) -> None:
        self._dt, self._longest = 1.0 / rate_hz, max(round(SLOWEST_DEVICE_S * rate_hz), 1)
        self.pose, self.turn = np.zeros(POSE_SIZE), np.zeros(3)
        self.position = self.pose[:3]
        self._sample, self._goal, self._step = np.zeros(POSE_SIZE), np.zeros(POSE_SIZE), np.zeros(6)
        self._memory, self._spare = np.zeros(8), np.zeros((2, 4))
        self._memory[_INTERVAL] = 1.0

    def update(self, pose: Vector, age_s: float = 0.0) -> None:
        """One tick on.

        Args:
            pose: The hand as read in this tick, shape (7,); its quaternion may be of either sign.
            age_s: How old that is [s].

        Raises:
            ArgumentError: It is not finite, or its quaternion is none; the path stays as it was.
        """
        memory, spare = self._memory, self._spare
        step, longest = self._step, self._longest
        if not _advance(pose, age_s, longest, self._sample, self._goal, step, self.pose, self.turn, memory, spare):
            raise ArgumentError(f"hand {pose} is not finite or has no orientation")

    def delay(self) -> float:
        """How far the path is behind the samples as they arrive, to a tick [s]; 0 where every tick brings a new one."""
        return float(_usual(self._memory) - 1.0) * self._dt

    def reset(self) -> None:
        """Forget the past; the path begins at the next pose."""
        self._memory[:] = 0.0
        self._memory[_INTERVAL] = 1.0
        self.turn[:] = 0.0
