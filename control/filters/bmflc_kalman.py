"""Band-limited multiple Fourier linear combiner with Kalman weights: the same grid of sines, weighted optimally."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from msgspec import Meta
from scipy import linalg

from control.filters.subtracting import Gate
from control.filters.subtracting.bank import OscillatorBank, grid
from control.filters.subtracting.riccati import rotation, steady_state
from robotics.config import Config

Hertz = Annotated[float, Meta(gt=0, le=40)]


class Settings(Config, frozen=True, kw_only=True):
    """Settings of a band-limited multiple Fourier linear combiner with a Kalman filter.

    Attributes:
        band_low_hz: Lowest frequency of the grid [Hz].
        band_high_hz: Highest frequency [Hz].
        step_hz: Distance of two frequencies [Hz].
        highpass_hz: Cut-off of the high-pass in front [Hz].
        highpass_order: Its order, at least 2.
        walk_um_per_sqrt_s: Random walk of each weight [um/sqrt(s)].
        noise_um_per_sqrt_hz: Density of what is no tremor behind the high-pass, one-sided [um/sqrt(Hz)].
        gate: When and how much is subtracted.
    """

    kind: str
    title: str = ""
    band_low_hz: Hertz
    band_high_hz: Hertz
    step_hz: Annotated[float, Meta(gt=0.05, le=5)]
    highpass_hz: Hertz
    highpass_order: Annotated[int, Meta(ge=2, le=6)]
    walk_um_per_sqrt_s: Annotated[float, Meta(gt=0, le=1e5)]
    noise_um_per_sqrt_hz: Annotated[float, Meta(gt=0, le=1e5)]
    gate: Gate

    def __post_init__(self) -> None:
        if self.band_low_hz >= self.band_high_hz:
            raise ValueError(f"band_low_hz: {self.band_low_hz:g} is not below band_high_hz {self.band_high_hz:g}")


class BmflcKalman(OscillatorBank):
    """The band-limited multiple Fourier linear combiner whose weights a Kalman filter moves; each axis by itself.

    Weights that walk at random against white noise have a gain that no measurement changes, and that is constant in the
    frame that turns with the references: it is solved for once, in place of a covariance that is carried along.

    Args:
        settings: See `Settings`; |y - x| stays within its ``gate.limit_mm``.
        rate_hz: Sampling rate [Hz].
        axes: Number of signals.

    Source:
        Veluvolu, Ang 2011, "Estimation of physiological tremor from accelerometers for real-time applications",
        Sensors 11(3); Wang, Veluvolu, Lee 2013, J. NeuroEng. Rehabil. 10:109.
    """

    def __init__(self, settings: Settings, rate_hz: float, axes: int) -> None:
        frequencies = grid(settings.band_low_hz, settings.band_high_hz, settings.step_hz)
        n = len(frequencies)
        transition = linalg.block_diag(*[rotation(2.0 * np.pi * f / rate_hz) for f in frequencies])
        process = np.eye(2 * n) * settings.walk_um_per_sqrt_s**2 / rate_hz
        output = np.tile([1.0, 0.0], n)
        noise = settings.noise_um_per_sqrt_hz**2 * rate_hz / 2.0
        gains = steady_state(transition, output, process, noise).gain.reshape(n, 2).T
        super().__init__(
            frequencies, gains, settings.highpass_hz, settings.highpass_order, settings.gate, rate_hz, axes
        )


def build(settings: Settings, rate_hz: float, axes: int) -> BmflcKalman:
    """Make the filter from its settings."""
    return BmflcKalman(settings, rate_hz, axes)
