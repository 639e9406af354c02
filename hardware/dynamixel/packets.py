"""Packets of Protocol 2.0 as bytes: instructions to servos, and the replies that servos send.

Source:
    ROBOTIS e-Manual, DYNAMIXEL Protocol 2.0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum

import numpy as np

from hardware.dynamixel.wire import BEFORE_INSTRUCTION, BROADCAST, CRC_BYTES, LAST_ID, LONGEST, STATUS, crc16, frame
from robotics.errors import ArgumentError


class Instruction(IntEnum):
    """What a packet asks a servo for."""

    PING = 0x01
    READ = 0x02
    WRITE = 0x03
    REG_WRITE = 0x04
    ACTION = 0x05
    FACTORY_RESET = 0x06
    REBOOT = 0x08
    CLEAR = 0x10
    STATUS = STATUS
    SYNC_READ = 0x82
    SYNC_WRITE = 0x83
    FAST_SYNC_READ = 0x8A
    BULK_READ = 0x92
    BULK_WRITE = 0x93
    FAST_BULK_READ = 0x9A


class Trouble(IntEnum):
    """Why a servo did not do what it was asked for: the low seven bits of a reply's error byte."""

    NONE = 0
    RESULT_FAIL = 1
    INSTRUCTION = 2
    CRC = 3
    DATA_RANGE = 4
    DATA_LENGTH = 5
    DATA_LIMIT = 6
    ACCESS = 7


ALERT = 0x80
"""Bit of a reply's error byte that says: look at the hardware error status."""

CLEAR_TURNS = b"\x01\x44\x58\x4c\x22"
"""Parameters of `Instruction.CLEAR` that bring a position back into one turn."""


def packet(servo: int, instruction: int, parameters: bytes = b"") -> bytes:
    """A whole packet, stuffed and with its checksum.

    Raises:
        ArgumentError: No such id, or it gets longer than servos and the vendor's SDK take.
    """
    if not 0 <= servo <= LAST_ID and servo != BROADCAST:
        raise ArgumentError(f"id {servo}: must be 0 to {LAST_ID}, or {BROADCAST} for all servos")
    out = np.empty(len(parameters) * 4 // 3 + 16, np.uint8)
    size = frame(out, servo, int(instruction), np.frombuffer(parameters, np.uint8))  # an enum is slow to pass
    if size - BEFORE_INSTRUCTION > LONGEST:
        raise ArgumentError(f"a packet of length {size - BEFORE_INSTRUCTION}: must be {LONGEST} at most")
    return out[:size].tobytes()


def _word(value: int) -> bytes:
    return value.to_bytes(2, "little")


def ping(servo: int = BROADCAST) -> bytes:
    """Ask who is there."""
    return packet(servo, Instruction.PING)


def read(servo: int, address: int, size: int) -> bytes:
    """Ask one servo for a part of its control table."""
    return packet(servo, Instruction.READ, _word(address) + _word(size))


def write(servo: int, address: int, data: bytes) -> bytes:
    """Set a part of the control table."""
    return packet(servo, Instruction.WRITE, _word(address) + data)


def reg_write(servo: int, address: int, data: bytes) -> bytes:
    """Have a part of the control table set once `action` comes."""
    return packet(servo, Instruction.REG_WRITE, _word(address) + data)


def action(servo: int = BROADCAST) -> bytes:
    """Do what `reg_write` asked for."""
    return packet(servo, Instruction.ACTION)


def factory_reset(servo: int, option: int) -> bytes:
    """Back to how it left the factory: 0xFF all, 0x01 all but the id, 0x02 all but id and speed."""
    return packet(servo, Instruction.FACTORY_RESET, bytes([option]))


def reboot(servo: int) -> bytes:
    """Start a servo anew, the only way out of a shutdown."""
    return packet(servo, Instruction.REBOOT)


def clear_turns(servo: int) -> bytes:
    """Bring the position of a servo that stands still back into one turn."""
    return packet(servo, Instruction.CLEAR, CLEAR_TURNS)


def sync_read(servos: Sequence[int], address: int, size: int, fast: bool = False) -> bytes:
    """Ask many servos for the same part of their tables; ``fast``: all answer in one packet."""
    kind = Instruction.FAST_SYNC_READ if fast else Instruction.SYNC_READ
    return packet(BROADCAST, kind, _word(address) + _word(size) + bytes(servos))


def sync_write(address: int, data: Mapping[int, bytes]) -> bytes:
    """Set the same part of the tables of many servos, by id; nobody answers.

    Raises:
        ArgumentError: Not all data are of the same size.
    """
    sizes = {len(each) for each in data.values()}
    if len(sizes) != 1:
        raise ArgumentError(f"data of sizes {sorted(sizes)} in one sync write: all must be of the same size")
    body = b"".join(bytes([servo]) + each for servo, each in data.items())
    return packet(BROADCAST, Instruction.SYNC_WRITE, _word(address) + _word(sizes.pop()) + body)


def bulk_read(parts: Mapping[int, tuple[int, int]], fast: bool = False) -> bytes:
    """Ask many servos, by id, each for an address and a size of its own; ``fast``: all answer in one packet."""
    kind = Instruction.FAST_BULK_READ if fast else Instruction.BULK_READ
    body = b"".join(bytes([servo]) + _word(address) + _word(size) for servo, (address, size) in parts.items())
    return packet(BROADCAST, kind, body)


def bulk_write(parts: Mapping[int, tuple[int, bytes]]) -> bytes:
    """Set parts of the tables of many servos, by id, each at an address of its own; nobody answers."""
    body = b"".join(
        bytes([servo]) + _word(address) + _word(len(data)) + data for servo, (address, data) in parts.items()
    )
    return packet(BROADCAST, Instruction.BULK_WRITE, body)


def status(servo: int, error: int = 0, parameters: bytes = b"") -> bytes:
    """A servo's reply."""
    return packet(servo, STATUS, bytes([error]) + parameters)


def fast_status(parts: Sequence[tuple[int, int, bytes]]) -> bytes:
    """The joint reply of many servos, as error byte, id and data of each: not stuffed, a checksum after each part.

    Each checksum covers all that came before it, as the vendor's example shows.
    """
    body = sum(len(data) + 2 + CRC_BYTES for _, _, data in parts)
    out = bytearray(b"\xff\xff\xfd\x00\xfe" + _word(body + 1) + bytes([STATUS]))
    for error, servo, data in parts:
        out += bytes([error, servo]) + data
        out += _word(crc16(np.frombuffer(bytes(out), np.uint8), 0, len(out), 0))
    return bytes(out)
