"""Assist as needed: the robot learns what the patient cannot do and forgets it all the time, so he does not slack.

Source:
    Wolbrecht, Chan, Reinkensmeyer and Bobrow 2008, Optimizing compliant, model-based robotic assistance to promote
    neurorehabilitation, IEEE Trans. Neural Systems and Rehabilitation Engineering 16(3).
"""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from msgspec import Meta

from control.laws import base
from control.laws.base import BaseLaw
from robotics.contracts import Vector
from robotics.guidance import Guidance, Space
from robotics.kernels.compiled import Indices, kernel

CELLS = 8
"""Basis functions along each coordinate. Beyond them the grid begins anew, so that no workspace has to be set."""

REACH = 3
"""Basis functions that are heard to each side; those further away are below 1e-4."""

WIDTH = 0.7
"""Standard deviation of a basis function over the spacing; ours: their sum is then even to 1e-3."""


class Settings(base.Gains, frozen=True, kw_only=True):
    """Gains of the law.

    Attributes:
        stiffness: K_P [Nm/rad or N/m].
        damping: K_D [Nm s/rad or N s/m].
        slope_1_s: L in ``s = de + L e`` [1/s].
        learning: Inverse of G: how fast the assistance grows with s [Nm/rad or N/m].
        forgetting_s: tau, with which the assistance decays where s is zero [s]; 0 to never forget.
        spacing: Distance of the basis functions [rad or m].
    """

    stiffness: Annotated[float, Meta(gt=0, le=2000)]
    damping: Annotated[float, Meta(ge=0, le=200)]
    slope_1_s: Annotated[float, Meta(gt=0, le=50)]
    learning: Annotated[float, Meta(gt=0, le=2000)]
    forgetting_s: Annotated[float, Meta(ge=0, le=600)]
    spacing: Annotated[float, Meta(gt=0, le=2)]


@kernel
def _hear(seen: Vector, spacing: float, g: Vector, places: Indices, Y: Vector) -> float:
    """Basis functions about the arm: their ``places`` in the grid and values ``Y``, both of shape (2 REACH)^m.

    ``g`` is work space, shape (m, 2 REACH): the functions of each coordinate, whose products they are. Returns YY'.
    """
    m, width = g.shape
    for j in range(m):
        u = seen[base.X, j] / spacing
        first = math.floor(u) - REACH + 1
        for k in range(width):
            g[j, k] = math.exp(-0.5 * ((u - first - k) / WIDTH) ** 2)
    square = 0.0
    for n in range(len(Y)):
        value, place, rest = 1.0, 0, n
        for j in range(m):
            k = rest % width
            rest //= width
            value *= g[j, k]
            first = math.floor(seen[base.X, j] / spacing) - REACH + 1
            place = place * CELLS + int(first + k) % CELLS
        Y[n], places[n] = value, place
        square += value * value
    return square


@kernel
def _assist(
    seen: Vector,
    a: Vector,
    places: Indices,
    Y: Vector,
    square: float,
    s: Vector,
    gains: Vector,
    most: float,
    raw: Vector,
) -> None:
    """One tick; ``a`` holds the parameters, shape (CELLS^m, m), ``s`` is work space, shape (m,).

    ``gains`` holds K_P, K_D, L, learning over a period, the share that is forgotten in one.
    """
    m = raw.shape[0]
    inward = norm = 0.0
    for j in range(m):
        learnt = 0.0
        for n in range(len(Y)):
            learnt += Y[n] * a[places[n], j]
        e = seen[base.X, j] - seen[base.REFERENCE, j]
        de = seen[base.V, j] - seen[base.RATE, j]
        s[j] = de + gains[2] * e
        raw[j] = learnt - gains[0] * e - gains[1] * de  # F = Y a - K_P e - K_D de
        norm += raw[j] * raw[j]
        inward += s[j] * raw[j]
    # At the cap, what would add to the force is not learnt.
    learning = 0.0 if norm > most * most and inward < 0.0 else gains[3]
    for j in range(m):
        learnt = 0.0
        for n in range(len(Y)):
            learnt += Y[n] * a[places[n], j]
        # da = -(1/tau) Y'(YY')^-1 Y a - G^-1 Y' s over one period, the first term exactly.
        change = -gains[4] * learnt / square - learning * s[j]
        for n in range(len(Y)):
            a[places[n], j] = min(max(a[places[n], j] + change * Y[n], -most), most)


class Wolbrecht(BaseLaw):
    """``F = Y a - K_P e - K_D de`` with ``s = de + L e`` and ``da = -(1/tau) Y'(YY')^-1 Y a - G^-1 Y' s``.

    Y are Gaussian functions of the position on a grid that wraps round, so what is learnt serves the same place later.
    """

    def __init__(self, gains: Settings, dims: int, dt: float, holds: bool = False) -> None:
        super().__init__(gains, dims, dt, holds)
        forgotten = 1.0 - math.exp(-dt / gains.forgetting_s) if gains.forgetting_s > 0.0 else 0.0
        self._gains = np.array([gains.stiffness, gains.damping, gains.slope_1_s, gains.learning * dt, forgotten])
        self._spacing = gains.spacing
        self._a = np.zeros((CELLS**dims, dims))
        count = (2 * REACH) ** dims
        self._places, self._Y = np.zeros(count, dtype=np.int64), np.zeros(count)
        self._g, self._s = np.zeros((dims, 2 * REACH)), np.zeros(dims)

    def _forget(self) -> None:
        self._a[:] = 0.0

    def _compute(self, asks: Guidance, change: int, seen: Vector, raw: Vector) -> None:  # noqa: ARG002
        square = _hear(seen, self._spacing, self._g, self._places, self._Y)
        _assist(seen, self._a, self._places, self._Y, square, self._s, self._gains, self._allowed, raw)


def build(settings: Settings, space: Space, dims: int, dt: float, holds: bool) -> Wolbrecht:  # noqa: ARG001
    """Make the law from its gains."""
    return Wolbrecht(settings, dims, dt, holds)
