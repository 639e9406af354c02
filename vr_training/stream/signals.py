"""Interrupt and termination as flags, so that a process ends where it is safe to end."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType


class Interrupts:
    """Catches SIGINT and SIGTERM while it is entered; in another thread than the main one it catches nothing.

    An exception that a handler raises goes up from wherever Python happens to be; from within a finalizer it goes
    nowhere, and the interrupt is lost. So a loop holds interrupts and asks for them; only what waits for something
    that cannot ask is broken off by one.

    Args:
        raises: Whether an interrupt breaks off what it meets, by KeyboardInterrupt, except where it is `held`. A
            SIGINT that this process was told to ignore goes on being ignored then.

    Attributes:
        interrupted_at: Monotonic time of the first SIGINT [s]; None where there was none.
        end_now: A second SIGINT, or a SIGTERM, came.
    """

    def __init__(self, raises: bool = False) -> None:
        self.interrupted_at: float | None = None
        self.end_now = False
        self._raises = raises
        self._before: dict[signal.Signals, object] = {}

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            for kind in (signal.SIGINT, signal.SIGTERM):
                if self._raises and kind == signal.SIGINT and signal.getsignal(kind) == signal.SIG_IGN:
                    continue
                self._before[kind] = signal.signal(kind, self._take)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        self._before.clear()

    @property
    def asked(self) -> bool:
        """Whether any came."""
        return self.end_now or self.interrupted_at is not None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let interrupts break nothing off within this block; whoever runs it asks."""
        before, self._raises = self._raises, False
        try:
            yield
        finally:
            self._raises = before

    def _take(self, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGTERM or self.interrupted_at is not None:
            self.end_now = True
        else:
            self.interrupted_at = time.monotonic()
        if self._raises:
            raise KeyboardInterrupt
