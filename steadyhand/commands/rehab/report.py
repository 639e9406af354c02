"""`steadyhand rehab report`: the pages for the therapist and for the patient."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from robotics.errors import ArgumentError
from steadyhand.commands.options import Sessions, json_option
from steadyhand.commands.output import check_writable, console_for, make_folder, write_json
from steadyhand.commands.rehab.options import Kept


def command(
    patient: Kept,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="DIR", help="Folder; the patient's own if unset.")
    ] = None,
    json_file: Annotated[Path | None, json_option("where the pages are")] = None,
    sessions: Sessions = None,
) -> None:
    """Write two pages about a patient's sessions: one for the therapist, one for the patient.

    Example:

        steadyhand rehab report --patient stroke_recovering -o report
    """
    from vr_training.rehab.records import PatientRecords
    from vr_training.rehab.report import write_reports

    check_writable(json_file)
    console = console_for(json_file)
    records = PatientRecords(patient, sessions).require()
    done = records.sessions()
    if not done:
        raise ArgumentError(f"{patient} has had no session yet: nothing to report")
    folder = records.folder / "report" if out is None else out
    make_folder("--out", folder)
    pages = write_reports(done, records.assessments(), folder)
    for name, page in zip(("Therapist", "Patient  "), pages, strict=True):
        console.print(f"{name}  {page}", highlight=False, soft_wrap=True)
    if json_file is not None:
        write_json(json_file, {"therapist": str(pages[0]), "patient": str(pages[1])})
