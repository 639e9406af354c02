"""How things stand in a tick: what is asked, where the arm is, what is felt of the patient."""

from __future__ import annotations

import math

import numpy as np

from robotics.contracts import Vector
from robotics.guidance import Guidance
from robotics.kernels.compiled import kernel
from vr_training.exercises.path_kernels import squared_distance


class Now:
    """How things stand in a tick; valid until the next one.

    Args:
        arm: Name of the arm in the tick record.
        asks: What is asked of it; the same object all the time.

    Attributes:
        asks: What is asked of it.
        x: Where the arm is in the exercise's coordinates, shape (m,).
        patient: The patient's own force in them, shape (m,) [Nm or N].
        tip: Pose of the arm's tip in world, shape (7,).
        time_s: How long the exercise has been at what it is at [s].
        along: Length of the path that the arm has behind it [rad or m].
        cuff_n: Largest force at any cuff [N]; taken while the arm moves or holds.
        trunk_m: Displacement of the shoulder [m]; NaN where it is not measured; taken while the arm moves or holds.
    """

    x: Vector
    patient: Vector
    tip: Vector
    _cuffs: Vector
    _trunk: Vector

    def __init__(self, arm: str, asks: Guidance) -> None:
        self.asks, self.time_s, self.along = asks, 0.0, 0.0
        self.cuff_n, self.trunk_m = 0.0, math.nan
        self._arm = arm
        self._tick: np.void | None = None

    def see(self, tick: np.void) -> None:
        """Take a tick record."""
        if tick is self._tick:  # a loop fills the same record again and again, and these are views of it
            return
        part = tick["guided"][self._arm]
        self.x, self.patient, self.tip = part["x"], part["patient"], tick["arms"][self._arm]["tip"]
        self._cuffs, self._trunk = part["cuffs"], part["trunk"]
        self._tick = tick

    def feel(self) -> None:
        """Take the force at the cuffs, and how far the trunk has moved."""
        self.cuff_n, self.trunk_m = _felt(self._cuffs, self._trunk)

    @property
    def to_goal(self) -> float:
        """Distance of the arm from the goal [rad or m]."""
        return math.sqrt(squared_distance(self.x, self.asks.goal))


@kernel
def _felt(cuffs: Vector, trunk: Vector) -> tuple[float, float]:
    """Largest force at any cuff, shape (cuffs, 6), and length of the trunk's displacement, shape (3,)."""
    most = 0.0
    for c in range(cuffs.shape[0]):
        most = max(most, cuffs[c, 0] * cuffs[c, 0] + cuffs[c, 1] * cuffs[c, 1] + cuffs[c, 2] * cuffs[c, 2])
    away = trunk[0] * trunk[0] + trunk[1] * trunk[1] + trunk[2] * trunk[2]
    return math.sqrt(most), math.sqrt(away)
