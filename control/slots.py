"""Slots in shared memory with one writer and any readers, without locks: the ground of ring and mailbox.

Item ``i`` lives in slot ``i % capacity``. The writer fills the slot and then counts up; a reader copies and then looks
at the count again: only what the writer cannot have begun to overwrite meanwhile is whole. A process that is killed
at any point leaves everything that was counted readable. Fences keep that order on processors that reorder
stores (ARM); on x86-64 they cost nothing.

Source:
    Boehm 2012, "Can seqlocks get along with programming language memory models?", MSPC, figures 4 and 6.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numba.core import types
from numba.extending import intrinsic
from numpy.typing import NDArray

Words = NDArray[np.int64]
"""A one-dimensional array of 64-bit words."""


def _fence(ordering: str) -> Any:
    """A compiled function that emits a memory fence (LLVM's ``fence`` instruction)."""

    def generate(context: Any, builder: Any, _signature: Any, _arguments: Any) -> Any:
        builder.fence(ordering)
        return context.get_dummy_value()

    return intrinsic(lambda _typing: (types.void(), generate))


_release = _fence("release")
_acquire = _fence("acquire")


@njit(cache=True)  # type: ignore[untyped-decorator]
def write_slot(slots: Words, count: Words, item: Words) -> None:
    """Write one item into the next slot and count it.

    Args:
        slots: All slots, shape (capacity * words of an item,).
        count: Number of items written so far, shape (1,).
        item: The item.
    """
    words = item.size
    written = count[0]
    start = (written % (slots.size // words)) * words
    for i in range(words):
        slots[start + i] = item[i]
    _release()
    count[0] = written + 1
    _release()


@njit(cache=True)  # type: ignore[untyped-decorator]
def read_slots(slots: Words, count: Words, first: int, out: Words, words: int) -> tuple[int, int]:
    """Copy items from ``first`` on, as many as ``out`` holds and as are there.

    Args:
        slots: All slots, shape (capacity * words,).
        count: Number of items written so far, shape (1,).
        first: Index of the first item wanted.
        out: Where the items go, shape (items * words,).
        words: Words of an item.

    Returns:
        Index of the first whole item and the index after the last; they lie at the beginning of ``out``.
    """
    capacity = slots.size // words
    written = count[0]
    _acquire()
    start = max(first, written - capacity + 1, 0)
    stop = min(written, start + out.size // words)
    for item in range(start, stop):
        source = (item % capacity) * words
        target = (item - start) * words
        for i in range(words):
            out[target + i] = slots[source + i]
    _acquire()
    # Item `count` may be half written: it overwrites item `count - capacity`.
    whole = max(start, count[0] - capacity + 1)
    if whole > start:
        shift = (min(whole, stop) - start) * words
        for i in range((stop - start) * words - shift):
            out[i] = out[i + shift]
    return min(whole, stop), stop


@njit(cache=True)  # type: ignore[untyped-decorator]
def read_newest(slots: Words, count: Words, out: Words) -> int:
    """Copy the newest item.

    Returns:
        How many items were written until then; 0 where there is none, -1 where it was overwritten during the copy.
    """
    words = out.size
    capacity = slots.size // words
    written = count[0]
    _acquire()
    if written == 0:
        return 0
    source = ((written - 1) % capacity) * words
    for i in range(words):
        out[i] = slots[source + i]
    _acquire()
    return written if written - 1 > count[0] - capacity else -1
