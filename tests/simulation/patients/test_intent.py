"""What patients want, and how they get there by themselves."""

from __future__ import annotations

import math

import numpy as np
import pytest
from msgspec.structs import replace

from robotics.guidance import Cue, Guidance, Moment
from simulation.patients.joints import JOINTS
from tests.simulation.patients.cast import DT, HANGING, TIP, alone, calm, config, made, posture

BENT = posture(elbow_flexion=90.0)


@pytest.mark.parametrize(
    ("joint", "goal_deg"),
    [
        ("shoulder_flexion", 90.0),
        ("shoulder_abduction", 70.0),
        ("shoulder_rotation", -40.0),
        ("elbow_flexion", 110.0),
        ("forearm_pronation", -50.0),
        ("wrist_flexion", 45.0),
        ("wrist_deviation", 20.0),
    ],
)
def test_a_healthy_man_brings_each_joint_to_its_goal(joint, goal_deg):
    person = alone(calm(), joint)
    x, _ = person.ask(Moment.MOVE, np.radians([goal_deg]), 2.0, 4.0)
    assert abs(math.degrees(x[-1, 0]) - goal_deg) < 2.5
    assert np.ptp(np.degrees(x[-500:, 0])) < 0.5  # and stays there


@pytest.mark.parametrize("name", ["healthy", "frozen_shoulder"])  # a right arm and a left one
@pytest.mark.parametrize("way", [(0.12, 0.0, 0.05), (-0.05, 0.1, 0.1), (0.1, -0.1, -0.05)])
def test_a_healthy_reach_ends_at_its_goal(name, way):
    # Lifted first, as a reach begins from a posture that he holds.
    person = alone(calm(name), q=posture(shoulder_flexion=20.0, elbow_flexion=80.0))
    person.ask(Moment.HOLD, person.place(), 1.0, 3.0)
    start = person.place()
    x, _ = person.ask(Moment.MOVE, start + way, 1.5, 4.0)
    assert np.linalg.norm(x[-1] - start - way) < 0.008


def test_a_healthy_hand_goes_straight_and_as_minimum_jerk_has_it():
    person = alone(calm(), q=posture(shoulder_flexion=20.0, elbow_flexion=80.0))
    person.ask(Moment.HOLD, person.place(), 1.0, 3.0)
    start, way = person.place(), np.array([0.12, 0.05, 0.08])
    x, _ = person.ask(Moment.MOVE, start + way, 1.5, 3.0)
    unit = way / np.linalg.norm(way)
    off = (x - start) - np.outer((x - start) @ unit, unit)
    assert np.linalg.norm(off, axis=1).max() < 0.012
    speed = np.gradient((x - start) @ unit, DT)
    assert speed.max() == pytest.approx(1.875 * np.linalg.norm(way) / 1.5, rel=0.15)
    assert speed.argmax() * DT == pytest.approx(0.25 + 0.04 + 0.75, abs=0.15)


def test_nothing_happens_before_the_reaction_time():
    c = calm("stroke_moderate")
    person = alone(c, "elbow_flexion")
    x, _ = person.ask(Moment.MOVE, np.radians([60.0]), 1.0, 3.0)
    assert np.abs(x[: round(c.intent.reaction_s / DT) - 2]).max() < 1e-6
    assert np.degrees(x[-1, 0]) > 50.0


def test_a_new_goal_stirs_nothing_before_he_reacts_to_it_however_the_one_before_it_ended():
    c = config("stroke_moderate")
    person = alone(replace(c, daily=None, intent=replace(c.intent, direction_error_deg=0.0)), q=BENT)
    goal = person.place() + np.array([0.08, 0.0, 0.0])

    def pull(patient, wrench):  # taken further than he meant to go
        wrench[2, 0] = 6.0

    person.ask(Moment.MOVE, goal, 1.0, 4.0, pull)
    x, _ = person.ask(Moment.MOVE, goal - np.array([0.15, 0.0, 0.0]), 1.0, 3.0, pull)
    assert person.patient.effort != c.effort.start
    reacts = round(c.intent.reaction_s / DT)
    assert np.linalg.norm(x[: reacts - 2] - x[0], axis=1).max() < 1e-3
    assert x[reacts + 1500, 0] < x[0, 0] - 0.05


