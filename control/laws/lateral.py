"""How far the arm is off its path, and which way: what the laws about a path share."""

from __future__ import annotations

import math

from control.laws.base import NEAREST, TANGENT, V, X
from robotics.contracts import Vector
from robotics.kernels.compiled import kernel

NO_TANGENT = 0.1
"""A tangent shorter than this is none."""


@kernel
def lateral(seen: Vector, unit: Vector, off: Vector, aside: Vector) -> tuple[float, float]:
    """Where the arm is beside its path, and how it moves there.

    Args:
        seen: What a law is given, shape (10, m).
        unit: Result: direction of the path towards the goal; zero where there is no path, shape (m,).
        off: Result: from the nearest point of the path to the arm, less what lies along the path, shape (m,).
        aside: Result: velocity across the path, shape (m,).

    Returns:
        Length of ``off``; velocity along ``unit``.
    """
    m = unit.shape[0]
    norm = 0.0
    for j in range(m):
        norm += seen[TANGENT, j] ** 2
    norm = math.sqrt(norm)
    error = along = 0.0
    for j in range(m):
        unit[j] = seen[TANGENT, j] / norm if norm > NO_TANGENT else 0.0
        error += (seen[X, j] - seen[NEAREST, j]) * unit[j]
        along += seen[V, j] * unit[j]
    distance = 0.0
    for j in range(m):
        off[j] = seen[X, j] - seen[NEAREST, j] - error * unit[j]
        aside[j] = seen[V, j] - along * unit[j]
        distance += off[j] ** 2
    return math.sqrt(distance), along
