"""A serial port that is opened for one owner, never waits, and whose every way to die is one error.

pyserial sets the line up: speed, raw mode, modem lines. Bytes go past it, through the file descriptor, as its own calls
hide an unplugged device (`is_open` stays true, reads return nothing) and spin on a full buffer.
"""

from __future__ import annotations

import fcntl
import os
import select
import sys
import termios
from contextlib import suppress
from pathlib import Path
from types import TracebackType

import serial
from serial.tools import list_ports

from robotics.errors import ArgumentError, DeviceError, LinkLost

_READ_BYTES = 65536
_GONE = select.POLLHUP | select.POLLERR | select.POLLNVAL

BY_ID = Path("/dev/serial/by-id")
"""Where Linux names ports after the device that is plugged in, wherever it is plugged in."""

MOST_LATENCY_MS = 1
"""Latency timer of an FTDI adapter above which a round trip is as long as many periods: they start with 16 ms."""


def port_and_speed(place: str, usual: int) -> tuple[str, int]:
    """Path and speed [bit/s] of ``PORT`` or ``PORT@BAUD``.

    Args:
        place: What a person wrote.
        usual: The speed where he wrote none.

    Raises:
        ArgumentError: What stands behind the ``@`` is no speed, or nothing before it.
    """
    path, at, speed = place.rpartition("@")
    if not at:
        return place, usual
    if not speed.isdigit() or not path:
        raise ArgumentError(f"'{place}' must be PORT or PORT@BAUD, and '{speed}' is no speed in bit/s")
    return path, int(speed)


def own(path: str, baud: int, write_timeout: float | None = None) -> serial.Serial:
    """Open a port as its one owner: until it is given back by `disown`, whoever else opens it is refused.

    Args:
        path: Path of the port.
        baud: Speed of the line [bit/s].
        write_timeout: How long writing may wait [s]; for ever where None.

    Raises:
        DeviceError: It is not there, may not be used, or somebody else has it.
    """
    port: serial.Serial | None = None
    try:
        port = serial.Serial(path, baud, timeout=0, write_timeout=write_timeout, exclusive=True)
        fcntl.ioctl(port.fileno(), termios.TIOCEXCL)  # who does not ask for a lock is refused, too
    except (OSError, ValueError, termios.error) as error:  # pyserial's own errors are an OSError or a ValueError
        if port is not None:
            disown(port)
        raise DeviceError(_why_not_opened(path, baud, error)) from error
    with suppress(OSError, ValueError, NotImplementedError):
        port.set_low_latency_mode(True)  # not every driver has it
    return port


def disown(port: serial.Serial) -> None:
    """Give a port back that is owned; never fails, as whoever closes has done what he could."""
    with suppress(OSError, ValueError, termios.error):
        fcntl.ioctl(port.fileno(), termios.TIOCNXCL)
    with suppress(OSError, termios.error):
        port.close()


