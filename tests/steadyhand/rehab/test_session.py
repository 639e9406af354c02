"""The course of a session, whoever runs its sets: doses, difficulty, stops, and what is kept."""

from __future__ import annotations

import datetime
import math
from dataclasses import replace as with_more
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from control.patient_guard import PatientLimits
from robotics.config import load_named, names
from robotics.errors import ConfigError
from robotics.human_arm import OLDER_RANGES_DEG, RANGES_DEG
from simulation.patients.config import PatientConfig
from steadyhand.rehab.assess import Assessing, needed, with_result
from steadyhand.rehab.blocks import (
    UNWATCHED,
    Wanted,
    allowed_of,
    check,
    limits_of,
    order_of,
    unwatched,
    with_repetitions,
)
from steadyhand.rehab.order import ExerciseOrder
from steadyhand.rehab.rig import plan as planned
from steadyhand.rehab.session import Company, adapted, conduct, difficulties_of, resumed
from tests.steadyhand.rehab.conftest import write_plan
from vr_training.exercises.strength import AT_LEAST
from vr_training.rehab.adaptation import Difficulty, Progression
from vr_training.rehab.prescription import Assessment, JointAssessment, JointRange, Stops, load_plan
from vr_training.rehab.records import PatientRecords
from vr_training.rehab.results import ExerciseResult, RepetitionResult

WANTED = Wanted(patient="healthy", seed=5, lockstep=True, headless=True, sessions_before=2)


def result(order: ExerciseOrder, passed: bool = True, stop: str = "") -> ExerciseResult:
    return ExerciseResult(
        exercise=order.exercise,
        title=order.exercise,
        arm=order.rig or "",
        law=order.law or "",
        patient=order.patient,
        simulated=True,
        side="right",
        seed=order.seed,
        planned=order.repetitions or 0,
        repetitions=tuple(RepetitionResult(repetition=i, success=passed) for i in range(order.repetitions or 0)),
        stop=stop,
    )


class Lab:
    """Runs sets by saying what they came to, and remembers what was asked for."""

    def __init__(self, *ends: tuple[bool, str]) -> None:
        self.orders: list[ExerciseOrder] = []
        self._ends = list(ends)

    def __call__(self, order: ExerciseOrder) -> ExerciseResult:
        self.orders.append(order)
        return result(order, *(self._ends.pop(0) if self._ends else (True, "")))


class Consents(Company):
    def goes_on(self, place, result):
        return True


@pytest.fixture
def plan(tmp_path: Path):
    return load_plan(str(write_plan(tmp_path / "reach.toml")))


def held(plan, lab, records, company=None, **more):
    difficulties = difficulties_of(plan, "reach", records.difficulties())
    return conduct(plan, "reach", None, difficulties, WANTED, lab, records, "2026-03-02", company, **more)


def test_every_set_runs_at_the_difficulty_that_the_one_before_left(plan, tmp_path: Path) -> None:
    records, lab = PatientRecords("p07", tmp_path), Lab()
    course = held(plan, lab, records)
    assert course.finished
    assert [order.law for order in lab.orders] == ["wolbrecht", "wolbrecht", "active"]
    assert [order.assistance for order in lab.orders] == pytest.approx([1.0, 0.9, 0.0])
    assert len({order.seed for order in lab.orders}) == 3
    assert {order.sessions_before for order in lab.orders} == {2}
    again = Lab()
    held(plan, again, records)
    assert again.orders[0].assistance == pytest.approx(0.8)
    assert [each.pseudonym for each in records.sessions()] == ["p07", "p07"]


def test_a_baseline_adapts_nothing_and_leaves_no_difficulty(plan, tmp_path: Path) -> None:
    records, lab = PatientRecords("p07", tmp_path), Lab()
    held(plan, lab, records, baseline=True)
    assert [order.assistance for order in lab.orders] == [1.0, 1.0, 0.0]
    assert records.difficulties() == {}
    assert records.sessions()[0].baseline


def test_after_a_stop_nothing_goes_on_by_itself(plan, tmp_path: Path) -> None:
    records, lab = PatientRecords("p07", tmp_path), Lab((True, "pain"))
    course = held(plan, lab, records)
    assert not course.finished
    assert len(lab.orders) == 1
    assert [each.stop for each in records.sessions()[0].results] == ["pain"]


def test_with_the_therapists_word_the_next_block_follows_but_not_the_next_set(plan, tmp_path: Path) -> None:
    records, lab = PatientRecords("p07", tmp_path), Lab((True, "pain"))
    course = held(plan, lab, records, Consents())
    assert [order.law for order in lab.orders] == ["wolbrecht", "active"]
    assert course.finished
    assert len(course.stops) == 1


