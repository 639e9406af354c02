"""Random prescriptions: what is drawn fits together, each check fails where it should, and what was run is kept."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from benchmarks import _assessed, _prescribed, prescriptions
from benchmarks._assessed import assessed
from benchmarks._prescribed import PLANS, STRICTEST, draw
from benchmarks.prescriptions import Drawn, Ran, checked, kind_of, one, read, run
from control.tick import Flag, State
from robotics.arm_config import load_arm_config
from robotics.config import load_named
from simulation.patients.config import PatientConfig
from steadyhand.rehab.blocks import Wanted, check
from steadyhand.rehab.order import ExerciseOrder
from steadyhand.rehab.rehearse import Rehearsal, rehearsed
from steadyhand.rehab.session import difficulties_of
from steadyhand.rig_config import RigConfig
from vr_training import exercises
from vr_training.rehab.prescription import load_plan
from vr_training.rehab.traces import KEPT

STOP_S = 9.0
"""When the therapist stops the exercise that is checked [s]."""

ORDER = ExerciseOrder(
    exercise="elbow_flexion", patient="stroke_flaccid", law="passive", repetitions=1, amplitude=0.3, speed=2.5,
    seed=1, lockstep=True, headless=True,
)  # fmt: skip


@pytest.fixture(scope="module")
def ran() -> Rehearsal:
    """An exercise that the robot does, to its end."""
    return rehearsed(replace(ORDER, demonstrated=False), fields=(*KEPT, "arms"))


@pytest.fixture(scope="module")
def stopped() -> Rehearsal:
    """The same, which the therapist stops."""
    asks = prescriptions.TherapistStops(STOP_S)
    return rehearsed(replace(ORDER, demonstrated=False), fields=(*KEPT, "arms"), orders=asks)


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """What is found in a run that is changed before it is checked."""

    def checked_of(whole: Rehearsal, change: Callable[[np.ndarray], None], stop_s: float | None = None, **more) -> Ran:
        ticks = whole.ticks.copy()
        change(ticks)
        result = msgspec.structs.replace(whole.result, **more)
        altered = replace(whole, ticks=ticks, result=result)
        monkeypatch.setattr(prescriptions, "rehearsed", lambda *_, **__: altered)
        return checked(ORDER, stop_s)[1]

    return checked_of


def _part(ticks: np.ndarray) -> np.ndarray:
    return ticks["guided"][ticks["guided"].dtype.names[0]]


def _arm(ticks: np.ndarray) -> np.ndarray:
    return ticks["arms"][ticks["arms"].dtype.names[0]]


def test_a_seed_stands_for_the_same_prescription():
    assert all(draw(seed) == draw(seed) for seed in (0, 5, 58, 2037))
    assert draw(5) != draw(15)


def test_three_of_ten_are_orders_and_the_others_plans():
    drawn = [draw(seed) for seed in range(40)]
    assert sum(each.order is not None for each in drawn) == 12
    assert all((each.order is None) != (each.plan is None) for each in drawn)


def test_an_assessment_is_that_of_its_patient_but_for_a_few_degrees():
    true = load_named("patients", "stroke_moderate", PatientConfig).range
    found = assessed(np.random.default_rng(3), "stroke_moderate", "planar_reach", "right").joints
    for joint, each in found.items():
        for kind, ends in (("active", each.active_deg), ("passive", each.passive_deg)):
            off = np.subtract(ends, getattr(getattr(true, f"{kind}_deg"), joint))
            assert 0.0 < np.abs(off).max() <= 3.0 * _assessed.ERROR_DEG


def test_a_robot_finds_no_more_than_it_can_move():
    found = assessed(np.random.default_rng(3), "healthy", "wrist_exo", "left").joints["wrist_deviation"]
    arm = load_arm_config("wrist_exo")
    joint = next(each for each in arm.joints if each.name == "wrist_deviation")
    assert (
        np.degrees(joint.lower) - 1e-6 <= found.passive_deg[0] < found.passive_deg[1] <= np.degrees(joint.upper) + 1e-6
    )


def test_rules_go_from_the_strictest_that_ship_to_ours():
    strictest = load_plan(STRICTEST).stops
    for key in ("cuff_force_n", "joint_torque_nm", "joint_speed_deg_s", "hand_speed_cm_s"):
        assert PLANS[key][0] == getattr(strictest, key)
    stops = [draw(seed).plan.stops for seed in range(3, 200) if draw(seed).plan is not None]
    assert sum(each.hand_speed_cm_s == 30.0 and each.cuff_force_n == 40.0 for each in stops) > 5
    assert max(each.cuff_force_n for each in stops) > 58.0
    assert min(each.cuff_force_n for each in stops) == 40.0
    assert (
        {bool(each.tone_nms_rad) for each in stops} == {bool(each.fatigue_percent) for each in stops} == {True, False}
    )


def test_an_order_is_for_a_joint_that_its_robot_has():
    seen = set()
    for seed in (10 * k + j for k in range(60) for j in range(_prescribed.DIRECT)):
        order = draw(seed).order
        settings = exercises.load(order.exercise)
        if not settings.choice:
            assert order.joint is None
            continue
        arm = load_arm_config(load_named("rigs", order.rig, RigConfig).arms[0].arm)
        assert order.joint in settings.choice
        assert order.joint in [joint.name for joint in arm.joints]
        seen.add(order.joint)
    assert len(seen) > 3


def test_blocks_are_drawn_in_all_their_ways():
    blocks = [block for seed in range(300) if (plan := draw(seed).plan) for block in plan.blocks]
    assert {1, 2, 3, 4} <= {block.repetitions for block in blocks}
    assert {block.relaxed for block in blocks} == {True, False}
    assert {block.progression.hold == frozenset() for block in blocks} == {True, False}
    ranges = [each for block in blocks for each in block.ranges.values()]
    assert {each.share is None for each in ranges} == {True, False}
    assert any(draw(seed).stop_s is not None for seed in range(60))


def _reasons(seed: int) -> tuple[str, ...]:
    """What speaks against a plan that is drawn."""
    each = draw(seed)
    wanted = Wanted(each.patient, seed=seed, lockstep=True, headless=True)
    return check(each.plan, each.assessment, difficulties_of(each.plan, "drawn", {}), wanted).reasons


def test_some_plans_are_refused_with_reasons_and_others_are_not():
    reasons = [_reasons(seed) for seed in range(100) if seed % 10 in (3, 6)]
    refused = [each for each in reasons if each]
    assert 2 < len(refused) < len(reasons) - 2


def test_reasons_count_together_whatever_plan_and_figures_they_are_of():
    first = "block 1, circle: law tunnel's own force 60 N is above the stop rule of cuff_force_n, 40.5 N"
    second = "block 2, centre_out: law tunnel's own force 60 N is above the stop rule of cuff_force_n, 57 N"
    assert kind_of(first) == kind_of(second)
    pressed = "spasms of patient 'stroke_spastic' press a cuff of '{}' with up to {} N"
    assert kind_of(pressed.format("arm_exo", 73)) == kind_of(pressed.format("wrist_exo", 74))
    assert kind_of("range of elbow_flexion 3 to 9 deg") == kind_of("range of wrist_flexion -3.5 to 9e-1 deg")
    assert kind_of("speed 3 deg/s is above ours") != kind_of("torque 3 Nm is above ours")


def test_a_run_that_is_as_it_should_be_passes_all_checks(ran, stopped, found):
    fine = found(ran, lambda _: None)
    assert not fine.broken
    assert not fine.cut
    assert fine.debt_j == 0.0
    halted = found(stopped, lambda _: None, STOP_S)
    assert (halted.stop, halted.broken) == ("therapist", ())


def test_a_law_that_gives_more_than_its_tank_has_is_found_though_its_refill_would_have_paid_in_time(ran, found):
    """All that came in over the run would be more: the tank holds no more than its cap."""
    budget, ticks = ran.rig.budget, len(ran.ticks)
    given = budget.most_j + 5.0
    assert given + 20.0 < budget.start_j + budget.refill_w * 1e-3 * ticks

    def gives(ticks: np.ndarray) -> None:
        part, rows = _part(ticks), slice(len(ticks) - 2200, len(ticks) - 2000)
        part["robot"][:] = part["v"][:] = 0.0
        part["v"][rows], part["robot"][rows] = 1.0, given / 0.2

    assert any("more than its tank had" in said for said in found(ran, gives).broken)


def test_a_law_that_takes_first_may_give_no_more_than_the_cap_afterwards(ran, found):
    most, refill = ran.rig.budget.most_j, ran.rig.budget.refill_w

    def takes_and_gives(given: float) -> Callable[[np.ndarray], None]:
        def change(ticks: np.ndarray) -> None:
            part = _part(ticks)
            part["robot"][:] = part["v"][:] = 0.0
            part["v"][1000:1300] = 1.0
            part["robot"][1000:1100], part["robot"][1150:1250] = -500.0, given / 0.1

        return change

    assert found(ran, takes_and_gives(most + 0.05 * refill)).debt_j == 0.0
    assert found(ran, takes_and_gives(most + 0.2 * refill)).debt_j > 0.5


def test_what_passed_at_the_cuffs_is_held_against_what_the_law_gave(ran, found):
    fine = found(ran, lambda _: None)
    assert fine.cycles > 0
    assert fine.excess_j < 0.05

    def pushed(ticks: np.ndarray) -> None:
        arm, part = _arm(ticks), _part(ticks)
        joint = ran.rig.arm.chain.joint_names.index("elbow_flexion")
        part["cuffs"][:, :, 3:] -= 20.0 * np.sign(arm["dq"][:, joint])[:, None, None]  # about any axis: it never fits

    assert abs(found(ran, pushed).excess_j - fine.excess_j) > 1.0


def test_force_speed_range_and_what_is_no_number_are_found(ran, found):
    def sets(path: str, value: float, row: int = 5000) -> Callable[[np.ndarray], None]:
        def change(ticks: np.ndarray) -> None:
            of = _arm if path in ("q", "dq") else _part
            of(ticks)[path][row].flat[0] = value

        return change

    assert "of the force limit" in found(ran, sets("cuffs", 1.01 * ran.rig.limits.cuff_force_n)).broken[0]
    assert "of the speed limit" in found(ran, sets("dq", np.radians(1.02 * ran.rig.limits.joint_speed_deg_s))).broken[0]
    assert "beyond the range" in found(ran, sets("q", float(ran.rig.upper[0]) + np.radians(6.0))).broken[0]
    assert "robot is not a number" in found(ran, sets("robot", np.nan)).broken[0]

    def jumps(ticks: np.ndarray) -> None:
        _arm(ticks)["tip"][5000:, 0] += 1.5e-3 * ran.rig.limits.tip_speed_m_s

    assert "of the speed limit" in found(ran, jumps).broken[0]


def _stops(flag: Flag, cause: Flag, row: int = 6000) -> Callable[[np.ndarray], None]:
    """A patient's stop is written into a run: a flag, its cause, and what follows."""

    def change(ticks: np.ndarray) -> None:
        ticks["flags"][row], ticks["cause"][row:], ticks["state"][row:] = int(flag), int(cause), State.HOLD
        _part(ticks)["robot"][row + 3 :] = 0.0

    return change


