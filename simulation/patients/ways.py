"""What kind of way a patient is shown: straight to a goal, along a line that bends, or round to where it began."""

from __future__ import annotations

import math

from robotics.kernels.compiled import kernel
from simulation.patients.layout import Record


@kernel
def goes_round(s: Record, p: Record) -> bool:
    """Whether the way ends where it began: there is no goal to go for, only a line to follow."""
    square = 0.0
    for k in range(p.m):
        square += (s.cue_goal[k] - s.cue_start[k]) ** 2
    return bool(square < p.tolerance * p.tolerance)


@kernel
def bends(s: Record, p: Record) -> bool:
    """Whether the reference is off the straight way from start to goal."""
    length = along = square = 0.0
    for k in range(p.m):
        d = s.cue_goal[k] - s.cue_start[k]
        r = s.cue_reference[k] - s.cue_start[k]
        length += d * d
        along += d * r
        square += r * r
    share = min(max(along / length, 0.0), 1.0) if length > 1e-12 else 0.0
    away = square - 2.0 * share * along + share * share * length
    return bool(math.sqrt(max(away, 0.0)) > max(2.0 * p.tolerance, 0.1 * math.sqrt(length)))
