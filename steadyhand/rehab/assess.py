"""Assessments of a patient by the robot: range, strength and tone of his joints, which a plan is held against."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from control.patient_guard import PatientLimits
from robotics.config import find, load, load_named
from robotics.errors import ArgumentError
from simulation.patients.config import PatientConfig
from steadyhand.rehab.blocks import allowed_of, seed_of
from steadyhand.rehab.order import ExerciseOrder
from steadyhand.rehab.rig import place, rig_of
from steadyhand.rig_config import RigConfig
from vr_training import exercises
from vr_training.exercises.strength import AT_LEAST
from vr_training.rehab.asked import asked_of
from vr_training.rehab.our_limits import ASSESSING, LEVERS_M, MOST_TRUNK_CM
from vr_training.rehab.prescription import Assessment, JointAssessment, Plan, Side
from vr_training.rehab.results import ExerciseResult

KINDS = ("range_of_motion", "strength", "tone", "weighing")
"""What is assessed, in this order: exercises of these files in ``vr_training/exercises``, one or more of each."""

assert set(KINDS) == ASSESSING

PASSES = frozenset({"spasm", "force", "speed", "range", "trunk"})
"""Stops of the patient's own that pass: once they have, a therapist tries once more. Whoever hurts or tires is left."""

HEIGHT_M = 1.75
"""Height that a robot is set to where only the names of its joints matter [m]."""


@dataclass(frozen=True)
class Assessing:
    """An exercise that assesses.

    Attributes:
        kind: What it assesses.
        exercise: Its name.
        joints: The joint; several where it is not of one alone.
    """

    kind: str
    exercise: str
    joints: tuple[str, ...]

    @property
    def joint(self) -> str | None:
        """The joint that it is done for; None where it is of several."""
        return self.joints[0] if len(self.joints) == 1 else None


def side_of(patient: str, side: str | None) -> Side:
    """Which arm of a simulated patient is assessed: what was asked for, or the affected one.

    Raises:
        ArgumentError: Neither left nor right.
        UnknownNameError: There is no such patient.
    """
    config = load_named("patients", patient, PatientConfig)
    if side not in (None, "left", "right"):
        raise ArgumentError(f"side is '{side}', must be left or right")
    return config.side if side is None else "left" if side == "left" else "right"


def assessing(arm: str, joints: Collection[str] = ()) -> list[Assessing]:
    """What can be assessed with a robot, kind by kind: of these joints, of all that it moves where none are named.

    Raises:
        UnknownNameError: Nobody can sit in such a robot.
        ArgumentError: A joint is not one of those, or nothing can be assessed with it.
    """
    name = rig_of(arm)
    moved = place(load(find("rigs", name), RigConfig), "right", HEIGHT_M).chain.joint_names
    found = []
    for exercise in exercises.names():
        settings = exercises.load(exercise)
        if settings.exercise in KINDS:  # on whichever robot has the joints, those that nobody listed too
            ones = settings.choice or settings.joints[:1]
            several = [settings.joints] if len(settings.joints) > 1 else []
            groups = several or [(joint,) for joint in moved if joint in ones]
            found += [Assessing(settings.exercise, exercise, group) for group in groups if set(group) <= set(moved)]
    if not found:
        raise ArgumentError(f"nothing can be assessed with {arm}; choose one of: {', '.join(able_arms()) or 'none'}")
    known = dict.fromkeys(joint for each in found for joint in each.joints)
    wrong = [joint for joint in joints if joint not in known]
    if wrong:
        raise ArgumentError(f"{', '.join(wrong)} cannot be assessed with {arm}; choose of: {', '.join(known)}")
    found.sort(key=lambda each: KINDS.index(each.kind))
    return [each for each in found if not joints or set(each.joints) <= set(joints)]


def missing(arm: str, joints: Collection[str] = ()) -> list[str]:
    """What is not assessed with a robot, in sentences: what no exercise takes with it, or not of these joints alone."""
    able, todo = assessing(arm), {each.kind for each in assessing(arm, joints)}
    sentences = []
    for kind in KINDS:
        needs = next((each.joints for each in able if each.kind == kind), ())
        name = kind.replace("_", " ")
        if not needs:
            sentences.append(f"{name}: no exercise takes it with {arm}")
        elif kind not in todo:
            sentences.append(f"{name}: it takes {', '.join(needs)} together")
    return sentences


def able_arms() -> tuple[str, ...]:
    """Robots that can assess something, those that assess most kinds at the usual place first."""
    rigs = [rig for name in exercises.names() if (each := exercises.load(name)).exercise in KINDS for rig in each.rigs]
    arms = dict.fromkeys(load(find("rigs", rig), RigConfig).arms[0].arm for rig in rigs)
    return tuple(arms)


def _assesses(arm: str) -> bool:
    try:
        return bool(assessing(arm))
    except ArgumentError:  # says what else can
        return False


