"""What a line between hand and arm cost somebody: tries with an added delay beside the same person's tries without."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from robotics.line_config import LineConfig
from vr_training.progress.peers import series
from vr_training.records.attempt import Attempt

_NEWEST = 3
_HAIR = 1e-6


@dataclass(frozen=True)
class Delayed:
    """How somebody does with one line.

    Attributes:
        line: The line.
        tries: Tries with it that count.
        median: Median of the newest three of them.
        cost: By how much that is worse than the median of the newest three without; None where there are none.
    """

    line: LineConfig
    tries: int
    median: float
    cost: float | None


def is_added(attempt: Attempt, most: LineConfig) -> bool:
    """Whether a try had more of a line than the lesson itself has at its difficulty: ``most`` is the most of that."""
    return (
        attempt.delay_ms > most.delay_ms + _HAIR
        or attempt.jitter_ms > most.jitter_ms + _HAIR
        or attempt.loss > most.loss + _HAIR
    )


def delayed(tries: Sequence[Attempt], plain: Sequence[float], measure: str, better: str) -> tuple[Delayed, ...]:
    """How somebody does with each line that was added, the least delay first.

    Args:
        tries: The person's tries with an added line, oldest first.
        plain: The measure from try to try without one, oldest first.
        measure: The measure, or ``"points"``.
        better: ``"higher"``, ``"lower"`` or empty; where empty no cost is told.
    """
    usual = statistics.median(plain[-_NEWEST:]) if plain else None
    found = []
    by_line: dict[LineConfig, list[Attempt]] = {}
    for attempt in tries:
        by_line.setdefault(attempt.line, []).append(attempt)
    for line in sorted(by_line, key=lambda each: (each.delay_ms, each.jitter_ms, each.loss)):
        values = series(by_line[line], measure)
        if not values:
            continue
        median = statistics.median(values[-_NEWEST:])
        cost = None
        if usual is not None and better:
            cost = usual - median if better == "higher" else median - usual
        found.append(Delayed(line, len(values), median, cost))
    return tuple(found)
