import datetime
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from robotics.config import names
from robotics.human_arm import human_arm
from vr_training.rehab.adaptation import Progression
from vr_training.rehab.arm_limits import JointLimit, joint_limits
from vr_training.rehab.limits import refuse
from vr_training.rehab.our_limits import (
    MOST_FATIGUE_PERCENT,
    MOST_SPASM_NM,
    MOST_TONE_NMS_RAD,
    MOST_TRUNK_CM,
    PASSIVE_MARGIN_DEG,
    SPEED_DEG_S,
    usual_slope_nms_rad,
)
from vr_training.rehab.prescription import Assessment, Block, JointAssessment, JointRange, Plan, Stops, load_plan
from vr_training.rehab.stop_rules import laxer_than_ours

EXERCISES = (
    "shoulder_flexion_passive", "elbow_flexion", "pronation", "forward_reach", "centre_out", "circle", "resisted_reach",
    "range_of_motion", "strength", "tone",
)  # fmt: skip
LAWS = ("passive", "wolbrecht", "minimal_aan", "active", "resistive_viscous", "error_augmentation")
JOINTS = {
    "shoulder_flexion": JointLimit(-34.0, 160.0, 172.0, 80.0),
    "elbow_flexion": JointLimit(0.0, 149.0, 229.0, 42.0),
    "forearm_pronation": JointLimit(-80.0, 80.0, 340.0, 10.0),
}
STOPS = Stops(
    cuff_force_n=50.0, joint_torque_nm=20.0, joint_speed_deg_s=90.0, hand_speed_cm_s=80.0, spasm_torque_nm=8.0
)
ELBOW = JointAssessment(active_deg=(20.0, 95.0), passive_deg=(12.0, 118.0), strength_nm=10.0, tone_grade="1")
FOUND = Assessment(
    patient="p07",
    date=datetime.date(2026, 3, 2),
    arm="arm_exo",
    side="right",
    joints={
        "elbow_flexion": ELBOW,
        "shoulder_flexion": JointAssessment(active_deg=(0.0, 90.0), passive_deg=(-20.0, 150.0), strength_nm=30.0),
        "forearm_pronation": JointAssessment(active_deg=(-40.0, 40.0), passive_deg=(-70.0, 70.0)),
    },
)


def tenths(low, high):
    """Figures as a therapist writes them."""
    return st.integers(10 * low, 10 * high).map(lambda value: value / 10.0)


def block(deg=(20.0, 110.0), **changes):
    data = {
        "exercise": "elbow_flexion",
        "law": "wolbrecht",
        "repetitions": 10,
        "arm_weight_support": 1.0,
        "ranges": {"elbow_flexion": JointRange(deg=deg)},
        "speed_deg_s": 20.0,
        "torque_nm": 8.0,
        "progression": Progression(),
    }
    return Block(**{**data, **changes})


def plan(*blocks, **changes):
    data = {"title": "A plan", "arm": "arm_exo", "side": "right", "blocks": blocks or (block(),), "stops": STOPS}
    return Plan(**{**data, **changes})


def told(*blocks, assessment=FOUND, **changes):
    return [str(problem) for problem in refuse(plan(*blocks, **changes), assessment, JOINTS, EXERCISES, LAWS)]


def hand(**changes):
    data = {"exercise": "resisted_reach", "ranges": {}, "speed_deg_s": None, "torque_nm": None, "speed_cm_s": 20.0}
    return block(**{**data, **changes})


def unnamed(**changes):
    """A block that names no range."""
    return block(**{"ranges": {}, **changes})


