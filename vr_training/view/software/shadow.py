"""The key light's shadow map, fitted to what the camera sees so that its texels are spent where they show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from robotics.contracts import Vector
from vr_training.view.cameras import look_at
from vr_training.view.software.raster import Floats, parallel, place

KEY_DIRECTION = np.array([0.42, -0.38, 1.0]) / np.linalg.norm([0.42, -0.38, 1.0])
"""From where the key light shines, in world."""
SOFTNESS = 0.006
"""Half width of a shadow's edge, as a share of the map."""


@dataclass(frozen=True)
class ShadowMap:
    """What the key light sees.

    Attributes:
        depth: Distance along the light of the first casting surface, float32 (size, size) [m].
        left: x of the left border in the light's frame [m].
        top: y of the upper border [m].
        per_metre: Texels per metre.
    """

    depth: Floats
    left: float
    top: float
    per_metre: float


def light_frame() -> Vector:
    """T_world_light, shape (4, 4): the light shines along its +z."""
    return look_at(KEY_DIRECTION, np.zeros(3), np.array([0.0, 1.0, 0.0]))


def seen_points(inverse: Floats, focal: float, stride: int) -> Vector:
    """Points in the camera's frame that a coarse grid of samples sees, shape (n, 3) [m]."""
    rows, columns = np.arange(stride // 2, inverse.shape[0], stride), np.arange(stride // 2, inverse.shape[1], stride)
    value = inverse[np.ix_(rows, columns)].astype(np.float64)
    seen = value > 0.0
    z = 1.0 / np.where(seen, value, 1.0)
    x = (columns[None, :] + 0.5 - inverse.shape[1] / 2) / focal * z
    y = (rows[:, None] + 0.5 - inverse.shape[0] / 2) / focal * z
    points: Vector = np.stack([x, y, z], axis=-1)[seen]
    return points


def cast(
    seen: Vector,
    light_from_camera: Vector,
    vertices: Floats,
    vertex_start: NDArray[np.int64],
    rotation: Vector,
    translation: Vector,
    faces: NDArray[np.int32],
    face_body: NDArray[np.int32],
    casts: NDArray[np.bool_],
    last: int,
    scratch: Floats,
    depth: Floats,
) -> ShadowMap:
    """Draw the shadow map around the points that are seen.

    Args:
        seen: Points in the camera's frame, shape (n, 3).
        light_from_camera: Shape (3, 4).
        vertices: In their bodies' frames.
        vertex_start: First vertex of each body.
        rotation: Of bodies in the light's frame.
        translation: Of bodies in the light's frame.
        faces: Vertex indices.
        face_body: Body of each face.
        casts: Which bodies cast a shadow.
        last: One past the last face that may.
        scratch: Where to put the vertices, float32 (v, 3).
        depth: Where to put the map, float32 (size, size).
    """
    size = len(depth)
    points = seen @ light_from_camera[:, :3].T + light_from_camera[:, 3]
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    # The side grows in steps and the corner sits on a texel, so that shadows do not swim while things move.
    side = 2.0 ** (np.ceil(4.0 * np.log2(1.06 * float((high - low).max()) + 1e-4)) / 4.0)
    per_metre = size / side
    corner = np.floor(((low + high) / 2 - side / 2) * per_metre) / per_metre
    place(vertices, vertex_start, rotation, translation, scratch)
    depth.fill(np.inf)
    parallel(scratch, faces, face_body, casts, last, float(corner[0]), float(corner[1]), per_metre, depth)
    return ShadowMap(depth, float(corner[0]), float(corner[1]), per_metre)
