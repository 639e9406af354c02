"""What is kept of a patient: assessments, sessions, and how hard his exercises are at present.

One folder a patient, under a pseudonym, in the folder of all sessions; only its owner may look into it. Every file is
JSON that a person can read, and is at any moment the old one or the whole new one::

    patients/p07/assessments/2026-03-01-arm_exo-right.json
    patients/p07/sessions/0001-2026-03-01.json
    patients/p07/difficulty.json
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TypeVar

import msgspec

from robotics.errors import ArgumentError, InputFileError, MissingFileError, UnknownNameError
from vr_training.records.readable import readable
from vr_training.records.session import sessions_folder, write_whole
from vr_training.rehab.adaptation import Difficulty
from vr_training.rehab.export.record import SessionRecord, check_pseudonym
from vr_training.rehab.prescription import Assessment, JointAssessment, Side, assessment_text, read_assessment

FOLDER = "patients"
"""Name of the folder of all patients, in that of all sessions."""

_SESSION = re.compile(r"(\d{4,})-\d{4}-\d{2}-\d{2}\.json")
_ASSESSMENT = re.compile(r"(\d{4}-\d{2}-\d{2})-[a-z0-9_]*-(?:left|right)(?:-(\d+))?\.json")

T = TypeVar("T")


def patients(sessions: Path | None = None) -> tuple[str, ...]:
    """Pseudonyms of all patients of whom something is kept."""
    root = (sessions_folder() if sessions is None else sessions) / FOLDER
    return tuple(sorted(folder.name for folder in root.iterdir() if folder.is_dir())) if root.is_dir() else ()


class PatientRecords:
    """What is kept of one patient. Constructing it touches nothing; the first file that is written makes the folder.

    Args:
        pseudonym: Whose it is; never a name.
        sessions: Folder of all sessions; see `vr_training.records.session.sessions_folder` where None.

    Attributes:
        folder: Where it is.

    Raises:
        ArgumentError: It is no pseudonym.
    """

    def __init__(self, pseudonym: str, sessions: Path | None = None) -> None:
        self.pseudonym = check_pseudonym(pseudonym)
        self._all = sessions_folder() if sessions is None else sessions
        self.folder = self._all / FOLDER / pseudonym

    def require(self) -> PatientRecords:
        """The same, where anything is kept of him.

        Raises:
            UnknownNameError: Nothing is; the message lists those of whom there is.
        """
        if not self.folder.is_dir():
            raise UnknownNameError("patient", self.pseudonym, patients(self._all))
        return self

    def refuse_unwritable(self) -> None:
        """See that something can be kept, before hours of work turn out to be lost; makes nothing.

        Raises:
            ArgumentError: The folder is there and may not be written to, or cannot be made.
        """
        there = next(path for path in (self.folder, *self.folder.absolute().parents) if path.exists())
        if not there.is_dir():
            raise ArgumentError(f"{self.folder} cannot be made: {there} is no folder")
        if not os.access(there, os.W_OK | os.X_OK):
            raise ArgumentError(f"{self.folder} cannot be written: {there} is not yours to write to")

    def assessments(self) -> tuple[Assessment, ...]:
        """All assessments, oldest first.

        Raises:
            InputFileError: One of the files is damaged.
        """
        found = self._files("assessments", _ASSESSMENT)
        found.sort(key=lambda path: self._age(path.name))
        return tuple(read_assessment(path) for path in found)

    def assessment(self, side: Side, newest: bool = True) -> Assessment | None:
        """What is known of an arm of his, each figure the newest, whichever robot took it; None where nothing is.

        Args:
            side: Which arm.
            newest: Whether the newest figure counts, else the oldest.
        """
        fitting = [each for each in self.assessments() if each.side == side]
        if not fitting:
            return None
        fitting = fitting if newest else fitting[::-1]
        joints: dict[str, JointAssessment] = {}
        for each in fitting:
            for joint, found in each.joints.items():
                new = {name: value for name, value in msgspec.structs.asdict(found).items() if value not in (None, ())}
                if found.strength_nm is None:
                    del new["strength_at_least"]  # which says something of it alone
                joints[joint] = msgspec.structs.replace(joints.get(joint, JointAssessment()), **new)
        weighed = [each for each in fitting if each.loads]
        loads = weighed[-1].loads if weighed else ()
        return msgspec.structs.replace(fitting[-1], joints=joints, loads=loads)

    def add_assessment(self, assessment: Assessment) -> Path:
        """Keep an assessment beside those that are there.

        Raises:
            ArgumentError: It is of another patient, or cannot be written.
        """
        if assessment.patient != self.pseudonym:
            raise ArgumentError(f"an assessment of '{assessment.patient}' in the folder of '{self.pseudonym}'")
        folder = self._made("assessments")
        stem = f"{assessment.date.isoformat()}-{assessment.arm}-{assessment.side}"
        path, number = folder / f"{stem}.json", 1
        while path.exists():
            number += 1
            path = folder / f"{stem}-{number}.json"
        self._write(path, assessment_text(assessment))
        return path

    def sessions(self) -> tuple[SessionRecord, ...]:
        """All sessions, in the order in which they were done.

        Raises:
            InputFileError: One of the files is damaged.
        """
        return tuple(_read(path, SessionRecord) for path in sorted(self._files("sessions", _SESSION), key=_number))

    def next_session(self, date: str) -> Path:
        """Where the next session is to be kept: `keep_session` writes it, again and again while it goes on."""
        numbers = [_number(path) for path in self._files("sessions", _SESSION)]
        return self.folder / "sessions" / f"{max(numbers, default=0) + 1:04d}-{date}.json"

    def keep_session(self, path: Path, record: SessionRecord) -> None:
        """Keep a session as far as it has come.

        Raises:
            ArgumentError: It is of another patient, or cannot be written.
        """
        if record.pseudonym != self.pseudonym:
            raise ArgumentError(f"a session of '{record.pseudonym}' in the folder of '{self.pseudonym}'")
        self._made("sessions")
        self._write(path, readable(record, "deterministic"))

    def difficulties(self) -> dict[str, Difficulty]:
        """How hard each block is at present, by the key that it was kept under.

        Raises:
            InputFileError: The file is damaged.
        """
        path = self.folder / "difficulty.json"
        return _read(path, dict[str, Difficulty]) if path.exists() else {}

    def keep_difficulties(self, difficulties: dict[str, Difficulty]) -> None:
        """Keep how hard blocks are, beside those of other plans.

        Raises:
            ArgumentError: It cannot be written.
        """
        path = self._made("") / "difficulty.json"
        self._write(path, readable({**self.difficulties(), **difficulties}, "deterministic"))

    def _made(self, name: str) -> Path:
        folder = self.folder / name
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise ArgumentError(f"{folder} cannot be made: {error.strerror}") from error
        return folder

    def _files(self, name: str, pattern: re.Pattern[str]) -> list[Path]:
        folder = self.folder / name
        return [path for path in folder.iterdir() if pattern.fullmatch(path.name)] if folder.is_dir() else []

    @staticmethod
    def _age(name: str) -> tuple[str, int]:
        match = _ASSESSMENT.fullmatch(name)
        assert match is not None
        return match.group(1), int(match.group(2) or 1)

    @staticmethod
    def _write(path: Path, data: bytes) -> None:
        try:
            write_whole(path, data)
        except OSError as error:
            raise ArgumentError(f"{path} cannot be written: {error.strerror}") from error


def _number(path: Path) -> int:
    return int(path.name.split("-")[0])


def _read(path: Path, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except FileNotFoundError as error:
        raise MissingFileError(f"there is no {path}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, ArgumentError) as error:
        raise InputFileError(f"{path} is damaged: {error}") from error
