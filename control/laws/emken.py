"""Trial by trial: help is set anew after each movement, phase by phase, from the error and a forgetting factor.

Source:
    Emken, Benitez and Reinkensmeyer 2007, Human-robot cooperative movement training: learning a novel sensory motor
    transformation during walking with robotic assistance-as-needed, J. NeuroEngineering and Rehabilitation 4:8.
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
        bins: Number of phases of a movement.
        retention: f, the share of the help that is kept from one movement to the next.
        patient_retention: The same of the patient's own learning, which has to be larger: the robot has to relax faster
            than he learns, or it does his work for him.
        learning: g, stiffness for each unit of error outside of the dead zone [Nm/rad^2 or N/m^2].
        dead_zone: Error that natural variability explains [rad or m].
        most_stiffness: Largest stiffness [Nm/rad or N/m].
        damping_s: Damping over stiffness [s].
    """

    bins: Annotated[int, Meta(ge=2, le=50)] = 10
    retention: Annotated[float, Meta(ge=0, lt=1)]
    patient_retention: Annotated[float, Meta(gt=0, le=1)]
    learning: Annotated[float, Meta(gt=0, le=1e5)]
    dead_zone: Annotated[float, Meta(ge=0, le=1)]
    most_stiffness: Annotated[float, Meta(gt=0, le=5000)]
    damping_s: Annotated[float, Meta(ge=0, le=0.5)]

    def __post_init__(self) -> None:
        if self.retention >= self.patient_retention:
            raise ValueError(
                f"retention: {self.retention:g} must be below patient_retention, {self.patient_retention:g}:"
                " the robot has to relax faster than the patient learns"
            )


@kernel
def _learn(R: Vector, error: Vector, visits: Vector, f: float, g: float, dead_zone: float, most: float) -> None:
    """After a movement: ``R' = f R + g e`` in the phases that were gone through; error and visits start anew.

    ``R`` holds the stiffness and ``error`` the sum of errors, (bins, m); ``visits`` counts samples, (bins,).
    """
    for b in range(R.shape[0]):
        for j in range(R.shape[1]):
            if visits[b] > 0.0:
                e = max(0.0, abs(error[b, j] / visits[b]) - dead_zone)
                R[b, j] = min(f * R[b, j] + g * e, most)
            error[b, j] = 0.0
        visits[b] = 0.0


@kernel
def _assist(
    seen: Vector, R: Vector, error: Vector, visits: Vector, phase: float, count: bool, damping_s: float, raw: Vector
) -> None:
    """One tick at a phase from 0 to 1; the stiffness goes straight from the middle of a phase to that of the next."""
    bins = R.shape[0]
    s = min(max(phase, 0.0), 1.0) * bins
    b = min(int(s), bins - 1)
    place = min(max(s - 0.5, 0.0), bins - 1.0)
    low = min(int(place), bins - 2)
    share = place - low
    if count:
        visits[b] += 1.0
    for j in range(raw.shape[0]):
        e = seen[base.REFERENCE, j] - seen[base.X, j]
        if count:
            error[b, j] += e
        stiffness = (1.0 - share) * R[low, j] + share * R[low + 1, j]
        raw[j] = stiffness * (e + damping_s * (seen[base.RATE, j] - seen[base.V, j]))


class Emken(BaseLaw):
    """A spring to the reference whose stiffness in each phase of the movement is ``R_{i+1} = f R_i + g e_i``.

    e is the size of the mean error in that phase, less a dead zone. The stiffness counts for all directions, so that
    ways there and back and targets all round share it.
    """

    def __init__(self, gains: Settings, dims: int, dt: float, holds: bool = False) -> None:
        super().__init__(gains, dims, dt, holds)
        self._f, self._g, self._dead_zone = gains.retention, gains.learning, gains.dead_zone
        self._most, self._damping_s = gains.most_stiffness, gains.damping_s
        self._R, self._error = np.zeros((gains.bins, dims)), np.zeros((gains.bins, dims))
        self._visits = np.zeros(gains.bins)
        self._trial = -1

    def stiffness(self) -> Vector:
        """Present stiffness by phase and coordinate, shape (bins, m) [Nm/rad or N/m]."""
        return self._R.copy()

    def _forget(self) -> None:
        self._R[:] = 0.0
        self._error[:] = 0.0
        self._visits[:] = 0.0
        self._trial = -1

    def _compute(self, asks: Guidance, change: int, seen: Vector, raw: Vector) -> None:
        if change != base.SAME and asks.movement != self._trial:
            self._trial = asks.movement
            _learn(self._R, self._error, self._visits, self._f, self._g, self._dead_zone, self._most)
        phase = 1.0
        if asks.moment is Moment.MOVE and asks.duration_s > 0.0 and math.isfinite(asks.elapsed_s):
            phase = asks.elapsed_s / asks.duration_s
        count = asks.moment is Moment.MOVE or asks.moment is Moment.HOLD
        _assist(seen, self._R, self._error, self._visits, phase, count, self._damping_s, raw)


def build(settings: Settings, space: Space, dims: int, dt: float, holds: bool) -> Emken:  # noqa: ARG001
    """Make the law from its gains."""
    return Emken(settings, dims, dt, holds)
