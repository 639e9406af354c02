"""What no exercise may ask is refused before anything begins."""

from __future__ import annotations

import numpy as np
import pytest

from robotics.errors import ArgumentError
from robotics.guidance import Coordinates, Space
from tests.vr_training.exercises.trial import ARM_M, context_of
from vr_training.exercises import FIRST, Movement, load
from vr_training.exercises.paths import line
from vr_training.exercises.refusal import REACH, refuse

ELBOW = Coordinates(Space.JOINT, ("elbow_flexion",))
HAND = Coordinates(Space.TIP, axes=(0, 1, 2))


def way(start: list[float], goal: list[float], say: str = "there") -> list[Movement]:
    return [Movement(path=line(start, goal), duration_s=2.0, say=say, tolerance=0.1, patience_s=5.0)]


def test_a_joint_that_would_leave_its_range_is_refused_with_the_range() -> None:
    context = context_of(load("elbow_flexion"), "arm_exo", lower=np.radians([10.0]), upper=np.radians([90.0]))
    refuse("bend", ELBOW, context, way([np.radians(10.0)], [np.radians(90.0)]))
    with pytest.raises(ArgumentError, match=r"'bend' goes to \[95\.\] deg.* \[10\.\] to \[90\.\]"):
        refuse("bend", ELBOW, context, way([np.radians(10.0)], [np.radians(95.0)]))


def test_an_arm_that_is_outside_of_its_range_may_be_brought_back_into_it_but_not_further_out() -> None:
    context = context_of(load("elbow_flexion"), "arm_exo", lower=np.radians([10.0]), upper=np.radians([90.0]))
    refuse("bend", ELBOW, context, way([np.radians(95.0)], [np.radians(80.0)], FIRST))
    with pytest.raises(ArgumentError):
        refuse("bend", ELBOW, context, way([np.radians(95.0)], [np.radians(80.0)]))
    with pytest.raises(ArgumentError):
        refuse("bend", ELBOW, context, way([np.radians(80.0)], [np.radians(95.0)], FIRST))


def test_a_goal_beyond_the_arm_is_refused_with_its_length() -> None:
    context = context_of(load("forward_reach"), "arm_exo")
    refuse("reach", HAND, context, way([0.3, 0.0, 0.0], [0.99 * REACH * ARM_M, 0.0, 0.0]))
    with pytest.raises(ArgumentError, match=f"{100 * ARM_M:.0f} cm; at most {100 * REACH:.0f} %"):
        refuse("reach", HAND, context, way([0.3, 0.0, 0.0], [1.01 * REACH * ARM_M, 0.0, 0.0]))
