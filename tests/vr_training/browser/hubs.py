"""A hub of the stage in a process of its own, for whoever looks on from a browser."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from vr_training.stream.endpoints import announce
from vr_training.stream.messages import Endpoints

ROOT = Path(__file__).parents[3]


@dataclass
class Stage:
    """A running stage.

    Attributes:
        endpoints: Where its hub listens.
        process: Its process.
        name: Name of its session.
        told: What it said at the end: which hands came in, and which stop.
    """

    endpoints: Endpoints
    process: subprocess.Popen[str]
    name: str = ""
    told: dict[str, object] = field(default_factory=dict)

    def end(self, seconds: float = 60.0) -> dict[str, object]:
        """Wait for its end; what it said."""
        said, _ = self.process.communicate(timeout=seconds)
        self.told = msgspec.json.decode(said.splitlines()[-1])
        return self.told


@contextmanager
def stage(seconds: float, inputs: bool = True, sessions: Path | None = None) -> Iterator[Stage]:
    """A stage that runs for some time, announced as a session where a folder of sessions is given."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.vr_training.view.view_hub", str(seconds), str(int(inputs))],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        endpoints = msgspec.json.decode(process.stdout.readline(), type=Endpoints)
        name = ""
        if sessions is not None:
            name = "20260101-120000-needle_reach"
            (sessions / name).mkdir()
            announce(sessions / name, endpoints)
        yield Stage(endpoints, process, name)
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
