"""How much a patient practised."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vr_training.rehab.export.record import SessionRecord
from vr_training.rehab.results import ExerciseResult


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
    """

    sessions: int
    repetitions: int
    planned: int
    passed: int
    minutes: float | None
    stopped: int
    exercises: int


def dose(records: Sequence[SessionRecord]) -> Dose:
    """What sessions come to."""
    results = [result for record in records for result in record.results]
    return Dose(
        sessions=len(records),
        repetitions=sum(len(result.repetitions) for result in results),
        planned=sum(result.planned for result in results),
        passed=sum(result.successes for result in results),
        minutes=_minutes(results),
        stopped=sum(bool(result.stop) for result in results),
        exercises=len(results),
    )


def _minutes(results: Iterable[ExerciseResult]) -> float | None:
    times = [each.measures.get("movement_time", math.nan) for result in results for each in result.repetitions]
    known = [time for time in times if math.isfinite(time)]
    return sum(known) / 60.0 if known else None
