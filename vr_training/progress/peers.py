"""How a person compares with their own past and with everybody else, of whom nothing but the number is told."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from robotics.measures import MEASURES
from robotics.score_config import ScoreRow
from vr_training.records.attempt import Attempt

_NEWEST = 3


@dataclass(frozen=True)
class Past:
    """A measure over one's own tries. ``best`` is None where the lesson says of neither direction that it is better."""

    last: float
    best: float | None
    median: float


@dataclass(frozen=True)
class Peers:
    """Where a person stands among others.

    Attributes:
        own: The person's median of the newest three tries.
        people: Other people who have tried.
        percentile: Share of them that do worse, ties counted half [%]; None where there is nobody else, or no better.
    """

    own: float
    people: int
    percentile: float | None


def series(tries: Sequence[Attempt], measure: str) -> tuple[float, ...]:
    """A measure from try to try, oldest first.

    Points are of all tries; any other measure only of those that were passed: how long somebody took to fail, or how
    straight the way to nowhere was, is no learning.
    """
    kept = [attempt.value(measure) for attempt in tries if measure == "points" or attempt.success]
    return tuple(value for value in kept if value is not None)


def better_of(measure: str, rows: Sequence[ScoreRow]) -> str:
    """``"higher"``, ``"lower"`` or, where nobody says, empty: by the lesson's rows; points are better higher."""
    if measure == "points":
        return "higher"
    return next((row.better for row in rows if row.measure == measure), "lower" if measure == "time" else "")


def past(values: Sequence[float], better: str) -> Past | None:
    """Last, best and median; None of no tries."""
    if not values:
        return None
    best = {"higher": max, "lower": min}.get(better)
    return Past(values[-1], best(values) if best else None, statistics.median(values))


def peers(values: Sequence[float], others: Mapping[str, Sequence[float]], better: str) -> Peers | None:
    """Compare a person with all other people; None where the person has no tries.

    Args:
        values: The person's own, oldest first.
        others: Everybody else's, by pseudonym.
        better: ``"higher"``, ``"lower"`` or empty.
    """
    if not values:
        return None
    own = statistics.median(values[-_NEWEST:])
    theirs = [statistics.median(each[-_NEWEST:]) for each in others.values() if each]
    if not theirs or not better:
        return Peers(own, len(theirs), None)
    sign = 1.0 if better == "higher" else -1.0
    worse = sum(1.0 if sign * own > sign * each else 0.5 if own == each else 0.0 for each in theirs)
    return Peers(own, len(theirs), 100.0 * worse / len(theirs))


def title(measure: str) -> str:
    """What a person reads, with the unit."""
    if measure == "points":
        return "Score of 100"
    known = MEASURES[measure]
    return f"{known.title} [{known.unit}]" if known.unit else known.title
