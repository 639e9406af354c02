"""Random prescriptions: a seed stands for one, and what is drawn fits together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks import prescriptions
from benchmarks.prescriptions import checked, draw
from robotics.arm_config import load_arm_config
from robotics.config import load_named
from steadyhand.rig_config import RigConfig
from vr_training import exercises


def test_a_seed_stands_for_the_same_prescription():
    assert all(draw(seed) == draw(seed) for seed in (0, 55, 2037))
    assert (draw(55).exercise, draw(55).patient, draw(55).law) == ("wrist_flexion", "stroke_spastic", "tunnel_assisted")


def test_an_assessment_is_drawn_for_a_joint_that_its_robot_has():
    seen = set()
    for seed in range(300):
        order = draw(seed)
        settings = exercises.load(order.exercise)
        if not settings.choice:
            assert order.joint is None
            continue
        arm = load_arm_config(load_named("rigs", order.rig, RigConfig).arms[0].arm)
        assert order.joint in settings.choice
        assert order.joint in [joint.name for joint in arm.joints]
        seen.add(order.joint)
    assert len(seen) > 4


def test_rules_for_tone_and_fatigue_are_drawn_and_left_out():
    limits = [draw(seed).limits for seed in range(60)]
    assert {bool(each.tone_nms_rad) for each in limits} == {True, False}
    assert {bool(each.fatigue_share) for each in limits} == {True, False}


def test_who_can_be_told_to_relax_is_told_so_at_times():
    asked = [draw(seed) for seed in range(200)]
    can = [each for each in asked if each.law == "passive" and hasattr(exercises.load(each.exercise), "relaxed")]
    assert {each.relaxed for each in can} == {True, False}
    assert not any(each.relaxed for each in asked if each not in can)


def test_a_law_that_gave_more_than_its_budget_is_found(monkeypatch: pytest.MonkeyPatch):
    order = replace(draw(0), exercise="elbow_flexion", patient="stroke_flaccid", law="passive", rig="arm_exo")
    order = replace(order, joint=None, duration_s=4.0, relaxed=False)
    assert not checked(order).broken
    rehearsed = prescriptions.rehearsed

    def gave(*asked, **others):
        ran = rehearsed(*asked, **others)
        energy = ran.ticks["guided"][ran.rig.arm.name]["energy"]
        let_in = ran.rig.budget.start_j + 2.0 * ran.rig.budget.refill_w * np.arange(len(ran.ticks)) * 1e-3
        energy += let_in.reshape(energy.shape)
        return ran

    monkeypatch.setattr(prescriptions, "rehearsed", gave)
    assert "more than its budget" in checked(order).broken
