"""The control process: owns plant, state machine and guard; touches no socket and no disk while it runs."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection

from control.mailbox import Mailbox
from control.realtime import end_with_parent
from control.ring import TickRing
from control.runner import run_lockstep, run_realtime
from control.timing import TimingSummary
from robotics.contracts import StopKind
from robotics.errors import SteadyhandError
from steadyhand.order import RunOrder
from steadyhand.real_plant import RealPlant
from steadyhand.shadow import Shadow, ShadowedPlant
from steadyhand.undertaking import undertake

DRAIN_S = 60.0
"""How long the hub may take to drain the ring after the run [s]."""


@dataclass(frozen=True)
class Ready:
    """The loop stands ready to start; ``state`` names what it came to, ``reason`` why where that is a fault."""

    state: str
    reason: str


@dataclass(frozen=True)
class Finished:
    """The loop has ended.

    ``shadow`` is what the simulator made of the same commands, where that was asked for, and ``left`` says how a real
    plant was left; empty of any other.
    """

    timing: TimingSummary
    state: str
    reason: str
    shadow: Shadow | None = None
    left: str = ""


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


def main(order: RunOrder, ring_name: str, mailbox_name: str, parent: Connection) -> None:
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


def _run(order: RunOrder, ring_name: str, mailbox_name: str, parent: Connection, terminated: threading.Event) -> None:
    undertaking = undertake(order)
    parent.send("Loading the kernels")
    undertaking.warm_up()
    parent.send("Starting the simulation")
    with (
        Mailbox.create(mailbox_name) as mailbox,
        undertaking.build(mailbox) as loop,
        TickRing.create(ring_name, undertaking.layout(), lossless=order.lockstep) as ring,
    ):
        loop.power_on(None if order.lockstep else _a_moment)
        parent.send(Ready(loop.states.state.name, loop.states.reason))
        if not _told_to_go(parent, terminated):
            return
        try:
            timing = _runner(order)(loop, ring, undertaking.duration_s, ProcessOrders(mailbox, terminated))
        finally:
            ring.close()
        shadow = loop.plant.noted() if isinstance(loop.plant, ShadowedPlant) else None
        left = loop.plant.leave() if isinstance(loop.plant, RealPlant) else ""
        parent.send(Finished(timing, loop.states.state.name, loop.states.reason, shadow, left))
        # The shared memory stays until the hub has drained it.
        parent.poll(DRAIN_S)


def _a_moment() -> None:
    time.sleep(0.005)


def _told_to_go(parent: Connection, terminated: threading.Event) -> bool:
    while not terminated.is_set():
        if parent.poll(0.2):
            return bool(parent.recv() == "go")
    return False


def _runner(order: RunOrder) -> Callable[..., TimingSummary]:
    return run_lockstep if order.lockstep else run_realtime
