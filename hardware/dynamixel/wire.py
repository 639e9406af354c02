"""Bytes of Dynamixel Protocol 2.0: its checksum, its byte stuffing, and the search for packets, compiled.

A packet is ``FF FF FD 00 ID LEN_L LEN_H INSTRUCTION PARAMETERS CRC_L CRC_H``; the length counts from the instruction
on. Where instruction and parameters hold ``FF FF FD`` another ``FD`` follows, so that no header stands inside of a
packet. Only the joint reply of many servos to a fast read is not stuffed.

Source:
    ROBOTIS e-Manual, DYNAMIXEL Protocol 2.0, and CRC calculation: polynomial 0x8005, start value 0, high bit first.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from robotics.kernels.compiled import kernel

Octets = NDArray[np.uint8]
"""A uint8 array: bytes as they are on the line."""

HEADER = b"\xff\xff\xfd\x00"
"""What each packet begins with."""

BEFORE_INSTRUCTION, CRC_BYTES = 7, 2
"""Bytes before the instruction, and bytes of the checksum."""

SHORTEST, LONGEST = 3, 1024
"""Length of the shortest packet that there is, and of the longest that is taken: the vendor's SDK sends no more."""

BROADCAST, LAST_ID = 0xFE, 0xFC
"""The id that all servos listen to, and the highest that one can have."""

STATUS = 0x55
"""The instruction of a servo's reply."""


def _crc_table() -> NDArray[np.uint16]:
    table = np.zeros(256, np.uint16)
    for byte in range(256):
        value = byte << 8
        for _ in range(8):
            value = (value << 1) ^ 0x8005 if value & 0x8000 else value << 1
        table[byte] = value & 0xFFFF
    return table


_CRC = _crc_table()


@kernel
def crc16(data: Octets, start: int, stop: int, crc: int) -> int:
    """Checksum of ``data[start:stop]``, going on from that of what came before, 0 where nothing did."""
    for i in range(start, stop):
        crc = ((crc << 8) & 0xFFFF) ^ int(np.int64(_CRC[((crc >> 8) ^ data[i]) & 0xFF]))
    return crc


@kernel
def frame(out: Octets, servo: int, instruction: int, parameters: Octets) -> int:
    """Write a whole stuffed packet to the start of ``out``, which has room for it; returns its number of bytes."""
    out[0], out[1], out[2], out[3], out[4] = 0xFF, 0xFF, 0xFD, 0x00, servo
    out[7] = instruction
    end = 8
    for k in range(len(parameters)):
        out[end] = parameters[k]
        end += 1
        if parameters[k] == 0xFD and k >= 2 and parameters[k - 1] == 0xFF and parameters[k - 2] == 0xFF:
            out[end] = 0xFD
            end += 1
    length = end - 7 + 2
    out[5], out[6] = length & 0xFF, length >> 8
    crc = crc16(out, 0, end, 0)
    out[end], out[end + 1] = crc & 0xFF, crc >> 8
    return end + 2


@kernel
def unstuff(data: Octets, start: int, stop: int, out: Octets) -> int:
    """Copy ``data[start:stop]``, from the instruction on and without checksum, unstuffed; returns how many bytes.

    Returns -1 where a header stands inside: no sender stuffs like that.
    """
    end, i = 0, start
    while i < stop:
        out[end] = data[i]
        end += 1
        if data[i] == 0xFD and i >= start + 2 and data[i - 1] == 0xFF and data[i - 2] == 0xFF:
            if i + 1 >= stop or data[i + 1] != 0xFD:
                return -1
            i += 1
        i += 1
    return end


@kernel
def find_packet(data: Octets, start: int, stop: int, longest: int) -> tuple[int, int, int]:
    """Search ``data[start:stop]`` for the next packet whose checksum is right.

    Returns:
        Where it begins, where it ends, and how many had a wrong checksum before it. Where there is none yet the two
        are equal, and whatever comes before them can be forgotten.
    """
    corrupt, kept, i = 0, -1, start
    while i < stop:
        left = stop - i
        matches = data[i] == 0xFF
        matches &= left < 2 or data[i + 1] == 0xFF
        matches &= left < 3 or data[i + 2] == 0xFD
        matches &= left < 4 or data[i + 3] == 0x00
        matches &= left < 5 or (data[i + 4] != 0xFD and data[i + 4] != 0xFF)
        if left >= 7 and matches:
            length = int(np.int64(data[i + 5]) | np.int64(data[i + 6]) << 8)
            matches = 3 <= length <= longest
            if matches and left >= 7 + length:
                end = i + 7 + length
                crc = crc16(data, i, end - 2, 0)
                if data[end - 2] == crc & 0xFF and data[end - 1] == crc >> 8:
                    return i, end, corrupt
                corrupt += kept < 0
                matches = False
        if matches and kept < 0:
            kept = i
            if left < 8 or (data[i + 4] == 0xFE and data[i + 7] == 0x55):
                break  # a reply that is not stuffed may hold anything
        i += 1
    if kept < 0:
        kept = stop
    return kept, kept, corrupt
