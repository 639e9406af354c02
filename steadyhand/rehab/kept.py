"""Which of the sessions that are kept are guided exercises, and what each of them came to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from robotics.errors import SteadyhandError
from vr_training import exercises
from vr_training.records.reader import Recording
from vr_training.records.session import Session, sessions
from vr_training.rehab.results import ExerciseResult


def is_exercise(session: Session) -> bool:
    """Whether a session is a guided exercise.

    Raises:
        MissingFileError: It has no recording, and no results either.
        InputFileError: Its recording is damaged.
    """
    try:
        return "exercise" in session.read_results()
    except SteadyhandError:  # it did not end in good order; its recording may tell
        return Recording.open(session.recording).scene.guided is not None


def kept_exercises(root: Path | None = None, exercise: str | None = None) -> Iterator[tuple[Session, ExerciseResult]]:
    """Guided exercises that ended in good order, oldest first, with their results as they were then.

    Args:
        root: Folder of all sessions.
        exercise: Of this exercise alone.
    """
    known = exercises.names() if exercise is None else (exercise,)
    for session in sessions(root):
        if not any(f"-{name}" in session.name for name in known):
            continue  # no other file need be read
        try:
            result = msgspec.convert(session.read_results(), ExerciseResult)
        except (SteadyhandError, msgspec.ValidationError):
            continue  # cut off, or a lesson of surgery whose name begins alike
        if exercise is None or result.exercise == exercise:
            yield session, result
