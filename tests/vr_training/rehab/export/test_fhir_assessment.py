"""An assessment as a bundle: all that was found is in it, as what it is, and nothing that was not."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given, settings

from tests.vr_training.rehab.export import made
from tests.vr_training.rehab.export.made import ASSESSMENT
from vr_training.rehab.export.fhir_assessment import assessment_bundle
from vr_training.rehab.export.fhir_check import validate
from vr_training.rehab.export.value_sets import LOINC

JOINT = "elbow_flexion"


def components(bundle: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every component by its own code."""
    return {
        part["code"]["coding"][0]["code"]: part
        for entry in bundle["entry"]
        for part in entry["resource"].get("component", ())
    }


@settings(max_examples=60, deadline=None)
@given(made.assessments())
def test_any_assessment_makes_a_valid_bundle_and_the_same_one_again(assessment) -> None:
    whole = assessment_bundle(assessment)
    assert validate(whole) == []
    assert assessment_bundle(assessment) == whole


def test_all_that_was_found_goes_out_with_its_unit() -> None:
    found = components(assessment_bundle(ASSESSMENT))

    def value(code: str) -> tuple[float, str]:
        quantity = found[code]["valueQuantity"]
        return quantity["value"], quantity["code"]

    assert value(f"active.{JOINT}.flexion") == (95.0, "deg")
    assert value(f"active.{JOINT}.extension") == (-10.0, "deg")
    assert value(f"passive.{JOINT}.flexion") == (120.5, "deg")
    assert value(f"tone.{JOINT}") == (0.31, "N.m.s/rad")
    assert found[f"tone_grade.{JOINT}"]["valueString"] == "1+"
    assert found[f"spasm.{JOINT}"]["valueBoolean"] is True
    assert value(f"pain.{JOINT}") == (118.0, "deg")
    assert value("strength.shoulder_flexion") == (11.0, "N.m")
    assert "spasm.shoulder_flexion" not in found  # nobody looked


def test_a_strength_that_the_robot_could_not_hold_is_but_a_lower_bound() -> None:
    found = components(assessment_bundle(ASSESSMENT))
    assert found[f"strength.{JOINT}"]["valueQuantity"]["comparator"] == ">="
    assert "comparator" not in found["strength.shoulder_flexion"]["valueQuantity"]


def test_ranges_of_the_shoulder_have_their_loinc_codes() -> None:
    codings = components(assessment_bundle(ASSESSMENT))["active.shoulder_flexion.flexion"]["code"]["coding"]
    assert {"41389-8"} == {each["code"] for each in codings if each["system"] == LOINC}


def test_who_found_something_by_hand_names_no_robot_and_who_is_simulated_is_labelled() -> None:
    by_hand = assessment_bundle(msgspec.structs.replace(ASSESSMENT, arm="", simulated=True))
    kinds = [entry["resource"]["resourceType"] for entry in by_hand["entry"]]
    assert "Device" not in kinds
    assert by_hand["meta"]["security"][0]["code"] == "HTEST"
    assert "meta" not in assessment_bundle(ASSESSMENT)
