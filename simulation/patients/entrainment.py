"""Falling in with the pace at which one's arm is moved: whoever is taken along plans less slowly the next time.

Somebody who moves at a pace of his own, slower than he is shown, and whose arm is taken ahead of his plan again and
again, does not hold against it: he adopts the timing, and comes back to his own where nothing takes him along.

Source:
    That people fall in with the timing of somebody or something that moves along with them: Issartel et al. 2007,
    Unintended interpersonal co-ordination (of the forearm). The form and its rates are assumed.
"""

from __future__ import annotations

import math

from robotics.kernels.compiled import kernel
from simulation.patients.layout import Record

_ADOPTS = 0.5
"""Share by which he adopts in a movement the pace at which he was taken along; assumed."""

_RETURNS = 0.1
"""Share by which he comes back to his own from one movement to the next; assumed."""


@kernel
def pace_of(s: Record, p: Record) -> float:
    """His duration over the one asked for, as he has fallen in with what moves him."""
    return float(p.pace**s.own_pace) if p.pace > 1.0 else float(p.pace)


@kernel
def be_hurried(s: Record, rate: float) -> None:
    """Take in how much faster a plan goes on than it was meant to; once a physics period of it."""
    s.rate_sum += rate
    s.rate_count += 1


@kernel
def fall_in(s: Record, p: Record) -> None:
    """The next movement's pace, from how fast he was taken along in the one that ended."""
    if s.rate_count > 0 and p.pace > 1.0:
        rate = s.rate_sum / s.rate_count
        went = min(max(s.own_pace - math.log(rate) / math.log(p.pace), 0.0), 1.0)
        s.own_pace += _ADOPTS * (went - s.own_pace)
        s.own_pace += _RETURNS * (1.0 - s.own_pace)
    s.rate_sum, s.rate_count = 0.0, 0
