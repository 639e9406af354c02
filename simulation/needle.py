"""A curved surgical needle as a body of its own: an arc of capsules, with the inertia that such a wire has."""

from __future__ import annotations

import math
from typing import Annotated, Any

import numpy as np
import pybullet as pb
from msgspec import Meta

from robotics.config import Config
from robotics.contracts import Vector
from robotics.shape_config import Shape, Tube
from simulation.props import Grasp

SEGMENTS = 12
"""Capsules along the arc: chords within 1 % of the radius for a half circle."""

THINNER = 0.9
"""Radius of these capsules over the wire's."""


class NeedleConfig(Config, frozen=True, kw_only=True):
    """A curved needle.

    Attributes:
        radius_m: Radius of the arc [m].
        arc_deg: Angle of the arc [deg].
        wire_radius_m: Radius of the wire [m].
        density_kg_m3: Of the steel [kg/m^3].
        friction: Of steel on tissue and jaws.
        rolling_m: Moment over normal force with which a contact resists rolling: of jaws that are profiled or wide [m].
        spinning_m: The same for turning about the normal [m].
        grasp_share: Where it is to be grasped, as a share of the arc from the swaged end.
        second_share: Where a second arm may grasp it; None where one arm alone has to do with it.
        point_m: Length of the taper [m].
        crush_n: Pinch above which the wire counts as bent or the jaws as blunted [N].
    """

    radius_m: Annotated[float, Meta(gt=0.002, le=0.03)]
    arc_deg: Annotated[float, Meta(gt=30, le=270)] = 180.0
    wire_radius_m: Annotated[float, Meta(gt=0.0001, le=0.002)]
    density_kg_m3: Annotated[float, Meta(gt=0)] = 7900.0
    friction: Annotated[float, Meta(ge=0, le=2)] = 0.5
    rolling_m: Annotated[float, Meta(ge=0, le=0.01)] = 1e-6
    spinning_m: Annotated[float, Meta(ge=0, le=0.01)] = 1e-6
    grasp_share: Annotated[float, Meta(ge=0, le=1)] = 0.35
    second_share: Annotated[float, Meta(ge=0, le=1)] | None = None
    point_m: Annotated[float, Meta(ge=0)] = 0.004
    crush_n: Annotated[float, Meta(gt=0)] = 40.0

    @property
    def arc_rad(self) -> float:
        """Angle of the arc [rad]."""
        return math.radians(self.arc_deg)

    @property
    def mass_kg(self) -> float:
        """Mass of the wire [kg]."""
        return self.density_kg_m3 * math.pi * self.wire_radius_m**2 * self.radius_m * self.arc_rad

    def point_on_arc(self, share: float) -> tuple[Vector, Vector]:
        """Point and unit tangent at a share of the arc, in the needle's frame: the arc's centre, arc in x-y."""
        angle = (share - 0.5) * self.arc_rad
        point = self.radius_m * np.array([math.cos(angle), math.sin(angle), 0.0])
        return point, np.array([-math.sin(angle), math.cos(angle), 0.0])

    @property
    def grasps(self) -> tuple[Grasp, ...]:
        """Where it is to be taken: jaws across the wire."""
        return tuple(self._grasp(share) for share in (self.grasp_share, self.second_share) if share is not None)

    def _grasp(self, share: float) -> Grasp:
        point, tangent = self.point_on_arc(share)
        x, y, z = point.tolist()
        u, v, w = tangent.tolist()
        return Grasp(point_m=(x, y, z), along=(u, v, w))

    @property
    def rest_m(self) -> float:
        """Height of its frame above what it lies on [m]."""
        return self.wire_radius_m

    def shapes(self) -> tuple[Shape, ...]:
        """What it looks like, in its frame."""
        return (self.shape("needle"),)

    def shape(self, material: str) -> Tube:
        """What it looks like, in its own frame: the arc's middle lies on x."""
        return Tube(
            material=material,
            radius_m=self.wire_radius_m,
            arc_radius_m=self.radius_m,
            arc_rad=self.arc_rad,
            point_m=self.point_m,
            rpy_rad=(0.0, 0.0, -0.5 * self.arc_rad),
        )

    @property
    def centre_of_mass_m(self) -> float:
        """Distance of the wire's centre of mass from the arc's centre, along x [m]."""
        half = 0.5 * self.arc_rad
        return self.radius_m * math.sin(half) / half

    def load(self, client: Any, xyz_m: Vector, quat_wxyz: Vector, bare_m: float = 0.0) -> int:
        """Put the needle into a world.

        Args:
            client: The PyBullet client.
            xyz_m: The arc's centre in world, shape (3,) [m].
            quat_wxyz: Its orientation, shape (4,).
            bare_m: Length of the point that PyBullet lets through everything: forces of our own act on it.

        Returns:
            PyBullet's number of the body; its base frame is the needle's frame.
        """
        touched = self.arc_rad - bare_m / self.radius_m
        angles = (np.arange(SEGMENTS + 1) / SEGMENTS * (touched / self.arc_rad) - 0.5) * self.arc_rad
        ends = self.radius_m * np.stack([np.cos(angles), np.sin(angles), np.zeros(SEGMENTS + 1)], axis=1)
        offset = np.array([self.centre_of_mass_m, 0.0, 0.0])
        middles = 0.5 * (ends[1:] + ends[:-1]) - offset
        length = float(np.linalg.norm(ends[1] - ends[0]))
        headings = 0.5 * (angles[1:] + angles[:-1])
        # A capsule's axis is z: lay it along the tangent, which stands at 90 degrees to the heading.
        turns = [pb.getQuaternionFromEuler((-math.pi / 2, 0.0, float(heading))) for heading in headings]
        # It lies on three points, as any wire does that is not quite flat: twelve would cost the solver four times as
        # much.
        feet = ends[[0, SEGMENTS // 2, SEGMENTS]] - offset
        shape = client.createCollisionShapeArray(
            shapeTypes=[pb.GEOM_CAPSULE] * SEGMENTS + [pb.GEOM_SPHERE] * len(feet),
            radii=[THINNER * self.wire_radius_m] * SEGMENTS + [self.wire_radius_m] * len(feet),
            lengths=[length] * SEGMENTS + [0.0] * len(feet),
            collisionFramePositions=[*middles.tolist(), *feet.tolist()],
            collisionFrameOrientations=[*turns, *[(0.0, 0.0, 0.0, 1.0)] * len(feet)],
        )
        R = np.array(pb.getMatrixFromQuaternion([*quat_wxyz[1:], quat_wxyz[0]])).reshape(3, 3)
        body: int = client.createMultiBody(
            baseMass=self.mass_kg,
            baseCollisionShapeIndex=shape,
            basePosition=(xyz_m + R @ offset).tolist(),
            baseOrientation=[*quat_wxyz[1:], quat_wxyz[0]],
        )
        xx, yy, zz = self._inertia()
        client.changeDynamics(
            body,
            -1,
            mass=self.mass_kg,  # given an inertia alone, PyBullet takes a rigid body's mass away
            lateralFriction=self.friction,
            rollingFriction=self.rolling_m,
            spinningFriction=self.spinning_m,
            frictionAnchor=1,
            linearDamping=0.5,
            angularDamping=0.5,
            localInertiaDiagonal=(xx, yy, zz),
            ccdSweptSphereRadius=0.5 * self.wire_radius_m,
        )
        return body

    def pose(self, client: Any, body: int, out: Vector) -> None:
        """Write where the arc's centre is in world into ``out``, shape (7,)."""
        position, quat = client.getBasePositionAndOrientation(body)
        R = pb.getMatrixFromQuaternion(quat)
        offset = self.centre_of_mass_m
        for i in range(3):
            out[i] = position[i] - R[3 * i] * offset
        out[3], out[4], out[5], out[6] = quat[3], quat[0], quat[1], quat[2]

    def _inertia(self) -> tuple[float, float, float]:
        """Principal moments of a thin arc about its centre of mass [kg m^2]."""
        m, r, a = self.mass_kg, self.radius_m, self.arc_rad
        xx = 0.5 * m * r * r * (1.0 - math.sin(a) / a)
        yy = 0.5 * m * r * r * (1.0 + math.sin(a) / a) - m * self.centre_of_mass_m**2
        return xx, yy, xx + yy
