"""What a therapist sees first: does the patient get better without help, what did the robot do, what was changed.

A few measures of what was done without help are chosen beforehand, so that chance has few occasions: of joints how far,
how long, how smoothly; of the hand how near to the goal, how straight, with how much of the trunk, how long. What the
robot helps with says what the robot can do.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vr_training.rehab.change import Verdict
from vr_training.rehab.courses import Course, MeasureCourse
from vr_training.rehab.our_limits import ASSESSING
from vr_training.rehab.results import Level

KEY_OF_JOINTS = (("active_range_deg", "range_deg"), ("movement_time",), ("sparc",))
KEY_OF_THE_HAND = (("final_error_cm",), ("path_ratio",), ("compensation",), ("movement_time",))
"""Measures of what is done without help that are looked at first; of each group the first that there is. Ours."""


WHOLE = 9.95
"""Figures from here on are whole: what would be rounded to ten."""


@dataclass(frozen=True)
class Glance:
    """The whole course in a few lines.

    Attributes:
        verdict: In a few words.
        mark: ``"good"``, ``"weak"``, or empty where neither can be said.
        own: What is done without help, a sentence for each verdict that occurs.
        robot: What the robot did, a sentence an exercise.
        plan: What was changed in the exercises, a sentence an exercise.
        key: The measures that the verdict is of.
        helped: Exercises in which the robot helped, as far as they adapt.
    """

    verdict: str
    mark: str
    own: tuple[str, ...]
    robot: tuple[str, ...]
    plan: tuple[str, ...]
    key: tuple[tuple[Course, MeasureCourse], ...]
    helped: tuple[Course, ...]


def glance(courses: Sequence[Course]) -> Glance:
    """Look at a patient's exercises over the sessions."""
    key = tuple((course, each) for course in courses if course.unhelped for each in _key(course))
    helped = helped_in(courses)
    verdict, mark = _verdict([each for _, each in key])
    if not key and any(course.unhelped for course in courses):
        verdict = "Only baseline sessions so far"
    return Glance(
        verdict=verdict,
        mark=mark,
        own=tuple(_own(key)),
        robot=tuple(_robot(course) for course in helped),
        plan=tuple(text for course in courses if not course.unhelped and (text := _plan(course))),
        key=key,
        helped=helped,
    )


def helped_in(courses: Sequence[Course]) -> tuple[Course, ...]:
    """Exercises in which the robot helps as a patient needs it; where there is none, all in which it gives anything."""
    given = tuple(course for course in courses if not course.unhelped and course.of("mean_assistance") is not None)
    return tuple(course for course in given if _levels(course)) or given


def _key(course: Course) -> Iterable[MeasureCourse]:
    groups = KEY_OF_JOINTS if course.of("range_deg") is not None else KEY_OF_THE_HAND
    # Who goes as far as he can takes as long as he likes.
    for group in KEY_OF_JOINTS[:1] if course.kind.exercise in ASSESSING else groups:
        found = course.of(*group)
        if found is not None and found.change is not None:
            yield found


def _verdict(key: Sequence[MeasureCourse]) -> tuple[str, str]:
    """The verdict on what is done without help, and its mark."""
    if not key:
        return "Nothing was measured without help", ""
    if 2 * sum(each.verdict is Verdict.UNKNOWN for each in key) > len(key):
        return "Too early to tell: too few baseline sessions", ""
    better, worse = (any(each.lasting(which) for each in key) for which in (Verdict.BETTER, Verdict.WORSE))
    if better or worse:
        return _LASTING[better, worse]
    if any(each.verdict in (Verdict.BETTER, Verdict.WORSE) for each in key):
        return "Changed without help in the newest session; not confirmed yet", ""
    return "No change without help beyond measurement error", ""


_LASTING = {
    (True, False): ("Better without help", "good"),
    (False, True): ("Worse without help", "weak"),
    (True, True): ("Without help better in some measures, worse in others", ""),
}
"""Verdict and mark where something lasts, by whether anything is better, and whether anything is worse."""


def _own(key: Sequence[tuple[Course, MeasureCourse]]) -> Iterable[str]:
    """Key measures by what is to be said of them."""
    groups: dict[str, list[str]] = {}
    for course, each in key:
        groups.setdefault(_said(each), []).append(_figure(course, each))
    order = (*_SAID.values(), "")
    for said in sorted(groups, key=order.index):
        yield f"{said}: {'; '.join(groups[said])}." if said else ""