def test_a_limp_arm_does_not_move():
    lame = alone(config("stroke_flaccid"), "shoulder_flexion")
    x, _ = lame.ask(Moment.MOVE, np.radians([90.0]), 2.0, 5.0)
    assert np.degrees(np.abs(x)).max() < 6.0
    reaching = alone(config("stroke_flaccid"))
    x, _ = reaching.ask(Moment.MOVE, np.add(reaching.place(), (0.2, 0.0, 0.2)), 2.0, 5.0)
    hand = x - x[0]
    assert np.linalg.norm(hand, axis=1).max() < 0.15  # most of it by leaning
    assert np.linalg.norm(hand[-1] - reaching.patient.trunk) < 0.06


@pytest.mark.parametrize("moment", [Moment.REST, Moment.RELAX])
def test_who_rests_does_not_hold_his_arm_up(moment):
    person = alone(calm(), "shoulder_flexion", q=posture(shoulder_flexion=80.0))
    person.ask(Moment.HOLD, np.radians([80.0]), 1.0, 2.0)
    x, _ = person.ask(moment, np.radians([80.0]), 1.0, 3.0)
    assert np.degrees(x[-1, 0]) < 20.0
    assert np.abs(person.patient.muscle_torque).max() < 1.0


def test_nobody_moves_while_the_exercise_does_not_run():
    person = alone(calm(), "elbow_flexion")
    person.cue.following = False
    x, _ = person.ask(Moment.MOVE, np.radians([60.0]), 1.0, 2.0)
    assert np.abs(x).max() < 1e-6


def held(patient, joint, k=400.0):
    """A robot that holds one joint where it is: moments on the segments either side of the elbow."""
    start = patient.q[joint]

    def hold(patient, wrench):
        axis = patient.axis_world(joint)
        torque = k * (start - patient.q[joint]) - 8.0 * patient.dq[joint]
        wrench[1, 3:], wrench[0, 3:] = torque * axis, -torque * axis

    return hold


def test_a_push_is_all_the_strength_that_there_is():
    elbow = JOINTS.index("elbow_flexion")
    for goal, row in ((2.5, 1), (0.0, 0)):
        person = alone(calm(), "elbow_flexion", q=BENT)
        person.ask(Moment.PUSH, np.array([goal]), 1.0, 1.5, held(person.patient, elbow))
        torque = person.patient.muscle_torque[elbow]
        assert abs(torque) == pytest.approx(person.patient.strength[row, elbow], rel=0.02)
        assert (torque > 0.0) == (row == 1)


def test_a_push_of_the_hand_goes_towards_the_goal():
    person = alone(calm(), q=posture(shoulder_flexion=30.0, elbow_flexion=80.0))
    start = person.patient.tip.copy()

    def block(patient, wrench):
        # Held at the wrist, as a cuff would.
        wrench[2, :3] = 4000.0 * (wrist - patient.T_world_segment[2, :3, 3]) - 40.0 * patient.V_world_segment[2, :3]

    wrist = person.patient.T_world_segment[2, :3, 3].copy()
    person.ask(Moment.HOLD, start, 1.0, 2.0, block)
    person.ask(Moment.PUSH, np.add(person.place(), (0.2, 0.0, 0.0)), 1.0, 2.0, block)
    force = 4000.0 * (person.patient.T_world_segment[2, :3, 3] - wrist)
    assert force[0] > 60.0
    assert abs(force[1]) < 0.3 * force[0]
    assert abs(force[2]) < 0.3 * force[0]


