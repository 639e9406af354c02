"""Session folders: one for each run, with its recording, its results and everything that was made from them."""

from __future__ import annotations

import os
import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from robotics.errors import ArgumentError, InputFileError, MissingFileError, UnknownNameError
from vr_training.records.readable import readable
from vr_training.records.reader import FILE_NAME

SESSIONS_VARIABLE = "STEADYHAND_SESSIONS"
"""Environment variable that names the folder of all sessions."""

_NAME = re.compile(r"(\d{8}-\d{6})-([a-z0-9_]+)(?:-(\d+))?")


@dataclass(frozen=True)
class Session:
    """The folder of one session.

    Attributes:
        folder: Where it is.
    """

    folder: Path

    @property
    def name(self) -> str:
        """Its name: when it began and what it was."""
        return self.folder.name

    @property
    def recording(self) -> Path:
        """The recording."""
        return self.folder / FILE_NAME

    @property
    def results(self) -> Path:
        """The results as JSON, written at the end."""
        return self.folder / "session.json"

    @property
    def report(self) -> Path:
        """The report."""
        return self.folder / "report.html"

    @property
    def frames(self) -> Path:
        """Folder of still pictures."""
        return self.folder / "frames"

    @property
    def video(self) -> Path:
        """The video of the view."""
        return self.folder / "video.mp4"

    @property
    def live(self) -> Path:
        """Where its hub listens, there only while it runs."""
        return self.folder / "live.json"

    def write_results(self, results: Any) -> None:
        """Write the results, plain data or a struct, as JSON; the file is whole or not there at any moment."""
        write_whole(self.results, readable(results))

    def read_results(self) -> dict[str, Any]:
        """The results as plain data.

        Raises:
            MissingFileError: The session did not end in good order.
            InputFileError: They are damaged.
        """
        try:
            data = msgspec.json.decode(self.results.read_bytes(), type=dict[str, Any])
        except FileNotFoundError as error:
            raise MissingFileError(f"session {self.name} has no results: it did not end in good order") from error
        except msgspec.DecodeError as error:
            raise InputFileError(f"{self.results}: not JSON: {error}") from error
        return data

    def discard(self) -> None:
        """Remove the folder with all that is in it: for a run that failed before it began."""
        shutil.rmtree(self.folder, ignore_errors=True)


def sessions_folder() -> Path:
    """Folder of all sessions: ``$STEADYHAND_SESSIONS``, else ``sessions`` in the working folder."""
    return Path(os.environ.get(SESSIONS_VARIABLE) or "sessions")


def create(task: str, root: Path | None = None, began: time.struct_time | None = None) -> Session:
    """Make the folder of a new session. Two at the same second get different ones.

    Args:
        task: Name of the task, in lower_snake.
        root: Folder of all sessions; `sessions_folder` where None.
        began: Local time of the beginning; now where None.

    Raises:
        ArgumentError: A task's name that no folder can have, or no folder can be made there.
    """
    stem = f"{time.strftime('%Y%m%d-%H%M%S', began or time.localtime())}-{task}"
    if not _NAME.fullmatch(stem):
        raise ArgumentError(f"'{task}' is no name of a task: lower case letters, digits and '_' only")
    root = sessions_folder() if root is None else root
    try:
        root.mkdir(parents=True, exist_ok=True)
        return Session(_new_folder(root, stem))
    except OSError as error:
        raise ArgumentError(f"no session can be kept in {root}: {error.strerror}") from error


def sessions(root: Path | None = None) -> tuple[Session, ...]:
    """All sessions, oldest first."""
    root = sessions_folder() if root is None else root
    if not root.is_dir():
        return ()
    found = [folder for folder in root.iterdir() if _NAME.fullmatch(folder.name) and folder.is_dir()]
    return tuple(Session(folder) for folder in sorted(found, key=_age))


def resolve(name: str, root: Path | None = None) -> Session:
    """Find a session.

    Args:
        name: ``"newest"``, a session's name, the beginning of exactly one, the task of which it is the newest, or a
            path to its folder or to a file in it.
        root: Folder of all sessions; `sessions_folder` where None.

    Raises:
        UnknownNameError: None fits, or more than one begins so; the message lists the choices.
    """
    there = sessions(root)
    if name == "newest" and there:
        return there[-1]
    by_name = {session.name: session for session in there}
    if name in by_name:
        return by_name[name]
    path = Path(name)
    if len(path.parts) > 1 or path.is_dir():
        folder = path.parent if path.is_file() else path
        if (folder / FILE_NAME).is_file() or (_NAME.fullmatch(folder.name) and folder.is_dir()):
            return Session(folder)
    begins = [session for session in there if name and session.name.startswith(name)]
    if len(begins) == 1:
        return begins[0]
    of_task = [session for session in there if _parts(session.folder)[1] == name]
    if of_task and not begins:
        return of_task[-1]
    raise UnknownNameError("session", name, [session.name for session in begins or there])


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that at any moment it is the old one or the whole new one."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        draft.write_bytes(data)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _new_folder(root: Path, stem: str) -> Path:
    number = 1
    while True:
        folder = root / (stem if number == 1 else f"{stem}-{number}")
        try:
            folder.mkdir()
        except FileExistsError:
            number += 1
        else:
            return folder


def _parts(folder: Path) -> tuple[str, str, int]:
    match = _NAME.fullmatch(folder.name)
    assert match is not None
    return match.group(1), match.group(2), int(match.group(3) or 1)


def _age(folder: Path) -> tuple[str, int, str]:
    when, task, number = _parts(folder)
    return when, number, task