def needed(plan: Plan) -> tuple[str, tuple[str, ...]]:
    """Robot and joints of the assessment that a plan needs.

    Where its own robot cannot assess, the first that can does: the range of a joint is the patient's.

    Raises:
        ArgumentError: No robot can.
    """
    able = able_arms()
    if not able:
        raise ArgumentError(f"no exercise assesses: {', '.join(KINDS)}")
    arm = plan.arm if _assesses(plan.arm) else able[0]
    joints = {joint: None for block in plan.blocks for joint in (*block.ranges, *asked_of(block).joints)}
    if any(block.force_n is not None or block.speed_cm_s is not None for block in plan.blocks) or not joints:
        joints |= dict.fromkeys(LEVERS_M)  # the hand's force is held against the strength of these
    known = {joint for each in assessing(arm) for joint in each.joints}
    return arm, tuple(joint for joint in joints if joint in known)


def assess(
    patient: str,
    pseudonym: str,
    arm: str,
    side: Side,
    date: datetime.date,
    run: Callable[[ExerciseOrder], ExerciseResult],
    *,
    joints: Collection[str] = (),
    seed: int = 0,
    sessions_before: int = 0,
    told: Callable[[Assessing, ExerciseResult, Assessment], None] = lambda *_: None,
) -> Assessment:
    """Assess a simulated patient.

    A stop ends one assessment. What passes, a spasm say, is let pass, and the assessment is made once more; then the
    next follows, which is of another kind or joint. What a stopped one found is not taken: nobody knows what it would
    have come to. But where a range ends because it hurts, it does end there, and that is taken; and a joint that
    answered with a spasm to being moved is known for it. Who cannot go on leans, so the trunk is watched as laxly as a
    plan may.

    Args:
        patient: Name of the simulated patient.
        pseudonym: Whose assessment it is.
        arm: Name of the robot.
        side: Which arm.
        date: Today.
        run: Runs one exercise.
        joints: Joints that are assessed; all that the robot moves where empty.
        seed: Of everything that is drawn.
        sessions_before: How many sessions he has behind him.
        told: Told of each assessment that was made, once it is known whether it is taken, and of what was found so far.

    Raises:
        ArgumentError: Nothing can be assessed with this robot.
    """
    made = Assessment(patient=pseudonym, date=date, arm=arm, side=side, joints={}, simulated=True)
    for number, each in enumerate(assessing(arm, joints)):
        order = ExerciseOrder(
            exercise=each.exercise,
            patient=patient,
            rig=rig_of(arm),
            side=side,
            joint=each.joint,
            ranges_deg=_ranges(made, each),
            limits=replace(exercises.load(each.exercise).limits or PatientLimits(), trunk_cm=MOST_TRUNK_CM),
            seed=seed_of(seed, number),
            sessions_before=sessions_before,
            lockstep=True,
            headless=True,
        )
        result = run(order)
        stops = [result.stop]
        if result.stop in PASSES:
            result = run(dataclasses.replace(order, seed=seed_of(seed, number, 1)))
            stops.append(result.stop)
        if is_taken(result):
            made = with_result(made, each.joint, result)
        if each.kind == "tone" and each.joint is not None and (is_taken(result) or "spasm" in stops):
            made = _with_spasm(made, each.joint, "spasm" in stops)
        told(each, result, made)
    return made


def is_taken(result: ExerciseResult) -> bool:
    """Whether what an exercise found counts: it was not stopped, or it was a range that ends where it hurts."""
    return not result.stop or (result.stop == "pain" and bool(result.pain_deg))


def _ranges(made: Assessment, each: Assessing) -> dict[str, tuple[float, float]]:
    """Within what was just found, where several joints are moved at once."""
    if each.joint is not None:
        return {}
    return {joint: ends for joint, ends in allowed_of(made).items() if joint in each.joints}


def _with_spasm(made: Assessment, joint: str, spasm: bool) -> Assessment:
    found = replace(made.joints.get(joint, JointAssessment()), spasm=spasm)
    return replace(made, joints={**made.joints, joint: found})


def with_result(assessment: Assessment, joint: str | None, result: ExerciseResult) -> Assessment:
    """An assessment with what one exercise found.

    Args:
        assessment: The assessment.
        joint: Joint of the exercise; None where it is of several.
        result: What came of it.
    """
    assessment = assessment.with_ranges(result.ranges_deg, result.pain_deg)
    if result.loads:
        assessment = replace(assessment, loads=result.loads)
    found: dict[str, Any] = dict(_figures(result))
    if not found or joint is None:
        return assessment
    joints = dict(assessment.joints)
    joints[joint] = replace(joints.get(joint, JointAssessment()), **found)
    return replace(assessment, joints=joints)


def _figures(result: ExerciseResult) -> Iterator[tuple[str, float | bool]]:
    if "strength_nm" in result.measures:
        yield "strength_nm", result.measures["strength_nm"]
        yield "strength_at_least", any(each.reason == AT_LEAST for each in result.repetitions)
    if "tone" in result.measures and not result.ranges_deg:  # a search for ranges is too slow to tell it
        yield "tone_nms_rad", result.measures["tone"]
