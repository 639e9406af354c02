"""One pass of a suture: the plane and the circle along which a needle goes from one mark to the other."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from robotics.contracts import Vector


@dataclass(frozen=True)
class Plan:
    """One pass: the plane and the circle that the needle goes along.

    Attributes:
        centre: Of the circle, in world, shape (3,).
        across: From entry to exit, unit, shape (3,).
        up: In the needle's plane, unit, shape (3,).
        normal: Where the jaws point, unit, shape (3,).
        half_rad: Half of the arc that lies in the tissue.
        radius: Of the circle [m].
    """

    centre: Vector
    across: Vector
    up: Vector
    normal: Vector
    half_rad: float
    radius: float

    @staticmethod
    def through(entry: Vector, exit_: Vector, radius: float, tilt_rad: float) -> Plan:
        """The circle of a radius through both marks, in a plane that leans by an angle."""
        chord = exit_ - entry
        length = float(np.linalg.norm(chord))
        across = chord / length
        level = np.array([-across[1], across[0], 0.0])
        z = np.array([0.0, 0.0, 1.0])
        up = math.cos(tilt_rad) * z + math.sin(tilt_rad) * level
        normal = math.cos(tilt_rad) * level - math.sin(tilt_rad) * z
        height = math.sqrt(radius**2 - 0.25 * length**2)
        centre = 0.5 * (entry + exit_) + height * up
        return Plan(centre, across, up, normal, math.asin(0.5 * length / radius), radius)

    def needle(self, point_rad: float, lift_m: float = 0.0) -> tuple[Vector, Vector]:
        """Orientation, shape (3, 3), and centre of a half circle whose point is at an angle from the lowest place."""
        middle = point_rad - 0.5 * math.pi
        x = math.sin(middle) * self.across - math.cos(middle) * self.up
        z = -self.normal
        R = np.stack([x, np.cross(z, x), z], axis=1)
        return R, self.centre + np.array([0.0, 0.0, lift_m])

    def angle(self, R: Vector) -> float:
        """Where the point of a needle of this orientation stands, within a turn about half a turn [rad]."""
        y = R[:, 1]  # along the wire at the middle, and towards the point from the centre
        angle = math.atan2(float(y @ self.across), -float(y @ self.up))
        return angle if angle > -0.5 * math.pi else angle + 2.0 * math.pi
