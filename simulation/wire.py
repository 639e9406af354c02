"""A bent wire that stands fast: a smooth curve of one length, drawn within limits, touched as a chain of capsules."""

from __future__ import annotations

import math
from typing import Annotated, Any

import numpy as np
from msgspec import Meta

from robotics.config import Config
from robotics.contracts import POSE_SIZE, Vector
from robotics.kernels.compiled import kernel
from robotics.kernels.rotation import quaternion_from_matrix
from robotics.shape_config import Capsule, NotNegative, Positive, Shape
from simulation.props import load_parts, turned

_DENSE = 400  # points that the curve is measured along
_MOST = 12  # capsules a body: PyBullet takes no more than sixteen shapes in one


class WireConfig(Config, frozen=True, kw_only=True):
    """A wire that runs from left to right, bends to either side and rises mildly.

    Attributes:
        radius_m: Radius of the wire.
        length_m: Its length along the curve.
        pieces: Straight pieces that it is made of, all alike.
        height_m: Height of its ends, in world.
        bend_m: It bends to either side by between half of this and this, once each way.
        bow_m: All of it bows to one side by up to this.
        rise_m: Its middle lies above or below its ends by up to this.
        friction: Coulomb coefficient of a thing of coefficient one on it.
    """

    radius_m: Positive
    length_m: Annotated[float, Meta(gt=0.02, le=0.2)]
    pieces: Annotated[int, Meta(ge=8, le=60)]
    height_m: Positive
    bend_m: NotNegative
    bow_m: NotNegative
    rise_m: NotNegative
    friction: Annotated[float, Meta(ge=0, le=2)]

    @property
    def piece_m(self) -> float:
        """Length of one piece [m]."""
        return self.length_m / self.pieces

    def draw(self, rng: np.random.Generator) -> Vector:
        """Ends of all pieces in world, shape (pieces + 1, 3), equally far apart along the curve."""
        bend = math.copysign(rng.uniform(0.5, 1.0) * self.bend_m, rng.uniform(-1.0, 1.0))
        bow = rng.uniform(-self.bow_m, self.bow_m)
        rise = rng.uniform(-self.rise_m, self.rise_m)
        u = np.linspace(0.0, 1.0, _DENSE)
        y = bend * np.sin(2.0 * math.pi * u) + bow * np.sin(math.pi * u)
        z = self.height_m + rise * np.sin(math.pi * u) ** 2
        # As wide as makes it as long as it is to be.
        narrow, wide = 0.0, self.length_m
        for _ in range(50):
            width = 0.5 * (narrow + wide)
            points = np.column_stack((width * (u - 0.5), y, z))
            along = np.concatenate(([0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))))
            narrow, wide = (width, wide) if along[-1] < self.length_m else (narrow, width)
        places = np.linspace(0.0, along[-1], self.pieces + 1)
        return np.column_stack([np.interp(places, along, points[:, k]) for k in range(3)])

    def shape(self, material: str) -> Capsule:
        """One piece, in its own frame: along z from its beginning."""
        return Capsule(material=material, radius_m=self.radius_m, length_m=self.piece_m)


