"""Records that are written at every tick: looking a field up by its name takes longer than writing it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def fields_of(record: NDArray[np.void]) -> dict[str, NDArray[Any]]:
    """The fields of a record, shape (1,), as views: numbers of shape (1,), arrays of their own shape."""
    names = record.dtype.names or ()
    return {name: record[name] if record[name].ndim == 1 else record[name][0] for name in names}


class Page:
    """A record of one's own, written through views of its fields and handed over whole.

    Args:
        dtype: Of the record; all its fields fill whole words of eight bytes.

    Attributes:
        fields: Its fields; see `fields_of`.
    """

    def __init__(self, dtype: np.dtype[np.void]) -> None:
        record: NDArray[np.void] = np.zeros(1, dtype)
        self.fields = fields_of(record)
        self._words = record.view(np.int64)
        self._slot, self._slot_words = record, self._words

    def copy_to(self, slot: NDArray[np.void]) -> None:
        """Write it into another record of the same type, shape (1,); quickest with one and the same."""
        if slot is not self._slot:
            self._slot, self._slot_words = slot, slot.view(np.int64)
        self._slot_words[:] = self._words
