"""The course of an exercise over the weeks: each measure session by session, beside its baseline.

Sessions are compared only with sessions of the same exercise, done under the same law with the same arm; the sets of a
session are taken together, its probes apart. The baseline of an exercise is the sessions that were kept as such; where
there are none, the first ones. What a change is worth stands in `vr_training.rehab.change`.

An exercise that adapts is not the same any more: who goes further or faster because more is asked of him has not got
better by that. Where more or less is asked than in the baseline, nothing is said but of who did the work.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace

from control import laws
from robotics.rehab_measures import REHAB_MEASURES, RehabMeasure
from vr_training.rehab.adaptation import KNOBS
from vr_training.rehab.change import Change, Trend, Verdict, change, trend
from vr_training.rehab.export.record import SessionRecord
from vr_training.rehab.results import ExerciseResult, Level, RepetitionResult

BEYOND = frozenset({Verdict.BETTER, Verdict.WORSE, Verdict.CHANGED})
"""Verdicts of what is beyond measurement error."""

WHO_WORKS = frozenset({"mean_assistance", "patient_share"})
"""Measures that are compared however an exercise was changed: it was changed for their sake."""

SAME = 0.05
"""By which share what is asked may differ for it to be called the same; ours."""

UNHELPED = frozenset({"active", "active_damped"})
"""Laws under which all that is done is the patient's."""

LASTING = 2
"""Sessions at the end of a course that must all be better for it to be called lasting; ours."""


class Kind(NamedTuple):
    """What sessions of an exercise must have in common to be compared."""

    exercise: str
    law: str
    side: str
    arm: str
    probe: bool
    relaxed: bool


class Asked(NamedTuple):
    """How much was asked: how far, as an angle or as a share of a distance, and how fast, as a share."""

    far: float
    fast: float

    def differs(self, other: Asked) -> bool:
        """Whether it is more or less than something else, either way."""
        return any(abs(one - two) > SAME * two for one, two in zip(self, other, strict=True))


@dataclass(frozen=True)
class Done:
    """An exercise as it was done in one session.

    Attributes:
        session: Counts sessions from 1.
        day: Of the session, ISO 8601.
        week: When, from the first session on [weeks].
        kept_as_baseline: Whether the session was kept as one of the baseline.
        results: What came of its sets.
    """

    session: int
    day: str
    week: float
    kept_as_baseline: bool
    results: tuple[ExerciseResult, ...]

    @property
    def stopped(self) -> bool:
        """Whether any set was stopped."""
        return any(result.stop for result in self.results)

    @property
    def repetitions(self) -> tuple[RepetitionResult, ...]:
        """Repetitions of all sets."""
        return tuple(each for result in self.results for each in result.repetitions)

    def measures(self) -> dict[str, float]:
        """Measures that can be compared, of several sets their mean."""
        sets = [comparable(result.measures) for result in self.results]
        names = dict.fromkeys(name for each in sets for name in each)
        return {name: float(np.mean([each[name] for each in sets if name in each])) for name in names}

    @property
    def level(self) -> Level | None:
        """How hard it was made, of several sets their mean; None where no plan said so."""
        levels = [result.level for result in self.results if result.level is not None]
        if not levels:
            return None
        mean = {name: float(np.mean([getattr(each, name) for each in levels])) for name in KNOBS}
        return Level(
            assistance=mean["assistance"],
            amplitude=mean["amplitude"],
            speed=mean["speed"],
            ranges_deg=levels[-1].ranges_deg,
        )

    @property
    def asked(self) -> Asked | None:
        """How much was asked; None where no plan said so."""
        if (level := self.level) is None:
            return None
        span = max((high - low for low, high in level.ranges_deg.values()), default=1.0)
        return Asked(level.amplitude * span, level.speed)

    def work(self, who: str) -> float:
        """Work in a repetition of ``"patient"`` or ``"robot"`` that moved the arm [J]; NaN where it was not taken."""
        name = f"{who}_moving_work"
        done = [float(result.measures.get(name, math.nan)) for result in self.results if result.repetitions]
        return max(sum(done), 0.0) / len(self.repetitions) if done else math.nan


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
        trend: Of all sessions but the first, which differs from those that follow; None of too few, or where not the
            same was asked in all of them.
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
    def comparable(self) -> bool:
        """Whether as much was asked in the newest session as in the baseline, where that matters."""
        return self.verdict is not Verdict.OTHER

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
        kind: What its sessions have in common.
        title: What a person reads.
        law: What the law is called.
        sessions: Where it was done, oldest first.
        measured: Those of them in which anything was measured.
        measures: Those that can be compared, in the order of `REHAB_MEASURES`.
        changed: How the exercise has been changed since the baseline, in words; empty where it is the same.
    """

    name: str
    kind: Kind
    title: str
    law: str
    sessions: tuple[Done, ...]
    measured: tuple[Done, ...]
    measures: tuple[MeasureCourse, ...]
    changed: str

    @property
    def unhelped(self) -> bool:
        """Whether all that was done is the patient's."""
        return self.kind.probe or self.kind.law in UNHELPED

    def of(self, *names: str) -> MeasureCourse | None:
        """The first of these measures that there is."""
        found = {each.measure.name: each for each in self.measures}
        return next((found[name] for name in names if name in found), None)