def test_other_joints_keep_their_posture_softly():
    person = alone(calm(), "elbow_flexion", q=posture(shoulder_flexion=0.0, elbow_flexion=30.0))
    person.ask(Moment.MOVE, np.radians([100.0]), 1.5, 3.0)
    assert np.degrees(np.abs(person.patient.q[[1, 2, 4]])).max() < 5.0
    abduction = JOINTS.index("shoulder_abduction")
    person.ask(Moment.HOLD, np.radians([100.0]), 1.5, 2.0, lambda _, wrench: wrench.__setitem__((0, 3), -8.0))
    assert np.degrees(person.patient.q[abduction]) > 20.0  # he lets the robot have its way


def test_a_miss_is_corrected():
    c = calm()
    ataxic = replace(c, ataxia=replace(config("cerebellar_ataxia").ataxia, overshoot=0.3, overshoot_deviation=0.0,
                                       wander_s=0.0, direction_error_deg=0.0))  # fmt: skip
    person = alone(ataxic, "elbow_flexion")
    x, _ = person.ask(Moment.MOVE, np.radians([60.0]), 1.0, 4.0)
    assert np.degrees(x.max()) == pytest.approx(78.0, abs=4.0)
    assert np.degrees(x[-1, 0]) == pytest.approx(60.0, abs=2.5)


def test_the_initial_direction_errs_by_what_is_configured_and_the_hand_arrives_all_the_same():
    c = calm()
    c = replace(c, intent=replace(c.intent, direction_error_deg=15.0))
    angles = []
    way = np.array([0.14, 0.0, 0.0])
    for seed in range(12):
        person = alone(c, q=posture(shoulder_flexion=20.0, elbow_flexion=80.0), seed=seed)
        person.ask(Moment.HOLD, person.place(), 1.0, 4.0)
        start = person.place()
        x, _ = person.ask(Moment.MOVE, start + way, 1.2, 3.5)
        early = x[round(0.65 / DT)] - start
        angles.append(math.degrees(math.acos(early[0] / np.linalg.norm(early))))
        assert np.linalg.norm(x[-1] - start - way) < 0.012
    assert 5.0 < np.sqrt(np.mean(np.square(angles))) < 30.0


def test_a_path_that_bends_is_pursued():
    patient = made(calm(), posture(shoulder_flexion=30.0, elbow_flexion=80.0))
    patient.instruct(TIP)
    patient.reset(np.random.default_rng(0), posture(shoulder_flexion=30.0, elbow_flexion=80.0), np.eye(4))
    guidance = Guidance.at_rest(patient.tip.copy())
    cue, centre, wrench = Cue(0.0, guidance, following=True), np.add(patient.tip, (0.0, 0.0, 0.07)), np.zeros((3, 6))
    guidance.moment, guidance.duration_s = Moment.HOLD, 1.0
    off, turn = [], 2.0 * math.pi / 8.0
    for i in range(12000):
        t = i * DT - 2.0
        if t > 0.0:
            guidance.moment, guidance.movement = Moment.MOVE, 1
            angle = turn * t
            guidance.reference = centre + 0.07 * np.array([math.sin(angle), 0.0, -math.cos(angle)])
            guidance.rate = 0.07 * turn * np.array([math.cos(angle), 0.0, math.sin(angle)])
        patient.see(cue)
        patient.step(wrench)
        if t > 4.0:
            off.append(np.linalg.norm(patient.tip - guidance.reference))
    assert max(off) < 0.015


def test_an_offset_between_robot_and_arm_is_no_error_of_his():
    patient = made(calm(), HANGING)
    guidance = Guidance.at_rest(np.add(patient.tip, (0.0, 0.05, 0.02)))  # the robot's tip lies beside his knuckle
    patient.instruct(TIP)
    patient.reset(np.random.default_rng(0), posture(shoulder_flexion=20.0, elbow_flexion=80.0), np.eye(4))
    begin = patient.tip.copy()
    guidance = Guidance.at_rest(np.add(begin, (0.0, 0.05, 0.02)))
    cue, wrench = Cue(0.0, guidance, following=True), np.zeros((3, 6))
    patient.see(cue)
    guidance.moment, guidance.movement = Moment.MOVE, 1
    guidance.goal = np.add(guidance.start, (0.1, 0.0, 0.0))
    for _ in range(4000):
        patient.see(cue)
        patient.step(wrench)
    np.testing.assert_allclose(patient.tip, np.add(begin, (0.1, 0.0, 0.0)), atol=0.008)


