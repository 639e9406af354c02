"""Sessions that the console starts: each a `steadyhand` of its own, which goes on whatever becomes of the page."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from robotics.errors import MissingFileError, SteadyhandError
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
        session: Name of its session, once that is known; it may have several, one after the other.
    """

    words: tuple[str, ...]
    process: subprocess.Popen[bytes]
    said: Path
    before: frozenset[str]
    began: float = field(default_factory=time.monotonic)

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.process.poll() is not None

    @property
    def words_of_it(self) -> str:
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

    def session_of(self, run: Run) -> Session | None:
        """The newest session folder that a run has made."""
        made = [each for each in sessions_in(self.sessions) if each.name not in run.before]
        return made[-1] if made else None

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


def results_of(session: Session) -> dict[str, object] | None:
    """What a session came to; None where it has not ended in good order."""
    try:
        return session.read_results()
    except (MissingFileError, SteadyhandError):
        return None
