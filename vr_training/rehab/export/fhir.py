"""A session as a FHIR R4B bundle: who by pseudonym, what was prescribed, what was done, what was measured.

The bundle is a *collection*: a set of resources that is handed over whole, with no word on what a server is to do. A
*transaction* would be a request to write them, and belongs to whoever sends it to a server that he knows.

Each block is a Procedure, each of its measures an Observation, each kind of range one with a component a joint and
direction. Values of single repetitions are in CSV and Parquet. Resources of a simulated patient carry the security
label HTEST, test health data. The same session gives the same bundle, bit for bit.

Source:
    HL7 FHIR release 4B (4.3.0).
"""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import msgspec

from robotics.errors import ArgumentError, InputFileError, MissingFileError
from vr_training.records.readable import readable
from vr_training.rehab.export import fhir_codes as codes
from vr_training.rehab.export.fhir_check import validate
from vr_training.rehab.export.files import write_whole
from vr_training.rehab.export.naming import Measures, naming
from vr_training.rehab.export.record import SessionRecord
from vr_training.rehab.export.value_sets import ACT_REASON, CATEGORY, DEVICE, EXERCISE, FHIR, PSEUDONYM, STOP
from vr_training.rehab.results import ExerciseResult

Resource = dict[str, Any]
"""A resource, or a part of one, as FHIR's JSON has it."""

_SPACE = uuid.uuid5(uuid.NAMESPACE_OID, "urn:x-steadyhand:fhir")


def bundle(record: SessionRecord, measures: Measures) -> Resource:
    """A session as a bundle, in FHIR's JSON form.

    Args:
        record: The session.
        measures: What measures are called, such as `robotics.rehab_measures.REHAB_MEASURES`.
    """
    patient = _Entries(record.pseudonym)
    own = _Entries(f"{record.pseudonym}|{record.date}|{record.session}")
    entries = [
        patient.add("patient", {
            "resourceType": "Patient",
            "identifier": [{"use": "usual", "system": PSEUDONYM, "value": record.pseudonym}],
        }),
    ]  # fmt: skip
    subject = patient.reference("patient", "Patient")
    for side in sorted({result.side for result in record.results}):
        entries.append(patient.add(f"arm|{side}", {
            "resourceType": "BodyStructure",
            "patient": subject,
            "location": codes.limb_concept(side),
            "locationQualifier": [codes.side_concept(side)],
        }))  # fmt: skip
    devices = _Entries("")
    for arm in sorted({result.arm for result in record.results}):
        entries.append(devices.add(f"arm|{arm}", {
            "resourceType": "Device",
            "identifier": [{"use": "usual", "system": DEVICE, "value": arm}],
            "status": "active",
            "deviceName": [{"name": arm, "type": "user-friendly-name"}],
        }))  # fmt: skip
    entries.append(own.add("plan", _care_plan(record, subject, own)))
    for index, result in enumerate(record.results):
        shared = {
            "subject": subject,
            "basedOn": [own.reference("plan", "CarePlan")],
        }
        device = devices.reference(f"arm|{result.arm}", "Device")
        structure = patient.reference(f"arm|{result.side}", "BodyStructure")
        procedure = _procedure(record, result, device, structure) | shared
        entries.append(own.add(f"block|{index}", procedure))
        for name, observation in _observations(result, measures):
            entries.append(own.add(f"block|{index}|{name}", observation | shared | {
                "partOf": [own.reference(f"block|{index}", "Procedure")],
                "effectiveDateTime": record.when(result),
                "bodySite": codes.limb_concept(result.side),
                "device": device,
            }))  # fmt: skip
    whole: Resource = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    if record.simulated:
        label = {"security": [codes.coded(ACT_REASON, "HTEST")]}
        whole["meta"] = label
        for entry in entries:
            entry["resource"]["meta"] = label
    return whole


def write_fhir(path: Path, record: SessionRecord, measures: Measures, overwrite: bool = False) -> None:
    """Write a session's bundle as JSON, after it has been validated.

    Args:
        path: The file.
        record: The session.
        measures: What measures are called.
        overwrite: Whether a file that is there may be replaced.

    Raises:
        ArgumentError: The bundle is not valid, the message has every problem; or the file is there already, or cannot
            be written.
    """
    made = bundle(record, measures)
    problems = validate(made)
    if problems:
        raise ArgumentError("the session makes no valid bundle: " + "; ".join(map(str, problems)))
    data = readable(made)
    write_whole(path, lambda stream: stream.write(data), overwrite)


