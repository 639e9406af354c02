"""Random prescriptions: a seed stands for one, and what is drawn fits together."""

from __future__ import annotations

from benchmarks.prescriptions import draw
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
