"""A child process of a session and the pipe to it: what it says, and how it is ended."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

from robotics.errors import DeviceError, SteadyhandError
from steadyhand.control_process import Failed

Say = Callable[[str], None]
"""Told what is being done, in words for a person."""


def handle_interrupts(handler: Any, kind: signal.Signals = signal.SIGINT) -> Any:
    """Set what Ctrl-C does and give what it did before; outside of the main thread it is left alone."""
    if threading.current_thread() is not threading.main_thread():
        return None
    return signal.signal(kind, handler)


@contextmanager
def deaf_to_interrupts() -> Iterator[None]:
    """Leave Ctrl-C alone: what was done is being put away, and whoever presses it twice must not lose it."""
    before = handle_interrupts(signal.SIG_IGN)
    try:
        yield
    finally:
        handle_interrupts(before)


class Child:
    """A child process and the pipe to it; constructing starts it.

    Args:
        context: Multiprocessing context.
        name: What it is, for a person.
        body: What it runs; gets ``arguments`` and its end of the pipe.
        arguments: For the body.

    Raises:
        DeviceError: From any method, where it has ended or failed unexpectedly.
    """

    def __init__(self, context: Any, name: str, body: Callable[..., None], *arguments: object) -> None:
        self.name = name
        self._pipe: Connection
        self._pipe, theirs = context.Pipe()
        self.process = context.Process(target=body, args=(*arguments, theirs), name=f"steadyhand-{name}")
        # Ctrl-C is the parent's to handle: children that start under it leave it alone from their first moment.
        before = handle_interrupts(signal.SIG_IGN)
        try:
            self.process.start()
        finally:
            handle_interrupts(before)
        theirs.close()

    def send(self, message: object) -> None:
        """Tell it something.

        Raises:
            DeviceError: It has ended.
        """
        try:
            self._pipe.send(message)
        except (BrokenPipeError, OSError) as error:
            raise DeviceError(f"the {self.name} process has ended") from error

    def poll(self, seconds: float) -> object | None:
        """The next message; None where none comes in time."""
        try:
            return self._pipe.recv() if self._pipe.poll(seconds) else None
        except (EOFError, OSError) as error:
            self.process.join(1.0)
            raise DeviceError(f"the {self.name} process ended unexpectedly ({self.process.exitcode})") from error

    def expect(self, kind: type[Any], seconds: float, say: Say) -> Any:
        """Wait for a message of a kind, passing on what is said meanwhile."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            message = self.poll(0.2)
            if isinstance(message, Failed):
                raise error_of(message)
            if isinstance(message, kind):
                return message
            if isinstance(message, str):
                say(message)
        raise DeviceError(f"the {self.name} process did not answer within {seconds:g} s")

    def wait_for(self, word: str, seconds: float, say: Say) -> str:
        """Wait for a word, but not for ever, and not for a process that has ended; why it did not come, or empty."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                message = self.poll(0.2)
            except DeviceError as error:
                return str(error)
            if message == word:
                return ""
            if isinstance(message, Failed):
                return message.message
            if isinstance(message, str):
                say(message)
        return f"the {self.name} process did not stand ready within {seconds:g} s"

    def finish(self, seconds: float) -> list[str]:
        """Wait for the process to end by itself; what it said last."""
        said = []
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            ended = not self.process.is_alive()
            try:
                message = self.poll(0.1)
            except DeviceError:
                break
            if message is None and ended:
                break
            if isinstance(message, Failed):
                said.append(message.message)
            elif isinstance(message, str):
                said.append(message)
        return said

    def end(self) -> None:
        """End the process if it still runs; first by asking, then by force."""
        self._pipe.close()
        self.process.join(3.0)
        if self.process.is_alive():
            self.process.terminate()
            self.process.join(3.0)
        if self.process.is_alive():
            self.process.kill()
            self.process.join(3.0)


def error_of(failed: Failed) -> SteadyhandError:
    """The error that a child told of."""
    return SteadyhandError(failed.message) if failed.expected else DeviceError(failed.message)
