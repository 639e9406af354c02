"""How much of the hand's tremor reached the tip, and what taking it away cost in delay.

Everything is compared with the hand as read, carried to the tip: what an unfiltered arm would have done. Nothing is
shifted in time to look better.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.signal import detrend

from vr_training.scoring.episode import Episode, stretches
from vr_training.scoring.spectrum import spectra, usable

_INTENT_HZ = 3.0  # 98.9 % of voluntary power lies below 2 Hz (Riviere 1997)
_MARGIN_S = 0.25  # left out at both ends of a stretch, where a low-pass knows too little
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
    """

    hand_rms: float
    filtered_rms: float
    tip_rms: float
    delay_s: float
    intent_error: float
    raw_error: float

    @property
    def decibels(self) -> float:
        """Tremor power taken away [dB]; negative where the arm added some."""
        if not (self.hand_rms > 0.0 and self.tip_rms > 0.0):
            return math.nan
        return 20.0 * math.log10(self.hand_rms / self.tip_rms)

    @property
    def ratio(self) -> float:
        """Distance of the tip from what the hand meant, over that of the unfiltered hand: below 1 the filter helps."""
        return self.intent_error / self.raw_error if self.raw_error > 0.0 else math.nan

    @property
    def percent(self) -> float:
        """Share of the tremor's amplitude taken away [%]."""
        return 100.0 * (1.0 - self.tip_rms / self.hand_rms) if self.hand_rms > 0.0 else math.nan


def tremor_removal(episode: Episode) -> TremorRemoval:
    """Compare the tips with their hands over all stretches of following, of any arm, that last a second or more."""
    found = spectra(episode)
    intent_error, raw_error = _errors(episode)
    return TremorRemoval(
        hand_rms=found.rms(found.hand),
        filtered_rms=found.rms(found.filtered),
        tip_rms=found.rms(found.tip),
        delay_s=delay(episode),
        intent_error=intent_error,
        raw_error=raw_error,
    )


def _errors(episode: Episode) -> tuple[float, float]:
    """Distance of the tip and of the unfiltered hand from what the hand meant [m]."""
    margin = round(_MARGIN_S * episode.rate_hz)
    squares, count = np.zeros(2), 0
    for arm, part in _stretches(episode):
        tip, hand = arm.tip[part], arm.hand[part]
        intent = arm.smooth(hand, _INTENT_HZ)
        inner, begun = slice(margin, len(tip) - margin), slice(0, margin)
        for i, x in enumerate((tip, hand)):
            # Where a hand is means nothing, only how it moves does: count from where the stretch began.
            error = x - intent
            squares[i] += float(np.sum((error - error[begun].mean(axis=0))[inner] ** 2))
        count += inner.stop - inner.start
    if count == 0:
        return math.nan, math.nan
    tip_error, raw_error = np.sqrt(squares / count)
    return float(tip_error), float(raw_error)


def _stretches(episode: Episode) -> list[tuple[Episode, slice]]:
    """What of which arm tells tremor from motion."""
    return [(arm, part) for arm in episode.judged for part in usable(arm)]


def delay(episode: Episode) -> float:
    """How far the tip's velocity lags behind the hand's [s], by the peak of their correlation; NaN without motion."""
    step = max(round(0.005 * episode.rate_hz), 1)
    dt = step / episode.rate_hz
    lags = round(_LONGEST_DELAY_S / dt)
    total, energy = np.zeros(lags + 1), 0.0
    for arm, part in _stretches(episode):
        hand, tip = (np.gradient(arm.smooth(x[part], 5.0)[::step], dt, axis=0) for x in (arm.hand, arm.tip))
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
    """How still the tips were where their hands meant to hold them still.

    Args:
        episode: The recording.
        still_m_s: Speed of the smoothed, scaled hand under which it counts as held [m/s].

    Returns:
        Root mean square distance of the tip and of the hand carried to it from their trends [m], and how long the
        holds were in all [s]; NaN, NaN, 0 where there were none.
    """
    squares, count = np.zeros(2), 0
    shortest, edge = round(0.7 * episode.rate_hz), round(0.1 * episode.rate_hz)
    for arm, part in [(each, part) for each in episode.judged for part in each.segments]:
        if part.stop - part.start < shortest:
            continue
        tip, hand = arm.tip[part], arm.hand[part]
        speed = np.linalg.norm(np.gradient(arm.smooth(hand, 1.0), axis=0), axis=1) * arm.rate_hz
        for hold in stretches(speed < still_m_s, shortest):
            inner = slice(hold.start + edge, hold.stop - edge)
            for i, x in enumerate((tip, hand)):
                squares[i] += float(np.sum(detrend(x[inner], axis=0) ** 2))
            count += inner.stop - inner.start
    if count == 0:
        return math.nan, math.nan, 0.0
    rms = np.sqrt(squares / count)
    return float(rms[0]), float(rms[1]), count * episode.setup.period_s
