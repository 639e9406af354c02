"""A session's measures beside those of experts, as shares of a track that the page draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from robotics.contracts import Scorecard
from robotics.measures import MEASURES
from vr_training.progress.proficiency import Bar
from vr_training.report.rows import number

_UNITS = {"um": "µm", "us": "µs"}


@dataclass(frozen=True)
class ExpertBar:
    """A measure on its track. Shares of the track are in percent from its left end.

    Attributes:
        title: What a person reads.
        value: The session's figure with its unit.
        experts: Mean and standard deviation of the experts, with the unit.
        asked: What the bar asks, with the unit.
        met: Whether it is as good as the bar asks.
        at: Where the session's figure lies.
        mean: Where the experts' mean lies.
        low: Where their mean less a standard deviation lies.
        high: The same with one more.
    """

    title: str
    value: str
    experts: str
    asked: str
    met: bool
    at: float
    mean: float
    low: float
    high: float


def expert_bars(scorecard: Scorecard, needed: Sequence[Bar]) -> tuple[ExpertBar, ...]:
    """Every measure that has a bar and stands on the scorecard."""
    values = {score.name: score.value for score in scorecard.scores}
    return tuple(_bar(bar, values[bar.measure]) for bar in needed if bar.measure in values)


def _bar(bar: Bar, value: float) -> ExpertBar:
    low, high = bar.mean - bar.sd, bar.mean + bar.sd
    first, last = min(low, value), max(high, value)
    if min(bar.mean, value) >= 0.0:
        first = max(first, 0.0)  # what is never negative has no band below nothing
    room = 0.15 * (last - first) or 0.15 * abs(last) or 1.0
    # At zero the track begins: nobody drops less than nothing.
    left = 0.0 if first == 0.0 else first - room
    span = last + room - left

    def share(x: float) -> float:
        return round(min(max(100.0 * (x - left) / span, 0.0), 100.0), 2)

    unit = _UNITS.get(MEASURES[bar.measure].unit, MEASURES[bar.measure].unit)
    shown, asked = number(value), number(bar.value)
    if shown == asked and value != bar.value:  # what is told apart must look apart
        shown, asked = f"{value:.5g}".replace("-", "−"), f"{bar.value:.5g}".replace("-", "−")
    return ExpertBar(
        title=MEASURES[bar.measure].title,
        value=f"{shown} {unit}".strip(),
        experts=f"{number(bar.mean)} ± {number(bar.sd)} {unit}".strip(),
        asked=f"{'≤' if bar.better == 'lower' else '≥'} {asked} {unit}".strip(),
        met=bar.met(value),
        at=share(value),
        mean=share(bar.mean),
        low=share(low),
        high=share(high),
    )
