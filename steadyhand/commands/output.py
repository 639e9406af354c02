"""Results as JSON, to a file or to standard output."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console

from robotics.errors import ArgumentError
from vr_training.records.readable import readable
from vr_training.records.session import write_whole


def console_for(json_file: Path | None, log_width: int = 120) -> Console:
    """The console that a command tells a person on: standard error where standard output carries JSON.

    Args:
        json_file: Where the JSON goes.
        log_width: How wide a line may be where it is no screen.
    """
    aside = json_file is not None and str(json_file) == "-"
    made = Console(stderr=aside)
    # A log file has no width of its own: do not fold what a screen would show on one line.
    return made if made.is_terminal else Console(stderr=aside, width=log_width)


def write_json(target: Path, data: Any) -> None:
    """Write data as JSON to a file, whole or not at all, or to standard output where ``target`` is ``-``.

    A link or a device is written through, never replaced: ``/dev/null`` must stay what it is.

    Raises:
        ArgumentError: The file cannot be written.
    """
    text = readable(data)
    if str(target) == "-":
        sys.stdout.write(text.decode())
        return
    try:
        if _leads_elsewhere(target):
            target.write_bytes(text)
        else:
            write_whole(target, text)
    except OSError as error:
        raise ArgumentError(f"--json {target}: {error.strerror}") from error


def check_writable(target: Path | None) -> None:
    """See before a long run whether its results could be written.

    Raises:
        ArgumentError: The folder is not there or takes no file, or the target is a folder.
    """
    if target is None or str(target) == "-":
        return
    if target.is_dir():
        raise ArgumentError(f"--json {target}: is a folder, must be a file")
    if _leads_elsewhere(target) and target.exists():
        if not os.access(target, os.W_OK):
            raise ArgumentError(f"--json {target}: may not be written")
        return
    try:
        with tempfile.TemporaryFile(dir=target.resolve().parent):
            pass
    except OSError as error:
        raise ArgumentError(f"--json {target}: no file can be written there: {error.strerror}") from error


def _leads_elsewhere(target: Path) -> bool:
    """Whether a target is a link, a device or a pipe."""
    return target.is_symlink() or (target.exists() and not target.is_file())


def make_folder(option: str, target: Path) -> None:
    """Make the folder that an option names, where it is not there yet.

    Raises:
        ArgumentError: It cannot be made.
    """
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ArgumentError(f"{option} {target}: {error.strerror}") from error
