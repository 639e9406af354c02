"""Reaching: reaction, the first stroke, corrections, speed.

Source:
    Coderre et al. 2010, Neurorehabil. Neural Repair 24(6); PMC4533801, table 2, whose definitions these are. What a
    maximum must stand out by to count is ours.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from scipy.signal import find_peaks

from robotics.contracts import Vector
from robotics.guidance import Moment
from vr_training.rehab.measures.motion import Motion

RIPPLE = 0.01
"""Share of the peak speed that a maximum must stand out by to be one: below lies what the low-pass leaves of noise."""

STROKE = 0.1
"""Share of the peak speed that a maximum must stand out by to be a stroke of its own."""

POSTURE_S = 0.5
_NEAR_M = 0.01  # nearer to the goal than this, the direction to it says nothing; ours


ROUND = 0.05
"""Share of the reference's length below which the distance from start to goal makes a way a round; ours."""


def reaching(motion: Motion) -> Iterator[tuple[str, float]]:
    """Measures of reaching by name; all but the posture's only where somebody moved."""
    per_s, angle = ("deg_s", "deg") if motion.trace.joint else ("cm_s", "cm")
    yield f"posture_speed_{per_s}", posture_speed(motion) * motion.size
    window = motion.window
    if window is None or motion.go is None:
        return
    rate, speed = motion.rate_hz, motion.speed[window]
    if window.start > motion.go:  # who moves already does not react
        yield "reaction_time", (window.start - motion.go) / rate
    yield "movement_time", (window.stop - window.start) / rate
    maxima, minima = extrema(speed, RIPPLE)
    strokes, _ = extrema(speed, STROKE)
    first = minima[0] + 1 if len(minima) else len(speed)
    yield "initial_direction_error", initial_direction_error(motion, window.start + int(first) - 1)
    steps = np.linalg.norm(np.diff(motion.x[window], axis=0), axis=1)
    length = float(steps.sum())
    yield f"path_length_{angle}", length * motion.size
    yield "initial_distance_ratio", float(steps[: first - 1].sum()) / length
    yield "initial_speed_ratio", float(speed[:first].max() / speed.max())
    asked = asked_length(motion)
    yield "path_ratio", length / asked if asked > 0.0 else math.nan
    yield "speed_maxima", float(len(maxima))
    yield "speed_peaks", float(len(strokes))
    yield f"min_max_speed_{per_s}", min_max_speed(speed, maxima, minima) * motion.size
    yield f"maximum_speed_{per_s}", float(speed.max()) * motion.size


def posture_speed(motion: Motion) -> float:
    """Mean speed in the half second before the goal was shown, else in the last half second of the hold; NaN if none.

    The goal that is held is where the next movement begins, so both are the same posture.
    """
    samples = round(POSTURE_S * motion.rate_hz)
    still = motion.asked(Moment.REST, Moment.HOLD)
    before = np.nonzero(still[: motion.go])[0] if motion.go is not None else np.empty(0, dtype=np.int64)
    held = before if len(before) >= samples else np.nonzero(motion.asked(Moment.HOLD))[0]
    return float(motion.speed[held[-samples:]].mean()) if samples and len(held) >= samples else math.nan


def initial_direction_error(motion: Motion, end: int) -> float:
    """Angle between the way to the goal and the way taken from onset to sample ``end`` [deg].

    NaN for joints, whose angles span no space in which a direction means something, and for a tip that moves along one
    axis only.
    """
    if motion.trace.joint or len(motion.trace.goal) < 2 or motion.onset is None:
        return math.nan
    due, taken = motion.trace.goal - motion.x[motion.onset], motion.x[end] - motion.x[motion.onset]
    lengths = float(np.linalg.norm(due)), float(np.linalg.norm(taken))
    if lengths[0] < _NEAR_M or lengths[1] <= 0.0:
        return math.nan
    return math.degrees(math.acos(min(max(float(due @ taken) / (lengths[0] * lengths[1]), -1.0), 1.0)))


def asked_length(motion: Motion) -> float:
    """Distance from start to goal, or where they are as good as one the length of the reference [rad or m]."""
    straight = float(np.linalg.norm(np.asarray(motion.trace.goal) - motion.trace.start))
    way = float(np.linalg.norm(np.diff(motion.trace.reference, axis=0), axis=1).sum())
    return way if straight < ROUND * way else straight


def extrema(speed: Vector, prominence: float) -> tuple[Vector, Vector]:
    """Maxima of a speed profile that stand out by a share of its peak, and the least speed between each two of them.

    Returns:
        Their indices, shape (k,), at least one, and those of the minima, shape (k - 1,).
    """
    maxima, _ = find_peaks(speed, prominence=prominence * float(speed.max()))
    if not len(maxima):
        maxima = np.array([int(np.argmax(speed))])
    minima = [a + int(np.argmin(speed[a:b])) for a, b in pairwise(maxima)]
    return np.asarray(maxima), np.array(minima, dtype=np.int64)


def min_max_speed(speed: Vector, maxima: Vector, minima: Vector) -> float:
    """Mean of the falls from each maximum but the last to the minimum behind it; 0 where there is no minimum."""
    return float(np.mean(speed[maxima[:-1]] - speed[minima])) if len(minima) else 0.0