def test_a_joint_that_the_plan_does_not_name_is_held_against_the_exercises_own_arc():
    stiff = JointAssessment(
        active_deg=(40.0, 60.0), passive_deg=(35.0, 70.0), pain_deg=(75.0,), tone_grade="4", strength_nm=2.0
    )
    stiff = replace(FOUND, joints={"elbow_flexion": stiff})
    assert told(unnamed(law="passive", speed_deg_s=None, torque_nm=None), assessment=stiff) == [
        "block 1, elbow_flexion: the exercise's own range 10 to 120 deg exceeds the assessed passive range 35 to 70 "
        "deg less a margin of 3 deg",
        "block 1, elbow_flexion: the exercise's own range 10 to 120 deg reaches where pain was felt, 75 deg",
        "block 1, elbow_flexion: speed must be stated, as tone grade 4 of elbow_flexion bounds it, 5 deg/s (ours)",
        "block 1, elbow_flexion: law passive's own torque 40 Nm is above the stop rule of joint_torque_nm, 20 Nm",
        "block 1, elbow_flexion: law passive's own torque 40 Nm is above ours for elbow_flexion, 15 Nm",
    ]
    able = replace(ELBOW, active_deg=(5.0, 130.0), passive_deg=(0.0, 140.0))
    assert told(unnamed(), assessment=replace(FOUND, joints={"elbow_flexion": able})) == []


@pytest.mark.parametrize("law", ["active", "error_augmentation"])
def test_an_own_arc_beyond_the_active_range_needs_a_law_that_helps(law):
    weak = replace(FOUND, joints={"elbow_flexion": replace(ELBOW, active_deg=(20.0, 95.0), passive_deg=(0.0, 140.0))})
    (said,) = told(unnamed(law=law), assessment=weak)
    assert "own range 10 to 120 deg exceeds the assessed active range 20 to 95 deg" in said
    assert told(unnamed(), assessment=weak) == []


def test_an_own_arc_is_as_small_as_the_plan_lets_it_become_at_most():
    half = Progression(amplitude=(0.5, 0.5))
    assert told(unnamed(progression=half, law="passive"))[0].count("own range 10 to 65 deg")
    whole = told(unnamed(progression=half, probes=2))  # probes ask for all of it
    assert "own range 10 to 120 deg" in whole[0]


def test_an_own_arc_ends_where_the_arm_does():
    raised = block(exercise="shoulder_flexion_passive", law="passive", ranges={}, torque_nm=15.0)
    (said,) = told(raised)
    assert "10 to 158 deg exceeds the assessed passive range -20 to 150 deg" in said


def test_a_moving_block_needs_the_range_of_what_it_moves_and_a_resisting_one_its_strength():
    bare = replace(FOUND, joints={})
    resisted = unnamed(law="resistive_viscous", torque_nm=14.0)
    found = told(resisted, assessment=bare)
    assert any("needs an assessment of the passive range of elbow_flexion" in each for each in found)
    assert any("resistance of 14 Nm needs an assessment of the strength of elbow_flexion" in each for each in found)


def test_a_law_goes_up_to_its_own_cap_where_no_torque_is_stated():
    assert told(block(torque_nm=None)) == [
        "block 1, elbow_flexion: law wolbrecht's own torque 25 Nm is above the stop rule of joint_torque_nm, 20 Nm",
        "block 1, elbow_flexion: law wolbrecht's own torque 25 Nm is above ours for elbow_flexion, 15 Nm",
    ]
    assert told(block((20.0, 95.0), torque_nm=None, law="active")) == []  # 5 Nm
    (said,) = told(hand(exercise="circle", law="minimal_aan"), stops=replace(STOPS, cuff_force_n=40.0))
    assert "law minimal_aan's own force 50 N is above the stop rule of cuff_force_n, 40 N" in said


def test_an_exercise_goes_at_its_own_speed_where_none_is_stated():
    untoned = replace(FOUND, joints={"elbow_flexion": replace(ELBOW, tone_grade=None)})
    slow = replace(STOPS, joint_speed_deg_s=15.0)
    assert told(block(speed_deg_s=None), assessment=untoned) == []
    (said,) = told(block(speed_deg_s=None), assessment=untoned, stops=slow)
    assert "the exercise's own speed 20 deg/s is above the stop rule of joint_speed_deg_s, 15 deg/s" in said


def test_what_finds_the_end_of_a_range_needs_one_once_pain_is_known():
    sore = replace(FOUND, joints={"elbow_flexion": replace(ELBOW, pain_deg=(112.0,))})
    search = {"exercise": "range_of_motion", "law": "active", "torque_nm": None, "repetitions": 2}
    assert told(unnamed(**search)) == []
    assert told(unnamed(**search), assessment=sore) == [
        "block 1, range_of_motion: range of elbow_flexion must be stated, as pain was felt at 112 deg"
    ]
    assert told(block((20.0, 100.0), **search), assessment=sore) == []


