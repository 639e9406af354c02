"""The way out of the control loop: a ring of tick records in shared memory, one writer and one reader.

In real time the writer never waits and overwrites what a slow reader left; the reader counts what it missed. A
lossless ring, for lockstep runs, makes the writer wait for the reader, but only as long as the reader still moves.
"""

from __future__ import annotations

import os
import time
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from control.layout import decode_layout, describe_dtype, encode_layout
from control.shared import SharedBlock, process_runs
from control.slots import read_slots, write_slot
from control.tick import TickLayout, tick_dtype
from robotics.errors import ArgumentError, InputFileError

MAGIC = int.from_bytes(b"SHTICKS1", "little")
VERSION = 1
PAGE = 4096
TEXT_START = 512

# Header, in 64-bit words. What writer and reader change lies on cache lines of its own.
_MAGIC, _VERSION, _ITEMSIZE, _CAPACITY, _LOSSLESS, _PID, _LAYOUT_SIZE, _DTYPE_SIZE, _DATA = range(9)
_WRITTEN, _READ, _CLOSED, _WAITING, _SKIPPED, _DETACHED = 16, 24, 32, 33, 34, 40
_HEADER_WORDS = TEXT_START // 8

DEFAULT_CAPACITY = 8192
"""Ticks in a ring: eight seconds at 1 kHz, so that a hub may stall that long without losing any."""

PATIENCE_S = 5.0
"""How long a lossless writer waits for a reader that does not move before it takes it for dead [s]."""


