"""What the patient reads: what he did and what got better, in plain words.

Only what lasts is called better or lower: beyond measurement error in the last two sessions, with a trend that is
certain and goes the same way.
"""

from __future__ import annotations

from collections.abc import Sequence

from vr_training.rehab.change import Verdict
from vr_training.rehab.report.course import Course

_SAID: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("active_range",), "You can move further by yourself", "How far you can move by yourself"),
    (("range",), "You move further", "How far you move"),
    (("strength",), "You can push harder", "How hard you can push"),
    (("patient_share",), "You do more of the work yourself", "How much of the work you do yourself"),
    (("mean_assistance",), "You need less help from the robot", "How much the robot has to help"),
    (("final_error", "hold_error"), "You get closer to the target", "How close you get to the target"),
    (("tracking_error",), "You follow the guide more closely", "How closely you follow the guide"),
    (("path_ratio",), "Your way to the target is straighter", "How straight your way to the target is"),
    (("sparc", "ldlj", "speed_peaks"), "Your movement is smoother", "How smooth your movement is"),
    (("movement_time", "maximum_speed"), "You move faster", "How fast you move"),
    (("reaction_time",), "You start sooner", "How soon you start"),
    (("compensation",), "You keep your body stiller while you reach", "How still you keep your body"),
    (("tremor_power",), "Your arm trembles less", "How much your arm trembles"),
    (("tone", "passive_torque"), "Your arm is easier to move", "How easily your arm can be moved"),
    (("passive_range",), "Your arm can be moved further", "How far your arm can be moved"),
)
"""Measures without the unit at their end, what is said where they got better, and what they are about."""

_WHY = {
    "pain": "because it hurt. Always say so when something hurts.",
    "spasm": "because your muscles tightened.",
    "tone": "because your muscles resisted the movement.",
    "fatigue": "because you were tired. Rest is part of practice.",
    "fault": "because the robot had a fault.",
    "therapist": "because your therapist asked for it.",
}

_UNITS = ("_deg_s", "_cm_s", "_deg2", "_mm2", "_deg", "_cm", "_nm", "_n")

MOST = {Verdict.BETTER: 5, Verdict.WORSE: 2}
"""Lines of a list: all of it fits on a page."""


def better(courses: Sequence[Course]) -> tuple[str, ...]:
    """What got better for good, the most telling first."""
    return _lines(courses, Verdict.BETTER, 1)


def lower(courses: Sequence[Course]) -> tuple[str, ...]:
    """What is worse than at the start and stays so: something to ask the therapist."""
    return _lines(courses, Verdict.WORSE, 2)


def stops(courses: Sequence[Course]) -> tuple[str, ...]:
    """The newest stop, of which a patient should read."""
    found = sorted(
        (done.session, result.stop)
        for course in courses
        for done in course.sessions
        for result in done.results
        if result.stop
    )
    return tuple(
        f"In session {session} we stopped early {_WHY.get(stop, 'to keep you safe.')}" for session, stop in found[-1:]
    )


def judged(courses: Sequence[Course]) -> bool:
    """Whether there is enough to say whether anything changed."""
    return any(
        each.verdict is not Verdict.UNKNOWN and each.trend is not None for course in courses for each in course.measures
    )


def stem(name: str) -> str:
    """A measure's name without its unit."""
    return next((name.removesuffix(unit) for unit in _UNITS if name.endswith(unit)), name)


def plain(title: str) -> str:
    """A title without what stands after its first comma."""
    return title.partition(",")[0]


def _lines(courses: Sequence[Course], verdict: Verdict, place: int) -> tuple[str, ...]:
    lines = []
    for row in _SAID:
        titles = dict.fromkeys(
            plain(course.title)
            for course in courses
            if any(stem(each.measure.name) in row[0] and each.lasting(verdict) for each in course.measures)
        )
        if titles:
            where = next(iter(titles)) if len(titles) == 1 else f"in {len(titles)} exercises"
            lines.append(f"{row[place]} ({where}).")
    return tuple(lines[: MOST[verdict]])
