"""The course of an exercise over the weeks: each measure session by session, beside its baseline.

Sessions are compared only with sessions of the same exercise, done under the same law with the same arm. The first
sessions of an exercise are its baseline; what a change is worth stands in `vr_training.rehab.change`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from control import laws
from robotics.rehab_measures import REHAB_MEASURES, RehabMeasure
from vr_training.rehab.change import Change, Trend, Verdict, change, trend
from vr_training.rehab.export.record import SessionRecord
from vr_training.rehab.results import ExerciseResult

BEYOND = frozenset({Verdict.BETTER, Verdict.WORSE, Verdict.CHANGED})
"""Verdicts of what is beyond measurement error."""

LASTING = 2
"""Sessions at the end of a course that must all be better for it to be called lasting; ours."""


@dataclass(frozen=True)
class Done:
    """An exercise as it was done in one session.

    Attributes:
        session: Counts sessions from 1.
        day: Of the session, ISO 8601.
        week: When, from the first session on [weeks].
        result: What came of it.
    """

    session: int
    day: str
    week: float
    result: ExerciseResult


@dataclass(frozen=True)
class Point:
    """A measure in one session.

    Attributes:
        done: The exercise that it is of.
        value: Its value.
        baseline: Whether the session is one of the baseline.
        verdict: What is to be said of it against the baseline; of a baseline session nothing is.
    """

    done: Done
    value: float
    baseline: bool
    verdict: Verdict | None


@dataclass(frozen=True)
class MeasureCourse:
    """A measure over the sessions of an exercise.

    Attributes:
        measure: Which one.
        points: Where it was taken, oldest first; a value that is no number is left out.
        change: The newest session against the baseline; None where there is none after the baseline.
        trend: Of all sessions but the first, which differs from those that follow; None of too few.
    """

    measure: RehabMeasure
    points: tuple[Point, ...]
    change: Change | None
    trend: Trend | None

    @property
    def later(self) -> tuple[Point, ...]:
        """Sessions after the baseline."""
        return tuple(point for point in self.points if not point.baseline)

    @property
    def verdict(self) -> Verdict:
        """What is to be said of the newest session."""
        return Verdict.UNKNOWN if self.change is None else self.change.verdict

    @property
    def in_a_row(self) -> int:
        """How many sessions at the end have the newest one's verdict."""
        count = 0
        for point in reversed(self.later):
            if point.verdict is not self.verdict:
                break
            count += 1
        return count

    def lasting(self, verdict: Verdict) -> bool:
        """Whether the last sessions all have a verdict, and the trend is certain and goes the same way."""
        if self.verdict is not verdict or self.in_a_row < LASTING or self.trend is None or not self.trend.certain:
            return False
        better = (self.trend.per_week > 0.0) == (self.measure.better == "higher")
        return better == (verdict is Verdict.BETTER)

    def line(self) -> tuple[tuple[float, float], tuple[float, float]] | None:
        """The trend as a line: weeks and values of its ends; None where there is no trend."""
        if self.trend is None:
            return None
        weeks = np.array([point.done.week for point in self.points[1:]])
        values = np.array([point.value for point in self.points[1:]])
        # Sen's line goes through the medians, as `scipy.stats.theilslopes` has it.
        start = float(np.median(values) - self.trend.per_week * np.median(weeks))
        ends = float(weeks.min()), float(weeks.max())
        return ends, (start + self.trend.per_week * ends[0], start + self.trend.per_week * ends[1])


@dataclass(frozen=True)
class Course:
    """An exercise over the sessions.

    Attributes:
        name: Identifier, unique on a page.
        title: What a person reads.
        law: What the law is called.
        sessions: Where it was done, oldest first.
        measures: Those that can be compared, in the order of `REHAB_MEASURES`.
    """

    name: str
    title: str
    law: str
    sessions: tuple[Done, ...]
    measures: tuple[MeasureCourse, ...]

    def of(self, *names: str) -> MeasureCourse | None:
        """The first of these measures that there is."""
        found = {each.measure.name: each for each in self.measures}
        return next((found[name] for name in names if name in found), None)


def courses(records: Sequence[SessionRecord], baselines: int) -> tuple[Course, ...]:
    """Every exercise that was done, in the order in which they first came.

    Args:
        records: The sessions, oldest first.
        baselines: How many of the first sessions of an exercise are its baseline.
    """
    found: dict[tuple[str, str, str, str, int], list[Done]] = {}
    first = date.fromisoformat(records[0].date) if records else date.min
    for number, record in enumerate(records, 1):
        week = (date.fromisoformat(record.date) - first).days / 7.0
        times: dict[tuple[str, str, str, str], int] = {}
        for result in record.results:
            kind = (result.exercise, result.law, result.side, result.arm)
            times[kind] = times.get(kind, 0) + 1
            found.setdefault((*kind, times[kind]), []).append(Done(number, record.date, week, result))
    sides = {key[2] for key in found}
    return tuple(
        _course(f"course-{number}", key[4], len(sides) > 1, done, baselines)
        for number, (key, done) in enumerate(found.items(), 1)
    )


def law_title(name: str) -> str:
    """What a law is called; its name where it is not known here."""
    return laws.load(name).title if name in laws.names() else name


def comparable(measures: Mapping[str, float]) -> dict[str, float]:
    """Measures that can be compared from session to session.

    A sum grows with the repetitions that were done, so it is left out; so is what is no number or not known.
    """
    return {
        name: float(value)
        for name, value in measures.items()
        if name in REHAB_MEASURES and REHAB_MEASURES[name].pooled != "sum" and math.isfinite(value)
    }


def _course(name: str, time: int, two_sides: bool, done: Sequence[Done], baselines: int) -> Course:
    newest = done[-1].result
    title = newest.title + (f", {newest.side} arm" if two_sides else "") + (f", set {time}" if time > 1 else "")
    values = [comparable(each.result.measures) for each in done]
    return Course(
        name=name,
        title=title,
        law=law_title(newest.law),
        sessions=tuple(done),
        measures=tuple(
            _measure(known, done, [each.get(known.name) for each in values], baselines)
            for known in REHAB_MEASURES.values()
            if any(known.name in each for each in values)
        ),
    )


def _measure(
    known: RehabMeasure, done: Sequence[Done], values: Sequence[float | None], baselines: int
) -> MeasureCourse:
    taken = [(number, each, value) for number, (each, value) in enumerate(zip(done, values, strict=True))
             if value is not None]  # fmt: skip
    base = [value for number, _, value in taken if number < baselines]
    points: list[Point] = []
    newest: Change | None = None
    for number, each, value in taken:
        judged = None if number < baselines else change(known.name, base, value)
        newest = judged or newest
        points.append(Point(each, value, number < baselines, None if judged is None else judged.verdict))
    later = points[1:]
    found = trend([7.0 * point.done.week for point in later], [point.value for point in later])
    return MeasureCourse(known, tuple(points), newest, found)
