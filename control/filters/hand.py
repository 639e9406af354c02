"""Filters a whole hand pose: position in metres, orientation as metres at a lever arm."""

from __future__ import annotations

import numpy as np

from control.filters.registry import create
from robotics.contracts import Vector

LEVER_M = 0.1
"""Length at which a turn of the hand weighs as much as a shift: about a hand's breadth [m]."""


class HandFilter:
    """The tremor filter of one hand, position and orientation with the same filter.

    The orientation's quaternion is kept on one side of the double cover, filtered component by component at the scale
    of the lever arm, and brought back to unit length, so that nothing happens at the wrap.

    Args:
        name: Name of the filter, see `control.filters.create`.
        rate_hz: Sampling rate [Hz].
    """

    def __init__(self, name: str, rate_hz: float) -> None:
        self._position = create(name, rate_hz, axes=3)
        self._orientation = create(name, rate_hz, axes=4)
        self._quaternion, self._smooth = np.zeros(4), np.zeros(4)
        self._last = np.array([1.0, 0.0, 0.0, 0.0])

    def update(self, pose: Vector, out: Vector) -> None:
        """Filter one pose ``[x, y, z, qw, qx, qy, qz]`` into ``out``, both of shape (7,).

        Raises:
            ArgumentError: The pose is not finite.
        """
        # Twice the half-angle quaternion times the lever arm: a small turn by a moves its vector part by a * lever.
        self._quaternion[:] = pose[3:]
        if self._quaternion @ self._last < 0.0:
            self._quaternion *= -1.0
        self._last[:] = self._quaternion
        self._quaternion *= 2.0 * LEVER_M
        self._position.update(pose[:3], out[:3])
        self._orientation.update(self._quaternion, self._smooth)
        out[3:] = self._smooth / np.sqrt(self._smooth @ self._smooth)

    def reset(self) -> None:
        """Forget the past; the next output starts at the next pose."""
        self._position.reset()
        self._orientation.reset()
