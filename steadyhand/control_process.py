"""The control process: owns plant, state machine and guard; touches no socket and no disk while it runs."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection

import numpy as np
from numpy.typing import NDArray

from control.mailbox import Mailbox
from control.realtime import end_with_parent
from control.ring import TickRing
from control.runner import run_lockstep, run_realtime
from control.timing import TimingSummary
from robotics.contracts import StopKind
from robotics.errors import SteadyhandError
from steadyhand.hands import hands
from steadyhand.order import Order
from steadyhand.rig import Rig, build, layout, plan
from steadyhand.variation import vary
from vr_training.inputs.parked import ParkedHand

DRAIN_S = 60.0
"""How long the hub may take to drain the ring after the run [s]."""

WARM_TICKS = 150
"""Ticks of a throwaway run that load every kernel before the first tick that counts."""


@dataclass(frozen=True)
class Ready:
    """The loop stands ready to start; ``state`` names what it came to, ``reason`` why where that is a fault."""

    state: str
    reason: str


@dataclass(frozen=True)
class Finished:
    """The loop has ended."""

    timing: TimingSummary
    state: str
    reason: str


@dataclass(frozen=True)
class Failed:
    """The control process could not do its work; ``expected`` where a person can mend the cause."""

    message: str
    expected: bool


class ProcessOrders:
    """Stops and quits as they arrive in the mailbox, and the end of this process as it is asked for by a signal.

    Each request is passed on once: a hold that was asked for ends by the operator's clutch like any other, and may be
    asked for again.
    """

    def __init__(self, mailbox: Mailbox, terminated: threading.Event) -> None:
        self._mailbox, self._terminated = mailbox, terminated
        self._ending = False

    def stop_asked(self) -> StopKind | None:
        """The strongest stop asked for since the last call; a quit brings the arm to rest first."""
        asked = self._mailbox.take_stop()
        if not self._ending and (self._terminated.is_set() or self._mailbox.quit_requested):
            self._ending = True
            return StopKind.POWER_OFF if asked is StopKind.POWER_OFF else StopKind.SOFT
        return asked


class Nobody:
    """A sink that keeps nothing."""

    def write(self, record: NDArray[np.void]) -> None:
        """Drop the record."""


def warm_up(rig: Rig) -> None:
    """Run a throwaway episode, its second half engaged, so that no tick that counts has to compile or load anything."""
    with build(rig, {name: ParkedHand(lets_go_after=WARM_TICKS // 2) for name in rig.operated}, seed=0) as (loop, _):
        loop.power_on()
        run_lockstep(loop, Nobody(), WARM_TICKS * rig.config.period_s)


def main(order: Order, ring_name: str, mailbox_name: str, parent: Connection) -> None:
    """Body of the control process; talks to its parent over ``parent`` before and after the loop, never during it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent asks for a quit in good order instead
    terminated = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: terminated.set())
    end_with_parent()
    try:
        _run(order, ring_name, mailbox_name, parent, terminated)
    except SteadyhandError as error:
        parent.send(Failed(str(error), expected=True))
    except (KeyboardInterrupt, BrokenPipeError, EOFError):
        return
    except Exception as error:
        parent.send(Failed(f"{type(error).__name__}: {error}", expected=False))
        raise


def _run(order: Order, ring_name: str, mailbox_name: str, parent: Connection, terminated: threading.Event) -> None:
    rig = vary(plan(order.task, order.rig, order.filter, order.difficulty, order.drives), order.seed)
    parent.send("Loading the kernels")
    warm_up(rig)
    parent.send("Starting the simulation")
    with (
        Mailbox.create(mailbox_name) as mailbox,
        build(rig, hands(order, rig, mailbox), order.seed, order.gui) as (loop, task),
        TickRing.create(ring_name, layout(rig, task), lossless=order.lockstep) as ring,
    ):
        loop.power_on()
        parent.send(Ready(loop.states.state.name, loop.states.reason))
        if not _told_to_go(parent, terminated):
            return
        try:
            timing = _runner(order)(loop, ring, duration_of(order, rig), ProcessOrders(mailbox, terminated))
        finally:
            ring.close()
        parent.send(Finished(timing, loop.states.state.name, loop.states.reason))
        # The shared memory stays until the hub has drained it.
        parent.poll(DRAIN_S)


def _told_to_go(parent: Connection, terminated: threading.Event) -> bool:
    while not terminated.is_set():
        if parent.poll(0.2):
            return bool(parent.recv() == "go")
    return False


def _runner(order: Order) -> Callable[..., TimingSummary]:
    return run_lockstep if order.lockstep else run_realtime


def duration_of(order: Order, rig: Rig) -> float:
    """Longest time of a run: the task ends it by itself before its limit and a little."""
    return order.duration_s if order.duration_s is not None else rig.task_settings.time_limit_s + 5.0
