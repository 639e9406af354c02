"""The base of every filter that estimates the tremor and subtracts it."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from control.filters.base import BaseFilter
from control.filters.subtracting.gate import AGE, OPEN, Gate
from robotics.contracts import Trust, Vector


class SubtractingFilter(BaseFilter):
    """Passes the motion on less an estimate of the tremor; each axis by itself.

    The correction |y - x| is never beyond the gate's ``limit_mm``, on no axis and for no motion. It is zero from the
    first sample until the filter has settled, and where no tremor is found.

    Args:
        gate: When the estimate is subtracted, and how much of it at most.
        rate_hz: Sampling rate [Hz].
        axes: Number of signals.

    Attributes:
        limit: The bound of the correction [m].
    """

    def __init__(self, gate: Gate, rate_hz: float, axes: int) -> None:
        super().__init__(rate_hz, axes)
        self.limit = 1e-3 * gate.limit_mm
        self._settle = gate.settle_s
        self._constants = gate.constants(rate_hz)
        self._gate = np.zeros((5, axes))
        self._origin = np.zeros(axes)

    def delay(self) -> float:
        """No delay: slow motion passes as it is [s]."""
        return 0.0

    def bound(self, span: float) -> float:  # noqa: ARG002 - the same for any
        """The bound of the correction [m]."""
        return self.limit

    def trust(self) -> Trust:
        """Settling at first; then whether the gate is more than half open on any axis."""
        if self._gate[AGE, 0] <= self._settle:
            return Trust.SETTLING
        return Trust.TRUSTED if self._gate[OPEN].max() > 0.5 else Trust.NO_TREMOR

    def _start(self, x: Vector) -> None:
        # Motion is taken from where it starts, so that every state is at rest at zero and no constant can leak in.
        self._origin[:] = x
        self._gate[:] = 0.0
        self._forget()

    @abstractmethod
    def _forget(self) -> None:
        """Bring the estimator to rest."""
