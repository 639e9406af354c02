"""The way home with a patient in the robot: what stops it, how it goes on, and who may begin beyond his range."""

from __future__ import annotations

import math

import numpy as np
import pytest
from guided_bench import CHAIN, DT, Bench, BenchPlant
from patient_stops import BEDSIDE, STOPS, Stop, end, put, still, until_stopped

from control.guided_config import GuidedConfig
from control.patient_guard import ACT_AT, PatientLimits
from control.tick import Flag, State
from robotics.contracts import DriveMode
from robotics.kinematics import jacobian

AWAY = CHAIN.home + np.array([0.35, -0.35])
ON_THE_WAY = {name: STOPS[name] for name in ("pain", "trunk", "therapist", "force", "speed", "range")}
ON_THE_WAY["bedside"] = BEDSIDE
MODES = (DriveMode.TORQUE, DriveMode.POSITION)
CASES = [(name, mode) for name in ON_THE_WAY for mode in MODES if (name, mode) != ("range", DriveMode.POSITION)]
"""An arm that is driven by position is never where it was not told to be: that is a fault, not a range."""


def away(limits: PatientLimits | None = None, start: np.ndarray = AWAY, **bench) -> Bench:
    """A robot that is not home, with a patient in it who brakes his own hand."""
    away = Bench(limits=limits, engage=False, start=start, **bench)
    still(away)
    return away


def going(stop: Stop, mode: DriveMode) -> Bench:
    """The same, on its way."""
    bench = away(stop.limited(), mode=mode, **stop.bench)
    before = distance(bench)
    ticks = bench.run(0.4)
    assert np.all(ticks["state"] == State.HOMING)
    assert not ticks["cause"].any()
    assert distance(bench) < before - 0.03
    return bench


def distance(bench: Bench) -> float:
    return float(np.abs(bench.plant.q - CHAIN.home).max())


@pytest.mark.parametrize(("name", "mode"), CASES)
def test_what_stops_an_exercise_stops_the_way_home_within_three_ticks_and_only_a_fresh_key_goes_on(name, mode):
    stop = ON_THE_WAY[name]
    bench = going(stop, mode)
    ticks = until_stopped(bench, stop, 1.0)
    if name == "force":
        cuff = np.linalg.norm(ticks["guided"]["arm"]["cuffs"][:, 0, :3], axis=1)
        assert np.all(cuff[:-3] <= ACT_AT * stop.limited().cuff_force_n)
    else:
        assert len(ticks) <= 3
    lasts = bench.run(0.05)
    stop.calm(bench)
    bench.run(0.5)  # he comes to rest
    rest = bench.plant.q.copy()
    passed = bench.run(1.0)
    for part in (ticks[-1:], lasts, passed):
        assert np.all(part["state"] == State.HOLD)
        assert np.all(part["cause"] == stop.flag)
    assert bench.loop.states.reason
    assert bench.plant.q == pytest.approx(rest, abs=0.01)  # it stays where it was let go

    bench.press()
    assert bench.loop.states.state is State.HOMING
    states = bench.run(6.0)["state"]
    assert states[-1] == State.READY  # home, and no law before another press
    assert not np.isin(states, (State.CLUTCHED, State.ENGAGED)).any()
    assert distance(bench) < 0.06


@pytest.mark.parametrize("mode", MODES)
def test_from_a_wearable_s_stop_on_the_way_home_which_stays_no_key_goes_on(mode):
    bench = going(STOPS["wearable"], mode)
    assert len(until_stopped(bench, STOPS["wearable"], 1.0)) <= 3
    for _ in range(3):
        bench.run(1.0)
        bench.press()
        assert bench.loop.states.state is State.HOLD
        assert bench.loop.states.cause == Flag.WEARABLE


@pytest.mark.parametrize("mode", MODES)
def test_a_therapist_who_ends_it_on_the_way_home_lets_the_arm_go(mode):
    bench = going(STOPS["pain"], mode)
    start = bench.plant.tip().copy()
    end(bench)
    bench.plant.push = lambda plant: np.array([5.0, 0.0]) - 2.0 * plant.speed
    assert np.all(bench.run(0.6)["state"] == State.SOFT_STOP)
    assert bench.plant.tip()[0] - start[0] > 0.04  # away from home as easily as towards it
    still(bench)
    bench.press()  # no key goes on
    bench.run(2.0)
    assert bench.loop.states.state is State.POWER_OFF
    assert distance(bench) > 0.1


@pytest.mark.parametrize(("name", "mode"), CASES)
def test_a_key_that_was_down_as_the_way_home_was_stopped_goes_nowhere(name, mode):
    stop = ON_THE_WAY[name]
    bench = going(stop, mode)
    bench.bedside.reading.consent = True
    until_stopped(bench, stop, 1.0)
    bench.run(0.05)
    stop.calm(bench)
    assert np.all(bench.run(1.0)["state"] == State.HOLD)
    bench.bedside.reading.consent = False
    bench.run(0.02)
    bench.press()
    assert bench.loop.states.state is State.HOMING


