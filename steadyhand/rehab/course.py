"""A simulated course: baseline sessions, then sessions in which the patient recovers and the plan adapts to him.

He is assessed before it, after it, and in between as often as the plan says; ranges that are shares of an assessed one
follow the newest.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass

from robotics.errors import ArgumentError
from steadyhand.rehab.assess import assess, needed
from steadyhand.rehab.blocks import Wanted, refuse_plan, seed_of
from steadyhand.rehab.rehearse import rehearse
from steadyhand.rehab.session import Company, Course, Place, conduct, difficulties_of
from vr_training.rehab.change import LEAST_BASELINES
from vr_training.rehab.prescription import Assessment, Plan
from vr_training.rehab.records import PatientRecords
from vr_training.rehab.results import ExerciseResult


class _GoesOn(Company):
    """A simulated course goes on with the next block after a stop, as a therapist would who looked at the patient."""

    def __init__(self, told: Callable[[Place, ExerciseResult], None]) -> None:
        self._told = told

    def ended(self, place: Place, result: ExerciseResult) -> None:
        self._told(place, result)

    def goes_on(self, place: Place, result: ExerciseResult) -> bool:  # noqa: ARG002
        return result.stop != "fault"


@dataclass(frozen=True)
class CoursePlan:
    """What a simulated course is.

    Attributes:
        plan: The plan.
        plan_name: Its name.
        patient: Name of the simulated patient.
        sessions: How many sessions follow the baseline.
        days_between: Days from one session to the next.
        first_day: Day of the first session; None so that the last is today's.
        seed: Of everything that is drawn.
        baselines: How many sessions measure the patient before.
    """

    plan: Plan
    plan_name: str
    patient: str
    sessions: int
    days_between: int
    first_day: datetime.date | None
    seed: int
    baselines: int = LEAST_BASELINES

    def __post_init__(self) -> None:
        if not 1 <= self.sessions <= 100:
            raise ArgumentError(f"sessions-count is {self.sessions}, must lie in 1 to 100")
        if not LEAST_BASELINES <= self.baselines <= 20:
            raise ArgumentError(f"baselines is {self.baselines}, must lie in {LEAST_BASELINES} to 20")
        if not 1 <= self.days_between <= 60:
            raise ArgumentError(f"days-between is {self.days_between}, must lie in 1 to 60")
        if self.seed < 0:
            raise ArgumentError(f"seed is {self.seed}, must not be negative")


@dataclass(frozen=True)
class Prepared:
    """A course that may begin, or go on.

    Attributes:
        baselines: Baseline sessions that are there already.
        done: Sessions after them.
        assessment: What was found at the patient; None where nothing was yet.
        day: Of the next session.
    """

    baselines: int
    done: int
    assessment: Assessment | None
    day: datetime.date


def prepare(course: CoursePlan, records: PatientRecords, today: datetime.date) -> Prepared:
    """See how far a course has come, and whether it may go on.

    Raises:
        ArgumentError: It has all its sessions, nothing can be assessed, or something speaks against the plan.
    """
    earlier = records.sessions()
    baselines = sum(each.baseline for each in earlier)
    done = len(earlier) - baselines
    if done >= course.sessions:
        raise ArgumentError(
            f"{records.pseudonym} has had {done} sessions: ask for more with --sessions-count, or keep another course "
            "under another pseudonym with --as"
        )
    step = datetime.timedelta(days=course.days_between)
    if earlier:
        day = datetime.date.fromisoformat(earlier[-1].date) + step
    else:
        day = course.first_day or today - step * (course.baselines + course.sessions - 1)
    assessment = records.assessment(course.plan.side)
    if assessment is None:
        needed(course.plan)  # refuses where nothing can be assessed
    else:
        _refuse(course, assessment, records)
    return Prepared(baselines, done, assessment, day)


def run_course(
    course: CoursePlan,
    prepared: Prepared,
    records: PatientRecords,
    watch: Callable[[int, str], None],
    said: Callable[[str], None],
) -> list[Course]:
    """Run what is left of a course; every session that is over is kept.

    Args:
        course: The course.
        prepared: From `prepare`.
        records: Where it is kept.
        watch: Told how many sets are over, and what is being done.
        said: Told of stops, in sentences.
    """
    plan, day, assessment = course.plan, prepared.day, prepared.assessment
    sets, number = 0, prepared.baselines + prepared.done
    baselines = prepared.baselines + _missing(course, prepared)
    step = datetime.timedelta(days=course.days_between)
    if assessment is None:
        watch(0, "Assessing")
        assessment = _assess(course, records, day, 0)
        _refuse(course, assessment, records)
    ran: list[Course] = []
    while number < baselines + course.sessions:
        baseline = number < baselines
        had = 0 if baseline else number - baselines
        what = f"Baseline {number + 1} of {baselines}" if baseline else f"Session {had + 1} of {course.sessions}"

        def told(place: Place, result: ExerciseResult, what: str = what) -> None:
            nonlocal sets
            sets += 1
            watch(sets, what)
            if result.stop:
                said(f"{what}, {place.block.exercise}: {result.stop_reason}")

        watch(sets, what)
        kept = {} if baseline else records.difficulties()
        wanted = Wanted(
            patient=course.patient, seed=seed_of(course.seed, number), lockstep=True, headless=True, sessions_before=had
        )
        ran.append(
            conduct(
                plan,
                course.plan_name,
                assessment,
                difficulties_of(plan, course.plan_name, kept),
                wanted,
                rehearse,
                records,
                day.isoformat(),
                _GoesOn(told),
                name=f"course-{number + 1:04d}",
                baseline=baseline,
                step_by_step=False,
            )
        )
        number += 1
        if not baseline and _due(course, prepared, had + 1):
            watch(sets, "Assessing again")
            _assess(course, records, day, had + 1)
            assessment = records.assessment(plan.side)
            assert assessment is not None
            _refuse(course, assessment, records)
        day += step
    return ran


def sets_left(course: CoursePlan, prepared: Prepared) -> int:
    """How many sets a course still has, where nothing stops it."""
    return (_missing(course, prepared) + course.sessions - prepared.done) * sum(
        block.sets + bool(block.probes) for block in course.plan.blocks
    )


def _due(course: CoursePlan, prepared: Prepared, done: int) -> bool:
    """Whether the patient is assessed anew after a session: as the plan says, and at the end where he was at first."""
    every = course.plan.reassess_every
    if done == course.sessions:
        return every is not None or prepared.assessment is None
    return every is not None and done % every == 0


def _missing(course: CoursePlan, prepared: Prepared) -> int:
    """Baseline sessions that are still to come: none once the course has begun."""
    return 0 if prepared.done else max(course.baselines - prepared.baselines, 0)


def _refuse(course: CoursePlan, assessment: Assessment, records: PatientRecords) -> None:
    difficulties = difficulties_of(course.plan, course.plan_name, records.difficulties())
    refuse_plan(course.plan, course.plan_name, assessment, difficulties, Wanted(patient=course.patient))


def _assess(course: CoursePlan, records: PatientRecords, day: datetime.date, had: int) -> Assessment:
    arm, joints = needed(course.plan)
    made = assess(
        course.patient,
        records.pseudonym,
        arm,
        course.plan.side,
        day,
        rehearse,
        joints=joints,
        seed=seed_of(course.seed, len(records.sessions()), 1),
        sessions_before=had,
    )
    records.add_assessment(made)
    return made
