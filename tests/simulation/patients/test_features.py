"""Each part of the model by its consequence."""

from __future__ import annotations

import math

import numpy as np
import pytest
from msgspec.structs import replace

from robotics.guidance import Cue, Guidance, Moment
from simulation.patients import checks
from simulation.patients.joints import JOINTS
from simulation.patients.synergy import Coupling, Synergy
from tests.simulation.patients.cast import DT, HANGING, alone, calm, config, made, posture, values

SHOULDER, ABDUCTION, ELBOW = 0, 1, 3


def swept(patient, start_deg, end_deg, speed_deg_s):
    """Torque against leading the elbow from one angle to another, by angle."""
    steps = round(abs(end_deg - start_deg) / speed_deg_s / DT)
    q, dq = HANGING.copy(), HANGING.copy()
    dq[ELBOW] = math.radians(math.copysign(speed_deg_s, end_deg - start_deg))
    torque = np.empty(steps)
    for i in range(steps):
        q[ELBOW] = math.radians(start_deg) + i * DT * dq[ELBOW]
        torque[i] = patient.resistance(q, dq)[ELBOW]
    return torque


def test_a_spastic_elbow_resists_stretch_the_more_the_faster_and_lets_itself_be_bent():
    c = config("stroke_spastic")
    peaks = checks.stretch_resistance(c)
    assert np.all(np.diff(peaks) > 0.5)
    assert peaks[-1] > 4.0 * peaks[0]
    bending = swept(made(c), 30.0, 100.0, 120.0)
    assert np.abs(bending).max() < 0.3 * peaks[-2]
    assert checks.stretch_resistance(config("healthy"))[-1] < 0.1 * peaks[-1]


def test_speed_scales_the_slope_more_than_it_moves_the_threshold():
    assert 0.7 < checks.slope_share(config("stroke_spastic")) < 0.95


def test_a_fast_stretch_gives_a_catch_that_fades_and_a_slow_one_gives_none():
    c = config("stroke_spastic")
    plain = replace(c, spasticity=replace(c.spasticity, catch_gain=0.0))
    fast, without = (swept(made(each), 120.0, 20.0, 150.0) for each in (c, plain))
    assert (fast - without).max() > 1.0
    assert (fast - without).argmax() < len(fast) - 50
    slow, without = (swept(made(each), 120.0, 20.0, 40.0) for each in (c, plain))
    assert np.array_equal(slow, without)


def test_spasms_come_as_often_as_configured_with_rise_and_peak():
    c = config("stroke_spastic")
    c = replace(c, spasm=replace(c.spasm, per_minute=12.0, peak_nm=values(elbow_flexion=10.0)))
    patient = made(c, gravity=0.0)
    cue, wrench = Cue(0.0, Guidance.at_rest(patient.q.copy()), following=True), np.zeros((3, 6))
    torque = np.empty(120000)
    for i in range(len(torque)):
        patient.see(cue)
        patient.step(wrench)
        torque[i] = patient.muscle_torque[ELBOW]
    onsets = np.flatnonzero((torque[1:] > 3.0) & (torque[:-1] <= 3.0))
    assert 8 <= len(onsets) <= 32  # 24 in two minutes less those that fall into another one
    assert 6.5 < torque.max() < 13.5


def test_no_chance_no_spasm():
    patient = made(config("stroke_moderate"), gravity=0.0)
    cue = Cue(0.0, Guidance.at_rest(patient.q.copy()), following=True)
    for _ in range(2000):
        patient.see(cue)
        patient.step(np.zeros((3, 6)))
    assert np.abs(patient.muscle_torque).max() < 1e-9