class SerialPort:
    """One serial port. Constructing touches nothing; ``with`` opens it.

    Args:
        path: Path of the port, a link such as those in `/dev/serial/by-id` too.
        baud: Speed of the line [bit/s].

    Raises:
        DeviceError: On opening, where it is not there, may not be used, or somebody else has it.
        LinkLost: From any call, once the line is gone. It stays gone: a new port has to be opened.
    """

    def __init__(self, path: str | Path, baud: int) -> None:
        self.path, self.baud = str(path), baud
        self._serial: serial.Serial | None = None
        self._fd = -1
        self._poll = select.poll()
        self._rest = b""
        self._lost: LinkLost | None = None

    def __enter__(self) -> SerialPort:
        self._serial = own(self.path, self.baud, write_timeout=0)
        self._fd = self._serial.fileno()
        os.set_blocking(self._fd, False)
        self._poll.register(self._fd, select.POLLIN)
        self.flush()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the port back; never fails, as whoever closes has done what he could."""
        port, self._serial = self._serial, None
        if self._fd >= 0:
            with suppress(KeyError, OSError, ValueError):
                self._poll.unregister(self._fd)
        self._fd = -1
        if port is not None:
            disown(port)

    @property
    def lost(self) -> bool:
        """Whether the line is gone."""
        return self._lost is not None

    def fileno(self) -> int:
        """File descriptor, to wait for it beside others."""
        return self._fd

    def read(self) -> bytes:
        """What has come in since; empty where nothing has. Never waits."""
        self._refuse_lost()
        try:
            got = os.read(self._fd, _READ_BYTES)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise self._lose(error.strerror or str(error)) from error
        if not got and self._hung_up(0.0):
            raise self._lose("the device was unplugged")
        return got

    def write(self, data: bytes | bytearray | memoryview) -> bool:
        """Send all of it, or nothing. Never waits.

        What the line takes of it now is sent now, and the rest before anything else. Returns False, with nothing sent,
        where the rest of what was sent before has not gone yet: the newest command is worth more than a queue of them.
        """
        self._refuse_lost()
        if self._rest:
            self._rest = self._rest[self._take(self._rest) :]
            if self._rest:
                return False
        self._rest = bytes(data[self._take(data) :])
        return True

    def wait(self, timeout_s: float) -> bool:
        """Wait until something can be read, at most so long; whether it can."""
        self._refuse_lost()
        return self._readable(timeout_s)

    def flush(self) -> None:
        """Forget what has come in and what has not gone out."""
        self._rest = b""
        try:
            termios.tcflush(self._fd, termios.TCIOFLUSH)
        except (OSError, termios.error) as error:
            raise self._lose(str(error)) from error

    def _take(self, data: bytes | bytearray | memoryview) -> int:
        """How much of it the line took."""
        try:
            return os.write(self._fd, data)
        except BlockingIOError:
            return 0
        except OSError as error:
            raise self._lose(error.strerror or str(error)) from error

    def _readable(self, timeout_s: float) -> bool:
        events = self._poll.poll(max(timeout_s, 0.0) * 1000.0)
        if any(event & _GONE for _, event in events) and not self._waiting():  # a tty that is gone is readable as well
            raise self._lose("the device was unplugged")
        return bool(events)

    def _waiting(self) -> int:
        """Bytes that have come in and were not read."""
        try:
            return int.from_bytes(fcntl.ioctl(self._fd, termios.FIONREAD, b"\0" * 4), sys.byteorder)
        except OSError:
            return 0

    def _hung_up(self, timeout_s: float) -> bool:
        return any(event & _GONE for _, event in self._poll.poll(timeout_s))

    def _refuse_lost(self) -> None:
        if self._lost is not None:
            raise self._lost
        if self._fd < 0:
            raise DeviceError(f"{self.path}: the port is not open")

    def _lose(self, problem: str) -> LinkLost:
        self._lost = LinkLost(self.path, problem)
        return self._lost


def _why_not_opened(path: str, baud: int, error: Exception) -> str:
    """What to do about a port that does not open."""
    number = getattr(error, "errno", None)
    if not os.path.exists(path):
        found = ", ".join(ports()) or "none"
        return f"{path}: there is no such port; found: {found}"
    if isinstance(error, PermissionError) or number == 13:
        return f"{path}: this user may not use it: sudo usermod -aG dialout $USER, then log in again"
    if number in {11, 16}:
        return f"{path}: another program has it; close that first"
    if isinstance(error, ValueError):
        return f"{path}: cannot be set to {baud} baud: {error}"
    return f"{path}: cannot be opened: {error}"


def ports() -> list[str]:
    """Ports of this machine, by the names that stay where there are such."""
    if BY_ID.is_dir():
        named = sorted(str(each) for each in BY_ID.iterdir())
        if named:
            return named
    return sorted(each.device for each in list_ports.comports() if each.hwid != "n/a")


def latency_timer(path: str | Path) -> Path | None:
    """File of the latency timer of an FTDI adapter, in ms; None where the port has none."""
    name = Path(os.path.realpath(path)).name
    file = Path("/sys/bus/usb-serial/devices") / name / "latency_timer"
    return file if file.exists() else None
