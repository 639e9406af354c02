"""A scene as flat arrays: every triangle of every body, in the order in which the kernels want them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vr_training.stream.messages import Body, SceneMessage, array
from vr_training.view.materials import linear

SRGB_TO_LINEAR = linear(np.arange(256) / 255.0).astype(np.float32)


@dataclass(frozen=True)
class Geometry:
    """All bodies of a scene.

    Attributes:
        vertices: In the frame of their body, float32 (v, 3) [m].
        normals: float32 (v, 3), unit.
        albedo: Linear RGB of each vertex, float32 (v, 3).
        faces: int32 (f, 3): solid bodies that never move, solid ones that do, translucent ones.
        face_body: Body of each face, int32 (f,).
        vertex_start: First vertex of each body, and one past the last, int64 (bodies + 1,).
        still: Number of faces of solid bodies that never move.
        solid: Number of faces of all solid bodies; those behind belong to translucent ones.
        moves: Whether each body's pose changes, bool (bodies,); a translucent one counts as if it did.
        casts: Whether each body casts a shadow, bool (bodies,).
        surface: Roughness, metallic, opacity and clearcoat of each body, float32 (bodies, 4).
    """

    vertices: NDArray[np.float32]
    normals: NDArray[np.float32]
    albedo: NDArray[np.float32]
    faces: NDArray[np.int32]
    face_body: NDArray[np.int32]
    vertex_start: NDArray[np.int64]
    still: int
    solid: int
    moves: NDArray[np.bool_]
    casts: NDArray[np.bool_]
    surface: NDArray[np.float32]


def geometry(scene: SceneMessage) -> Geometry:
    """Lay a scene out flat."""
    bodies = scene.bodies
    counts = [len(b.vertices) // 12 for b in bodies]
    start = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    faces = [array(b.faces, "<u4", -1, 3).astype(np.int32) + np.int32(start[i]) for i, b in enumerate(bodies)]
    owner = [np.full(len(f), i, dtype=np.int32) for i, f in enumerate(faces)]
    clear = [i for i, b in enumerate(bodies) if b.material.opacity < 1.0]
    still = [i for i, b in enumerate(bodies) if not b.moving and i not in clear]
    moving = [i for i, b in enumerate(bodies) if b.moving and i not in clear]
    order = still + moving + clear
    return Geometry(
        vertices=_stack([array(b.vertices, "<f4", -1, 3) for b in bodies]),
        normals=_stack([array(b.normals, "<f4", -1, 3) for b in bodies]),
        albedo=_stack([_albedo(b, n) for b, n in zip(bodies, counts, strict=True)]),
        faces=np.concatenate([np.empty((0, 3), np.int32), *(faces[i] for i in order)]),
        face_body=np.concatenate([np.empty(0, np.int32), *(owner[i] for i in order)]),
        vertex_start=start,
        still=sum(len(faces[i]) for i in still),
        solid=sum(len(faces[i]) for i in still + moving),
        moves=np.array([i not in still for i in range(len(bodies))], dtype=np.bool_),
        casts=np.array([b.casts_shadow and b.material.opacity >= 1.0 for b in bodies], dtype=np.bool_),
        surface=np.array(
            [(b.material.roughness, b.material.metallic, b.material.opacity, b.material.clearcoat) for b in bodies],
            dtype=np.float32,
        ).reshape(-1, 4),
    )


def _albedo(body: Body, count: int) -> NDArray[np.float32]:
    if body.colours:
        return _linear(body.colours)
    return np.tile(np.asarray(body.material.colour, dtype=np.float32), (count, 1))


def _linear(colours: bytes) -> NDArray[np.float32]:
    table: NDArray[np.float32] = SRGB_TO_LINEAR[np.frombuffer(colours, np.uint8).reshape(-1, 3)]
    return table


def _stack(parts: Sequence[NDArray[Any]]) -> NDArray[np.float32]:
    stacked: NDArray[np.float32] = np.concatenate([np.empty((0, 3), np.float32), *parts]).astype(np.float32)
    return stacked
