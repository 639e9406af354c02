"""Hand motion as a sum of minimum-jerk submovements: the building blocks of human reaching.

Each submovement shifts the hand by a vector and turns it by a rotation vector along the same smooth profile
``10 s^3 - 15 s^4 + 6 s^5`` (Flash and Hogan 1985); several may overlap and then add up.
"""

from __future__ import annotations

import numpy as np

from robotics.contracts import POSE_SIZE, Vector
from robotics.kernels.compiled import kernel
from vr_training.inputs.quaternion import turn

_SLOTS = 4
_START, _DURATION, _SHIFT, _TURN, _WIDTH = 0, 1, 2, 5, 8


class Submovements:
    """The voluntary motion of a hand.

    Attributes:
        pose: Where the hand is at the time last asked for, shape (7,) [m, quaternion], without tremor.
    """

    def __init__(self) -> None:
        self.pose = np.array([0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0])
        self._base = self.pose.copy()
        self._rows = np.zeros((_SLOTS, _WIDTH))
        self._count = 0

    def reset(self, pose: Vector) -> None:
        """Put the hand at rest at ``pose``, shape (7,)."""
        self._base[:] = pose
        self.pose[:] = pose
        self._count = 0

    @property
    def active(self) -> int:
        """How many submovements are under way."""
        return self._count

    @property
    def full(self) -> bool:
        """Whether no further one can begin before the oldest ends."""
        return self._count == _SLOTS

    def begin(self, time: float, duration: float, shift: Vector, rotation: Vector) -> None:
        """Begin a submovement.

        Args:
            time: When it starts [s].
            duration: How long it takes [s].
            shift: Displacement of the hand, shape (3,) [m].
            rotation: Rotation vector of the hand about fixed axes, shape (3,) [rad].
        """
        row = self._rows[self._count]
        row[_START], row[_DURATION] = time, duration
        row[_SHIFT:_TURN] = shift
        row[_TURN:_WIDTH] = rotation
        self._count += 1

    def advance(self, time: float) -> None:
        """Set ``pose`` to where the hand is at ``time`` [s] and drop the submovements that have ended."""
        self._count = _evaluate(time, self._base, self._rows, self._count, self.pose)

    def progress(self, time: float) -> float:
        """Share of the newest submovement's duration that has passed; 1 where none is under way."""
        if self._count == 0:
            return 1.0
        row = self._rows[self._count - 1]
        return float(min(max((time - row[_START]) / row[_DURATION], 0.0), 1.0))

    def end(self) -> Vector:
        """The pose in which the hand comes to rest once all submovements have ended, shape (7,)."""
        rows, pose, base = self._rows.copy(), np.empty(POSE_SIZE), self._base.copy()
        _evaluate(np.inf, base, rows, self._count, pose)
        return pose


@kernel
def _evaluate(time: float, base: Vector, rows: Vector, count: int, pose: Vector) -> int:
    """Fold ended submovements into ``base``, add the running ones into ``pose``; returns how many are left."""
    ended = 0
    while ended < count and time >= rows[ended, 0] + rows[ended, 1]:
        for k in range(3):
            base[k] += rows[ended, 2 + k]
        turn(base[3:], rows[ended, 5], rows[ended, 6], rows[ended, 7])
        ended += 1
    if ended > 0:
        for i in range(count - ended):
            for k in range(rows.shape[1]):
                rows[i, k] = rows[i + ended, k]
    count -= ended
    for k in range(7):
        pose[k] = base[k]
    for i in range(count):
        s = (time - rows[i, 0]) / rows[i, 1]
        s = min(max(s, 0.0), 1.0)
        share = s * s * s * (10.0 + s * (6.0 * s - 15.0))
        for k in range(3):
            pose[k] += share * rows[i, 2 + k]
        turn(pose[3:], share * rows[i, 5], share * rows[i, 6], share * rows[i, 7])
    return count
