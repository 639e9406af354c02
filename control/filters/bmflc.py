"""Band-limited multiple Fourier linear combiner: a fixed grid of sines, weighted by least mean squares."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from msgspec import Meta

from control.filters.subtracting import Gate
from control.filters.subtracting.bank import OscillatorBank, grid
from robotics.config import Config

Hertz = Annotated[float, Meta(gt=0, le=40)]


class Settings(Config, frozen=True, kw_only=True):
    """Settings of a band-limited multiple Fourier linear combiner.

    Attributes:
        band_low_hz: Lowest frequency of the grid [Hz].
        band_high_hz: Highest frequency [Hz].
        step_hz: Distance of two frequencies; the estimate repeats itself after one over this [Hz].
        highpass_hz: Cut-off of the high-pass in front [Hz].
        highpass_order: Its order, at least 2.
        adaptation_s: Time constant in which one frequency alone would adapt [s].
        gate: When and how much is subtracted.
    """

    kind: str
    title: str = ""
    band_low_hz: Hertz
    band_high_hz: Hertz
    step_hz: Annotated[float, Meta(gt=0.05, le=5)]
    highpass_hz: Hertz
    highpass_order: Annotated[int, Meta(ge=2, le=6)]
    adaptation_s: Annotated[float, Meta(gt=0, le=100)]
    gate: Gate

    def __post_init__(self) -> None:
        if self.band_low_hz >= self.band_high_hz:
            raise ValueError(f"band_low_hz: {self.band_low_hz:g} is not below band_high_hz {self.band_high_hz:g}")


class Bmflc(OscillatorBank):
    """The band-limited multiple Fourier linear combiner, w += 2 mu x e on the high-passed motion; each axis by itself.

    Args:
        settings: See `Settings`; |y - x| stays within its ``gate.limit_mm``.
        rate_hz: Sampling rate [Hz].
        axes: Number of signals.

    Source:
        Veluvolu, Ang 2010, "Estimation and filtering of physiological tremor for real-time compensation in surgical
        robotics applications", Int. J. Med. Robotics 6(3).
    """

    def __init__(self, settings: Settings, rate_hz: float, axes: int) -> None:
        frequencies = grid(settings.band_low_hz, settings.band_high_hz, settings.step_hz)
        gains = np.zeros((2, len(frequencies)))
        gains[0] = 2.0 * (1.0 - np.exp(-1.0 / (rate_hz * settings.adaptation_s)))
        # The error that is left after the step, e (1 - sum of gains), must not change sign.
        gains[0] = np.minimum(gains[0], 1.0 / len(frequencies))
        super().__init__(
            frequencies, gains, settings.highpass_hz, settings.highpass_order, settings.gate, rate_hz, axes
        )


def build(settings: Settings, rate_hz: float, axes: int) -> Bmflc:
    """Make the filter from its settings."""
    return Bmflc(settings, rate_hz, axes)