def read_fhir(path: Path) -> Resource:
    """Read a bundle's JSON back; see `validate` for whether it is one.

    Raises:
        MissingFileError: Nothing is there.
        InputFileError: It is no JSON object.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except FileNotFoundError as error:
        raise MissingFileError(f"no bundle at {path}") from error
    except (msgspec.DecodeError, OSError) as error:
        raise InputFileError(f"{path}: no bundle in JSON: {error}") from error


class _Entries:
    """Entries and references to them; a name of theirs that follows from what they are."""

    def __init__(self, of: str) -> None:
        self._of = of

    def url(self, part: str) -> str:
        return uuid.uuid5(_SPACE, f"{self._of}|{part}").urn

    def add(self, part: str, resource: Resource) -> Resource:
        return {"fullUrl": self.url(part), "resource": resource}

    def reference(self, part: str, kind: str) -> Resource:
        return {"reference": self.url(part), "type": kind}


def _care_plan(record: SessionRecord, subject: Resource, own: _Entries) -> Resource:
    prescription = record.prescription
    plan: Resource = {
        "resourceType": "CarePlan",
        "status": prescription.status,
        "intent": "plan",
        "title": prescription.title,
        "subject": subject,
    }
    if prescription.started:
        plan["period"] = {"start": prescription.started}
    activities = [
        {
            "outcomeReference": [own.reference(f"block|{index}", "Procedure")],
            "detail": {
                "code": _exercise(result),
                "status": "stopped" if result.stop else "completed",
                "doNotPerform": False,
                **({"scheduledTiming": {"repeat": {"count": result.planned}}} if result.planned > 0 else {}),
                "description": f"{result.planned} repetitions, {result.side} arm, law {result.law}{_how(result)}",
            },
        }
        for index, result in enumerate(record.results)
    ]
    return plan | ({"activity": activities} if activities else {})


def _procedure(record: SessionRecord, result: ExerciseResult, device: Resource, structure: Resource) -> Resource:
    procedure: Resource = {
        "resourceType": "Procedure",
        "extension": [
            {"url": f"{FHIR}/StructureDefinition/procedure-targetBodyStructure", "valueReference": structure}
        ],
        "status": "stopped" if result.stop else "completed",
        "code": _exercise(result),
        "performedDateTime": record.when(result),
        "bodySite": [codes.limb_concept(result.side)],
        "usedReference": [device],
        "note": [{"text": f"law {result.law}, seed {result.seed}{_how(result)}"}],
    }
    if result.stop:
        reason = codes.coded(STOP, result.stop)
        procedure["statusReason"] = {"coding": [reason], "text": result.stop_reason or reason["display"]}
    return procedure


def _observations(result: ExerciseResult, measures: Measures) -> list[tuple[str, Resource]]:
    """Observations of a block by a name that is unique in it, without what all of them share."""
    counts = (
        (codes.REPETITIONS_DONE, "Repetitions done", len(result.repetitions)),
        (codes.REPETITIONS_PASSED, "Repetitions passed", result.successes),
    )
    made = [
        (f"count|{name}", _observation("therapy", codes.measure_concept(name, title)) | codes.value(count, "1"))
        for name, title, count in counts
    ]
    for name, number in result.measures.items():
        named = naming(name, measures)
        concept = codes.measure_concept(name, named.title)
        made.append((f"measure|{name}", _observation("therapy", concept) | codes.value(number, named.unit)))
    for kind in sorted({kind for kinds in result.ranges_deg.values() for kind in kinds}):
        components = [
            {"code": concept} | codes.value(angle, "deg")
            for joint, kinds in sorted(result.ranges_deg.items())
            if kind in kinds
            for concept, angle in zip(
                codes.range_concepts(joint, kind, result.side), (kinds[kind][1], 0.0 - kinds[kind][0]), strict=True
            )
        ]
        made.append((f"range|{kind}", _observation("exam", codes.panel_concept(kind)) | {"component": components}))
    return made


def _observation(category: str, concept: Resource) -> Resource:
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [codes.coded(CATEGORY, category)]}],
        "code": concept,
    }


def _how(result: ExerciseResult) -> str:
    """How hard a block was made, in words."""
    if result.probe:
        return ", without help, to measure"
    if result.level is None:
        return ""
    shares = (("help", result.level.assistance), ("amplitude", result.level.amplitude), ("speed", result.level.speed))
    chosen = f"; {result.level.by_therapist}" if result.level.by_therapist else ""
    return "".join(f", {name} {100.0 * share:.0f} %" for name, share in shares) + chosen


def _exercise(result: ExerciseResult) -> Resource:
    return {
        "coding": [{"system": EXERCISE, "code": result.exercise, "display": result.title}],
        "text": result.title,
    }
