"""How a patient has changed, as plain rows: each measure of each exercise against his measurement error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from vr_training.rehab.change import LEAST_BASELINES, Change, Trend
from vr_training.rehab.courses import Course, MeasureCourse, courses
from vr_training.rehab.export.record import SessionRecord


@dataclass(frozen=True)
class MeasureChange:
    """A measure of an exercise over the sessions.

    Attributes:
        exercise: Name of the exercise.
        title: What a person reads.
        law: Name of the law: exercises are compared under the same law alone, of the same arm.
        side: Which arm of the patient.
        probe: Whether it was done to measure: without help, always the same.
        change: The newest session against the baseline.
        trend: Of all sessions but the first; None of too few, or where the exercise has been changed.
        sessions: How many it was taken in.
        changed: How the exercise has been changed since the baseline, where the measure follows that; else empty.
    """

    exercise: str
    title: str
    law: str
    side: str
    probe: bool
    change: Change
    trend: Trend | None
    sessions: int
    changed: str


def measure_changes(records: Sequence[SessionRecord]) -> tuple[MeasureChange, ...]:
    """Every measure that was taken in the newest session of an exercise after its baseline; see `courses`.

    Args:
        records: The sessions, oldest first.
    """
    return tuple(
        _row(course, each, each.change)
        for course in courses(records, LEAST_BASELINES)
        for each in course.measures
        if each.change is not None and each.points[-1].done is course.measured[-1]
    )


def as_data(changes: Sequence[MeasureChange]) -> list[dict[str, Any]]:
    """Changes as plain data, for ``--json``."""
    return [
        {
            "exercise": each.exercise,
            "law": each.law,
            "side": each.side,
            "probe": each.probe,
            "sessions": each.sessions,
            "changed": each.changed,
            **msgspec.to_builtins(each.change),
            "change": each.change.change,
            "sentence": each.change.sentence,
            "trend": None if each.trend is None else {**vars(each.trend), "certain": each.trend.certain},
        }
        for each in changes
    ]


def _row(course: Course, of: MeasureCourse, change: Change) -> MeasureChange:
    return MeasureChange(
        exercise=course.kind.exercise,
        title=course.title,
        law=course.kind.law,
        side=course.kind.side,
        probe=course.kind.probe,
        change=change,
        trend=of.trend,
        sessions=len(of.points),
        changed="" if of.comparable else course.changed,
    )
