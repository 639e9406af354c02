"""What measures are called: from whoever knows them, with a fallback for those that nobody does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


class Described(Protocol):
    """What an export needs to know of a measure; `robotics.rehab_measures.RehabMeasure` is one."""

    @property
    def title(self) -> str:
        """What a person reads."""
        ...

    @property
    def unit(self) -> str:
        """Its unit; empty where it has none."""
        ...

    @property
    def explanation(self) -> str:
        """What it says."""
        ...


Measures = Mapping[str, Described]
"""Measures by name."""

SUFFIXES = {
    "deg": "deg", "cm": "cm", "mm": "mm", "m": "m", "s": "s", "n": "N", "nm": "Nm", "j": "J", "w": "W", "hz": "Hz",
    "deg_s": "deg/s", "cm_s": "cm/s", "deg2": "deg²", "mm2": "mm²",
}  # fmt: skip
"""Units by the ending that a measure's name may have."""


@dataclass(frozen=True)
class Naming:
    """A measure's name in words."""

    title: str
    unit: str
    explanation: str = ""


def naming(name: str, measures: Measures) -> Naming:
    """What a measure is called; one that is not known reads as its name, with the unit that its ending says."""
    if name in measures:
        known = measures[name]
        return Naming(known.title, known.unit, known.explanation)
    ending = max((each for each in SUFFIXES if name.endswith("_" + each)), key=len, default="")
    stem = name.removesuffix("_" + ending) if ending else name
    return Naming(stem.replace("_", " ").capitalize(), SUFFIXES.get(ending, ""))
