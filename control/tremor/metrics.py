"""How well a filter took tremor away from a record whose voluntary motion is known.

Errors are taken against the voluntary motion itself: ``x - v`` is the error of doing nothing, ``y - v`` the filter's.
Nothing is shifted in time unless the name of a figure says so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.signal import butter, sosfiltfilt

from control.tremor.records import Record
from robotics.contracts import Vector

BAND_HZ = (3.0, 15.0)
"""Band of the attenuation [Hz]: all kinds of hand tremor and hardly any voluntary motion."""

START_S = 4.0
"""Left out at the start of every record, where filters find the tremor; free choice, told apart as locking [s]."""

END_S = 0.25
"""Left out at the end, where a zero-phase band-pass knows too little and shifted errors run out [s]."""

HOLD_START_S = 0.3
"""Left out of every hold at its beginning, as the band-pass spreads the end of a motion that far; free choice [s]."""

HOLD_END_S = 0.15
"""Left out of every hold at its end; free choice [s]."""

LONGEST_S = 0.4
"""Longest delay that is looked for [s]."""

_ORDER = 4  # 4th-order Butterworth, forwards and backwards: error at 1 Hz counts 1e-6 of its power
_MOVES = 10.0  # a path whose rms is less than this many times that of tremor and noise tells no delay: free choice


@dataclass(frozen=True)
class Scores:
    """What one filter did to one record. NaN where a record cannot tell.

    Attributes:
        attenuation_db: Error power within `BAND_HZ` taken away at zero lag, pooled over the axes [dB].
        hold_db: The same within holds [dB].
        error_ratio: Root mean square error over that of doing nothing, zero lag, all frequencies.
        delay_s: Shift of the output that fits the voluntary motion best [s]; NaN where the hand hardly moves.
        aligned_db: Attenuation after that shift is taken out [dB]; with none where it is not known.
        aligned_hold_db: The same within holds [dB].
        aligned_ratio: Error ratio after that shift is taken out.
        hold_rms_m: Root mean square error of an axis within holds and `BAND_HZ` [m].
        raw_hold_rms_m: The same of doing nothing [m].
    """

    attenuation_db: float
    hold_db: float
    error_ratio: float
    delay_s: float
    aligned_db: float
    aligned_hold_db: float
    aligned_ratio: float
    hold_rms_m: float
    raw_hold_rms_m: float


@dataclass(frozen=True)
class Reference:
    """What of a record's scores does not depend on the filter; made once for all of them.

    Attributes:
        record: The record.
        raw: Error of doing nothing, shape (n, axes) [m].
        raw_band: The same within `BAND_HZ`.
        voluntary_band: The voluntary motion within `BAND_HZ`.
        scored: Samples that count, shape (n,), bool.
        held: Samples that count as held, shape (n,), bool.
    """

    record: Record
    raw: Vector
    raw_band: Vector
    voluntary_band: Vector
    scored: Vector
    held: Vector


def reference(record: Record, start_s: float = START_S) -> Reference:
    """Prepare the scoring of a record."""
    raw = record.measured - record.voluntary
    scored = np.zeros(len(raw), dtype=bool)
    scored[round(start_s * record.rate_hz) : len(raw) - round(END_S * record.rate_hz)] = True
    held = scored & inner(record.holds, round(HOLD_START_S * record.rate_hz), round(HOLD_END_S * record.rate_hz))
    meant = band_pass(record.voluntary, record.rate_hz)
    return Reference(record, raw, band_pass(record.measured, record.rate_hz) - meant, meant, scored, held)


def score(known: Reference, y: Vector, lag_s: float = 0.0) -> Scores:
    """Score a filter's output.

    Args:
        known: The record, prepared.
        y: Output of the filter for every sample of ``record.measured``, shape (n, axes) [m].
        lag_s: Lag that is allowed: figures "at zero lag" compare the output with the voluntary motion so much
            earlier [s].
    """
    record, rate_hz = known.record, known.record.rate_hz
    y_band = band_pass(y, rate_hz)
    error = shifted(y, lag_s * rate_hz) - record.voluntary
    band = shifted(y_band, lag_s * rate_hz) - known.voluntary_band
    meant = record.voluntary[known.scored]
    shift = math.nan
    if float(np.std(meant - meant.mean(axis=0))) > _MOVES * rms(known.raw, known.scored):
        shift = delay(record.voluntary, y, known.scored, rate_hz)
    aligned, aligned_band = error, band
    if math.isfinite(shift):
        aligned = shifted(y, shift * rate_hz) - record.voluntary
        aligned_band = shifted(y_band, shift * rate_hz) - known.voluntary_band
    return Scores(
        attenuation_db=decibels(known.raw_band, band, known.scored),
        hold_db=decibels(known.raw_band, band, known.held),
        error_ratio=ratio(error, known.raw, known.scored),
        delay_s=shift,
        aligned_db=decibels(known.raw_band, aligned_band, known.scored),
        aligned_hold_db=decibels(known.raw_band, aligned_band, known.held),
        aligned_ratio=ratio(aligned, known.raw, known.scored),
        hold_rms_m=rms(band, known.held),
        raw_hold_rms_m=rms(known.raw_band, known.held),
    )


def band_pass(x: Vector, rate_hz: float) -> Vector:
    """Part of a signal within `BAND_HZ`, without delay, shape as ``x``; -6 dB at the band's corners."""
    sos = butter(_ORDER, BAND_HZ, "bandpass", fs=rate_hz, output="sos")
    return np.asarray(sosfiltfilt(sos, x, axis=0, padlen=min(round(rate_hz), len(x) - 1)))