def test_strength_has_no_speed_that_could_be_stated_but_the_arm_is_brought_to_its_place():
    pushes = unnamed(exercise="strength", law="locked", speed_deg_s=None, torque_nm=None, repetitions=2)
    laws = (*LAWS, "locked")
    for grade, fits in (("2", True), ("3", False)):
        toned = replace(FOUND, joints={"elbow_flexion": replace(ELBOW, tone_grade=grade)})
        found = [str(each) for each in refuse(plan(pushes), toned, JOINTS, EXERCISES, laws)]
        assert (found == []) is fits
    assert "the exercise's own speed 20 deg/s is above ours for tone grade 3 of elbow_flexion" in found[0]


def test_an_exercise_of_a_joint_that_the_arm_has_not_is_refused():
    elbow = {"elbow_flexion": JOINTS["elbow_flexion"]}
    turning = block(exercise="pronation", ranges={}, torque_nm=3.0)
    (said,) = (str(each) for each in refuse(plan(turning), FOUND, elbow, EXERCISES, LAWS))
    assert "moves forearm_pronation, which the arm has not; it has elbow_flexion" in said


def test_a_measured_tone_bounds_speed_and_asks_for_a_rule_for_spasms():
    def toned(slope, **found):
        return replace(FOUND, joints={"elbow_flexion": replace(ELBOW, tone_grade=None, tone_nms_rad=slope, **found)})

    usual = usual_slope_nms_rad("elbow_flexion")
    loose = replace(STOPS, spasm_torque_nm=None)
    assert told(block(speed_deg_s=60.0), assessment=toned(usual), stops=loose) == []
    assert told(block(speed_deg_s=None), assessment=toned(usual), stops=loose) == []
    raised = toned(1.6 * usual)
    (said,) = told(block(speed_deg_s=46.0), assessment=raised, stops=loose)
    assert "speed 46 deg/s is above ours for a tone of 0.75 Nm s/rad of elbow_flexion, 45 deg/s" in said
    assert "speed must be stated" in told(block(speed_deg_s=None), assessment=raised)[0]
    for spastic in (toned(3.0 * usual), toned(usual, spasm=True)):
        assert "30 deg/s" in told(block(speed_deg_s=31.0), assessment=spastic)[0]
        assert "there is no stop rule for spasms" in told(assessment=spastic, stops=loose)[0]
        assert told(assessment=spastic) == []


def test_the_hand_is_as_slow_as_a_measured_tone_asks_for_and_says_how_fast():
    spastic = replace(FOUND, joints={"elbow_flexion": replace(ELBOW, tone_grade=None, spasm=True)})
    reach = {"exercise": "forward_reach", "law": "wolbrecht", "force_n": 30.0}
    most = 60.0 * math.radians(30.0)
    assert told(hand(speed_cm_s=0.99 * most, **reach), assessment=spastic) == []
    assert "the spasm of elbow_flexion" in told(hand(speed_cm_s=1.01 * most, **reach), assessment=spastic)[0]
    (said,) = told(hand(speed_cm_s=None, **reach), assessment=spastic)
    assert "speed must be stated, as the spasm of elbow_flexion bounds it, 31.4 cm/s (ours)" in said
    loose = told(hand(speed_cm_s=20.0, **reach), assessment=spastic, stops=replace(STOPS, spasm_torque_nm=None))
    assert "there is no stop rule for spasms" in loose[0]


def test_resistance_at_the_hand_needs_a_known_strength_and_a_stated_force():
    elbow = replace(FOUND, joints={"elbow_flexion": ELBOW})
    assert told(hand(law="resistive_viscous", force_n=10.0), assessment=elbow) == [
        "block 1, resisted_reach: resistance of 10 N needs an assessment of the strength of shoulder_flexion; there is "
        "none"
    ]
    assert "force_n must be stated" in told(hand(law="resistive_viscous", torque_nm=5.0))[0]


def test_what_fits_is_not_refused():
    assert told() == []
    assert told(block(ranges={"elbow_flexion": JointRange(share=0.9)})) == []


