"""Stops before an exercise has begun, with the exercise itself in the loop: what ends it, and what does not."""

from __future__ import annotations

import numpy as np
from guided_bench import CHAIN, DT, Bench
from patient_stops import still

from control.tick import Flag, State
from robotics.kinematics import forward
from tests.vr_training.exercises.trial import UPRIGHT, made
from vr_training.exercises import Bout

AWAY = CHAIN.home + np.array([0.35, -0.35])


def on_the_way() -> Bench:
    """A robot that is not home, with an exercise that begins there."""
    tip = np.concatenate([forward(CHAIN, CHAIN.home)[:3, 3], UPRIGHT])
    shoulder = tip[:3] + np.array([-0.4, 0.0, 0.2])
    begins = {"x": tip[:2].copy(), "tip": tip, "p_world_shoulder": shoulder}
    exercise = made("centre_out", "planar_reach", dt=DT, repetitions=1, **begins)
    bench = Bench(task=Bout(exercise), engage=False, start=AWAY)
    still(bench)
    return bench


def run(bench: Bench, seconds: float) -> State:
    """As a runner does: what is done is concluded. Returns the state at the end."""
    for _ in range(round(seconds / DT)):
        if bench.loop.finished:
            bench.loop.conclude()
        bench.loop.tick()
    return bench.loop.states.state


def press(bench: Bench) -> None:
    bench.bedside.reading.consent = True
    run(bench, 0.02)
    bench.bedside.reading.consent = False
    run(bench, 0.02)


def test_a_bedside_that_is_heard_late_and_a_therapist_who_takes_his_time_end_nothing():
    bench = on_the_way()
    bench.bedside.reading.age_s = np.inf
    assert run(bench, 2.5) is State.HOLD
    bench.bedside.reading.age_s = 0.0
    assert run(bench, 2.5) is State.HOLD
    press(bench)
    run(bench, 0.4)
    bench.bedside.reading.pain = True
    run(bench, 0.5)
    bench.bedside.reading.pain = False
    assert run(bench, 2.5) is State.HOLD
    assert not bench.loop.finished
    press(bench)
    assert run(bench, 4.0) is State.READY
    press(bench)
    assert run(bench, 0.5) is State.ENGAGED
    # Once it has begun, a stop ends it.
    bench.bedside.reading.pain = True
    assert run(bench, 2.5) is State.POWER_OFF


def test_a_wearable_s_alarm_which_stays_ends_it_on_the_way_home_too():
    bench = on_the_way()
    run(bench, 0.4)
    bench.bedside.reading.alarm = True
    assert run(bench, 1.0) is State.HOLD
    assert run(bench, 2.5) is State.POWER_OFF
    assert bench.loop.states.cause == Flag.WEARABLE
