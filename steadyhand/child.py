"""A child process of a session, and what it says while it starts and ends."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from robotics.errors import DeviceError, SteadyhandError
from steadyhand.control_process import Failed
from vr_training.child_process import ChildProcess

Say = Callable[[str], None]
"""Told what is being done, in words for a person."""


class Child(ChildProcess):
    """A child process of a session; it may have children of its own.

    Args:
        name: What it is, in a word.
        body: What it runs; gets ``arguments`` and its end of the pipe.
        arguments: For the body.
        begins: See `ChildProcess`.

    Raises:
        DeviceError: From any method, where it has ended or failed unexpectedly.
    """

    def __init__(self, name: str, body: Callable[..., None], *arguments: object, begins: bool = True) -> None:
        super().__init__(f"the {name} process", body, *arguments, daemon=False, begins=begins)
        self.name = name

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
        raise DeviceError(f"{self.what} did not answer within {seconds:g} s")

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
        return f"{self.what} did not stand ready within {seconds:g} s"

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


def error_of(failed: Failed) -> SteadyhandError:
    """The error that a child told of."""
    return SteadyhandError(failed.message) if failed.expected else DeviceError(failed.message)