def test_a_stop_has_to_have_the_cause_that_was_raised_and_results_that_say_so(ran, stopped, found):
    both = Flag.SPASM | Flag.PATIENT_FORCE
    assert not found(ran, _stops(Flag.SPASM, Flag.SPASM), stop="spasm").broken
    assert not found(ran, _stops(both, both), stop="spasm").broken
    wrong = found(ran, _stops(Flag.SPASM, Flag.PAIN), stop="spasm").broken
    assert wrong == ("the cause of a stop is pain, and spasm was raised",)
    assert found(ran, _stops(Flag.SPASM, Flag(0)), stop="spasm").broken[0] == "a stop without a cause"
    assert found(ran, _stops(both, Flag.SPASM), stop="spasm").broken[0].startswith("the cause of a stop is spasm, and")
    assert found(ran, _stops(Flag.SPASM, Flag.SPASM), stop="pain").broken[0].startswith("the results say pain")
    assert "a stop that is not in the results" in found(ran, _stops(Flag.SPASM, Flag.SPASM)).broken
    assert "that nothing asked for" in found(ran, lambda _: None, stop="pain").broken[0]
    assert "that nothing asked for" in found(stopped, lambda _: None).broken[0]
    assert found(ran, lambda _: None, STOP_S).broken[0] == "a stop without a cause"  # nobody obeyed the therapist


