"""From a message to the payload of a frame and back: little-endian integers, checked for length and values."""

from __future__ import annotations

import struct
from enum import IntEnum
from functools import cache
from typing import Any

from hardware.joint_board.messages import LAYOUTS, TYPES, AnyMessage
from robotics.errors import ArgumentError, DeviceError

TYPE_OF: dict[type[AnyMessage], int] = {message: number for number, message in TYPES.items()}
"""Type of every message."""


class FrameError(DeviceError):
    """Bytes that are no frame, or a frame that is none of the protocol's."""


@cache
def _form(number: int, joints: int, channels: int) -> struct.Struct:
    counts = {"joints": joints, "channels": channels}
    return struct.Struct(
        "<" + "".join(f"{counts.get(str(count), count)}{letter}" for letter, count, _ in LAYOUTS[TYPES[number]])
    )


@cache
def _places(number: int, joints: int, channels: int) -> tuple[tuple[int, int | None, type[IntEnum] | None], ...]:
    """Of each field where it begins in the flat numbers, where it ends if it is an array, and what it is of."""
    counts, places, at = {"joints": joints, "channels": channels}, [], 0
    for _, count, of in LAYOUTS[TYPES[number]]:
        many = int(counts.get(str(count), count))
        places.append((at, at + many if count != 1 else None, of))
        at += many
    return tuple(places)


def pack(message: AnyMessage, joints: int = 0, channels: int = 0) -> bytes:
    """Payload of a message.

    Args:
        message: The message.
        joints: Joints of the board that it is from or for.
        channels: Its further sensors.

    Raises:
        ArgumentError: A number does not fit into its field, or there are too few or too many.
    """
    flat: list[int] = []
    for value in message:
        if isinstance(value, tuple):
            flat.extend(value)
        else:
            flat.append(value)
    try:
        return _form(TYPE_OF[type(message)], joints, channels).pack(*flat)
    except struct.error as error:
        raise ArgumentError(f"{type(message).__name__}: {error}") from error


def unpack(number: int, payload: bytes, joints: int = 0, channels: int = 0) -> AnyMessage:
    """Message of a payload.

    Args:
        number: Type of the message.
        payload: Its bytes.
        joints: Joints of the board that it is from or for.
        channels: Its further sensors.

    Raises:
        FrameError: No message has this type, or its length or one of its values is none of its own.
    """
    kind = TYPES.get(number)
    if kind is None:
        raise FrameError(f"no message has type 0x{number:02x}")
    form = _form(number, joints, channels)
    if len(payload) != form.size:
        raise FrameError(f"{kind.__name__} of {len(payload)} bytes, not {form.size}")
    flat = form.unpack(payload)
    values: list[Any] = []
    try:
        for start, stop, of in _places(number, joints, channels):
            if stop is not None:
                values.append(flat[start:stop])
            else:
                values.append(flat[start] if of is None else of(flat[start]))
    except ValueError as error:
        raise FrameError(f"{kind.__name__}: {error}") from error
    return kind(*values)
