"""What a task reported while it ran: its signals by name, where it declares them with the unit that is expected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from robotics.contracts import Vector


@dataclass(frozen=True)
class TaskSignals:
    """The signals of a recording.

    Attributes:
        ticks: Its ticks, shape (n,).
        declared: Name and unit of each signal, in the order of the ticks' ``signals``.
    """

    ticks: NDArray[np.void]
    declared: Sequence[tuple[str, str]] = ()

    def get(self, name: str, unit: str) -> Vector | None:
        """A signal, shape (n,); None where the task does not declare it with this unit, or nothing was recorded."""
        if (name, unit) not in self.declared or len(self.ticks) == 0 or "signals" not in (self.ticks.dtype.names or ()):
            return None
        return np.array(self.ticks["signals"][:, list(self.declared).index((name, unit))], dtype=np.float64)

    def any_unit(self, name: str) -> Vector | None:
        """A signal in whatever unit the task declares it, shape (n,); None where there is none."""
        unit = next((unit for declared, unit in self.declared if declared == name), None)
        return None if unit is None else self.get(name, unit)
