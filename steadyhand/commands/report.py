"""`steadyhand report`: score a recording again and write its report anew."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from rich.console import Console

from steadyhand import results
from steadyhand.commands.card import print_card
from steadyhand.commands.options import SessionName, Sessions, json_option
from steadyhand.commands.output import check_writable, console_for, write_json
from steadyhand.rehab.kept import is_exercise
from vr_training.records.session import Session, resolve


def command(
    session: SessionName = "newest",
    json_file: Annotated[Path | None, json_option("the results")] = None,
    sessions: Sessions = None,
) -> None:
    """Score a recording again and write its report: the figures are the same as when it ran.

    Of a guided exercise it takes the measures again; pages about a patient's course are `steadyhand rehab report`'s.

    Example:

        steadyhand report newest --json scores.json
    """
    check_writable(json_file)
    found = resolve(session, sessions)
    console = console_for(json_file)
    if is_exercise(found):
        _measure_again(found, console, json_file)
        return
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


def _measure_again(session: Session, console: Console, json_file: Path | None) -> None:
    """The results of a guided exercise, from its recording."""
    from steadyhand.rehab.card import print_result
    from steadyhand.rehab.results import as_json, evaluate

    result = evaluate(session)
    console.print(f"{session.name} is a guided exercise.", highlight=False, soft_wrap=True)
    print_result(console, result)
    if json_file is not None:
        write_json(json_file, as_json(result))
