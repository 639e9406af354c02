"""What the sessions came to, in plain sentences for the therapist."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from vr_training.rehab.change import LEAST_BASELINES, Change, Trend, Verdict
from vr_training.rehab.report.course import Course, Done, MeasureCourse
from vr_training.rehab.results import ExerciseResult
from vr_training.report.rows import number

WORDS = {
    Verdict.BETTER: "better, beyond measurement error",
    Verdict.WORSE: "worse, beyond measurement error",
    Verdict.CHANGED: "changed, beyond measurement error",
    Verdict.NONE: "no change beyond measurement error",
    Verdict.UNKNOWN: "cannot be judged",
}
"""Verdicts as the page has them."""

CAUSES = {
    "pain": "pain",
    "spasm": "spasm",
    "fatigue": "fatigue",
    "force": "too much force",
    "range": "end of the range",
    "speed": "too fast",
    "trunk": "trunk moved",
    "wearable": "worn sensor",
    "therapist": "therapist",
    "fault": "fault of the system",
}
"""What stopped an exercise, in words."""


@dataclass(frozen=True)
class Finding:
    """A measure of an exercise and what is to be said of it."""

    exercise: str
    law: str
    measure: str
    sentence: str


@dataclass(frozen=True)
class Summary:
    """What changed and what did not, by verdict, and what stopped exercises."""

    better: tuple[Finding, ...]
    worse: tuple[Finding, ...]
    changed: tuple[Finding, ...]
    same: tuple[Finding, ...]
    unknown: tuple[Finding, ...]
    stops: tuple[str, ...]


def summary(courses: Sequence[Course]) -> Summary:
    """Sort what every measure came to, and name what stopped exercises."""
    found: dict[Verdict, list[Finding]] = {verdict: [] for verdict in Verdict}
    for course in courses:
        for each in course.measures:
            finding = Finding(course.title, course.law, each.measure.title, sentence(each))
            found[each.verdict].append(finding)
    stops = sorted(
        ((done, course) for course in courses for done in course.sessions if done.result.stop),
        key=lambda pair: pair[0].session,
    )
    return Summary(
        better=tuple(found[Verdict.BETTER]),
        worse=tuple(found[Verdict.WORSE]),
        changed=tuple(found[Verdict.CHANGED]),
        same=tuple(found[Verdict.NONE]),
        unknown=tuple(found[Verdict.UNKNOWN]),
        stops=tuple(stop_sentence(done, course) for done, course in stops),
    )


def sentence(course: MeasureCourse) -> str:
    """What is to be said of a measure, with its figures."""
    found = course.change
    if found is None:
        return "only baseline sessions so far"
    newest = course.later[-1]
    said = [figures(found, course.measure.unit)]
    if found.mdc95 is not None:
        said.append(f"MDC95 {number(found.mdc95)}")
    elif found.baselines + 1 < LEAST_BASELINES:
        said.append("too few baseline sessions for an error")
    else:
        said.append("the baseline sessions show no scatter to take an error from")
    if course.verdict in (Verdict.BETTER, Verdict.WORSE, Verdict.CHANGED):
        said.append(in_a_row(course.in_a_row))
    if course.trend is not None:
        said.append(trend_text(course.trend, course.measure.unit))
    return f"{'; '.join(said)} (session {newest.done.session})"


def figures(found: Change, unit: str) -> str:
    """Baseline, newest value and the difference."""
    if found.before is None or found.change is None:
        return f"now {_with(found.after, unit)}, no baseline"
    return f"{number(found.before)} to {_with(found.after, unit)}, {signed(found.change)}"


def in_a_row(count: int) -> str:
    """For how many sessions it has been so."""
    return "so in the last session only" if count == 1 else f"so in each of the last {count} sessions"


def trend_text(trend: Trend, unit: str) -> str:
    """A trend with its interval."""
    per_week = f"{unit} a week".strip()
    certain = "" if trend.certain else ", holds zero"
    return (
        f"trend {signed(trend.per_week)} {per_week} (95 % interval {signed(trend.low)} to {signed(trend.high)}{certain})"
    )


def stop_sentence(done: Done, course: Course) -> str:
    """What stopped an exercise."""
    result = done.result
    when = f" after {stop}" if (stop := stop_time(result)) else ""
    reason = f": {result.stop_reason}" if result.stop_reason else ""
    return (
        f"Session {done.session}, {course.title}: stopped by {CAUSES.get(result.stop, result.stop)}{when}, "
        f"{len(result.repetitions)} of {result.planned} repetitions done{reason}."
    )


def stop_time(result: ExerciseResult) -> str:
    """When it was stopped; empty where that is not known."""
    known = result.stop_time_s is not None and math.isfinite(result.stop_time_s)
    return f"{result.stop_time_s:.0f} s" if known else ""


def signed(value: float) -> str:
    """A figure with its sign."""
    return f"+{number(value)}" if value > 0.0 else number(value)


def _with(value: float, unit: str) -> str:
    return f"{number(value)} {unit}".strip()
