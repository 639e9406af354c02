"""Lines between a host and a board: a serial port in real time, or a board in virtual time.

A line knows the time that counts on it, so that whoever uses it need not know which of both it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Protocol

from hardware.serial_port import SerialPort


class Line(Protocol):
    """A line to a board. Constructing one touches nothing; ``with`` opens it."""

    name: str

    def __enter__(self) -> Line: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def now_us(self) -> int:
        """Time of the host [us]."""
        ...

    def read(self) -> bytes:
        """What has come in; never waits. `LinkLost` once the line is gone."""
        ...

    def write(self, data: bytes) -> bool:
        """Send all of it or nothing, without waiting; whether it was sent. `LinkLost` once the line is gone."""
        ...

    def pass_time(self, seconds: float) -> None:
        """Let a stretch of time go by, or until something has come in."""
        ...

    def period(self, seconds: float) -> None:
        """Let a control period go by, where time goes by no other way."""
        ...


class SerialLine:
    """A line over a serial port, in real time.

    Args:
        path: Path of the port.
        baud: Speed [bit/s].
    """

    def __init__(self, path: str, baud: int) -> None:
        self.name, self._port = path, SerialPort(path, baud)

    def __enter__(self) -> SerialLine:
        self._port.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._port.close()

    def now_us(self) -> int:
        """Time of the host [us]."""
        return time.monotonic_ns() // 1000

    def read(self) -> bytes:
        """What has come in; never waits."""
        return self._port.read()

    def write(self, data: bytes) -> bool:
        """Send all of it or nothing, without waiting; whether it was sent."""
        return self._port.write(data)

    def pass_time(self, seconds: float) -> None:
        """Wait until something has come in, at most so long."""
        self._port.wait(seconds)

    def period(self, seconds: float) -> None:
        """Nothing: time goes by of itself."""


class VirtualBoard(Protocol):
    """A board in virtual time."""

    def give(self, data: bytes) -> None:
        """Bytes of the host."""
        ...

    def step(self) -> bytes:
        """A millisecond of the board; what it sends."""
        ...


class VirtualLine:
    """A line to a board in virtual time, which goes by in whole milliseconds as it is asked for.

    Args:
        board: The board.
        world: Called before each millisecond: what its drive stages sense and do.
    """

    def __init__(self, board: VirtualBoard, world: Callable[[], None] = lambda: None) -> None:
        self.name, self._board, self._world = "virtual board", board, world
        self._ms, self._come = 0, bytearray()

    def __enter__(self) -> VirtualLine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def now_us(self) -> int:
        """Time that has gone by [us]."""
        return 1000 * self._ms

    def read(self) -> bytes:
        """What the board has sent."""
        data = bytes(self._come)
        self._come.clear()
        return data

    def write(self, data: bytes) -> bool:
        """Give the board bytes."""
        self._board.give(data)
        return True

    def pass_time(self, seconds: float) -> None:
        """Let a millisecond go by."""
        self.period(min(seconds, 0.001))

    def period(self, seconds: float) -> None:
        """Let whole milliseconds go by."""
        for _ in range(max(round(1000.0 * seconds), 1)):
            self._world()
            self._come += self._board.step()
            self._ms += 1