def test_a_range_beyond_the_passive_one_is_refused_with_block_key_value_and_bound():
    problem = refuse(plan(block(), block((5.0, 140.0))), FOUND, JOINTS, EXERCISES, LAWS)[0]
    assert str(problem) == (
        "block 2, elbow_flexion: range 5 to 140 deg exceeds the assessed passive range 12 to 118 deg less a margin of "
        "3 deg"
    )
    assert (problem.block, problem.key) == (2, "ranges.elbow_flexion")
    assert (problem.value, problem.bound) == ("5 to 140 deg", "12 to 118 deg")


def test_the_margin_belongs_to_the_patient():
    assert told(block((15.0, 115.0))) == []
    assert len(told(block((14.9, 115.0)))) == 1
    assert len(told(block((15.0, 115.1)))) == 1


def test_a_range_beyond_the_active_one_needs_a_law_that_helps():
    assert told(block((20.0, 110.0), law="active")) == [
        "block 1, elbow_flexion: range 20 to 110 deg exceeds the assessed active range 20 to 95 deg, and law active "
        "does not help"
    ]
    assert told(block((20.0, 95.0), law="active")) == []
    without = block((20.0, 110.0), progression=Progression(assistance=(0.0, 0.0)))
    assert "exceeds the assessed active range" in told(without)[0]


def test_an_exercise_that_assesses_needs_no_assessment_of_what_it_takes():
    finding = block((10.0, 120.0), exercise="range_of_motion", law="active", torque_nm=None)
    assert told(finding, assessment=None) == []
    assert "exceeds the arm's range" in told(block((-10.0, 120.0), exercise="range_of_motion"), assessment=None)[0]


def test_without_an_assessment_nothing_else_may_be_done():
    assert told(assessment=None) == ["block 1, elbow_flexion: needs an assessment of the patient; there is none"]
    assert "needs an assessment of the patient" in told(hand(law="wolbrecht"), assessment=None)[0]
    bare = replace(FOUND, joints={})
    assert told(assessment=bare) == [
        "block 1, elbow_flexion: range 20 to 110 deg needs an assessment of the passive range of elbow_flexion; there "
        "is none"
    ]
    share = block(ranges={"elbow_flexion": JointRange(share=0.8, of="active")})
    assert "80 % of the active range needs an assessment of the active range" in told(share, assessment=bare)[0]
    passive_only = replace(FOUND, joints={"elbow_flexion": JointAssessment(passive_deg=(12.0, 118.0))})
    assert "under law active, without help, needs" in told(block(law="active"), assessment=passive_only)[0]


def test_where_pain_was_felt_nothing_goes():
    sore = replace(FOUND, joints={"elbow_flexion": replace(ELBOW, pain_deg=(112.0,))})
    assert "reaches where pain was felt, 112 deg" in told(assessment=sore)[0]
    assert told(block((20.0, 108.0)), assessment=sore) == []


def test_the_other_arm_is_another_arm():
    assert told(side="left") == ["plan: side left is not the one that was assessed, right"]


def test_names_that_nothing_answers_to_are_refused_with_the_choices():
    found = told(block(exercise="juggling", law="{magic}", ranges={"knee": JointRange(deg=(0.0, 90.0))}))
    assert len(found) == 3
    assert "exercise juggling is unknown; choose one of: centre_out, circle" in found[0]
    assert "law {magic} is unknown" in found[1]
    assert "joint knee is unknown; the arm has elbow_flexion" in found[2]


@pytest.mark.parametrize("grade", SPEED_DEG_S)
def test_a_speed_is_bounded_by_tone(grade):
    toned = replace(FOUND, joints={"elbow_flexion": replace(ELBOW, tone_grade=grade)})
    most = SPEED_DEG_S[grade]
    assert told(block(speed_deg_s=most), assessment=toned) == []
    if most < STOPS.joint_speed_deg_s:
        assert told(block(speed_deg_s=most + 1.0), assessment=toned) == [
            f"block 1, elbow_flexion: speed {most + 1:g} deg/s is above ours for tone grade {grade} of elbow_flexion, "
            f"{most:g} deg/s"
        ]
    assert "speed must be stated" in told(block(speed_deg_s=None), assessment=toned)[0]


