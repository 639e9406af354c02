"""Spectra of tremor: of the hand, after the filter, and at the tip.

Motion is differenced twice before the transform and integrated back after it. Voluntary motion is a million times
stronger than tremor, and a plain band-pass lets some of it through wherever a stretch begins or ends.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.signal import periodogram

from robotics.contracts import Vector
from vr_training.scoring.episode import Episode, stretches

BAND_HZ = (3.0, 15.0)
"""Band in which motion counts as tremor [Hz]: all kinds of hand tremor, and hardly any voluntary motion."""

SHORTEST_S = 1.0
"""Shorter stretches of following are left out [s]."""

_WINDOW_S = 2.0


@dataclass(frozen=True)
class Spectra:
    """One-sided power spectral densities, summed over the axes; all empty where there was too little motion.

    Attributes:
        frequency: Shape (m,) [Hz], evenly spaced.
        hand: Of the hand as read, carried to the tip, shape (m,) [m^2/Hz].
        filtered: Of the hand after the tremor filter, carried to the tip, shape (m,).
        tip: Of the measured tip, shape (m,).
    """

    frequency: Vector
    hand: Vector
    filtered: Vector
    tip: Vector

    def rms(self, density: Vector) -> float:
        """Root mean square length of the motion within the tremor band [m]; NaN where there are no spectra."""
        band = (self.frequency >= BAND_HZ[0]) & (self.frequency <= BAND_HZ[1])
        if not np.any(band):
            return math.nan
        return math.sqrt(float(np.sum(density[band])) * float(self.frequency[1] - self.frequency[0]))


def spectra(episode: Episode) -> Spectra:
    """Spectra over all stretches of following that last a second or more, in Hann windows of up to two seconds.

    All arms that were driven count alike, each for as long as it followed.
    """
    rate = episode.rate_hz
    nfft = 2 * round(_WINDOW_S * rate)
    sums, weight = np.zeros((3, nfft // 2 + 1)), 0
    for arm in episode.judged:
        for window in _windows(arm):
            length = window.stop - window.start
            for i, x in enumerate((arm.hand, arm.filtered, arm.tip)):
                acceleration = np.diff(x[window], 2, axis=0) * rate**2
                _, power = periodogram(acceleration, rate, "hann", nfft, "constant", axis=0)
                sums[i] += length * power.sum(axis=1)
            weight += length
    if weight == 0:
        nothing = np.empty(0)
        return Spectra(nothing, nothing, nothing, nothing)
    frequency = np.asarray(np.fft.rfftfreq(nfft, 1.0 / rate), dtype=np.float64)[1:]
    hand, filtered, tip = sums[:, 1:] / weight / (2.0 * rate * np.sin(np.pi * frequency / rate)) ** 4
    return Spectra(frequency, hand, filtered, tip)


def usable(episode: Episode) -> tuple[slice, ...]:
    """Stretches of following that are long enough to tell tremor from motion."""
    return stretches(episode.following, round(SHORTEST_S * episode.rate_hz))


def _windows(episode: Episode) -> list[slice]:
    """Windows that overlap by half or more and reach from the beginning of each stretch to its end."""
    size = round(_WINDOW_S * episode.rate_hz)
    windows = []
    for part in usable(episode):
        spare = max(part.stop - part.start - size, 0)
        for start in np.linspace(0, spare, math.ceil(2 * spare / size) + 1).astype(int):
            windows.append(slice(part.start + int(start), min(part.start + int(start) + size, part.stop)))
    return windows
