"""How much a patient practised, how often he came, and what stopped him."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from vr_training.rehab.export.record import SessionRecord
from vr_training.rehab.results import ExerciseResult

DAYS = 7
"""Days from which on it is said how often in a week he came."""


@dataclass(frozen=True)
class Dose:
    """How much was done.

    Attributes:
        sessions: Sessions.
        repetitions: Repetitions that were done.
        planned: Repetitions that were planned.
        passed: Repetitions that were passed.
        minutes: Least time in motion [min]: one movement of each repetition is counted, while there and back are two;
            pauses, holds and what was not measured are not in it. None where no time was measured.
        stopped: Exercises that were stopped.
        exercises: Exercises that were begun.
        days: From the first session to the last, both of them counted; 0 of none.
        gap: Longest time without a session [days]; None of fewer than two.
        causes: What stopped exercises and how often, the most frequent first.
    """

    sessions: int
    repetitions: int
    planned: int
    passed: int
    minutes: float | None
    stopped: int
    exercises: int
    days: int
    gap: int | None
    causes: tuple[tuple[str, int], ...]

    @property
    def a_week(self) -> float | None:
        """Sessions a week; None within less than a week, of which it says nothing."""
        return 7.0 * (self.sessions - 1) / (self.days - 1) if self.days > DAYS else None


def dose(records: Sequence[SessionRecord]) -> Dose:
    """What sessions come to."""
    results = [result for record in records for result in record.results]
    days = sorted(date.fromisoformat(record.date) for record in records)
    gaps = [(later - earlier).days for earlier, later in pairwise(days)]
    return Dose(
        sessions=len(records),
        repetitions=sum(len(result.repetitions) for result in results),
        planned=sum(result.planned for result in results),
        passed=sum(result.successes for result in results),
        minutes=_minutes(results),
        stopped=sum(bool(result.stop) for result in results),
        exercises=len(results),
        days=(days[-1] - days[0]).days + 1 if days else 0,
        gap=max(gaps, default=None),
        causes=tuple(Counter(result.stop for result in results if result.stop).most_common()),
    )


def _minutes(results: Iterable[ExerciseResult]) -> float | None:
    times = [each.measures.get("movement_time", math.nan) for result in results for each in result.repetitions]
    known = [time for time in times if math.isfinite(time)]
    return sum(known) / 60.0 if known else None
