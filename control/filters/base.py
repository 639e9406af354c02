"""What every filter shares: shape and range checks, a clean start, and buffers that are made once."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import ArrayLike

from robotics.contracts import Trust, Vector
from robotics.errors import ArgumentError
from robotics.kernels.compiled import kernel

RATE_RANGE_HZ = (100.0, 4000.0)
"""Sampling rates that every filter supports [Hz]."""


class BaseFilter(ABC):
    """A causal filter of ``axes`` signals; a subclass says how one finite sample is filtered.

    Args:
        rate_hz: Sampling rate, 100 to 4000 [Hz].
        axes: Number of signals, at least 1.

    Raises:
        ArgumentError: A rate or a number of axes out of range.
    """

    def __init__(self, rate_hz: float, axes: int) -> None:
        low, high = RATE_RANGE_HZ
        if not low <= rate_hz <= high:
            raise ArgumentError(f"rate_hz is {rate_hz:g}, must lie in [{low:g}, {high:g}]")
        if axes < 1:
            raise ArgumentError(f"axes is {axes}, must be at least 1")
        self.rate_hz, self.axes = float(rate_hz), int(axes)
        self._x = np.zeros(axes)
        self._started = False

    def update(self, x: ArrayLike, y: Vector | None = None) -> Vector:
        """Filter one sample; see `robotics.contracts.Filter.update`.

        Raises:
            ArgumentError: The sample has another shape or is not finite; the filter's state stays as it was.
        """
        sample = np.asarray(x, dtype=np.float64)
        if sample.shape != (self.axes,):
            raise ArgumentError(f"sample has shape {sample.shape}, must be ({self.axes},)")
        if not _take(sample, self._x):
            raise ArgumentError(f"sample {sample} is not finite")
        if y is None:
            y = np.empty(self.axes)
        if not self._started:
            self._start(self._x)
            self._started = True
        self._filter(self._x, y)
        return y

    def reset(self, x: ArrayLike | None = None) -> None:
        """Forget the past; see `robotics.contracts.Filter.reset`."""
        self._started = False
        if x is not None:
            self._x[:] = x
            self._start(self._x)
            self._started = True

    @abstractmethod
    def delay(self) -> float:
        """Delay of slow motion through the filter [s]."""

    @abstractmethod
    def bound(self, span: float) -> float:
        """Furthest that the output can leave the range of the motion; see `robotics.contracts.Filter.bound` [m]."""

    def trust(self) -> Trust:
        """Whether to rely on the filter; a filter of fixed shape is settled from its first sample on."""
        return Trust.TRUSTED if self._started else Trust.SETTLING

    @abstractmethod
    def _start(self, x: Vector) -> None:
        """Settle the state as if ``x`` had stood still for ever."""

    @abstractmethod
    def _filter(self, x: Vector, y: Vector) -> None:
        """Filter the finite sample ``x`` into ``y``, both of shape (axes,)."""


@kernel
def _take(sample: Vector, x: Vector) -> bool:
    """Take a finite sample into ``x``, both of shape (axes,); whether it was one."""
    for axis in range(x.shape[0]):
        if not np.isfinite(sample[axis]):
            return False
    for axis in range(x.shape[0]):
        x[axis] = sample[axis]
    return True