@pytest.mark.parametrize(
    ("name", "moment", "band", "joint"),
    [
        ("parkinson", Moment.REST, (3.0, 8.0), "forearm_pronation"),
        ("essential_tremor", Moment.HOLD, (4.0, 12.0), "forearm_pronation"),
        ("cerebellar_ataxia", Moment.HOLD, (2.0, 5.0), ""),
    ],
)
def test_a_tremor_lies_in_its_band_and_has_its_size(name, moment, band, joint):
    c = config(name)
    shaking = checks.shaking(c, moment, seconds=12.0)
    assert c.tremor.low_hz - 0.3 <= shaking.frequency_hz <= c.tremor.high_hz + 0.3
    assert band[0] <= shaking.frequency_hz <= band[1]
    if joint:
        amplitudes = c.tremor.rest_deg if moment is Moment.REST else c.tremor.action_deg
        assert shaking.joint == joint
        assert shaking.amplitude_deg == pytest.approx(getattr(amplitudes, joint), rel=0.4)


def test_a_tremor_at_rest_calms_in_action_and_the_other_way_round():
    assert checks.shaking(config("parkinson"), Moment.HOLD, 10.0).amplitude_deg < 2.0
    assert checks.shaking(config("essential_tremor"), Moment.REST, 5.0).amplitude_deg < 0.1
    assert checks.shaking(calm(), Moment.HOLD, 5.0).amplitude_deg < 0.05


def test_ataxia_makes_movements_wander_and_miss():
    def spread(name):
        ends = []
        for seed in range(6):
            person = alone(replace(config(name), tremor=None), "elbow_flexion", seed=seed)
            x, _ = person.ask(Moment.MOVE, np.radians([60.0]), 1.0, 3.0)
            ends.append(np.degrees(x.max()))
        return np.ptp(ends)

    assert spread("cerebellar_ataxia") > 5.0 > spread("healthy")


def test_lifting_the_arm_bends_the_elbow_as_the_coupling_has_it():
    c = replace(calm(), fatigue=None)
    coupled = replace(
        c,
        synergy=Synergy(
            source="ours",
            couplings=(Coupling(effort="shoulder_abductors", brings="elbow_flexors", share=0.3),),
        ),
    )
    bends = []
    for each in (c, coupled):
        person = alone(each, "shoulder_abduction")
        person.ask(Moment.MOVE, np.radians([80.0]), 2.0, 3.5)
        bends.append(math.degrees(person.patient.q[ELBOW]))
    assert bends[1] > bends[0] + 10.0


def test_the_work_area_shrinks_with_what_the_arm_has_to_carry():
    # PMC2827935: reach falls with abduction load; here with and without the arm's weight.
    reach = []
    for gravity in (0.0, -9.81):
        c = calm("stroke_synergy")
        c = replace(c, trunk=replace(c.trunk, lean_share=0.0))
        person = alone(c, "shoulder_abduction", "elbow_flexion", q=posture(elbow_flexion=90.0), gravity=gravity)
        x, _ = person.ask(Moment.MOVE, np.radians([85.0, 15.0]), 3.0, 6.0)
        reach.append(math.degrees(x[-1, 1]))
    assert reach[1] > reach[0] + 5.0


def test_effort_slacks_while_somebody_helps_and_comes_back_without_help():
    c = config("stroke_moderate")
    efforts = checks.slacking(c, helped=10, unhelped=10)
    assert np.all(np.diff(efforts[:10]) < 0.0)
    assert efforts[9] < 0.5 * efforts[0]
    assert efforts[-1] > efforts[9] + 0.1
    # While there is no error it decays by one factor: Emken et al. 2007.
    assert efforts[9] / efforts[8] == pytest.approx(c.effort.keep, abs=0.03)


def test_pain_presses_the_button_after_the_reaction_time_and_lets_go_later():
    c = config()
    patient = made(c)
    cue, wrench = Cue(0.0, Guidance.at_rest(patient.q.copy()), following=True), np.zeros((3, 6))
    wrench[0, 1] = 1.2 * c.pain.force_n
    pressed = []
    for i in range(5000):
        if i == 2000:
            wrench[:] = 0.0
        patient.see(cue)
        patient.step(wrench)
        pressed.append(patient.pain)
    on, off = pressed.index(True), len(pressed) - pressed[::-1].index(True)
    assert on * DT == pytest.approx(c.pain.reaction_s, abs=0.01)
    assert off * DT == pytest.approx(2.0 + c.pain.let_go_s, abs=0.01)


