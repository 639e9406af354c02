"""What a person sees of the scene, late: a delay line, and what the person knows to have done since.

People correct movements about 150 to 200 ms after they see an error, yet do not correct twice what is already on its
way: they account for the commands given in between (efference copy; Miall and Wolpert 1996).
"""

from __future__ import annotations

import numpy as np

from robotics.contracts import POSE_SIZE, OperatorView, Vector
from robotics.kernels.compiled import kernel
from robotics.rotations import quaternion_from_rotation_vector
from vr_training.inputs.quaternion import turn_between

_GAZE_S = 0.1  # a look lasts this long: trembling within it averages out
_LEAD_S = 0.3  # about as long as a short submovement takes: that much ahead of what it sees a hand aims
_LEAP_M_S = 0.05  # a target faster than this has leapt: the eye does not follow it smoothly
_TIP, _TARGET, _HAND, _MOVED, _FORCE, _WIDTH = 0, 7, 14, 18, 21, 24


class Sight:
    """The scene as it was one reaction time ago.

    Args:
        delay_s: The reaction time [s].
        dt: Period of the views [s].
    """

    def __init__(self, delay_s: float, dt: float) -> None:
        self._dt = dt
        self._gaze = max(round(_GAZE_S / dt), 2)
        self._rows = np.full((max(round(delay_s / dt), 1) + self._gaze, _WIDTH), np.nan)
        self._newest = -1
        self._mean = np.zeros(_WIDTH)
        self._moved = np.zeros(3)
        self._last = np.zeros(3)

    def see(self, view: OperatorView, hand: Vector, moving_arm: bool) -> None:
        """Take in the present view.

        Args:
            view: What there is to see.
            hand: Where the hand means to be, without tremor, shape (7,).
            moving_arm: Whether the hand's motion moves the arm at present.
        """
        if self._newest < 0:
            self._last[:] = hand[:3]
        if moving_arm:
            self._moved += hand[:3]
            self._moved -= self._last
        self._last[:] = hand[:3]
        self._newest = (self._newest + 1) % len(self._rows)
        row = self._rows[self._newest]
        row[_TIP:_TARGET] = view.tip
        row[_TARGET:_HAND] = view.target
        row[_HAND:_MOVED] = hand[3:]
        row[_MOVED:_FORCE] = self._moved
        row[_FORCE:] = view.force

    @property
    def ready(self) -> bool:
        """Whether a target was in sight a reaction time ago, for as long as a look lasts."""
        self._look()
        return bool(np.isfinite(self._mean[:_FORCE]).all())

    def speed(self) -> float:
        """Mean speed of the tip during the look, as seen [m/s]."""
        first = self._rows[(self._newest + 1) % len(self._rows)]
        last = self._rows[(self._newest + self._gaze) % len(self._rows)]
        return float(np.linalg.norm(last[:3] - first[:3])) / ((self._gaze - 1) * self._dt)

    def force(self) -> Vector:
        """Contact force on the tip in world during the look, shape (3,) [N]; zero where it is not known."""
        self._look()
        force = self._mean[_FORCE:]
        return force if np.isfinite(force).all() else np.zeros(3)

    def error(self, view: OperatorView, end: Vector, hand: Vector) -> tuple[Vector, Vector]:
        """How far the tip will be from the target once the hand has come to rest.

        Args:
            view: The present view, for scale and frames.
            end: Where the hand will come to rest, shape (7,).
            hand: Where the hand means to be now, shape (7,).

        Returns:
            What the hand has to make up for, in the operator's frame: a displacement of the tip, shape (3,) [m], and a
            rotation vector, shape (3,) [rad]; both turned about where the hand moves the scene instead of the tip.
        """
        self._look()
        row, mean = self._rows[(self._newest + self._gaze) % len(self._rows)], self._mean
        ahead = self._target_velocity() * ((len(self._rows) - self._gaze) * self._dt + _LEAD_S)
        since = self._moved - mean[_MOVED:_FORCE] + end[:3] - hand[:3]
        from_world = view.sense * view.operator_from_world
        shift = from_world @ (row[_TARGET : _TARGET + 3] + ahead - mean[:3]) - view.scale * since
        turned, done = np.empty(3), np.empty(3)
        turn_between(row[_TIP + 3 : _TARGET], row[_TARGET + 3 : _TARGET + POSE_SIZE], turned)
        turn_between(row[_HAND:_MOVED], end[3:], done)
        # What the wrist has turned since was seen first, so the missing turn comes after it: R_missing = R_all R_done'.
        return shift, _after(from_world @ turned, done)

    def _target_velocity(self) -> Vector:
        """How the target moved during the look, shape (3,) [m/s]: where it will be is seen from it.

        One that leaps has no velocity that anybody could go by.
        """
        first = self._rows[(self._newest + 1) % len(self._rows)]
        last = self._rows[(self._newest + self._gaze) % len(self._rows)]
        velocity = (last[_TARGET : _TARGET + 3] - first[_TARGET : _TARGET + 3]) / ((self._gaze - 1) * self._dt)
        return velocity if float(np.linalg.norm(velocity)) < _LEAP_M_S else np.zeros(3)

    def _look(self) -> None:
        _mean_rows(self._rows, (self._newest + 1) % len(self._rows), self._gaze, self._mean)


@kernel
def _mean_rows(rows: Vector, first: int, count: int, out: Vector) -> None:
    """Mean of ``count`` rows of a ring from ``first`` on, shape (width,)."""
    for j in range(rows.shape[1]):
        out[j] = 0.0
    for i in range(count):
        row = rows[(first + i) % rows.shape[0]]
        for j in range(rows.shape[1]):
            out[j] += row[j]
    for j in range(rows.shape[1]):
        out[j] /= count


def _after(whole: Vector, part: Vector) -> Vector:
    """Rotation vector that remains of ``whole`` once ``part`` has been turned, both along fixed axes, shape (3,)."""
    start, rest = quaternion_from_rotation_vector(part), np.empty(3)
    turn_between(start, quaternion_from_rotation_vector(whole), rest)
    return rest
