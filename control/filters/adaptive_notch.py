"""Adaptive lattice notch: an all-pass notch whose frequency follows the tremor."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from msgspec import Meta

from control.filters.subtracting import Gate, SubtractingFilter
from control.filters.subtracting.gate import subtract
from control.filters.subtracting.highpass import highpass, inverse, sections
from robotics.config import Config
from robotics.contracts import Vector
from robotics.errors import ArgumentError
from robotics.kernels.compiled import kernel

Hertz = Annotated[float, Meta(gt=0, le=40)]


class Settings(Config, frozen=True, kw_only=True):
    """Settings of an adaptive lattice notch.

    Attributes:
        band_low_hz: Lowest frequency of the notch [Hz].
        band_high_hz: Highest frequency [Hz].
        start_hz: Frequency from which it starts [Hz].
        width_hz: Width of the notch at -3 dB [Hz].
        highpass_hz: Cut-off of the high-pass in front [Hz].
        highpass_order: Its order, at least 2.
        frequency_s: Time constant of the frequency [s].
        gate: When and how much is subtracted.
    """

    kind: str
    title: str = ""
    band_low_hz: Hertz
    band_high_hz: Hertz
    start_hz: Hertz
    width_hz: Annotated[float, Meta(gt=0.01, le=10)]
    highpass_hz: Hertz
    highpass_order: Annotated[int, Meta(ge=2, le=6)]
    frequency_s: Annotated[float, Meta(ge=0.1, le=100)]
    gate: Gate

    def __post_init__(self) -> None:
        if not self.band_low_hz <= self.start_hz <= self.band_high_hz or self.band_low_hz == self.band_high_hz:
            raise ValueError(
                f"start_hz: {self.start_hz:g} must lie in the band {self.band_low_hz:g} to {self.band_high_hz:g}"
            )


@kernel
def _notch(
    x: Vector,
    y: Vector,
    origin: Vector,
    high: Vector,
    high_state: Vector,
    lattice: Vector,
    design: Vector,
    gate: Vector,
    constants: Vector,
) -> None:
    """One sample of every axis.

    ``lattice`` holds the two delays [m], the frequency [rad per sample] and the peak of the first delay's square [m^2],
    (4, axes); ``design`` the sine and cosine of the angle that sets the width, the frequency's gain per sample, the
    decay of the peak, and the frequency's lower and upper bound [rad per sample].
    """
    wide_sine, wide_cosine = design[0], design[1]
    for axis in range(x.shape[0]):
        heard = sections(high, high_state, axis, x[axis] - origin[axis])
        cosine, sine = np.cos(lattice[2, axis]), np.sin(lattice[2, axis])
        # The rotor of the frequency stands at omega - 90 degrees: its cosine is sin(omega), its sine -cos(omega).
        first, second = lattice[0, axis], lattice[1, axis]
        through = wide_sine * heard + wide_cosine * second
        inner = wide_cosine * heard - wide_sine * second
        lattice[0, axis] = sine * inner + cosine * first
        lattice[1, axis] = -cosine * inner + sine * first
        missed = 0.5 * (heard + through)
        passed = heard - missed

        # Regalia 1991, simplified update: notch output times first delay, here over that delay's mean square, which is
        # half of its peak's. The two are in the ratio (1 + sin)/cos of the width times the frequency's error, whatever
        # the frequency, so that the gain makes one time constant of it.
        lattice[3, axis] = max(first * first, lattice[3, axis] * (1.0 - design[3]))
        step = -design[2] * missed * first / (0.5 * lattice[3, axis] + 1e-12)
        lattice[2, axis] = min(design[5], max(design[4], lattice[2, axis] + step))

        # The first delay lags the passed oscillation by a quarter turn: the two make the phasor that the high-pass is
        # taken out of.
        quarter = -(1.0 - wide_sine) / wide_cosine * first
        undo = inverse(high, cosine, sine)
        estimate = undo.real * passed + undo.imag * quarter
        y[axis] = subtract(x[axis], estimate, heard, missed, axis, gate, constants)


class AdaptiveNotch(SubtractingFilter):
    """A notch of constant width whose frequency follows the tremor, behind a high-pass whose phase is taken out again.

    Each axis by itself. On a single sine the frequency is unbiased, whatever the width.

    Args:
        settings: See `Settings`; |y - x| stays within its ``gate.limit_mm``.
        rate_hz: Sampling rate [Hz].
        axes: Number of signals.

    Source:
        Regalia 1991, "An improved lattice-based adaptive IIR notch filter", IEEE Trans. Signal Process. 39(9).
    """

    def __init__(self, settings: Settings, rate_hz: float, axes: int) -> None:
        super().__init__(settings.gate, rate_hz, axes)
        if settings.band_high_hz >= 0.5 * rate_hz:
            raise ArgumentError(
                f"band_high_hz is {settings.band_high_hz:g}, must lie below {rate_hz / 2:g}, half of the rate"
            )
        self._high = highpass(settings.highpass_hz, settings.highpass_order, rate_hz)
        self._high_state = np.zeros((len(self._high), 2, axes))
        angle = 2.0 * np.pi / rate_hz
        half = np.tan(0.5 * angle * settings.width_hz)
        wide_sine = (1.0 - half) / (1.0 + half)
        wide_cosine = np.sqrt(1.0 - wide_sine * wide_sine)
        dt = 1.0 / rate_hz
        self._start_angle = angle * settings.start_hz
        self._design = np.array(
            [
                wide_sine,
                wide_cosine,
                dt / settings.frequency_s * wide_cosine / (1.0 + wide_sine),
                # The peak falls within the notch's own memory and rises at once, so that an onset makes no leap.
                1.0 - np.exp(-dt * np.pi * settings.width_hz),
                angle * settings.band_low_hz,
                angle * settings.band_high_hz,
            ]
        )
        self._lattice = np.zeros((4, axes))

    def frequency(self) -> Vector:
        """Frequency of each axis' notch, shape (axes,) [Hz]."""
        hertz: Vector = self._lattice[2] * self.rate_hz / (2.0 * np.pi)
        return hertz

    def _forget(self) -> None:
        self._high_state[:] = 0.0
        self._lattice[:] = 0.0
        self._lattice[2] = self._start_angle

    def _filter(self, x: Vector, y: Vector) -> None:
        _notch(
            x,
            y,
            self._origin,
            self._high,
            self._high_state,
            self._lattice,
            self._design,
            self._gate,
            self._constants,
        )


def build(settings: Settings, rate_hz: float, axes: int) -> AdaptiveNotch:
    """Make the filter from its settings."""
    return AdaptiveNotch(settings, rate_hz, axes)
