"""What our measures, joints and stops are in the codes of others, where a code says just that.

A LOINC code is given beside our own only where its number is our number. Range of motion is given by direction as a
goniometer is read: an elbow that bends to 95 degrees and lacks 10 to be straight has flexion 95 and extension -10.
LOINC 92850-7, "Range of motion during assessment period [CMS Assessment] Upper extremity", is not used: it is an item
of an assessment that is answered by a grade of impairment, not by an angle.

Source:
    American Academy of Orthopaedic Surgeons 1965, Joint Motion, for directions and their zero.
"""

from __future__ import annotations

import math
from typing import Any

from vr_training.rehab.export.value_sets import ABSENT, CODES, FINDING, LOINC, MEASURE, RANGE, SNOMED, UCUM, UNITS

DIRECTIONS = {
    "shoulder_flexion": ("flexion", "extension"),
    "shoulder_abduction": ("abduction", "adduction"),
    "shoulder_rotation": ("internal_rotation", "external_rotation"),
    "elbow_flexion": ("flexion", "extension"),
    "forearm_pronation": ("pronation", "supination"),
    "wrist_flexion": ("flexion", "extension"),
    "wrist_deviation": ("ulnar_deviation", "radial_deviation"),
}
"""Positive and negative direction of each joint of `robotics.human_arm`."""

REPETITIONS_DONE, REPETITIONS_PASSED = "repetitions_done", "repetitions_passed"
_MEASURES = {REPETITIONS_DONE: "100298-9"}
_PANELS = {"active": "41359-1"}
_RANGES = {
    ("shoulder_flexion", "flexion", "active"): "41389-8",
    ("shoulder_flexion", "flexion", "passive"): "41390-6",
    ("shoulder_flexion", "extension", "active"): "41385-6",
    ("shoulder_flexion", "extension", "passive"): "41386-4",
    ("shoulder_abduction", "abduction", "active"): "41381-5",
    ("shoulder_abduction", "abduction", "passive"): "41382-3",
    ("shoulder_rotation", "internal_rotation", "active"): "41391-4",
    ("shoulder_rotation", "internal_rotation", "passive"): "41392-2",
    ("shoulder_rotation", "external_rotation", "active"): "41387-2",
    ("shoulder_rotation", "external_rotation", "passive"): "41388-0",
}
_SIDED_RANGES = {("elbow_flexion", "flexion", "active", "right"): "41355-9"}

_NEVER_NEGATIVE = (
    "movement_time", "reaction_time", "path_ratio", "path_length", "speed_peaks", "speed_maxima", "hold_error",
    "tracking_error", "final_error", "range", "active_range", "passive_range", "maximum_speed", "posture_speed",
    "peak_force", "peak_cuff_force", "mean_cuff_force", "compensation", "assistance", "mean_assistance", "strength",
    "tremor_power", "tremor_frequency", "repetitions",
)  # fmt: skip


def never_negative(measure: str) -> bool:
    """Whether a negative value of a measure says that something went wrong."""
    return any(measure == stem or measure.startswith(stem + "_") for stem in _NEVER_NEGATIVE)


def coded(system: str, code: str) -> dict[str, str]:
    """A coding of a system's code with its display."""
    return {"system": system, "code": code, "display": CODES[system][code]}


def measure_concept(name: str, title: str) -> dict[str, Any]:
    """What a measure is: our code, and LOINC's where there is one."""
    codings = [{"system": MEASURE, "code": name, "display": title}]
    codings += [coded(LOINC, _MEASURES[name])] if name in _MEASURES else []
    return {"coding": codings, "text": title}


def panel_concept(kind: str) -> dict[str, Any]:
    """What the ranges of one kind together are."""
    title = f"{kind.capitalize()} range of motion"
    codings = [{"system": RANGE, "code": kind, "display": title}]
    codings += [coded(LOINC, _PANELS[kind])] if kind in _PANELS else []
    return {"coding": codings, "text": title}


def range_concepts(joint: str, kind: str, side: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the upper end of a joint's range is, and what the lower end, taken with the opposite sign, is."""
    concepts = []
    for direction in DIRECTIONS.get(joint, ("positive", "negative")):
        title = f"{joint.split('_', maxsplit=1)[0].capitalize()} {direction.replace('_', ' ')}, {kind}"
        codings = [{"system": RANGE, "code": f"{kind}.{joint}.{direction}", "display": title}]
        code = _RANGES.get((joint, direction, kind)) or _SIDED_RANGES.get((joint, direction, kind, side))
        codings += [coded(LOINC, code)] if code else []
        concepts.append({"coding": codings, "text": title})
    return concepts[0], concepts[1]


def limb_concept(side: str) -> dict[str, Any]:
    """The arm of a side; its code is that of either arm, the side is in the text."""
    return {"coding": [coded(SNOMED, "53120007")], "text": f"{side} upper limb"}


def side_concept(side: str) -> dict[str, Any]:
    """A side."""
    return {"coding": [coded(SNOMED, "7771000" if side == "left" else "24028007")]}


def finding_concept(kind: str, title: str, joint: str = "") -> dict[str, Any]:
    """What was found at a joint, or at joints together where none is named, and is no range: a code of our own."""
    text = f"{title}, {joint.replace('_', ' ')}" if joint else title
    code = f"{kind}.{joint}" if joint else kind
    return {"coding": [{"system": FINDING, "code": code, "display": text}], "text": text}


def value(number: float, unit: str, at_least: bool = False) -> dict[str, Any]:
    """The part of an observation that says its value: a quantity, or why there is none.

    Args:
        number: The value.
        unit: Its unit as measures have it; one that UCUM has no code for here is given as text alone.
        at_least: Whether it is but a lower bound.
    """
    if not math.isfinite(number):
        code = "not-a-number" if math.isnan(number) else ("positive-infinity" if number > 0 else "negative-infinity")
        return {"dataAbsentReason": {"coding": [coded(ABSENT, code)]}}
    quantity: dict[str, Any] = {"value": number, "unit": unit or "1"}
    if unit in UNITS:
        quantity |= {"system": UCUM, "code": UNITS[unit]}
    if at_least:
        quantity["comparator"] = ">="
    return {"valueQuantity": quantity}
