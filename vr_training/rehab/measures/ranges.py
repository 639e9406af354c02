"""How far a movement went, and the ranges of joints that it shows: active ones and passive ones."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from robotics.contracts import Vector
from robotics.errors import ArgumentError
from robotics.guidance import Moment
from vr_training.rehab.measures.motion import Motion
from vr_training.rehab.results import Trace


def ranges(motion: Motion) -> Iterator[tuple[str, float]]:
    """Range covered, extreme angles, active and passive range."""
    trace = motion.trace
    x = np.asarray(trace.x)[motion.asked(Moment.MOVE, Moment.HOLD, Moment.RELAX)]
    if not len(x):
        return
    if not trace.joint:
        yield "range_cm", 100.0 * float(np.linalg.norm(x - x[0], axis=1).max())
        return
    yield "range_deg", math.degrees(float(np.ptp(x, axis=0).max()))
    if len(trace.goal) == 1:
        yield "minimum_deg", math.degrees(float(x.min()))
        yield "maximum_deg", math.degrees(float(x.max()))
        for kind, samples in (("active", _active(trace)), ("passive", _passive(trace))):
            if len(samples):
                yield f"{kind}_range_deg", math.degrees(float(np.ptp(samples)))


def assessed_ranges(traces: Sequence[Trace], joints: Sequence[str]) -> dict[str, dict[str, tuple[float, float]]]:
    """Ranges of motion that movements of joints show [deg], by joint and kind, as results keep them.

    Args:
        traces: Movements of the same joints.
        joints: Names of their coordinates.

    Raises:
        ArgumentError: A trace is not of joints, or not of as many.
    """
    found: dict[str, dict[str, tuple[float, float]]] = {}
    for trace in traces:
        if not trace.joint or len(trace.goal) != len(joints):
            raise ArgumentError(f"ranges are of {len(joints)} joints; a trace has {len(trace.goal)} coordinates")
    for kind, of in (("active", _active), ("passive", _passive)):
        samples = [of(trace) for trace in traces]
        x = np.degrees(np.concatenate(samples)) if samples else np.empty((0, len(joints)))
        if len(x):
            for joint, low, high in zip(joints, x.min(axis=0), x.max(axis=0), strict=True):
                found.setdefault(joint, {})[kind] = (float(low), float(high))
    return found


def _active(trace: Trace) -> Vector:
    """What he did by himself: nothing of it where the law could help, however little of its help that took."""
    own = np.isin(trace.moment, [int(Moment.MOVE), int(Moment.HOLD)]) & trace.unaided
    return np.asarray(trace.x[own], dtype=np.float64)


def _passive(trace: Trace) -> Vector:
    return np.asarray(trace.x[trace.moment == Moment.RELAX], dtype=np.float64)