def test_he_leans_towards_what_his_arm_cannot_reach_and_a_healthy_man_does_not():
    far = np.array([0.9, 0.0, 0.0])  # from the shoulder: farther than the arm is long
    leaning = []
    for name in ("healthy", "stroke_synergy"):
        c = calm(name)
        person = alone(c, q=posture(shoulder_flexion=50.0, elbow_flexion=60.0))
        person.ask(Moment.HOLD, person.place(), 1.0, 1.5)
        person.ask(Moment.MOVE, far, 2.0, 5.0)
        leaning.append(float(person.patient.trunk[0]))
        assert np.linalg.norm(person.patient.trunk) <= c.trunk.lean_most_m + 1e-9
    assert leaning[0] == pytest.approx(0.0, abs=1e-9)
    assert leaning[1] > 0.05


def test_nobody_leans_for_an_elbow():
    c = calm("stroke_moderate")
    c = replace(c, strength=replace(c.strength, share=0.02), trunk=replace(c.trunk, lean_most_m=0.2))
    for joint, leans in (("elbow_flexion", False), ("shoulder_flexion", True)):
        person = alone(c, joint)
        person.ask(Moment.MOVE, np.radians([80.0]), 1.0, 4.0)
        assert (np.linalg.norm(person.patient.trunk) > 0.03) == leans


def test_nobody_holds_against_a_helper_who_is_faster():
    elbow = JOINTS.index("elbow_flexion")
    c = calm("parkinson")
    c = replace(c, tremor=None)  # slow, and means to fall short
    person = alone(c, "elbow_flexion")
    person.ask(Moment.HOLD, np.radians([10.0]), 2.0, 4.0)
    begin, against = person.cue.time_s, []

    def hurry(patient, wrench):
        t = min((person.cue.time_s - begin - 0.5) / 4.0, 1.0)
        u = max(t, 0.0)
        wanted = math.radians(10.0 + 90.0 * u**3 * (10.0 - 15.0 * u + 6.0 * u * u))
        axis = patient.axis_world(elbow)
        torque = 300.0 * (wanted - patient.q[elbow]) - 10.0 * patient.dq[elbow]
        wrench[1, 3:], wrench[0, 3:] = torque * axis, -torque * axis
        against.append(float(patient.muscle_torque[elbow]))

    x, _ = person.ask(Moment.MOVE, np.radians([100.0]), 4.0, 7.0, hurry)
    assert np.degrees(x[-1, 0]) == pytest.approx(100.0, abs=4.0)
    assert min(against) > -1.5


def shown(person, place, goal, seconds, moment=Moment.MOVE, duration_s=2.0):
    """Ask for a goal while ``place`` says where his arm is shown to be; returns the shown places, shape (t, m)."""
    cue, wrench, seen = person.cue, np.zeros((3, 6)), []
    guidance = cue.guidance
    guidance.moment, guidance.duration_s = moment, duration_s
    guidance.movement += 1
    guidance.start, guidance.goal, guidance.reference = place(), np.array(goal, dtype=float), place()
    for _ in range(round(seconds / DT)):
        cue.x = place()
        person.patient.see(cue)
        person.patient.step(wrench)
        seen.append(place())
    return np.array(seen)


