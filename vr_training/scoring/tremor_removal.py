"""How much of the hand's tremor reached the tip, and what taking it away cost in delay.

Everything is compared with the hand as read, carried to the tip: what an unfiltered arm would have done. Nothing is
shifted in time to look better.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.signal import butter, detrend, periodogram, sosfiltfilt

from robotics.contracts import Vector
from vr_training.scoring.episode import Episode, stretches

BAND_HZ = (3.0, 15.0)
"""Band in which motion counts as tremor [Hz]: all kinds of hand tremor, and hardly any voluntary motion."""

_INTENT_HZ = 3.0  # 98.9 % of voluntary power lies below 2 Hz (Riviere 1997)
_MARGIN_S = 0.25  # left out at both ends of a stretch: the band-pass needs it to settle
_SHORTEST_S = 1.0
_WINDOW_S = 2.0
_LONGEST_DELAY_S = 0.4


@dataclass(frozen=True)
class TremorRemoval:
    """Tremor before and after. NaN where there was too little motion to tell.

    Attributes:
        hand_rms: Tremor of the hand, carried to the tip, root mean square length [m].
        filtered_rms: The same after the tremor filter, before the arm [m].
        tip_rms: Tremor of the tip [m].
        delay_s: How far the tip's motion lags behind the hand's [s].
        intent_error: Distance of the tip from what the hand meant, root mean square [m].
        raw_error: The same of the unfiltered hand [m].
        seconds: How much motion this rests on [s].
    """

    hand_rms: float
    filtered_rms: float
    tip_rms: float
    delay_s: float
    intent_error: float
    raw_error: float
    seconds: float

    @property
    def decibels(self) -> float:
        """Tremor power taken away [dB]; negative where the arm added some."""
        if not (self.hand_rms > 0.0 and self.tip_rms > 0.0):
            return math.nan
        return 20.0 * math.log10(self.hand_rms / self.tip_rms)

    @property
    def percent(self) -> float:
        """Share of the tremor's amplitude taken away [%]."""
        return 100.0 * (1.0 - self.tip_rms / self.hand_rms) if self.hand_rms > 0.0 else math.nan


def tremor_removal(episode: Episode) -> TremorRemoval:
    """Compare the tip with the hand over all stretches of following that last a second or more."""
    margin = round(_MARGIN_S * episode.rate_hz)
    if episode.rate_hz <= 2.0 * BAND_HZ[1]:
        return TremorRemoval(*(math.nan,) * 6, seconds=0.0)
    band = butter(4, BAND_HZ, "bandpass", fs=episode.rate_hz, output="sos")
    squares, errors, count = np.zeros(3), np.zeros(2), 0
    for part in _usable(episode):
        tip, hand = episode.tip[part], episode.hand[part]
        inner = slice(margin, len(tip) - margin)
        for i, x in enumerate((hand, episode.filtered[part], tip)):
            squares[i] += float(np.sum(sosfiltfilt(band, detrend(x, axis=0), axis=0)[inner] ** 2))
        # Where a hand is means nothing, only how it moves does: intent starts where the tip was as the stretch began.
        intent = episode.smooth(hand, _INTENT_HZ)
        begun = slice(0, margin)
        tip, hand = tip - np.mean((tip - intent)[begun], axis=0), hand - np.mean((hand - intent)[begun], axis=0)
        for i, x in enumerate((tip, hand)):
            errors[i] += float(np.sum((x - intent)[inner] ** 2))
        count += inner.stop - inner.start
    if count == 0:
        return TremorRemoval(*(math.nan,) * 6, seconds=0.0)
    rms, error = np.sqrt(squares / count), np.sqrt(errors / count)
    return TremorRemoval(
        hand_rms=float(rms[0]),
        filtered_rms=float(rms[1]),
        tip_rms=float(rms[2]),
        delay_s=delay(episode),
        intent_error=float(error[0]),
        raw_error=float(error[1]),
        seconds=count * episode.setup.period_s,
    )


