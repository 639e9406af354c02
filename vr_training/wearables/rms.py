"""Root mean square over the recent past of a signal that swings about zero, such as raw muscle activity."""

from __future__ import annotations

import numpy as np

from robotics.contracts import Vector


class FadingRms:
    """Root mean square with weights that fade exponentially into the past, for samples at times of their own.

    A mean square ``m`` follows ``tau dm/dt = x^2 - m``, with each sample taken to hold since the one before.

    Args:
        tau_s: Time constant [s].
    """

    def __init__(self, tau_s: float) -> None:
        self._tau_s = tau_s
        self._square = 0.0
        self._last_s = -np.inf

    def update(self, x: Vector, t_s: Vector) -> float:
        """Take samples, oldest first, and give the root mean square after the last of them.

        Args:
            x: Samples, shape (n,), n at least 1.
            t_s: Their times, not falling, shape (n,) [s].
        """
        fade = np.exp(-np.maximum((t_s[-1] - np.concatenate(([self._last_s], t_s))) / self._tau_s, 0.0))
        self._square = float(self._square * fade[0] + np.square(x) @ np.diff(fade))
        self._last_s = float(t_s[-1])
        return float(np.sqrt(max(self._square, 0.0)))
