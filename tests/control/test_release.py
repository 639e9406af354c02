"""Whatever stops an exercise: the law's force is gone within three ticks, the state is HOLD, and nothing comes back."""

from __future__ import annotations

import numpy as np
import pytest
from guided_bench import Bench, part
from patient_stops import STOPS, Stop, still, until_stopped

from control.guided_arm import RELEASE_TICKS
from control.tick import PATIENT_STOPS, Flag, State


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
