"""Tone while the loop runs: how much a patient's arm resists being moved, over how fast it is moved.

A joint that is moved there and back passes the same angles twice. What hangs on the angle alone, weight, tissue and
muscles that pull, presses the same both times, and so does its inertia in a movement there and back alike. What is
left of the torque is what resists the speed: its slope is the work that was lost over both passes. It is taken angle by
angle, in steps of `STEP_DEG`, over the last pass in each direction; whoever moves his arm himself loses nothing, and so
never counts.

Source:
    Velocity-dependent resistance: PMC6402810. The slope of the loss is that of an equivalent viscous damper; steps,
    window and what it needs are ours.
"""

from __future__ import annotations

import math

import numpy as np

from robotics.contracts import Vector
from robotics.kernels.compiled import Indices, kernel

STEP_DEG = 3.0
"""Width of a step of angle; ours."""

LEAST_DEG = 18.0
"""Way that has to have been passed both ways before a slope is taken; ours."""

WINDOW_S = 60.0
"""Age from which on a pass counts no more [s]: two slow movements fit; ours."""

SLOWEST_RAD_S = 0.05
"""Mean speed of a pass below which nothing is learned of speed; ours."""

_WORK, _WAY, _TIME, _FROM = 0, 1, 2, 3
_TORQUE, _SPEED, _WHEN = 0, 1, 2


class ToneWatch:
    """Slope of resistance over speed of each of an arm's joints.

    Args:
        lower: Lowest joint positions, shape (n,) [rad].
        upper: Highest, shape (n,).
        dt: Control period [s].

    Attributes:
        slope: Of each joint, NaN before it is known, shape (n,) [Nm s/rad].
    """

    def __init__(self, lower: Vector, upper: Vector, dt: float) -> None:
        n, step = len(lower), math.radians(STEP_DEG)
        self._dt, self._step = dt, step
        self._begin = np.asarray(lower, dtype=float) - step
        count = int(np.ceil((np.asarray(upper) - self._begin).max() / step)) + 1
        self._passes = np.zeros((n, count, 2, 3))
        self._now = np.zeros((n, 4))
        self._place: Indices = np.zeros(n, np.int64)
        self._time = 0.0
        self.slope: Vector = np.zeros(n)
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._passes[:, :, :, _WHEN] = -math.inf
        self._now[:] = 0.0
        self._place[:] = -1
        self._time = 0.0
        self.slope[:] = math.nan

    def feel(self, q: Vector, dq: Vector, own: Vector) -> float:
        """Feel one tick; the largest slope of all joints, 0 where none is known [Nm s/rad].

        Args:
            q: Joint positions, shape (n,) [rad].
            dq: Joint velocities, shape (n,) [rad/s].
            own: The patient's torque on each joint, his arm's weight left out, shape (n,) [Nm].
        """
        self._time += self._dt
        return _feel(
            q, dq, own, self._begin, self._step, self._dt, self._time, self._passes, self._now, self._place, self.slope
        )

    def pause(self) -> None:
        """The arm is not moved: what is being passed counts for nothing."""
        self._place[:] = -1


@kernel
def _feel(
    q: Vector,
    dq: Vector,
    own: Vector,
    begin: Vector,
    step: float,
    dt: float,
    time: float,
    passes: Vector,
    now: Vector,
    place: Indices,
    slope: Vector,
) -> float:
    """Feel one tick.

    Args:
        q: Joint positions, shape (n,) [rad].
        dq: Joint velocities, shape (n,) [rad/s].
        own: The patient's torque on each joint, shape (n,) [Nm].
        begin: Where the first step begins, shape (n,) [rad].
        step: Width of a step [rad].
        dt: Control period [s].
        time: Present time [s].
        passes: Torque, speed and time of the last pass of each step, down and up, shape (n, steps, 2, 3).
        now: Work, way and time of the pass that goes on, and from which side it came, shape (n, 4).
        place: Step that each joint is in, -1 where none is being passed, shape (n,).
        slope: Slopes, shape (n,) [Nm s/rad].

    Returns:
        The largest slope, 0 where none is known.
    """
    most = 0.0
    for j in range(q.shape[0]):
        at = min(max(math.floor((q[j] - begin[j]) / step), 0), passes.shape[1] - 1)
        if at != place[j]:
            side = 0.0 if place[j] < 0 else 1.0 if at > place[j] else -1.0
            if side != 0.0 and side == now[j, 3] and now[j, 2] > 0.0:
                speed = abs(now[j, 1]) / now[j, 2]
                if speed > SLOWEST_RAD_S:
                    one = passes[j, place[j], 1 if side > 0.0 else 0]
                    one[0], one[1], one[2] = now[j, 0] / now[j, 1], speed, time
                    slope[j] = _slope(passes[j], time, step)
            place[j] = at
            now[j, 0] = now[j, 1] = now[j, 2] = 0.0
            now[j, 3] = side
        now[j, 0] += own[j] * dq[j] * dt
        now[j, 1] += dq[j] * dt
        now[j, 2] += dt
        # What is not known is NaN, and no largest one.
        if slope[j] > most:  # noqa: PLR1730
            most = slope[j]
    return most


@kernel
def _slope(passes: Vector, time: float, step: float) -> float:
    """Slope over all steps that were passed both ways of late, by least squares; NaN where they are too few."""
    lost = square = way = 0.0
    for k in range(passes.shape[0]):
        down, up = passes[k, 0], passes[k, 1]
        if time - down[2] > WINDOW_S or time - up[2] > WINDOW_S:
            continue
        speed = down[1] + up[1]
        lost += (down[0] - up[0]) * speed
        square += speed * speed
        way += step
    return lost / square if way >= math.radians(LEAST_DEG) else math.nan
