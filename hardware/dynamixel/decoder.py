"""Packets out of a stream of bytes that may begin anywhere, hold garbage, and be damaged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from hardware.dynamixel.wire import BEFORE_INSTRUCTION, BROADCAST, CRC_BYTES, LONGEST, STATUS, find_packet, unstuff

_ROOM = 4 * (LONGEST + BEFORE_INSTRUCTION)


class Packet(NamedTuple):
    """A packet whose checksum was right.

    Attributes:
        servo: Id of the servo that it is to or from; the broadcast id where many reply as one.
        instruction: What it asks for; `hardware.dynamixel.wire.STATUS` in a reply.
        parameters: What follows, unstuffed; of a reply the error byte comes first. Of a reply of many it is all parts,
            each with its checksum.
    """

    servo: int
    instruction: int
    parameters: bytes


class Decoder:
    """Takes bytes as they come and gives whole packets. It keeps no more than four of the longest packet.

    After garbage it finds the next packet, and one whose checksum is wrong takes no other with it: the search goes on
    one byte after its header.

    Attributes:
        corrupt: Packets with a wrong checksum so far.
        skipped: Bytes that belonged to no packet so far.
    """

    def __init__(self) -> None:
        self._buffer, self._plain = np.empty(_ROOM, np.uint8), np.empty(_ROOM, np.uint8)
        self._start, self._stop = 0, 0
        self.corrupt, self.skipped = 0, 0

    @property
    def waiting(self) -> int:
        """Bytes kept because they may be the beginning of a packet."""
        return self._stop - self._start

    def reset(self) -> None:
        """Forget what has come in."""
        self._start = self._stop = 0

    def feed(self, data: bytes) -> Iterator[Packet]:
        """Give the packets that ``data`` completes, in order. Take all of them: what is left out is not looked at."""
        for begin in range(0, len(data), LONGEST):
            self._take(data[begin : begin + LONGEST])
            while (packet := self._next()) is not None:
                yield packet

    def _take(self, data: bytes) -> None:
        if self._stop + len(data) > _ROOM:
            kept = self.waiting
            self._buffer[:kept] = self._buffer[self._start : self._stop]
            self._start, self._stop = 0, kept
        self._buffer[self._stop : self._stop + len(data)] = np.frombuffer(data, np.uint8)
        self._stop += len(data)

    def _next(self) -> Packet | None:
        while True:
            begin, end, corrupt = find_packet(self._buffer, self._start, self._stop, LONGEST)
            self.corrupt += corrupt
            self.skipped += begin - self._start
            self._start = end
            if end == begin:
                return None
            servo, instruction = int(self._buffer[begin + 4]), int(self._buffer[begin + BEFORE_INSTRUCTION])
            first, last = begin + BEFORE_INSTRUCTION + 1, end - CRC_BYTES
            if servo == BROADCAST and instruction == STATUS:
                return Packet(servo, instruction, self._buffer[first:last].tobytes())
            size = unstuff(self._buffer, first, last, self._plain)
            if size >= 0:
                return Packet(servo, instruction, self._plain[:size].tobytes())
            self.corrupt += 1
