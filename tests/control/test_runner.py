"""Time: absolute deadlines, no sleep into the past, no burst to catch up, every miss counted."""

from __future__ import annotations

import time

import numpy as np
import pytest

from control.realtime import realtime
from control.runner import run_lockstep, run_realtime
from control.states import StateMachine
from control.tick import Flag, State, TickLayout, tick_dtype
from control.timing import Histogram
from robotics.contracts import StopKind


class Plant:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.stopped: list[StopKind] = []

    def stop(self, kind: StopKind) -> None:
        self.stopped.append(kind)


class SlowLoop:
    """Stands in for a loop whose tick takes too long at stated ticks: what no real loop does on demand."""

    def __init__(self, slow: dict[int, float], ticks: int) -> None:
        self.period_s = 0.002
        self.states = StateMachine()
        self.plant = Plant()
        self.stopped: list[StopKind] = []
        self.causes: list[int] = []
        self._record = np.zeros(1, tick_dtype(TickLayout(())))
        self._slow, self._ticks, self._count = slow, ticks, 0

    @property
    def finished(self) -> bool:
        return self._count >= self._ticks

    def stop(self, kind: StopKind, reason: str, cause: int = 0) -> None:
        self.stopped.append(kind)
        self.causes.append(cause)

    def conclude(self) -> None:
        self.states.state = State.POWER_OFF

    def rehearse(self) -> None:
        return None

    def tick(self) -> np.ndarray:
        time.sleep(self._slow.get(self._count, 0.0))
        self._record["sequence"] = self._count
        self._count += 1
        return self._record


class Keep:
    def __init__(self) -> None:
        self.records: list[np.ndarray] = []

    def write(self, record: np.ndarray) -> None:
        self.records.append(record.copy())


def test_a_late_tick_is_counted_and_its_periods_are_left_out_not_made_up_for() -> None:
    loop, sink = SlowLoop({10: 0.0111, 20: 0.0031}, ticks=40), Keep()
    summary = run_realtime(loop, sink, 5.0)
    ticks = np.concatenate(sink.records)
    period = round(loop.period_s * 1e9)
    deadlines = ticks["timing"]["host_time_ns"] - ticks["timing"]["wake_latency_ns"]
    assert np.all(ticks["timing"]["wake_latency_ns"] >= 0)  # never early
    gaps = np.diff(deadlines)
    assert np.all(gaps >= period)  # never a burst
    assert np.all(gaps % period == 0)  # on the grid that it started with
    assert gaps[10] >= 5 * period  # 11.1 ms of tick are five periods of 2 ms that have passed whole
    left_out = int(np.sum(gaps // period - 1))
    late = int(np.sum(ticks["timing"]["wake_latency_ns"] + ticks["timing"]["tick_ns"] > period))
    assert summary.missed == left_out + late
    assert 40 <= summary.ticks <= 41  # the one that brings the arms to rest
    assert summary.left_out == left_out
    assert int(ticks["timing"]["missed"][-1]) <= summary.missed


def test_a_stop_that_was_asked_for_reaches_the_loop_before_the_next_tick() -> None:
    class Orders:
        def stop_asked(self) -> StopKind | None:
            return StopKind.SOFT

    loop = SlowLoop({}, ticks=3)
    run_realtime(loop, Keep(), 1.0, Orders())
    assert loop.stopped[0] is StopKind.SOFT
    assert loop.causes[0] == Flag.OPERATOR_STOP


def test_the_run_ends_with_its_duration() -> None:
    loop, sink = SlowLoop({}, ticks=10**9), Keep()
    summary = run_realtime(loop, sink, 0.1)
    assert 1 <= summary.ticks <= 51
    assert run_lockstep(SlowLoop({}, ticks=10**9), Keep(), 0.1).ticks == 51


def test_the_timing_says_whether_real_time_scheduling_was_granted() -> None:
    summary = run_realtime(SlowLoop({}, ticks=3), Keep(), 1.0)
    with realtime() as rights:
        allowed = {right.name: right.granted for right in rights}
    assert summary.scheduled is allowed["SCHED_FIFO"]
    assert run_lockstep(SlowLoop({}, ticks=3), Keep(), 1.0).scheduled is None


@pytest.mark.parametrize("runner", [run_realtime, run_lockstep])
def test_when_a_tick_fails_the_plant_is_stopped_first_and_the_error_raised_second(runner: object) -> None:
    class Broken(SlowLoop):
        def tick(self) -> np.ndarray:
            raise ValueError("broken in the middle of a tick")

    loop = Broken({}, ticks=5)
    with pytest.raises(ValueError, match="broken"):
        runner(loop, Keep(), 1.0)
    assert loop.plant.stopped == [StopKind.SOFT]


@pytest.mark.parametrize("runner", [run_realtime, run_lockstep])
def test_a_record_that_cannot_be_kept_stops_the_plant_too(runner: object) -> None:
    class Full(Keep):
        def write(self, record: np.ndarray) -> None:
            raise OSError("no space left")

    loop = SlowLoop({}, ticks=5)
    with pytest.raises(OSError, match="no space"):
        runner(loop, Full(), 1.0)
    assert loop.plant.stopped == [StopKind.SOFT]


@pytest.mark.parametrize("runner", [run_realtime, run_lockstep])
def test_a_plant_that_does_not_come_to_rest_in_time_is_stopped_and_one_that_does_is_left_alone(
    runner: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Restless(SlowLoop):
        def conclude(self) -> None:
            self.states.state = State.SOFT_STOP

    monkeypatch.setattr("control.runner.REST_S", 0.02)
    restless, calm = Restless({}, ticks=3), SlowLoop({}, ticks=3)
    for loop in (restless, calm):
        runner(loop, Keep(), 0.02)
    assert restless.plant.stopped == [StopKind.SOFT]
    assert calm.plant.stopped == []


@pytest.mark.parametrize("share", [0.5, 0.9, 0.99])
def test_percentiles_of_the_histogram_are_those_of_the_samples_to_a_bin(share: float) -> None:
    rng = np.random.default_rng(4)
    samples = rng.lognormal(np.log(30_000), 0.8, 20_000).astype(int)
    histogram = Histogram()
    for sample in samples:
        histogram.add(int(sample))
    assert histogram.percentile(share) == pytest.approx(1e-9 * np.quantile(samples, share), rel=0.04)
    assert histogram.largest_ns == samples.max()
    assert np.isnan(Histogram().percentile(share))
