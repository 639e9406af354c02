import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vr_training.rehab.export import fhir_codes, value_sets
from vr_training.rehab.export.value_sets import BINDINGS, CODES, LOINC, UNITS, loinc_check_digit, loinc_problem


def test_every_loinc_code_that_we_use_has_its_check_digit_and_all_of_them_are_used():
    used = {
        *fhir_codes._MEASURES.values(),
        *fhir_codes._PANELS.values(),
        *fhir_codes._RANGES.values(),
        *fhir_codes._SIDED_RANGES.values(),
    }
    assert used == set(CODES[LOINC])
    assert not any(map(loinc_problem, used))


@pytest.mark.parametrize("code", ["8867-4", "2345-7", "718-7", "92850-7"])
def test_check_digits_are_those_of_known_codes(code):
    assert loinc_problem(code) == ""


@given(st.sampled_from(sorted(CODES[LOINC])), st.integers(0, 20), st.integers(1, 9))
def test_any_wrong_digit_shows(code, place, by):
    digits = [i for i, each in enumerate(code) if each.isdigit()]
    i = digits[place % len(digits)]
    wrong = code[:i] + str((int(code[i]) + by) % 10) + code[i + 1 :]
    assert loinc_problem(wrong)


@given(st.integers(1, 9_999_999))
def test_one_digit_and_only_one_fits(number):
    fitting = [digit for digit in range(10) if not loinc_problem(f"{number}-{digit}")]
    assert fitting == [loinc_check_digit(str(number))]


@pytest.mark.parametrize("code", ["", "41389", "41389-", "-8", "41389-88", "041389-8", "LP41389-8", "41389–8"])
def test_what_is_no_number_of_loinc_is_refused(code):
    assert "is no LOINC number" in loinc_problem(code)


def test_bindings_hold_codes_as_fhir_writes_them():
    for name, codes in (*BINDINGS.values(), *value_sets.ENDING_BINDINGS.values()):
        assert len(codes) >= 3, name
        assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*|[<>]=?", code) for code in codes), name
    assert value_sets.CARE_PLAN_INTENT < value_sets.REQUEST_INTENT


def test_every_unit_of_a_measure_has_its_code():
    measures = pytest.importorskip("robotics.rehab_measures").REHAB_MEASURES
    assert {measure.unit for measure in measures.values()} <= set(UNITS)
