"""The digest of an episode: equal for equal episodes, whenever and on whichever machine they ran."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from control.tick import without_host_time

_PIECE = 4096  # ticks copied at a time, so that a long recording is not held twice


class TickDigest:
    """SHA-256 over tick records without host time, fed in pieces of any size."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def update(self, ticks: NDArray[np.void]) -> None:
        """Take more ticks, shape (n,)."""
        for start in range(0, len(ticks), _PIECE):
            self._hash.update(without_host_time(ticks[start : start + _PIECE]).tobytes())

    def hexdigest(self) -> str:
        """Digest of all ticks so far, hexadecimal."""
        return self._hash.hexdigest()


def digest(ticks: NDArray[np.void]) -> str:
    """Digest of tick records, shape (n,)."""
    state = TickDigest()
    state.update(ticks)
    return state.hexdigest()
