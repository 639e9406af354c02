"""Props: the things that lie in a scene and may be moved, as rigid bodies built from simple shapes."""

from __future__ import annotations

import math
from typing import Annotated, Any

import numpy as np
import pybullet as pb
from msgspec import Meta

from robotics.chain import rpy_matrix
from robotics.config import Config
from robotics.contracts import Vector
from robotics.shape_config import Box, Capsule, Cylinder, Positive, Shape, Sphere, Triple

NAME = r"^[a-z][a-z0-9_]*$"


class Grasp(Config, frozen=True, kw_only=True):
    """Where jaws may take hold, in the prop's frame.

    Attributes:
        point_m: Where the jaws' point goes.
        along: Direction that the jaws lie along; they close across it. Only its horizontal part counts.
    """

    point_m: Triple
    along: Triple


class PropConfig(Config, frozen=True, kw_only=True):
    """A rigid thing.

    Attributes:
        parts: What it looks like.
        collisions: What it touches with: boxes, spheres, cylinders, capsules; the parts where left out. Standing on
            three small feet costs the solver a fraction of what flat faces do.
        mass_kg: Its mass.
        friction: Coulomb coefficient against steel jaws, and against a support of coefficient one.
        rolling_m: Coefficient of rolling friction [m]; what has flat walls does without, and every contact then takes
            the solver two rows less.
        crush_n: Pinch above which it is marked crushed [N].
        grasps: Where it may be taken.
        rest_m: Height of its frame above what it lies on.
    """

    parts: Annotated[tuple[Shape, ...], Meta(min_length=1)]
    collisions: tuple[Shape, ...] = ()
    mass_kg: Annotated[float, Meta(gt=0, le=1)]
    friction: Annotated[float, Meta(ge=0, le=2)]
    rolling_m: Annotated[float, Meta(ge=0, le=0.001)] = 1e-6
    crush_n: Positive
    grasps: Annotated[tuple[Grasp, ...], Meta(min_length=1)]
    rest_m: Annotated[float, Meta(ge=0, le=0.1)]

    def load(self, client: Any, xyz_m: Vector, quat_wxyz: Vector) -> int:
        """Put it into a world.

        Args:
            client: The PyBullet client.
            xyz_m: Where, in world, shape (3,) [m].
            quat_wxyz: Its orientation, shape (4,).

        Returns:
            PyBullet's number of the body.
        """
        body: int = load_parts(client, self.collisions or self.parts, self.mass_kg, xyz_m, quat_wxyz)
        client.changeDynamics(
            body,
            -1,
            lateralFriction=self.friction,
            # Flat jaws resist turning about the line between them, points of contact alone would not: two thirds of
            # the radius of a pad 3 mm wide, under uniform pressure.
            spinningFriction=1e-3,
            frictionAnchor=1,
            rollingFriction=self.rolling_m,
            linearDamping=0.2,
            angularDamping=0.2,
            activationState=pb.ACTIVATION_STATE_ENABLE_SLEEPING,  # what lies still costs nothing until it is touched
        )
        return body

    def pose(self, client: Any, body: int, out: Vector) -> None:
        """Write where its frame is in world into ``out``, shape (7,)."""
        position, quat = client.getBasePositionAndOrientation(body)
        out[:3] = position
        out[3], out[4], out[5], out[6] = quat[3], quat[0], quat[1], quat[2]

    def shapes(self) -> tuple[Shape, ...]:
        """What it looks like, in its frame."""
        return self.parts


def load_parts(client: Any, parts: tuple[Shape, ...], mass_kg: float, xyz_m: Vector, quat_wxyz: Vector) -> int:
    """Put shapes into a world as one body; those that PyBullet has no primitive for are only seen.

    Args:
        client: The PyBullet client.
        parts: The shapes, in the body's frame.
        mass_kg: Its mass; 0 for what never moves.
        xyz_m: Where, in world, shape (3,) [m].
        quat_wxyz: Its orientation, shape (4,).
    """
    rows: list[dict[str, Any]] = [row for part in parts if (row := _collision(part)) is not None]
    shape = -1
    if rows:
        shape = client.createCollisionShapeArray(
            shapeTypes=[row["type"] for row in rows],
            halfExtents=[row["half"] for row in rows],
            radii=[row["radius"] for row in rows],
            lengths=[row["length"] for row in rows],
            collisionFramePositions=[row["xyz"] for row in rows],
            collisionFrameOrientations=[row["quat"] for row in rows],
        )
    body: int = client.createMultiBody(
        baseMass=mass_kg,
        baseCollisionShapeIndex=shape,
        basePosition=np.asarray(xyz_m).tolist(),
        baseOrientation=[*quat_wxyz[1:], quat_wxyz[0]],
    )
    return body


def turned(angle: float) -> Vector:
    """Quaternion of a turn about world's z by ``angle`` [rad], shape (4,)."""
    return np.array([math.cos(0.5 * angle), 0.0, 0.0, math.sin(0.5 * angle)])


def _collision(part: Shape) -> dict[str, Any] | None:
    if not isinstance(part, Box | Sphere | Cylinder | Capsule):
        return None
    R, xyz = rpy_matrix(*part.rpy_rad), np.array(part.xyz_m)
    row: dict[str, Any] = {"half": [0.0, 0.0, 0.0], "radius": 0.0, "length": 0.0}
    if isinstance(part, Box):
        row |= {"type": pb.GEOM_BOX, "half": [0.5 * size for size in part.size_m]}
    elif isinstance(part, Sphere):
        row |= {"type": pb.GEOM_SPHERE, "radius": part.radius_m}
    else:
        # Ours start at z = 0, PyBullet's are centred.
        xyz = xyz + R[:, 2] * 0.5 * part.length_m
        kind = pb.GEOM_CAPSULE if isinstance(part, Capsule) else pb.GEOM_CYLINDER
        row |= {"type": kind, "radius": part.radius_m, "length": part.length_m}
    row["xyz"] = xyz.tolist()
    row["quat"] = list(pb.getQuaternionFromEuler(part.rpy_rad))
    return row
