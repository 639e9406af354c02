"""Where what belongs to one person is kept: a folder per pseudonym that nobody else may read."""

from __future__ import annotations

import os
import re
from pathlib import Path

from robotics.errors import ArgumentError

PEOPLE = Path("people")
"""Folder of all people, in the working folder."""

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")


def check_name(name: str) -> str:
    """The name, where it can be a pseudonym.

    Raises:
        ArgumentError: It cannot.
    """
    if not _NAME.fullmatch(name):
        raise ArgumentError(
            f"'{name}' is no pseudonym: lower case letters, digits, '_' and '-', at most 32, a letter first,"
            " for example p07; never a person's real name"
        )
    return name


def check_room(name: str, out: Path | None) -> None:
    """See before a long search whether a person's file could be written, into the person's folder or to ``out``.

    Raises:
        ArgumentError: It could not.
    """
    folder = out.parent if out is not None else PEOPLE / name
    while out is None and not folder.exists():
        folder = folder.parent
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        raise ArgumentError(f"{out or PEOPLE / name} cannot be written: {folder} is no folder that takes files")


def folder_of(name: str) -> Path:
    """The person's folder, made where it is not there yet; only its owner may look into it.

    Raises:
        ArgumentError: No pseudonym, or the folder cannot be made.
    """
    folder = PEOPLE / check_name(name)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ArgumentError(f"{folder} cannot be made: {error.strerror}") from error
    return folder


def write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read; at any moment it is the old one or the whole new one.

    Raises:
        ArgumentError: It cannot be written.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        # Made as private as it ends: at no moment may others read it.
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
        os.replace(draft, path)
    except OSError as error:
        raise ArgumentError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        draft.unlink(missing_ok=True)
