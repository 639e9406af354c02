"""What the sessions came to, in plain sentences for the therapist."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from vr_training.rehab.change import LEAST_BASELINES, NOT_JUDGED, Change, Trend, Verdict
from vr_training.rehab.courses import BEYOND, Course, MeasureCourse
from vr_training.rehab.results import ExerciseResult
from vr_training.report.rows import number

WORDS = {
    Verdict.BETTER: "better, beyond measurement error",
    Verdict.WORSE: "worse, beyond measurement error",
    Verdict.CHANGED: "changed, beyond measurement error",
    Verdict.NONE: "no change beyond measurement error",
    Verdict.OTHER: "not compared, as the exercise was changed",
    Verdict.UNKNOWN: "cannot be judged",
}
"""Verdicts as the page has them."""

CAUSES = {
    "pain": "pain",
    "spasm": "spasm",
    "tone": "muscle tone",
    "fatigue": "fatigue",
    "force": "too much force",
    "range": "end of the range",
    "speed": "too fast",
    "trunk": "trunk moved",
    "wearable": "worn sensor",
    "therapist": "the therapist",
    "fault": "fault of the system",
}
"""What stopped an exercise, in words."""


@dataclass(frozen=True)
class Findings:
    """What is to be said of measures of one exercise.

    Attributes:
        exercise: What a person reads.
        law: What the law is called.
        measures: Title of each measure.
        sentences: What is to be said of each.
    """

    exercise: str
    law: str
    measures: tuple[str, ...]
    sentences: tuple[str, ...]

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Each measure with its sentence."""
        return tuple(zip(self.measures, self.sentences, strict=True))


@dataclass(frozen=True)
class Summary:
    """What changed and what did not, exercise by exercise, and what stopped exercises.

    Attributes:
        counts: How many measures have each verdict.
        lasting: Better in the last sessions, by a trend that is certain too.
        better: Better in the newest session, but not yet lasting.
        worse: Worse in the newest session.
        changed: Changed, where neither direction is better.
        rising: No change beyond measurement error, but a trend that is certain.
        same: Neither.
        other: What follows what is asked, of exercises that were changed since the baseline.
        unknown: What cannot be judged.
        stops: What stopped exercises, a sentence each.
    """

    counts: Mapping[Verdict, int]
    lasting: tuple[Findings, ...]
    better: tuple[Findings, ...]
    worse: tuple[Findings, ...]
    changed: tuple[Findings, ...]
    rising: tuple[Findings, ...]
    same: tuple[Findings, ...]
    other: tuple[Findings, ...]
    unknown: tuple[Findings, ...]
    stops: tuple[str, ...]

    @property
    def judged(self) -> int:
        """How many measures can be judged."""
        return sum(count for verdict, count in self.counts.items() if verdict not in NOT_JUDGED)


def summary(courses: Sequence[Course]) -> Summary:
    """Sort what every measure came to, and name what stopped exercises."""

    def having(verdict: Verdict, also: Callable[[MeasureCourse], bool] = lambda _: True) -> tuple[Findings, ...]:
        groups = []
        for course in courses:
            found = [each for each in course.measures if each.verdict is verdict and also(each)]
            if found:
                titles = tuple(each.measure.title for each in found)
                said = tuple(sentence(each, course) for each in found)
                if verdict is Verdict.UNKNOWN and len(found) == len(course.measures):
                    titles, said = (f"all {len(found)} measures",), ("none can be judged",)
                groups.append(Findings(course.title, course.law, titles, said))
        return tuple(groups)

    verdicts = [each.verdict for course in courses for each in course.measures]
    stops = sorted(
        (
            (done.session, course.title, result)
            for course in courses
            for done in course.sessions
            for result in done.results
            if result.stop
        ),
        key=lambda each: each[0],
    )
    return Summary(
        counts={verdict: verdicts.count(verdict) for verdict in Verdict},
        lasting=having(Verdict.BETTER, _lasts),
        better=having(Verdict.BETTER, lambda each: not _lasts(each)),
        worse=having(Verdict.WORSE),
        changed=having(Verdict.CHANGED),
        rising=having(Verdict.NONE, _rises),
        same=having(Verdict.NONE, lambda each: not _rises(each)),
        other=having(Verdict.OTHER),
        unknown=having(Verdict.UNKNOWN),
        stops=tuple(stop_sentence(*each) for each in stops),
    )


