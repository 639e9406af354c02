"""Whether a bundle is one that may leave the house: structure, codes, references, figures, and nobody's name in it.

The structure is checked by ``fhir.resources``, which is optional and needed here; all that it takes for granted is
checked by us.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from vr_training.inputs.library import need
from vr_training.rehab.export.fhir_codes import never_negative
from vr_training.rehab.export.value_sets import (
    BINDINGS,
    CODES,
    DEVICE,
    ENDING_BINDINGS,
    LOINC,
    MEASURE,
    OWN_CODE,
    OWN_CODES,
    PSEUDONYM,
    UCUM,
    UCUM_CODES,
    loinc_problem,
)

TARGETS = {
    "Observation.subject": "Patient",
    "Observation.device": "Device",
    "Observation.partOf": "Procedure",
    "Observation.basedOn": "CarePlan",
    "Procedure.subject": "Patient",
    "Procedure.basedOn": "CarePlan",
    "Procedure.usedReference": "Device",
    "CarePlan.subject": "Patient",
    "CarePlan.activity.outcomeReference": "Procedure",
    "BodyStructure.patient": "Patient",
}
"""What each reference of ours must lead to."""

_PATIENT = frozenset(("resourceType", "meta", "identifier"))
"""All that a Patient may have here: a pseudonym."""
_IDENTIFIERS = (PSEUDONYM, DEVICE)
_PERSONAL = frozenset((
    "telecom", "address", "birthDate", "photo", "contact", "performer", "recorder", "asserter", "author", "div",
    "contained", "attachment",
))  # fmt: skip
"""Elements that name somebody, or hide what does."""
_TIMES = ("DateTime", ".start", ".end", ".timestamp")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.\w+")


@dataclass(frozen=True)
class Problem:
    """What is wrong with a bundle.

    Attributes:
        path: Where, such as ``Bundle.entry[3].resource.status``.
        message: What, with the value and what would be right.
    """

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


@dataclass(frozen=True)
class _Node:
    """A value, where it stands, and which element of which resource it is, such as ``Observation.code.coding``."""

    path: str
    element: str
    value: Any


def validate(bundle: Any) -> list[Problem]:
    """Check a bundle.

    Args:
        bundle: The bundle in FHIR's JSON form, or as ``fhir.resources`` has it.

    Returns:
        All that is wrong with it, in no particular order; empty where it may go.

    Raises:
        DeviceError: ``fhir.resources`` is not installed.
    """
    data = msgspec.json.decode(bundle.model_dump_json()) if hasattr(bundle, "model_dump_json") else bundle
    problems = list(_structure(data))
    if not isinstance(data, Mapping):
        return problems
    if data.get("resourceType") != "Bundle":
        problems.append(Problem("Bundle.resourceType", f"{data.get('resourceType')!r} is not Bundle"))
    targets, wrong = _targets(data)
    problems += wrong
    for node in _walk(data, "Bundle", "Bundle"):
        problems += _plain(node)
        problems += _bound(node)
        problems += _personal(node)
        if isinstance(node.value, Mapping):
            problems += _code(node)
            problems += _reference(node, targets)
            problems += _rules(node)
    return list(dict.fromkeys(problems))


def _structure(data: Any) -> Iterator[Problem]:
    model = need("fhir.resources.R4B.bundle", "exports", "FHIR")
    try:
        model.Bundle.model_validate(data)
    except ValueError as error:  # pydantic's is one; imported nowhere else
        details = getattr(error, "errors", None)
        if details is None:
            yield Problem("Bundle", str(error))
            return
        for each in details():
            where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in each["loc"])
            yield Problem(f"Bundle{where}", each["msg"].removeprefix("Value error, "))
    except Exception as error:  # on a type of resource that there is none, and on other junk, it raises what it likes
        yield Problem("Bundle", f"holds a resource that FHIR does not know: {error}")


def _targets(data: Mapping[str, Any]) -> tuple[dict[str, str], list[Problem]]:
    """Types of resources by the names of their entries, which references lead to; and what is wrong with the names."""
    targets: dict[str, str] = {}
    problems = []
    entries = data.get("entry", [])
    for index, entry in enumerate(entries if isinstance(entries, list) else []):
        each = entry if isinstance(entry, Mapping) else {}
        url, path = each.get("fullUrl"), f"Bundle.entry[{index}].fullUrl"
        if not isinstance(url, str) or not url:
            problems.append(Problem(path, "is missing: nothing could refer to the entry"))
        elif url in targets:
            problems.append(Problem(path, f"'{url}' is there twice"))
        else:
            resource = each.get("resource")
            targets[url] = resource.get("resourceType", "") if isinstance(resource, Mapping) else ""
    return targets, problems


def _walk(value: Any, path: str, element: str) -> Iterator[_Node]:
    if isinstance(value, Mapping):
        kind = value.get("resourceType")
        element = kind if isinstance(kind, str) else element
        yield _Node(path, element, value)
        for key, inner in value.items():
            yield from _walk(inner, f"{path}.{key}", f"{element}.{key}")
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from _walk(inner, f"{path}[{index}]", element)
    else:
        yield _Node(path, element, value)


def _plain(node: _Node) -> Iterator[Problem]:
    """What the library lets pass: nothing in place of something, and numbers for times, which it takes for seconds."""
    if node.value is None or node.value in ("", {}, []):
        yield Problem(node.path, "is empty; what there is not is left out")
    if node.element.endswith(_TIMES) and not isinstance(node.value, str):
        yield Problem(node.path, f"{node.value!r} is no time in ISO 8601")


def _bound(node: _Node) -> Iterator[Problem]:
    """Required bindings."""
    name, known = BINDINGS.get(node.element, ("", frozenset()))
    for ending, binding in ENDING_BINDINGS.items():
        if node.element.endswith(ending):
            name, known = binding
    if name and not (isinstance(node.value, str) and node.value in known):
        yield Problem(node.path, f"'{node.value}' is not in {name}; choose one of: {', '.join(sorted(known))}")


def _code(node: _Node) -> Iterator[Problem]:
    """Codes with their systems, of codings and quantities."""
    value = node.value
    if "code" not in value or not isinstance(value["code"], str):
        return
    code, system, path = value["code"], value.get("system"), f"{node.path}.code"
    if not isinstance(system, str):
        yield Problem(path, f"'{code}' has no system")
    elif system == LOINC and (wrong := loinc_problem(code)):
        yield Problem(path, wrong)
    elif system == UCUM:
        if code not in UCUM_CODES:
            yield Problem(path, f"'{code}' is no UCUM code that we use; choose one of: {', '.join(sorted(UCUM_CODES))}")
    elif system in OWN_CODES:
        if not OWN_CODE.fullmatch(code):
            yield Problem(path, f"'{code}' is no code of {system}: names in lower_snake")
    elif system not in CODES:
        yield Problem(
            f"{node.path}.system", f"'{system}' is no system that we use; choose one of: {', '.join(sorted(CODES))}"
        )
    elif code not in CODES[system]:
        yield Problem(
            path, f"'{code}' is no code of {system} that we use; choose one of: {', '.join(sorted(CODES[system]))}"
        )
    elif value.get("display", CODES[system][code]) != CODES[system][code]:
        yield Problem(f"{node.path}.display", f"'{value['display']}' is not what {code} means: {CODES[system][code]}")


def _reference(node: _Node, targets: Mapping[str, str]) -> Iterator[Problem]:
    """References lead to an entry of the right kind, and name nobody."""
    if "reference" not in node.value:
        return
    url, path = node.value["reference"], f"{node.path}.reference"
    if not isinstance(url, str) or url not in targets:
        yield Problem(path, f"'{url}' leads to no entry of the bundle")
        return
    for wanted in filter(None, (TARGETS.get(node.element), node.value.get("type"))):
        if targets[url] != wanted:
            yield Problem(path, f"leads to a {targets[url]}, not to a {wanted}")
    if "display" in node.value:
        yield Problem(f"{node.path}.display", "a reference's display may name somebody; leave it out")


def _rules(node: _Node) -> Iterator[Problem]:
    """Rules between elements, of FHIR's (obs-6) and of ours."""
    value, path = node.value, node.path
    if node.element in {"Observation", "Observation.component"}:
        has_value = any(key.startswith("value") for key in value)
        if has_value and "dataAbsentReason" in value:
            yield Problem(f"{path}.dataAbsentReason", "there is a value as well")
        if not has_value and "dataAbsentReason" not in value and not value.get("component"):
            yield Problem(path, "has neither value nor component, and says not why")
        yield from _figure(node)
    if node.element == "Procedure" and value.get("status") == "stopped" and "statusReason" not in value:
        yield Problem(f"{path}.statusReason", "is missing: it was stopped, by what?")


