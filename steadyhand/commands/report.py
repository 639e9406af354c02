"""`steadyhand report`: score a recording again and write its report anew."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from steadyhand import results
from steadyhand.commands.card import print_card
from steadyhand.commands.options import SessionName, Sessions, json_option
from steadyhand.commands.output import check_writable, console_for, write_json
from vr_training.records.session import resolve


def command(
    session: SessionName = "newest",
    json_file: Annotated[Path | None, json_option("the results")] = None,
    sessions: Sessions = None,
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
