"""The high-pass that keeps voluntary motion from an estimator, and its inverse, which undoes its phase."""

from __future__ import annotations

import numpy as np
from scipy import signal

from robotics.contracts import Vector
from robotics.errors import ArgumentError
from robotics.kernels.compiled import kernel


def highpass(cutoff_hz: float, order: int, rate_hz: float) -> Vector:
    """Second-order sections of a Butterworth high-pass, shape (sections, 6).

    A filter of order n lets motion of constant (n-1)-th derivative through to nothing; two is the least that a steady
    reach asks for.
    """
    return np.ascontiguousarray(signal.butter(order, cutoff_hz, "highpass", fs=rate_hz, output="sos"))


def bandpass(low_hz: float, high_hz: float, order: int, rate_hz: float) -> Vector:
    """Second-order sections of a Butterworth band-pass, shape (order, 6)."""
    if high_hz >= 0.5 * rate_hz:
        raise ArgumentError(f"band_high_hz is {high_hz:g}, must lie below {rate_hz / 2:g}, half of the rate")
    return np.ascontiguousarray(signal.butter(order, [low_hz, high_hz], "bandpass", fs=rate_hz, output="sos"))


@kernel
def sections(sos: Vector, state: Vector, axis: int, value: float) -> float:
    """One sample through second-order sections in transposed direct form II; state (sections, 2, axes)."""
    for k in range(sos.shape[0]):
        out = sos[k, 0] * value + state[k, 0, axis]
        state[k, 0, axis] = sos[k, 1] * value - sos[k, 4] * out + state[k, 1, axis]
        state[k, 1, axis] = sos[k, 2] * value - sos[k, 5] * out
        value = out
    return value


@kernel
def inverse(sos: Vector, cosine: float, sine: float) -> complex:
    """One over the sections' response at an angle per sample, given by its cosine and sine.

    An oscillation estimated behind the high-pass, turned and scaled by this, is the one in front of it: zero phase.
    """
    delayed = complex(cosine, -sine)
    answer = complex(1.0, 0.0)
    for k in range(sos.shape[0]):
        above = sos[k, 0] + delayed * (sos[k, 1] + delayed * sos[k, 2])
        below = 1.0 + delayed * (sos[k, 4] + delayed * sos[k, 5])
        answer *= below / above
    return answer


def inverse_at(sos: Vector, frequencies_hz: Vector, rate_hz: float) -> Vector:
    """`inverse` at fixed frequencies [Hz]: real and imaginary parts, shape (2, n)."""
    angles = 2.0 * np.pi * np.asarray(frequencies_hz) / rate_hz
    answers = [inverse(sos, float(np.cos(angle)), float(np.sin(angle))) for angle in angles]
    return np.array([np.real(answers), np.imag(answers)])
