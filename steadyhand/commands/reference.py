"""`steadyhand reference`: what experts come to in a lesson, as the reference that proficiency is judged by."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from robotics import config
from robotics.difficulty import STANDARD
from robotics.errors import ArgumentError, UnknownNameError
from robotics.measures import MEASURES
from simulation import tasks
from steadyhand import results
from steadyhand.commands.options import Difficulty, Sessions, json_option
from steadyhand.commands.output import check_writable, console_for, write_json
from steadyhand.order import Order
from steadyhand.people import check_name
from steadyhand.run import run
from vr_training.progress import reference
from vr_training.records.index import SessionIndex
from vr_training.records.session import sessions_folder, write_whole

FIRST_SEED = 500
"""Away from the seeds that a person starts with, and from those that tests run."""


def command(
    lesson: Annotated[str, typer.Argument(help="Lesson; see `steadyhand list lessons`.")],
    seeds: Annotated[int, typer.Option(help="Number of runs of the scripted expert.")] = 20,
    first: Annotated[int, typer.Option(help="Seed of the first run.")] = FIRST_SEED,
    people: Annotated[
        str | None,
        typer.Option(help="Instead of the expert: your own experts by pseudonym, as 'p01,p02'; their passed sessions."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where it goes; configs/references/LESSON.toml if unset.")
    ] = None,
    json_file: Annotated[Path | None, json_option("the reference")] = None,
    sessions: Sessions = None,
    difficulty: Difficulty = STANDARD,
) -> None:
    """Make the reference of a lesson: mean and standard deviation of every measure over its experts' runs.

    Examples:

        steadyhand reference needle_reach --seeds 20
        steadyhand reference peg_transfer --people p01,p02
    """
    if lesson not in tasks.lessons():
        raise UnknownNameError("lesson", lesson, tasks.lessons())
    if seeds < reference.LEAST_RUNS:
        raise ArgumentError(f"--seeds is {seeds}, must be at least {reference.LEAST_RUNS}")
    tasks.load(lesson, difficulty)  # one that it does not have is refused before anything runs
    target = out or config.CONFIG_DIR / "references" / f"{reference.file_stem(lesson, difficulty)}.toml"
    check_writable(json_file)
    check_writable(target)
    console = console_for(json_file)
    if people is None:
        asked = range(first, first + seeds)
        with Progress(
            TextColumn("Expert"), BarColumn(), TimeRemainingColumn(), console=console, transient=True
        ) as progress:
            bar = progress.add_task("", total=seeds)
            runs = []
            for seed in asked:
                runs.append(_expertly(lesson, difficulty, seed))
                progress.advance(bar)
        made_by = f"steadyhand reference {lesson} --seeds {seeds}" + (
            f" --first {first}" if first != FIRST_SEED else ""
        )
        made = _of(lesson, difficulty, made_by, "the scripted expert", tuple(asked), runs)
    else:
        names = tuple(check_name(name.strip()) for name in people.split(","))
        made = _of_people(lesson, difficulty, names, sessions or sessions_folder())
    write_whole(target, reference.as_toml(made).encode())
    table = Table("Measure", "Mean", "SD", "Runs", box=None, padding=(0, 2, 0, 0))
    for row in made.measure:
        unit = MEASURES[row.measure].unit
        table.add_row(MEASURES[row.measure].title, f"{row.mean:.3g} {unit}".strip(), f"{row.sd:.2g}", str(row.runs))
    console.print(table)
    console.print(f"{made.passed} of {made.tried} runs were passed.", highlight=False)
    console.print(f"Reference   {target}", highlight=False, soft_wrap=True)
    if json_file is not None:
        write_json(json_file, msgspec.to_builtins(made))


def _expertly(lesson: str, difficulty: str, seed: int) -> tuple[bool, dict[str, float]]:
    """Whether a run of the expert was passed, and its lines."""
    with tempfile.TemporaryDirectory(prefix="steadyhand-reference-") as folder:
        order = Order(
            task=lesson,
            difficulty=difficulty,
            input="expert",
            seed=seed,
            lockstep=True,
            headless=True,
            sessions=Path(folder),
        )
        ran = run(order, lambda _text: None, lambda _time, _what: None)
        card = results.evaluate(ran.session, ran.timing).scorecard
    return card.success, {line.name: line.value for line in card.scores}


def _of_people(lesson: str, difficulty: str, names: tuple[str, ...], root: Path) -> reference.Reference:
    """From the sessions of a site's own experts; the file says how many they were, not who."""
    with SessionIndex(root) as index:
        tries = [attempt for name in names for attempt in index.attempts(lesson, name, difficulty)]
    runs = [(attempt.success, dict(attempt.measures)) for attempt in tries]
    made_by = f"steadyhand reference {lesson} --people {','.join('.' * len(names))}"
    return _of(lesson, difficulty, made_by, f"{len(names)} of this site's own experts", (), runs)


def _of(
    lesson: str,
    difficulty: str,
    made_by: str,
    who: str,
    seeds: tuple[int, ...],
    runs: list[tuple[bool, dict[str, Any]]],
) -> reference.Reference:
    passed = [lines for success, lines in runs if success]
    if len(passed) < reference.LEAST_RUNS:
        raise ArgumentError(
            f"{len(passed)} of {len(runs)} runs of {lesson} were passed, a reference needs {reference.LEAST_RUNS}"
        )
    before = reference.load(lesson, difficulty)
    if difficulty != STANDARD:
        made_by += f" --difficulty {difficulty}"
    return reference.Reference(
        lesson=lesson,
        difficulty=difficulty,
        command=made_by,
        who=who,
        seeds=seeds,
        tried=len(runs),
        passed=len(passed),
        measure=reference.measure_references(passed),
        published=before.published if before is not None else None,
    )
