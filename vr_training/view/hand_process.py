"""Sends the operator's hand at a steady rate from a process of its own, whatever the pictures are doing.

Drawing holds Python's interpreter lock, and a window may wait for its driver: a thread beside them was seen to fall
silent for longer than the 100 ms after which the right to command lapses. A process that does nothing else does not.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from types import TracebackType

from robotics.contracts import Vector
from robotics.errors import DeviceError, SteadyhandError
from vr_training.child_process import ChildProcess
from vr_training.stream.client import StreamClient
from vr_training.stream.messages import Endpoints
from vr_training.view.events import ButtonChanged, Event, KeyChanged, PointerMoved, Scrolled
from vr_training.view.hands_input import HandsInput
from vr_training.view.settings import HandSettings

STALL_S = 1.0
"""Without a fresh picture for this long the hand lets go [s]: nobody can steer by what they do not see."""


@dataclass(frozen=True)
class _Look:
    """How the picture lies in the operator's frame; see `HandInput.look`."""

    R_operator_view: Vector
    metres_per_pixel: float
    to_guide: Vector


@dataclass(frozen=True)
class _Alive:
    """A fresh picture has just been shown."""


@dataclass(frozen=True)
class _Release:
    """Let go of everything."""


@dataclass(frozen=True)
class _Told:
    """What the child says: the name that it drives under, whether the hand drives its arm, and which arm that is."""

    name: str
    engaged: bool
    driven: int = 0


class HandProcess:
    """A `HandsInput` in a child process that sends it to a hub; ``with`` starts it.

    Args:
        endpoints: Where the hub listens.
        settings: Gains, speeds, smoothing and rate.
        scale: Metres of tip motion per metre of hand motion.
        name: What others see of it while it drives; made unique.
        arms: How many arms there are to drive, one at a time.
        driven: Index of the one that is driven first.
    """

    def __init__(
        self,
        endpoints: Endpoints,
        settings: HandSettings,
        scale: float,
        name: str = "view",
        arms: int = 1,
        driven: int = 0,
    ) -> None:
        self._arguments = (endpoints, settings, scale, name, arms, driven)
        self._child: ChildProcess | None = None
        self._told = _Told("", False, driven)

    def __enter__(self) -> HandProcess:
        self._child = ChildProcess("the process that sends the hand", _serve, *self._arguments)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._child is not None:
            self._child.end()
        self._child = None

    def handle(self, event: Event) -> None:
        """Take one event of the window."""
        self._started().send(event)

    def look(self, R_operator_view: Vector, metres_per_pixel: float, to_guide: Vector) -> None:
        """See `HandInput.look`."""
        self._started().send(_Look(R_operator_view, metres_per_pixel, to_guide))

    def alive(self) -> None:
        """Say that a fresh picture has just been shown."""
        self._started().send(_Alive())

    def release(self) -> None:
        """Let go of everything."""
        self._started().send(_Release())

    def listen(self) -> None:
        """Take in what the child said.

        Raises:
            DeviceError: It failed or died.
        """
        child = self._started()
        while (answer := child.poll()) is not None:
            if isinstance(answer, Exception):
                raise DeviceError(f"the hand cannot be sent: {answer}")
            self._told = answer

    @property
    def name(self) -> str:
        """The name it drives under, as a state's lease gives it; empty until it has connected."""
        return self._told.name

    @property
    def engaged(self) -> bool:
        """Whether the hand drives the arm."""
        return self._told.engaged

    @property
    def driven(self) -> int:
        """Index of the arm that the hand drives, or will drive once it is engaged."""
        return self._told.driven

    def _started(self) -> ChildProcess:
        if self._child is None:
            raise DeviceError("the process that sends the hand has not been started")
        return self._child


def serve_hand(
    pipe: Connection,
    hand: HandsInput,
    send: Callable[[Vector, float, bool, int], object],
    rate_hz: float,
    name: str = "",
) -> None:
    """Advance hands and pass them on at a steady rate until the pipe closes.

    Args:
        pipe: Brings events and what else a `HandProcess` says; takes `_Told` whenever that changes.
        hand: The hands, one for each arm.
        send: Takes pose, shape (7,), grip, clutch and the index of the arm.
        rate_hz: How often.
        name: The name it drives under.
    """
    period = 1.0 / rate_hz
    last = due = alive_at = time.monotonic()
    told = _Told(name, hand.engaged, hand.driven)
    pipe.send(told)
    while True:
        try:
            while pipe.poll(max(due - time.monotonic(), 0.0)):
                message = pipe.recv()
                if isinstance(message, _Alive):
                    alive_at = time.monotonic()
                elif isinstance(message, _Look):
                    hand.look(message.R_operator_view, message.metres_per_pixel, message.to_guide)
                elif isinstance(message, _Release):
                    hand.release()
                elif isinstance(message, PointerMoved | ButtonChanged | Scrolled | KeyChanged):
                    hand.handle(message)
                if time.monotonic() >= due:
                    break
            now = time.monotonic()
            if now - alive_at > STALL_S:
                hand.release()
            tell = _Told(name, hand.engaged, hand.driven)
            if tell != told:
                told = tell
                pipe.send(told)
        except (EOFError, OSError):
            return
        poses = hand.advance(now - last)
        last, due = now, max(due + period, now)  # never bursts to catch up
        for arm, (pose, grip, clutch) in enumerate(poses):
            send(pose, grip, clutch, arm)


def _serve(
    endpoints: Endpoints, settings: HandSettings, scale: float, name: str, arms: int, driven: int, pipe: Connection
) -> None:
    """The child."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent ends this process
    try:
        with StreamClient(endpoints, name) as client:
            client.scene()  # tells the client which run of the hub it speaks to
            hands = HandsInput(settings, scale, arms, driven)
            serve_hand(pipe, hands, client.hand, settings.send_rate_hz, client.name)
    except SteadyhandError as error:
        with suppress(OSError):  # the window may be gone as well
            pipe.send(error)
    except ConnectionError:
        pass  # it was closed before the hand had begun
