import msgspec
import pytest

from robotics.errors import ArgumentError
from tests.vr_training.rehab.export.made import RECORD, RESULT
from vr_training.rehab.export.record import Prescription


def record(result=RESULT, **changes):
    return msgspec.structs.replace(RECORD, results=(result,), **changes)


def result(**changes):
    return msgspec.structs.replace(RESULT, **changes)


@pytest.mark.parametrize("name", ["Anna Smith", "anna smith", "", "7up", "a" * 33, "p07\n", "anna@home"])
def test_a_name_that_is_no_pseudonym_is_refused(name):
    with pytest.raises(ArgumentError, match="is no pseudonym"):
        record(pseudonym=name)


def test_what_cannot_be_is_refused():
    for message, wrong in (
        ("no day", {"date": "1.3.2026"}),
        ("needs its day", {"date": ""}),
        ("no day", {"prescription": Prescription(started="soon")}),
        ("a result of 'p08'", {"result": result(patient="p08")}),
        ("choose left or right", {"result": result(side="both")}),
        ("choose one of pain", {"result": result(stop="boredom")}),
    ):
        with pytest.raises(ArgumentError, match=message):
            record(**wrong)
    with pytest.raises(ArgumentError, match="they go out apart"):
        msgspec.structs.replace(RECORD, results=(RESULT, result(simulated=True)))


@pytest.mark.parametrize(
    ("started", "offset", "when"),
    [
        ("", 60, "2026-03-01"),
        ("2026-03-02T10:00:00", None, "2026-03-02"),
        ("2026-03-01T10:00:00", 60, "2026-03-01T10:00:00+01:00"),
        ("2026-03-01T10:00:00", -210, "2026-03-01T10:00:00-03:30"),
        ("2026-03-01T10:00:00.500+02:00", None, "2026-03-01T10:00:00+02:00"),
        ("2026-03-01T10:00:00Z", 60, "2026-03-01T10:00:00+00:00"),
    ],
)
def test_a_time_goes_out_with_its_zone_or_as_a_day(started, offset, when):
    block = result(started=started)
    assert record(block, utc_offset_min=offset).when(block) == when


def test_a_time_that_is_none_is_refused():
    with pytest.raises(ArgumentError, match="is no time"):
        RECORD.when(result(started="at ten"))
