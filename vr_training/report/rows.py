"""Scores as a person reads them: rounded, with their goal and a mark."""

from __future__ import annotations

import math
from dataclasses import dataclass

from robotics.contracts import Score, Scorecard
from vr_training.scoring import is_good

_TILES = ("time", "intent_ratio", "tremor_removed", "tremor_bound", "final_error", "delay", "deadlines_missed")
"""Figures that stand at the head of the page, where the scorecard has them."""

_UNITS = {"um": "µm", "us": "µs"}


@dataclass(frozen=True)
class Row:
    """A line of the table. ``mark`` is ``"good"``, ``"weak"`` or empty."""

    title: str
    value: str
    unit: str
    goal: str
    mark: str
    advice: str


@dataclass(frozen=True)
class Fact:
    """A line of the table of facts."""

    name: str
    value: str
    code: bool = False


def rows(scorecard: Scorecard) -> tuple[Row, ...]:
    """All lines of a scorecard."""
    return tuple(_row(score) for score in scorecard.scores)


def tiles(scorecard: Scorecard) -> tuple[Row, ...]:
    """The lines that stand at the head of the page."""
    found = {score.name: score for score in scorecard.scores}
    return tuple(_row(found[name]) for name in _TILES if name in found)


def number(value: float) -> str:
    """A figure with as many digits as it bears: three significant ones, whole from a hundred on."""
    if not math.isfinite(value):
        return "–"
    if value == round(value) and abs(value) < 1e6:
        return f"{value:,.0f}".replace("-", "−")
    size = abs(value)
    digits = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 0.1 else 3
    return f"{value:,.{digits}f}".replace("-", "−")


def _row(score: Score) -> Row:
    good = is_good(score)
    unit = _UNITS.get(score.unit, score.unit)
    goal = ""
    if score.good is not None:
        sign = {"lower": "≤", "higher": "≥"}.get(score.better, "")
        goal = f"{sign} {number(score.good)} {unit}".strip()
    mark = "" if good is None else "good" if good else "weak"
    return Row(score.title, number(score.value), unit, goal, mark, score.advice)
