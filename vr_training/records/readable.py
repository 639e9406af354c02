"""JSON that a person can read."""

from __future__ import annotations

from typing import Literal

import msgspec


def readable(value: object, order: Literal["deterministic"] | None = None) -> bytes:
    """Plain data as JSON that a person can read, in UTF-8.

    Args:
        value: The data.
        order: ``"deterministic"`` where the same value is to give the same bytes, however its tables are ordered.
    """
    return msgspec.json.format(msgspec.json.encode(value, order=order), indent=2) + b"\n"
