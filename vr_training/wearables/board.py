"""Shared memory between the process that receives wearables and the loop: the newest value of every channel.

One process writes, any number read, nobody waits. A writer that died leaves its last values to grow old.
"""

from __future__ import annotations

import math
import time
from enum import IntEnum
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from control.shared import SharedBlock
from control.slots import read_newest, write_slot
from robotics.contracts import Vector
from robotics.errors import ArgumentError, InputFileError
from robotics.kernels.compiled import kernel

MAGIC = int.from_bytes(b"SHWEAR01", "little")
MOST_CHANNELS, MOST_STREAMS = 128, 8
SLOTS = 4

_MAGIC, _CHANNELS, _STREAMS, _HEADER_WORDS = range(4)
_WORD = 8
_COUNT, _STATES, _SLOTS = 64, 128, 192
NEVER = np.iinfo(np.int64).min
"""Time of a sample that never came."""


class StreamState(IntEnum):
    """How a wearable's stream stands."""

    SEARCHING = 0
    FOUND = 1
    UNFIT = 2
    """One of that name is there, but it has too few channels, or text instead of numbers."""
    AMBIGUOUS = 3
    """There are several of that name: one of them may be another person's, so none is taken."""
    UNTIMED = 4
    """One is there, but its clock cannot be compared with ours, so that nobody knows how old its samples are."""


class WearableBoard:
    """The block. Whoever starts the receiving process makes it with `create`; everyone else opens it with `attach`.

    Attributes:
        name: Name of the shared memory.
        channels: How many channels there are.
        streams: How many streams there are.
    """

    def __init__(self, block: SharedBlock) -> None:
        header = block.words(0, _HEADER_WORDS)
        if header[_MAGIC] != MAGIC:
            raise InputFileError(f"shared memory '{block.name}' holds no wearables of this version")
        self.name = block.name
        self.channels, self.streams = int(header[_CHANNELS]), int(header[_STREAMS])
        self._block = block
        self._item = np.zeros(2 * self.channels, np.int64)
        self._slots = block.words(_SLOTS, SLOTS * self._item.size)
        self._count = block.words(_COUNT, 1)
        self._states = block.words(_STATES, MOST_STREAMS)

    @classmethod
    def create(cls, name: str, channels: int, streams: int) -> WearableBoard:
        """Make a block; see `control.shared.unique_name`.

        Raises:
            ArgumentError: The name is taken, or there are too many channels or streams.
        """
        if not (1 <= channels <= MOST_CHANNELS and 1 <= streams <= MOST_STREAMS):
            raise ArgumentError(
                f"{channels} channels of {streams} wearables: there is room for {MOST_CHANNELS} of {MOST_STREAMS}"
            )
        block = SharedBlock.create(name, _SLOTS + SLOTS * 2 * channels * _WORD)
        header = block.words(0, _HEADER_WORDS)
        header[_CHANNELS], header[_STREAMS] = channels, streams
        header[_MAGIC] = MAGIC  # last: whoever sees it sees all
        return cls(block)

    @classmethod
    def attach(cls, name: str) -> WearableBoard:
        """Open a block.

        Raises:
            MissingFileError: There is none of that name.
            InputFileError: It is another one.
        """
        return cls(SharedBlock.attach(name))

    def write(self, values: Vector, stamps_ns: NDArray[np.int64]) -> None:
        """Write the newest value of every channel; only the receiving process does.

        Args:
            values: Shape (channels,), in each one's unit.
            stamps_ns: When each was sampled, by this machine's monotonic clock [ns]; `NEVER` where none came.
        """
        self._item[: self.channels] = values.view(np.int64)
        self._item[self.channels :] = stamps_ns
        write_slot(self._slots, self._count, self._item)

    def say(self, stream: int, state: StreamState) -> None:
        """Tell how a stream stands."""
        self._states[stream] = state

    def states(self) -> tuple[StreamState, ...]:
        """How each stream stands, as the receiving process last said."""
        return tuple(StreamState(int(state)) for state in self._states[: self.streams])

    def unlink(self) -> None:
        """Remove the name of the shared memory; whoever has attached keeps it."""
        self._block.unlink()

    def take(self, out: NDArray[np.int64]) -> bool:
        """Copy the newest values; False where there are none, or they were overwritten during the copy.

        Args:
            out: Values as the bits of floats, then times, shape (2 * channels,).
        """
        return bool(read_newest(self._slots, self._count, out) > 0)

    def __enter__(self) -> WearableBoard:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._block.owner:
            self.unlink()


class WearableReader:
    """Polls a board from the control loop: never waits, allocates nothing.

    Args:
        board: The board.
        stale_s: Age from which on each channel's value counts as missing, shape (channels,) [s].

    Raises:
        ArgumentError: Not one age for each channel.

    Attributes:
        values: Newest values, shape (channels,); NaN where none came or the newest is too old. Valid until next `read`.
        age_s: Their ages, shape (channels,) [s]; infinite where none came.
    """

    def __init__(self, board: WearableBoard, stale_s: Vector) -> None:
        if stale_s.shape != (board.channels,):
            raise ArgumentError(f"{stale_s.size} ages for {board.channels} channels")
        self._board = board
        self._stale_s = stale_s.astype(np.float64)
        self._item, self._spare = (np.zeros(2 * board.channels, np.int64) for _ in range(2))
        self._item[board.channels :] = NEVER
        self.values = np.full(board.channels, math.nan)
        self.age_s = np.full(board.channels, math.inf)
        _judge(
            self._item, time.monotonic_ns(), self._stale_s, self.values, self.age_s
        )  # compiled before the first tick
        self.read()

    def read(self) -> tuple[Vector, Vector]:
        """Take the newest values.

        Returns:
            `values` and `age_s`.
        """
        if self._board.take(self._spare):
            self._item, self._spare = self._spare, self._item
        _judge(self._item, time.monotonic_ns(), self._stale_s, self.values, self.age_s)
        return self.values, self.age_s

    def states(self) -> tuple[StreamState, ...]:
        """How each wearable's stream stands; for whoever looks on, not for the loop."""
        return self._board.states()


@kernel
def _judge(item: NDArray[np.int64], now_ns: int, stale_s: Vector, values: Vector, age_s: Vector) -> None:
    """Ages, and values that are young enough.

    Args:
        item: Bits of the values, then times, shape (2 * channels,).
        now_ns: Now [ns].
        stale_s: Ages from which on values are missing, shape (channels,) [s].
        values: Result, shape (channels,).
        age_s: Result, shape (channels,) [s].
    """
    channels = values.size
    numbers = item.view(np.float64)
    for i in range(channels):
        stamp = item[channels + i]
        if stamp == NEVER:
            values[i], age_s[i] = math.nan, math.inf
            continue
        age_s[i] = max(1e-9 * (now_ns - stamp), 0.0)
        values[i] = numbers[i] if age_s[i] <= stale_s[i] else math.nan
