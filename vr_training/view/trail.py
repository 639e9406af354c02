"""Where the tip has been of late."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from robotics.contracts import Vector


class Trail:
    """The last seconds of a point's path, thinned to a least distance.

    Args:
        duration_s: How long a point stays [s].
        step_m: Least distance between two points [m].
        capacity: Most points kept.
    """

    def __init__(self, duration_s: float, step_m: float, capacity: int = 1024) -> None:
        self.duration_s, self.step_m = duration_s, step_m
        self._points = np.zeros((capacity, 4))
        self._count = 0

    def clear(self) -> None:
        """Forget the path."""
        self._count = 0

    def add(self, time_s: float, p_world: ArrayLike) -> None:
        """Take the point's position at a time; a step back in time, as a seek makes, starts a new path.

        Args:
            time_s: Time since the start of the run [s].
            p_world: Position in world, shape (3,) [m]; not finite is ignored.
        """
        p = np.asarray(p_world, np.float64)
        if not np.isfinite(p).all():
            return
        if self._count and time_s < self._points[self._count - 1, 3]:
            self.clear()
        fresh = int(np.searchsorted(self._points[: self._count, 3], time_s - self.duration_s))
        if fresh:
            self._drop(fresh)
        if self._count == len(self._points):
            self._drop(len(self._points) // 4)
        # The newest point rides with the tip until it is a step away from the one before.
        riding = self._count >= 2 and np.linalg.norm(self._points[self._count - 1, :3] - p) < self.step_m
        if riding and np.linalg.norm(self._points[self._count - 2, :3] - p) < self.step_m:
            self._count -= 1
        self._points[self._count, :3] = p
        self._points[self._count, 3] = time_s
        self._count += 1

    def points(self, time_s: float) -> tuple[Vector, Vector]:
        """The path and how fresh it is.

        Args:
            time_s: Present time [s].

        Returns:
            Positions in world, oldest first, shape (n, 3) [m], and their freshness, shape (n,): 1 now, 0 about to go.
        """
        points = self._points[: self._count]
        return points[:, :3].copy(), np.clip(1.0 - (time_s - points[:, 3]) / self.duration_s, 0.0, 1.0)

    def _drop(self, count: int) -> None:
        self._points[: self._count - count] = self._points[count : self._count].copy()
        self._count -= count
