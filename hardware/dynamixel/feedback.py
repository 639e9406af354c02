"""The cyclic read: what all servos of a bus report in one go, from a reply that may be late, cut short or damaged.

Requests are numbered by what they ask for: each of them ends with the present position and begins a little earlier, so
that their replies differ in length. After a request that was not answered whole the next is of another kind, and a
reply to the former is not taken for one to the latter.

Source:
    ROBOTIS e-Manual, Protocol 2.0, Sync Read and Fast Sync Read, and the control table of the X series.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hardware.dynamixel import packets
from hardware.dynamixel.servo_config import ServoConfig
from hardware.dynamixel.wire import HEADER, LONGEST, STATUS, Octets, crc16, find_packet, unstuff
from robotics.errors import ConfigError
from robotics.kernels.compiled import Indices, kernel

CURRENT, VELOCITY, POSITION = 0, 1, 2
"""Columns of what a servo reports."""

_STARTS = (126, 124, 123, 122, 120)
"""Where a request begins: at the present current, PWM, moving status, moving, and the tick before it."""

_FIRST, _END = 126, 136
_ROOM = 8192

Flags = NDArray[np.bool_]
"""A bool array; its shape stands in the docstring of whatever takes it."""


class Feedback:
    """What the servos of a bus reported last.

    Args:
        ids: Their ids.
        models: Their models.
        fast: Whether all answer in one packet.

    Attributes:
        raw: Current, velocity and position of each as its registers have them, shape (n, 3).
        got: Whose report of this round came whole and undamaged, shape (n,).
        errors: Error byte of each such report, shape (n,).
    """

    def __init__(self, ids: Sequence[int], models: Sequence[ServoConfig], fast: bool) -> None:
        for model in models:
            _check_table(model)
        count = len(ids)
        self.raw = np.zeros((count, 3), np.int64)
        self.got, self.errors = np.zeros(count, np.bool_), np.zeros(count, np.uint8)
        self._ids, self._fast = np.array(ids, np.int64), fast
        self._requests = [packets.sync_read(ids, start, _END - start, fast) for start in _STARTS]
        self._sizes = [_END - start for start in _STARTS]
        self._kind = self._kind_asked = 0
        self._buffer, self._plain, self._stop = np.empty(_ROOM, np.uint8), np.empty(_ROOM, np.uint8), 0

    @property
    def kinds(self) -> int:
        """How many kinds of request there are."""
        return len(self._requests)

    @property
    def reply_bytes(self) -> int:
        """Bytes of the whole reply to the present request, where nothing is stuffed."""
        size, count = self._sizes[self._kind], len(self._ids)
        return 8 + count * (size + 4) if self._fast else count * (size + 11)

    @property
    def spoilt(self) -> bool:
        """Whether the reply has come, nothing before it, and some of it is damaged: no more is to be waited for."""
        if self._stop < self.reply_bytes or self.got.all():
            return False
        begun = self._buffer[:4].tobytes() == HEADER and self._buffer[7] == STATUS
        length = int(self._buffer[5]) | int(self._buffer[6]) << 8
        return bool(begun and length == (self.reply_bytes - 7 if self._fast else self._sizes[self._kind] + 4))

    @property
    def received(self) -> int:
        """Bytes that have come in this round."""
        return self._stop

    def begin(self) -> bytes:
        """Forget what came in, and give the request of this round."""
        self.got[:] = False
        self._stop, self._kind_asked = 0, self._kind
        return self._requests[self._kind]

    def take(self, data: bytes) -> bool:
        """Look at what came in; whether all have reported."""
        data = data[: _ROOM - self._stop]
        self._buffer[self._stop : self._stop + len(data)] = np.frombuffer(data, np.uint8)
        self._stop += len(data)
        if not self._fast:
            return self._look() == len(self._ids)
        return self._stop >= self.reply_bytes and self._look() == len(self._ids)

    def end(self) -> bool:
        """The round is over; whether all have reported. Where they have not, the next request is of another kind."""
        whole = bool(self.got.all()) or self._look() == len(self._ids)
        if not whole:
            self._kind = (self._kind + 1) % len(self._requests)
        return whole

    def strangers(self) -> int:
        """Whole replies among what came in that are none to the request of this round: late ones, in the main."""
        size, count, start, found = self._sizes[self._kind_asked], len(self._ids), 0, 0
        length = 1 + count * (size + 4) if self._fast else size + 4
        while True:
            begin, end, _ = find_packet(self._buffer, start, self._stop, LONGEST)
            if end == begin:
                return found
            start = end
            if self._buffer[begin + 7] == STATUS:
                stuffed = end - begin - 7 if self._fast else 4 + self._unstuffed(begin, end)
                found += stuffed != length

    def _unstuffed(self, begin: int, end: int) -> int:
        return unstuff(self._buffer, begin + 8, end - 2, self._plain) - 1

    def _look(self) -> int:
        size = self._sizes[self._kind]
        skip = size - (_END - _FIRST)
        look = _gather_fast if self._fast else _gather
        return look(self._buffer, self._stop, self._ids, size, skip, self._plain, self.raw, self.errors, self.got)


def _check_table(model: ServoConfig) -> None:
    for name, address in (("present_velocity", 128), ("present_position", 132)):
        if model.register(name).address != address:
            raise ConfigError(model.title, f"registers.{name}.address", f"must be {address} for the cyclic read")


@kernel
def _signed(data: Octets, start: int, size: int) -> int:
    value = 0
    for k in range(size):
        value |= int(np.int64(data[start + k])) << (8 * k)
    if value >= 1 << (8 * size - 1):
        value -= 1 << (8 * size)
    return value


@kernel
def _report(data: Octets, start: int, raw: NDArray[np.int64], k: int) -> None:
    raw[k, 0] = _signed(data, start, 2)
    raw[k, 1] = _signed(data, start + 2, 4)
    raw[k, 2] = _signed(data, start + 6, 4)


@kernel
def _gather_fast(
    data: Octets,
    stop: int,
    ids: Indices,
    size: int,
    skip: int,
    plain: Octets,  # noqa: ARG001 - nothing is stuffed
    raw: NDArray[np.int64],
    errors: Octets,
    got: Flags,
) -> int:
    """Take the parts of a joint reply up to the first that is missing or damaged; returns how many were right.

    The checksum of a part covers all that came before it, so that a part is right only where those before it are.
    """
    count = len(ids)
    length = 1 + count * (size + 4)
    for start in range(stop - 7):
        if data[start] != 0xFF or data[start + 1] != 0xFF or data[start + 2] != 0xFD or data[start + 3] != 0x00:
            continue
        if data[start + 4] != 0xFE or data[start + 7] != 0x55:
            continue
        if data[start + 5] != length & 0xFF or data[start + 6] != length >> 8:
            continue
        good, at = 0, start + 8
        crc = crc16(data, start, at, 0)
        for k in range(count):
            end = at + size + 4
            if end > stop or data[at + 1] != ids[k]:
                break
            crc = crc16(data, at, end - 2, crc)
            if data[end - 2] != crc & 0xFF or data[end - 1] != crc >> 8:
                break
            crc = crc16(data, end - 2, end, crc)
            if data[at] & 0x7F == 0:
                errors[k] = data[at]
                _report(data, at + 2 + skip, raw, k)
                got[k] = True
            at = end
            good += 1
        if good > 0:
            return int(np.sum(got))
    return int(np.sum(got))


@kernel
def _gather(
    data: Octets,
    stop: int,
    ids: Indices,
    size: int,
    skip: int,
    plain: Octets,
    raw: NDArray[np.int64],
    errors: Octets,
    got: Flags,
) -> int:
    """Take replies of one servo each; returns how many reported."""
    start = 0
    while True:
        begin, end, _ = find_packet(data, start, stop, 1024)
        if end == begin:
            return int(np.sum(got))
        start = end
        if data[begin + 7] != 0x55:
            continue
        count = unstuff(data, begin + 8, end - 2, plain)
        if count != size + 1 or plain[0] & 0x7F != 0:
            continue
        for k in range(len(ids)):
            if ids[k] == data[begin + 4]:
                errors[k] = plain[0]
                _report(plain, 1 + skip, raw, k)
                got[k] = True
