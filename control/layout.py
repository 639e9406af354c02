"""A tick layout as text, the form in which it stands in a ring's header, in a scene and in a recording."""

from __future__ import annotations

import msgspec
import numpy as np

from control.tick import TickLayout, tick_dtype
from robotics.errors import InputFileError


def encode_layout(layout: TickLayout) -> str:
    """JSON of a layout."""
    return msgspec.json.encode(layout).decode()


def decode_layout(text: str | bytes, source: str = "layout") -> TickLayout:
    """The layout that `encode_layout` wrote.

    Raises:
        InputFileError: It is not one; names ``source``.
    """
    try:
        return msgspec.json.decode(text, type=TickLayout)
    except msgspec.DecodeError as error:
        raise InputFileError(f"{source}: not a tick layout: {error}") from error


def describe_dtype(layout: TickLayout) -> str:
    """Every field of a layout's records with type and offset, as one line: equal for equal records only."""

    def fields(dtype: np.dtype[np.void], prefix: str, base: int) -> list[str]:
        lines: list[str] = []
        for name in dtype.names or ():
            field = dtype.fields[name]  # type: ignore[index]
            kind, offset = field[0], field[1] + base
            if kind.names:
                lines += fields(kind, f"{prefix}{name}.", offset)
            else:
                lines.append(f"{prefix}{name}@{offset}:{kind.base.str}{list(kind.shape)}")
        return lines

    return ";".join(fields(tick_dtype(layout), "", 0))
