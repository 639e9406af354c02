"""What a receiver of another speed makes of bytes on a line: it takes the levels of 8N1 at its own times."""

from __future__ import annotations

import math

FRAME_BITS = 10
"""Of a byte on the line: a start bit of 0, eight of data, least significant first, a stop bit of 1."""


def resampled(data: bytes, ratio: float) -> bytes:
    """Bytes as heard by who listens at another speed.

    Bytes follow each other without a pause, and the line is idle before and after them. A byte whose stop bit is not
    found is passed on as it was read, as Linux does with a raw tty.

    Args:
        data: What was sent.
        ratio: Speed of who sends over that of who listens: one bit of the listener takes so many of the sender.
    """
    levels = [1]
    for byte in data:
        levels += [0, *(byte >> bit & 1 for bit in range(8)), 1]
    heard = bytearray()
    at = 0.0
    while (start := _falling(levels, at)) is not None:
        taken = [_level(levels, start + (bit + 1.5) * ratio) for bit in range(8)]
        heard.append(sum(level << bit for bit, level in enumerate(taken)))
        at = start + (FRAME_BITS - 0.5) * ratio
    return bytes(heard)


def _level(levels: list[int], at: float) -> int:
    return levels[int(at)] if at < len(levels) else 1


def _falling(levels: list[int], since: float) -> float | None:
    """Where the level next falls to 0, or is 0 already; None where it stays 1."""
    if _level(levels, since) == 0:
        return since
    for at in range(math.floor(since) + 1, len(levels)):
        if levels[at] == 0:
            return float(at)
    return None
