"""`steadyhand rehab progress`: has a patient changed beyond measurement error."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from steadyhand.commands.options import Sessions, json_option
from steadyhand.commands.output import check_writable, console_for, write_json
from steadyhand.commands.rehab.options import Kept


def command(
    patient: Kept,
    json_file: Annotated[Path | None, json_option("every measure's change")] = None,
    sessions: Sessions = None,
) -> None:
    """Judge how a patient has changed: each measure of each exercise against his own measurement error, and its trend.

    The error is of the baseline sessions, the first left out. MDC95 is the least change that is beyond it: t(0.975, df)
    sqrt(2) times their standard deviation, where df is one less than the sessions that count. With two of them t is
    12.7, with three 4.3, with five 2.8: more baseline sessions show smaller changes. Without df, MDC95 is a published
    one. First comes what is done without help; what follows an exercise that was changed is not compared. The table
    shows the measures that matter most, --json holds all.

    Example:

        steadyhand rehab progress --patient stroke_recovering
    """
    from steadyhand.rehab.card import print_blocks, print_changes, print_glance
    from steadyhand.rehab.changes import as_data, measure_changes
    from vr_training.rehab.change import LEAST_BASELINES
    from vr_training.rehab.courses import courses
    from vr_training.rehab.records import PatientRecords
    from vr_training.rehab.report.glance import glance

    check_writable(json_file)
    console = console_for(json_file)
    records = PatientRecords(patient, sessions).require().sessions()
    changes = measure_changes(records)
    baselines = sum(each.baseline for each in records)
    many = "1 session" if len(records) == 1 else f"{len(records)} sessions"
    of_them = "a baseline" if baselines == 1 else "baselines"
    console.print(f"{many} of {patient}, {baselines or 'none'} of them {of_them}.", highlight=False)
    if changes:
        print_glance(console, glance(courses(records, LEAST_BASELINES)))
        print_changes(console, changes)
    else:
        console.print(
            f"Nothing to compare yet: without baselines the first {LEAST_BASELINES} sessions of an exercise stand for "
            "them, and none came after."
            if not baselines
            else "Nothing to compare yet: no session after the baseline.",
            highlight=False,
        )
        if records:
            console.print(f"[bold]Newest session[/bold], {records[-1].date}:", highlight=False)
            print_blocks(console, records[-1].results)
    if json_file is not None:
        write_json(json_file, as_data(changes))
