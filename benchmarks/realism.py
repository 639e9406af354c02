"""Figures that are published, beside what the simulation does: measured by running it, never read from a configuration.

python -m benchmarks.realism [ROW ...] [--list] [--write]

Prints the table of the rows that are named, all where none is; `--write` puts the whole of it into docs/REALISM.md, and
the table of simulated patients (`benchmarks.realism_patients`).
"""

from __future__ import annotations

import argparse

from rich.progress import Progress

from benchmarks import realism_drives, realism_grips, realism_hands, realism_patients, realism_tissue
from benchmarks._page import PAGE, rows_as_markdown, write
from benchmarks._published import HEADS, Row, cells
from benchmarks._report import console, print_machine


def all_rows() -> dict[str, Row]:
    """Every row by its name, in the table's order."""
    rows = [*realism_grips.ROWS, *realism_drives.ROWS, *realism_tissue.ROWS, *realism_hands.ROWS]
    return {row.name: row for row in rows}


def main() -> None:
    """Measure the rows that are asked for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="*", help="names of rows; all where left out")
    parser.add_argument("--list", action="store_true", help="list the rows, measure nothing")
    parser.add_argument("--write", action="store_true", help=f"write the table into {PAGE.name}; of all rows only")
    asked = parser.parse_args()
    rows = all_rows()
    if asked.list:
        for name, row in rows.items():
            console.print(f"{name:24} {row.title}", markup=False)
        return
    unknown = [name for name in asked.rows if name not in rows]
    if unknown:
        parser.error(f"unknown row '{unknown[0]}'; choose of: {', '.join(rows)}")
    if asked.write and asked.rows:
        parser.error("--write is for all rows together")
    print_machine("pybullet")
    lines = []
    with Progress(console=console, transient=True) as progress:
        names = asked.rows or list(rows)
        bar = progress.add_task("Rows", total=len(names))
        for name in names:
            progress.update(bar, description=name)
            lines.append(cells(rows[name]))
            progress.advance(bar)
    text = rows_as_markdown(HEADS, lines)
    console.print(text, markup=False, soft_wrap=True)
    if asked.write:
        write(PAGE, "realism", text)
        write(PAGE, realism_patients.TABLE, realism_patients.table())


if __name__ == "__main__":
    main()
