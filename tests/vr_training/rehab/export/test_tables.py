import math

import msgspec

from tests.vr_training.rehab.export.made import MEASURES, RECORD, RESULT
from vr_training.rehab.export.naming import naming
from vr_training.rehab.export.tables import dictionary, tables
from vr_training.rehab.results import Level


def rows(table):
    names = [column.name for column in table.columns]
    return [dict(zip(names, row, strict=True)) for row in table.rows]


def test_there_is_one_row_a_session_a_block_and_a_repetition():
    two = msgspec.structs.replace(RECORD, results=(RESULT, RESULT))
    sessions, blocks, repetitions = tables((RECORD, two), MEASURES)
    assert [row["blocks"] for row in rows(sessions)] == [1, 2]
    assert [(row["session"], row["block"]) for row in rows(blocks)] == [(1, 1), (2, 1), (2, 2)]
    assert [row["repetition"] for row in rows(repetitions)] == [1, 2] * 3
    assert rows(sessions)[1] | {"planned": 30, "done": 4, "passed": 2, "stopped": 2} == rows(sessions)[1]


def test_measures_come_in_the_order_in_which_they_are_known_and_the_others_after_them():
    _, blocks, repetitions = tables((RECORD,), MEASURES)
    names = [column.name for column in blocks.columns if column.name.startswith("m.")]
    assert names == ["m.movement_time", "m.sparc", "m.tremor_power_mm2"]
    row = rows(repetitions)[1]
    assert row["m.movement_time"] == 0.3
    assert row["m.sparc"] is None
    assert "m.tremor_power_mm2" not in row


def test_ranges_have_a_column_an_end_and_what_is_no_number_is_nothing():
    broken = msgspec.structs.replace(RESULT, measures={"sparc": math.nan, "tone": math.inf}, stop_time_s=None)
    row = rows(tables((msgspec.structs.replace(RECORD, results=(broken,)),), MEASURES)[1])[0]
    assert row["range.elbow_flexion.active.low"] == 10.0
    assert row["range.elbow_flexion.passive.high"] == 120.5
    assert row["m.sparc"] is row["m.tone"] is row["stop_time_s"] is None


def test_what_was_done_to_measure_and_how_hard_a_set_was_stand_in_their_columns():
    level = Level(
        assistance=0.4,
        amplitude=0.8,
        speed=0.5,
        ranges_deg={"elbow_flexion": (10.0, 90.0)},
        turned={"assistance": (0.5, 0.4)},
        held=("speed",),
    )
    hard = msgspec.structs.replace(RESULT, level=level, block=2, set=1)
    probe = msgspec.structs.replace(RESULT, probe=True, block=3)
    sessions, blocks, repetitions = tables(
        (RECORD, msgspec.structs.replace(RECORD, results=(hard, probe), baseline=True)), MEASURES
    )
    assert [row["baseline"] for row in rows(sessions)] == [False, True]
    plain, harder, measured = rows(blocks)
    keys = ("probe", "level_assistance", "level_amplitude", "level_speed")
    assert [plain[key] for key in keys] == [False, None, None, None]
    assert [harder[key] for key in keys] == [False, 0.4, 0.8, 0.5]
    assert harder["level_by_therapist"] == "set by the therapist: help 50 to 40 %, speed held"
    assert not plain["level_by_therapist"]
    places = [tuple(row[key] for key in ("block", "plan_block", "plan_set")) for row in (plain, harder, measured)]
    assert places == [(1, None, None), (1, 2, 1), (2, 3, None)]
    assert measured["probe"] is True
    assert [row["probe"] for row in rows(repetitions)] == [False] * 4 + [True] * 2


def test_the_dictionary_explains_every_column_once():
    made = tables((RECORD,), MEASURES)
    told = [(row["table"], row["column"]) for row in rows(dictionary(made))]
    assert told == [(table.name, column.name) for table in made for column in table.columns]
    assert len(set(told)) == len(told)
    assert all(row["title"] for row in rows(dictionary(made)))


def test_a_measure_that_nobody_knows_is_called_by_its_name_and_its_ending():
    assert naming("something_new_deg_s", {}) == naming("something_new_deg_s", MEASURES)
    assert (naming("something_new_deg_s", {}).title, naming("something_new_deg_s", {}).unit) == (
        "Something new",
        "deg/s",
    )
    assert (naming("sparc", {}).title, naming("sparc", {}).unit) == ("Sparc", "")
    assert naming("tone", MEASURES).unit == "Nm s/rad"