def test_he_brings_to_the_goal_what_he_is_shown_though_a_cuff_gave_way_since():
    person = alone(calm(), "wrist_deviation", gravity=0.0)
    slipped = [0.0]

    def place():
        return person.place() + slipped[0]

    shown(person, place, [0.0], 0.5, Moment.HOLD)
    slipped[0] = math.radians(4.5)  # as a hand sags in its cuff
    seen = shown(person, place, np.radians([-15.0]), 4.0)
    assert math.degrees(seen[-1, 0]) == pytest.approx(-15.0, abs=2.0)


def on_a_table(person):
    """A handle that carries the hand's height alone, as on a table; free along it."""
    patient = person.patient
    height, lever = float(patient.tip[2]), patient.chain.T_link_tip[:3, 3]

    def carry(patient, wrench):
        hand = patient.T_world_segment[2]
        speed = patient.V_world_segment[2]
        arm = hand[:3, :3] @ lever
        rate = speed[2] + speed[3] * arm[1] - speed[4] * arm[0]
        force = np.array([0.0, 0.0, 3000.0 * (height - patient.tip[2]) - 60.0 * rate])
        wrench[2, :3], wrench[2, 3:] = force, np.cross(arm, force)

    return carry


@pytest.mark.parametrize("angle_deg", [0.0, 135.0, 270.0])
def test_a_hand_that_a_handle_carries_ends_within_a_centimetre_and_stays(angle_deg):
    q = posture(shoulder_flexion=35.0, shoulder_abduction=30.0, shoulder_rotation=20.0, elbow_flexion=80.0)
    person = alone(calm(), q=q)
    carry = on_a_table(person)
    person.ask(Moment.HOLD, person.place(), 1.0, 2.0, carry)
    angle, start = math.radians(angle_deg), person.place()
    goal = start + 0.1 * np.array([math.cos(angle), math.sin(angle), 0.0])
    x, _ = person.ask(Moment.MOVE, goal, 2.0, 4.5, carry)
    assert np.linalg.norm(x[-1000:] - goal, axis=1).max() < 0.01


def test_he_lifts_no_weight_a_second_time_while_it_changes_on_the_way():
    person = alone(calm(), "shoulder_flexion")
    patient = person.patient
    links = (2, 4, 6)
    mass, com = patient.chain.mass, patient.chain.com

    def carry(patient, wrench):
        # All of the weight, segment by segment, wherever the arm is.
        for segment, link in enumerate(links):
            force = np.array([0.0, 0.0, 9.81 * mass[link]])
            wrench[segment, :3] = force
            wrench[segment, 3:] = np.cross(patient.T_world_segment[segment, :3, :3] @ com[link], force)
        torque.append(float(patient._state["ff"][0, 0]))

    torque: list[float] = []
    person.ask(Moment.HOLD, np.zeros(1), 1.0, 4.0, carry)
    torque.clear()
    x, _ = person.ask(Moment.MOVE, np.radians([90.0]), 2.0, 4.0, carry)
    assert math.degrees(x[-1, 0]) == pytest.approx(90.0, abs=2.5)
    assert math.degrees(x.max()) < 94.0
    # It takes him the acceleration of his arm, 2 Nm, and no more of the 12 Nm that it weighs.
    assert max(torque) < 3.5


def test_nothing_helps_past_the_goal():
    elbow = JOINTS.index("elbow_flexion")
    person = alone(calm(), "elbow_flexion")
    person.ask(Moment.MOVE, np.radians([60.0]), 1.5, 3.0)

    def push(patient, wrench):
        axis = patient.axis_world(elbow)
        wrench[1, 3:], wrench[0, 3:] = 2.5 * axis, -2.5 * axis

    yields = []

    def watch(patient, wrench):
        push(patient, wrench)
        yields.append(float(patient._state["yields"][0]))

    x, _ = person.ask(Moment.HOLD, np.radians([60.0]), 1.5, 4.0, watch)
    assert max(yields) == 0.0
    assert math.degrees(x[-1, 0]) == pytest.approx(60.0, abs=2.5)


