"""A process beside this one and the pipe to it: how it is started, listened to, and ended within a bounded time."""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from typing import Any

from robotics.errors import DeviceError


def handle_interrupts(handler: Any) -> Any:
    """Set what Ctrl-C does and give what it did before; outside of the main thread it is left alone."""
    if threading.current_thread() is not threading.main_thread():
        return None
    return signal.signal(signal.SIGINT, handler)


@contextmanager
def deaf_to_interrupts() -> Iterator[None]:
    """Leave Ctrl-C alone: what was done is being put away, and whoever presses it twice must not lose it."""
    before = handle_interrupts(signal.SIG_IGN)
    try:
        yield
    finally:
        handle_interrupts(before)


class ChildProcess:
    """A child process and the pipe to it; constructing starts it, and whoever did has to `end` it.

    Args:
        what: What it is, for a person: what goes wrong with it is told in sentences that begin so.
        body: What it runs, a function of a module; gets ``arguments`` and its end of the pipe. It ends once the pipe
            is closed.
        arguments: For the body.
        daemon: Whether it is ended with this process at the latest; it then has no children of its own.
        begins: Whether it begins at once. Where not it imports what it needs and waits for `begin`, so that much of
            its start is over by then; ``arguments`` are left out.

    Attributes:
        process: The process.
    """

    def __init__(
        self, what: str, body: Callable[..., None], *arguments: object, daemon: bool = True, begins: bool = True
    ) -> None:
        self.what = what
        context = multiprocessing.get_context("spawn")
        self._pipe: Connection
        self._pipe, theirs = context.Pipe()
        self.process = context.Process(target=_run, args=(body, theirs), name=what, daemon=daemon)
        # Ctrl-C is the parent's to handle: children that start under it leave it alone from their first moment.
        with deaf_to_interrupts():
            self.process.start()
        theirs.close()
        if begins:
            self.begin(*arguments)

    def begin(self, *arguments: object) -> None:
        """Give it what it begins with; one that has ended by then says so when it is asked for its next message."""
        # Not handed over with the start: one that dies before it has read that would keep this process for ever.
        with suppress(OSError):
            self._pipe.send(arguments)

    @property
    def exit_code(self) -> int | None:
        """How it ended; None while it runs."""
        return self.process.exitcode

    def send(self, message: object) -> None:
        """Tell it something.

        Raises:
            DeviceError: It has ended.
        """
        try:
            self._pipe.send(message)
        except OSError as error:
            raise DeviceError(f"{self.what} is gone") from error

    def poll(self, seconds: float = 0.0) -> Any:
        """Its next message; None where none comes in time.

        Raises:
            DeviceError: It has ended.
        """
        try:
            return self._pipe.recv() if self._pipe.poll(seconds) else None
        except (EOFError, OSError) as error:
            self.process.join(1.0)
            raise DeviceError(f"{self.what} died (exit code {self.exit_code})") from error

    def end(self, patience_s: float = 3.0) -> None:
        """End it if it still runs: by closing its pipe, then by asking, then by force, each after so long [s]."""
        self._pipe.close()
        self.process.join(patience_s)
        for end in (self.process.terminate, self.process.kill):
            if self.process.is_alive():
                end()
                self.process.join(patience_s)

    def kill(self) -> None:
        """End it by force, at once: it hangs, and whoever waits for it has no time."""
        self._pipe.close()
        self.process.kill()
        self.process.join(1.0)


def _run(body: Callable[..., None], pipe: Connection) -> None:
    """The child: wait for the arguments, or for the end of what it was to be a part of."""
    try:
        arguments = pipe.recv()
    except (EOFError, OSError):
        return
    body(*arguments, pipe)
