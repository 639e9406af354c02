"""Whether an arm that trembles is nevertheless where it was: its mean place over a second is that of the second before.

A patient's arm that was let go need never stand still: it trembles. Nobody drives it then, and of a speed that is told
tick by tick it would not come to rest. What goes nowhere has come to rest all the same.
"""

from __future__ import annotations

import numpy as np

from robotics.contracts import Vector

LINGER_S = 1.0
"""Time over which a place is taken: some periods of any tremor; ours [s]."""

LINGER_RAD = 0.02
"""Way between two such places, of any joint, below which an arm lingers; ours [rad]."""


class Lingering:
    """Watches one arm from when it was let go.

    Args:
        size: Number of joints: n.
        dt: Control period [s].
    """

    def __init__(self, size: int, dt: float) -> None:
        self._ticks = max(1, round(LINGER_S / dt))
        self._sum, self._before, self._count = np.zeros(size), np.full(size, np.nan), 0
        self._lingers = False

    def begin(self) -> None:
        """Forget where the arm was."""
        self._sum[:], self._before[:] = 0.0, np.nan
        self._count, self._lingers = 0, False

    def feel(self, q: Vector) -> bool:
        """Feel one tick of joint positions, shape (n,) [rad]; whether the arm lingered over the last two seconds."""
        self._sum += q
        self._count += 1
        if self._count >= self._ticks:
            place = self._sum / self._count
            self._lingers = bool(np.all(np.abs(place - self._before) < LINGER_RAD))  # NaN at first: no
            self._before[:], self._sum[:], self._count = place, 0.0, 0
        return self._lingers