def test_a_frozen_shoulder_hurts_where_a_healthy_one_does_not():
    for name, hurts in (("frozen_shoulder", True), ("healthy", False)):
        patient = made(config(name), posture(shoulder_abduction=76.0), gravity=0.0)
        cue = Cue(0.0, Guidance.at_rest(patient.q.copy()), following=True)
        for _ in range(1200):
            patient.q[ABDUCTION] = math.radians(76.0)  # held there
            patient.dq[:] = 0.0
            patient.see(cue)
            patient.step(np.zeros((3, 6)))
        assert patient.pain == hurts


def test_a_gentle_force_does_not_hurt():
    patient = made(config())
    cue, wrench = Cue(0.0, Guidance.at_rest(patient.q.copy()), following=True), np.zeros((3, 6))
    wrench[:, 0] = 10.0
    for _ in range(2000):
        patient.see(cue)
        patient.step(wrench)
    assert not patient.pain


def test_the_sound_side_makes_the_movement_that_a_limp_arm_does_not():
    c = config("stroke_flaccid")
    person = alone(c, "shoulder_flexion", "elbow_flexion")
    person.ask(Moment.MOVE, np.radians([60.0, 40.0]), 1.5, 3.0)
    np.testing.assert_allclose(np.degrees(person.patient.sound_side[[0, 3]]), [60.0, 40.0], atol=0.01)
    assert np.degrees(person.patient.q[0]) < 6.0


def test_the_sound_side_of_a_reach_mirrors_the_arm_at_its_goal():
    person = alone(calm(), q=posture(shoulder_flexion=20.0, elbow_flexion=80.0))
    person.ask(Moment.HOLD, person.place(), 1.0, 3.0)
    sound = made(calm(), person.patient.sound_side)
    goal = np.add(sound.tip, (0.1, 0.05, 0.05))
    person.ask(Moment.MOVE, goal, 1.5, 3.0)
    there = made(calm(), person.patient.sound_side)  # the mirror image of the sound arm
    np.testing.assert_allclose(there.tip, goal, atol=0.004)
    assert person.patient.sound_side is not person.patient.q


def test_who_has_no_sound_side_in_his_file_has_none_that_is_known():
    assert np.all(np.isnan(made(replace(config(), sound_side=None)).sound_side))


def test_strength_fades_past_the_active_range_and_is_exceeded_by_no_muscle():
    c = config("stroke_moderate")
    for joint in ("elbow_flexion", "shoulder_abduction"):
        low, high = checks.active_range(c, joint)
        expected = getattr(c.range.active_deg, joint)
        assert (low, high) == pytest.approx(expected, abs=c.range.fade_deg)
    person = alone(replace(c, spasm=None), "shoulder_flexion")
    j = JOINTS.index("shoulder_flexion")
    person.ask(Moment.PUSH, np.radians([150.0]), 1.0, 1.0)
    assert person.patient.muscle_torque[j] <= person.patient.strength[1, j] * 1.01


def test_the_end_of_the_passive_range_resists_exponentially():
    c = config()
    end = math.radians(c.range.passive_deg.elbow_flexion[1])
    patient = made(c)

    def torque(past_deg):
        q = HANGING.copy()
        q[ELBOW] = end + math.radians(past_deg)
        return -patient.resistance(q, HANGING)[ELBOW]

    scale, width = c.passive.end_nm.elbow_flexion, c.passive.end_deg
    assert torque(-1.0) == 0.0
    assert torque(width) == pytest.approx(scale * (math.e - 1.0))
    assert torque(2.0 * width) == pytest.approx(scale * (math.e**2 - 1.0))
    low, high = checks.passive_range(c, "elbow_flexion", 4.0)
    assert c.range.passive_deg.elbow_flexion[1] < high < c.range.passive_deg.elbow_flexion[1] + 12.0
    assert c.range.passive_deg.elbow_flexion[0] - 12.0 < low < c.range.passive_deg.elbow_flexion[0]