def courses(records: Sequence[SessionRecord], baselines: int) -> tuple[Course, ...]:
    """Every exercise that was done, in the order in which they first came.

    Args:
        records: The sessions, oldest first.
        baselines: How many of the first sessions of an exercise are its baseline where none was kept as such.
    """
    found: dict[Kind, list[Done]] = {}
    first = date.fromisoformat(records[0].date) if records else date.min
    for number, record in enumerate(records, 1):
        week = (date.fromisoformat(record.date) - first).days / 7.0
        sets: dict[Kind, list[ExerciseResult]] = {}
        for result in record.results:
            sets.setdefault(_kind(result), []).append(result)
        for kind, results in sets.items():
            done = Done(number, record.date, week, record.baseline, tuple(results))
            found.setdefault(kind, []).append(done)
    two_sides = len({kind.side for kind in found}) > 1
    laws_of: dict[Kind, set[str]] = {}
    for kind in found:
        laws_of.setdefault(kind._replace(law=""), set()).add(kind.law)
    return tuple(
        _course(f"course-{number}", kind, two_sides, len(laws_of[kind._replace(law="")]) > 1, each, baselines)
        for number, (kind, each) in enumerate(found.items(), 1)
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


def _kind(result: ExerciseResult) -> Kind:
    return Kind(result.exercise, result.law, result.side, result.arm, result.probe, result.relaxed)


def _course(name: str, kind: Kind, two_sides: bool, two_laws: bool, done: Sequence[Done], baselines: int) -> Course:
    newest = done[-1].results[-1]
    # Who is to let his arm be moved has no part in the work, and none is better than any.
    leaves = WHO_WORKS if kind.relaxed else frozenset()
    taken = [
        (each, {name: value for name, value in measures.items() if name not in leaves})
        for each in done
        if (measures := each.measures())
    ]
    kept = [each.session for each, _ in taken if each.kept_as_baseline]
    base = frozenset(kept or [each.session for each, _ in taken[:baselines]])
    asked = _usually_asked([each for each, _ in taken if each.session in base])
    return Course(
        name=name,
        kind=kind,
        title=newest.title
        + (f", {kind.side} arm" if two_sides else "")
        + (f", {law_title(kind.law).partition(':')[0].lower()}" if two_laws else "")
        + (", without help" if kind.probe else "")
        + (", relaxed" if kind.relaxed else ""),
        law=law_title(newest.law),
        sessions=tuple(done),
        measured=tuple(each for each, _ in taken),
        measures=tuple(
            _measure(known, [(each, found[known.name]) for each, found in taken if known.name in found], base, asked)
            for known in REHAB_MEASURES.values()
            if any(known.name in found for _, found in taken)
        ),
        changed=_changed(asked, taken[-1][0]) if taken else "",
    )


def _usually_asked(baseline: Sequence[Done]) -> Asked | None:
    found = [each.asked for each in baseline if each.asked is not None]
    return Asked(*np.mean(found, axis=0).tolist()) if found else None


def _other(asked: Asked | None, done: Done) -> bool:
    return asked is not None and done.asked is not None and done.asked.differs(asked)


def _changed(asked: Asked | None, newest: Done) -> str:
    """What is asked now against the baseline, in words; empty where it is the same."""
    if asked is None or newest.asked is None or not newest.asked.differs(asked):
        return ""
    angle = bool(newest.level and newest.level.ranges_deg)
    unit, scale = ("deg", 1.0) if angle else ("%", 100.0)
    rows = (("arc" if angle else "way", asked.far, newest.asked.far, unit, scale),
            ("speed", asked.fast, newest.asked.fast, "%", 100.0))  # fmt: skip
    return ", ".join(
        f"{what} {scale * before:.0f} to {scale * after:.0f} {unit}"
        for what, before, after, unit, scale in rows
        if abs(after - before) > SAME * before
    )


def _measure(
    known: RehabMeasure, taken: Sequence[tuple[Done, float]], base: frozenset[int], asked: Asked | None
) -> MeasureCourse:
    before = [value for done, value in taken if done.session in base]
    points: list[Point] = []
    newest: Change | None = None
    for done, value in taken:
        judged = None if done.session in base else change(known.name, before, value)
        if judged is not None and known.name not in WHO_WORKS and _other(asked, done):
            judged = replace(judged, verdict=Verdict.OTHER)
        newest = judged or newest
        points.append(Point(done, value, done.session in base, None if judged is None else judged.verdict))
    later = points[1:]
    found = trend([7.0 * point.done.week for point in later], [point.value for point in later])
    if any(point.verdict is Verdict.OTHER for point in points):
        found = None
    return MeasureCourse(known, tuple(points), newest, found)
