"""Weighted-frequency Fourier linear combiner: locks on the tremor's frequency and cancels it at zero phase."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from msgspec import Meta

from control.filters.subtracting import Gate, SubtractingFilter
from control.filters.subtracting.gate import subtract
from control.filters.subtracting.highpass import bandpass, highpass, inverse, sections
from robotics.config import Config
from robotics.contracts import Vector
from robotics.kernels.compiled import kernel

Hertz = Annotated[float, Meta(gt=0, le=40)]


class Settings(Config, frozen=True, kw_only=True):
    """Settings of a weighted-frequency Fourier linear combiner.

    Attributes:
        band_low_hz: Lowest frequency that it locks on; also the lower edge of the reference's band-pass [Hz].
        band_high_hz: Highest such frequency [Hz].
        start_hz: Frequency from which it starts [Hz].
        harmonics: Number of harmonics of the cancelling combiner; the tracking one has the first alone, or it would
            lock on half of the frequency.
        highpass_hz: Cut-off of the high-pass in front of the cancelling combiner [Hz].
        highpass_order: Its order, at least 2.
        frequency_s: Time constant of the frequency [s].
        tracking_s: Time constant of the weights of the frequency-tracking combiner [s].
        amplitude_s: Time constant of the weights of the cancelling combiner [s].
        gate: When and how much is subtracted.
    """

    kind: str
    title: str = ""
    band_low_hz: Hertz
    band_high_hz: Hertz
    start_hz: Hertz
    harmonics: Annotated[int, Meta(ge=1, le=4)] = 1
    highpass_hz: Hertz
    highpass_order: Annotated[int, Meta(ge=2, le=6)]
    frequency_s: Annotated[float, Meta(ge=0.1, le=100)]
    tracking_s: Annotated[float, Meta(gt=0, le=100)]
    amplitude_s: Annotated[float, Meta(gt=0, le=100)]
    gate: Gate

    def __post_init__(self) -> None:
        if not self.band_low_hz <= self.start_hz <= self.band_high_hz or self.band_low_hz == self.band_high_hz:
            raise ValueError(
                f"start_hz: {self.start_hz:g} must lie in the band {self.band_low_hz:g} to {self.band_high_hz:g}"
            )


@kernel
def _wflc(
    x: Vector,
    y: Vector,
    origin: Vector,
    high: Vector,
    high_state: Vector,
    band: Vector,
    band_state: Vector,
    lock: Vector,
    follow: Vector,
    weights: Vector,
    gains: Vector,
    gate: Vector,
    constants: Vector,
) -> None:
    """One sample of every axis.

    ``lock`` holds phase [rad] and frequency [rad per sample], (2, axes); ``follow`` the weights of the tracking
    combiner, (2, axes), ``weights`` those of the cancelling one, (2 * harmonics, axes), sines first; ``gains`` 2 mu of
    the frequency, of the tracking weights and of the cancelling ones per sample, then the frequency's lower and upper
    bound [rad per sample].
    """
    order = weights.shape[0] // 2
    for axis in range(x.shape[0]):
        heard = sections(high, high_state, axis, x[axis] - origin[axis])
        reference = sections(band, band_state, axis, x[axis] - origin[axis])
        first = complex(np.cos(lock[0, axis]), np.sin(lock[0, axis]))

        # Riviere et al. 1998 with one harmonic: e = s - w'x; w0 += 2 mu0 e (w_1 cos - w_2 sin); w += 2 mu x e.
        a, b = follow[0, axis], follow[1, axis]
        error = reference - a * first.imag - b * first.real
        slope, power = a * first.real - b * first.imag, a * a + b * b
        follow[0, axis] += gains[1] * first.imag * error
        follow[1, axis] += gains[1] * first.real * error
        # Over the tremor's own power, so that one gain serves every amplitude; with the error's in it an onset, when
        # the weights are still small, makes no leap.
        step = gains[0] * error * slope / (power + error * error + 1e-12)
        lock[1, axis] = min(gains[4], max(gains[3], lock[1, axis] + step))

        # The second combiner, on the high-passed motion, gives the amplitude and phase; the high-pass is undone.
        missed, turn = heard, first
        for r in range(order):
            missed -= weights[r, axis] * turn.imag + weights[order + r, axis] * turn.real
            turn *= first
        estimate, turn = 0.0, first
        pace = complex(np.cos(lock[1, axis]), np.sin(lock[1, axis]))
        ahead = pace
        for r in range(order):
            weights[r, axis] += gains[2] * turn.imag * missed
            weights[order + r, axis] += gains[2] * turn.real * missed
            tremor = complex(weights[order + r, axis], -weights[r, axis]) * turn
            estimate += (tremor * inverse(high, ahead.real, ahead.imag)).real
            ahead *= pace
            turn *= first
        lock[0, axis] = (lock[0, axis] + lock[1, axis]) % (2.0 * np.pi)
        y[axis] = subtract(x[axis], estimate, heard, missed, axis, gate, constants)


class Wflc(SubtractingFilter):
    """The weighted-frequency Fourier linear combiner, with a second combiner for zero phase; each axis by itself.

    The first combiner sees the band-passed motion and finds the frequency; the second uses that frequency on the
    high-passed motion, and the phase that the high-pass adds, known at that frequency, is taken out again.

    Args:
        settings: See `Settings`; |y - x| stays within its ``gate.limit_mm``.
        rate_hz: Sampling rate [Hz].
        axes: Number of signals.

    Source:
        Riviere, Rader, Thakor 1998, "Adaptive canceling of physiological tremor for improved precision in
        microsurgery", IEEE Trans. Biomed. Eng. 45(7); its gains per sample written as time constants, and that of the
        frequency divided by the tremor's power.
    """

    def __init__(self, settings: Settings, rate_hz: float, axes: int) -> None:
        super().__init__(settings.gate, rate_hz, axes)
        self._high = highpass(settings.highpass_hz, settings.highpass_order, rate_hz)
        self._band = bandpass(settings.band_low_hz, settings.band_high_hz, 2, rate_hz)
        self._high_state = np.zeros((len(self._high), 2, axes))
        self._band_state = np.zeros((len(self._band), 2, axes))
        dt = 1.0 / rate_hz
        angle = 2.0 * np.pi * dt
        self._start_angle = angle * settings.start_hz
        # The weights' gain 2 mu makes a time constant of dt / mu; a lag of phase feeds the frequency at mu0 per radian.
        self._gains = np.array(
            [
                2.0 * dt * dt / (settings.tracking_s * settings.frequency_s),
                2.0 * (1.0 - np.exp(-dt / settings.tracking_s)),
                2.0 * (1.0 - np.exp(-dt / settings.amplitude_s)),
                angle * settings.band_low_hz,
                angle * settings.band_high_hz,
            ]
        )
        self._lock = np.zeros((2, axes))
        self._follow, self._weights = np.zeros((2, axes)), np.zeros((2 * settings.harmonics, axes))

    def frequency(self) -> Vector:
        """Frequency that each axis is locked on, shape (axes,) [Hz]."""
        hertz: Vector = self._lock[1] * self.rate_hz / (2.0 * np.pi)
        return hertz

    def _forget(self) -> None:
        self._high_state[:] = 0.0
        self._band_state[:] = 0.0
        self._follow[:] = 0.0
        self._weights[:] = 0.0
        self._lock[0], self._lock[1] = 0.0, self._start_angle

    def _filter(self, x: Vector, y: Vector) -> None:
        _wflc(
            x,
            y,
            self._origin,
            self._high,
            self._high_state,
            self._band,
            self._band_state,
            self._lock,
            self._follow,
            self._weights,
            self._gains,
            self._gate,
            self._constants,
        )


def build(settings: Settings, rate_hz: float, axes: int) -> Wflc:
    """Make the filter from its settings."""
    return Wflc(settings, rate_hz, axes)