def test_what_was_done_is_kept_when_a_set_fails_to_run(plan, tmp_path: Path) -> None:
    records = PatientRecords("p07", tmp_path)

    def breaks(order: ExerciseOrder) -> ExerciseResult:
        if order.law == "active":
            raise KeyboardInterrupt
        return result(order)

    with pytest.raises(KeyboardInterrupt):
        held(plan, breaks, records)
    assert len(records.sessions()[0].results) == 2
    assert records.difficulties()["reach/1/centre_out"].assistance == pytest.approx(0.8)


def test_a_stop_of_the_patients_makes_it_easier_one_of_the_therapists_does_not(plan) -> None:
    order = order_of(plan, 0, 0, None, difficulties_of(plan, "reach", {})[0], WANTED)
    start = Difficulty.start(plan.blocks[0].progression, assistance=0.5)
    assert adapted(start, result(order, True, "therapist")).assistance == pytest.approx(0.4)
    assert adapted(start, result(order, True, "pain")).assistance == pytest.approx(0.5)


def test_a_set_makes_it_one_step_harder_at_most_and_failures_of_it_still_count() -> None:
    start = Difficulty.start(Progression(assistance=(0.0, 1.0), successes=3))
    order = ExerciseOrder(exercise="centre_out")
    passed, failed = (RepetitionResult(repetition=0, success=each, measures={}) for each in (True, False))

    def after(*done: RepetitionResult) -> float:
        return adapted(start, replace(result(order), repetitions=done)).assistance

    one = after(*[passed] * 3)
    assert one < 1.0
    assert after(*[passed] * 15) == one
    assert after(*[passed] * 3, failed, *[passed] * 2) == 1.0
    assert after(*[passed] * 2) == 1.0


def test_difficulty_is_brought_within_bounds_that_were_changed_and_kept_where_they_were_not() -> None:
    old = Progression(assistance=(0.0, 1.0))
    kept = Difficulty.start(old, assistance=0.2).step(True)
    assert resumed(kept, old) == kept
    assert resumed(kept, Progression(assistance=(0.4, 1.0))).assistance == pytest.approx(0.4)
    hold = resumed(kept, Progression(hold=frozenset({"speed"})))
    assert (hold.streak, hold.progression.hold) == (1, {"speed"})


def test_an_order_has_all_that_its_block_prescribes(tmp_path: Path) -> None:
    plan = load_plan("elbow_after_stroke")
    found = JointAssessment(passive_deg=(10.0, 110.0))
    assessment = Assessment(
        patient="p07", date="2026-03-01", arm="arm_exo", side="right", joints={"elbow_flexion": found}
    )
    difficulty = Difficulty.start(plan.blocks[2].progression, 0.7, 0.9, 0.6)
    order = order_of(plan, 2, 1, assessment, difficulty, WANTED)
    assert (order.exercise, order.law, order.rig, order.side) == ("elbow_flexion", "wolbrecht", "arm_exo", "right")
    assert order.ranges_deg == {"elbow_flexion": pytest.approx((20.0, 100.0))}
    assert (order.repetitions, order.support) == (15, 0.8)
    assert (order.assistance, order.amplitude, order.speed) == (0.7, 0.9, 0.6)
    assert (order.speed_deg_s, order.most_force) == (20.0, 10.0)
    assert order.limits == limits_of(plan.stops)
    chosen = order_of(plan, 0, 0, assessment, Difficulty.start(plan.blocks[0].progression), WANTED)
    assert chosen.joint == "elbow_flexion"