class Wire:
    """A wire in a world.

    Args:
        client: The PyBullet client.
        config: The wire.
        ends: Ends of its pieces, from `WireConfig.draw`.

    Attributes:
        ends: The same, shape (pieces + 1, 3) [m].
        poses: Where each piece is in world, shape (pieces, 7).
        bodies: PyBullet's numbers of its bodies.
    """

    def __init__(self, client: Any, config: WireConfig, ends: Vector) -> None:
        self._client, self.ends = client, np.ascontiguousarray(ends)
        self.poses = np.zeros((len(ends) - 1, POSE_SIZE))
        shapes = list[Shape]()
        for pose, start, stop in zip(self.poses, ends[:-1], ends[1:], strict=True):
            pose[:3] = start
            along = (stop - start) / np.linalg.norm(stop - start)
            R = _along(along)
            quaternion_from_matrix(R, pose[3:])
            shapes.append(
                Capsule(
                    material="steel",
                    radius_m=config.radius_m,
                    length_m=float(np.linalg.norm(stop - start)),
                    xyz_m=(float(start[0]), float(start[1]), float(start[2])),
                    rpy_rad=(0.0, math.acos(min(max(along[2], -1.0), 1.0)), math.atan2(along[1], along[0])),
                )
            )
        self.bodies: tuple[int, ...] = tuple(
            load_parts(client, tuple(shapes[i : i + _MOST]), 0.0, np.zeros(3), turned(0.0))
            for i in range(0, len(shapes), _MOST)
        )
        for body in self.bodies:
            client.changeDynamics(body, -1, lateralFriction=config.friction)

    @property
    def length_m(self) -> float:
        """Length of it [m]."""
        return float(np.linalg.norm(np.diff(self.ends, axis=0), axis=1).sum())

    def nearest(self, point: Vector, where: Vector, tangent: Vector) -> float:
        """Length along it [m] at its point nearest to ``point``, shape (3,); writes point and tangent there."""
        return float(_nearest(self.ends, point, where, tangent))

    def at(self, along_m: float, where: Vector, tangent: Vector) -> None:
        """Write point and unit tangent at a length along it [m] into arrays of shape (3,)."""
        _at(self.ends, along_m, where, tangent)

    def pressing(self, body: int) -> float:
        """Normal force of a body on it [N]."""
        force = 0.0
        for own in self.bodies:
            for contact in self._client.getContactPoints(body, own):
                force += contact[9]
        return force


def _along(direction: Vector) -> Vector:
    """A rotation whose z lies along a direction, shape (3, 3)."""
    side = np.cross((0.0, 0.0, 1.0), direction)
    side = np.array([0.0, 1.0, 0.0]) if np.linalg.norm(side) < 1e-9 else side / np.linalg.norm(side)
    return np.ascontiguousarray(np.column_stack((np.cross(side, direction), side, direction)))


@kernel
def _nearest(ends: Vector, point: Vector, where: Vector, tangent: Vector) -> float:
    """Length along a chain of equal pieces at its point nearest to ``point``."""
    best, best_along, along = np.inf, 0.0, 0.0
    for k in range(ends.shape[0] - 1):
        square, dot = 0.0, 0.0
        for i in range(3):
            step = ends[k + 1, i] - ends[k, i]
            square += step * step
            dot += step * (point[i] - ends[k, i])
        share = min(max(dot / square, 0.0), 1.0)
        gap = 0.0
        for i in range(3):
            gap += (ends[k, i] + share * (ends[k + 1, i] - ends[k, i]) - point[i]) ** 2
        if gap < best:
            best, best_along = gap, along + share * np.sqrt(square)
        along += np.sqrt(square)
    _at(ends, best_along, where, tangent)
    return best_along


@kernel
def _at(ends: Vector, along: float, where: Vector, tangent: Vector) -> None:
    """Point at a length along a chain, and a tangent that turns evenly from the middle of one piece to the next."""
    n = ends.shape[0] - 1
    total = 0.0
    for i in range(3):
        total += (ends[1, i] - ends[0, i]) ** 2
    piece = np.sqrt(total)
    place = min(max(along / piece, 0.0), n - 1e-9)
    k = int(place)
    share = place - k
    other = min(max(k + (1 if share > 0.5 else -1), 0), n - 1)
    weight = abs(share - 0.5)
    square = 0.0
    for i in range(3):
        where[i] = ends[k, i] + share * (ends[k + 1, i] - ends[k, i])
        here, there = ends[k + 1, i] - ends[k, i], ends[other + 1, i] - ends[other, i]
        tangent[i] = (1.0 - weight) * here + weight * there
        square += tangent[i] ** 2
    for i in range(3):
        tangent[i] /= np.sqrt(square)
