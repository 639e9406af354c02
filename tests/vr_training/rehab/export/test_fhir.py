"""Bundles: any session makes a valid one, and whatever is wrong with one is found and named."""

import copy
import json
import math
import re
import sys

import msgspec
import pytest
from fhir.resources.R4B.bundle import Bundle
from hypothesis import given, settings
from hypothesis import strategies as st

from robotics.errors import ArgumentError, DeviceError, InputFileError, MissingFileError
from tests.vr_training.rehab.export import made
from tests.vr_training.rehab.export.made import MEASURES, RECORD, RESULT
from vr_training.rehab.export.fhir import bundle, read_fhir, write_fhir
from vr_training.rehab.export.fhir_check import validate
from vr_training.rehab.prescription import load_plan

BUNDLE = bundle(RECORD, MEASURES)


def record(**changes):
    return msgspec.structs.replace(RECORD, results=(msgspec.structs.replace(RESULT, **changes),))


def resources(whole, kind):
    return [entry["resource"] for entry in whole["entry"] if entry["resource"]["resourceType"] == kind]


def observation(whole, code):
    found = [each for each in resources(whole, "Observation") if each["code"]["coding"][0]["code"] == code]
    assert len(found) == 1
    return found[0]


def index(kind, nth=0):
    return [i for i, each in enumerate(BUNDLE["entry"]) if each["resource"]["resourceType"] == kind][nth]


@settings(max_examples=60, deadline=None)
@given(made.records())
def test_any_session_makes_a_valid_bundle_and_the_same_one_again(record):
    whole = bundle(record, MEASURES)
    assert validate(whole) == []
    assert bundle(record, MEASURES) == whole


@settings(max_examples=60, deadline=None)
@given(made.records())
def test_numbers_stay_the_same_through_json_and_through_the_library(record):
    whole = bundle(record, MEASURES)
    through_json = msgspec.json.decode(msgspec.json.encode(whole))
    through_library = json.loads(Bundle.model_validate(through_json).model_dump_json())
    for back in (through_json, through_library):
        for number, result in enumerate(record.results):
            url = next(
                activity["outcomeReference"][0]["reference"]
                for activity in resources(back, "CarePlan")[0]["activity"][number:]
            )
            of_block = [each for each in resources(back, "Observation") if each["partOf"][0]["reference"] == url]
            values = {
                each["code"]["coding"][0]["code"]: each["valueQuantity"]["value"]
                for each in of_block
                if "valueQuantity" in each
            }
            assert values.pop("repetitions_done") == len(result.repetitions)
            assert values.pop("repetitions_passed") == result.successes
            assert values == result.measures
    assert validate(Bundle.model_validate(whole)) == []


def test_a_stopped_block_says_by_what_and_a_finished_one_does_not():
    procedure = resources(BUNDLE, "Procedure")[0]
    assert procedure["status"] == "stopped"
    assert procedure["statusReason"]["coding"][0]["code"] == "pain"
    assert procedure["statusReason"]["text"] == "The pain button was pressed"
    finished = resources(bundle(record(stop="", stop_reason=""), MEASURES), "Procedure")[0]
    assert finished["status"] == "completed"
    assert "statusReason" not in finished


def test_units_are_ucum_and_a_unit_that_it_does_not_know_is_text():
    assert observation(BUNDLE, "tremor_power_mm2")["valueQuantity"] == {
        "value": 1.5e-7, "unit": "mm²", "system": "http://unitsofmeasure.org", "code": "mm2",
    }  # fmt: skip
    odd = {"sparc": made.Known("Smoothness", "furlong")}
    assert observation(bundle(RECORD, odd), "sparc")["valueQuantity"] == {"value": -1.6, "unit": "furlong"}


def test_a_range_is_read_as_a_goniometer_is_and_has_loinc_where_that_says_the_same():
    active = observation(BUNDLE, "active")
    flexion, extension = active["component"]
    assert active["code"]["coding"][1]["code"] == "41359-1"
    assert (flexion["code"]["coding"][1]["code"], flexion["valueQuantity"]["value"]) == ("41355-9", 95.0)
    assert [coding["code"] for coding in extension["code"]["coding"]] == ["active.elbow_flexion.extension"]
    assert extension["valueQuantity"]["value"] == -10.0
    left = observation(bundle(record(side="left"), MEASURES), "active")
    assert len(left["component"][0]["code"]["coding"]) == 1  # 41355-9 is the right elbow's