def test_more_tone_never_allows_more_speed():
    speeds = list(SPEED_DEG_S.values())
    assert speeds == sorted(speeds, reverse=True)


def test_a_hand_is_as_slow_as_its_stiffest_joint():
    toned = replace(FOUND, joints={**FOUND.joints, "elbow_flexion": replace(ELBOW, tone_grade="3")})
    most = 60.0 * math.radians(SPEED_DEG_S["3"])
    reach = {"exercise": "forward_reach", "law": "wolbrecht"}
    assert told(hand(speed_cm_s=0.99 * most, **reach), assessment=toned) == []
    assert "tone grade 3 of elbow_flexion" in told(hand(speed_cm_s=1.01 * most, **reach), assessment=toned)[0]


def test_spastic_joints_need_a_rule_for_spasms():
    toned = replace(FOUND, joints={"elbow_flexion": replace(ELBOW, tone_grade="2")})
    assert told(assessment=toned) == []
    loose = told(assessment=toned, stops=replace(STOPS, spasm_torque_nm=None))
    assert loose == [
        "block 1, elbow_flexion: there is no stop rule for spasms, which tone grade 2 of elbow_flexion needs (ours)"
    ]


def laxest(key, bound, **more):
    """Reasons against a stop rule at a bound, and just above it."""
    return [told(stops=replace(STOPS, **{key: value}), **more) for value in (bound, bound * 1.01)]


@pytest.mark.parametrize(
    ("key", "bound", "unit"),
    [
        ("spasm_torque_nm", MOST_SPASM_NM, "Nm"),
        ("fatigue_percent", MOST_FATIGUE_PERCENT, "%"),
        ("tone_nms_rad", MOST_TONE_NMS_RAD, "Nm s/rad"),
        ("trunk_cm", MOST_TRUNK_CM, "cm"),
    ],
)
def test_no_stop_rule_waits_so_long_that_it_is_as_good_as_off(key, bound, unit):
    fits, (said,) = laxest(key, bound)
    assert fits == []
    assert said == f"plan: stop rule {key} at {1.01 * bound:g} {unit} is laxer than ours, {bound:g} {unit}"
    own = told(block(stops=replace(STOPS, **{key: 2.0 * bound})))
    assert own == [
        f"block 1, elbow_flexion: stop rule {key} at {2.0 * bound:g} {unit} is laxer than ours, {bound:g} {unit}"
    ]


@pytest.mark.parametrize(
    ("key", "bound", "unit"),
    [("spasm_torque_nm", 8.0, "Nm"), ("tone_nms_rad", 3.0, "Nm s/rad")],
)
@pytest.mark.parametrize(
    ("toned", "known"),
    [({"tone_grade": "3"}, "tone grade 3"), ({"spasm": True}, "the spasm"), ({"tone_nms_rad": 2.0}, "a tone of 2")],
)
def test_where_spasms_are_known_stop_rules_for_them_wait_less(key, bound, unit, toned, known):
    joints = {**FOUND.joints, "elbow_flexion": replace(ELBOW, **{"tone_grade": None, **toned})}
    toned = replace(FOUND, joints=joints)
    slow = block(speed_deg_s=10.0)
    for value, refused in ((bound, False), (1.01 * bound, True)):
        stops = replace(STOPS, **{key: value})
        assert told(slow, stops=stops) == []  # nothing is known of spasms
        (problem,) = refuse(plan(slow, stops=stops), toned, JOINTS, EXERCISES, LAWS) or (None,)
        assert (problem is not None) is refused
    assert (problem.block, problem.key) == (1, f"stops.{key}")
    assert (problem.value, problem.bound) == (f"{1.01 * bound:g} {unit}", f"{bound:g} {unit}")
    assert f"laxer than ours for {known}" in problem.reason


