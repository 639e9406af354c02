"""The index of sessions: every try that was scored, in one SQLite file beside the session folders.

Everything in it comes from the folders' ``session.json``: it can be thrown away and built anew at any time, which is
also how an index of an older version is brought up to date. It holds pseudonyms, never names, and only its owner may
read it. Any number of processes may write: each entry is one transaction, and SQLite's own journal sees to crashes.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

import msgspec

from robotics.errors import InputFileError, SteadyhandError
from vr_training.records.attempt import Attempt, from_results
from vr_training.records.session import sessions

FILE_NAME = "index.sqlite"
"""Name of the index in the folder of all sessions."""

VERSION = 4
"""Of the schema; SQLite's ``user_version``."""

_WAIT_S = 60.0  # for other writers: an entry takes milliseconds, but on a busy machine the queue is not fair
_SCHEMA = """
CREATE TABLE attempts (
    session TEXT PRIMARY KEY, lesson TEXT NOT NULL, level INTEGER NOT NULL, person TEXT, input TEXT NOT NULL,
    seed INTEGER NOT NULL, success INTEGER NOT NULL, points REAL, started TEXT NOT NULL, filter TEXT NOT NULL,
    rig TEXT NOT NULL, digest TEXT NOT NULL, difficulty TEXT NOT NULL, drives TEXT NOT NULL,
    delay_ms REAL NOT NULL, jitter_ms REAL NOT NULL, loss REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX attempts_by_person ON attempts (person, lesson, started);
CREATE TABLE measures (
    session TEXT NOT NULL REFERENCES attempts ON DELETE CASCADE, name TEXT NOT NULL, value REAL NOT NULL,
    PRIMARY KEY (session, name)
) WITHOUT ROWID;
"""
_COLUMNS = tuple(name for name in Attempt.__struct_fields__ if name != "measures")


