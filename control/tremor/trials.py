"""Running filters over records, a hasty step and a first encounter with tremor, and summing up what they did."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from control.filters import create
from control.tremor.draws import Split
from control.tremor.metrics import START_S, Scores, band_pass, reference, score
from control.tremor.records import RATE_HZ, Record, stationary
from control.tremor.voluntary import step
from robotics.contracts import Filter, Trust, Vector

STEP_M, STEP_S = 0.010, 0.25
"""The step that filters are tried on: as long [m] and as hasty [s] as a hand's."""

_ASK_S = 0.01
_BEFORE_S, _AFTER_S = 4.0, 1.5
_BAND = 0.02  # settled: within 2 % of the step for good


@dataclass(frozen=True)
class Interval:
    """A figure, mostly a mean, with the interval that holds it with 95 % confidence; ``count`` trials gave it."""

    mean: float
    low: float
    high: float
    count: int


@dataclass(frozen=True)
class StepScores:
    """What a filter makes of a hasty step; of several, what their mean response is, with its interval.

    Attributes:
        overshoot: How far the output goes past the step's end, over its length.
        settling_s: From the start of the step until the output stays within 2 % of its end [s]; the hand itself takes
            216 ms.
    """

    overshoot: Interval
    settling_s: Interval


def run(filter_: Filter, measured: Vector) -> Vector:
    """Output of a filter for every sample, shape (n, axes) [m]; sample by sample, as a control loop would."""
    y = np.empty_like(measured)
    for x, out in zip(measured, y, strict=True):
        filter_.update(x, out)
    return y


def run_watched(filter_: Filter, measured: Vector, rate_hz: float) -> tuple[Vector, float]:
    """As `run`, asking the filter every 10 ms after `START_S` whether it is to be trusted.

    Returns:
        Its output, shape (n, axes) [m], and the share of that time in which it was; NaN for a record that ends before.
    """
    y = np.empty_like(measured)
    first, every = round(START_S * rate_hz), max(round(_ASK_S * rate_hz), 1)
    asked = trusted = 0
    for k, (x, out) in enumerate(zip(measured, y, strict=True)):
        filter_.update(x, out)
        if k >= first and k % every == 0:
            asked += 1
            trusted += filter_.trust() is Trust.TRUSTED
    return y, trusted / asked if asked else float("nan")


def trial(name: str, record: Record, lag_s: float | None = None) -> Scores:
    """Run the filter ``name`` over a record and score it, with a fixed lag where one is given [s]."""
    y = run(create(name, record.rate_hz, record.measured.shape[1], lag_s), record.measured)
    return score(reference(record), y, lag_s or 0.0)


def step_response(name: str, rate_hz: float, axes: int = 3, tremor: Vector | None = None) -> StepScores:
    """Try a filter on a 10 mm minimum-jerk step in 0.25 s, after four seconds of rest.

    Args:
        name: Name of the filter.
        rate_hz: Sampling rate [Hz].
        axes: Number of axes; the first one steps.
        tremor: Tremor and noise under the motion, shape (m, n, axes) [m] for m trials, so that the filter works while
            the hand steps. The response is then the mean difference of its outputs with and without the step.
    """
    count = round((_BEFORE_S + _AFTER_S) * rate_hz)
    x = step(count, axes, rate_hz, _BEFORE_S, STEP_M, STEP_S)
    if tremor is None:
        responses = [run(create(name, rate_hz, axes), x)[:, 0]]
    else:
        shakes = [shake[:count] for shake in tremor]
        both = [(run(create(name, rate_hz, axes), x + s), run(create(name, rate_hz, axes), s)) for s in shakes]
        responses = [(under - alone)[:, 0] for under, alone in both]
    return StepScores(
        pooled(responses, lambda response: max(float(np.max(response)) / STEP_M - 1.0, 0.0)),
        pooled(responses, lambda response: _settling(response, rate_hz)),
    )


def _settling(response: Vector, rate_hz: float) -> float:
    """From the step's start until its response, shape (n,) [m], stays within 2 % of its end [s]."""
    away = np.abs(response / STEP_M - 1.0)
    outside = np.flatnonzero(away > _BAND)
    if outside[-1] + 1 >= len(away):
        return float("inf")
    last, inside = away[outside[-1]], away[outside[-1] + 1]
    return float((outside[-1] + (last - _BAND) / (last - inside)) / rate_hz - _BEFORE_S)