_SAID = {
    "lasting better": "Better, beyond measurement error, and lasting",
    "lasting worse": "Worse, beyond measurement error, and lasting",
    "better": "Better in the newest session, not confirmed yet",
    "worse": "Worse in the newest session, not confirmed yet",
    "trend better": "Within the error of a single session, yet with a certain trend for the better",
    "trend worse": "Within the error of a single session, yet with a certain trend for the worse",
    "trend": "Within the error of a single session, yet its trend is certain",
    "same": "No change beyond measurement error",
    "unknown": "Cannot be judged",
}


def _said(of: MeasureCourse) -> str:
    for verdict, word in ((Verdict.BETTER, "better"), (Verdict.WORSE, "worse")):
        if of.lasting(verdict):
            return _SAID[f"lasting {word}"]
        if of.verdict is verdict:
            return _SAID[word]
    if of.verdict is not Verdict.NONE:
        return _SAID["unknown"]
    if of.trend is None or not of.trend.certain:
        return _SAID["same"]
    if not of.measure.better:
        return _SAID["trend"]
    better = (of.trend.per_week > 0.0) == (of.measure.better == "higher")
    return _SAID["trend better" if better else "trend worse"]


def _figure(course: Course, of: MeasureCourse) -> str:
    """A measure with its exercise, its figures, and the least change that is beyond its error."""
    found = of.change
    assert found is not None
    title = of.measure.title
    name = f"{title[0].lower()}{title[1:]} ({course.title.partition(',')[0]})"
    unit = f" {of.measure.unit}" if of.measure.unit else ""
    if found.before is None:
        return f"{name} now {brief(found.after)}{unit}"
    error = "" if found.mdc95 is None else f" (± {brief(found.mdc95)})"
    before, after = brief(found.before), brief(found.after)
    if before == after:
        before, after = (f"{value:.3g}".replace("-", "−") for value in (found.before, found.after))
    return f"{name} {before} → {after}{unit}{error}"


def brief(value: float) -> str:
    """A figure with two significant digits, and whole from ten on: what is read in passing."""
    text = f"{value:,.0f}" if value == 0.0 or abs(value) >= WHOLE else f"{value:#.2g}"
    return text.replace("-", "−")


def _robot(course: Course) -> str:
    """How much the robot helped in an exercise."""
    of = course.of("mean_assistance")
    assert of is not None
    found = of.change
    if found is None or found.before is None:
        return f"{course.title}: {brief(of.points[-1].value)} % of the help that the robot can give."
    said = {
        Verdict.BETTER: "less than before, beyond measurement error",
        Verdict.WORSE: "more than before, beyond measurement error",
        Verdict.NONE: "no change beyond measurement error",
    }.get(found.verdict, "cannot be judged")
    return (
        f"{course.title}: {brief(found.before)} → {brief(found.after)} % of the help that the robot can give; {said}."
    )


def _levels(course: Course) -> bool:
    """Whether an exercise was ever made harder or easier."""
    levels = [done.level for done in course.sessions]
    return len({(each.assistance, each.amplitude, each.speed) for each in levels if each is not None}) > 1


_CHANGED = {"assistance": "most help allowed", "amplitude": "how far", "speed": "how fast"}


def _plan(course: Course) -> str:
    """What was changed in an exercise from its first set to its last, and how often by hand; empty for nothing."""
    levels = [each.level for done in course.sessions for each in done.results if each.level is not None]
    if not levels:
        return ""
    first, last = levels[0], levels[-1]
    changes = []
    for knob, what in _CHANGED.items():
        before = first.turned[knob][0] if knob in first.turned else getattr(first, knob)
        after = getattr(last, knob)
        if abs(after - before) > 1e-9:
            changes.append(f"{what} {100.0 * before:.0f} → {100.0 * after:.0f} %")
    changes += _ranges(first, last)
    by_hand = sum(bool(each.turned) for each in levels)
    said = [", ".join(changes) or "as at the start"]
    if by_hand:
        said.append(f"the therapist turned it before {by_hand} set{'' if by_hand == 1 else 's'}")
    return f"{course.title}: {'; '.join(said)}." if changes or by_hand else ""


def _ranges(first: Level, last: Level) -> Iterable[str]:
    """Ranges that were prescribed anew."""
    for joint, (low, high) in last.ranges_deg.items():
        before = first.ranges_deg.get(joint, (low, high))
        if max(abs(low - before[0]), abs(high - before[1])) >= 1.0:
            name = joint.replace("_", " ")
            yield f"{name} {before[0]:.0f} to {before[1]:.0f} → {low:.0f} to {high:.0f} deg"
