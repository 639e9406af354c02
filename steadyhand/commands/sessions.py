"""`steadyhand sessions`: the index of all sessions that were scored."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from steadyhand.commands.options import Person, Sessions, json_option
from steadyhand.commands.output import check_writable, console_for, write_json
from steadyhand.people import check_name
from steadyhand.rehab.kept import kept_exercises
from vr_training.records.index import SessionIndex
from vr_training.records.session import Session, sessions_folder
from vr_training.rehab.results import ExerciseResult


def command(
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Read the index anew from the session folders.")] = False,
    lesson: Annotated[str | None, typer.Option(help="Of this lesson alone.")] = None,
    person: Person = None,
    last: Annotated[int, typer.Option(min=1, help="How many of the newest to show.")] = 20,
    json_file: Annotated[Path | None, json_option("all that fit, with every measure,")] = None,
    sessions: Sessions = None,
) -> None:
    """Show the sessions that were scored, newest last; whatever is found goes whole into --json.

    Guided exercises stand below them: they are measured, not scored, and --json holds none of them.

    Examples:

        steadyhand sessions --as p07
        steadyhand sessions --rebuild
    """
    check_writable(json_file)
    console = console_for(json_file)
    with SessionIndex(sessions or sessions_folder()) as index:
        if rebuild:
            console.print(f"{index.rebuild()} sessions found in the folders.", highlight=False)
        found = index.attempts(lesson=lesson, person=None if person is None else check_name(person))
    if json_file is not None:
        write_json(json_file, msgspec.to_builtins(found))
    table = Table(
        "Session", "Difficulty", "Drives", "Who", "Input", "Seed", "Passed", "Points", box=None, padding=(0, 2, 0, 0)
    )
    for each in found[-last:]:
        points = "" if each.points is None else f"{each.points:.0f}"
        table.add_row(
            each.session,
            each.difficulty,
            each.drives,
            each.person or "",
            each.input,
            str(each.seed),
            "yes" if each.success else "no",
            points,
        )
    exercises = [] if person is not None else list(kept_exercises(sessions, lesson))
    if found or not exercises:
        console.print(table if found else "None yet.")
    if exercises:
        console.print(_guided(exercises[-last:]))


def _guided(exercises: Sequence[tuple[Session, ExerciseResult]]) -> Table:
    """Guided exercises: they are measured, not scored."""
    table = Table(
        "Guided exercise", "Patient", "Side", "Law", "Seed", "Passed", "Stopped", box=None, padding=(0, 2, 0, 0)
    )
    for session, result in exercises:
        passed = f"{result.successes} of {result.planned}"
        table.add_row(session.name, result.patient, result.side, result.law, str(result.seed), passed, result.stop)
    return table
