"""Runners: the only part of the loop that knows time.

In real time a tick starts at an absolute deadline. One that ends late is counted, and the periods it ran into are left
out: the runner never sleeps into the past and never bursts to catch up. In lockstep ticks follow each other as fast as
they can, and the same seed gives the same episode bit for bit.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from control.loop import ControlLoop
from control.realtime import SCHEDULING, Sleeper, loop_core, realtime
from control.tick import Flag, State
from control.timing import Histogram, TimingSummary, summarise
from robotics.contracts import StopKind
from robotics.errors import DeviceError

REHEARSALS, MOST_REHEARSALS = 5, 500
"""Periods in which the loop's reading side runs before the first deadline: taking real-time rights holds everything
else up, so that what a real plant has told by then is old. At most so many until something newer has come; ours."""

ENDED = frozenset({State.POWER_OFF, State.LATCHED_FAULT})
"""States after which a run is over."""

REST_S = 2.0
"""Longest time that an arm may take to come to rest at the end of a run [s]."""


class Sink(Protocol):
    """Where tick records go: the shared-memory ring, or a recorder in the same process."""

    def write(self, record: NDArray[np.void]) -> None:
        """Take one record, shape (1,); it is valid only during the call."""
        ...


class Nobody:
    """A sink that keeps nothing."""

    def write(self, record: NDArray[np.void]) -> None:
        """Drop the record."""


class Orders(Protocol):
    """What others may ask of a running loop."""

    def stop_asked(self) -> StopKind | None:
        """A stop that somebody has asked for since the last call, None where nobody did."""
        ...


class NoOrders:
    """Nobody asks anything."""

    def stop_asked(self) -> StopKind | None:
        """Nothing."""
        return None


def run_realtime(
    loop: ControlLoop,
    sink: Sink,
    duration_s: float,
    orders: Orders | None = None,
    priority: int = 80,
) -> TimingSummary:
    """Run a loop in real time until its task is done, it stops, or the duration is over; then bring the arms to rest.

    Args:
        loop: The loop; its plant is connected and it is powered on.
        sink: Takes the records; must not wait.
        duration_s: Longest time [s].
        orders: Where stops are asked for.
        priority: SCHED_FIFO priority.
    """
    orders = orders or NoOrders()
    period = round(loop.period_s * 1e9)
    wake, work = Histogram(), Histogram()
    sleeper, now = Sleeper(), time.monotonic_ns
    missed, left_out, ticks = 0, 0, 0
    rest = round(REST_S * 1e9)
    with _never_left_moving(loop), realtime(priority, loop_core()) as rights:
        _rehearse(loop, period)
        started = now()
        deadline, end = started + period, started + round(duration_s * 1e9)
        while deadline < end + rest:
            sleeper.until(deadline)
            woken = now()
            _obey(loop, orders, over=deadline >= end)
            record = loop.tick()
            done = now()
            ticks += 1
            latency, took = woken - deadline, done - woken
            late = done - deadline - period
            if late > 0:
                missed += 1
            wake.add(latency)
            work.add(took)
            timing = record["timing"][0]
            timing["host_time_ns"], timing["wake_latency_ns"] = woken, latency
            timing["tick_ns"], timing["missed"] = took, missed
            sink.write(record)
            if loop.states.state in ENDED:
                break
            deadline += period
            behind = now() - deadline
            if behind > 0:
                # Whole periods that have passed already are left out, not made up for.
                skipped = behind // period
                missed += skipped
                left_out += skipped
                deadline += skipped * period
    scheduled = any(right.granted for right in rights if right.name == SCHEDULING)
    said = tuple(right.said for right in rights)
    return summarise(loop.period_s, ticks, missed, left_out, wake, work, said, scheduled)


def _rehearse(loop: ControlLoop, period_ns: int) -> None:
    sleeper, begun = Sleeper(), time.monotonic_ns()
    for count in range(1, MOST_REHEARSALS + 1):
        fresh = loop.rehearse()
        if fresh and count >= REHEARSALS:
            return
        sleeper.until(begun + count * period_ns)


def run_lockstep(
    loop: ControlLoop,
    sink: Sink,
    duration_s: float,
    orders: Orders | None = None,
    progress: Callable[[float], None] | None = None,
) -> TimingSummary:
    """Run a loop as fast as it can; see `run_realtime`. Records carry no host time, so equal episodes are equal bytes.

    Args:
        loop: The loop.
        sink: Takes the records; may wait for a reader.
        duration_s: Longest simulated time [s].
        orders: Where stops are asked for.
        progress: Called with the simulated time now and then [s].
    """
    orders = orders or NoOrders()
    work, now = Histogram(), time.perf_counter_ns
    ticks, last = 0, round(duration_s / loop.period_s)
    with _never_left_moving(loop):
        for ticks in range(1, last + round(REST_S / loop.period_s) + 1):
            _obey(loop, orders, over=ticks > last)
            before = now()
            record = loop.tick()
            took = now() - before
            work.add(took)
            sink.write(record)
            if progress is not None and ticks % 200 == 0:
                progress(ticks * loop.period_s)
            if loop.states.state in ENDED:
                break
    rights = ("lockstep: as fast as it can, no deadlines",)
    return summarise(loop.period_s, ticks, 0, 0, Histogram(), work, rights)


def _obey(loop: ControlLoop, orders: Orders, over: bool) -> None:
    """Pass on a stop that was asked for, and bring the arms to rest once the task is done or the time is over."""
    asked = orders.stop_asked()
    if asked is not None:
        loop.stop(asked, "the operator asked for it", Flag.OPERATOR_STOP)
    if over or loop.finished:
        loop.conclude()


@contextmanager
def _never_left_moving(loop: ControlLoop) -> Iterator[None]:
    """Stop the plant first where anything goes wrong, and where the time is up before its arms have come to rest."""
    try:
        yield
    except BaseException:
        with suppress(DeviceError):  # what went wrong first is what is told
            loop.plant.stop(StopKind.SOFT)
        raise
    if loop.states.state not in ENDED:
        try:
            loop.plant.stop(StopKind.SOFT)
        except DeviceError as error:
            loop.states.fail(str(error), int(Flag.DEVICE_FAULT))
