"""`steadyhand rehab export`: a patient's sessions and assessments for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from robotics.errors import ArgumentError
from steadyhand.commands.options import Sessions, json_option
from steadyhand.commands.output import check_writable, console_for, write_json
from steadyhand.commands.rehab.options import Kept

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vr_training.rehab.export.record import SessionRecord
    from vr_training.rehab.prescription import Assessment

FORMATS = ("csv", "parquet", "fhir")


def command(
    patient: Kept,
    kind: Annotated[str, typer.Option("--format", help=f"One of: {', '.join(FORMATS)}.")],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="DIR", help="Folder; made where it is not there.")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that are there.")] = False,
    json_file: Annotated[Path | None, json_option("which files were written")] = None,
    sessions: Sessions = None,
) -> None:
    """Hand a patient's sessions and assessments on: tables as CSV or Parquet, or a FHIR R4B bundle for each.

    Files hold the pseudonym, never a name. Those that are there already are kept unless --overwrite is given.

    Examples:

        steadyhand rehab export --patient p07 --format csv -o tables
        steadyhand rehab export --patient p07 --format fhir -o bundles
    """
    import msgspec

    from vr_training.rehab.records import PatientRecords

    if kind not in FORMATS:
        raise ArgumentError(f"--format is '{kind}'; choose one of: {', '.join(FORMATS)}")
    check_writable(json_file)
    console = console_for(json_file)
    records = PatientRecords(patient, sessions).require()
    done, found = records.sessions(), records.assessments()
    if any(each.simulated for each in done):  # files of before assessments said so themselves
        found = tuple(msgspec.structs.replace(each, simulated=True) for each in found)
    if not done and not found:
        raise ArgumentError(f"{patient} has had no session and no assessment yet: nothing to export")
    try:
        files = _write(kind, out, done, found, overwrite)
    except ModuleNotFoundError as error:
        raise ArgumentError(
            f"--format {kind} needs {error.name}: install Steadyhand with its extra 'exports'"
        ) from error
    for file in files:
        console.print(str(file), highlight=False, soft_wrap=True)
    if json_file is not None:
        write_json(json_file, [str(file) for file in files])


def _write(
    kind: str, out: Path, done: Sequence[SessionRecord], found: Sequence[Assessment], overwrite: bool
) -> list[Path]:
    from robotics.rehab_measures import REHAB_MEASURES

    if kind == "csv":
        from vr_training.rehab.export.csv import write_csv

        return list(write_csv(out, done, REHAB_MEASURES, overwrite, found))
    if kind == "parquet":
        from vr_training.rehab.export.parquet import write_parquet

        return list(write_parquet(out, done, REHAB_MEASURES, overwrite, found))
    from vr_training.rehab.export.fhir import bundle, write_fhir
    from vr_training.rehab.export.fhir_assessment import assessment_bundle
    from vr_training.rehab.export.files import refuse_existing

    bundles = {
        **{f"{number:04d}-{each.date}.json": bundle(each, REHAB_MEASURES) for number, each in enumerate(done, 1)},
        **{
            f"assessment-{number:04d}-{each.date}.json": assessment_bundle(each, str(number))
            for number, each in enumerate(found, 1)
        },
    }
    files = [out / name for name in bundles]
    refuse_existing(files, overwrite)
    for file, made in zip(files, bundles.values(), strict=True):
        write_fhir(file, made, overwrite)
    return files
