import csv
import os
import tempfile
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robotics.errors import ArgumentError
from tests.vr_training.rehab.export import made
from tests.vr_training.rehab.export.made import ASSESSMENT, MEASURES, RECORD, RESULT
from vr_training.rehab.export.csv import write_csv
from vr_training.rehab.export.files import write_whole
from vr_training.rehab.export.tables import tables


def _no_links(*_):
    raise PermissionError(1, "Operation not permitted")


def read(path):
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@settings(max_examples=40, deadline=None)
@given(st.lists(made.records(), max_size=2))
def test_every_cell_reads_back_as_it_was(records):
    with tempfile.TemporaryDirectory() as folder:
        paths = write_csv(Path(folder), records, MEASURES)
        for table, path in zip(tables(records, MEASURES), paths[:3], strict=True):
            back = read(path)
            assert len(back) == len(table.rows)
            for row, got in zip(table.rows, back, strict=True):
                for column, cell in zip(table.columns, row, strict=True):
                    text = got[column.name]
                    if cell is None:
                        assert text == ""
                    elif isinstance(cell, bool):
                        assert text == str(cell).lower()
                    elif isinstance(cell, int | float):
                        assert type(cell)(text) == cell
                    else:
                        assert text.removeprefix("'") == cell.removeprefix("'")


def test_the_dictionary_stands_beside_them(tmp_path):
    paths = write_csv(tmp_path / "new", (RECORD,), MEASURES)
    stems = ["sessions", "blocks", "repetitions", "assessments", "dictionary"]
    assert [path.name for path in paths] == [f"{stem}.csv" for stem in stems]
    row = next(row for row in read(paths[-1]) if row["column"] == "m.movement_time")
    assert (row["unit"], row["title"], row["explanation"]) == ("s", "Movement time", "From onset to offset.")


def test_what_was_found_at_each_joint_is_a_row(tmp_path):
    paths = write_csv(tmp_path, (), MEASURES, assessments=(ASSESSMENT,))
    elbow, shoulder = read(next(path for path in paths if path.stem == "assessments"))
    assert (elbow["joint"], elbow["active_low_deg"], elbow["passive_high_deg"]) == ("elbow_flexion", "10.0", "120.5")
    assert (elbow["strength_nm"], elbow["strength_at_least"]) == ("20.5", "true")
    assert (elbow["tone_grade"], elbow["spasm"], elbow["pain_deg"]) == ("1+", "true", "118")
    assert (shoulder["strength_at_least"], shoulder["tone_nms_rad"], shoulder["pain_deg"]) == ("false", "", "")


def test_nothing_is_written_over_unless_it_is_said(tmp_path):
    (tmp_path / "repetitions.csv").write_text("mine")
    with pytest.raises(ArgumentError, match=r"repetitions\.csv is there already; --overwrite replaces it"):
        write_csv(tmp_path, (RECORD,), MEASURES)
    assert [path.name for path in tmp_path.iterdir()] == ["repetitions.csv"]
    assert (tmp_path / "repetitions.csv").read_text() == "mine"
    write_csv(tmp_path, (RECORD,), MEASURES, overwrite=True)
    assert len(read(tmp_path / "repetitions.csv")) == 2


def test_a_spreadsheet_takes_no_text_for_a_formula(tmp_path):
    nasty = msgspec.structs.replace(RESULT, stop_reason="=HYPERLINK(1)")
    write_csv(tmp_path, (msgspec.structs.replace(RECORD, results=(nasty,)),), MEASURES)
    assert read(tmp_path / "blocks.csv")[0]["stop_reason"] == "'=HYPERLINK(1)"


def test_a_file_is_the_old_one_or_the_whole_new_one(tmp_path):
    path = tmp_path / "a"
    path.write_text("old")

    def fill(stream):
        stream.write(b"half")
        raise OSError(28, "No space left on device")

    with pytest.raises(ArgumentError, match="No space left"):
        write_whole(path, fill, overwrite=True)
    assert [each.name for each in tmp_path.iterdir()] == ["a"]
    assert path.read_text() == "old"


@pytest.mark.parametrize("links", [True, False])
def test_a_file_that_came_into_being_meanwhile_is_not_lost(tmp_path, monkeypatch, links):
    if not links:
        monkeypatch.setattr(os, "link", _no_links)
    path = tmp_path / "a"
    write_whole(tmp_path / "b", lambda stream: stream.write(b"new"), overwrite=False)
    assert (tmp_path / "b").read_bytes() == b"new"
    (tmp_path / "b").unlink()

    def fill(stream):
        path.write_text("somebody else's")
        stream.write(b"mine")

    with pytest.raises(ArgumentError, match="there already"):
        write_whole(path, fill, overwrite=False)
    assert path.read_text() == "somebody else's"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_folder_that_cannot_be_made_is_one_clear_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ArgumentError, match="file/tables cannot be made"):
        write_csv(tmp_path / "file" / "tables", (RECORD,), MEASURES)
