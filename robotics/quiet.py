"""A way to keep C code from writing to the terminal."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager


@contextmanager
def quiet() -> Iterator[None]:
    """Send what C code writes to standard output and standard error nowhere for the length of the block."""
    with ExitStack() as stack:
        for stream, handle in ((sys.stdout, 1), (sys.stderr, 2)):
            stream.flush()
            stack.enter_context(_aside(handle))
        try:
            yield
        finally:
            # C's own buffers, too: what waits there would come out later.
            ctypes.CDLL(None).fflush(None)


@contextmanager
def _aside(handle: int) -> Iterator[None]:
    try:
        kept = os.dup(handle)
    except OSError:  # closed: there is nothing to keep quiet
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, handle)
    os.close(nowhere)
    try:
        yield
    finally:
        os.dup2(kept, handle)
        os.close(kept)