def test_who_asks_for_a_stop_as_a_finished_arm_comes_to_rest_is_obeyed_and_told(ran, found):
    when = float(ran.ticks["time"][-20])

    def asked(cause: Flag) -> Callable[[np.ndarray], None]:
        def change(ticks: np.ndarray) -> None:
            ticks["state"][-40:] = State.SOFT_STOP
            ticks["cause"][ticks["time"] > when - 1e-6] = int(cause)

        return change

    assert not found(ran, asked(Flag.OPERATOR_STOP), when, stop="therapist").broken
    for cause, stop_s, stop in (
        (Flag.OPERATOR_STOP, None, "therapist"),
        (Flag.OPERATOR_STOP, when, "pain"),
        (Flag.PAIN, when, "therapist"),
        (Flag.OPERATOR_STOP, when + 0.002, "therapist"),
    ):
        assert "that nothing asked for" in found(ran, asked(cause), stop_s, stop=stop).broken[0]


def test_after_a_stop_no_force_is_left_nothing_goes_on_and_the_cause_stands(ran, found):
    def late(name: str, value: float) -> Callable[[np.ndarray], None]:
        def change(ticks: np.ndarray) -> None:
            _stops(Flag.PAIN, Flag.PAIN)(ticks)
            (_part(ticks) if name == "robot" else ticks)[name][6005] = value

        return change

    assert found(ran, late("robot", 0.1), stop="pain").broken == ("force after a stop",)
    assert found(ran, late("state", State.ENGAGED), stop="pain").broken == ("an exercise that goes on after a stop",)
    assert found(ran, late("cause", 0), stop="pain").broken == ("the cause of a stop is forgotten",)