def test_the_walls_of_a_plan_stand_where_the_assessment_says_whoever_is_simulated() -> None:
    plan = load_plan("elbow_after_stroke")
    joints = {
        "elbow_flexion": JointAssessment(active_deg=(20.0, 90.0), passive_deg=(10.0, 110.0)),
        "shoulder_flexion": JointAssessment(active_deg=(0.0, 80.0), passive_deg=(-20.0, 100.0)),
        "shoulder_abduction": JointAssessment(active_deg=(-5.0, 40.0)),
        "shoulder_rotation": JointAssessment(strength_nm=9.0),
    }
    assessment = Assessment(patient="p07", date="2026-03-01", arm="arm_exo", side="right", joints=joints)
    assert allowed_of(assessment) == {
        "elbow_flexion": (10.0, 110.0), "shoulder_flexion": (-20.0, 100.0), "shoulder_abduction": (-5.0, 40.0),
    }  # fmt: skip
    assert allowed_of(None) == {}

    def walls(patient: str, index: int) -> dict[str, tuple[float, float]]:
        difficulty = Difficulty.start(plan.blocks[index].progression)
        rig = planned(order_of(plan, index, 0, assessment, difficulty, Wanted(patient=patient)))
        ends = zip(np.degrees(rig.lower).round(6), np.degrees(rig.upper).round(6), strict=True)
        return dict(zip(rig.arm.chain.joint_names, ends, strict=True))

    healthy, stiff = walls("healthy", 3), walls("frozen_shoulder", 3)
    for joint, ends in allowed_of(assessment).items():
        assert healthy[joint] == stiff[joint]
        assert healthy[joint] == pytest.approx(ends)
    assert healthy["shoulder_rotation"] == stiff["shoulder_rotation"] == (-81.0, 62.0)  # was not assessed
    assert walls("healthy", 2)["elbow_flexion"] == pytest.approx((20.0, 100.0))  # what is prescribed goes first


@pytest.mark.parametrize("arm", ["arm_exo", "wrist_exo"])
@pytest.mark.parametrize("side", ["left", "right"])
def test_a_joint_that_nobody_assessed_has_an_older_adults_range_in_a_plan_and_his_own_without(
    arm: str, side: str
) -> None:
    joint = {"arm_exo": "elbow_flexion", "wrist_exo": "wrist_flexion"}[arm]
    order = ExerciseOrder(exercise=joint, rig=arm, side=side, patient="frozen_shoulder")
    alone, asked = planned(order), planned(with_more(order, planned=True))
    chain = asked.arm.chain
    his = load_named("patients", "frozen_shoulder", PatientConfig).range.passive_deg
    for j, name in enumerate(chain.joint_names):
        robot = np.degrees([chain.lower[j], chain.upper[j]])
        for rig, (low, high) in ((alone, getattr(his, name)), (asked, OLDER_RANGES_DEG[name])):
            found = np.degrees([rig.lower[j], rig.upper[j]])
            assert found == pytest.approx([max(low, robot[0]), min(high, robot[1])])
    if arm == "arm_exo":  # his shoulder is stiff, and no plan knows
        assert not np.array_equal(alone.upper, asked.upper)


def test_walls_of_what_nobody_assessed_are_never_beyond_the_robots_and_never_leave_the_start_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    order = ExerciseOrder(exercise="pronation", rig="arm_exo", planned=True)
    free = planned(order)
    j = free.arm.chain.joint_names.index("elbow_flexion")
    start = math.degrees(free.arm.start[j])
    assert 4.0 < start < 143.0
    for short in ((4.0, start - 10.0), (start + 10.0, 143.0)):
        monkeypatch.setitem(OLDER_RANGES_DEG, "elbow_flexion", short)
        rig = planned(order)
        found = np.degrees([rig.lower[j], rig.upper[j]])
        assert found == pytest.approx([min(short[0], start), max(short[1], start)])
    monkeypatch.setitem(OLDER_RANGES_DEG, "elbow_flexion", (-50.0, 300.0))
    wide = planned(order)
    assert (wide.lower[j], wide.upper[j]) == (wide.arm.chain.lower[j], wide.arm.chain.upper[j])


def test_older_adults_move_no_further_than_what_is_taken_of_healthy_ones() -> None:
    assert list(OLDER_RANGES_DEG) == list(RANGES_DEG)
    for joint, (low, high) in OLDER_RANGES_DEG.items():
        assert RANGES_DEG[joint][0] <= low < high <= RANGES_DEG[joint][1]


def test_who_looks_for_a_range_is_not_held_by_the_one_that_was_found_before() -> None:
    order = ExerciseOrder(exercise="range_of_motion", rig="arm_exo", allowed_deg={"elbow_flexion": (10.0, 60.0)})
    rig = planned(order)
    assert np.degrees(rig.upper[rig.arm.chain.joint_names.index("elbow_flexion")]) > 100.0


def test_a_plan_that_asks_without_saying_what_beyond_the_patient_is_refused(tmp_path: Path) -> None:
    plan = load_plan("elbow_after_stroke")
    bend = replace(plan.blocks[1], ranges={})
    found = JointAssessment(passive_deg=(35.0, 70.0), pain_deg=(75.0,), tone_grade="4", strength_nm=2.0)
    assessment = Assessment(
        patient="p07", date="2026-03-01", arm="arm_exo", side="right", joints={"elbow_flexion": found}
    )
    silent = replace(plan, blocks=(bend,))
    reasons = check(silent, assessment, difficulties_of(silent, "bend", {}), WANTED).reasons
    assert any("own range 10 to 120 deg exceeds the assessed passive range 35 to 70 deg" in each for each in reasons)
    assert any("reaches where pain was felt, 75 deg" in each for each in reasons)
    assert any("above ours for tone grade 4" in each for each in reasons)


