"""Paths of movements in an exercise's coordinates: polylines, measured along their length."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from robotics.contracts import Vector
from robotics.errors import ArgumentError

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
        if self.length == 0.0:
            point[:], tangent[:] = self.points[0], 0.0
            return
        s = min(max(s, 0.0), self.length)
        i = min(int(np.searchsorted(self._s, s, side="right")) - 1, len(self._tangents) - 1)
        tangent[:] = self._tangents[i]
        point[:] = self.points[i] + (s - self._s[i]) * self._tangents[i]

    def nearest(self, x: Vector, near: float) -> float:
        """Length at which the path comes nearest to ``x``, shape (m,), searched about the length ``near``."""
        if self.length == 0.0:
            return 0.0
        if len(self._tangents) == 1:
            return float(min(max((x - self.points[0]) @ self._tangents[0], 0.0), self.length))
        reach = WINDOW * self.length
        first = max(int(np.searchsorted(self._s, near - reach)) - 1, 0)
        last = min(int(np.searchsorted(self._s, near + reach)) + 1, len(self._tangents))
        starts, tangents = self.points[first:last], self._tangents[first:last]
        lengths = np.diff(self._s[first : last + 1])
        along = np.clip(np.einsum("ij,ij->i", x - starts, tangents), 0.0, lengths)
        gaps = x - starts - along[:, None] * tangents
        k = int(np.argmin(np.einsum("ij,ij->i", gaps, gaps)))
        return float(self._s[first + k] + along[k])

    def reversed(self) -> Path:
        """The same way back."""
        return Path(self.points[::-1])


def line(start: ArrayLike, goal: ArrayLike) -> Path:
    """The straight way."""
    return Path(np.stack([np.asarray(start, dtype=float), np.asarray(goal, dtype=float)]))