def _figure(node: _Node) -> Iterator[Problem]:
    """The number of an observation."""
    quantity = node.value.get("valueQuantity")
    if not isinstance(quantity, Mapping):
        return
    number, path = quantity.get("value"), f"{node.path}.valueQuantity.value"
    if isinstance(number, bool) or not isinstance(number, int | float):
        yield Problem(path, f"{number!r} is no number")
        return
    concept = node.value.get("code")
    codings = concept.get("coding", []) if isinstance(concept, Mapping) else []
    for coding in codings if isinstance(codings, list) else []:
        known = isinstance(coding, Mapping) and coding.get("system") == MEASURE
        if known and number < 0 and never_negative(str(coding.get("code"))):
            yield Problem(path, f"{number} is negative, which '{coding['code']}' cannot be")


def _personal(node: _Node) -> Iterator[Problem]:
    """No direct identifiers."""
    if isinstance(node.value, str) and _MAIL.search(node.value):
        yield Problem(node.path, "holds an address of mail")
    if not isinstance(node.value, Mapping):
        return
    for key in node.value:
        if key in _PERSONAL or (node.element == "Patient" and key not in _PATIENT):
            yield Problem(f"{node.path}.{key}", "may tell who somebody is: only the pseudonym goes out")
    if node.element.endswith(".identifier") and node.value.get("system") not in _IDENTIFIERS:
        yield Problem(
            f"{node.path}.system",
            f"'{node.value.get('system')}' may tell who somebody is; choose one of: {', '.join(_IDENTIFIERS)}",
        )
