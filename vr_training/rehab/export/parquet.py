"""Sessions and recordings as Parquet: tables with titles and units in the schema, and every field of every tick.

pyarrow is optional; this module needs it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from control.tick import TickLayout
from vr_training.records.reader import Recording
from vr_training.rehab.export.files import refuse_existing, write_whole
from vr_training.rehab.export.naming import Measures
from vr_training.rehab.export.record import SessionRecord
from vr_training.rehab.export.tables import Column, Kind, Table, assessed, tables
from vr_training.rehab.prescription import Assessment

ROWS = 1 << 16
"""Ticks in a row group: a minute of them at 1 kHz."""

_TYPES = {Kind.TEXT: pa.string(), Kind.INTEGER: pa.int64(), Kind.NUMBER: pa.float64(), Kind.FLAG: pa.bool_()}


def write_parquet(
    folder: Path,
    records: Sequence[SessionRecord],
    measures: Measures,
    overwrite: bool = False,
    assessments: Sequence[Assessment] = (),
) -> tuple[Path, ...]:
    """Write sessions, blocks, repetitions and assessments, a file ``NAME.parquet`` each, whole or not at all.

    Args:
        folder: Where to; made where it is not there.
        records: The sessions.
        measures: What measures are called.
        overwrite: Whether files that are there may be replaced.
        assessments: What was found at the patient.

    Returns:
        The files.

    Raises:
        ArgumentError: One is there already, and then none is written; or they cannot be written.
    """
    made = (*tables(records, measures), assessed(assessments))
    paths = tuple(folder / f"{table.name}.parquet" for table in made)
    refuse_existing(paths, overwrite)
    for path, table in zip(paths, made, strict=True):
        write_whole(path, partial(pq.write_table, arrow_table(table)), overwrite)
    return paths


def arrow_table(table: Table) -> pa.Table:
    """A table of Arrow's; each field's metadata has title, unit and explanation."""
    schema = pa.schema([_field(column) for column in table.columns])
    columns = zip(*table.rows, strict=True) if table.rows else ((),) * len(table.columns)
    return pa.table([pa.array(cells, field.type) for cells, field in zip(columns, schema, strict=True)], schema=schema)


def write_ticks(path: Path, recording: Recording, overwrite: bool = False) -> None:
    """Write all ticks of a recording, a row a tick, a column a field: ``time``, ``arms.NAME.q``, ``signals.NAME``.

    A field of several numbers is a list of fixed size. What the recording says about its session, without its
    configurations, is in the schema's metadata as JSON, with whether it is complete and its chain intact.

    Args:
        path: The file.
        recording: The recording.
        overwrite: Whether a file that is there may be replaced.

    Raises:
        ArgumentError: It is there already, or cannot be written.
    """
    about = msgspec.to_builtins(msgspec.structs.replace(recording.info, configs={}))
    state = {"complete": recording.complete, "intact": recording.chain.intact, "dropped": recording.dropped}
    metadata = {"steadyhand": msgspec.json.encode({"info": about, **state})}

    def fill(stream: BinaryIO) -> None:
        first = tick_table(recording.ticks[:0], recording.layout)
        with pq.ParquetWriter(stream, first.schema.with_metadata(metadata)) as writer:
            for start in range(0, len(recording.ticks), ROWS):
                part = tick_table(recording.ticks[start : start + ROWS], recording.layout)
                writer.write_table(part.replace_schema_metadata(metadata))

    write_whole(path, fill, overwrite)


def tick_table(ticks: NDArray[np.void], layout: TickLayout) -> pa.Table:
    """Tick records as a table of Arrow's.

    Args:
        ticks: Records, shape (n,).
        layout: Their layout.
    """
    columns = dict(_columns(ticks, ""))
    for field, names in (("objects", layout.objects), ("signals", layout.signals)):
        if field in columns:
            del columns[field]
            columns |= {f"{field}.{name}": _arrow(ticks[field][:, i]) for i, name in enumerate(names)}
    return pa.table(columns)


def _field(column: Column) -> pa.Field:
    about = {"title": column.title, "unit": column.unit, "explanation": column.explanation}
    return pa.field(column.name, _TYPES[column.kind], metadata={key: text for key, text in about.items() if text})


def _columns(values: NDArray[np.void], prefix: str) -> Iterator[tuple[str, Any]]:
    for name in values.dtype.names or ():
        part = values[name]
        if part.dtype.names:
            yield from _columns(part, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", _arrow(part)


def _arrow(values: NDArray[Any]) -> Any:
    """An array of numbers, shape (n, ...), as a column of n rows: lists of fixed size within each other."""
    column = pa.array(np.ascontiguousarray(values).reshape(-1))
    for size in reversed(values.shape[1:]):
        column = pa.FixedSizeListArray.from_arrays(column, size)
    return column