def spectra(episode: Episode) -> tuple[Vector, Vector, Vector]:
    """Power spectral densities of the hand carried to the tip and of the tip, summed over the axes.

    Whitened by second differences first, so that slow voluntary motion does not leak into the tremor band.

    Returns:
        Frequencies, shape (m,) [Hz], and both densities, shape (m,) [m^2/Hz]; empty where there was too little motion.
    """
    rate = episode.rate_hz
    size = round(_WINDOW_S * rate)
    windows: list[tuple[Vector, Vector]] = []
    for part in _usable(episode):
        length = part.stop - part.start
        step = size // 2
        starts = range(0, length - size + 1, step) if length >= size else [0]
        for a in starts:
            window = slice(part.start + a, part.start + min(a + size, length))
            windows.append((episode.hand[window], episode.tip[window]))
    if not windows:
        return np.empty(0), np.empty(0), np.empty(0)
    nfft = 2 * size
    sums, weight = np.zeros((2, nfft // 2 + 1)), 0
    for pair in windows:
        weight += len(pair[0])
        for i, x in enumerate(pair):
            jerky = np.diff(x, 2, axis=0) * rate**2
            _, power = periodogram(jerky, rate, "hann", nfft, "constant", axis=0)
            sums[i] += len(x) * power.sum(axis=1)
    frequency = np.asarray(np.fft.rfftfreq(nfft, 1.0 / rate), dtype=np.float64)
    gain = (2.0 * rate * np.sin(np.pi * frequency / rate)) ** 4
    hand, tip = sums / weight / np.where(gain > 0.0, gain, np.inf)
    return frequency[1:], hand[1:], tip[1:]


def delay(episode: Episode) -> float:
    """How far the tip's velocity lags behind the hand's [s], by the peak of their correlation; NaN without motion."""
    step = max(round(0.005 * episode.rate_hz), 1)
    dt = step / episode.rate_hz
    lags = round(_LONGEST_DELAY_S / dt)
    total, energy = np.zeros(lags + 1), 0.0
    for part in _usable(episode):
        hand, tip = (np.gradient(episode.smooth(x[part], 5.0)[::step], dt, axis=0) for x in (episode.hand, episode.tip))
        if len(hand) <= lags:
            continue
        for lag in range(lags + 1):
            total[lag] += float(np.sum(tip[lags:] * hand[lags - lag : len(hand) - lag]))
        energy += float(np.sum(hand**2))
    if energy <= 0.0 or np.max(total) <= 0.0:
        return math.nan
    best = int(np.argmax(total))
    if 0 < best < lags:
        left, mid, right = total[best - 1 : best + 2]
        curve = left - 2.0 * mid + right
        return dt * (best + (0.5 * (left - right) / curve if curve < 0.0 else 0.0))
    return dt * best


def hold_steadiness(episode: Episode, still_m_s: float = 0.0005) -> tuple[float, float, float]:
    """How still the tip was where the hand meant to hold it still.

    Args:
        episode: The recording.
        still_m_s: Speed of the smoothed, scaled hand under which it counts as held [m/s].

    Returns:
        Root mean square distance of the tip and of the hand carried to it from their trends [m], and how long the
        holds were in all [s]; NaN, NaN, 0 where there were none.
    """
    squares, count = np.zeros(2), 0
    shortest, edge = round(0.7 * episode.rate_hz), round(0.1 * episode.rate_hz)
    for part in episode.segments:
        if part.stop - part.start < shortest:
            continue
        tip, hand = episode.tip[part], episode.hand[part]
        speed = np.linalg.norm(np.gradient(episode.smooth(hand, 1.0), axis=0), axis=1) * episode.rate_hz
        for hold in stretches(speed < still_m_s, shortest):
            inner = slice(hold.start + edge, hold.stop - edge)
            for i, x in enumerate((tip, hand)):
                squares[i] += float(np.sum(detrend(x[inner], axis=0) ** 2))
            count += inner.stop - inner.start
    if count == 0:
        return math.nan, math.nan, 0.0
    rms = np.sqrt(squares / count)
    return float(rms[0]), float(rms[1]), count * episode.setup.period_s


def _usable(episode: Episode) -> tuple[slice, ...]:
    return stretches(episode.following, round(_SHORTEST_S * episode.rate_hz))
