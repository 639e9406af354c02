"""Paths of movements in an exercise's coordinates: polylines, measured along their length."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from robotics.contracts import Vector
from robotics.errors import ArgumentError
from vr_training.exercises import path_kernels

WINDOW = 0.15
"""Share of a path's length that is searched about the last nearest point, so that crossings are not jumped; ours."""


class Path:
    """A polyline through points, shape (k, m), k at least 1; a single point is a path of no length.

    Attributes:
        points: The points, shape (k, m) [rad or m].
        length: Length of the way.
    """

    def __init__(self, points: ArrayLike) -> None:
        points = np.array(points, dtype=float)
        if points.ndim != 2 or not len(points) or not np.isfinite(points).all():
            raise ArgumentError(f"a path is points of shape (k, m), all finite; these are of shape {points.shape}")
        steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
        keep = np.concatenate([[True], steps > 1e-12])
        self.points: Vector = points[keep]
        self._s: Vector = np.concatenate([[0.0], np.cumsum(steps[steps > 1e-12])])
        self.length = float(self._s[-1])
        ways = np.diff(self.points, axis=0)
        self._tangents: Vector = ways / np.maximum(np.linalg.norm(ways, axis=1, keepdims=True), 1e-12)

    def at(self, s: float, point: Vector, tangent: Vector) -> None:
        """Point and unit tangent, both of shape (m,), at a length from the start; beyond an end it is that end."""
        path_kernels.at(self.points, self._s, self._tangents, s, point, tangent)

    def moving(
        self, s: float, speed: float, acceleration: float, point: Vector, tangent: Vector, rate: Vector, change: Vector
    ) -> None:
        """Point and unit tangent as `at` has them, and ``rate`` and ``change``, velocity and acceleration there.

        Args:
            s: Length from the start.
            speed: Speed along the path.
            acceleration: Acceleration along it.
            point: Result, shape (m,), as are the others.
            tangent: Result.
            rate: Result.
            change: Result.
        """
        path_kernels.moving(self.points, self._s, self._tangents, s, speed, acceleration, point, tangent, rate, change)

    def nearest(self, x: Vector, near: float) -> float:
        """Length at which the path comes nearest to ``x``, shape (m,), searched about the length ``near``."""
        return path_kernels.nearest(self.points, self._s, self._tangents, x, near, WINDOW * self.length)

    def until(self, s: float) -> Path:
        """The same way up to a length from its start."""
        point, tangent = np.zeros((2, self.points.shape[1]))
        self.at(s, point, tangent)
        return Path(np.vstack([self.points[self._s < s], point]))

    def reversed(self) -> Path:
        """The same way back."""
        return Path(self.points[::-1])


def line(start: ArrayLike, goal: ArrayLike) -> Path:
    """The straight way."""
    return Path(np.stack([np.asarray(start, dtype=float), np.asarray(goal, dtype=float)]))
