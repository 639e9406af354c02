"""Minimal assist as needed: what the patient does is estimated without a sensor, and the robot adds what is missing.

Source:
    Pehlivan, Losey and O'Malley 2016, Minimal assist-as-needed controller for upper limb robotic rehabilitation, IEEE
    Trans. Robotics 32(1): sliding error, sensorless estimate, bound of the error and its adaptation from movement to
    movement. De Luca and Mattone 2005, Sensorless robot collision detection, ICRA: the observer of the momentum used
    here for the estimate.
"""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from msgspec import Meta

from control.laws import base
from control.laws.base import BaseLaw
from robotics.contracts import Vector
from robotics.guidance import Guidance, Moment, Space
from robotics.kernels.compiled import kernel


class Settings(base.Gains, frozen=True, kw_only=True):
    """Gains of the law.

    Attributes:
        inertia: Effective inertia of arm and robot along a coordinate [kg m^2 or kg].
        slope_1_s: L in ``r = de + L e`` [1/s].
        least_gain: Smallest K_D [Nm s/rad or N s/m].
        most_gain: Largest K_D, with which it starts [Nm s/rad or N s/m].
        least_bound: Smallest bound on r, with which it starts [rad/s or m/s].
        most_bound: Largest bound on r [rad/s or m/s].
        step: Share by which the bound widens after a movement that kept within it, and narrows after one that did not.
        compensation: Share of the estimate that is made up for, 0 to 1.
        observer_hz: Bandwidth of the estimate [Hz].
    """

    inertia: Annotated[float, Meta(gt=0, le=50)]
    slope_1_s: Annotated[float, Meta(gt=0, le=50)]
    least_gain: Annotated[float, Meta(gt=0, le=500)]
    most_gain: Annotated[float, Meta(gt=0, le=500)]
    least_bound: Annotated[float, Meta(gt=0, le=5)]
    most_bound: Annotated[float, Meta(gt=0, le=5)]
    step: Annotated[float, Meta(gt=0, le=0.5)] = 0.1
    compensation: Annotated[float, Meta(ge=0, le=1)]
    observer_hz: Annotated[float, Meta(ge=0.1, le=20)]

    def __post_init__(self) -> None:
        for least, most in (("least_gain", "most_gain"), ("least_bound", "most_bound")):
            if getattr(self, least) > getattr(self, most):
                raise ValueError(f"{least}: {getattr(self, least):g} is above {most}, {getattr(self, most):g}")


@kernel
def _assist(
    seen: Vector,
    momentum: Vector,
    d: Vector,
    last: Vector,
    peaks: Vector,
    fresh: bool,
    K_D: float,
    gains: Vector,
    dt: float,
    raw: Vector,
) -> None:
    """One tick; ``d`` is the estimate of all forces but the robot's, which was ``last``; ``momentum`` what it explains.

    ``gains`` holds inertia, L, compensation and the observer's bandwidth [rad/s]; ``peaks`` the largest r and the
    largest uncompensated d of the movement, (2,).
    """
    M = gains[0]
    r_square = d_square = 0.0
    for j in range(raw.shape[0]):
        if fresh:
            momentum[j], d[j] = M * seen[base.V, j], 0.0
        else:
            momentum[j] += dt * (last[j] + d[j])
            d[j] = gains[3] * (M * seen[base.V, j] - momentum[j])
        de = seen[base.V, j] - seen[base.RATE, j]
        r = de + gains[1] * (seen[base.X, j] - seen[base.REFERENCE, j])
        raw[j] = M * (seen[base.ACCELERATION, j] - gains[1] * de) - gains[2] * d[j] - K_D * r
        r_square += r * r
        d_square += ((1.0 - gains[2]) * d[j]) ** 2
    peaks[0] = max(peaks[0], math.sqrt(r_square))
    peaks[1] = max(peaks[1], math.sqrt(d_square))


class MinimalAan(BaseLaw):
    """``F = M (ddx_r - L de) - c d - K_D r`` with ``r = de + L e`` and d the estimate of all forces but the robot's.

    In steady state ``|r| <= |d| / K_D``. So K_D is set, from movement to movement, to what keeps r within a bound; the
    bound widens by a tenth where he kept within it and narrows where he did not. What the tank or the guard takes away
    from the law's force afterwards counts as the patient's.
    """

    def __init__(self, gains: Settings, dims: int, dt: float, holds: bool = False) -> None:
        super().__init__(gains, dims, dt, holds)
        # A first-order estimate over one period: as exact at any rate.
        omega = -math.expm1(-2.0 * math.pi * gains.observer_hz * dt) / dt
        self._gains = np.array([gains.inertia, gains.slope_1_s, gains.compensation, omega])
        self._range, self._bounds = (gains.least_gain, gains.most_gain), (gains.least_bound, gains.most_bound)
        self._step = gains.step
        self._momentum, self._d, self._peaks = np.zeros(dims), np.zeros(dims), np.zeros(2)
        self._forget()

    def estimate(self) -> Vector:
        """Estimate of all forces on the arm but the robot's, shape (m,) [Nm or N]."""
        return self._d.copy()

    def _forget(self) -> None:
        self.gain, self.bound = self._range[1], self._bounds[0]
        self._trial, self._moved = -1, False

    def _compute(self, asks: Guidance, change: int, seen: Vector, raw: Vector) -> None:
        if change != base.SAME and asks.movement != self._trial:
            self._adapt()
            self._trial = asks.movement
        self._moved = self._moved or asks.moment is Moment.MOVE
        fresh = change == base.ENGAGED
        _assist(seen, self._momentum, self._d, self._last, self._peaks, fresh, self.gain, self._gains, self.dt, raw)

    def _adapt(self) -> None:
        """Set the bound, and the gain that keeps it, by the movement that is over."""
        if self._moved:
            r, d = float(self._peaks[0]), float(self._peaks[1])
            least, most = self._bounds
            self.bound = min(max(self.bound * (1.0 + (self._step if r <= self.bound else -self._step)), least), most)
            self.gain = min(max(d / self.bound, self._range[0]), self._range[1])
        self._peaks[:] = 0.0
        self._moved = False


def build(settings: Settings, space: Space, dims: int, dt: float, holds: bool) -> MinimalAan:  # noqa: ARG001
    """Make the law from its gains."""
    return MinimalAan(settings, dims, dt, holds)