def rms(x: Vector, where: Vector) -> float:
    """Root mean square of an axis over the samples that count; NaN without any."""
    return math.sqrt(float(np.mean(x[where] ** 2))) if where.any() else math.nan


def ratio(error: Vector, raw: Vector, where: Vector) -> float:
    """Root mean square of an error over that of another, over the samples that count."""
    return rms(error, where) / rms(raw, where)


def decibels(raw: Vector, error: Vector, where: Vector) -> float:
    """How much smaller an error is than another, pooled over axes and over the samples that count [dB]."""
    left, whole = rms(error, where), rms(raw, where)
    if not (whole > 0.0):
        return math.nan
    return 20.0 * math.log10(whole / left) if left > 0.0 else math.inf


def shifted(x: Vector, samples: float) -> Vector:
    """A signal brought forward by a number of samples, by a straight line between them; the last value repeats."""
    if samples == 0.0:
        return x
    at = np.clip(np.arange(len(x)) + samples, 0, len(x) - 1)
    low = np.minimum(np.floor(at).astype(int), len(x) - 2)
    share = (at - low)[:, None]
    return np.asarray((1.0 - share) * x[low] + share * x[low + 1])


def delay(v: Vector, y: Vector, where: Vector, rate_hz: float) -> float:
    """Shift at which an output fits the voluntary motion best, by least squares.

    Args:
        v: Voluntary motion, shape (n, axes) [m].
        y: Output, shape (n, axes) [m].
        where: Samples that count, shape (n,), bool.
        rate_hz: Sampling rate [Hz].

    Returns:
        Delay within ±`LONGEST_S` [s], by a parabola through the least squared error.
    """
    first, last = np.flatnonzero(where)[[0, -1]]
    reach = round(LONGEST_S * rate_hz)
    # From where on, and up to where, every shift has something to compare.
    span = slice(first + max(reach - first, 0), max(last + 1 - reach, first + 1), max(round(rate_hz / 125.0), 1))
    moved = v[span]

    def misfit(lag: int) -> float:
        error = y[span.start + lag : span.stop + lag : span.step] - moved
        return float(np.mean((error - error.mean(axis=0)) ** 2))

    coarse = min(range(-reach, reach + 1, span.step), key=misfit)
    lags = range(max(coarse - span.step, -reach), min(coarse + span.step, reach) + 1)
    cost = [misfit(lag) for lag in lags]
    best = int(np.argmin(cost))
    inside = 0 < best < len(lags) - 1
    left, mid, right = cost[best - 1 : best + 2] if inside else (0.0, 0.0, 0.0)
    curve = left - 2.0 * mid + right
    return (lags[best] + (0.5 * (left - right) / curve if curve > 0.0 else 0.0)) / rate_hz


def inner(mask: Vector, first: int, last: int) -> Vector:
    """Each stretch of a mask without its ``first`` and its ``last`` samples, shape as ``mask``."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask.astype(int), [0]))))
    out = np.zeros(len(mask), dtype=bool)
    for begin, end in edges.reshape(-1, 2):
        # A stretch that begins with the record follows no motion, but filters start there.
        out[begin + first : max(end - last, begin + first)] = True
    return out