def test_a_miss_of_a_slow_movement_is_put_right_at_once():
    c = calm()
    short = replace(c, ataxia=replace(config("cerebellar_ataxia").ataxia, overshoot=-0.12, overshoot_deviation=0.0,
                                      wander_s=0.0, direction_error_deg=0.0))  # fmt: skip
    person = alone(short, "elbow_flexion")
    x, _ = person.ask(Moment.MOVE, np.radians([80.0]), 8.0, 11.5)
    off = np.abs(np.degrees(x[:, 0]) - 80.0)
    assert off[round(8.3 / DT)] > 6.0  # the movement itself fell short
    # Reaction, movement, the wait before a correction, and a correction of a ninth of the way.
    assert off[round(10.3 / DT) :].max() < 2.5


def test_a_path_is_kept_to_though_his_effort_falls_short():
    q = posture(shoulder_flexion=30.0, elbow_flexion=80.0)
    c = calm()
    weak = replace(c, effort=replace(config().effort, start=0.8, keep=1.0, gain=0.0))
    person = alone(weak, q=q)
    person.ask(Moment.HOLD, person.place(), 1.0, 3.0)
    start, turn, off = person.place(), 2.0 * math.pi / 8.0, []
    guidance, wrench = person.cue.guidance, np.zeros((3, 6))
    guidance.moment, guidance.movement, guidance.duration_s = Moment.MOVE, guidance.movement + 1, 8.0
    guidance.start, guidance.goal = start.copy(), start.copy()
    for i in range(8000):
        angle = turn * i * DT
        guidance.reference = start + 0.07 * np.array([math.sin(angle), 0.0, 1.0 - math.cos(angle)])
        guidance.rate = 0.07 * turn * np.array([math.cos(angle), 0.0, math.sin(angle)])
        person.patient.see(person.cue)
        person.patient.step(wrench)
        if i > 2500:
            off.append(np.linalg.norm(person.place() - guidance.reference))
    assert np.sqrt(np.mean(np.square(off))) < 0.008


@pytest.mark.parametrize("joint", ["elbow_flexion", "shoulder_flexion"])
def test_who_is_asked_for_more_than_he_can_slows_down_at_his_own_end(joint):
    c = calm("stroke_recovering")
    person = alone(c, joint, q=posture(elbow_flexion=60.0, shoulder_flexion=10.0), gravity=0.0)
    x, _ = person.ask(Moment.MOVE, np.radians([155.0]), 5.0, 9.0)
    end = getattr(c.range.active_deg, joint)[1]
    speed = np.degrees(np.gradient(x[:, 0], DT))
    near = int(np.argmax(np.degrees(x[:, 0]) > end - 3.0))
    assert speed[near] < 0.6 * speed.max()
    assert math.degrees(x[-1, 0]) == pytest.approx(end, abs=4.0)
    assert math.degrees(x.max()) < end + c.range.fade_deg


@pytest.mark.parametrize("name", ["healthy", "stroke_moderate", "stroke_recovering", "cerebellar_ataxia"])
@pytest.mark.parametrize("joints", [("elbow_flexion",), ()])
def test_how_much_the_law_may_help_is_nothing_that_a_patient_acts_on(name, joints):
    def torques(assistance):
        person = alone(config(name), *joints, q=posture(shoulder_flexion=20.0, elbow_flexion=80.0), seed=3)
        person.cue.guidance.assistance = assistance
        felt = []

        def help_(patient, wrench):
            wrench[1, 2] = 6.0  # what helps him all the same: he slacks by what he feels
            felt.append((patient.muscle_torque.copy(), patient.q.copy()))

        goal = np.radians([110.0]) if joints else np.add(person.place(), (0.1, 0.05, 0.1))
        for moment in (Moment.MOVE, Moment.HOLD, Moment.RELAX, Moment.PUSH):
            person.ask(moment, goal, 1.0, 1.0, help_)
        return np.array(felt)

    without = torques(0.0)
    assert np.abs(without[:, 0]).max() > 0.5  # he does something
    assert torques(1.0).tobytes() == without.tobytes()
