"""An arm that guides a patient: when a law's force acts, how it is let go, and what is never passed."""

import math

import numpy as np
import pytest
from guided_bench import CHAIN, DT, Bench, BenchPlant, part

from control.energy_tank import EnergyBudget
from control.guided_arm import RELEASE_TICKS
from control.patient_guard import PatientLimits
from control.tick import PATIENT_STOPS, Flag, State
from robotics.contracts import DriveMode, StopKind
from robotics.guidance import Moment


def still(bench: Bench) -> None:
    """A patient who brakes his own hand."""
    bench.plant.push = lambda plant: -40.0 * plant.speed


def test_no_law_acts_before_the_therapist_let_the_exercise_begin():
    bench = Bench(pull=(30.0, 0.0), engage=False)
    ticks = bench.run(0.5)
    assert not part(ticks)["robot"].any()
    assert bench.loop.states.state is State.READY


def test_a_law_comes_in_softly():
    bench = Bench(pull=(10.0, 0.0))
    still(bench)
    force = part(bench.run(1.0))["robot"][:, 0]
    assert np.abs(np.diff(force)).max() < 0.1
    assert force[-1] == pytest.approx(10.0)


@pytest.mark.parametrize("pressed", [0.001, 0.2])
def test_pain_takes_the_force_away_within_three_ticks_and_it_does_not_come_back(pressed):
    bench = Bench(pull=(10.0, 0.0))
    still(bench)
    bench.run(0.8)
    bench.bedside.reading.pain = True
    at_once = part(bench.run(RELEASE_TICKS * DT))["robot"][:, 0]
    assert at_once[-1] == 0.0
    assert np.all(np.diff(at_once) <= 0.0)
    bench.run(max(pressed, DT))
    bench.bedside.reading.pain = False
    after = bench.run(1.0)
    assert not part(after)["robot"].any()
    assert np.all(after["state"] == State.HOLD)
    assert np.all(after["cause"] == Flag.PAIN)
    assert "pain" in bench.loop.states.reason


def test_after_a_stop_a_key_that_was_down_all_the_time_starts_nothing():
    bench = Bench(pull=(10.0, 0.0))
    still(bench)
    bench.bedside.reading.consent = True
    bench.run(0.1)
    bench.bedside.reading.pain = True
    bench.run(0.1)
    bench.bedside.reading.pain = False
    bench.run(1.0)
    assert bench.loop.states.state is State.HOLD
    bench.bedside.reading.consent = False
    bench.run(0.1)
    bench.press()
    assert bench.loop.states.state is State.ENGAGED


def test_while_the_pain_lasts_no_key_starts_anything():
    bench = Bench(pull=(10.0, 0.0))
    bench.bedside.reading.pain = True
    bench.run(0.1)
    bench.press()
    bench.run(0.3)
    assert not part(bench.run(0.5))["robot"].any()


def test_the_force_that_is_felt_after_a_stop_is_that_of_a_damper_alone():
    bench = Bench(pull=(10.0, 0.0))
    still(bench)
    bench.run(0.3)
    bench.bedside.reading.pain = True
    bench.run(0.1)
    start = bench.plant.tip().copy()
    bench.plant.push = lambda plant: np.array([5.0, 0.0]) - 2.0 * plant.speed
    bench.run(0.4)
    assert bench.plant.tip()[0] - start[0] > 0.05  # five newtons move it far: it is let go
    bench.plant.push = lambda plant: -8.0 * plant.speed
    bench.run(2.0)
    assert np.abs(bench.plant.dq).max() < 0.02  # and it comes to rest by itself


def test_a_spasm_against_the_movement_is_let_go_before_the_limit_of_the_force():
    limits = PatientLimits(cuff_force_n=60.0)
    bench = Bench(limits=limits)
    bench.law.stiffness = 800.0
    bench.exercise.guidance.tangent[:] = 1.0, 0.0
    still(bench)
    bench.run(0.8)
    begun = bench.plant.ticks

    def spasm(plant: BenchPlant) -> np.ndarray:
        rise = min((plant.ticks - begun) * DT / 0.1, 1.0)
        return np.array([-75.0 * rise, 0.0]) - 80.0 * plant.speed

    bench.plant.push = spasm
    ticks = bench.run(0.5)
    stopped = np.flatnonzero(ticks["cause"])[0]
    assert int(ticks["cause"][stopped]) & Flag.SPASM
    cuff = np.linalg.norm(part(ticks)["cuffs"][:, 0, :3], axis=1)
    assert cuff.max() < limits.cuff_force_n
    assert not part(ticks)["robot"][stopped + RELEASE_TICKS :].any()


