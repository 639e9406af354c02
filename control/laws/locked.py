"""Locked: the arm is held stiffly at the start of the movement, so that a patient can push with all strength."""

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
    """Gains of the lock.

    Attributes:
        stiffness: [Nm/rad or N/m].
        damping: [Nm s/rad or N s/m].
        rate: Speed at which the lock moves to the start where the arm is not there [rad/s or m/s].
    """

    stiffness: Annotated[float, Meta(gt=0, le=5000)]
    damping: Annotated[float, Meta(ge=0, le=500)]
    rate: Annotated[float, Meta(gt=0, le=1)]


@kernel
def _hold(
    seen: Vector, anchor: Vector, engaged: bool, moves: bool, step: float, stiffness: float, damping: float, raw: Vector
) -> None:
    """Spring and damper about ``anchor``, shape (m,), which begins where the arm is and goes to the start."""
    m = raw.shape[0]
    if engaged:
        for j in range(m):
            anchor[j] = seen[base.X, j]
    distance = 0.0
    for j in range(m):
        distance += (seen[base.START, j] - anchor[j]) ** 2
    distance = math.sqrt(distance)
    share = 0.0
    if moves and distance > 0.0:
        share = min(1.0, step / distance)
    for j in range(m):
        anchor[j] += share * (seen[base.START, j] - anchor[j])
        raw[j] = stiffness * (anchor[j] - seen[base.X, j]) - damping * seen[base.V, j]


class Locked(BaseLaw):
    """A stiff spring and damper about a point: where the arm was when the law came in, then the movement's start."""

    helps = False

    def __init__(self, gains: Settings, dims: int, dt: float, holds: bool = False) -> None:
        super().__init__(gains, dims, dt, holds)
        self._stiffness, self._damping, self._step = gains.stiffness, gains.damping, gains.rate * dt
        self._anchor = np.zeros(dims)

    def _compute(self, asks: Guidance, change: int, seen: Vector, raw: Vector) -> None:
        moves = asks.moment is not Moment.REST
        _hold(seen, self._anchor, change == base.ENGAGED, moves, self._step, self._stiffness, self._damping, raw)


def build(settings: Settings, space: Space, dims: int, dt: float, holds: bool) -> Locked:  # noqa: ARG001
    """Make the law from its gains."""
    return Locked(settings, dims, dt, holds)
