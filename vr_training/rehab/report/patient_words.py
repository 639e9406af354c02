"""What the patient reads: what he did and what got better, in plain words.

Only what lasts is called better or lower: beyond measurement error in the last two sessions, with a trend that is
certain and goes the same way. What he does without help comes first; what the robot helped with says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vr_training import exercises
from vr_training.rehab.change import NOT_JUDGED, Verdict
from vr_training.rehab.courses import WHO_WORKS, Course, MeasureCourse
from vr_training.rehab.export.record import SessionRecord
from vr_training.rehab.our_limits import ASSESSING
from vr_training.rehab.results import Level

Row = tuple[tuple[str, ...], str, str]
"""Measures without the unit at their end, what is said where they got better, and what they are about."""

_BOTH: tuple[Row, ...] = (
    (("strength",), "You can push harder", "How hard you can push"),
    (("final_error", "hold_error"), "You get closer to the target", "How close you get to the target"),
    (("mean_assistance",), "You need less help from the robot", "How much the robot has to help"),
    (("patient_share",), "You do more of the work yourself", "How much of the work you do yourself"),
    (("sparc", "ldlj", "speed_peaks"), "Your movement is smoother", "How smooth your movement is"),
    (("movement_time", "maximum_speed"), "You move faster", "How fast you move"),
    (("path_ratio",), "Your way to the target is straighter", "How straight your way to the target is"),
    (("tracking_error",), "You follow the guide more closely", "How closely you follow the guide"),
    (("reaction_time",), "You start sooner", "How soon you start"),
    (("compensation",), "You keep your body stiller while you reach", "How still you keep your body"),
    (("tremor_power",), "Your arm trembles less", "How much your arm trembles"),
    (("tone", "passive_torque"), "Your arm is easier to move", "How easily your arm can be moved"),
    (("passive_range",), "Your arm can be moved further", "How far your arm can be moved"),
)
_OWN: tuple[Row, ...] = (
    (("active_range", "range"), "You can move further by yourself", "How far you can move by yourself"),
    *_BOTH,
)
_HELPED: tuple[Row, ...] = ((("range",), "You move further", "How far you move"), *_BOTH)

_WHY = {
    "pain": "because it hurt. Always say so when something hurts.",
    "spasm": "because your muscles tightened.",
    "tone": "because your muscles resisted the movement.",
    "fatigue": "because you were tired. Rest is part of practice.",
    "fault": "because the robot had a fault.",
    "therapist": "because your therapist asked for it.",
}

_HIS = frozenset({"strength", "tone", "passive_torque", "passive_range", "compensation"}) | WHO_WORKS
"""Measures without their unit that say something of him, or of both, whoever helped."""

_ASSESSED = frozenset({"active_range", "passive_range", "strength", "tone", "passive_torque"})
"""Measures without their unit that an assessment is for."""

_UNITS = ("_deg_s", "_cm_s", "_deg2", "_mm2", "_deg", "_cm", "_nm", "_n")

MOST = {Verdict.BETTER: 4, Verdict.WORSE: 2}
"""Lines of a list: all of it fits on a page."""


MOST_DONE = 5
"""Exercises of the last session that are named, for the same reason."""


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
        each.verdict not in NOT_JUDGED and each.trend is not None for course in courses for each in course.measures
    )


def done(record: SessionRecord) -> tuple[str, ...]:
    """What was done in a session and how often, each thing once; the last says of how many others it is silent."""
    counts: dict[str, int] = {}
    for result in record.results:
        name = plain(result.exercise, result.title)
        counts[name] = counts.get(name, 0) + len(result.repetitions)
    said = [f"{name} {count} time{'' if count == 1 else 's'}" for name, count in counts.items() if count]
    others = len(said) - MOST_DONE
    if others > 1:
        said[MOST_DONE:] = [f"and {others} other exercises"]
    return tuple(said)


def harder(courses: Sequence[Course]) -> str:
    """In what exercises are harder than at the start, in a sentence; empty where they are not."""
    said: dict[str, None] = {}
    earned = True
    for course in courses:
        levels = [each.level for each in course.sessions if each.level is not None]
        said |= dict.fromkeys(_harder(levels[0], levels[-1]) if levels else ())
        earned = earned and not any(level.turned for level in levels)  # else it may have been the therapist's choice
    why = ", as you did well" if earned else ""
    return f"Your exercises are harder now than at the start{why}: {' and '.join(said)}." if said else ""


def _harder(first: Level, last: Level) -> Iterable[str]:
    if last.assistance < first.assistance:
        yield "the robot may help less"
    if last.amplitude > first.amplitude:
        yield "you go further"
    if last.speed > first.speed:
        yield "you go faster"


def stem(name: str) -> str:
    """A measure's name without its unit."""
    return next((name.removesuffix(unit) for unit in _UNITS if name.endswith(unit)), name)


def plain(exercise: str, title: str) -> str:
    """An exercise as its patient would call it; its title up to the first comma where it is not known here."""
    known = exercises.load(exercise).plain if exercise in exercises.names() else ""
    return known or title.partition(",")[0]


def called(course: Course) -> str:
    """What a patient calls an exercise."""
    return plain(course.kind.exercise, course.title)


def _lines(courses: Sequence[Course], verdict: Verdict, place: int) -> tuple[str, ...]:
    said: set[tuple[str, str]] = set()
    own = [line for row in _OWN for line in _line(courses, row, verdict, place, said, by_himself=True)]
    helped = [line for row in _HELPED for line in _line(courses, row, verdict, place, said, by_himself=False)]
    return tuple((own + helped)[: MOST[verdict]])


def _line(
    courses: Sequence[Course], row: Row, verdict: Verdict, place: int, said: set[tuple[str, str]], by_himself: bool
) -> Iterable[str]:
    """What one row says, with the exercises that it is true of, but for what is said of them already."""
    words = str(row[place])
    found = dict.fromkeys(
        called(course)
        for course in courses
        if (words, called(course)) not in said
        and any(
            stem(each.measure.name) in row[0]
            and tells(course, each)
            and each.lasting(verdict)
            and _his(course, each) is by_himself
            for each in course.measures
        )
    )
    if found:
        said.update((words, name) for name in found)
        where = next(iter(found)) if len(found) == 1 else f"in {len(found)} exercises"
        yield f"{words} ({where}{'' if by_himself else ', helped by the robot'})."


def tells(course: Course, of: MeasureCourse) -> bool:
    """Whether a measure says something of an exercise to its patient.

    An assessment tells what it assesses, and nothing else; of a single joint nobody would call the way straight.
    """
    name = stem(of.measure.name)
    if name == "path_ratio" and course.of("range_deg") is not None:
        return False
    return course.kind.exercise not in ASSESSING or name in _ASSESSED


def _his(course: Course, of: MeasureCourse) -> bool:
    """Whether a measure says something of the patient, not of what the robot did with him."""
    return course.unhelped or stem(of.measure.name) in _HIS
