"""The best that any causal filter can do on a stationary record, exactly: the Wiener bound by Kalman filter.

For a linear Gaussian hand (`control.tremor.linear`) the steady-state Kalman filter gives the least mean square error of
the voluntary position of all causal filters, linear or not, and the fixed-lag smoother the least with a given delay.
With the predictor's error covariance ``P = DARE(F, H, Q, R)``, innovation covariance ``S = H P H' + R``, gain
``K = F P H' / S`` and ``M = F - K H``, the smoothed error after a lag of L samples has the covariance

    P - sum_{j=0..L} P M'^j H' inv(S) H M^j P.

Sources:
    Kalman 1960; Anderson and Moore 1979, Optimal Filtering, chapters 4.1 (DARE) and 7.3 (fixed-lag smoothing).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from control.tremor.linear import UNIT, LinearHand, StateSpace
from robotics.contracts import Vector
from robotics.errors import ArgumentError

_CONVERGED = 1e-12
_DOUBLINGS = 60


@dataclass(frozen=True)
class Bound:
    """Least error of a causal filter that may be late by a lag.

    Attributes:
        lag_s: The lag [s].
        error_m: Root mean square error of the voluntary position, over the axes [m].
        raw_m: Root mean square error of doing nothing: tremor and noise [m].
        tremor_m: Root mean square of the tremor [m].
    """

    lag_s: float
    error_m: float
    raw_m: float
    tremor_m: float

    @property
    def ratio(self) -> float:
        """Error over that of doing nothing."""
        return self.error_m / self.raw_m

    @property
    def decibels(self) -> float:
        """Largest possible attenuation of the whole error [dB]."""
        return -20.0 * math.log10(self.ratio)


@dataclass(frozen=True)
class SteadyState:
    """The steady-state Kalman filter of a hand, in units of `control.tremor.linear.UNIT`.

    Attributes:
        system: The hand.
        P: Covariance of the predicted state, shape (n, n).
        S: Covariance of the innovation, shape (axes, axes).
        K: Gain from an innovation to the next predicted state, shape (n, axes).
        M: ``F - K H``, shape (n, n).
    """

    system: StateSpace
    P: Vector
    S: Vector
    K: Vector
    M: Vector


def steady_state(hand: LinearHand) -> SteadyState:
    """Solve for the steady-state Kalman filter of a hand."""
    system = hand.state_space()
    P = _riccati(system)
    F, H = system.F, system.H
    S = H @ P @ H.T + system.R
    K = F @ P @ H.T @ np.linalg.inv(S)
    return SteadyState(system, P, S, K, F - K @ H)


def bound(hand: LinearHand, lag_s: float = 0.0) -> Bound:
    """The least error of a filter that knows the hand's statistics; see `bounds`."""
    return bounds(hand, (lag_s,))[0]


def bounds(hand: LinearHand, lags_s: tuple[float, ...]) -> list[Bound]:
    """The least error of a filter that knows the hand's statistics, for several lags.

    Args:
        hand: The hand.
        lags_s: Lags, rounded to whole samples [s].

    Raises:
        ArgumentError: A lag is negative.
    """
    if min(lags_s) < 0.0:
        raise ArgumentError(f"lags are {lags_s}: none may be negative")
    found = steady_state(hand)
    wanted = [round(lag * hand.rate_hz) for lag in lags_s]
    left = found.system.V @ found.P
    weight = np.linalg.inv(found.S)
    variance = float(np.trace(left @ found.system.V.T))
    errors = []
    for _ in range(max(wanted) + 1):
        seen = left @ found.system.H.T
        variance -= float(np.trace(seen @ weight @ seen.T))
        errors.append(UNIT * math.sqrt(variance / hand.axes))
        left = left @ found.M.T
    tremor = math.sqrt(float(np.mean(hand.tremor_rms() ** 2)))
    raw = math.hypot(tremor, hand.noise_m)
    return [Bound(n / hand.rate_hz, errors[n], raw, tremor) for n in wanted]


def apart(hand: LinearHand, lag_s: float = 0.0) -> Bound:
    """The least error of a filter that treats each axis by itself, though the axes share their tremor."""
    bank, found = hand.tremor, []
    for axis in range(hand.axes):
        # Seen from one axis a common oscillator and one of its own are a single one.
        size = np.hypot(np.abs(bank.shared[axis]), bank.own[axis])
        alone = replace(bank, shared=np.zeros((1, len(size)), dtype=complex), own=size[None, :])
        found.append(bound(replace(hand, tremor=alone), lag_s))
    error, raw, tremor = np.sqrt(np.mean([(b.error_m**2, b.raw_m**2, b.tremor_m**2) for b in found], axis=0))
    return Bound(found[0].lag_s, float(error), float(raw), float(tremor))


def error_spectrum(hand: LinearHand, frequency_hz: Vector, lag_s: float = 0.0) -> Vector:
    """Spectrum of the error of the optimal filter.

    Args:
        hand: The hand.
        frequency_hz: Where, shape (m,), below half the rate [Hz].
        lag_s: Lag, rounded to whole samples [s].

    Returns:
        One-sided power spectral density, mean over the axes, shape (m,) [m^2/Hz].
    """
    found, lag = steady_state(hand), round(lag_s * hand.rate_hz)
    system, weight, identity = found.system, np.linalg.inv(found.S), np.eye(len(found.P))
    gains, left = [], system.V @ found.P
    for _ in range(lag + 1):
        gains.append(left @ system.H.T @ weight)
        left = left @ found.M.T
    density = []
    for z in np.exp(2j * np.pi * np.asarray(frequency_hz) / hand.rate_hz):
        # The error is V x - sum_j G_j e[+j], with the predictor's error x[+1] = M x + w - K n and e = H x + n.
        B = sum((gain * z**j for j, gain in enumerate(gains)), np.zeros_like(gains[0], dtype=complex))
        A = np.linalg.solve((z * identity - found.M).T, (system.V - B @ system.H).T).T
        N = A @ found.K + B
        density.append(np.trace(A @ system.Q @ A.conj().T + N @ system.R @ N.conj().T).real)
    return np.asarray(density) * 2.0 * UNIT**2 / (hand.rate_hz * hand.axes)


def _riccati(system: StateSpace) -> Vector:
    """Covariance of the predicted state: the stabilising solution of the discrete algebraic Riccati equation.

    Source:
        Chu, Fan and Lin 2005, A structure-preserving doubling algorithm, algorithm 2.1: each step doubles the time that
        the filter has run, so that eigenvalues next to the unit circle cost little.
    """
    identity = np.eye(len(system.F))
    A, G, P = system.F.T, system.H.T @ np.linalg.solve(system.R, system.H), system.Q
    for _ in range(_DOUBLINGS):
        W = np.linalg.solve(identity + G @ P, np.hstack([A, G]))
        WA, WG = W[:, : len(A)], W[:, len(A) :]
        new = P + A.T @ P @ WA
        A, G = A @ WA, G + A @ WG @ A.T
        G, new = 0.5 * (G + G.T), 0.5 * (new + new.T)
        done = np.allclose(new, P, rtol=_CONVERGED, atol=0.0)
        P = new
        if done:
            return np.asarray(P)
    raise ArgumentError("the hand has no steady-state filter: some part of it is neither seen nor decaying")
