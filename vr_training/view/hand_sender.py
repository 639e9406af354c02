"""Sends the operator's hand at a steady rate from a thread of its own, whatever the pictures are doing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType

from robotics.contracts import Vector
from vr_training.view.events import Event
from vr_training.view.hand_input import HandInput

STALL_S = 1.0
"""Without a fresh picture for this long the hand lets go [s]: nobody can steer by what they do not see."""


class HandSender:
    """Advances a `HandInput` and hands its pose on, many times a second; ``with`` starts it.

    Args:
        hand: The hand; touched only through this object while it runs.
        send: Takes pose, shape (7,), grip and clutch; called from the sending thread only.
        rate_hz: How often.
    """

    def __init__(self, hand: HandInput, send: Callable[[Vector, float, bool], object], rate_hz: float) -> None:
        self._hand, self._send, self._period = hand, send, 1.0 / rate_hz
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._alive_at = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="hand", daemon=True)
        self.sent = 0
        self.error: Exception | None = None

    def __enter__(self) -> HandSender:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(2.0)

    def handle(self, event: Event) -> None:
        """Take one event of the window."""
        with self._lock:
            self._hand.handle(event)

    def look(self, R_operator_view: Vector, metres_per_pixel: float) -> None:
        """See `HandInput.look`."""
        with self._lock:
            self._hand.look(R_operator_view, metres_per_pixel)

    def release(self) -> None:
        """Let go of everything."""
        with self._lock:
            self._hand.release()

    def alive(self) -> None:
        """Say that a fresh picture has just been shown."""
        self._alive_at = time.monotonic()

    @property
    def engaged(self) -> bool:
        """Whether the hand drives the arm at present."""
        return self._hand.engaged

    def _run(self) -> None:
        last = due = time.monotonic()
        while not self._stop.is_set():
            now = time.monotonic()
            with self._lock:
                if now - self._alive_at > STALL_S:
                    self._hand.release()
                pose, grip, clutch = self._hand.advance(now - last)
            last = now
            try:
                self._send(pose, grip, clutch)
            except Exception as error:  # a closed socket must not leave a silent thread behind: the view reads it
                self.error = error
                return
            self.sent += 1
            due = max(due + self._period, now)  # never bursts to catch up
            self._stop.wait(max(due - time.monotonic(), 0.0))
