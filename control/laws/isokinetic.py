"""Isokinetic resistance: free up to a set speed, which no push takes the arm far beyond."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from msgspec import Meta

from control.laws import base
from control.laws.base import BaseLaw
from robotics.contracts import Vector
from robotics.guidance import Guidance, Space
from robotics.kernels.compiled import kernel


class Settings(base.Gains, frozen=True, kw_only=True):
    """Gains of the limit of speed.

    Attributes:
        speed: The set speed [rad/s or m/s].
        damping: Of the speed above it [Nm s/rad or N s/m].
        gather_1_s: How fast the resistance gathers beyond the damping while the speed is above the set one, and goes
            while it is below: the longer he pushes the closer he is kept to it [1/s].
    """

    speed: Annotated[float, Meta(gt=0, le=10)]
    damping: Annotated[float, Meta(gt=0, le=1000)]
    gather_1_s: Annotated[float, Meta(ge=0, le=100)]


@kernel
def _limit(
    seen: Vector,
    gathered: Vector,
    last: Vector,
    engaged: bool,
    speed: float,
    damping: float,
    step: float,
    most: float,
    raw: Vector,
) -> None:
    """One tick; ``gathered`` is the resistance beyond the damping, shape (1,), that grows by ``step`` a period.

    ``last`` is the velocity of the tick before, shape (m,).
    """
    m = raw.shape[0]
    v = onward = 0.0
    for j in range(m):
        v += seen[base.V, j] ** 2
        onward += seen[base.V, j] * last[j]
        last[j] = seen[base.V, j]
    v = math.sqrt(v)
    if engaged or onward < 0.0:  # the way back begins anew; and no resistance turns an arm round
        gathered[0] = 0.0
    gathered[0] = min(max(gathered[0] + step * damping * (v - speed), 0.0), most)
    against = gathered[0] + damping * max(0.0, v - speed)
    # Over the set speed where the arm is slower: always against the motion, and through rest without a jump.
    for j in range(m):
        raw[j] = -against * seen[base.V, j] / max(v, speed)


class Isokinetic(BaseLaw):
    """A viscous wall above the set speed, with an integral that keeps a steady push at it.

    Source:
        Hislop and Perrine 1967, The isokinetic concept of exercise, Physical Therapy 47(2): the exercise; the wall and
        its integral are ours.
    """

    helps = False

    def __init__(self, gains: Settings, dims: int, dt: float, holds: bool = False) -> None:
        super().__init__(gains, dims, dt, holds)
        self._speed, self._damping, self._step = gains.speed, gains.damping, gains.gather_1_s * dt
        self._gathered, self._last_v = np.zeros(1), np.zeros(dims)

    def _forget(self) -> None:
        self._gathered[:] = 0.0
        self._last_v[:] = 0.0

    def _compute(self, asks: Guidance, change: int, seen: Vector, raw: Vector) -> None:  # noqa: ARG002
        engaged = change == base.ENGAGED
        _limit(
            seen,
            self._gathered,
            self._last_v,
            engaged,
            self._speed,
            self._damping,
            self._step,
            self._max_force,
            raw,
        )


def build(settings: Settings, space: Space, dims: int, dt: float, holds: bool) -> Isokinetic:  # noqa: ARG001
    """Make the law from its gains."""
    return Isokinetic(settings, dims, dt, holds)
