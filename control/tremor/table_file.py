"""Read tables of numbers that people hand over: any usual delimiter, with or without a header and a preamble."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from robotics.contracts import Vector
from robotics.errors import InputFileError, MissingFileError

MAX_BYTES = 50_000_000
"""Largest file that is read [bytes]: half an hour at 1 kHz has less."""

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "spaces"}
_SAMPLE_LINES = 200


@dataclass(frozen=True)
class Table:
    """A table of numbers.

    Attributes:
        path: The file it came from.
        names: Names of its columns from the header, or ``"1"``, ``"2"``, ... where it has none.
        headed: Whether the names come from a header.
        values: The numbers, shape (rows, columns).
        delimiter: What parts the columns, in words.
        skipped: Lines before the first row of numbers, the header included.
    """

    path: Path
    names: tuple[str, ...]
    headed: bool
    values: Vector
    delimiter: str
    skipped: int


def read_table(path: Path) -> Table:
    """Read a delimited text file of numbers.

    Args:
        path: The file.

    Raises:
        MissingFileError: Nothing is there.
        InputFileError: It is not a text file of numbers; the message names the line.
    """
    lines = _lines(path)
    symbol = _delimiter(path, lines)
    rows = [_split(line, symbol) for line in lines]
    first = _first_row(path, rows)
    width = len(rows[first])
    comma_decimals = symbol != "," and any("," in cell for cell in rows[first])
    values = np.empty((len(rows) - first, width))
    filled = 0
    for number, row in enumerate(rows[first:], start=first + 1):
        if not any(row):
            continue
        if len(row) != width:
            raise InputFileError(f"{path}: line {number} has {len(row)} columns, the lines before it {width}")
        for column, cell in enumerate(row):
            value = _number(cell.replace(",", ".") if comma_decimals else cell)
            if value is None:
                raise InputFileError(f"{path}: line {number}, column {column + 1}: {cell!r} is not a number")
            values[filled, column] = value
        filled += 1
    names = _header(rows, first, width)
    return Table(
        path=path,
        names=names if names else tuple(str(i + 1) for i in range(width)),
        headed=bool(names),
        values=values[:filled],
        delimiter=_DELIMITERS[symbol],
        skipped=first,
    )


def _lines(path: Path) -> list[str]:
    if path.is_dir():
        raise InputFileError(f"{path} is a folder; name a file of comma-separated numbers")
    if not path.is_file():
        raise MissingFileError(f"no recording at {path}")
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise InputFileError(f"{path} has {size / 1e6:.0f} MB; at most {MAX_BYTES / 1e6:.0f} MB are read")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputFileError(f"{path} is not a text file (UTF-8); hand over comma-separated numbers") from None
    except OSError as error:
        raise InputFileError(f"{path} cannot be read: {error.strerror}") from None
    if "\0" in text:
        raise InputFileError(f"{path} is not a text file; hand over comma-separated numbers")
    lines = text.splitlines()
    if not any(line.strip() for line in lines):
        raise InputFileError(f"{path} is empty")
    return lines


def _delimiter(path: Path, lines: list[str]) -> str:
    """The symbol under which most of the sampled lines, from the end of the sample, split into numbers."""
    sample = [line for line in lines[-_SAMPLE_LINES:] if line.strip()]
    best, most = "", 1
    for symbol in _DELIMITERS:
        widths = [len(_split(line, symbol)) for line in sample]
        numeric = [
            len(row) > 1 and all(_number(cell.replace(",", ".") if symbol != "," else cell) is not None for cell in row)
            for row in (_split(line, symbol) for line in sample)
        ]
        width = max(set(widths), key=widths.count)
        if sum(numeric) > 0.5 * len(sample) and width > most:
            best, most = symbol, width
    if not best:
        shown = sample[len(sample) // 2].strip()[:60]
        raise InputFileError(
            f"{path} is no table of numbers: no columns parted by comma, semicolon, tab, bar or spaces in {shown!r}"
        )
    return best


def _split(line: str, symbol: str) -> list[str]:
    if symbol == " ":
        return line.split()
    cells = next(csv.reader(io.StringIO(line), delimiter=symbol, skipinitialspace=True), [])
    return [cell.strip() for cell in cells]


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None if cell else float("nan")


def _first_row(path: Path, rows: list[list[str]]) -> int:
    """Index of the first row of numbers."""
    for i, row in enumerate(rows):
        if len(row) > 1 and sum(bool(re.search(r"\d", cell)) for cell in row) > 0.5 * len(row):
            cells = [cell.replace(",", ".") for cell in row]
            if all(_number(cell) is not None for cell in cells):
                return i
    raise InputFileError(f"{path} has no row of numbers")


def _header(rows: list[list[str]], first: int, width: int) -> tuple[str, ...]:
    """The last line before the numbers that has as many cells as they; a leading comment sign is dropped."""
    for row in reversed(rows[:first]):
        if any(row):
            cells = [cell.lstrip("#% ").strip('"') for cell in row if cell not in ("#", "%")]
            return tuple(cells) if len(cells) == width else ()
    return ()
