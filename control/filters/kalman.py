"""Steady-state Kalman filter: the best that one linear filter can do for a hand of known statistics."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from msgspec import Meta

from control.filters.subtracting import Gate, SubtractingFilter
from control.filters.subtracting.gate import subtract
from control.filters.subtracting.motion import Oscillator, hand
from control.filters.subtracting.riccati import steady_state
from robotics.config import Config
from robotics.contracts import Vector
from robotics.kernels.compiled import Indices, kernel


class Settings(Config, frozen=True, kw_only=True):
    """Settings of a steady-state Kalman filter.

    Attributes:
        jerk_density: Two-sided density of the voluntary motion's jerk [um^2/s^6/Hz].
        tremor: The lines of the tremor's spectrum.
        noise_um_per_sqrt_hz: Density of the position sensor's noise, one-sided [um/sqrt(Hz)].
        lag_ms: Time by which the output is late, to know better what the hand meant [ms].
        gate: When and how much is subtracted.
    """

    kind: str
    title: str = ""
    jerk_density: Annotated[float, Meta(gt=0)]
    tremor: Annotated[tuple[Oscillator, ...], Meta(min_length=1, max_length=6)]
    noise_um_per_sqrt_hz: Annotated[float, Meta(gt=0, le=1e4)]
    lag_ms: Annotated[float, Meta(ge=0, le=50)] = 0.0
    gate: Gate


TUNABLE = {
    "tremor.0.frequency_hz": (3.0, 14.0, True),
    "tremor.1.frequency_hz": (3.0, 14.0, True),
    "jerk_density": (1e8, 1e15, True),
    "tremor.0.rms_um": (5.0, 5e3, True),
    "tremor.1.rms_um": (5.0, 5e3, True),
    "tremor.0.width_hz": (0.1, 5.0, True),
    "tremor.1.width_hz": (0.1, 5.0, True),
    "noise_um_per_sqrt_hz": (0.01, 5.0, True),
    "gate.explained_low": (-0.5, 0.5, False),
}
"""What a search may turn, see `control.tremor.dials`: from hands at rest to hasty ones, tremor from 3 to 14 Hz."""


@kernel
def _kalman(
    x: Vector,
    y: Vector,
    origin: Vector,
    transition: Vector,
    gain: Vector,
    smooth: Vector,
    state: Vector,
    ahead: Vector,
    past: Vector,
    at: Indices,
    gate: Vector,
    constants: Vector,
) -> None:
    """One sample of every axis.

    ``state`` is (axes, n): position, velocity, acceleration, then two per oscillator. ``smooth`` (2, lag + 1) weighs
    the innovations since the sample that is put out, for its voluntary position and for its tremor. ``past`` (4, axes,
    lag + 1) is a ring of sample, innovation, and the voluntary position and tremor foreseen; ``at`` its place now.
    """
    n, depth = transition.shape[0], past.shape[2]
    now = at[0]
    then = (now + 1) % depth
    for axis in range(x.shape[0]):
        voluntary = state[axis, 0] + transition[0, 1] * state[axis, 1] + transition[0, 2] * state[axis, 2]
        ahead[0] = voluntary
        ahead[1] = state[axis, 1] + transition[1, 2] * state[axis, 2]
        ahead[2] = state[axis, 2]
        tremor = 0.0
        for k in range(3, n, 2):
            ahead[k] = transition[k, k] * state[axis, k] + transition[k, k + 1] * state[axis, k + 1]
            ahead[k + 1] = transition[k + 1, k] * state[axis, k] + transition[k + 1, k + 1] * state[axis, k + 1]
            tremor += ahead[k]
        innovation = x[axis] - origin[axis] - voluntary - tremor
        for k in range(n):
            state[axis, k] = ahead[k] + gain[k] * innovation
        past[0, axis, now] = x[axis]
        past[1, axis, now] = innovation
        past[2, axis, now] = voluntary
        past[3, axis, now] = tremor

        # What was foreseen of the sample that is put out, set right by every innovation since (Anderson, Moore 1979).
        voluntary, tremor, place = past[2, axis, then], past[3, axis, then], then
        for i in range(depth):
            voluntary += smooth[0, i] * past[1, axis, place]
            tremor += smooth[1, i] * past[1, axis, place]
            place = place + 1 if place + 1 < depth else 0
        sample = past[0, axis, then]
        estimate = sample - origin[axis] - voluntary
        y[axis] = subtract(sample, estimate, tremor, 0.0, axis, gate, constants)
    at[0] = then


class Kalman(SubtractingFilter):
    """Voluntary motion as white jerk, tremor as stochastic oscillators, in white noise; each axis by itself.

    The gain is the steady state of the Riccati equation, found at construction. With a lag the output is the estimate
    of where the hand wanted to be that long ago, given all that came since (fixed-lag smoothing).

    Args:
        settings: See `Settings`; |y - x|, with x as late as y, stays within its ``gate.limit_mm``.
        rate_hz: Sampling rate [Hz].
        axes: Number of signals.

    Source:
        Anderson, Moore 1979, "Optimal filtering", ch. 4 and 7.
    """

    def __init__(self, settings: Settings, rate_hz: float, axes: int) -> None:
        super().__init__(settings.gate, rate_hz, axes)
        dt = 1.0 / rate_hz
        lag = round(1e-3 * settings.lag_ms * rate_hz)
        self._delay = lag * dt
        self._transition, output, process = hand(settings.jerk_density, settings.tremor, dt)
        noise = settings.noise_um_per_sqrt_hz**2 * rate_hz / 2.0
        steady = steady_state(self._transition, output, process, noise)
        self._gain = steady.gain
        n = len(output)
        # x(k-L|k) = x(k-L|k-L-1) + sum over i of P (F')^i C' / s * innovation(k-L+i), F = A (I - K C).
        closed = self._transition @ (np.eye(n) - np.outer(steady.gain, output))
        voluntary, tremor = np.eye(n)[0], output - np.eye(n)[0]
        self._smooth = np.zeros((2, lag + 1))
        spread, error = output / steady.variance, steady.posterior()[0, 0]
        for i in range(lag + 1):
            weights = steady.prior @ spread
            self._smooth[:, i] = voluntary @ weights, tremor @ weights
            if i > 0:
                error -= self._smooth[0, i] ** 2 * steady.variance
            spread = closed.T @ spread
        self._error = 1e-6 * float(np.sqrt(error))
        self._state, self._ahead = np.zeros((axes, n)), np.zeros(n)
        self._past = np.zeros((4, axes, lag + 1))
        self._at = np.zeros(1, dtype=np.int64)

    def delay(self) -> float:
        """The fixed lag, rounded to whole samples [s]."""
        return self._delay

    def predicted_error(self) -> float:
        """Standard deviation of the output's error on motion drawn from the filter's own model [m]."""
        return self._error

    def _forget(self) -> None:
        self._state[:] = 0.0
        self._past[:] = 0.0
        self._past[0] = self._origin[:, None]
        self._at[0] = 0

    def _filter(self, x: Vector, y: Vector) -> None:
        _kalman(
            x,
            y,
            self._origin,
            self._transition,
            self._gain,
            self._smooth,
            self._state,
            self._ahead,
            self._past,
            self._at,
            self._gate,
            self._constants,
        )


def build(settings: Settings, rate_hz: float, axes: int) -> Kalman:
    """Make the filter from its settings."""
    return Kalman(settings, rate_hz, axes)
