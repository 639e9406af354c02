import json

import numpy as np
import pyarrow.parquet as pq
import pytest

from control.tick import TickLayout, tick_dtype
from robotics.errors import ArgumentError
from tests.vr_training.rehab.export.made import ASSESSMENT, MEASURES, RECORD
from vr_training.records.chain import ChainCheck
from vr_training.records.info import SessionInfo
from vr_training.records.reader import Recording
from vr_training.rehab.export import parquet
from vr_training.rehab.export.parquet import write_parquet, write_ticks
from vr_training.rehab.export.tables import assessed, tables

LAYOUT = TickLayout(
    arms=(("arm_exo", 7),), objects=("cup",), signals=("distance", "force"), deformables=(("pad", 4, 1),)
)


def recording(count):
    dtype = tick_dtype(LAYOUT)
    ticks = np.frombuffer(np.random.default_rng(3).bytes(count * dtype.itemsize), dtype).copy()
    info = SessionInfo(
        session="s", task="reach", rig="exo", input="patient", filter="none", seed=1, lockstep=True, period_s=1e-3,
        start_ns=0, version="0", configs={"a.toml": "long"},
    )  # fmt: skip
    return Recording("x", ticks, None, info, LAYOUT, True, ChainCheck(True, count), 2)


def test_tables_read_back_as_they_were_with_titles_and_units(tmp_path):
    paths = write_parquet(tmp_path, (RECORD, RECORD), MEASURES, assessments=(ASSESSMENT,))
    assert [path.stem for path in paths] == ["sessions", "blocks", "repetitions", "assessments"]
    for table, path in zip((*tables((RECORD, RECORD), MEASURES), assessed((ASSESSMENT,))), paths, strict=True):
        back = pq.read_table(path)
        assert back.column_names == [column.name for column in table.columns]
        assert [tuple(row.values()) for row in back.to_pylist()] == list(table.rows)
    field = pq.read_schema(paths[1]).field("m.movement_time")
    assert field.metadata == {b"title": b"Movement time", b"unit": b"s", b"explanation": b"From onset to offset."}
    with pytest.raises(ArgumentError, match="there already"):
        write_parquet(tmp_path, (RECORD,), MEASURES)
    write_parquet(tmp_path, (), MEASURES, overwrite=True)
    assert pq.read_table(paths[0]).num_rows == 0


def test_every_bit_of_every_tick_reads_back(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "ROWS", 100)
    made = recording(250)
    write_ticks(tmp_path / "ticks.parquet", made)
    file = pq.ParquetFile(tmp_path / "ticks.parquet")
    assert file.num_row_groups == 3
    back = file.read().combine_chunks()
    ticks = made.ticks
    expected = {
        "sequence": ticks["sequence"], "time": ticks["time"], "target": ticks["target"],
        "timing.missed": ticks["timing"]["missed"], "arms.arm_exo.q": ticks["arms"]["arm_exo"]["q"],
        "arms.arm_exo.clutch": ticks["arms"]["arm_exo"]["clutch"], "objects.cup": ticks["objects"][:, 0],
        "signals.force": ticks["signals"][:, 1], "deformables.pad.nodes": ticks["deformables"]["pad"]["nodes"],
        "deformables.pad.open": ticks["deformables"]["pad"]["open"],
    }  # fmt: skip
    for name, values in expected.items():
        column = back.column(name)
        while hasattr(column, "num_chunks"):
            column = column.chunk(0)
        while hasattr(column, "flatten") and hasattr(column.type, "list_size"):
            column = column.flatten()
        flat = np.ascontiguousarray(values).reshape(-1)
        assert column.to_numpy(zero_copy_only=False).tobytes() == flat.tobytes(), name
    leaves = sum(1 for _ in parquet._columns(ticks, ""))
    assert len(back.column_names) == leaves - 2 + len(LAYOUT.objects) + len(LAYOUT.signals)


def test_ticks_say_what_session_they_are_of(tmp_path):
    write_ticks(tmp_path / "ticks.parquet", recording(0))
    about = json.loads(pq.read_schema(tmp_path / "ticks.parquet").metadata[b"steadyhand"])
    assert about["info"]["task"] == "reach"
    assert about["info"]["configs"] == {}
    assert (about["complete"], about["intact"], about["dropped"]) == (True, True, 2)
    with pytest.raises(ArgumentError, match="there already"):
        write_ticks(tmp_path / "ticks.parquet", recording(1))
