"""A proxy between two ttys, in real time: a device's own, and a pseudo terminal in its place that has faults.

Whoever opens the pseudo terminal finds the device behind it. It needs nothing of the device but its path, so that what
is tested against an emulated board can be tested against a real one.
"""

from __future__ import annotations

import os
import pty
import select
import threading
import time
import tty
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from hardware.faults.plan import Direction, FaultPlan
from hardware.faults.stream import FaultyStream
from hardware.serial_port import SerialPort
from robotics.errors import DeviceError

LOOK_S = 0.05
"""How often the proxy looks whether it is over [s]."""

WAITING = 65536
"""Bytes that wait for an end that does not take them; what is more is lost, as in a driver's buffer; ours."""

_READ_BYTES = 4096

Tap = Callable[[Direction, int, bytes], None]
"""Told what a device hears and says: which way, when [us], and what; before the host's end has met any fault."""


class FaultProxy:
    """Stands between a device and its host; ``with`` starts it. Constructing touches nothing.

    Args:
        device: Path of the device's tty.
        link: Where a link to the tty with faults is to stand.
        plan: What goes wrong; its times count from the start.
        baud: Speed of the device's line [bit/s].
        tap: Told what the device really hears, and all that it says; nobody where None. In the proxy's thread.

    Raises:
        DeviceError: The device's tty cannot be opened, or something that is no link stands where the link is to be.

    Attributes:
        path: Path of the tty with faults; empty while it is unplugged.
        overflown: Bytes that were lost as an end did not take them.
        unplugged_us: When the tty with faults was last taken away, by the monotonic clock [us]; None before.
        lost: Why the proxy has ended by itself; None while it has not.
    """

    def __init__(
        self, device: str | Path, link: str | Path, plan: FaultPlan, baud: int = 1_000_000, tap: Tap | None = None
    ) -> None:
        self._port, self._link, self._plan = SerialPort(device, baud), Path(link), plan
        self._tap = tap if tap is not None else _nobody
        self.path, self.overflown = "", 0
        self.unplugged_us: int | None = None
        self.lost: DeviceError | None = None
        self._device = self._line = -1
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self._to_board = FaultyStream(plan, "to_board")
        self._from_board = FaultyStream(plan, "from_board")

    def __enter__(self) -> FaultProxy:
        if self._link.exists() and not self._link.is_symlink():
            raise DeviceError(f"{self._link}: is there already, and no link")
        try:
            self._port.__enter__()
            self._over.clear()
            self.lost = None
            self.inject(self._plan)
            self._plug_in()
            self._thread = threading.Thread(target=self._run, name=f"proxy {self._port.path}", daemon=True)
            self._thread.start()
        except BaseException:  # an interruption as well: what stands by then is taken away
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _end(self) -> None:
        self._over.set()
        thread, self._thread = self._thread, None
        if thread is not None:
            with suppress(RuntimeError):  # it was interrupted before it had begun, and ends by itself
                thread.join()  # it waits for `LOOK_S` at most
        self._unplug()
        self._port.close()

    def inject(self, plan: FaultPlan) -> None:
        """Let other faults strike, their times counted from now; what the former held back is lost."""
        now = _now_us()
        self._plan = plan
        self._to_board, self._from_board = (FaultyStream(plan, way, now) for way in ("to_board", "from_board"))

    @property
    def injected(self) -> dict[str, tuple[int, ...]]:
        """Units that each fault of the plan has struck, each way."""
        return {"to_board": self._to_board.injected, "from_board": self._from_board.injected}

    def _run(self) -> None:
        try:
            self._pass_on()
        except DeviceError as error:
            self.lost = error
            self._unplug()

    def _pass_on(self) -> None:
        port, to_host, to_device = self._port, bytearray(), bytearray()
        while not self._over.is_set():
            self._wait(bool(to_host))
            now = _now_us()
            if self._from_board.unplugged(now) is bool(self.path):  # it is to be the other way round
                self._unplug() if self.path else self._plug_in()
                to_host.clear()
            said = port.read()
            if said:
                self._tap("from_board", now, said)
            self._queue(to_host, self._from_board, now, said)
            self._queue(to_device, self._to_board, now, self._heard())
            if to_device and port.write(to_device):  # it sends all, or keeps the rest and sends that first
                self._tap("to_board", now, bytes(to_device))
                to_device.clear()
            if to_host and self._device >= 0:
                with suppress(BlockingIOError):
                    del to_host[: os.write(self._device, to_host)]

    def _queue(self, waiting: bytearray, stream: FaultyStream, now: int, data: bytes) -> None:
        for each in stream.take(now, data):
            waiting += each.data
        if len(waiting) > WAITING:
            self.overflown += len(waiting) - WAITING
            del waiting[WAITING:]

    def _heard(self) -> bytes:
        """What the host has sent."""
        if self._device < 0:
            return b""
        with suppress(BlockingIOError):
            return os.read(self._device, _READ_BYTES)
        return b""

    def _wait(self, room: bool) -> None:
        """Until something can be done: bytes of either end, what was held back, room for what waits."""
        due = [at for at in (self._to_board.next_us(), self._from_board.next_us()) if at is not None]
        timeout = min([LOOK_S, *(max(1e-6 * (at - _now_us()), 0.0) for at in due)])
        reads = [self._port.fileno(), *([self._device] if self._device >= 0 else [])]
        with suppress(OSError, ValueError):  # of a port that is gone: reading it says so
            select.select(reads, [self._device] if room and self._device >= 0 else [], [], timeout)

    def _plug_in(self) -> None:
        self._device, self._line = pty.openpty()
        tty.setraw(self._line)  # kept open: a pty that nobody has open would end our reading
        os.set_blocking(self._device, False)
        self.path = os.ttyname(self._line)
        self._link.unlink(missing_ok=True)
        self._link.symlink_to(self.path)

    def _unplug(self) -> None:
        """Take the tty with faults away: whoever has it open finds it gone."""
        if self.path and self._link.is_symlink() and os.readlink(self._link) == self.path:
            self._link.unlink()
        for each in (self._line, self._device):
            if each >= 0:
                with suppress(OSError):
                    os.close(each)
        if self.path:
            self.unplugged_us = _now_us()
        self._device = self._line = -1
        self.path = ""


def _nobody(way: Direction, time_us: int, data: bytes) -> None:
    """Told, and does nothing."""


def _now_us() -> int:
    return time.monotonic_ns() // 1000
