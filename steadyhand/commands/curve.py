"""`steadyhand curve`: how somebody learns a lesson, from try to try."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Annotated

import typer

from robotics.difficulty import STANDARD
from robotics.errors import ArgumentError, UnknownNameError
from robotics.measures import MEASURES
from simulation.settings import DRIVES
from steadyhand import progress
from steadyhand.commands.options import Difficulty, Drives, Sessions, json_option
from steadyhand.commands.output import check_writable, console_for, write_json
from steadyhand.people import check_name
from vr_training.progress import reference
from vr_training.records.attempt import IDEAL
from vr_training.records.session import sessions_folder, write_whole


def command(
    lesson: Annotated[str, typer.Argument(help="Lesson; see `steadyhand list lessons`.")],
    person: Annotated[str, typer.Option("--as", metavar="NAME", help="Whose: a pseudonym such as p07.")],
    measure: Annotated[str, typer.Option(help="points, or a measure of docs/SCORES.md.")] = "points",
    out: Annotated[
        Path | None, typer.Option(metavar="PNG", help="The picture; sessions/curve-NAME-LESSON-MEASURE.png if unset.")
    ] = None,
    json_file: Annotated[Path | None, json_option("the figures")] = None,
    sessions: Sessions = None,
    difficulty: Difficulty = STANDARD,
    drives: Drives = None,
) -> None:
    """Draw somebody's learning curve with its confidence band, beside their own past and all others.

    Examples:

        steadyhand curve peg_transfer --as p07
        steadyhand curve peg_transfer --as p07 --measure time --json -
        steadyhand curve peg_transfer --as p07 --difficulty hard --drives real
    """
    if measure != "points" and measure not in MEASURES:
        raise UnknownNameError("measure", measure, ("points", *MEASURES))
    root = sessions or sessions_folder()
    kind = drives or IDEAL
    if kind not in DRIVES:
        raise UnknownNameError("drives", kind, DRIVES)
    stem = reference.file_stem(lesson, difficulty) + ("" if kind == IDEAL else f"-{kind}")
    target = out or root / f"curve-{check_name(person)}-{stem}-{measure}.png"
    check_writable(json_file)
    check_writable(out)
    learned = progress.learned(lesson, person, measure, root, difficulty, kind)
    if not learned.curve.values.size:
        raise ArgumentError(f"{person} has no tries of {lesson} with '{measure}' in {root}; see `steadyhand sessions`")
    from vr_training.report.curve_plot import curve_png  # drawing is slow to load

    buffer = io.BytesIO()
    curve_png(
        learned.curve,
        learned.label,
        learned.bar,
        f"{person}: {lesson}"
        + ("" if difficulty == STANDARD else f", {difficulty}")
        + ("" if kind == IDEAL else f", {kind} drives"),
    ).savefig(buffer)
    try:
        write_whole(target, buffer.getvalue())
    except OSError as error:
        raise ArgumentError(f"{target} cannot be written: {error.strerror}") from error
    console = console_for(json_file)
    for line in learned.sentences():
        console.print(line, highlight=False)
    console.print(f"Picture  {target}", highlight=False, soft_wrap=True)
    if json_file is not None:
        write_json(json_file, {**learned.as_json(), "picture": str(target)})
