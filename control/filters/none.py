"""No filter at all: the peer that every other one is measured against."""

from __future__ import annotations

from control.filters.base import BaseFilter
from robotics.config import Config
from robotics.contracts import Vector


class Settings(Config, frozen=True, kw_only=True):
    """Nothing to set."""

    kind: str
    title: str = ""


class NoFilter(BaseFilter):
    """Passes every sample on."""

    def delay(self) -> float:
        """No delay [s]."""
        return 0.0

    def bound(self, span: float) -> float:  # noqa: ARG002 - the same for any
        """Never outside [m]."""
        return 0.0

    def _start(self, x: Vector) -> None:
        pass

    def _filter(self, x: Vector, y: Vector) -> None:
        y[:] = x


def build(settings: Settings, rate_hz: float, axes: int) -> NoFilter:  # noqa: ARG001 - the contract of `build`
    """Make the filter."""
    return NoFilter(rate_hz, axes)
