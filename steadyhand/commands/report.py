"""`steadyhand report`: score a recording again and write its report anew."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from steadyhand import results
from steadyhand.commands.card import print_card
from steadyhand.commands.output import check_writable, console_for, write_json
from vr_training.records.session import resolve


def command(
    session: Annotated[
        str, typer.Argument(help="Session: its name, the beginning of it, its folder, or 'newest'.")
    ] = "newest",
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the results as JSON to FILE; - prints them.")
    ] = None,
    sessions: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder of all sessions.")] = None,
) -> None:
    """Score a recording again and write its report: the figures are the same as when it ran.

    Example:

        steadyhand report newest --json scores.json
    """
    check_writable(json_file)
    found = resolve(session, sessions)
    console = console_for(json_file)
    timing = results.read_timing(found)
    outcome = results.evaluate(found, timing)
    page = results.report(outcome, timing)
    notes = () if outcome.recording.complete else ("the recording was cut off; this is what could be recovered",)
    if not outcome.recording.chain.intact:
        notes = (*notes, f"the recording was changed after it was made: {outcome.recording.chain.problem}")
    print_card(console, outcome, timing, notes)
    console.print(f"Report   {page}", highlight=False, soft_wrap=True)
    if json_file is not None:
        write_json(json_file, results.as_json(outcome, timing))