def test_a_spastic_wrist_is_watched_closer_than_an_elbow_but_at_the_hand_alike():
    joints = {**FOUND.joints, "forearm_pronation": replace(FOUND.joints["forearm_pronation"], spasm=True)}
    toned = replace(FOUND, joints=joints)
    ranges = {"forearm_pronation": JointRange(deg=(-30.0, 30.0))}
    turned = block(exercise="pronation", ranges=ranges, torque_nm=3.0)
    (said,) = told(turned, assessment=toned)
    assert "spasm_torque_nm at 8 Nm is laxer than ours for the spasm of forearm_pronation, 5 Nm" in said
    assert told(turned, assessment=toned, stops=replace(STOPS, spasm_torque_nm=5.0)) == []
    reach = hand(exercise="forward_reach", law="wolbrecht", force_n=30.0, speed_cm_s=20.0)
    assert told(reach, assessment=toned) == []


def test_a_rule_that_is_no_number_is_refused_as_it_never_stops_anything():
    for key in ("spasm_torque_nm", "cuff_force_n", "trunk_cm", "tone_nms_rad"):
        assert any(f"stop rule {key} at nan" in each for each in told(stops=replace(STOPS, **{key: math.nan})))


def test_a_rule_of_torque_fits_the_arm_that_it_is_for():
    wrist = {"forearm_pronation": JOINTS["forearm_pronation"]}
    ranges = {"forearm_pronation": JointRange(deg=(-30.0, 30.0))}
    turned = block(exercise="pronation", ranges=ranges, torque_nm=3.0)
    for torque, refused in ((8.0, False), (8.1, True)):
        asked = plan(turned, stops=replace(STOPS, joint_torque_nm=torque))
        found = [str(each) for each in refuse(asked, FOUND, wrist, EXERCISES, LAWS)]
        assert found == (["plan: stop rule joint_torque_nm at 8.1 Nm is laxer than ours, 8 Nm"] if refused else [])


def test_no_torque_is_above_ours_the_arms_or_the_stop_rule():
    assert "torque 16 Nm is above ours for elbow_flexion, 15 Nm" in told(block(torque_nm=16.0))[0]
    wrist = block((-30.0, 30.0), exercise="pronation", torque_nm=3.0)
    turned = replace(wrist, ranges={"forearm_pronation": JointRange(deg=(-30.0, 30.0))})
    assert told(turned) == []
    weak = {**JOINTS, "forearm_pronation": JointLimit(-80.0, 80.0, 340.0, 2.0)}
    assert "what the arm can do at forearm_pronation, 2 Nm" in str(
        refuse(plan(turned), FOUND, weak, EXERCISES, LAWS)[0]
    )
    assert "stop rule of joint_torque_nm, 7 Nm" in told(stops=replace(STOPS, joint_torque_nm=7.0))[0]


def test_resistance_stays_below_the_patients_strength():
    resisted = {"law": "resistive_viscous", "deg": (30.0, 90.0)}
    assert told(block(torque_nm=8.0, **resisted)) == []
    assert told(block(torque_nm=8.5, **resisted)) == [
        "block 1, elbow_flexion: resistance of 8.5 Nm is above 80 % (ours) of the assessed strength of "
        "elbow_flexion, 10 Nm"
    ]
    unknown = replace(FOUND, joints={"elbow_flexion": replace(ELBOW, strength_nm=None)})
    assert "needs an assessment of the strength" in told(block(torque_nm=1.0, **resisted), assessment=unknown)[0]
    assert "must be stated" in told(block(torque_nm=None, **resisted))[0]


def test_resistance_at_the_hand_is_held_against_shoulder_and_elbow():
    # 10 Nm at the elbow, of which 80 %, at 0.3 m, are 26.7 N; 30 Nm at the shoulder at 0.6 m are 40 N.
    assert told(hand(law="resistive_viscous", force_n=26.0)) == []
    assert len(told(hand(law="resistive_viscous", force_n=27.0))) == 1
    assert len(told(hand(law="resistive_viscous", force_n=41.0))) == 2


def test_a_force_is_above_ours_sooner_where_the_patient_does_not_push():
    firm = replace(STOPS, cuff_force_n=100.0)
    strong = replace(FOUND, joints={})
    assert told(hand(law="active", force_n=100.0, stops=firm), assessment=strong) == []
    helped = told(hand(exercise="circle", force_n=100.0, stops=firm), assessment=strong)
    assert any("force 100 N is above ours, 60 N" in each for each in helped)
    assert any("stop rule cuff_force_n at 100 N is laxer than ours, 60 N" in each for each in helped)


