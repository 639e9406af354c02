"""An assessment as a FHIR R4B bundle: what was found at a patient's joints on one day, under his pseudonym.

Ranges, strength, tone, spasms and pain are an Observation each, with a component a joint. A strength that the robot
could not hold is a lower bound, and says so by its comparator. What was found by hand names no robot.
"""

from __future__ import annotations

from collections.abc import Iterator

from vr_training.rehab.export import fhir_codes as codes
from vr_training.rehab.export.fhir_parts import Entries, Resource, Whose, collection, observation, ranges
from vr_training.rehab.prescription import Assessment, JointAssessment


def assessment_bundle(assessment: Assessment, place: str = "") -> Resource:
    """An assessment as a bundle, in FHIR's JSON form.

    Args:
        assessment: The assessment.
        place: What tells it from others of the same day, robot and side.
    """
    side, arm = assessment.side, assessment.arm
    whose = Whose(assessment.patient, [side], [arm] if arm else [])
    own = Entries(f"{assessment.patient}|assessment|{assessment.date}|{arm}|{side}|{place}")
    shared: Resource = {
        "subject": whose.subject,
        "effectiveDateTime": assessment.date.isoformat(),
        "bodySite": codes.limb_concept(side),
    }
    if arm:
        shared["device"] = whose.device(arm)
    found = {joint: _ranges(each) for joint, each in assessment.joints.items()}
    made = [*ranges(found, side), *_findings(assessment)]
    entries = [own.add(name, each | shared) for name, each in made]
    return collection([*whose.entries, *entries], assessment.simulated)


def _ranges(found: JointAssessment) -> dict[str, tuple[float, float]]:
    ends = {"active": found.active_deg, "passive": found.passive_deg}
    return {kind: each for kind, each in ends.items() if each is not None}


def _findings(assessment: Assessment) -> Iterator[tuple[str, Resource]]:
    """All that is no range: an observation of each kind that was found at any joint."""
    for kind, title in (
        ("strength", "Strength, isometric, of the weaker direction"),
        ("tone", "Tone, slope of resistance over speed"),
        ("tone_grade", "Tone, grade of the Modified Ashworth Scale"),
        ("spasm", "Spasm as the relaxed joint was moved"),
        ("pain", "Angle at which it hurt"),
    ):
        components = [
            {"code": codes.finding_concept(kind, title, joint)} | value
            for joint, each in sorted(assessment.joints.items())
            for value in _values(kind, each)
        ]
        if components:
            whole = observation("exam", codes.finding_concept(kind, title))
            yield f"finding|{kind}", whole | {"component": components}


def _values(kind: str, found: JointAssessment) -> list[Resource]:
    if kind == "strength" and found.strength_nm is not None:
        return [codes.value(found.strength_nm, "Nm", found.strength_at_least)]
    if kind == "tone" and found.tone_nms_rad is not None:
        return [codes.value(found.tone_nms_rad, "Nm s/rad")]
    if kind == "tone_grade" and found.tone_grade is not None:
        return [{"valueString": found.tone_grade}]
    if kind == "spasm" and found.spasm is not None:
        return [{"valueBoolean": found.spasm}]
    return [codes.value(angle, "deg") for angle in found.pain_deg] if kind == "pain" else []
