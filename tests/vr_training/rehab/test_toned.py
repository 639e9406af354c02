"""Tone as plans go by it."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robotics.human_arm import RANGES_DEG
from vr_training.rehab.our_limits import SPASM_SPEED_DEG_S, SPASTIC, SPEED_DEG_S, usual_slope_nms_rad
from vr_training.rehab.prescription import JointAssessment
from vr_training.rehab.toned import spastic, speed_bounds


def fastest(found: JointAssessment | None, joint: str = "elbow_flexion") -> float:
    return min((bound for bound, _ in speed_bounds(joint, found)), default=math.inf)


@pytest.mark.parametrize("joint", RANGES_DEG)
def test_a_healthy_arm_is_bound_by_nothing(joint: str) -> None:
    healthy = JointAssessment(tone_nms_rad=usual_slope_nms_rad(joint), spasm=False)
    assert fastest(healthy, joint) == math.inf
    assert not spastic(joint, healthy)
    assert fastest(None, joint) == math.inf


@pytest.mark.parametrize("joint", RANGES_DEG)
@given(slope=st.floats(-100.0, 100.0), more=st.floats(0.0, 100.0))
def test_more_tone_never_allows_more_speed_nor_less_watching(joint: str, slope: float, more: float) -> None:
    less, more_of_it = JointAssessment(tone_nms_rad=slope), JointAssessment(tone_nms_rad=slope + more)
    assert fastest(more_of_it, joint) <= fastest(less, joint)
    assert bool(spastic(joint, more_of_it)) >= bool(spastic(joint, less))


def test_of_grade_slope_and_spasm_the_worst_counts() -> None:
    stiff = 10.0 * usual_slope_nms_rad("elbow_flexion")
    for grade, speed in SPEED_DEG_S.items():
        assert fastest(JointAssessment(tone_grade=grade)) == speed
        assert fastest(JointAssessment(tone_grade=grade, spasm=True)) == min(speed, SPASM_SPEED_DEG_S)
        assert fastest(JointAssessment(tone_grade=grade, tone_nms_rad=stiff)) == min(speed, 15.0)
    assert spastic("elbow_flexion", JointAssessment(tone_grade="0", tone_nms_rad=stiff))


def test_a_spasm_counts_as_the_first_grade_that_needs_a_rule_for_spasms() -> None:
    assert SPEED_DEG_S[SPASTIC[0]] == SPASM_SPEED_DEG_S
    assert spastic("elbow_flexion", JointAssessment(spasm=True)) == "the spasm of elbow_flexion"
