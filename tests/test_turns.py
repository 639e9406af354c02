"""Turns on the machine: together, alone, and in the order of asking."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from tests.conftest import turn

SOON_S = 0.2
"""Long enough for a thread to come as far as it can [s]."""


class Worker:
    """A worker in a turn, until it is told to end it."""

    def __init__(self, folder: Path, alone: bool) -> None:
        self.runs, self._end = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, args=(folder, alone))
        self._thread.start()
        self.runs.wait(SOON_S)

    def _run(self, folder: Path, alone: bool) -> None:
        with turn(folder, alone):
            self.runs.set()
            self._end.wait(30.0)

    def end(self) -> None:
        self._end.set()
        self._thread.join(30.0)


def test_one_who_needs_the_machine_alone_waits_for_the_others_and_is_not_overtaken(tmp_path: Path) -> None:
    first, second = Worker(tmp_path, alone=False), Worker(tmp_path, alone=False)
    assert first.runs.is_set()
    assert second.runs.is_set(), "others run together"
    alone = Worker(tmp_path, alone=True)
    assert not alone.runs.is_set()
    late = Worker(tmp_path, alone=False)
    assert not late.runs.is_set(), "it would have overtaken"
    first.end()
    time.sleep(SOON_S)
    assert not alone.runs.is_set()
    second.end()
    assert alone.runs.wait(30.0)
    assert not late.runs.is_set()
    alone.end()
    assert late.runs.wait(30.0)
    late.end()
