"""Sessions that the console starts: each a `steadyhand` of its own, which goes on whatever becomes of the page."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from robotics.errors import SteadyhandError
from vr_training.records.session import SESSIONS_VARIABLE, Session
from vr_training.records.session import sessions as sessions_in
from vr_training.stream.endpoints import live_sessions

END_S = 20.0
"""How long a session gets to end in good order before it is ended [s]."""


@dataclass
class Run:
    """One `steadyhand` that was started.

    Attributes:
        words: What it was called with.
        process: Its process.
        said: File of what it says.
        before: Sessions that were there when it was started.
    """

    words: tuple[str, ...]
    process: subprocess.Popen[bytes]
    said: Path
    before: frozenset[str]

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.process.poll() is not None

    @property
    def last_word(self) -> str:
        """The last of what it said, for a person."""
        lines = self.said.read_text(encoding="utf-8", errors="replace").splitlines()
        return next((line.strip() for line in reversed(lines) if line.strip()), "")


class Runs:
    """All that the console has started.

    Args:
        sessions: Folder of all sessions.
    """

    def __init__(self, sessions: Path) -> None:
        self.sessions = sessions
        self._runs: list[Run] = []
        self._folder = tempfile.TemporaryDirectory(prefix="steadyhand-console-")

    def start(self, *words: str) -> Run:
        """Start `steadyhand` with these words and the console's folder of sessions."""
        said = Path(self._folder.name) / f"{len(self._runs)}.txt"
        environment = {**os.environ, SESSIONS_VARIABLE: str(self.sessions), "PYTHONUNBUFFERED": "1", "COLUMNS": "160"}
        with said.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "steadyhand", *words],
                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, env=environment, start_new_session=True,
            )  # fmt: skip
        run = Run(words, process, said, frozenset(each.name for each in sessions_in(self.sessions)))
        self._runs.append(run)
        return run

    def live_of(self, run: Run) -> str:
        """Name of the session that a run has going; empty where none runs."""
        names = [name for name in live_sessions(self.sessions) if name not in run.before]
        return names[-1] if names else ""

    def works_on(self, session: Session) -> bool:
        """Whether a run that still goes on may have made a session."""
        return any(not run.over and session.name not in run.before for run in self._runs)

    @property
    def going(self) -> bool:
        """Whether anything that was started still goes on."""
        return any(not run.over for run in self._runs)

    def close(self) -> None:
        """End everything that still runs, saved and at rest."""
        for run in self._runs:
            if not run.over:
                os.killpg(run.process.pid, signal.SIGINT)
        for run in self._runs:
            try:
                run.process.wait(END_S)
            except subprocess.TimeoutExpired:
                os.killpg(run.process.pid, signal.SIGKILL)
                run.process.wait()
        self._folder.cleanup()


def results_of(session: Session) -> dict[str, Any] | None:
    """What a session came to; None where it has not ended in good order."""
    try:
        return session.read_results()
    except SteadyhandError:
        return None
