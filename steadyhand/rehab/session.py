"""A session: the blocks of a plan one after the other, adapted to the patient, and kept as far as they have come."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from dataclasses import replace as replaced
from pathlib import Path

from msgspec.structs import replace

from steadyhand.rehab.blocks import Wanted, order_of, probe_of
from steadyhand.rehab.order import ExerciseOrder
from vr_training.rehab.adaptation import KNOBS, Difficulty, Knob, Progression
from vr_training.rehab.export.record import Prescription, SessionRecord
from vr_training.rehab.prescription import Assessment, Block, Plan
from vr_training.rehab.records import PatientRecords
from vr_training.rehab.results import ExerciseResult, Level

Run = Callable[[ExerciseOrder], ExerciseResult]
"""Runs one set and says what came of it."""

NOT_HIS = frozenset({"therapist", "fault", "wearable"})
"""Stops that say nothing of how hard the exercise was."""


PROBES = -1
"""Where a block's probes are, before its first set."""


@dataclass(frozen=True)
class Place:
    """Where a session is.

    Attributes:
        index: Which block, from 0.
        block: The block.
        set_index: Which of its sets, from 0; `PROBES` of its probes, which come first.
        difficulty: How hard it is made; probes are not.
    """

    index: int
    block: Block
    set_index: int
    difficulty: Difficulty

    @property
    def probe(self) -> bool:
        """Whether it is the probes of the block."""
        return self.set_index == PROBES


class Company:
    """Who is there while a session runs. This one is nobody: nothing goes on after a stop, no rest is waited for."""

    def opened(self, course: Course) -> None:
        """A session begins; what it comes to is in this, as far as it has come."""

    def begins(self, place: Place) -> None:
        """A set begins."""

    def ended(self, place: Place, result: ExerciseResult) -> None:
        """A set has ended."""

    def rest(self, place: Place) -> None:
        """Let the patient rest before the next set."""

    def adjusts(self, place: Place) -> Difficulty:
        """How hard a set is to be made, before any but the session's first: as the rule has it, or as is chosen."""
        return place.difficulty

    def goes_on(self, place: Place, result: ExerciseResult) -> bool:  # noqa: ARG002
        """Whether the session goes on after a stop: with the next block, or after probes with the block's sets."""
        return False


@dataclass
class Course:
    """What a session came to.

    Attributes:
        record: The session.
        path: Where it is kept; None where it is not.
        difficulties: How hard each block is made from now on, by its key.
        finished: Whether it came to the end of the plan.
    """

    record: SessionRecord
    path: Path | None
    difficulties: dict[str, Difficulty] = field(default_factory=dict)
    finished: bool = False

    @property
    def stops(self) -> list[ExerciseResult]:
        """Blocks that were stopped."""
        return [result for result in self.record.results if result.stop]


def key_of(plan_name: str, index: int, block: Block) -> str:
    """What the difficulty of a block is kept under."""
    return f"{plan_name}/{index + 1}/{block.exercise}"


def resumed(kept: Difficulty | None, progression: Progression) -> Difficulty:
    """How hard a block is to begin: as it ended last time, within the bounds that hold now."""
    if kept is None:
        return Difficulty.start(progression)
    if replace(kept.progression, hold=progression.hold) == progression:
        return replace(kept, progression=progression)
    return Difficulty.start(progression, kept.assistance, kept.amplitude, kept.speed)


def difficulties_of(
    plan: Plan, plan_name: str, kept: dict[str, Difficulty], hold: Collection[Knob] = ()
) -> tuple[Difficulty, ...]:
    """How hard each block of a plan is to begin.

    Args:
        plan: The plan.
        plan_name: Its name.
        kept: From earlier sessions.
        hold: What the therapist holds besides what the plan does.
    """
    return tuple(
        resumed(
            kept.get(key_of(plan_name, index, block)),
            replace(block.progression, hold=block.progression.hold | frozenset(hold)),
        )
        for index, block in enumerate(plan.blocks)
    )


def adapted(difficulty: Difficulty, result: ExerciseResult) -> Difficulty:
    """How hard it is after a set: each repetition that is over counts, and a stop of the patient's as a failure.

    A set makes it one step harder at most: the next step is not earned before this one was tried.
    """
    harder = False
    for repetition in result.repetitions:
        if repetition.success and harder:
            continue
        difficulty = difficulty.step(repetition.success)
        harder = harder or (repetition.success and difficulty.climbed and difficulty.streak == 0)
    if result.stop and result.stop not in NOT_HIS:
        difficulty = difficulty.step(False)
    return difficulty


