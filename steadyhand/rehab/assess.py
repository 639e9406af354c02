"""Assessments of a patient by the robot: range, strength and tone of his joints, which a plan is held against."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from msgspec.structs import replace

from robotics.config import find, load, load_named
from robotics.errors import ArgumentError
from simulation.patients.config import PatientConfig
from steadyhand.rehab.blocks import seed_of
from steadyhand.rehab.order import ExerciseOrder
from steadyhand.rehab.rig import place, rig_of
from steadyhand.rig_config import RigConfig
from vr_training import exercises
from vr_training.rehab.our_limits import ASSESSING
from vr_training.rehab.prescription import Assessment, JointAssessment, Side
from vr_training.rehab.results import ExerciseResult

KINDS = ("range_of_motion", "strength", "tone")
"""What is assessed, in this order: exercises of these files in ``vr_training/exercises``, one or more of each."""

assert set(KINDS) == ASSESSING


@dataclass(frozen=True)
class Assessing:
    """An exercise that assesses.

    Attributes:
        kind: What it assesses.
        exercise: Its name.
        joint: The joint.
    """

    kind: str
    exercise: str
    joint: str


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


def assessing(arm: str) -> tuple[list[Assessing], list[str]]:
    """What can be assessed with an arm, and in sentences what cannot.

    Raises:
        UnknownNameError: Nobody can sit in such an arm.
    """
    rig = load(find("rigs", rig_of(arm)), RigConfig)
    joints = place(rig, "right", 1.75).chain.joint_names
    found = []
    for name in exercises.names():
        settings = exercises.load(name)
        if settings.exercise in KINDS and len(settings.joints) == 1 and settings.joints[0] in joints:
            found.append(Assessing(settings.exercise, name, settings.joints[0]))
    found.sort(key=lambda each: KINDS.index(each.kind))
    kinds = {each.kind for each in found}
    missing = [f"{kind.replace('_', ' ')}: no exercise takes it with {arm}" for kind in KINDS if kind not in kinds]
    return found, missing


def assess(
    patient: str,
    pseudonym: str,
    arm: str,
    side: Side,
    date: datetime.date,
    run: Callable[[ExerciseOrder], ExerciseResult],
    *,
    seed: int = 0,
    sessions_before: int = 0,
    before: Assessment | None = None,
    told: Callable[[Assessing, ExerciseResult], None] = lambda *_: None,
) -> Assessment:
    """Assess a simulated patient.

    A stop ends one assessment; the next is of another kind or joint, and goes on. What a stopped one found counts.

    Args:
        patient: Name of the simulated patient.
        pseudonym: Whose assessment it is.
        arm: Name of the robot.
        side: Which arm.
        date: Today.
        run: Runs one exercise.
        seed: Of everything that is drawn.
        sessions_before: How many sessions he has behind him.
        before: An earlier assessment; what a therapist found by hand, grade and pain, is taken over.
        told: Told of each assessment that was made.

    Raises:
        ArgumentError: Nothing can be assessed with this arm.
    """
    todo, missing = assessing(arm)
    if not todo:
        raise ArgumentError("; ".join(missing))
    joints: dict[str, JointAssessment] = {}
    for joint, found in (before.joints if before else {}).items():
        joints[joint] = JointAssessment(tone_grade=found.tone_grade, pain_deg=found.pain_deg)
    made = Assessment(patient=pseudonym, date=date, arm=arm, side=side, joints=joints)
    for number, each in enumerate(todo):
        result = run(
            ExerciseOrder(
                exercise=each.exercise,
                patient=patient,
                rig=rig_of(arm),
                side=side,
                seed=seed_of(seed, number),
                sessions_before=sessions_before,
                lockstep=True,
                headless=True,
            )
        )
        made = with_result(made, each.joint, result)
        told(each, result)
    return made


def with_result(assessment: Assessment, joint: str, result: ExerciseResult) -> Assessment:
    """An assessment with what one exercise found.

    Args:
        assessment: The assessment.
        joint: Joint of the exercise.
        result: What came of it.
    """
    assessment = assessment.with_ranges(result.ranges_deg)
    found = dict(_figures(result))
    if not found:
        return assessment
    joints = dict(assessment.joints)
    joints[joint] = replace(joints.get(joint, JointAssessment()), **found)
    return replace(assessment, joints=joints)


def _figures(result: ExerciseResult) -> Iterator[tuple[str, float]]:
    for measure, key in (("strength_nm", "strength_nm"), ("tone", "tone_nms_rad")):
        if measure in result.measures:
            yield key, result.measures[measure]
