"""Tables that a command writes into a page of the documentation, between two marker lines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from robotics.errors import ArgumentError

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "REALISM.md"


def rows_as_markdown(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; nothing in a cell is interpreted."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "/") for cell in line) + " |" for line in lines)


def marks(name: str) -> tuple[str, str]:
    """The marker lines of a table."""
    return f"<!-- begin {name}: written by python -m benchmarks.{name} -->", f"<!-- end {name} -->"


def between(page: str, name: str) -> str:
    """What stands between the marker lines of a table.

    Raises:
        ArgumentError: The page lacks one of them.
    """
    begin, end = marks(name)
    if page.count(begin) != 1 or page.count(end) != 1:
        raise ArgumentError(f"the page has no pair of marker lines for '{name}': {begin!r} and {end!r}")
    return page.split(begin)[1].split(end, maxsplit=1)[0]


def write(path: Path, name: str, text: str) -> None:
    """Put text between the marker lines of a table."""
    page = path.read_text(encoding="utf-8")
    begin, end = marks(name)
    old = begin + between(page, name) + end
    path.write_text(page.replace(old, f"{begin}\n\n{text.strip()}\n\n{end}"), encoding="utf-8")
