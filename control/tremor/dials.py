"""What of a filter's settings may be turned by a search, how far, and in what steps.

A filter's module may say so itself: ``TUNABLE`` maps a settings field to ``(low, high, logarithmic)``, most telling
field first. Fields of nested tables are named with dots, those of lists by index: ``"gate.watch_s"``,
``"tremor.0.frequency_hz"``. A module that says nothing has all its numbers turned but those whose meaning is fixed.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Values = dict[str, Any]
"""Settings as plain data."""

Tunable = Mapping[str, tuple[float, float, bool]]
"""Field, least value, greatest value, and whether it is turned by factors."""

_FIXED = {
    "kind",
    "title",
    "harmonics",
    "lag_ms",
    "order",
    "limit_mm",
    "floor_um",
    "settle_s",
    "start_hz",
    "band_low_hz",
    "step_hz",
    "band_s",
    "band_high_hz",
}
_ORDERS = (2.0, 6.0)
_STRIDES = 2.5  # first steps across a declared range: wide enough to leave the band that a preset lies in, free choice


@dataclass(frozen=True)
class Dial:
    """One number of some settings.

    Attributes:
        path: Keys and indices that lead to it.
        low: Least value.
        high: Greatest value.
        logarithmic: Whether it is turned by factors.
        stride: Power of the factor by which it is turned, or how far for each unit of the factor's logarithm.
        whole: Whether it takes whole numbers alone, one after the other.
    """

    path: tuple[str | int, ...]
    low: float = -math.inf
    high: float = math.inf
    logarithmic: bool = True
    stride: float = 1.0
    whole: bool = False

    @property
    def name(self) -> str:
        """Its name with dots."""
        return ".".join(map(str, self.path))

    def read(self, values: Values) -> float:
        """Where it stands."""
        found: Any = values
        for key in self.path:
            found = found[key]
        return float(found)

    def turned(self, values: Values, by: float) -> Values | None:
        """The settings with it turned.

        Args:
            values: The settings.
            by: Logarithm of the factor; the sign gives the direction.

        Returns:
            New settings of four significant digits, or None where it is at its end already.
        """
        now = self.read(values)
        if self.whole:
            new = now + math.copysign(1.0, by)
        elif self.logarithmic:
            new = now * math.exp(by * self.stride)
        else:
            new = now + by * self.stride
        # Four digits are all that any setting has to say, and what is tried is what is written.
        new = min(max(float(f"{new:.4g}"), self.low), self.high)
        if new == now:
            return None
        made: Values = _own(values)
        inner: Any = made
        for key in self.path[:-1]:
            inner = inner[key]
        inner[self.path[-1]] = int(new) if self.whole else new
        return made


def dials_of(kind: str, values: Values) -> list[Dial]:
    """The dials of a filter: those that its module declares, or else those that its settings suggest.

    Args:
        kind: The filter's module in `control.filters`.
        values: Its settings as plain data.

    Raises:
        KeyError: The module declares a field that the settings do not have.
    """
    declared: Tunable | None = getattr(importlib.import_module(f"control.filters.{kind}"), "TUNABLE", None)
    if declared is None:
        return suggested(values)
    found = []
    for name, (low, high, logarithmic) in declared.items():
        path = tuple(int(part) if part.isdigit() else part for part in name.split("."))
        span = math.log(high / low) if logarithmic else high - low
        dial = Dial(path, low, high, logarithmic, span / (_STRIDES * math.log(2.0)))
        if _there(values, path):
            found.append(dial)
    return found


def _own(values: Any) -> Any:
    """A copy in which every number can be set: tuples become lists."""
    if isinstance(values, dict):
        return {key: _own(value) for key, value in values.items()}
    if isinstance(values, list | tuple):
        return [_own(value) for value in values]
    return values


def _there(values: Values, path: tuple[str | int, ...]) -> bool:
    """Whether a number stands at a path: lists may be shorter than declared, and what is None is not in use."""
    found: Any = values
    for key in path:
        if isinstance(key, int) and key >= len(found):
            return False
        found = found[key]
    return isinstance(found, int | float)


def suggested(values: Values) -> list[Dial]:
    """A dial for each number whose meaning is not fixed, in nested tables and lists too, with steps that suit it."""
    return list(_suggested(values))


def _suggested(values: Any, path: tuple[str | int, ...] = ()) -> Iterator[Dial]:
    items = values.items() if isinstance(values, dict) else enumerate(values)
    for key, value in items:
        here = (*path, key)
        if isinstance(value, dict | list | tuple):
            yield from _suggested(value, here)
        elif key not in _FIXED and isinstance(value, int | float) and not isinstance(value, bool):
            yield _dial(here, float(value))


def _dial(path: tuple[str | int, ...], value: float) -> Dial:
    """A dial whose steps suit what a number means."""
    key = str(path[-1])
    if key == "highpass_order":
        return Dial(path, *_ORDERS, whole=True)
    if key.startswith("explained") or value <= 0.0:
        return Dial(path, logarithmic=False, stride=0.2)
    power = 5.0 if key.startswith("jerk") and key != "jerk_s" else 1.0
    if key in ("highpass_hz", "frequency_hz"):
        power = 0.3
    return Dial(path, stride=power)