def conduct(
    plan: Plan,
    plan_name: str,
    assessment: Assessment | None,
    difficulties: tuple[Difficulty, ...],
    wanted: Wanted,
    run: Run,
    records: PatientRecords,
    date: str,
    company: Company | None = None,
    *,
    name: str = "",
    baseline: bool = False,
    step_by_step: bool = True,
    notes: tuple[str, ...] = (),
) -> Course:
    """Run a session.

    A stop ends its block: what is left of it is not done. Whether the next block follows, the company says.

    Args:
        plan: The plan; nothing speaks against it.
        plan_name: Its name.
        assessment: What was found at the patient.
        difficulties: How hard each block is to begin.
        wanted: How it is to be run.
        run: Runs one set.
        records: Where it is kept.
        date: Of the session, ISO 8601.
        company: Who is there.
        name: Name of the session; that of its first recording where empty.
        baseline: Whether it is one of those that measure the patient: nothing adapts then.
        step_by_step: Whether it is kept after each set; else only once it is over.
        notes: What a person should know of it.
    """
    company = company or Company()
    earlier = records.sessions()
    record = SessionRecord(
        pseudonym=records.pseudonym,
        date=date,
        results=(),
        session=name,
        prescription=Prescription(title=plan.title, started=_started(earlier, plan, date), plan=plan),
        baseline=baseline,
        notes=notes,
    )
    course = Course(record, None)
    company.opened(course)
    path = records.next_session(date)

    def keep() -> None:
        records.keep_session(path, course.record)
        if not baseline:
            records.keep_difficulties(course.difficulties)
        course.path = path

    first = records.assessment(plan.side, newest=False) or assessment
    for index, block in enumerate(plan.blocks):
        difficulty = difficulties[index]
        for set_index in range(PROBES if block.probes else 0, block.sets):
            place = Place(index, block, set_index, difficulty)
            if set_index > 0:
                company.rest(place)
            chosen = difficulty
            if course.record.results and not (place.probe or baseline):
                chosen = company.adjusts(place)
                place = replaced(place, difficulty=chosen)
            company.begins(place)
            if place.probe:
                order = probe_of(plan, index, first, wanted)
            else:
                order = order_of(plan, index, set_index, assessment, chosen, wanted)
            result = run(order)
            level = _level(order) if place.probe else _chosen(_level(order), block, difficulty, chosen)
            result = replace(
                result,
                patient=records.pseudonym,
                level=level,
                probe=place.probe,
                block=index + 1,
                set=0 if place.probe else set_index + 1,
            )
            course.record = replace(
                course.record,
                results=(*course.record.results, result),
                session=course.record.session or result.session,
            )
            if not baseline and not place.probe:
                difficulty = adapted(chosen, result)
                course.difficulties[key_of(plan_name, index, block)] = difficulty
            if step_by_step:
                keep()
            company.ended(place, result)
            if result.stop and not (place.probe and company.goes_on(place, result)):
                break
        last = index == len(plan.blocks) - 1
        if result.stop and (place.probe or not (last or company.goes_on(place, result))):
            break
        course.finished = last and not result.stop
    if not step_by_step:
        keep()
    return course


def _level(order: ExerciseOrder) -> Level:
    """How hard an order makes an exercise."""
    return Level(
        assistance=order.assistance, amplitude=order.amplitude, speed=order.speed, ranges_deg=dict(order.ranges_deg)
    )


def _chosen(level: Level, block: Block, before: Difficulty, after: Difficulty) -> Level:
    """The same with what the therapist chose besides what the plan and the rule do."""
    ways = {knob: (float(getattr(before, knob)), float(getattr(after, knob))) for knob in KNOBS}
    return replace(
        level,
        turned={knob: way for knob, way in ways.items() if way[0] != way[1]},
        held=tuple(knob for knob in KNOBS if knob in after.progression.hold - block.progression.hold),
        freed=tuple(knob for knob in KNOBS if knob in before.progression.hold - after.progression.hold),
    )


def _started(earlier: tuple[SessionRecord, ...], plan: Plan, date: str) -> str:
    """Day on which a plan began: that of its first session."""
    return next((each.date for each in earlier if each.prescription.title == plan.title), date)
