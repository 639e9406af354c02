"""Sessions as CSV: ``sessions.csv``, ``blocks.csv``, ``repetitions.csv``, ``assessments.csv``, and a dictionary.

RFC 4180 in UTF-8. Numbers read back to the same bits; flags are ``true`` and ``false``; nothing is an empty cell.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from vr_training.rehab.export.files import refuse_existing, write_whole
from vr_training.rehab.export.naming import Measures
from vr_training.rehab.export.record import SessionRecord
from vr_training.rehab.export.tables import Cell, Table, assessed, dictionary, tables
from vr_training.rehab.prescription import Assessment

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""


def write_csv(
    folder: Path,
    records: Sequence[SessionRecord],
    measures: Measures,
    overwrite: bool = False,
    assessments: Sequence[Assessment] = (),
) -> tuple[Path, ...]:
    """Write sessions into a folder, each file whole or not at all.

    Args:
        folder: Where to; made where it is not there.
        records: The sessions.
        measures: What measures are called, such as `robotics.rehab_measures.REHAB_MEASURES`.
        overwrite: Whether files that are there may be replaced.
        assessments: What was found at the patient.

    Returns:
        The files.

    Raises:
        ArgumentError: One is there already, and then none is written; or they cannot be written.
    """
    made = (*tables(records, measures), assessed(assessments))
    every = (*made, dictionary(made))
    paths = tuple(folder / f"{table.name}.csv" for table in every)
    refuse_existing(paths, overwrite)
    for path, table in zip(paths, every, strict=True):
        data = csv_text(table).encode()
        write_whole(path, lambda stream, data=data: stream.write(data), overwrite)  # type: ignore[misc]
    return paths


def csv_text(table: Table) -> str:
    """A table as CSV."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([column.name for column in table.columns])
    writer.writerows([[_text(cell) for cell in row] for row in table.rows])
    return out.getvalue()


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return repr(cell)
    if isinstance(cell, int):
        return str(cell)
    return "'" + cell if cell.startswith(_FORMULA) else cell