def locking(name: str, scale: str, split: Split = "test", count: int = 8, within_db: float = 1.5) -> Interval:
    """How long a filter takes to find the tremor of a hand that holds still from the first sample on.

    Args:
        name: Name of the filter.
        scale: ``"surgical"`` or ``"rehab"``.
        split: ``"train"`` or ``"test"``.
        count: Number of hands.
        within_db: How close to its final attenuation counts as found [dB].

    Returns:
        The first time from which its attenuation over half a second, pooled over the hands, is within ``within_db`` of
        that over all but the first 4 s [s]; NaN for a filter that takes less than 1 dB away in the end.
    """
    window, still = 0.5, 4  # every fourth stationary record has the least voluntary motion
    powers: list[Vector] = []
    for k in range(count):
        record = stationary(scale, split, 1, first=still * (100 + k), seconds=10.0)[0]
        y = run(create(name, RATE_HZ, record.measured.shape[1]), record.measured)
        errors = (band_pass(x - record.voluntary, RATE_HZ) for x in (record.measured, y))
        size = 1.0 / float(np.mean(record.tremor**2))
        powers.append(np.stack([size * np.mean(error**2, axis=1) for error in errors]))
    begin, width = round(4.0 * RATE_HZ), round(window * RATE_HZ)

    def found(power: Vector) -> float:
        final = float(power[0, begin:].mean() / power[1, begin:].mean())
        if 10.0 * np.log10(final) < 1.0:
            return float("nan")
        sums = np.cumsum(power, axis=1)
        raw, left = sums[:, width:] - sums[:, :-width]
        near = np.flatnonzero(10.0 * np.log10(raw / left / final) > -within_db)
        return float(near[0] / RATE_HZ) if len(near) else float("inf")

    return pooled(powers, found)


def pooled(
    trials: Sequence[Vector], figure: Callable[[Vector], float], seed: int = 0, resamples: int = 500
) -> Interval:
    """A figure of the mean of trials, with its 95 % bootstrap interval over the trials (Efron and Tibshirani 1993).

    Args:
        trials: Arrays of one shape, one of each trial.
        figure: What is asked of their mean.
        seed: Of the resampling.
        resamples: How many.
    """
    every = np.stack(trials)
    value, rng = figure(every.mean(axis=0)), np.random.default_rng(seed)
    if np.isnan(value) or len(every) == 1:
        return Interval(value, value, value, 0 if np.isnan(value) else 1)
    shares = rng.multinomial(len(every), np.full(len(every), 1.0 / len(every)), size=resamples) / len(every)
    found = [figure(np.tensordot(share, every, axes=1)) for share in shares]
    # What a resample cannot tell counts as never; percentiles without interpolation, as some may be infinite.
    low, high = np.percentile(np.nan_to_num(found, nan=np.inf, posinf=np.inf), (2.5, 97.5), method="inverted_cdf")
    return Interval(value, float(low), float(high), len(every))


def interval(
    values: Sequence[float], cells: Sequence[Hashable] | None = None, seed: int = 0, resamples: int = 2000
) -> Interval:
    """Mean over records and its 95 % bootstrap interval; what is NaN does not count.

    Args:
        values: One of each record.
        cells: Which cell of the design each record belongs to: how many records of each kind there are is no chance, so
            only records of the same cell stand for each other. Left out where they are draws of one population, and
            where a cell has but one record, whose spread nobody knows.
        seed: Of the resampling.
        resamples: How many.

    Source:
        Efron and Tibshirani 1993, An introduction to the bootstrap, chapter 13: the percentile interval. Davison and
        Hinkley 1997, Bootstrap methods and their application, section 3.2: several samples, each resampled by itself;
        the spread of n of one cell is taken sqrt(n / (n - 1)) times as wide, since few of them show too little of it.
    """
    known = np.isfinite(values)
    x = np.asarray(values, dtype=float)[known]
    if len(x) == 0:
        return Interval(np.nan, np.nan, np.nan, 0)
    of = [cell for cell, is_known in zip(cells, known, strict=True) if is_known] if cells is not None else []
    parts = [x[[other == cell for other in of]] for cell in dict.fromkeys(of)]
    if not parts or min(map(len, parts)) < 2:
        parts = [x]
    rng = np.random.default_rng(seed)
    means = np.zeros(resamples)
    for part in parts:
        spread = part[rng.integers(len(part), size=(resamples, len(part)))].mean(axis=1) - part.mean()
        means += len(part) / len(x) * spread * (np.sqrt(len(part) / (len(part) - 1)) if len(part) > 1 else 1.0)
    low, high = x.mean() + np.percentile(means, (2.5, 97.5))
    return Interval(float(x.mean()), float(low), float(high), len(x))
