"""Stations of a hand that leads a needle: where its tip should be, and whether it is there yet.

A hand goes from station to station in leaps of a few millimetres, looks whether it has arrived, and only then goes on.
Where the tip should be follows from where the needle should be, and from how it really lies in the jaws: a needle that
has turned in them is led back.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from robotics.contracts import Vector
from robotics.kernels.rotation import matrix_from_quaternion, quaternion_from_matrix

# Ours, from a CT-1 and from jaws 3 mm wide.
LOOK_S = 0.01
"""Between two thoughts [s]."""

AT_M = 0.0009
AT_RAD = 0.06
"""So near to a station counts as there."""

_DWELL_S = 0.22
_SHORT_M = 0.005  # up to here a station is not leapt to
_LEAPT_M = 0.0055  # what is meant to be leapt to lies as far off
_CREEP_M_S = 0.0012  # but crept


@dataclass(slots=True)
class Stand:
    """How things stand in a tick.

    Attributes:
        time: Time of the episode [s].
        tip: Measured tip in world, shape (7,).
        needle: Pose of the needle in world, shape (7,).
        held: Whether jaws hold it.
        resting: Whether it touches anything but the jaws.
        inside: Whether it is in the tissue.
        emerged: Whether its point has come out.
        out_m: Length of wire beyond the exit [m].
    """

    time: float
    tip: Vector
    needle: Vector
    held: bool
    resting: bool
    inside: bool
    emerged: bool
    out_m: float


class Stations:
    """Where the tip should be, one station after the other, and how far it still is from there."""

    def __init__(self) -> None:
        self._R_tip, self._R_needle = np.eye(3), np.eye(3)
        self._goal, self._asked = np.zeros(7), np.zeros(7)
        self._leap = True
        self._station_since = self._away_since = self._held_since = self._unheld_since = 0.0
        self._away_m = self._away_rad = math.inf

    def _see(self, now: Stand) -> None:
        """See where tip and needle are, since when it has been held, and how far the station is."""
        matrix_from_quaternion(now.tip[3:], self._R_tip)
        matrix_from_quaternion(now.needle[3:], self._R_needle)
        if now.held:
            self._unheld_since = now.time
        else:
            self._held_since = now.time
        self._away_m = float(np.linalg.norm(now.tip[:3] - self._goal[:3]))
        self._away_rad = 2.0 * math.acos(min(abs(float(now.tip[3:] @ self._goal[3:])), 1.0))

    def _with_needle_at(self, now: Stand, R: Vector, centre: Vector) -> None:
        """Ask for the tip that brings the needle there, as it now lies in the jaws."""
        R_move = R @ self._R_needle.T
        self._ask(R_move @ self._R_tip, centre + R_move @ (now.tip[:3] - now.needle[:3]))

    def _ask(self, R: Vector, place: Vector) -> None:
        self._goal[:3] = place
        quaternion_from_matrix(np.ascontiguousarray(R), self._goal[3:])

    def _leaps(self) -> bool:
        """Whether the station is far enough from what was asked last to be leapt to."""
        return float(np.linalg.norm(self._goal[:3] - self._asked[:3])) > _LEAPT_M

    def _move(self, target: Vector, looks: int) -> None:
        """Leap to a new station; creep where the present one is only corrected: an eye would follow each twitch.

        Where ticks are longer than the time between two looks, one stands for several.
        """
        gap = self._goal[:3] - self._asked[:3]
        size = float(np.linalg.norm(gap))
        if self._leap:
            self._asked[3:] = self._goal[3:]
        if self._leap and size > _SHORT_M:
            self._asked[:3] = self._goal[:3]
        elif size > 0.0:
            self._asked[:3] += gap * min(1.0, _CREEP_M_S * looks * LOOK_S / size)
        self._leap = False
        target[:] = self._asked

    def _station(self, now: Stand) -> None:
        self._station_since = self._away_since = now.time
        self._away_m = self._away_rad = math.inf  # of the new goal nothing has been seen yet
        self._leap = True

    def _arrived(self, now: Stand, metres: float = AT_M, radians: float = AT_RAD) -> bool:
        """Whether the tip has been at its station for a while: an eye and a hand need it to see that they are there."""
        if self._away_m > metres or self._away_rad > radians:
            self._away_since = now.time
        return now.time - self._away_since > _DWELL_S


def turned_by(a: Vector, b: Vector) -> float:
    """Angle between two orientations, each of shape (3, 3) [rad]."""
    cos = 0.5 * (float(np.sum(a * b)) - 1.0)
    return math.acos(min(max(cos, -1.0), 1.0))


def about(axis: Vector, angle: float) -> Vector:
    """Rotation about a unit axis, shape (3, 3)."""
    x, y, z = axis
    K = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    rotation: Vector = np.eye(3) + math.sin(angle) * K + (1.0 - math.cos(angle)) * (K @ K)
    return rotation
