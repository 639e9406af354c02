"""Smoothness of movement from speed profiles, in the published forms.

Both measures are dimensionless and negative; closer to zero is smoother. They see the shape of a movement, not its
size. SPARC hardly sees tremor of low amplitude, so report a band power beside it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from robotics.contracts import Vector
from robotics.errors import ArgumentError

PAD_LEVEL = 4
"""Zero padding of SPARC: the transform has ``2 ** (ceil(log2 N) + PAD_LEVEL)`` points."""


def sparc(speed: ArrayLike, rate_hz: float, cutoff_hz: float = 10.0, threshold: float = 0.05) -> float:
    """Spectral arc length of a speed profile.

    The arc length of the normalised amplitude spectrum over normalised frequency, from zero to the last frequency
    below ``cutoff_hz`` at which the spectrum still reaches ``threshold``.

    Args:
        speed: Speed profile of one movement, shape (n,), any unit.
        rate_hz: Sampling rate [Hz].
        cutoff_hz: Highest frequency considered [Hz].
        threshold: Share of the spectrum's peak below which it counts as noise.

    Returns:
        The spectral arc length; NaN for a profile that is all zero or has fewer than two samples.

    Raises:
        ArgumentError: The rate is not positive, or the profile is not one-dimensional.

    Source:
        Balasubramanian et al. 2012, IEEE Trans. Biomed. Eng. 59(8); Balasubramanian et al. 2015, J. NeuroEng.
        Rehabil. 12:112, eq. 3.
    """
    v = _profile(speed, rate_hz)
    if v.size < 2 or not np.any(v):
        return float("nan")
    points = int(2 ** (np.ceil(np.log2(v.size)) + PAD_LEVEL))
    frequency = np.arange(points) * (rate_hz / points)
    amplitude = np.abs(np.fft.fft(v, points))
    amplitude /= amplitude.max()
    below = frequency <= cutoff_hz
    frequency, amplitude = frequency[below], amplitude[below]
    strong = np.nonzero(amplitude >= threshold)[0]
    kept = slice(strong[0], strong[-1] + 1)
    frequency, amplitude = frequency[kept], amplitude[kept]
    if frequency.size < 2:
        return 0.0
    steps = np.diff(frequency) / (frequency[-1] - frequency[0])
    return float(-np.sum(np.sqrt(steps**2 + np.diff(amplitude) ** 2)))


def ldlj(speed: ArrayLike, rate_hz: float) -> float:
    """Log dimensionless jerk of a speed profile.

    ``-ln(T^3 / v_peak^2 * sum((d2v/dt2)^2) dt)`` with ``T = N dt``. Jerk amplifies noise: cut the movement out of its
    recording and low-pass it first.

    Args:
        speed: Speed profile of one movement, shape (n,), any unit.
        rate_hz: Sampling rate [Hz].

    Returns:
        The log dimensionless jerk; NaN where the profile has fewer than three samples or no jerk at all.

    Raises:
        ArgumentError: The rate is not positive, or the profile is not one-dimensional.

    Source:
        Balasubramanian et al. 2015, J. NeuroEng. Rehabil. 12:112, eq. 2.
    """
    v = _profile(speed, rate_hz)
    if v.size < 3:
        return float("nan")
    dt = 1.0 / rate_hz
    jerk = np.diff(v, 2) / dt**2
    peak = float(np.max(np.abs(v)))
    if peak == 0.0 or not np.any(jerk):
        return float("nan")
    return float(-np.log((v.size * dt) ** 3 / peak**2 * np.sum(jerk**2) * dt))


def _profile(speed: ArrayLike, rate_hz: float) -> Vector:
    v = np.asarray(speed, dtype=np.float64)
    if v.ndim != 1:
        raise ArgumentError(f"a speed profile has one dimension, not {v.ndim}")
    if not rate_hz > 0.0:
        raise ArgumentError(f"the sampling rate is {rate_hz} Hz; it must be above 0")
    return v
