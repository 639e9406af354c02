"""Where on a way that is shown to him somebody is, and what comes next."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from robotics.contracts import Vector
from vr_training.stream.messages import ArmPath, array

AHEAD_S = 4.0
"""How much of the way is shown: as much as one plans ahead, and no tangle of all that is to come [s]."""

_AHEAD, _BACK = 0.3, 0.6  # what a metre along the way counts for, ahead and back, beside a metre of distance


class Guide:
    """Follows somebody along a way, at whatever pace he goes.

    He is where the way is nearest, and where it comes by more than once, at the place that is due: 10 mm along the way
    count as much as 3 mm of distance, and back as much as 6.

    Args:
        path: The way.
    """

    def __init__(self, path: ArmPath) -> None:
        self._points = np.asarray(array(path.points, "<f4", -1, 3), np.float64)
        self._times = np.asarray(array(path.times, "<f4", -1), np.float64)
        steps = np.linalg.norm(np.diff(self._points, axis=0), axis=1)
        self._along = np.append(0.0, np.cumsum(steps))
        self._at, self._seen_s = 0, -np.inf

    @property
    def time_s(self) -> float:
        """How far he is: the time at which the tip was there on the way [s]."""
        return float(self._times[self._at])

    def follow(self, time_s: float, p_world: ArrayLike) -> None:
        """Take where the tip is; a step back in time, as a seek in a replay makes, starts over.

        Args:
            time_s: Time since the start of the run [s].
            p_world: Position in world, shape (3,) [m]; not finite is ignored.
        """
        p = np.asarray(p_world, np.float64)
        if not np.isfinite(p).all():
            return
        if time_s < self._seen_s:
            self._at = 0
        self._seen_s = time_s
        ahead = self._along - self._along[self._at]
        cost = np.linalg.norm(self._points - p, axis=1) + np.where(ahead > 0.0, _AHEAD, -_BACK) * ahead
        self._at = int(np.argmin(cost))

    def ahead(self) -> tuple[Vector, Vector]:
        """The next `AHEAD_S` of the way.

        Returns:
            Positions in world, shape (n, 3) [m], and how far ahead each is, shape (n,): 0 here, 1 at the end.
        """
        end = int(np.searchsorted(self._times, self._times[self._at] + AHEAD_S, side="right"))
        part = slice(self._at, end)
        return self._points[part], (self._times[part] - self._times[self._at]) / AHEAD_S
