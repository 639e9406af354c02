"""Steady state of a Kalman filter with one measurement: gain, prior covariance and the innovation's variance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from robotics.contracts import Vector
from robotics.errors import ArgumentError


@dataclass(frozen=True)
class SteadyState:
    """What a Kalman filter of constant model settles on.

    Attributes:
        gain: How the innovation moves the state, shape (n,).
        prior: Covariance of the state before a measurement, shape (n, n).
        variance: Variance of the innovation.
    """

    gain: Vector
    prior: Vector
    variance: float

    def posterior(self) -> Vector:
        """Covariance of the state after a measurement, shape (n, n)."""
        answer: Vector = self.prior - self.variance * np.outer(self.gain, self.gain)
        return answer


def steady_state(transition: Vector, output: Vector, process: Vector, noise: float) -> SteadyState:
    """Solve the discrete algebraic Riccati equation of a filter with one measurement.

    Args:
        transition: State transition A, shape (n, n).
        output: Measurement row C, shape (n,).
        process: Process noise covariance of a step, shape (n, n).
        noise: Measurement noise variance.

    Raises:
        ArgumentError: The solution does not satisfy its own equation: the model is too badly scaled.

    Source:
        Anderson, Moore 1979, "Optimal filtering", ch. 4; solved by `scipy.linalg.solve_discrete_are`.
    """
    try:
        prior = linalg.solve_discrete_are(transition.T, output[:, None], process, np.array([[noise]]))
    except (np.linalg.LinAlgError, ValueError) as error:
        raise ArgumentError(f"the filter has no steady state: {error}") from error
    variance = float(output @ prior @ output + noise)
    gain = prior @ output / variance
    again = transition @ (prior - variance * np.outer(gain, gain)) @ transition.T + process
    worst = float(np.abs(again - prior).max() / np.abs(prior).max())
    if not worst < 1e-6:
        raise ArgumentError(f"the filter's steady state misses its equation by {worst:.1g}, must be below 1e-6")
    return SteadyState(gain, prior, variance)


def rotation(angle: float) -> Vector:
    """Turn of a phasor by an angle [rad], shape (2, 2)."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s], [s, c]])