def probing(plan, probes=2):
    first = replace(plan.blocks[0], probes=probes, ranges={"elbow_flexion": JointRange(share=0.5)})
    return replace(plan, blocks=(first, *plan.blocks[1:]))


def test_probes_come_first_ask_for_all_that_is_prescribed_without_help_and_adapt_nothing(plan, tmp_path: Path) -> None:
    records, lab = PatientRecords("p07", tmp_path), Lab()
    held(probing(plan), lab, records)
    probe, one, two, _ = lab.orders
    assert (probe.exercise, probe.law, probe.repetitions) == ("centre_out", "active", 2)
    assert (probe.assistance, probe.amplitude, probe.speed, probe.most_force) == (0.0, 1.0, 1.0, None)
    assert probe.limits == one.limits  # stops watch it as they do its block
    assert [order.assistance for order in (one, two)] == pytest.approx([1.0, 0.9])  # not stepped by probes
    plain = Lab()
    held(plan, plain, PatientRecords("p08", tmp_path))
    assert [order.seed for order in lab.orders[1:]] == [order.seed for order in plain.orders]
    assert probe.seed not in {order.seed for order in plain.orders}
    results = records.sessions()[0].results
    assert [each.probe for each in results] == [True, False, False, False]
    assert [each.level.assistance for each in results] == pytest.approx([0.0, 1.0, 0.9, 0.0])


def test_probes_ask_what_the_first_assessment_was_of_and_sets_what_the_newest_is(plan, tmp_path: Path) -> None:
    records, lab = PatientRecords("p07", tmp_path), Lab()
    for day, high in ((1, 90.0), (9, 110.0)):
        joints = {"elbow_flexion": JointAssessment(passive_deg=(10.0, high))}
        records.add_assessment(
            Assessment(patient="p07", date=datetime.date(2026, 3, day), arm="arm_exo", side="right", joints=joints)
        )
    newest = records.assessment("right")
    difficulties = difficulties_of(plan, "reach", {})
    conduct(probing(plan), "reach", newest, difficulties, WANTED, lab, records, "2026-03-10")
    assert lab.orders[0].ranges_deg["elbow_flexion"] == pytest.approx((30.0, 70.0))
    assert lab.orders[1].ranges_deg["elbow_flexion"] == pytest.approx((35.0, 85.0))
    assert records.sessions()[0].results[1].level.ranges_deg["elbow_flexion"] == pytest.approx((35.0, 85.0))


def test_after_a_stop_in_a_probe_the_sets_follow_with_the_therapists_word_alone(plan, tmp_path: Path) -> None:
    lab = Lab((True, "trunk"))
    course = held(probing(plan), lab, PatientRecords("p07", tmp_path))
    assert (len(lab.orders), course.finished) == (1, False)
    lab = Lab((True, "trunk"))
    course = held(probing(plan), lab, PatientRecords("p08", tmp_path), Consents())
    assert [order.law for order in lab.orders] == ["active", "wolbrecht", "wolbrecht", "active"]
    assert course.finished
    assert lab.orders[1].assistance == 1.0  # what stopped a probe makes nothing easier or harder


def test_a_plan_whose_probes_cannot_be_done_is_refused(tmp_path: Path) -> None:
    plan = load_plan("spastic_early")
    passive = {"shoulder_flexion": (0.0, 120.0), "elbow_flexion": (0.0, 120.0), "forearm_pronation": (-60.0, 60.0)}
    joints = {joint: JointAssessment(passive_deg=ends) for joint, ends in passive.items()}
    found = Assessment(patient="p07", date="2026-03-01", arm="arm_exo", side="right", joints=joints)
    difficulties = difficulties_of(plan, "spastic_early", {})
    before = check(plan, found, difficulties, WANTED)
    assert not before.reasons
    relaxed = replace(plan, blocks=(replace(plan.blocks[0], probes=1), *plan.blocks[1:]))
    (reason,) = check(relaxed, found, difficulties, WANTED).reasons
    assert "block 1, shoulder_flexion_passive" in reason
    assert "not done under law 'active'" in reason
    longer = replace(plan, blocks=(plan.blocks[0], replace(plan.blocks[1], probes=1), *plan.blocks[2:]))
    assert check(longer, found, difficulties, WANTED).seconds[1] > before.seconds[1]


