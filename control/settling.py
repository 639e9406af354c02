"""Brings an arm that was let go to rest: a dry friction comes in where its owner does nothing.

Without it the least that is left over of a weight that is carried, of stretched tissue or of the drives' own friction
takes an arm along for as long as anybody waits. The friction is a spring that slips: it resists by a bounded torque,
gives no energy of its own, and whoever moves the arm moves it. Who pushes harder than it, in a spasm say, feels none.

Source:
    A spring that slips is the model of dry friction of Dahl 1968; all figures are ours.
"""

from __future__ import annotations

import math

import numpy as np

from robotics.contracts import Vector
from robotics.kernels.compiled import kernel

COMES_S = 1.0
"""Time over which the friction comes in [s]."""

GOES_S = 0.05
"""Time over which it goes where the patient pushes [s]."""

SLIP_RAD = 0.03
"""Way over which the spring is stretched before it slips [rad]."""


class Settling:
    """The friction of one arm.

    Args:
        most: Torque of each joint's friction, shape (n,) [Nm].
        dt: Control period [s].
    """

    def __init__(self, most: Vector, dt: float) -> None:
        self._most, self._dt = np.array(most, dtype=float), dt
        self._place, self._level = np.zeros(len(most)), np.zeros(len(most))

    def begin(self, q: Vector) -> None:
        """Let go of an arm where it is, joint positions of shape (n,) [rad]: there is no friction yet."""
        self._place[:], self._level[:] = q, 0.0

    def add(self, q: Vector, own: Vector, tau: Vector) -> None:
        """Add a tick of it.

        Args:
            q: Joint positions, shape (n,) [rad].
            own: What the patient exerts himself on each joint, shape (n,) [Nm].
            tau: Result: torques are added, shape (n,) [Nm].
        """
        settle(q, own, self._most, self._dt / COMES_S, self._dt / GOES_S, self._place, self._level, tau)


@kernel
def settle(
    q: Vector, own: Vector, most: Vector, comes: float, goes: float, place: Vector, level: Vector, tau: Vector
) -> None:
    """A tick of dry friction that comes and goes; all vectors of shape (n,).

    Args:
        q: Joint positions [rad].
        own: What the patient exerts himself [Nm].
        most: Torque of the friction [Nm].
        comes: Share of it by which it comes in a tick.
        goes: Share by which it goes.
        place: Where each spring holds; moved where it slips [rad].
        level: Share of the friction that is there, 0 to 1; moved.
        tau: Result: torques are added [Nm].
    """
    for j in range(q.shape[0]):
        if abs(own[j]) < most[j]:
            more = min(level[j] + comes, 1.0)
            if more > level[j]:  # a stronger spring is stretched less: it has no more energy than before
                place[j] = q[j] + (place[j] - q[j]) * math.sqrt(level[j] / more)
            level[j] = more
        else:
            level[j] = max(level[j] - goes, 0.0)
        place[j] = min(max(place[j], q[j] - SLIP_RAD), q[j] + SLIP_RAD)
        tau[j] += level[j] * most[j] * (place[j] - q[j]) / SLIP_RAD
