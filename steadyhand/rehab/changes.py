"""How a patient has changed: each measure of each exercise against his measurement error, and its trend."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from robotics.rehab_measures import REHAB_MEASURES
from vr_training.rehab.change import LEAST_BASELINES, Change, Trend, change, trend
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


@dataclass(frozen=True)
class _Taken:
    """An exercise in one session, its sets taken together."""

    day: int
    baseline: bool
    title: str
    measures: dict[str, float]


def measure_changes(records: Sequence[SessionRecord]) -> tuple[MeasureChange, ...]:
    """Every measure that was taken after the baseline, exercise by exercise.

    The baseline of an exercise is the sessions that were kept as such; where there are none, the first three. Sums grow
    with the dose and are left out.

    Args:
        records: The sessions, oldest first.
    """
    found: dict[tuple[str, str, str, str], list[_Taken]] = {}
    for record in records:
        day = datetime.date.fromisoformat(record.date).toordinal()
        kinds = {(each.exercise, each.law, each.side, each.arm): each.title for each in record.results}
        for kind, title in kinds.items():
            sets = [
                each.measures
                for each in record.results
                if (each.exercise, each.law, each.side, each.arm) == kind and each.measures
            ]
            if sets:
                found.setdefault(kind, []).append(_Taken(day, record.baseline, title, _mean(sets)))
    return tuple(each for kind, taken in found.items() for each in _of_exercise(kind, taken))


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


def _of_exercise(kind: tuple[str, str, str, str], taken: list[_Taken]) -> list[MeasureChange]:
    base = [each for each in taken if each.baseline] or taken[:LEAST_BASELINES]
    later = taken[len(base) :]
    if not later:
        return []
    exercise, law, side, _ = kind
    changes = []
    for name in REHAB_MEASURES:
        if name not in later[-1].measures:
            continue
        every = [each for each in taken[1:] if name in each.measures]
        changes.append(
            MeasureChange(
                exercise=exercise,
                title=later[-1].title,
                law=law,
                side=side,
                change=change(name, [e.measures[name] for e in base if name in e.measures], later[-1].measures[name]),
                trend=trend([each.day for each in every], [each.measures[name] for each in every]),
                sessions=sum(name in each.measures for each in taken),
            )
        )
    return changes


def _mean(sets: Sequence[dict[str, float]]) -> dict[str, float]:
    """Measures of several sets taken together, but for sums."""
    names = {name for each in sets for name in each}
    return {
        name: float(np.mean([each[name] for each in sets if name in each]))
        for name in REHAB_MEASURES
        if name in names and REHAB_MEASURES[name].pooled != "sum"
    }
