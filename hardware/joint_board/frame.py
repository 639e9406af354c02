"""Frames: header, payload and CRC-32, stuffed by COBS, ended by a zero byte; and what finds them in a stream.

Source:
    Cheshire and Baker 1999, consistent overhead byte stuffing, IEEE/ACM Transactions on Networking 7(2).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from hardware.joint_board.codec import TYPE_OF, FrameError, pack, unpack
from hardware.joint_board.messages import LARGEST, VERSION, AnyMessage

_HEADER, _CRC = struct.Struct("<BBHI"), struct.Struct("<I")

OVERHEAD = _HEADER.size + _CRC.size
"""What a frame has besides its payload, before stuffing [bytes]."""

LONGEST = LARGEST + OVERHEAD + 2
"""Longest frame, stuffed and with its end [bytes]; all are below 254, so that stuffing adds one."""


class Frame(NamedTuple):
    """A frame that was received whole.

    Attributes:
        sequence: Its sender's count.
        time_us: When it was sent by the board's clock; 0 from a host [us].
        message: What it carries.
    """

    sequence: int
    time_us: int
    message: AnyMessage


def stuff(data: bytes) -> bytes:
    """Bytes without a zero that stand for the given ones, by COBS, without the zero that ends them."""
    out = bytearray()
    for block in data.split(b"\0"):
        rest = block
        while len(rest) >= 254:
            out.append(255)
            out += rest[:254]
            rest = rest[254:]
        out.append(len(rest) + 1)
        out += rest
    return bytes(out)


def unstuff(data: bytes) -> bytes:
    """What stuffed bytes stand for.

    Raises:
        FrameError: They are none.
    """
    out, at = bytearray(), 0
    while at < len(data):
        code = data[at]
        if code == 0 or at + code > len(data):
            raise FrameError("bytes that are not stuffed")
        block = data[at + 1 : at + code]
        if 0 in block:
            raise FrameError("bytes that are not stuffed")
        out += block
        at += code
        if code < 255 and at < len(data):
            out.append(0)
    return bytes(out)


def encode(
    message: AnyMessage, sequence: int, time_us: int = 0, joints: int = 0, channels: int = 0, version: int = VERSION
) -> bytes:
    """A frame, ready to be sent, its ending zero with it."""
    body = _HEADER.pack(version, TYPE_OF[type(message)], sequence & 0xFFFF, time_us & 0xFFFFFFFF)
    body += pack(message, joints, channels)
    return stuff(body + _CRC.pack(zlib.crc32(body))) + b"\0"


def decode(stuffed: bytes, joints: int = 0, channels: int = 0) -> Frame:
    """The frame that stands before a zero.

    Raises:
        FrameError: It is none, is corrupt, or is of another version.
    """
    data = unstuff(stuffed)
    if len(data) < OVERHEAD:
        raise FrameError(f"{len(data)} bytes are no frame")
    body = data[: -_CRC.size]
    if zlib.crc32(body) != _CRC.unpack_from(data, len(body))[0]:
        raise FrameError("a corrupt frame")
    version, number, sequence, time_us = _HEADER.unpack_from(body)
    if version != VERSION:
        raise VersionError(version)
    return Frame(sequence, time_us, unpack(number, body[_HEADER.size :], joints, channels))


class VersionError(FrameError):
    """A whole frame of another version of the protocol."""

    def __init__(self, version: int) -> None:
        self.version = version
        super().__init__(f"protocol version {version}, not {VERSION}")


class Receiver:
    """Finds frames in what a line brings, whatever stands between them.

    Attributes:
        joints: Joints of the board, once it has said so; 0 until then.
        channels: Its further sensors.
        corrupt: Stretches between two zeros that were no frame.
        version: Version of the last frame of another version; 0 where none came.
    """

    def __init__(self) -> None:
        self.joints = self.channels = 0
        self.corrupt = self.version = 0
        self._rest = bytearray()
        self._too_long = False

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Whole frames that end in these bytes, in their order; what one of them says may set how the next is read."""
        first, *others = data.split(b"\0")
        self._take(first)
        for each in others:
            yield from self._end()
            self._take(each)

    def _take(self, data: bytes) -> None:
        if len(self._rest) + len(data) >= LONGEST:
            self._too_long = True
            self._rest.clear()
        elif not self._too_long:
            self._rest += data

    def _end(self) -> Iterator[Frame]:
        stuffed, too_long = bytes(self._rest), self._too_long
        self._rest.clear()
        self._too_long = False
        if not stuffed and not too_long:
            return  # a zero alone puts a receiver in step
        try:
            if too_long:
                raise FrameError("longer than any frame")
            yield decode(stuffed, self.joints, self.channels)
        except VersionError as error:
            self.version = error.version
        except FrameError:
            self.corrupt += 1