@pytest.mark.parametrize("mode", MODES)
def test_an_arm_that_was_stopped_on_its_way_home_gives_way_as_a_damper(mode):
    bench = going(STOPS["pain"], mode)
    until_stopped(bench, STOPS["pain"], 1.0)
    bench.run(0.3)
    start = bench.plant.tip().copy()
    bench.plant.push = lambda plant: np.array([5.0, 0.0]) - 2.0 * plant.speed
    bench.run(0.6)
    assert bench.plant.tip()[0] - start[0] > 0.04  # away from home as easily as towards it
    bench.plant.push = lambda plant: -8.0 * plant.speed
    bench.run(4.0)
    assert np.abs(bench.plant.dq).max() < 0.02


def test_after_a_fresh_key_it_goes_on_from_where_the_arm_is_with_no_jump():
    bench = going(STOPS["pain"], DriveMode.TORQUE)
    until_stopped(bench, STOPS["pain"], 1.0)
    STOPS["pain"].calm(bench)
    bench.plant.push = lambda plant: np.array([5.0, 5.0]) - 5.0 * plant.speed
    bench.run(0.3)
    still(bench)
    bench.run(1.0)
    bench.press()
    ticks = bench.run(5.0)
    assert np.abs(ticks["arms"]["arm"]["dq"]).max() < 2.0 * GuidedConfig(title="").home_speed_rad_s
    assert np.linalg.norm(ticks["guided"]["arm"]["cuffs"][:, 0, :3], axis=1).max() < 20.0
    assert bench.loop.states.state is State.READY


def test_without_a_bedside_nothing_moves_and_its_first_word_starts_nothing():
    bench = away()
    bench.bedside.reading.age_s = math.inf
    bench.run(1.0)
    bench.bedside.reading.age_s = 0.0
    ticks = bench.run(1.0)
    assert np.all(ticks["state"] == State.HOLD)
    assert bench.plant.q == pytest.approx(AWAY, abs=1e-3)
    bench.press()
    bench.run(4.0)
    assert bench.loop.states.state is State.READY


def test_a_key_that_was_down_before_the_bedside_fell_silent_and_is_when_it_is_back_goes_nowhere():
    bench = going(BEDSIDE, DriveMode.TORQUE)
    bench.bedside.reading.age_s = 2.0
    bench.run(0.1)
    bench.bedside.reading.age_s, bench.bedside.reading.consent = 0.0, True
    assert np.all(bench.run(0.5)["state"] == State.HOLD)


def test_a_measurement_that_fails_for_a_moment_holds_the_way_home_until_a_fresh_key():
    bench = away()
    bench.run(0.4)
    bench.plant.valid = False
    bench.run(0.005)
    bench.plant.valid = True
    bench.run(0.5)
    assert bench.loop.states.state is State.HOLD
    rest = bench.plant.q.copy()
    bench.run(0.5)
    assert bench.plant.q == pytest.approx(rest, abs=0.01)
    bench.press()
    bench.run(4.0)
    assert bench.loop.states.state is State.READY


