"""Minimum-jerk moves: how an unhindered hand gets from rest to rest.

Source:
    Flash and Hogan 1985, The coordination of arm movements, J. Neuroscience 5(7): appendix A, the fifth-order
    polynomial that minimizes the integral of squared jerk.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from robotics.contracts import Vector
from robotics.errors import ArgumentError
from robotics.kernels.compiled import kernel
from robotics.kernels.rotation import matrix_from_rotation_vector, rotation_between

PEAK_VELOCITY = 1.875
"""Peak velocity of a move over ``distance / duration``: 15/8, halfway."""

PEAK_ACCELERATION = 10.0 / math.sqrt(3.0)
"""Peak acceleration of a move over ``distance / duration**2``: 5.7735, at (3 - sqrt 3)/6 of the time."""


@kernel
def blend(share: float) -> tuple[float, float, float]:
    """Share of the way covered after a share of the time, ``10 s^3 - 15 s^4 + 6 s^5``.

    Args:
        share: Time since the start over the duration; clamped to [0, 1].

    Returns:
        Share of the way, its first and its second derivative by ``share``.
    """
    s = min(max(share, 0.0), 1.0)
    rest = 1.0 - s
    return (
        s * s * s * (10.0 + s * (6.0 * s - 15.0)),
        30.0 * s * s * rest * rest,
        60.0 * s * rest * (1.0 - 2.0 * s),
    )


def shortest_duration(distance: float, velocity: float, acceleration: float = math.inf) -> float:
    """Duration of the quickest minimum-jerk move that keeps within a peak velocity and acceleration [s].

    Args:
        distance: Length of the move [m or rad].
        velocity: Largest velocity allowed, above zero.
        acceleration: Largest acceleration allowed, above zero.

    Raises:
        ArgumentError: A limit is not above zero, or the distance is negative or not finite.
    """
    if not (velocity > 0.0 and acceleration > 0.0):
        raise ArgumentError(f"limits must be above zero; velocity is {velocity}, acceleration {acceleration}")
    if not (math.isfinite(distance) and distance >= 0.0):
        raise ArgumentError(f"distance must be finite and not negative, is {distance}")
    return max(PEAK_VELOCITY * distance / velocity, math.sqrt(PEAK_ACCELERATION * distance / acceleration))


class MinimumJerkMove:
    """A straight minimum-jerk move from rest to rest, of a scalar or a vector.

    Args:
        start: Where it starts, shape (n,) or a number, which counts as n = 1.
        goal: Where it ends, of the same shape.
        duration: How long it takes [s], above zero.

    Raises:
        ArgumentError: The shapes differ, a value is not finite, or the duration is not above zero.
    """

    def __init__(self, start: ArrayLike, goal: ArrayLike, duration: float) -> None:
        self.start = np.atleast_1d(np.array(start, dtype=np.float64))
        self.goal = np.atleast_1d(np.array(goal, dtype=np.float64))
        self.duration = _checked_duration(duration)
        if self.start.ndim != 1 or self.start.shape != self.goal.shape:
            raise ArgumentError(f"start has shape {self.start.shape}, goal {self.goal.shape}; both must be (n,)")
        if not (np.isfinite(self.start).all() and np.isfinite(self.goal).all()):
            raise ArgumentError(f"start {self.start} and goal {self.goal} must be finite")
        self._way = self.goal - self.start
        self._x, self._dx, self._ddx = np.empty((3, len(self._way)))

    def at(self, time: float) -> tuple[Vector, Vector, Vector]:
        """Position, velocity and acceleration, each of shape (n,), valid until the next call.

        Args:
            time: Time since the start [s]; at rest before it and after the end.
        """
        share, rate, change = blend(time / self.duration)
        if share < 1.0:
            np.multiply(self._way, share, out=self._x)
            self._x += self.start
        else:
            self._x[:] = self.goal
        np.multiply(self._way, rate / self.duration, out=self._dx)
        np.multiply(self._way, change / self.duration**2, out=self._ddx)
        return self._x, self._dx, self._ddx


class MinimumJerkPoseMove:
    """A minimum-jerk move of a pose: straight for the position, about one fixed axis for the orientation.

    The orientation follows the geodesic of SO(3), the shorter way round, in step with the position.

    Args:
        T_base_start: Pose at the start, shape (4, 4).
        T_base_goal: Pose at the end, shape (4, 4).
        duration: How long it takes [s], above zero.

    Raises:
        ArgumentError: A pose is not (4, 4) or not finite, or the duration is not above zero.
    """

    def __init__(self, T_base_start: ArrayLike, T_base_goal: ArrayLike, duration: float) -> None:
        self.T_base_start = np.array(T_base_start, dtype=np.float64)
        self.T_base_goal = np.array(T_base_goal, dtype=np.float64)
        self.duration = _checked_duration(duration)
        for name, T in (("T_base_start", self.T_base_start), ("T_base_goal", self.T_base_goal)):
            if T.shape != (4, 4) or not np.isfinite(T).all():
                raise ArgumentError(f"{name} must be a finite (4, 4) pose, has shape {T.shape}")
        self._way = np.empty(6)
        self._way[:3] = self.T_base_goal[:3, 3] - self.T_base_start[:3, 3]
        rotation_between(self.T_base_start, self.T_base_goal, self._way[3:])
        self._T, self._twist, self._acceleration = np.eye(4), np.empty(6), np.empty(6)
        self._turn, self._R = np.empty(3), np.empty((3, 3))

    @property
    def distance(self) -> float:
        """Length of the path of the position [m]."""
        return float(np.linalg.norm(self._way[:3]))

    @property
    def angle(self) -> float:
        """Angle turned [rad], in [0, pi]."""
        return float(np.linalg.norm(self._way[3:]))

    def at(self, time: float) -> tuple[Vector, Vector, Vector]:
        """Pose, twist and its derivative, valid until the next call.

        Args:
            time: Time since the start [s]; at rest before it and after the end.

        Returns:
            ``T_base_tip``, shape (4, 4); twist, linear first, along base axes, shape (6,) [m/s, rad/s]; its time
            derivative, shape (6,).
        """
        share, rate, change = blend(time / self.duration)
        np.multiply(self._way, rate / self.duration, out=self._twist)
        np.multiply(self._way, change / self.duration**2, out=self._acceleration)
        if share < 1.0:
            _pose_along(self.T_base_start, self._way, share, self._turn, self._R, self._T)
        else:
            self._T[:] = self.T_base_goal
        return self._T, self._twist, self._acceleration


@kernel
def _pose_along(T_base_start: Vector, way: Vector, share: float, turn: Vector, R: Vector, T_base_tip: Vector) -> None:
    """The pose after a share of a straight and turning way: ``exp(share w) @ R_start`` for the rotation."""
    for k in range(3):
        turn[k] = share * way[3 + k]
    matrix_from_rotation_vector(turn, R)
    for row in range(3):
        for column in range(3):
            T_base_tip[row, column] = (
                R[row, 0] * T_base_start[0, column]
                + R[row, 1] * T_base_start[1, column]
                + R[row, 2] * T_base_start[2, column]
            )
        T_base_tip[row, 3] = T_base_start[row, 3] + share * way[row]


def _checked_duration(duration: float) -> float:
    if not (math.isfinite(duration) and duration > 0.0):
        raise ArgumentError(f"duration must be above zero, is {duration} s")
    return float(duration)