def test_shoulder_rotation_has_its_directions_the_right_way_round():
    whole = bundle(record(ranges_deg={"shoulder_rotation": {"active": (-50.0, 30.0)}}), MEASURES)
    read = {
        each["code"]["coding"][1]["display"].split(" rotation")[0]: each["valueQuantity"]["value"]
        for each in observation(whole, "active")["component"]
    }
    assert read == {"Shoulder Internal": 30.0, "Shoulder External": 50.0}


@pytest.mark.parametrize(
    ("number", "code"),
    [(math.nan, "not-a-number"), (math.inf, "positive-infinity"), (-math.inf, "negative-infinity")],
)
def test_a_figure_that_is_none_says_so_instead(number, code):
    whole = bundle(record(measures={"tone": number}), MEASURES)
    assert observation(whole, "tone")["dataAbsentReason"]["coding"][0]["code"] == code
    assert validate(whole) == []


def test_what_a_simulated_patient_did_is_labelled_as_test_data_everywhere_and_a_persons_nowhere():
    simulated = bundle(record(simulated=True), MEASURES)
    for part in (simulated, *(entry["resource"] for entry in simulated["entry"])):
        assert part["meta"]["security"][0]["code"] == "HTEST"
    assert "HTEST" not in json.dumps(BUNDLE)


def test_the_patient_is_a_pseudonym_and_nothing_else():
    patient = resources(BUNDLE, "Patient")[0]
    assert set(patient) == {"resourceType", "identifier"}
    assert patient["identifier"][0]["value"] == "p07"


def test_one_patient_has_one_name_in_all_bundles_and_two_sessions_have_two():
    later = bundle(msgspec.structs.replace(RECORD, session="second"), MEASURES)
    urls = [{entry["fullUrl"] for entry in whole["entry"]} for whole in (BUNDLE, later)]
    shared = [entry["resource"]["resourceType"] for entry in BUNDLE["entry"] if entry["fullUrl"] in urls[0] & urls[1]]
    assert sorted(shared) == ["BodyStructure", "Device", "Patient"]


def _set(*path):
    *way, key, value = path

    def change(whole):
        for step in way:
            whole = whole[step]
        whole[key] = value

    return change


def _drop(*path):
    *way, key = path

    def change(whole):
        for step in way:
            whole = whole[step]
        del whole[key]

    return change


def at(kind, nth=0):
    return "entry", index(kind, nth), "resource"


def where(kind, nth=0):
    return rf"Bundle\.entry\[{index(kind, nth)}\]\.resource"


OBSERVATION, RANGE = at("Observation", 2), at("Observation", 5)
LOINC_CODE = (*RANGE, "component", 0, "code", "coding", 1)
OBSERVED, RANGED = where("Observation", 2), where("Observation", 5)

