"""Files that others rely on: never written over unless told so, and whole or not there at any moment."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

from robotics.errors import ArgumentError


def refuse_existing(paths: Iterable[Path], overwrite: bool) -> None:
    """See that nothing would be lost.

    Raises:
        ArgumentError: One of the files is there already, and ``overwrite`` is False.
    """
    there = [] if overwrite else [path for path in paths if path.exists()]
    if there:
        raise ArgumentError(_already(there))


def _already(paths: Sequence[Path]) -> str:
    """That files are there, and how to replace them."""
    named = ", ".join(map(str, paths))
    one = len(paths) == 1
    return f"{named} {'is' if one else 'are'} there already; --overwrite replaces {'it' if one else 'them'}"


def write_whole(path: Path, fill: Callable[[BinaryIO], object], overwrite: bool) -> None:
    """Write a file through a draft beside it.

    Args:
        path: The file; its folder is made where it is not there.
        fill: Writes the content.
        overwrite: Whether a file that is there may be replaced.

    Raises:
        ArgumentError: It is there already, or cannot be written.
    """
    refuse_existing((path,), overwrite)
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ArgumentError(f"{path.parent} cannot be made: {error.strerror}") from error
    try:
        with draft.open("wb") as stream:
            fill(stream)
            stream.flush()
            os.fsync(stream.fileno())
        if overwrite:
            os.replace(draft, path)
        else:
            _place(draft, path)
    except FileExistsError as error:
        raise ArgumentError(_already([path])) from error
    except OSError as error:
        raise ArgumentError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        draft.unlink(missing_ok=True)


def _place(draft: Path, path: Path) -> None:
    """Give a draft its name; unlike a rename this fails where the file has come into being meanwhile."""
    try:
        os.link(draft, path)
    except FileExistsError:
        raise
    except OSError:  # sticks and shares have no links: there the name is taken first, by an empty file
        path.open("xb").close()
        os.replace(draft, path)
