"""Lines between a host and a board: a serial port in real time, or a board in virtual time.

A line knows the time that counts on it, so that whoever uses it need not know which of both it is.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Protocol

from hardware.serial_port import SerialPort
from robotics.errors import DeviceError

LISTEN_S = 0.02
"""How long the thread of a line waits at a time before it looks whether it is over [s]."""


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

    def read(self) -> tuple[int, bytes]:
        """What has come in since, piece by piece: when [us], and what; nothing is an empty piece of now. Never waits.

        `LinkLost` once the line is gone and all that came before was read.
        """
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


BAUD = 1_000_000
"""Speed of a joint board's line where none is named [bit/s]."""


class SerialLine:
    """A line over a serial port, in real time. A thread of its own waits for what comes in, and notes when it came.

    Args:
        path: Path of the port.
        baud: Speed [bit/s].
        pace: Of its time beside the clock's: below 1 before an emulated device that is as slow.

    Attributes:
        name: The port as a person names it to any command: with ``@BAUD`` where its speed is not `BAUD`.
    """

    def __init__(self, path: str, baud: int, pace: float = 1.0) -> None:
        self.name = path if baud == BAUD else f"{path}@{baud}"
        self._port, self._pace = SerialPort(path, baud), pace
        self._come: deque[tuple[int, bytes]] = deque()
        self._news, self._over = threading.Event(), threading.Event()
        self._lost: DeviceError | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> SerialLine:
        self._port.__enter__()
        self._come.clear()
        self._news.clear()
        self._over.clear()
        self._lost = None
        self._thread = threading.Thread(target=self._listen, name=f"line {self.name}", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()  # it waits for `LISTEN_S` at most
        self._port.close()

    def now_us(self) -> int:
        """Time of the host [us]."""
        now = time.monotonic_ns() // 1000
        return now if self._pace == 1.0 else int(self._pace * now)

    def read(self) -> tuple[int, bytes]:
        """What has come in since, piece by piece, and when [us]; never waits."""
        if self._come:
            return self._come.popleft()
        if self._lost is not None:
            raise self._lost
        return self.now_us(), b""

    def write(self, data: bytes) -> bool:
        """Send all of it or nothing, without waiting; whether it was sent."""
        return self._port.write(data)

    def pass_time(self, seconds: float) -> None:
        """Wait until something has come in, at most so long."""
        if not self._come and self._lost is None:
            self._news.wait(seconds)
        self._news.clear()

    def period(self, seconds: float) -> None:
        """Nothing: time goes by of itself."""

    def _listen(self) -> None:
        port = self._port
        try:
            while not self._over.is_set():
                if port.wait(LISTEN_S):
                    data = port.read()
                    if data:
                        self._come.append((self.now_us(), data))
                        self._news.set()
        except DeviceError as error:
            self._lost = error
            self._news.set()


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

    def read(self) -> tuple[int, bytes]:
        """What the board has sent, and when it was read [us]."""
        data = bytes(self._come)
        self._come.clear()
        return self.now_us(), data

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
