"""An emulated servo bus behind a pseudo terminal: whatever opens it finds servos there."""

from __future__ import annotations

import os
import pty
import select
import termios
import threading
import time
import tty
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from hardware.dynamixel.emulated_line import EmulatedLine
from hardware.dynamixel.emulated_servo import EmulatedServo
from robotics.errors import DeviceError

_SPEEDS = {getattr(termios, name): int(name[1:]) for name in dir(termios) if name[:1] == "B" and name[1:].isdigit()}

_IDLE_S = 0.02
"""How long the line sleeps where nothing is to be done; servos go on meanwhile, and what happened is worked out."""


class EmulatedBus:
    """Servos on a pseudo terminal. Constructing makes nothing; ``with`` opens it and serves it in a thread.

    Args:
        servos: The servos on the line.
        link: Where a link to the terminal is put; None for none.
        timed: Whether bytes take their time on the line.
        echo: Whether the adapter gives back what the host sends.
    """

    def __init__(
        self, servos: Sequence[EmulatedServo], link: Path | None = None, timed: bool = True, echo: bool = False
    ) -> None:
        self.line = EmulatedLine(servos, timed)
        self.lock = threading.Lock()
        self._link, self._echo = link, echo
        self._device, self._path = -1, ""
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._due: deque[tuple[float, bytes]] = deque()

    @property
    def path(self) -> str:
        """Path of the terminal; empty while closed."""
        return self._path

    @property
    def serves(self) -> bool:
        """Whether it answers."""
        return self._thread is not None and self._thread.is_alive()

    def __enter__(self) -> EmulatedBus:
        try:
            self._begin()
        except BaseException:  # an interruption as well: what stands by then is taken away
            self.unplug()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.unplug()

    def unplug(self) -> None:
        """Take the terminal away from whoever has it open; may be done any number of times."""
        self._ended.set()
        thread, self._thread = self._thread, None
        if thread is not None:
            with suppress(RuntimeError):  # it was interrupted before it had begun, and ends by itself
                thread.join()
        if self._link is not None and self._path:
            with suppress(OSError):
                if os.readlink(self._link) == self._path:
                    self._link.unlink()
        if self._device >= 0:
            os.close(self._device)
        self._device, self._path = -1, ""
        self._due.clear()

    def _begin(self) -> None:
        self._device, kept = pty.openpty()
        tty.setraw(kept)
        self._path = os.ttyname(kept)
        os.set_blocking(self._device, False)
        os.close(kept)
        if self._link is not None:
            try:
                if self._link.is_symlink():
                    self._link.unlink()
                self._link.symlink_to(self._path)
            except OSError as error:
                raise DeviceError(f"{self._link}: no link can be made there: {error.strerror}") from error
        self.line.start(time.monotonic())
        self._ended.clear()
        self._thread = threading.Thread(target=self.serve, name="emulated bus", daemon=True)
        self._thread.start()

    def servo(self, number: int) -> EmulatedServo:
        """A servo of the line by its id; use it under `lock`."""
        return self.line.servo(number)

    def serve(self) -> None:
        """Answer until `unplug`."""
        while not self._ended.is_set():
            self._send_due()
            wait = self._due[0][0] - time.monotonic() if self._due else _IDLE_S
            ready, _, _ = select.select([self._device], [], [], min(max(wait, 0.0), _IDLE_S))
            if not ready:
                continue
            try:
                data = os.read(self._device, 4096)
            except BlockingIOError:
                continue
            except OSError:  # nobody has it open
                self._ended.wait(0.25 * _IDLE_S)
                continue
            now = time.monotonic()
            with self.lock:
                answers = self.line.hear(data, now, self._baud())
            if self._echo:
                self._due.append((now, data))
            self._due.extend(answers)

    def _baud(self) -> int:
        return _SPEEDS.get(termios.tcgetattr(self._device)[5], 0)

    def _send_due(self) -> None:
        while self._due and self._due[0][0] <= time.monotonic():
            _, data = self._due.popleft()
            with suppress(OSError):  # nobody listens, or the terminal is full: so it is lost on a real line
                os.write(self._device, data)