def test_who_pushes_may_be_resisted_with_more_and_within_ours_all_the_same():
    stops = Stops(cuff_force_n=100.0, joint_torque_nm=17.0, joint_speed_deg_s=90.0, hand_speed_cm_s=50.0)
    wrist = ("forearm_pronation", "wrist_flexion", "wrist_deviation")
    assert [key for key, *_ in laxer_than_ours(stops, True, wrist)] == ["joint_torque_nm"]
    assert list(laxer_than_ours(replace(stops, joint_torque_nm=16.0), True, wrist)) == []
    assert [key for key, *_ in laxer_than_ours(stops, False, wrist)] == ["cuff_force_n", "joint_torque_nm"]


def test_stop_rules_cannot_be_laxer_than_ours():
    lax = Stops(cuff_force_n=200.0, joint_torque_nm=60.0, joint_speed_deg_s=300.0, hand_speed_cm_s=300.0, trunk_cm=40.0)
    found = [each for each in told(stops=lax) if each.startswith("plan: stop rule")]
    assert len(found) == 5


def test_many_repetitions_need_rests():
    assert told(block(repetitions=30, sets=4, rest_s=20.0)) == []
    assert "80 repetitions without a rest are more than ours, 30" in told(block(repetitions=80))[0]
    assert "rest of 5 s between 3 sets is shorter than ours, 20 s" in told(block(sets=3, rest_s=5.0))[0]


@given(low=tenths(-60, 160), width=tenths(1, 160), law=st.sampled_from(LAWS))
def test_no_range_beyond_what_the_patient_bears_is_ever_let_through(low, width, law):
    high = min(low + width, 360.0)
    found = told(block((low, high), law=law))
    fits = low >= 12.0 + PASSIVE_MARGIN_DEG and high <= 118.0 - PASSIVE_MARGIN_DEG
    own = low >= 20.0 and high <= 95.0
    helps = law in ("passive", "wolbrecht", "minimal_aan")
    assert (not found) == (fits and (helps or own))


def test_limits_of_a_chain_are_in_degrees():
    found = joint_limits(human_arm("male", 75.0, 1.75, "right"))
    assert found["elbow_flexion"].high_deg == pytest.approx(150.0)
    assert found["elbow_flexion"].torque_nm == math.inf


@pytest.mark.parametrize("name", names("plans"))
def test_every_plan_that_ships_fits_a_patient_who_can_do_it(name):
    able = JointAssessment(active_deg=(0.0, 120.0), passive_deg=(-5.0, 130.0), strength_nm=40.0, tone_grade="1")
    turning = JointAssessment(active_deg=(-60.0, 60.0), passive_deg=(-65.0, 65.0), strength_nm=5.0, tone_grade="1")
    joints = {
        "shoulder_flexion": able,
        "elbow_flexion": replace(able, passive_deg=(2.0, 130.0)),
        "forearm_pronation": turning,
    }
    assessment = replace(FOUND, joints=joints)
    assert [str(problem) for problem in refuse(load_plan(name), assessment, JOINTS, EXERCISES, LAWS)] == []
    assert refuse(load_plan(name), None, JOINTS, EXERCISES, LAWS)


def test_plans_for_spastic_arms_fit_the_tone_that_a_robot_finds_of_them():
    def found(**toned):
        joint = JointAssessment(active_deg=(0.0, 120.0), passive_deg=(0.0, 130.0), strength_nm=40.0)
        turning = JointAssessment(active_deg=(-60.0, 60.0), passive_deg=(-65.0, 65.0), strength_nm=5.0)
        joints = {"shoulder_flexion": joint, "elbow_flexion": replace(joint, **toned), "forearm_pronation": turning}
        return replace(FOUND, joints=joints)

    for name, toned in (("elbow_after_stroke", {"tone_nms_rad": 0.76}), ("spastic_early", {"spasm": True})):
        assert [str(each) for each in refuse(load_plan(name), found(**toned), JOINTS, EXERCISES, LAWS)] == []
    unwatched = refuse(load_plan("planar_strength"), found(spasm=True), JOINTS, EXERCISES, LAWS)
    assert {each.key for each in unwatched} == {"stops.spasm_torque_nm"}
