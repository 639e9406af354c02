"""The patient's share of the work so far, tick by tick, as whoever looks on is told it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from robotics.contracts import Vector
from robotics.guidance import Moment

LEAST_WORK_J = 1e-3
"""Work of both together below which neither's share is told [J]; as in `vr_training.rehab.measures.effort`."""

_ASKED = (Moment.MOVE, Moment.HOLD, Moment.RELAX)


class WorkShare:
    """Adds up what patient and robot put into the movement.

    The results of an exercise take the same from each repetition's own movements, with velocities that are smoothed
    afterwards; this is the whole exercise's, as it is measured.

    Args:
        arm: The arm that guides him.
        period_s: Control period [s].
    """

    def __init__(self, arm: str, period_s: float) -> None:
        self._arm, self._period_s = arm, period_s
        self._patient_j = self._robot_j = 0.0

    @property
    def share(self) -> float:
        """The patient's share [%]; NaN as long as hardly any work was done."""
        total = self._patient_j + self._robot_j
        return 100.0 * self._patient_j / total if total >= LEAST_WORK_J else math.nan

    def add(self, ticks: NDArray[np.void]) -> None:
        """Take the next ticks, shape (n,)."""
        patient, robot = self._works(ticks)
        self._patient_j += float(patient.sum())
        self._robot_j += float(robot.sum())

    def of(self, ticks: NDArray[np.void]) -> Vector:
        """The share as it stands at each of a whole recording's ticks, shape (n,) [%]."""
        patient, robot = (np.cumsum(each) for each in self._works(ticks))
        total = patient + robot
        return np.where(total >= LEAST_WORK_J, 100.0 * patient / np.maximum(total, LEAST_WORK_J), np.nan)

    def _works(self, ticks: NDArray[np.void]) -> tuple[Vector, Vector]:
        """What patient and robot put in at each tick, each of shape (n,) [J]."""
        part = ticks["guided"][self._arm]
        dt = np.where(np.isin(part["moment"], _ASKED), self._period_s, 0.0)
        patient, robot = (
            np.maximum(np.nan_to_num(np.einsum("tm,tm->t", part[side], part["v"])), 0.0) * dt
            for side in ("patient", "robot")
        )
        return patient, robot
