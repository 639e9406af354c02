"""What bundles of sessions and of assessments are made of alike: whose they are, with what, and observations."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from vr_training.rehab.export import fhir_codes as codes
from vr_training.rehab.export.value_sets import ACT_REASON, CATEGORY, DEVICE, PSEUDONYM

Resource = dict[str, Any]
"""A resource, or a part of one, as FHIR's JSON has it."""

WEIGHT = (
    "The robot carried as much of the arm's weight as was prescribed, in an assessment all of it: against gravity the "
    "active range may be smaller."
)
"""What is to be known of an active range that a robot took."""

_SPACE = uuid.uuid5(uuid.NAMESPACE_OID, "urn:x-steadyhand:fhir")


class Entries:
    """Entries and references to them; a name of theirs that follows from what they are.

    Args:
        of: What they are of.
    """

    def __init__(self, of: str) -> None:
        self._of = of

    def url(self, part: str) -> str:
        """Name of an entry."""
        return uuid.uuid5(_SPACE, f"{self._of}|{part}").urn

    def add(self, part: str, resource: Resource) -> Resource:
        """An entry."""
        return {"fullUrl": self.url(part), "resource": resource}

    def reference(self, part: str, kind: str) -> Resource:
        """A reference to one."""
        return {"reference": self.url(part), "type": kind}


class Whose:
    """The patient of a bundle, his arms, and the robots.

    Args:
        pseudonym: Whose it is.
        sides: His arms.
        arms: Names of the robots.

    Attributes:
        entries: Theirs, in order.
        subject: Reference to the patient.
    """

    def __init__(self, pseudonym: str, sides: Iterable[str], arms: Iterable[str]) -> None:
        self._patient, self._devices = Entries(pseudonym), Entries("")
        self.subject = self._patient.reference("patient", "Patient")
        self.entries = [
            self._patient.add("patient", {
                "resourceType": "Patient",
                "identifier": [{"use": "usual", "system": PSEUDONYM, "value": pseudonym}],
            }),
        ]  # fmt: skip
        for side in sorted(set(sides)):
            self.entries.append(self._patient.add(f"arm|{side}", {
                "resourceType": "BodyStructure",
                "patient": self.subject,
                "location": codes.limb_concept(side),
                "locationQualifier": [codes.side_concept(side)],
            }))  # fmt: skip
        for arm in sorted(set(arms)):
            self.entries.append(self._devices.add(f"arm|{arm}", {
                "resourceType": "Device",
                "identifier": [{"use": "usual", "system": DEVICE, "value": arm}],
                "status": "active",
                "deviceName": [{"name": arm, "type": "user-friendly-name"}],
            }))  # fmt: skip

    def structure(self, side: str) -> Resource:
        """Reference to an arm of his."""
        return self._patient.reference(f"arm|{side}", "BodyStructure")

    def device(self, arm: str) -> Resource:
        """Reference to a robot."""
        return self._devices.reference(f"arm|{arm}", "Device")


def collection(entries: list[Resource], simulated: bool) -> Resource:
    """A bundle; all of it labelled as test health data where the patient is simulated."""
    whole: Resource = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    if simulated:
        label = {"security": [codes.coded(ACT_REASON, "HTEST")]}
        whole["meta"] = label
        for entry in entries:
            entry["resource"]["meta"] = label
    return whole


def observation(category: str, concept: Resource) -> Resource:
    """An observation, still without its value."""
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [codes.coded(CATEGORY, category)]}],
        "code": concept,
    }


def ranges(found: Mapping[str, Mapping[str, tuple[float, float]]], side: str) -> list[tuple[str, Resource]]:
    """Observations of ranges [deg] by joint and kind: one of each kind, a component a joint and direction."""
    made = []
    for kind in sorted({kind for kinds in found.values() for kind in kinds}):
        components = [
            {"code": concept} | codes.value(angle, "deg")
            for joint, kinds in sorted(found.items())
            if kind in kinds
            for concept, angle in zip(
                codes.range_concepts(joint, kind, side), (kinds[kind][1], 0.0 - kinds[kind][0]), strict=True
            )
        ]
        told = {"note": [{"text": WEIGHT}]} if kind == "active" else {}
        whole = observation("exam", codes.panel_concept(kind))
        made.append((f"range|{kind}", whole | told | {"component": components}))
    return made
