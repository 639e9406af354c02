"""Interrupt and termination as flags, so that a process ends where it is safe to end."""

from __future__ import annotations

import signal
import threading
import time
from types import FrameType, TracebackType


class Interrupts:
    """Catches SIGINT and SIGTERM while it is entered; in another thread than the main one it catches nothing.

    Attributes:
        interrupted_at: Monotonic time of the first SIGINT [s]; None where there was none.
        end_now: A second SIGINT, or a SIGTERM, came.
    """

    def __init__(self) -> None:
        self.interrupted_at: float | None = None
        self.end_now = False
        self._before: dict[signal.Signals, object] = {}

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            for kind in (signal.SIGINT, signal.SIGTERM):
                self._before[kind] = signal.signal(kind, self._take)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        self._before.clear()

    def _take(self, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGTERM or self.interrupted_at is not None:
            self.end_now = True
        else:
            self.interrupted_at = time.monotonic()
