"""How a patient has changed: each measure of each exercise against his measurement error, and its trend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from vr_training.rehab.change import LEAST_BASELINES, Change, Trend
from vr_training.rehab.courses import courses
from vr_training.rehab.export.record import SessionRecord


@dataclass(frozen=True)
class MeasureChange:
    """A measure of an exercise over the sessions.

    Attributes:
        exercise: Name of the exercise.
        title: What a person reads.
        law: Name of the law: exercises are compared under the same law alone, of the same arm.
        side: Which arm of the patient.
        change: The newest session against the baseline.
        trend: Of all sessions but the first; None of too few.
        sessions: How many it was taken in.
    """

    exercise: str
    title: str
    law: str
    side: str
    change: Change
    trend: Trend | None
    sessions: int


def measure_changes(records: Sequence[SessionRecord]) -> tuple[MeasureChange, ...]:
    """Every measure that was taken after the baseline, exercise by exercise, as the report has them.

    Args:
        records: The sessions, oldest first.
    """
    found = []
    for course in courses(records, LEAST_BASELINES):
        newest = course.sessions[-1].results[-1]
        for each in course.measures:
            if each.change is not None:
                found.append(
                    MeasureChange(
                        exercise=newest.exercise,
                        title=newest.title,
                        law=newest.law,
                        side=newest.side,
                        change=each.change,
                        trend=each.trend,
                        sessions=len(each.points),
                    )
                )
    return tuple(found)


def as_data(changes: Sequence[MeasureChange]) -> list[dict[str, Any]]:
    """Changes as plain data, for ``--json``."""
    return [
        {
            "exercise": each.exercise,
            "law": each.law,
            "side": each.side,
            "sessions": each.sessions,
            **msgspec.to_builtins(each.change),
            "change": each.change.change,
            "sentence": each.change.sentence,
            "trend": None if each.trend is None else {**vars(each.trend), "certain": each.trend.certain},
        }
        for each in changes
    ]
