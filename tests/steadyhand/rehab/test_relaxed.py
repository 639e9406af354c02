"""Exercises in which the patient is told to let the robot move his arm."""

from __future__ import annotations

import math

import pytest

from robotics.errors import ArgumentError
from robotics.guidance import Moment
from steadyhand.rehab.build import prepare
from steadyhand.rehab.order import ExerciseOrder
from steadyhand.rehab.rehearse import rehearse
from steadyhand.rehab.rig import plan
from vr_training.rehab.prescription import load_plan


def asked_of(order: ExerciseOrder) -> set[Moment]:
    exercise = prepare(plan(order)).exercise
    return {each.moment for each in exercise.repetition(0)}


@pytest.mark.parametrize("exercise", ["elbow_flexion", "pronation"])
def test_who_is_to_be_relaxed_is_asked_and_told_nothing_else(exercise: str) -> None:
    assert asked_of(ExerciseOrder(exercise=exercise, law="passive")) == {Moment.MOVE}
    order = ExerciseOrder(exercise=exercise, law="passive", relaxed=True)
    assert asked_of(order) == {Moment.RELAX}
    settings = plan(order).settings
    assert settings.hold_s == 0.0
    told = (settings.start, *settings.say.values())
    assert all("relaxed" in words or "let" in words.lower() for words in told)


@pytest.mark.parametrize(
    ("exercise", "law", "said"),
    [("circle", "passive", "no arc of one joint"), ("elbow_flexion", "wolbrecht", "choose of passive")],
)
def test_nobody_is_told_to_relax_where_nothing_would_move_him(exercise: str, law: str, said: str) -> None:
    with pytest.raises(ArgumentError, match=said):
        plan(ExerciseOrder(exercise=exercise, law=law, relaxed=True))


def test_in_plans_whoever_is_moved_by_the_robot_is_told_to_let_it() -> None:
    for name in ("elbow_after_stroke", "spastic_early"):
        for block in load_plan(name).blocks:
            if block.law == "passive":
                order = ExerciseOrder(exercise=block.exercise, law=block.law, relaxed=block.relaxed)
                assert asked_of(order) == {Moment.RELAX}, (name, block.exercise)


def test_a_relaxed_arm_is_moved_all_the_way() -> None:
    order = ExerciseOrder(
        exercise="elbow_flexion", patient="stroke_recovering", law="passive", repetitions=1, seed=2, relaxed=True
    )
    result = rehearse(order)
    assert not result.stop
    assert result.relaxed
    assert result.successes == 1
    begin, end = prepare(plan(order)).exercise.ends  # type: ignore[attr-defined]
    assert result.measures["range_deg"] > 0.9 * math.degrees(end - begin)
