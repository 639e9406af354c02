"""The one-euro filter: a first-order low-pass that opens with speed, still at rest and quick in motion."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from msgspec import Meta

from control.filters.base import BaseFilter
from robotics.config import Config
from robotics.contracts import Vector
from robotics.kernels.compiled import kernel


class Settings(Config, frozen=True, kw_only=True):
    """Settings of a one-euro filter."""

    kind: str
    title: str = ""
    min_cutoff_hz: Annotated[float, Meta(gt=0, le=100)]
    beta_hz_s_per_m: Annotated[float, Meta(ge=0)]
    derivative_cutoff_hz: Annotated[float, Meta(gt=0, le=100)] = 1.0


TUNABLE = {
    "min_cutoff_hz": (0.3, 30.0, True),
    "beta_hz_s_per_m": (1.0, 3e3, True),
    "derivative_cutoff_hz": (0.2, 20.0, True),
}
"""What a search may turn, see `control.tremor.dials`: from a hand that barely moves to one that passes as it is."""


@kernel
def _one_euro(
    x: Vector,
    y: Vector,
    raw: Vector,
    last: Vector,
    speed: Vector,
    dt: float,
    low_hz: float,
    beta: float,
    speed_hz: float,
) -> None:
    """One sample; ``raw`` is the sample before, ``last`` the last output, ``speed`` the filtered derivative, (axes,).

    The cut-off follows the speed of all axes together, so that a straight path stays straight.
    """
    speed_gain = 1.0 / (1.0 + 1.0 / (2.0 * np.pi * speed_hz * dt))
    square = 0.0
    for axis in range(x.shape[0]):
        speed[axis] += speed_gain * ((x[axis] - raw[axis]) / dt - speed[axis])
        raw[axis] = x[axis]
        square += speed[axis] * speed[axis]
    cutoff = low_hz + beta * np.sqrt(square)
    gain = 1.0 / (1.0 + 1.0 / (2.0 * np.pi * cutoff * dt))
    for axis in range(x.shape[0]):
        last[axis] += gain * (x[axis] - last[axis])
        y[axis] = last[axis]


class OneEuro(BaseFilter):
    """The one-euro filter with one cut-off for all axes.

    Args:
        min_cutoff_hz: Cut-off at rest [Hz].
        beta: How fast the cut-off rises with speed [Hz per m/s].
        derivative_cutoff_hz: Cut-off of the speed estimate [Hz].
        rate_hz: Sampling rate [Hz].
        axes: Number of signals.

    Source:
        Casiez, Roussel, Vogel 2012, "1 euro filter", CHI; its derivative taken between raw samples, so that
        ``beta`` multiplies the speed of the hand and nothing else.
    """

    def __init__(
        self, min_cutoff_hz: float, beta: float, derivative_cutoff_hz: float, rate_hz: float, axes: int
    ) -> None:
        super().__init__(rate_hz, axes)
        self._low_hz, self._beta, self._speed_hz = float(min_cutoff_hz), float(beta), float(derivative_cutoff_hz)
        self._raw, self._last, self._speed = np.zeros(axes), np.zeros(axes), np.zeros(axes)

    def delay(self) -> float:
        """Delay at rest, where it is longest [s]."""
        return 1.0 / (2.0 * np.pi * self._low_hz)

    def bound(self, span: float) -> float:  # noqa: ARG002 - the same for any
        """Never outside: each output lies between the one before and the sample [m]."""
        return 0.0

    def _start(self, x: Vector) -> None:
        self._raw[:] = x
        self._last[:] = x
        self._speed[:] = 0.0

    def _filter(self, x: Vector, y: Vector) -> None:
        _one_euro(
            x, y, self._raw, self._last, self._speed, 1.0 / self.rate_hz, self._low_hz, self._beta, self._speed_hz
        )


def build(settings: Settings, rate_hz: float, axes: int) -> OneEuro:
    """Make the filter from its settings."""
    return OneEuro(settings.min_cutoff_hz, settings.beta_hz_s_per_m, settings.derivative_cutoff_hz, rate_hz, axes)