WRONG = {
    "a bundle's type": (_set("type", "pile"), r"Bundle\.type: 'pile' is not in bundle-type.*collection"),
    "a status of an observation": (
        _set(*OBSERVATION, "status", "done"),
        OBSERVED + r"\.status: 'done' is not in observation-status; choose one of: amended",
    ),
    "a status of a procedure": (_set(*at("Procedure"), "status", "ended"), where("Procedure") + r"\.status: 'ended'"),
    "a status of a plan": (_set(*at("CarePlan"), "status", "running"), where("CarePlan") + r"\.status: 'running'"),
    "an intent": (_set(*at("CarePlan"), "intent", "directive"), where("CarePlan") + r"\.intent: .* care-plan-intent"),
    "a status of an activity": (
        _set(*at("CarePlan"), "activity", 0, "detail", "status", "active"),
        where("CarePlan") + r"\.activity\[0\]\.detail\.status: 'active' is not in care-plan-activity-status",
    ),
    "an identifier's use": (
        _set(*at("Patient"), "identifier", 0, "use", "private"),
        where("Patient") + r"\.identifier\[0\]\.use: 'private' is not in identifier-use",
    ),
    "a comparator": (
        _set(*OBSERVATION, "valueQuantity", "comparator", "=="),
        OBSERVED + r"\.valueQuantity\.comparator: '==' is not in quantity-comparator",
    ),
    "a check digit": (
        _set(*LOINC_CODE, "code", "41355-8"),
        RANGED + r"\.component\[0\]\.code\.coding\[1\]\.code: LOINC '41355-8' has the wrong check digit: 41355 takes 9",
    ),
    "a code of LOINC that we do not use": (
        _set(*LOINC_CODE, "code", "8867-4"),
        RANGED + r"\.component\[0\]\.code\.coding\[1\]\.code: '8867-4' is no code of",
    ),
    "a display of another code": (
        _set(*LOINC_CODE, "display", "Heart rate"),
        r"coding\[1\]\.display: 'Heart rate' is not",
    ),
    "a system that nobody knows": (_set(*LOINC_CODE, "system", "urn:other"), r"coding\[1\]\.system: 'urn:other'"),
    "a code without system": (_drop(*LOINC_CODE, "system"), r"coding\[1\]\.code: '41355-9' has no system"),
    "a unit": (
        _set(*OBSERVATION, "valueQuantity", "code", "sec"),
        OBSERVED + r"\.valueQuantity\.code: 'sec' is no UCUM code",
    ),
    "a unit's code without system": (
        _drop(*OBSERVATION, "valueQuantity", "system"),
        OBSERVED + r"\.valueQuantity\.code: 's' has no system",
    ),
    "a measure's code": (
        _set(*OBSERVATION, "code", "coding", 0, "code", "Movement Time"),
        OBSERVED + r"\.code\.coding\[0\]\.code: 'Movement Time' is no code",
    ),
    "a negative time": (
        _set(*OBSERVATION, "valueQuantity", "value", -0.7),
        OBSERVED + r"\.valueQuantity\.value: -0\.7 is negative, which 'movement_time' cannot be",
    ),
    "a number as text": (
        _set(*OBSERVATION, "valueQuantity", "value", "0.7"),
        OBSERVED + r"\.valueQuantity\.value: '0\.7' is no number",
    ),
    "a number that is none": (
        _set(*OBSERVATION, "valueQuantity", "value", math.nan),
        OBSERVED + r"\.valueQuantity\.value: ",
    ),
    "no value": (_drop(*OBSERVATION, "valueQuantity"), OBSERVED + ": has neither value nor component"),
    "a value and a reason why there is none": (
        _set(*OBSERVATION, "dataAbsentReason", {"text": "lost"}),
        OBSERVED + r"\.dataAbsentReason: there is a value as well",
    ),
    "a reference to nothing": (
        _set(*OBSERVATION, "subject", "reference", "urn:uuid:0"),
        OBSERVED + r"\.subject\.reference: 'urn:uuid:0' leads to no entry",
    ),
    "an entry that is gone": (
        lambda whole: whole["entry"].pop(index("Device")),
        r"\.device\.reference: '.*' leads to no entry",
    ),
    "a reference to something else": (
        lambda whole: whole["entry"][index("Observation")]["resource"].update(
            subject={"reference": whole["entry"][index("Device")]["fullUrl"]}
        ),
        where("Observation") + r"\.subject\.reference: leads to a Device, not to a Patient",
    ),
    "two entries of one name": (
        _set("entry", 1, "fullUrl", BUNDLE["entry"][0]["fullUrl"]),
        r"Bundle\.entry\[1\]\.fullUrl: '.*' is there twice",
    ),
    "an entry without name": (_drop("entry", 0, "fullUrl"), r"Bundle\.entry\[0\]\.fullUrl: is missing"),
    "no reason for a stop": (
        _drop(*at("Procedure"), "statusReason"),
        where("Procedure") + r"\.statusReason: is missing",
    ),
    "a name": (_set(*at("Patient"), "name", [{"family": "Smith"}]), where("Patient") + r"\.name: may tell who"),
    "a birth date": (_set(*at("Patient"), "birthDate", "1950-01-01"), where("Patient") + r"\.birthDate: may tell"),
    "a gender": (_set(*at("Patient"), "gender", "f"), where("Patient") + r"\.gender: 'f' is not in administrative"),
    "a hospital's number": (
        _set(*at("Patient"), "identifier", 0, "system", "urn:oid:1.2.3"),
        where("Patient") + r"\.identifier\[0\]\.system: 'urn:oid:1\.2\.3' may tell",
    ),
    "who is shown for a reference": (
        _set(*OBSERVATION, "subject", "display", "A. Smith"),
        OBSERVED + r"\.subject\.display: .* may name somebody",
    ),
    "an address of mail in a note": (
        _set(*at("Procedure"), "note", 0, "text", "ask a.smith@clinic.org"),
        where("Procedure") + r"\.note\[0\]\.text: holds an address",
    ),
    "who did it": (
        _set(*OBSERVATION, "performer", [{"reference": BUNDLE["entry"][0]["fullUrl"]}]),
        OBSERVED + r"\.performer: may tell who",
    ),
    "an element that there is none": (_set(*OBSERVATION, "colour", "red"), OBSERVED + r"\.colour: Extra inputs"),
    "a missing code": (_drop(*OBSERVATION, "code"), OBSERVED + r".*required"),
    "a resource that there is none": (
        _set(*OBSERVATION, "resourceType", "Obs"),
        r"Bundle: holds a resource that FHIR does",
    ),
    "a time without zone": (
        _set(*OBSERVATION, "effectiveDateTime", "2026-03-01T10:00:00"),
        OBSERVED + r"\.effectiveDateTime: ",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_found_and_its_place_is_named(name):
    change, message = WRONG[name]
    whole = copy.deepcopy(BUNDLE)
    assert validate(whole) == []
    change(whole)
    problems = "\n".join(map(str, validate(whole)))
    assert re.search(message, problems), problems


def _places(value, way=()):
    yield way
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from _places(each, (*way, key))


PLACES = [way for way in _places(BUNDLE) if way]
JUNK = (None, False, True, -1, "", math.nan, {}, [], [{}], {"reference": {}}, {"code": {}, "system": {}})


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(PLACES), st.sampled_from(JUNK))
def test_junk_at_any_place_is_a_problem_and_no_crash(way, junk):
    whole = copy.deepcopy(BUNDLE)
    _set(*way, junk)(whole)
    may_be = way[-1] in ("doNotPerform", "count") or (way[-1] == "value" and junk == -1)
    assert validate(whole) or may_be, (way, junk)


@pytest.mark.parametrize(
    "junk", [None, [], "x", 3, {}, {"resourceType": "Patient"}, {"entry": 3}, {"entry": [None, 3]}]
)
def test_what_is_no_bundle_at_all_is_a_problem_and_no_crash(junk):
    assert validate(junk)


def test_a_file_reads_back_and_is_not_written_over_unless_it_is_said(tmp_path):
    path = tmp_path / "new" / "session.json"
    write_fhir(path, bundle(RECORD, MEASURES))
    assert read_fhir(path) == BUNDLE
    with pytest.raises(ArgumentError, match="there already"):
        write_fhir(path, bundle(RECORD, MEASURES))
    write_fhir(path, bundle(record(side="left"), MEASURES), overwrite=True)
    assert validate(read_fhir(path)) == []


def test_a_session_that_makes_no_valid_bundle_is_not_written(tmp_path):
    with pytest.raises(ArgumentError, match=r"valueQuantity\.value: -1\.0 is negative, which 'movement_time'"):
        write_fhir(tmp_path / "session.json", bundle(record(measures={"movement_time": -1.0}), MEASURES))
    assert list(tmp_path.iterdir()) == []


def test_files_that_are_missing_or_no_json_are_refused(tmp_path):
    with pytest.raises(MissingFileError):
        read_fhir(tmp_path / "none.json")
    (tmp_path / "bad.json").write_text("[1, 2")
    with pytest.raises(InputFileError, match="no bundle"):
        read_fhir(tmp_path / "bad.json")


def test_without_the_library_one_line_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "fhir.resources.R4B.bundle", None)
    with pytest.raises(DeviceError, match=r"FHIR needs the library .*\[exports\]"):
        validate(BUNDLE)


def test_a_care_plan_is_what_was_prescribed_with_what_was_not_begun_as_well():
    plan = load_plan("elbow_after_stroke")
    done = msgspec.structs.replace(RESULT, block=1, set=1, stop="", stop_reason="", stop_time_s=None)
    prescription = msgspec.structs.replace(RECORD.prescription, plan=plan)
    whole = bundle(msgspec.structs.replace(RECORD, results=(done,), prescription=prescription), MEASURES)
    assert validate(whole) == []
    activities = resources(whole, "CarePlan")[0]["activity"]
    assert len(activities) == len(plan.blocks) > 1
    first, *others = (each["detail"] for each in activities)
    assert first["status"] == ("completed" if plan.blocks[0].sets == 1 else "in-progress")
    assert {each["status"] for each in others} == {"not-started"}
    assert "outcomeReference" in activities[0]
    assert "outcomeReference" not in activities[1]
    for block, detail in zip(plan.blocks, (first, *others), strict=True):
        stops = plan.stops_of(block)
        assert detail["scheduledTiming"]["repeat"]["count"] == block.repetitions * block.sets
        assert f"law {block.law}" in detail["description"]
        assert f"stops at {stops.cuff_force_n:g} N at a cuff" in detail["description"]
