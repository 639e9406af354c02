"""A person at a terminal: a program in a pseudo-terminal of its own, what it says there, and what is typed."""

from __future__ import annotations

import codecs
import fcntl
import os
import re
import signal
import subprocess
import termios
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.steadyhand.virtual_display import GaveUp

CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
"""What a terminal obeys instead of showing it."""

SPACE = re.compile(r"\s+")


class Terminal:
    """A program that was started in a terminal.

    Args:
        process: The program, leader of a session of its own.
        end: The person's end of the terminal.

    Attributes:
        process: The program.
    """

    def __init__(self, process: subprocess.Popen[bytes], end: int) -> None:
        self.process, self._end, self._said, self._cut = process, end, "", ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def said(self) -> str:
        """What it has said so far, as one line."""
        return self._said

    def wait_for(self, words: str, seconds: float) -> None:
        """Wait until it has said something.

        Raises:
            GaveUp: It has ended without, or did not say so in time.
        """
        end = time.monotonic() + seconds
        while words not in self.said:
            if self.process.poll() is not None:
                self._reader.join(5.0)
                if words in self.said:
                    return
                raise GaveUp(f"ended with {self.process.returncode} without '{words}'; it said: {self.said}")
            if time.monotonic() > end:
                raise GaveUp(f"no '{words}' within {seconds:g} s; it said: {self.said}")
            time.sleep(0.05)

    def type(self, words: str) -> None:
        """Type words and press Enter."""
        os.write(self._end, f"{words}\n".encode())

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        os.write(self._end, b"\x03")

    def wait(self, seconds: float) -> int:
        """Its exit code.

        Raises:
            GaveUp: It did not end in time.
        """
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise GaveUp(f"it did not end within {seconds:g} s; it said: {self.said}") from None

    def _read(self) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        while True:
            try:
                heard = os.read(self._end, 4096)
            except OSError:  # nobody holds the other end any more
                return
            if not heard:
                return
            self._hear(decoder.decode(heard))

    def _hear(self, text: str) -> None:
        """Add to what it said; a bar that is drawn ten times a second for minutes is taken in only once."""
        whole, escape, begun = (self._cut + text).rpartition("\x1b")
        if not escape or CONTROL.match(escape + begun):
            whole, escape, begun = self._cut + text, "", ""
        self._cut = escape + begun
        words = SPACE.sub(" ", CONTROL.sub("", whole))
        self._said += words.lstrip() if self._said[-1:] in ("", " ") else words


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@contextmanager
def at_terminal(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Iterator[Terminal]:
    """Start a program in a terminal of its own; whatever is left of it in the end is killed.

    Args:
        command: The program and its words.
        folder: Where it works.
        environment: What it is told besides the environment of this process.
    """
    end, theirs = os.openpty()
    process = subprocess.Popen(
        list(command),
        cwd=folder,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "200", **environment},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=_take_terminal,  # noqa: PLW1509 - one system call: Ctrl-C reaches whom the terminal controls
    )
    os.close(theirs)
    try:
        yield Terminal(process, end)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        os.close(end)