def _lasts(of: MeasureCourse) -> bool:
    return of.lasting(Verdict.BETTER)


def _rises(of: MeasureCourse) -> bool:
    return of.trend is not None and of.trend.certain


def sentence(of: MeasureCourse, course: Course) -> str:
    """What is to be said of a measure, with its figures."""
    found = of.change
    if found is None:
        return "only baseline sessions so far"
    said = [figures(found, of.measure.unit)]
    if found.mdc95 is not None:
        own = "" if found.sem is None else f", {found.df} df"
        said.append(f"MDC95 {short(found.mdc95)}{own}")
    elif found.baselines + 1 < LEAST_BASELINES:
        said.append("too few baseline sessions for an error")
    else:
        said.append("the baseline sessions show no scatter to take an error from")
    if of.verdict in BEYOND:
        said.append(in_a_row(of.in_a_row))
        if of.trend is None:
            said.append("too few sessions for a trend")
        elif not of.trend.certain:
            said.append("the interval of the trend holds zero")
    newest = of.points[-1].done.session
    late = "" if newest == course.sessions[-1].session else f"; last taken in session {newest}"
    return "; ".join(said) + late


def counted(course: Course) -> str:
    """How many measures of an exercise have each verdict, in words; empty where nothing can be said of any."""
    verdicts = [each.verdict for each in course.measures]
    said = (
        (Verdict.BETTER, "better"),
        (Verdict.WORSE, "worse"),
        (Verdict.CHANGED, "changed"),
        (Verdict.NONE, "within measurement error"),
        (Verdict.OTHER, "not compared"),
    )
    counts = [f"{count} {word}" for verdict, word in said if (count := verdicts.count(verdict))]
    return ", ".join(counts)


def figures(found: Change, unit: str) -> str:
    """Baseline, newest value and the difference."""
    if found.before is None or found.change is None:
        return f"now {_with(found.after, unit)}, no baseline"
    return f"{short(found.before)} to {_with(found.after, unit)}, {signed(found.change)}"


def in_a_row(count: int) -> str:
    """For how many sessions it has been so."""
    return "so in the last session only" if count == 1 else f"so in each of the last {count} sessions"


def trend_text(trend: Trend, unit: str) -> str:
    """A trend with its interval."""
    per_week = f"{unit} a week".strip()
    interval = f"95 % interval {signed(trend.low)} to {signed(trend.high)}"
    return f"trend {signed(trend.per_week)} {per_week} ({interval}{'' if trend.certain else ', holds zero'})"


def stop_sentence(session: int, title: str, result: ExerciseResult) -> str:
    """What stopped an exercise."""
    when = f" after {stop}" if (stop := stop_time(result)) else ""
    reason = f": {result.stop_reason}" if result.stop_reason else ""
    return (
        f"Session {session}, {title}: stopped by {CAUSES.get(result.stop, result.stop)}{when}, "
        f"{len(result.repetitions)} of {result.planned} repetitions done{reason}."
    )


def stop_time(result: ExerciseResult) -> str:
    """When it was stopped; empty where that is not known."""
    known = result.stop_time_s is not None and math.isfinite(result.stop_time_s)
    return f"{result.stop_time_s:.0f} s" if known else ""


def short(value: float) -> str:
    """A figure as `number` has it; one below a tenth with two significant digits, however small it is."""
    return number(value) if value == 0.0 or abs(value) >= 0.1 else f"{value:.2g}".replace("-", "−")


def signed(value: float) -> str:
    """A change with its sign."""
    return f"+{short(value)}" if value > 0.0 else short(value)


def _with(value: float, unit: str) -> str:
    return f"{short(value)} {unit}".strip()