def test_stop_rules_become_limits_of_the_guard() -> None:
    stops = Stops(
        cuff_force_n=50.0,
        joint_torque_nm=20.0,
        joint_speed_deg_s=90.0,
        hand_speed_cm_s=60.0,
        fatigue_percent=30.0,
        spasm_torque_nm=6.0,
    )
    limits = limits_of(stops)
    assert limits == PatientLimits(
        cuff_force_n=50.0,
        joint_torque_nm=20.0,
        joint_speed_deg_s=90.0,
        tip_speed_m_s=0.6,
        trunk_cm=UNWATCHED.trunk_cm,
        spasm_nm=6.0,
        spasm_n=20.0,
        fatigue_share=0.7,
    )


@pytest.mark.parametrize(
    ("rule", "value"),
    [("cuff_force_n", 121.0), ("joint_torque_nm", 61.0), ("joint_speed_deg_s", 251.0), ("hand_speed_cm_s", 201.0),
     ("trunk_cm", 31.0), ("spasm_torque_nm", 31.0), ("spasm_torque_nm", 100.0), ("tone_nms_rad", 101.0),
     ("fatigue_percent", 101.0), ("cuff_force_n", -1.0), ("spasm_torque_nm", math.nan)],
)  # fmt: skip
def test_no_rule_of_a_plan_makes_a_limit_that_the_guard_does_not_allow(rule: str, value: float) -> None:
    stops = Stops(cuff_force_n=50.0, joint_torque_nm=20.0, joint_speed_deg_s=90.0, hand_speed_cm_s=60.0)
    limits_of(stops)
    with pytest.raises(ConfigError, match="stop rules of the plan"):
        limits_of(replace(stops, **{rule: value}))


@pytest.mark.parametrize("name", names("plans"))
def test_every_plan_that_ships_can_be_shortened_and_knows_the_assessment_that_it_needs(name: str) -> None:
    plan = load_plan(name)
    arm, joints = needed(plan)
    assert arm in ("arm_exo", "wrist_exo")
    assert set(joints) >= {joint for block in plan.blocks for joint in block.ranges}
    short = with_repetitions(plan, 2)
    assert {(block.repetitions, block.sets) for block in short.blocks} == {(2, 1)}


def test_an_assessment_takes_what_each_exercise_found() -> None:
    made = Assessment(patient="p07", date="2026-03-01", arm="arm_exo", side="right", joints={})
    each = Assessing("range_of_motion", "range_of_motion", ("elbow_flexion",))
    found = result(ExerciseOrder(exercise=each.exercise))
    ranges = {"elbow_flexion": {"active": (20.0, 90.0), "passive": (10.0, 120.0)}}
    made = with_result(made, each.joint, replace(found, ranges_deg=ranges))
    made = with_result(made, each.joint, replace(found, measures={"strength_nm": 12.0, "sparc": -1.5}))
    assert not made.joints["elbow_flexion"].strength_at_least
    strong = RepetitionResult(repetition=0, success=False, reason=AT_LEAST)
    capped = with_result(made, each.joint, replace(found, measures={"strength_nm": 13.0}, repetitions=(strong,)))
    assert capped.joints["elbow_flexion"].strength_at_least
    made = with_result(made, each.joint, replace(found, measures={"tone": 0.4}))
    assert made.joints["elbow_flexion"] == JointAssessment(
        active_deg=(20.0, 90.0), passive_deg=(10.0, 120.0), strength_nm=12.0, tone_nms_rad=0.4
    )


def test_it_is_said_of_which_rules_nothing_watches() -> None:
    plan = load_plan("spastic_early")
    worn = ["nothing watches heart_rate: nothing that measures it is worn (--wearable)"]
    assert unwatched(plan, WANTED) == worn
    moves = replace(plan, blocks=tuple(replace(block, relaxed=False) for block in plan.blocks))
    assert unwatched(moves, WANTED) == [
        *worn,
        "block 2, elbow_flexion: nothing watches tone while he moves his arm himself",
        "block 3, pronation: nothing watches tone while he moves his arm himself",
    ]
    bare = replace(plan, blocks=(), stops=replace(plan.stops, spasm_torque_nm=None, trunk_cm=None, wearables=()))
    bare = replace(bare, blocks=(replace(plan.blocks[0], stops=None),))
    assert unwatched(bare, WANTED) == [
        f"block 1, {plan.blocks[0].exercise}: nothing watches spasms, without spasm_torque_nm",
        f"block 1, {plan.blocks[0].exercise}: nothing watches the trunk, without trunk_cm",
    ]