def test_a_push_that_is_asked_for_is_no_spasm():
    bench = Bench(moment=Moment.PUSH)
    begun = bench.plant.ticks
    bench.plant.push = lambda plant: (
        np.array([35.0 * min((plant.ticks - begun) * DT / 0.05, 1.0), 0.0]) - (60.0 * plant.speed)
    )
    ticks = bench.run(0.1)
    assert not np.any(ticks["flags"] & np.uint64(Flag.SPASM))


@pytest.mark.parametrize(("moment", "seen"), [(Moment.RELAX, True), (Moment.MOVE, False)])
def test_help_that_rises_at_once_is_a_spasm_of_who_is_to_relax_and_no_spasm_of_who_is_to_move(moment, seen):
    bench = Bench(moment=moment)
    bench.law.stiffness = 800.0
    bench.exercise.guidance.tangent[:] = 1.0, 0.0
    still(bench)
    bench.run(0.8)
    begun = bench.plant.ticks
    bench.plant.push = lambda plant: (
        np.array([75.0 * min((plant.ticks - begun) * DT / 0.1, 1.0), 0.0]) - 80.0 * plant.speed
    )
    flags = bench.run(0.3)["flags"]
    assert np.any(flags & np.uint64(Flag.SPASM)) == seen


def test_the_trunk_that_moves_too_far_stops_the_exercise_and_one_that_is_not_measured_does_not():
    bench = Bench(limits=PatientLimits(trunk_cm=5.0))
    bench.run(0.1)
    assert bench.loop.states.state is State.ENGAGED  # NaN: not measured
    bench.bedside.reading.trunk[:] = 0.03, 0.03, 0.0
    bench.run(0.1)
    assert bench.loop.states.state is State.ENGAGED
    bench.bedside.reading.trunk[:] = 0.04, 0.04, 0.0
    bench.run(0.01)
    assert bench.loop.states.cause == Flag.COMPENSATION


def test_walls_keep_the_arm_in_the_range_that_is_allowed():
    upper = CHAIN.upper.copy()
    upper[1] = CHAIN.home[1] + math.radians(10.0)
    bench = Bench(pull=(4.0,), joints=("elbow",), upper=upper)
    ticks = bench.run(2.0)
    q = ticks["arms"]["arm"]["q"][:, 1]
    assert q.max() < upper[1] + math.radians(PatientLimits().range_margin_deg)
    assert q[-1] > upper[1] - math.radians(2.0)  # it got there, and stands at the wall
    assert bench.loop.states.state is State.ENGAGED


def test_an_arm_beyond_its_range_and_margin_is_let_go():
    upper = CHAIN.upper.copy()
    upper[1] = CHAIN.home[1] + math.radians(10.0)
    bench = Bench(joints=("elbow",), upper=upper)
    bench.plant.q[1] = upper[1] + math.radians(6.0)
    bench.plant.hand = bench.plant.tip().copy()
    bench.run(0.005)
    assert bench.loop.states.cause & Flag.PATIENT_RANGE


def test_a_patient_who_is_too_fast_is_braked_and_then_stopped():
    limits = PatientLimits(joint_speed_deg_s=60.0)
    free, braked = Bench(limits=PatientLimits(joint_speed_deg_s=250.0, tip_speed_m_s=2.0)), Bench(limits=limits)
    peaks = []
    for bench in (free, braked):
        bench.plant.push = lambda plant: np.array([12.0, 0.0])
        peaks.append(np.abs(bench.run(0.5)["arms"]["arm"]["dq"]).max())
    assert peaks[1] < 0.8 * peaks[0]
    braked.plant.dq[:] = math.radians(70.0)
    braked.run(0.002)
    assert braked.loop.states.cause & Flag.PATIENT_SPEED


def test_the_law_gives_no_more_energy_than_its_budget():
    budget = EnergyBudget(start_j=0.5, refill_w=0.2, most_j=0.5)
    bench = Bench(pull=(25.0, 10.0), budget=budget)
    ticks = bench.run(2.0)
    given = part(ticks)["energy"]
    time = np.arange(1, len(given) + 1) * DT + 0.1
    assert given.max() > 0.4
    assert np.all(given <= budget.start_j + budget.refill_w * time + 1e-2)


