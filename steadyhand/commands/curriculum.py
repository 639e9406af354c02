"""`steadyhand curriculum`: where a person stands in the lessons."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from steadyhand import progress
from steadyhand.commands.options import Sessions, json_option
from steadyhand.commands.output import check_writable, console_for, write_json
from steadyhand.people import check_name


def command(
    person: Annotated[str, typer.Option("--as", metavar="NAME", help="Whose: a pseudonym such as p07.")],
    json_file: Annotated[Path | None, json_option("the table")] = None,
    sessions: Sessions = None,
) -> None:
    """Show how far somebody is: tries, passes and points of every lesson, and which are unlocked.

    Example:

        steadyhand curriculum --as p07
    """
    check_writable(json_file)
    rows = progress.standing_of(check_name(person), sessions)
    if json_file is not None:
        write_json(json_file, {"person": person, "lessons": rows})
    table = Table(
        "Level", "Lesson", "Tries", "Passes", "Best", "Last", "Proficient", "", box=None, padding=(0, 2, 0, 0)
    )
    for row in rows:
        proficient = {True: "[green]yes[/green]", False: "not yet", None: "[dim]no reference[/dim]"}[row.proficient]
        table.add_row(
            str(row.level),
            row.lesson,
            str(row.tries),
            str(row.passes),
            _points(row.best),
            _points(row.last),
            proficient,
            "unlocked" if row.unlocked else "[yellow]locked[/yellow]",
        )
    console = console_for(json_file)
    console.print(table)
    for line in progress.by_hand(person, sessions):
        console.print(line, highlight=False)


def _points(value: float | None) -> str:
    return "" if value is None else f"{value:.0f}"
