"""A published figure and how to measure the simulated one."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

AGREES = 0.05
"""Share by which a simulated figure may be off a single published one and still be called the same."""


HEADS = ("quantity", "published", "simulated", "verdict", "source", "remark")
"""Heads of the table."""


@dataclass(frozen=True)
class Row:
    """A row of the table.

    Attributes:
        name: What it is asked for by.
        title: What a person reads.
        low: Lower end of what is published; not a number where we know of nothing that is.
        high: Its upper end; the same where one value is.
        unit: Of all figures.
        source: Where that is published.
        measure: Runs the simulation and gives one figure or several; None where the simulation has nothing of it.
        remark: Why it is off, or what the figure is of.
    """

    name: str
    title: str
    low: float
    high: float
    unit: str
    source: str
    measure: Callable[[], Sequence[float]] | None
    remark: str = ""

    def published(self) -> str:
        """The published range in words."""
        if math.isnan(self.low):
            return "not compared"
        return self._span(self.low, self.high)

    def simulated(self, values: Sequence[float]) -> str:
        """What was measured, in words."""
        return self._span(min(values), max(values)) if values else "none"

    def verdict(self, values: Sequence[float]) -> str:
        """Whether all of what was measured lies within the published range, or how far off it is."""
        if not values:
            return "**not simulated**"
        if not all(math.isfinite(value) for value in values):
            return "**could not be measured**"
        if math.isnan(self.low):
            return "not compared"
        slack = AGREES * abs(self.high) if self.low == self.high else 1e-3 * abs(self.high)
        below = [value for value in values if value < self.low - slack]
        above = [value for value in values if value > self.high + slack]
        if not below and not above:
            return "agrees" if self.low == self.high else "within"
        words = []
        if below:
            words.append(f"down to {min(below) / self.low:.2g} of the lowest" if self.low else "below")
        if above:
            words.append(f"up to {max(above) / self.high:.2g} times the highest" if self.high else "above")
        return f"**{', '.join(words)}**"

    def _span(self, low: float, high: float) -> str:
        near = low == high or f"{low:.3g}" == f"{high:.3g}"
        return f"{low:.3g} {self.unit}".strip() if near else f"{low:.3g} to {high:.3g} {self.unit}".strip()


def cells(row: Row) -> tuple[str, ...]:
    """Measure a row, and say what its cells are."""
    values = row.measure() if row.measure is not None else ()
    return row.title, row.published(), row.simulated(values), row.verdict(values), row.source, row.remark