class SessionIndex:
    """The index of a folder of sessions. Constructing it touches nothing; ``with`` opens it, and makes it if need be.

    Args:
        root: Folder of all sessions; where it does not exist the index is empty and keeps nothing.

    Attributes:
        path: The file.
    """

    def __init__(self, root: Path) -> None:
        self._root, self.path = root, root / FILE_NAME
        self._opened: sqlite3.Connection | None = None

    def __enter__(self) -> SessionIndex:
        try:
            there = self._root.is_dir()
            if there:  # made as private as it stays: SQLite gives its journal the rights of the file
                os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
            # Whoever only asks leaves no folder behind: where there is none there are no sessions.
            self._opened = sqlite3.connect(self.path if there else ":memory:", timeout=_WAIT_S, isolation_level=None)
            self._opened.execute("PRAGMA foreign_keys = ON")
            self._bring_up_to_date()
        except (sqlite3.Error, OSError) as error:
            self.close()
            raise self._unusable(error) from error
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; nothing where it is closed."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def enter(self, attempt: Attempt) -> None:
        """Enter a try, in place of what was known of the same session.

        Raises:
            InputFileError: The index cannot be written.
        """
        self._in_one((attempt,))

    def rebuild(self) -> int:
        """Forget everything and read it again from the session folders; the number of tries found.

        Raises:
            InputFileError: The index cannot be written.
        """
        # Read within the transaction: whoever ends a session meanwhile enters it after this, and nothing is lost.
        return self._in_one(self._from_folders(), afresh=True)

    def attempts(
        self,
        lesson: str | None = None,
        person: str | None = None,
        difficulty: str | None = None,
        drives: str | None = None,
    ) -> tuple[Attempt, ...]:
        """Tries, oldest first.

        Args:
            lesson: Of this lesson alone; of all where None.
            person: Of this person alone; of everyone and nobody where None.
            difficulty: At this difficulty alone; at all where None.
            drives: With these drives alone; with all where None.

        Raises:
            InputFileError: The index cannot be read.
        """
        named = (("lesson", lesson), ("person", person), ("difficulty", difficulty), ("drives", drives))
        asked = [(name, value) for name, value in named if value is not None]
        where = " AND ".join(f"{name} = ?" for name, _ in asked) or "1"
        values = [value for _, value in asked]
        try:
            base = self._connection()
            base.execute("BEGIN")  # one picture for both tables
            try:
                rows = base.execute(
                    f"SELECT {', '.join(_COLUMNS)} FROM attempts WHERE {where}"
                    " ORDER BY started, length(session), session",  # of one second the second is called -2
                    values,
                ).fetchall()
                lines: dict[str, dict[str, float]] = {}
                for session, name, value in base.execute(
                    f"SELECT session, name, value FROM measures JOIN attempts USING (session) WHERE {where}", values
                ):
                    lines.setdefault(session, {})[name] = value
            finally:
                base.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise self._unusable(error) from error
        plain = [dict(zip(_COLUMNS, row, strict=True)) for row in rows]
        data = [
            {**each, "success": bool(each["success"]), "measures": lines.get(each["session"], {})} for each in plain
        ]
        return tuple(msgspec.convert(data, list[Attempt]))

    def _bring_up_to_date(self) -> None:
        version = self._version()
        if version > VERSION:
            raise InputFileError(f"{self.path} is of version {version}, this program knows {VERSION}: it is newer")
        if version < VERSION:
            self._in_one(self._from_folders(), afresh=True, unless_done=True)

    def _version(self) -> int:
        return int(self._connection().execute("PRAGMA user_version").fetchone()[0])

    def _from_folders(self) -> Iterable[Attempt]:
        for session in sessions(self._root):
            try:
                attempt = from_results(session.name, session.read_results())
            except SteadyhandError:
                continue  # did not end in good order: it was not scored
            if attempt is not None:
                yield attempt

    def _in_one(self, entries: Iterable[Attempt], afresh: bool = False, unless_done: bool = False) -> int:
        """Enter tries in one transaction, all of them or none; how many they were.

        Args:
            entries: The tries.
            afresh: Whether all that is there is forgotten first.
            unless_done: Whether that is left alone where somebody else, who found the same old version at the same
                time, was first: what was entered since would be lost.
        """
        base, count = self._connection(), 0
        try:
            base.execute("BEGIN IMMEDIATE")
            try:
                if unless_done and self._version() == VERSION:
                    base.execute("ROLLBACK")
                    return 0
                if afresh:
                    self._lay_out(base)
                for attempt in entries:
                    self._put(base, attempt)
                    count += 1
                base.execute("COMMIT")
            except BaseException:
                base.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise self._unusable(error) from error
        return count

    @staticmethod
    def _lay_out(base: sqlite3.Connection) -> None:
        # `executescript` would commit what is open.
        for table in ("measures", "attempts"):
            base.execute(f"DROP TABLE IF EXISTS {table}")
        for statement in filter(str.strip, _SCHEMA.split(";")):
            base.execute(statement)
        base.execute(f"PRAGMA user_version = {VERSION}")

    @staticmethod
    def _put(base: sqlite3.Connection, attempt: Attempt) -> None:
        base.execute("DELETE FROM attempts WHERE session = ?", (attempt.session,))
        places = ", ".join("?" * len(_COLUMNS))
        base.execute(
            f"INSERT INTO attempts ({', '.join(_COLUMNS)}) VALUES ({places})",
            [getattr(attempt, name) for name in _COLUMNS],
        )
        base.executemany(
            "INSERT INTO measures VALUES (?, ?, ?)",
            [(attempt.session, name, value) for name, value in attempt.measures.items()],
        )

    def _connection(self) -> sqlite3.Connection:
        if self._opened is None:
            raise InputFileError(f"the index {self.path} is not open")
        return self._opened

    def _unusable(self, error: Exception) -> InputFileError:
        return InputFileError(
            f"the index {self.path} cannot be used: {error}; where it is damaged, delete it:"
            " the next call builds it anew from the session folders"
        )
