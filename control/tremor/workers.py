"""Worker processes for figures that take many runs: left alone by Ctrl-C, which is their parent's to handle."""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any


@contextmanager
def workers(jobs: int, prepare: Callable[..., None] | None = None, *arguments: Any) -> Iterator[ProcessPoolExecutor]:
    """Start ``jobs`` processes; what has not begun at the end of the block is dropped.

    Args:
        jobs: How many.
        prepare: Called in each with the arguments before anything else.
        *arguments: What it is given.
    """
    # A forked child would inherit the threads that numpy and the progress bar have started.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin, initargs=(prepare, arguments))
    try:
        with _deaf():
            # Processes start when there is work; they inherit that Ctrl-C is not theirs from their first moment.
            for ready in [pool.submit(_nothing) for _ in range(jobs)]:
                ready.result()
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _begin(prepare: Callable[..., None] | None, arguments: tuple[Any, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if prepare is not None:
        prepare(*arguments)


def _nothing() -> None:
    return


@contextmanager
def _deaf() -> Iterator[None]:
    """Ctrl-C waits for the end of the block; outside of the main thread it is left alone."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