class TickRing:
    """A ring of tick records. The writer makes one with `create`, the reader opens it with `attach`.

    Attributes:
        name: Name of the shared memory.
        layout: Layout of the records.
        dtype: Their dtype.
        capacity: Records that fit.
        lossless: Whether the writer waits for the reader.
    """

    def __init__(self, block: SharedBlock, patience_s: float = PATIENCE_S) -> None:
        header = block.words(0, _HEADER_WORDS)
        if header[_MAGIC] != MAGIC or header[_VERSION] != VERSION:
            raise InputFileError(f"shared memory '{block.name}' is no tick ring of version {VERSION}")
        layout_size, dtype_size = int(header[_LAYOUT_SIZE]), int(header[_DTYPE_SIZE])
        self.name = block.name
        self.layout = decode_layout(block.text(TEXT_START, layout_size), f"ring '{block.name}'")
        self.dtype = tick_dtype(self.layout)
        described = block.text(TEXT_START + layout_size, dtype_size).decode()
        if described != describe_dtype(self.layout) or header[_ITEMSIZE] != self.dtype.itemsize:
            raise InputFileError(f"ring '{block.name}' holds tick records of another version of the program")
        self.capacity, self.lossless = int(header[_CAPACITY]), bool(header[_LOSSLESS])
        self._patience_s = patience_s
        self._block, self._header = block, header
        self._words = self.dtype.itemsize // 8
        self._slots = block.words(int(header[_DATA]), self.capacity * self._words)
        self._count = header[_WRITTEN : _WRITTEN + 1]
        self._next = int(header[_READ])
        self._passed = -1  # read count at which the reader was last taken for dead
        self._record: object = None
        self._record_words: NDArray[np.int64] = np.zeros(self._words, np.int64)
        _warm_up()

    @classmethod
    def create(
        cls,
        name: str,
        layout: TickLayout,
        capacity: int = DEFAULT_CAPACITY,
        lossless: bool = False,
        patience_s: float = PATIENCE_S,
    ) -> TickRing:
        """Make a ring.

        Args:
            name: Name of the shared memory; see `control.shared.unique_name`.
            layout: Layout of the records.
            capacity: Records that fit, at least 2.
            lossless: Whether the writer waits for the reader.
            patience_s: How long it waits for a reader that does not move [s].

        Raises:
            ArgumentError: A capacity below 2, or a name that is taken.
            DeviceError: Not enough shared memory.
        """
        if capacity < 2:
            raise ArgumentError(f"a ring of {capacity} records: it needs at least 2")
        dtype, layout_text, dtype_text = (
            tick_dtype(layout),
            encode_layout(layout).encode(),
            describe_dtype(layout).encode(),
        )
        data = -(-(TEXT_START + len(layout_text) + len(dtype_text)) // PAGE) * PAGE
        block = SharedBlock.create(name, data + capacity * dtype.itemsize)
        block.put(TEXT_START, layout_text + dtype_text)
        header = block.words(0, _HEADER_WORDS)
        header[_ITEMSIZE], header[_CAPACITY], header[_LOSSLESS], header[_PID] = (
            dtype.itemsize,
            capacity,
            lossless,
            os.getpid(),
        )
        header[_LAYOUT_SIZE], header[_DTYPE_SIZE], header[_DATA] = len(layout_text), len(dtype_text), data
        header[_VERSION] = VERSION
        header[_MAGIC] = MAGIC  # last: whoever sees it sees all
        return cls(block, patience_s)

    @classmethod
    def attach(cls, name: str) -> TickRing:
        """Open a ring as its reader, where the reader before left off.

        Raises:
            MissingFileError: There is none of that name.
            InputFileError: It is no ring, or one of another version.
        """
        return cls(SharedBlock.attach(name))

    def detach(self) -> None:
        """Say, as the reader, that no more will be read: a lossless writer need not wait until that shows by itself."""
        self._header[_DETACHED] = 1

    def write(self, record: np.void | NDArray[np.void]) -> None:
        """Write one tick record; never waits, except in a lossless ring. Quickest with one and the same ``record``.

        Args:
            record: One record of `dtype`, as a scalar or as an array of shape (1,).
        """
        if record is not self._record:
            if record.dtype != self.dtype:
                raise ArgumentError(f"a record of {record.dtype.itemsize} bytes in a ring of other records")
            self._record_words = np.frombuffer(record, np.int64, self._words)
            self._record = record
        if self.lossless and self._count[0] - self._header[_READ] >= self.capacity - 1:
            self._wait()
        write_slot(self._slots, self._count, self._record_words)

    def read(self, limit: int = 1024) -> tuple[NDArray[np.void], int]:
        """Take the records that came since the last call, oldest first. Never waits.

        Args:
            limit: How many to take at most.

        Returns:
            Records of `dtype`, shape (n,), and how many were overwritten before they could be read.
        """
        self._header[_DETACHED] = 0
        waiting = min(limit, self.capacity, int(self._count[0]) - self._next)
        if waiting <= 0:
            return np.empty(0, self.dtype), 0
        out = np.empty(waiting * self._words, np.int64)
        first, stop = read_slots(self._slots, self._count, self._next, out, self._words)
        missed = first - self._next
        self._next = stop
        self._header[_READ] = stop
        return out[: (stop - first) * self._words].view(self.dtype), missed

    def close(self) -> None:
        """Mark the end: no more records will come."""
        self._header[_CLOSED] = 1

    def unlink(self) -> None:
        """Remove the name of the shared memory; the reader keeps what it has attached."""
        self._block.unlink()

    @property
    def closed(self) -> bool:
        """Whether the writer marked the end."""
        return bool(self._header[_CLOSED])

    @property
    def written(self) -> int:
        """Records written so far."""
        return int(self._count[0])

    @property
    def backlog(self) -> int:
        """Records written and not yet read or given up."""
        return int(self._count[0]) - int(self._header[_READ])

    @property
    def waiting(self) -> bool:
        """Whether the writer waits for the reader at this moment."""
        return bool(self._header[_WAITING])

    @property
    def skipped(self) -> int:
        """Records that a lossless writer wrote over unread ones, because the reader had left or was taken for dead."""
        return int(self._header[_SKIPPED])

    @property
    def writer_runs(self) -> bool:
        """Whether the process that made the ring is alive."""
        return process_runs(int(self._header[_PID]))

    def __enter__(self) -> TickRing:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._block.owner:
            self.close()
            self.unlink()

    def _wait(self) -> None:
        """Wait until the reader makes room; a reader that does not move for `patience_s` is passed by until it does."""
        header, read = self._header, int(self._header[_READ])
        if header[_DETACHED] or (header[_SKIPPED] and read == self._passed):
            header[_SKIPPED] += 1
            return
        header[_WAITING] = 1
        moved, pause = time.monotonic(), 20e-6
        while self._count[0] - header[_READ] >= self.capacity - 1:
            if header[_READ] != read:
                read, moved = int(header[_READ]), time.monotonic()
            elif header[_DETACHED] or time.monotonic() - moved > self._patience_s:
                self._passed = read
                header[_SKIPPED] += 1
                break
            time.sleep(pause)
            pause = min(2.0 * pause, 1e-3)
        header[_WAITING] = 0


def _warm_up() -> None:
    """Have the kernels compiled before the first tick needs them."""
    slots, count, item = np.zeros(4, np.int64), np.zeros(1, np.int64), np.zeros(2, np.int64)
    write_slot(slots, count, item)
    fixed = np.frombuffer(bytes(16), np.int64)
    write_slot(slots, count, fixed)
    read_slots(slots, count, 0, item, 2)
