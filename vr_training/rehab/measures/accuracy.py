"""How near the arm came to what was asked: while moving, at the end, and while it was to hold."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from robotics.contracts import Vector
from robotics.guidance import Moment
from vr_training.rehab.measures.motion import Motion


def accuracy(motion: Motion) -> Iterator[tuple[str, float]]:
    """Hold error, tracking error and final error, of the position as it was measured."""
    trace, unit = motion.trace, "deg" if motion.trace.joint else "cm"
    off_goal = np.linalg.norm(np.asarray(trace.x) - trace.goal, axis=1)
    off_reference = np.linalg.norm(np.asarray(trace.x) - trace.reference, axis=1)
    yield f"hold_error_{unit}", rms(off_goal[motion.asked(Moment.HOLD)]) * motion.size
    moving = motion.asked(Moment.MOVE)
    yield f"tracking_error_{unit}", rms(off_reference[moving]) * motion.size
    last = np.nonzero(motion.asked(Moment.MOVE, Moment.HOLD))[0]
    if moving.any():
        yield f"final_error_{unit}", float(off_goal[last[-1]]) * motion.size


def rms(values: Vector) -> float:
    """Root mean square; NaN of nothing."""
    return math.sqrt(float(np.mean(np.square(values)))) if len(values) else math.nan
