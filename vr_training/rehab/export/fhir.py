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

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from robotics.errors import ArgumentError, InputFileError, MissingFileError
from vr_training.records.readable import readable
from vr_training.rehab.export import fhir_codes as codes
from vr_training.rehab.export.fhir_check import validate
from vr_training.rehab.export.fhir_parts import Entries, Resource, Whose, collection, observation, ranges
from vr_training.rehab.export.files import write_whole
from vr_training.rehab.export.naming import Measures, naming
from vr_training.rehab.export.prescribed import asked
from vr_training.rehab.export.record import SessionRecord
from vr_training.rehab.export.value_sets import EXERCISE, FHIR, STOP
from vr_training.rehab.results import ExerciseResult


def bundle(record: SessionRecord, measures: Measures) -> Resource:
    """A session as a bundle, in FHIR's JSON form.

    Args:
        record: The session.
        measures: What measures are called, such as `robotics.rehab_measures.REHAB_MEASURES`.
    """
    own = Entries(f"{record.pseudonym}|{record.date}|{record.session}")
    whose = Whose(
        record.pseudonym, (result.side for result in record.results), (result.arm for result in record.results)
    )
    entries, subject = list(whose.entries), whose.subject
    entries.append(own.add("plan", _care_plan(record, subject, own)))
    for index, result in enumerate(record.results):
        shared = {
            "subject": subject,
            "basedOn": [own.reference("plan", "CarePlan")],
        }
        device, structure = whose.device(result.arm), whose.structure(result.side)
        procedure = _procedure(record, result, device, structure) | shared
        entries.append(own.add(f"block|{index}", procedure))
        for name, each in _observations(result, measures):
            entries.append(own.add(f"block|{index}|{name}", each | shared | {
                "partOf": [own.reference(f"block|{index}", "Procedure")],
                "effectiveDateTime": record.when(result),
                "bodySite": codes.limb_concept(result.side),
                "device": device,
            }))  # fmt: skip
    return collection(entries, record.simulated)


def write_fhir(path: Path, made: Resource, overwrite: bool = False) -> None:
    """Write a bundle as JSON, after it has been validated.

    Args:
        path: The file.
        made: The bundle, of `bundle` or `vr_training.rehab.export.fhir_assessment.assessment_bundle`.
        overwrite: Whether a file that is there may be replaced.

    Raises:
        ArgumentError: The bundle is not valid, the message has every problem; or the file is there already, or cannot
            be written.
    """
    problems = validate(made)
    if problems:
        raise ArgumentError("it makes no valid bundle: " + "; ".join(map(str, problems)))
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


def _care_plan(record: SessionRecord, subject: Resource, own: Entries) -> Resource:
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
    activities = list(_prescribed(record, own) if prescription.plan else _done(record, own))
    return plan | ({"activity": activities} if activities else {})


def _done(record: SessionRecord, own: Entries) -> Iterator[Resource]:
    """What was done, where nobody prescribed anything."""
    for index, result in enumerate(record.results):
        yield _activity(
            [own.reference(f"block|{index}", "Procedure")],
            _exercise(result),
            "stopped" if result.stop else "completed",
            result.planned,
            f"{result.planned} repetitions, {result.side} arm, law {result.law}{_how(result)}",
        )


def _prescribed(record: SessionRecord, own: Entries) -> Iterator[Resource]:
    """Every block of the plan, begun or not, with what came of it."""
    plan = record.prescription.plan
    assert plan is not None
    for number, block in enumerate(plan.blocks, 1):
        of = [(index, result) for index, result in enumerate(record.results) if result.block == number]
        sets = [result for _, result in of if not result.probe]
        if any(result.stop for _, result in of):
            status = "stopped"
        else:
            status = "completed" if len(sets) == block.sets else "in-progress" if of else "not-started"
        coding: Resource = {"system": EXERCISE, "code": block.exercise}
        title = of[0][1].title if of else block.exercise.replace("_", " ")
        yield _activity(
            [own.reference(f"block|{index}", "Procedure") for index, _ in of],
            {"coding": [coding | {"display": title}], "text": title},
            status,
            block.repetitions * block.sets,
            asked(plan, block),
        )


def _activity(outcomes: list[Resource], code: Resource, status: str, count: int, description: str) -> Resource:
    return {
        **({"outcomeReference": outcomes} if outcomes else {}),
        "detail": {
            "code": code,
            "status": status,
            "doNotPerform": False,
            **({"scheduledTiming": {"repeat": {"count": count}}} if count > 0 else {}),
            "description": description,
        },
    }


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
        (f"count|{name}", observation("therapy", codes.measure_concept(name, title)) | codes.value(count, "1"))
        for name, title, count in counts
    ]
    for name, number in result.measures.items():
        named = naming(name, measures)
        concept = codes.measure_concept(name, named.title)
        made.append((f"measure|{name}", observation("therapy", concept) | codes.value(number, named.unit)))
    return made + ranges(result.ranges_deg, result.side)


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