def test_joints_that_are_not_trained_are_held():
    bench = Bench(pull=(3.0,), joints=("elbow",))
    still(bench)
    ticks = bench.run(1.5)
    q = ticks["arms"]["arm"]["q"]
    assert np.ptp(q[:, 0]) < math.radians(4.0)
    assert np.ptp(q[:, 1]) > math.radians(8.0)


def test_a_robot_without_a_cuff_that_measures_does_not_start():
    bench = Bench(engage=False)
    plant = BenchPlant()
    plant.cuffs[:] = np.nan
    problems = bench.arm.self_test(plant.read())
    assert any("measure no force" in problem for problem in problems)


def test_a_measurement_that_is_not_valid_holds_and_then_faults_and_the_force_is_gone():
    bench = Bench(pull=(10.0, 0.0))
    bench.run(0.6)
    bench.plant.valid = False
    ticks = bench.run(0.1)
    assert not part(ticks)["robot"][RELEASE_TICKS:].any()
    assert bench.loop.states.state is State.LATCHED_FAULT
    assert bench.plant.stops  # the plant was stopped, not written to


def test_a_bedside_that_is_lost_stops_the_exercise():
    bench = Bench(pull=(10.0, 0.0))
    bench.run(0.6)
    bench.bedside.reading.age_s = 2.0
    bench.run(0.01)
    assert bench.loop.states.state is State.HOLD


def test_an_arm_that_cannot_be_back_driven_gives_way_to_the_patient():
    bench = Bench(mode=DriveMode.POSITION)
    start = bench.plant.tip().copy()
    bench.plant.push = lambda plant: np.array([6.0, 0.0]) - 10.0 * plant.speed
    bench.run(1.0)
    assert bench.plant.tip()[0] - start[0] > 0.03
    assert bench.loop.states.state is State.ENGAGED


def test_the_same_course_gives_the_same_bits():
    def course() -> bytes:
        bench = Bench(pull=(8.0, 2.0))
        bench.plant.push = lambda plant: np.array([math.sin(0.01 * plant.ticks), 0.3]) - 5.0 * plant.speed
        return part(bench.run(0.5)).tobytes()

    assert course() == course()


def test_the_therapist_s_stop_holds_and_ends_like_any_other():
    bench = Bench(pull=(10.0, 0.0))
    bench.run(0.6)
    bench.loop.stop(StopKind.HOLD, "the therapist", int(Flag.OPERATOR_STOP))
    ticks = bench.run(0.2)
    assert not part(ticks)["robot"][RELEASE_TICKS:].any()
    assert not int(ticks["cause"][-1]) & int(PATIENT_STOPS)


def test_cues_say_whether_the_exercise_runs():
    bench = Bench(engage=False)
    bench.run(0.05)
    assert not any(following for _, following in bench.bedside.cues)
    bench.engage()
    assert bench.bedside.cues[-1][1]
    bench.bedside.reading.pain = True
    bench.run(0.01)
    assert not bench.bedside.cues[-1][1]


def test_the_first_that_a_patient_is_shown_is_where_his_arm_is():
    bench = Bench(engage=False)
    assert bench.bedside.first == pytest.approx(bench.plant.tip())


def test_the_arm_s_weight_that_is_taken_up_is_no_spasm_and_force_counts_all_the_same():
    bench = Bench(engage=False, limits=PatientLimits(spasm_n=15.0, cuff_force_n=40.0))
    bench.run(0.05)
    bench.plant.push = lambda plant: np.array([25.0, 0.0]) - 60.0 * plant.speed
    bench.run(0.2)
    assert bench.loop.states.state is State.READY
    bench.plant.push = lambda plant: np.array([80.0, 0.0]) - 60.0 * plant.speed
    bench.run(0.3)
    assert bench.loop.states.cause & Flag.PATIENT_FORCE


def test_a_cuff_that_gives_no_number_in_the_middle_counts_as_an_invalid_measurement():
    bench = Bench(pull=(10.0, 0.0))
    still(bench)
    bench.run(0.6)
    write = bench.plant.write

    def broken(command):
        sent = write(command)
        bench.plant.cuffs[0, 1] = np.nan
        return sent

    bench.plant.write = broken
    ticks = bench.run(0.1)
    assert not part(ticks)["robot"][RELEASE_TICKS + 1 :].any()
    assert bench.loop.states.state is State.LATCHED_FAULT
