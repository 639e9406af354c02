"""A learning curve: how a measure changes from try to try, where it is going, and how sure that is.

With enough tries it is an exponential approach, ``y_n = a + b exp(-(n - 1) / tau)``: a plateau ``a``, what there was to
learn ``-b``, and the tries ``tau`` in which all but 1/e of it is learned. With few, a running mean is all that can be
said.

Source:
    Heathcote, Brown and Mewhort 2000, Psychon. Bull. Rev. 7: single learners' curves are exponential, and the power law
    comes of averaging over people. Band: bootstrap of residuals (Efron and Tibshirani 1993, section 9.5).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from robotics.contracts import Vector

LEAST_TRIES = 8
"""Tries from which on an exponential is fitted: it has three parameters."""

CONFIDENCE = 0.95
_WINDOW = 3
_DRAWS = 400
_RATES = 60


@dataclass(frozen=True)
class Curve:
    """A learning curve.

    Attributes:
        method: ``"exponential"``, ``"running mean"`` or ``"none"`` where there is but one try, or none.
        values: What was tried, shape (n,), oldest first.
        mean: The curve at each try, shape (n,).
        low: Lower end of its confidence band, shape (n,); NaN where there is none.
        high: Upper end, shape (n,).
        plateau: Where it is going; None unless exponential.
        plateau_band: The plateau's own band; None unless exponential.
        tau: Tries in which all but 1/e of the way to the plateau is made; None unless exponential.
    """

    method: str
    values: Vector
    mean: Vector
    low: Vector
    high: Vector
    plateau: float | None = None
    plateau_band: tuple[float, float] | None = None
    tau: float | None = None


def learning_curve(values: Sequence[float], rng: np.random.Generator) -> Curve:
    """Fit a learning curve.

    Args:
        values: A measure of one person's tries of one lesson, oldest first.
        rng: Of the bootstrap.
    """
    y = np.asarray(values, dtype=float)
    if len(y) < 2:
        return Curve("none", y, y, np.full(len(y), np.nan), np.full(len(y), np.nan))
    return _exponential(y, rng) if len(y) >= LEAST_TRIES else _running_mean(y)


def _running_mean(y: Vector) -> Curve:
    """Mean of the last three tries; its band from how much one try differs from the next."""
    counts = np.minimum(np.arange(len(y)) + 1, _WINDOW)
    total = np.concatenate([[0.0], np.cumsum(y)])
    ends = np.arange(len(y)) + 1
    mean = (total[ends] - total[ends - counts]) / counts
    # Differences of neighbours know no slow trend (von Neumann et al. 1941).
    spread = math.sqrt(float(np.mean(np.diff(y) ** 2)) / 2.0)
    half = float(stdtrit(len(y) - 1, 0.5 + 0.5 * CONFIDENCE)) * spread / np.sqrt(counts)
    return Curve("running mean", y, mean, mean - half, mean + half)


def _exponential(y: Vector, rng: np.random.Generator) -> Curve:
    shapes, taus = _shapes(len(y))
    plateau, best = _fit(y, shapes)
    mean = _curve(y, shapes[best])
    # Three parameters make residuals look smaller than the scatter is.
    residuals = (y - mean) * math.sqrt(len(y) / (len(y) - 3))
    residuals -= residuals.mean()
    drawn, ends = np.empty((_DRAWS, len(y))), np.empty(_DRAWS)
    for k in range(_DRAWS):
        again = mean + rng.choice(residuals, len(y))
        ends[k], which = _fit(again, shapes)
        drawn[k] = _curve(again, shapes[which])
    tail = 50.0 * (1.0 - CONFIDENCE)
    low, high = np.percentile(drawn, [tail, 100.0 - tail], axis=0)
    edge = np.percentile(ends, [tail, 100.0 - tail])
    return Curve(
        "exponential", y, mean, np.minimum(low, mean), np.maximum(high, mean),
        plateau, (float(edge[0]), float(edge[1])), float(taus[best]),
    )  # fmt: skip


def _shapes(count: int) -> tuple[Vector, Vector]:
    """Decays that are tried, shape (rates, count), and their time constants: from half a try to all of the tries.

    A slower one could not be told from a straight line, and its plateau would be anywhere.
    """
    taus: Vector = np.asarray(np.geomspace(0.5, float(count), _RATES), dtype=np.float64)
    return np.asarray(np.exp(-np.arange(count)[None, :] / taus[:, None]), dtype=np.float64), taus


def _fit(y: Vector, shapes: Vector) -> tuple[float, int]:
    """Least squares of plateau and drop for every decay at once: the plateau of the best, and which that is."""
    slope, intercept, centred = _lines(y, shapes)
    error = np.sum((y - y.mean() - slope[:, None] * centred) ** 2, axis=1)
    best = int(np.argmin(error))
    return float(intercept[best]), best


def _lines(y: Vector, shapes: Vector) -> tuple[Vector, Vector, Vector]:
    means = shapes.mean(axis=1, keepdims=True)
    centred = shapes - means
    slope = centred @ (y - y.mean()) / np.sum(centred**2, axis=1)
    return np.asarray(slope), np.asarray(y.mean() - slope * means[:, 0]), np.asarray(centred)


def _curve(y: Vector, shape: Vector) -> Vector:
    slope, intercept, _ = _lines(y, shape[None, :])
    return np.asarray(intercept[0] + slope[0] * shape)
