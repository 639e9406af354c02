"""Whatever stops an exercise: the law's force is gone within three ticks, the state is HOLD, and nothing comes back."""

from __future__ import annotations

import numpy as np
import pytest
from guided_bench import DT, Bench, BenchPlant, part
from patient_stops import STOPS, WIDE, Stop, end, still, until_stopped

from control.guided_arm import AT_REST_RAD_S, RELEASE_TICKS
from control.patient_guard import PatientLimits
from control.tick import PATIENT_STOPS, Flag, State
from robotics.contracts import DriveMode


def running(stop: Stop) -> Bench:
    """An exercise under way, with a law that pulls."""
    bench = Bench(**{"pull": (10.0, 0.0), "limits": stop.limited(), **stop.bench})
    still(bench)
    bench.run(0.8)
    assert bench.loop.states.state is State.ENGAGED
    return bench


def test_every_stop_of_a_patient_s_is_among_those_that_are_tried():
    tried = Flag(0)
    for stop in STOPS.values():
        tried |= stop.flag
    assert tried == PATIENT_STOPS | Flag.OPERATOR_STOP


@pytest.mark.parametrize("name", STOPS)
def test_the_law_s_force_is_gone_within_three_ticks_and_nothing_goes_on_when_the_cause_passes(name):
    stop = STOPS[name]
    bench = running(stop)
    before = until_stopped(bench, stop, 12.0)
    released = bench.run(0.02)
    stop.calm(bench)
    after = np.concatenate([before[-1:], released, bench.run(1.0)])
    force = np.linalg.norm(part(after)["robot"], axis=1)
    if len(before) > 1:
        last = np.linalg.norm(part(before)["robot"][-2])
        assert last > 0.5  # it acted until then
        assert force[0] < last
    assert np.all(np.diff(force) <= 0.0)
    assert not force[RELEASE_TICKS - 1 :].any()
    assert np.all(after["state"] == State.HOLD)
    assert np.all(after["cause"] == stop.flag)
    assert bench.loop.states.reason
    # Only the therapist's key, pressed afresh, lets it go on.
    bench.bedside.reading.consent = True
    bench.run(0.02)
    bench.bedside.reading.consent = False
    assert np.all(bench.run(0.02)["state"] == State.ENGAGED)


@pytest.mark.parametrize("mode", [DriveMode.TORQUE, DriveMode.POSITION])
def test_a_therapist_who_ends_it_lets_go_as_the_patient_s_own_stops_do(mode: DriveMode):
    bench = Bench(pull=(10.0, 0.0), limits=PatientLimits(**WIDE), mode=mode)
    still(bench)
    bench.run(0.8)
    start, force = bench.plant.tip(), np.linalg.norm(part(bench.run(DT))["robot"][-1])
    assert force > 0.5
    end(bench)
    bench.plant.push = lambda plant: np.array([5.0, 0.0]) - 2.0 * plant.speed
    ticks = bench.run(0.6)
    forces = np.linalg.norm(part(ticks)["robot"], axis=1)
    assert np.all(np.diff(np.concatenate([[force], forces])) <= 0.0)
    assert not forces[RELEASE_TICKS - 1 :].any()
    assert np.all(ticks["state"] == State.SOFT_STOP)
    assert np.all(ticks["cause"] == Flag.OPERATOR_STOP)
    assert bench.plant.tip()[0] - start[0] > 0.04  # nothing holds the arm
    assert not bench.plant.stops  # and it is carried while it moves
    bench.bedside.reading.consent = True
    bench.plant.push = lambda plant: -20.0 * plant.speed
    bench.run(3.0)
    assert bench.loop.states.state is State.POWER_OFF


def test_an_arm_that_trembles_where_it_was_let_go_is_not_carried_for_ever():
    bench = Bench(pull=(10.0, 0.0), limits=PatientLimits(**WIDE))
    still(bench)
    bench.run(0.8)
    end(bench)

    def tremble(plant: BenchPlant) -> np.ndarray:
        at = 2.0 * np.pi * DT * plant.ticks  # another time in each direction, so that it never stands still
        return 20.0 * np.array([np.sin(5.0 * at), np.sin(5.0 * at + 1.5)]) - 2.0 * plant.speed

    bench.plant.push = tremble
    ticks = bench.run(1.5)
    assert np.all(ticks["state"] == State.SOFT_STOP)
    assert np.abs(ticks["arms"]["arm"]["dq"][500:]).max(axis=1).min() > AT_REST_RAD_S
    bench.run(3.0)
    assert bench.loop.states.state is State.POWER_OFF


def test_an_arm_that_still_goes_somewhere_is_carried_on():
    bench = Bench(pull=(10.0, 0.0), limits=PatientLimits(**WIDE))
    still(bench)
    bench.run(0.8)
    end(bench)
    bench.plant.push = lambda plant: np.array([0.0, 8.0]) - 60.0 * plant.speed  # more than what settles it
    assert np.all(bench.run(3.0)["state"] == State.SOFT_STOP)
    assert not bench.plant.stops


def test_at_the_end_of_an_exercise_the_arm_stays_held_and_before_it_is_let_go():
    def gave(over: bool) -> float:
        bench = Bench(pull=(10.0, 0.0), limits=PatientLimits(**WIDE))
        still(bench)
        bench.run(0.8)
        bench.exercise.outcome.done = over
        bench.run(DT)
        start = bench.plant.tip()
        bench.loop.conclude()
        bench.plant.push = lambda plant: np.array([2.5, 0.0]) - 20.0 * plant.speed
        bench.run(1.0)
        return float(bench.plant.tip()[0] - start[0])

    assert gave(over=True) < 0.04
    assert gave(over=False) > 0.08  # until what settles an arm has come in


@pytest.mark.parametrize("name", ["pain", "trunk", "wearable", "range"])
def test_a_key_that_is_pressed_while_the_cause_lasts_starts_nothing_when_it_passes(name):
    stop = STOPS[name]
    bench = running(stop)
    until_stopped(bench, stop, 1.0)
    bench.bedside.reading.consent = True
    for _ in range(50):
        stop.provoke(bench, 0)
        tick = bench.loop.tick()
        assert (tick["state"][0], tick["cause"][0]) == (State.HOLD, stop.flag)
    stop.calm(bench)
    assert np.all(bench.run(0.5)["state"] == State.HOLD)
    bench.bedside.reading.consent = False
    bench.run(0.02)
    bench.press()
    assert bench.loop.states.state is State.ENGAGED