def test_a_plan_runs_as_a_session_does_and_a_wrong_set_is_told(monkeypatch: pytest.MonkeyPatch, ran):
    orders = []

    def kept(order: ExerciseOrder, **_: object) -> Rehearsal:
        orders.append(order)
        return ran

    seed = next(
        seed
        for seed in range(3, 400)
        if (plan := draw(seed).plan) and any(block.sets == 2 for block in plan.blocks) and not _reasons(seed)
    )
    monkeypatch.setattr(prescriptions, "rehearsed", kept)
    found = one(seed)
    plan = draw(seed).plan
    assert len(found.sets) == sum(block.sets + bool(block.probes) for block in plan.blocks)
    assert len({order.seed for order in orders}) == len(orders)
    assert {order.exercise for order in orders} == {block.exercise for block in plan.blocks}


def fake(seed: int, here: str) -> Drawn:
    """A prescription that takes no time; each third is refused."""
    return Drawn(seed=seed, door="plan", commit=here, refused=("no",) if seed % 3 == 0 else ())


def test_what_was_kept_is_not_run_again_and_another_commit_counts_for_nothing(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(prescriptions, "one", fake)
    keep = tmp_path / "kept.jsonl"
    whole = run(6, 0, 1, keep, "a")
    assert [row.seed for row in whole] == list(range(9))
    lines = keep.read_bytes().splitlines(keepends=True)
    assert len(lines) == 9
    keep.write_bytes(b"".join(lines[:2] + lines[4:6]))  # it was broken off
    assert [row.seed for row in run(6, 0, 1, keep, "a")] == list(range(9))
    assert len(keep.read_bytes().splitlines()) == 9
    assert run(6, 0, 1, keep, "a") == whole
    assert len(keep.read_bytes().splitlines()) == 9
    assert read(keep, "b") == {}
    run(2, 0, 1, keep, "b")
    assert len(keep.read_bytes().splitlines()) == 12


@pytest.mark.parametrize(("broken", "code"), [((), 0), (("1.02 of the force limit",), 1)])
def test_it_ends_with_1_where_anything_was_wrong(broken: tuple[str, ...], code: int, monkeypatch, capsys):
    rows = [
        Drawn(seed=0, door="plan", refused=("block 1, circle: speed 3 cm/s is above ours, 2 cm/s",)),
        Drawn(seed=1, door="plan", sets=(Ran(exercise="circle", what="healthy", stop="pain", broken=broken),)),
    ]
    monkeypatch.setattr(prescriptions, "run", lambda *_: rows)
    monkeypatch.setattr(sys, "argv", ["prescriptions"])
    with pytest.raises(SystemExit) as ended:
        prescriptions.main()
    assert int(ended.value.code) == code
    said = capsys.readouterr().out
    assert "pain" in said
    assert "speed # cm/s is above ours" in said
    assert ("seed 1" in said) == bool(code)
