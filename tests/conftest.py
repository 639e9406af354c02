"""Tests that need the machine for themselves wait until it is theirs: those marked ``alone``."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

TURNS = "STEADYHAND_TEST_TURNS"
"""Names the folder of the locks; set by the process that was started, read by its workers."""


def pytest_configure(config: pytest.Config) -> None:
    """Make the locks before any worker is started, and remove them once all of them are done."""
    if TURNS not in os.environ:
        os.environ[TURNS] = tempfile.mkdtemp(prefix="steadyhand-tests-")
        config.add_cleanup(lambda: shutil.rmtree(os.environ.pop(TURNS), ignore_errors=True))


@pytest.hookimpl(wrapper=True, tryfirst=True)  # around the clock of pytest-timeout: who waits is not late
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """A test that is marked ``alone`` runs while no other one does, whatever the number of workers."""
    with turn(Path(os.environ[TURNS]), alone=item.get_closest_marker("alone") is not None):
        return (yield)


@contextmanager
def turn(folder: Path, alone: bool) -> Iterator[None]:
    """One's turn on the machine: together with others, or alone.

    Whoever waits holds the door, so that one who waits for all others to end is not overtaken by new ones.
    """
    with (folder / "machine").open("w") as machine:
        with (folder / "door").open("w") as door:
            fcntl.flock(door, fcntl.LOCK_EX)
            fcntl.flock(machine, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield
