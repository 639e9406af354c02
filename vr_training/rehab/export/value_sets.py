"""Codes that a bundle may use, and the check of those that carry a check digit.

A library can check a resource's structure against its definition, but it takes any text for a code. These are the
required bindings of FHIR R4B that our bundles touch, and of LOINC, SNOMED CT and UCUM what we use, no more. URIs are
identifiers as those standards have them: nothing is fetched.

LOINC is copyright of Regenstrief Institute, Inc. and the LOINC Committee, is available at no cost under its licence,
and is a registered trademark of Regenstrief Institute, Inc. SNOMED CT is copyright of the International Health
Terminology Standards Development Organisation; whoever uses its codes needs its licence.

Source:
    HL7 FHIR release 4B (4.3.0): the value set that each binding names. LOINC displays as in public implementation
    guides (Shoulder on FHIR, which checked them against LOINC's terminology server), C-CDA's companion guide and
    SMART Markers. Unified Code for Units of Measure (UCUM).
"""

from __future__ import annotations

import re

FHIR = "http://hl7.org/fhir"
LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
UCUM = "http://unitsofmeasure.org"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
ACT_REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"

OWN = "urn:x-steadyhand:"
"""What our own systems begin with."""
PSEUDONYM, DEVICE = OWN + "pseudonym", OWN + "arm"
MEASURE, RANGE, EXERCISE, STOP = OWN + "measure", OWN + "range", OWN + "exercise", OWN + "stop"
FINDING = OWN + "finding"
OWN_CODES = (MEASURE, RANGE, FINDING, EXERCISE)
"""Our own code systems whose codes are names in lower_snake, in ranges with dots between."""
OWN_CODE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")

STOPS = {
    "pain": "Pain", "spasm": "Spasm", "tone": "Muscle tone above its limit", "fatigue": "Fatigue",
    "force": "Force above its limit",
    "range": "Range above its limit", "speed": "Speed above its limit", "trunk": "Compensation by the trunk",
    "wearable": "A wearable's bound", "therapist": "Stopped by the therapist", "fault": "Fault of the device",
}  # fmt: skip
"""Codes of what stops an exercise (`vr_training.rehab.results.ExerciseResult.stop`)."""


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


REQUEST_STATUS = _codes("draft active on-hold revoked completed entered-in-error unknown")
EVENT_STATUS = _codes("preparation in-progress not-done on-hold stopped completed entered-in-error unknown")
REQUEST_INTENT = _codes("proposal plan directive order original-order reflex-order filler-order instance-order option")
CARE_PLAN_INTENT = _codes("proposal plan order option")
"""Those of the request intents that a care plan may have."""
BUNDLE_TYPE = _codes(
    "document message transaction transaction-response batch batch-response history searchset collection"
)
OBSERVATION_STATUS = _codes("registered preliminary final amended corrected cancelled entered-in-error unknown")
ACTIVITY_STATUS = _codes(
    "not-started scheduled in-progress on-hold completed cancelled stopped unknown entered-in-error"
)
GENDER = _codes("male female other unknown")
DEVICE_STATUS = _codes("active inactive entered-in-error unknown")
DEVICE_NAME_TYPE = _codes("udi-label-name user-friendly-name patient-reported-name manufacturer-name model-name other")
IDENTIFIER_USE = _codes("usual official temp secondary old")
COMPARATOR = _codes("< <= >= >")

BINDINGS = {
    "Bundle.type": ("bundle-type", BUNDLE_TYPE),
    "Observation.status": ("observation-status", OBSERVATION_STATUS),
    "Procedure.status": ("event-status", EVENT_STATUS),
    "CarePlan.status": ("request-status", REQUEST_STATUS),
    "CarePlan.intent": ("care-plan-intent", CARE_PLAN_INTENT),
    "CarePlan.activity.detail.status": ("care-plan-activity-status", ACTIVITY_STATUS),
    "ServiceRequest.status": ("request-status", REQUEST_STATUS),
    "ServiceRequest.intent": ("request-intent", REQUEST_INTENT),
    "Patient.gender": ("administrative-gender", GENDER),
    "Device.status": ("device-status", DEVICE_STATUS),
    "Device.deviceName.type": ("device-nametype", DEVICE_NAME_TYPE),
}
"""Required bindings by element: name and codes of the value set."""

ENDING_BINDINGS = {
    ".identifier.use": ("identifier-use", IDENTIFIER_USE),
    ".comparator": ("quantity-comparator", COMPARATOR),
}
"""The same for elements of data types, by how their path ends."""

CODES: dict[str, dict[str, str]] = {
    LOINC: {
        "41381-5": "Shoulder Abduction Active Range of Motion Quantitative",
        "41382-3": "Shoulder Abduction Passive Range of Motion Quantitative",
        "41385-6": "Shoulder Extension Active Range of Motion Quantitative",
        "41386-4": "Shoulder Extension Passive Range of Motion Quantitative",
        "41387-2": "Shoulder External rotation Active Range of Motion Quantitative",
        "41388-0": "Shoulder External rotation Passive Range of Motion Quantitative",
        "41389-8": "Shoulder Flexion Active Range of Motion Quantitative",
        "41390-6": "Shoulder Flexion Passive Range of Motion Quantitative",
        "41391-4": "Shoulder Internal rotation Active Range of Motion Quantitative",
        "41392-2": "Shoulder Internal rotation Passive Range of Motion Quantitative",
        "41355-9": "Elbow - right Flexion Active Range of Motion Quantitative",
        "41359-1": "Active range of motion panel Quantitative",
        "100298-9": "Repetition count",
    },
    SNOMED: {"53120007": "Upper limb structure", "7771000": "Left", "24028007": "Right"},
    CATEGORY: {"exam": "Exam", "therapy": "Therapy"},
    ABSENT: {
        "unknown": "Unknown", "not-a-number": "Not a Number (NaN)", "negative-infinity": "Negative Infinity (NINF)",
        "positive-infinity": "Positive Infinity (PINF)",
    },
    ACT_REASON: {"HTEST": "test health data"},
    STOP: STOPS,
}  # fmt: skip
"""Codes that we use of each system, and their displays."""

UNITS = {
    "": "1", "1": "1", "%": "%",
    "s": "s", "ms": "ms", "min": "min", "Hz": "Hz", "1/min": "/min", "1/s": "/s",
    "m": "m", "cm": "cm", "mm": "mm", "m²": "m2", "cm²": "cm2", "mm²": "mm2",
    "m/s": "m/s", "cm/s": "cm/s", "mm/s": "mm/s", "m/s2": "m/s2", "m/s²": "m/s2",
    "deg": "deg", "rad": "rad", "deg²": "deg2", "rad²": "rad2", "deg/s": "deg/s", "rad/s": "rad/s",
    "N": "N", "N/m": "N/m", "N s/m": "N.s/m", "Nm": "N.m", "Nm/rad": "N.m/rad", "Nm/deg": "N.m/deg",
    "Nm s/rad": "N.m.s/rad", "Nm s/deg": "N.m.s/deg", "J": "J", "W": "W", "kg": "kg", "uV": "uV", "points": "{score}",
}  # fmt: skip
"""Codes of UCUM by the units that measures are given in."""

UCUM_CODES = frozenset(UNITS.values())
"""Codes of UCUM that a bundle may use."""


def loinc_check_digit(number: str) -> int:
    """The digit that follows a LOINC number after the hyphen: Luhn's mod 10.

    Args:
        number: The digits before the hyphen.

    Source:
        LOINC Users' Guide, appendix "Calculating mod 10 check digits".
    """
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value // 10 + value % 10
    return -total % 10


def loinc_problem(code: str) -> str:
    """What is wrong with a LOINC code as a number, in words; empty where nothing is."""
    match = re.fullmatch(r"([1-9]\d{0,6})-(\d)", code)
    if not match:
        return f"'{code}' is no LOINC number: digits, a hyphen and a check digit"
    digit = loinc_check_digit(match.group(1))
    if digit != int(match.group(2)):
        return f"LOINC '{code}' has the wrong check digit: {match.group(1)} takes {digit}"
    return ""