def beyond(deg: float) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Walls at home and a little, and an arm that is some degrees beyond them."""
    upper = CHAIN.home + np.array([0.5, math.radians(4.0)])
    return {"upper": upper}, upper + np.array([-0.5, math.radians(deg)])


@pytest.mark.parametrize("mode", MODES)
def test_an_arm_that_begins_beyond_its_range_comes_in_at_the_pace_of_the_way_home_and_nothing_stops_it(mode):
    walls, start = beyond(25.0)
    bench = away(start=start, mode=mode, **walls)
    ticks = bench.run(4.0)
    assert not ticks["cause"].any()
    assert ticks["state"][-1] == State.READY
    speed = np.abs(ticks["arms"]["arm"]["dq"][:, 1])
    assert speed.max() < 2.0 * GuidedConfig(title="").home_speed_rad_s  # no wall throws it in
    assert ticks["arms"]["arm"]["q"][:, 1].max() < start[1] + math.radians(1.0)


def test_from_beyond_its_range_it_may_come_in_but_not_go_out_again():
    walls, start = beyond(25.0)
    bench = away(start=start, **walls)
    bench.run(0.8)
    inside = bench.plant.q.copy()
    assert inside[1] < start[1] - math.radians(4.0)
    margin = math.radians(PatientLimits().range_margin_deg)
    put(bench, inside + np.array([0.0, margin + 0.02]))  # still less far out than where it began
    assert bench.plant.q[1] < start[1] + margin
    bench.run(3 * DT)
    assert bench.loop.states.state is State.HOLD
    assert bench.loop.states.cause == Flag.PATIENT_RANGE


def test_once_home_the_range_is_the_one_that_is_allowed():
    walls, start = beyond(25.0)
    bench = away(start=start, **walls)
    bench.run(4.0)
    assert bench.loop.states.state is State.READY
    put(bench, walls["upper"] + np.array([-0.5, math.radians(6.0)]))
    bench.run(3 * DT)
    assert bench.loop.states.cause & Flag.PATIENT_RANGE


@pytest.mark.parametrize("mode", MODES)
def test_who_comes_home_a_little_beyond_his_walls_meets_no_jump_and_no_stop(mode):
    walls = {"upper": CHAIN.home + np.array([0.5, 0.0])}
    limits = PatientLimits(range_margin_deg=0.0)
    bench = away(limits, start=CHAIN.home + np.array([0.0, math.radians(25.0)]), mode=mode, **walls)
    sent, beyond = [], []
    for _ in range(4000):
        tick = bench.loop.tick()
        assert not tick["cause"].any()
        sent.append(bench.plant.sent.copy())
        if bench.loop.states.state is State.READY:
            beyond.append(bench.plant.q[1] - walls["upper"][1])
    assert beyond[0] > math.radians(2.0)
    assert np.abs(np.diff(sent[3:], axis=0)).max() < 0.2
    assert beyond[-1] < beyond[0] - math.radians(2.0)


@pytest.mark.parametrize("mode", MODES)
def test_an_arm_that_was_stopped_far_beyond_its_range_gives_way_outwards_too(mode):
    walls, start = beyond(25.0)
    bench = away(start=start, mode=mode, **walls)
    bench.run(0.3)
    bench.bedside.reading.pain = True
    bench.run(0.5)
    rest = bench.plant.q.copy()
    assert rest[1] > walls["upper"][1] + math.radians(15.0)

    def outwards(plant: BenchPlant) -> np.ndarray:
        J = jacobian(CHAIN, plant.q)[:2]
        force: np.ndarray = np.linalg.solve(J.T, np.array([0.0, 3.0])) - 20.0 * plant.speed
        return force

    bench.plant.push = outwards
    bench.run(1.0)
    gave = bench.plant.q[1] - rest[1]
    assert math.radians(0.8) < gave < math.radians(5.0)  # it stands against a wall, and is not rigid


def test_who_is_beyond_his_range_and_is_stopped_there_for_pain_goes_on_in_all_the_same():
    walls, start = beyond(25.0)
    bench = away(start=start, **walls)
    bench.run(0.3)
    bench.bedside.reading.pain = True
    bench.run(1.0)
    bench.bedside.reading.pain = False
    bench.run(0.1)
    assert bench.loop.states.cause == Flag.PAIN
    bench.press()
    bench.run(4.0)
    assert bench.loop.states.state is State.READY


@pytest.mark.parametrize("limits", [{"joint_speed_deg_s": 10.0}, {"tip_speed_m_s": 0.05}])
def test_a_plan_that_allows_little_speed_goes_home_as_slowly(limits):
    bench = away(PatientLimits(**limits))
    ticks = bench.run(8.0)
    assert not ticks["cause"].any()
    assert ticks["state"][-1] == State.READY


def test_who_holds_against_the_way_home_is_let_go_before_the_limit_of_the_force():
    limits = PatientLimits(cuff_force_n=30.0)
    bench = away(limits)
    bench.run(0.1)
    held = bench.plant.hand.copy()
    bench.plant.push = lambda plant: 4000.0 * (held - plant.hand) - 150.0 * plant.speed
    ticks = bench.run(3.0)
    assert bench.loop.states.cause == Flag.PATIENT_FORCE
    cuff = np.linalg.norm(ticks["guided"]["arm"]["cuffs"][:, 0, :3], axis=1)
    assert cuff.max() < limits.cuff_force_n
    assert cuff[-1] < 2.0  # and then nothing pulls at him


def test_a_key_that_lets_the_arm_go_home_and_is_kept_down_until_it_is_there_lets_no_exercise_begin():
    bench = going(STOPS["pain"], DriveMode.TORQUE)
    until_stopped(bench, STOPS["pain"], 1.0)
    STOPS["pain"].calm(bench)
    bench.run(0.5)
    bench.bedside.reading.consent = True
    bench.run(4.0)
    assert bench.loop.states.state is State.READY
    bench.bedside.reading.consent = False
    assert np.all(bench.run(0.2)["state"] == State.READY)
    bench.press()
    assert bench.loop.states.state is State.ENGAGED


def test_a_press_that_ends_a_stop_at_home_is_none_that_lets_the_exercise_begin():
    bench = Bench(pull=(10.0, 0.0), engage=False)
    still(bench)
    bench.run(0.1)
    assert bench.loop.states.state is State.READY
    bench.bedside.reading.pain = True
    bench.run(0.1)
    bench.bedside.reading.pain = False
    bench.run(0.3)
    bench.press()
    assert np.all(bench.run(0.3)["state"] == State.READY)
    held = bench.plant.q.copy()
    bench.plant.push = lambda plant: np.array([2.5, 0.0]) - 20.0 * plant.speed
    bench.run(1.0)
    assert bench.plant.q == pytest.approx(held, abs=0.06)  # it waits as it did before, held
    bench.press()
    assert bench.loop.states.state is State.ENGAGED
