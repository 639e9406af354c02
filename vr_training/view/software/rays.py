"""Rays for stills: soft shadows of the key light and ambient occlusion, with Open3D's Embree scene."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from robotics.contracts import Vector
from vr_training.view.software.compiled import exact
from vr_training.view.software.raster import NOTHING, Floats, Ids

PATTERN = 4
"""Pixels in 4 by 4 share their rays: each casts another set, and a filter joins them."""
SKY_RAYS = 4
LIGHT_RAYS = 4
LIGHT_RADIUS = 0.10
"""Radius of the key light as seen from the scene: its tangent, about the size of a surgical lamp at 2 m."""


def occluders(vertices: Floats, faces: NDArray[np.int32], threads: int) -> Any:
    """An Embree scene of triangles in the camera's frame."""
    import open3d as o3d

    scene = o3d.t.geometry.RaycastingScene(nthreads=threads)
    scene.add_triangles(_tensor(vertices), _tensor(faces.astype(np.uint32)))
    return scene


def visibility(
    scene: Any,
    threads: int,
    ids: Ids,
    inverse: Floats,
    factor: int,
    focal: float,
    points: Floats,
    normals: Floats,
    faces: Ids,
    to_light: Vector,
    reach: float,
) -> tuple[Floats, Floats]:
    """Share of the room and of the key light that each pixel's surface sees.

    Args:
        scene: From `occluders`.
        threads: Threads to cast with.
        ids: Face of each sample.
        inverse: Inverse depth of each sample [1/m].
        factor: Samples along a pixel's side; the first one speaks for the pixel.
        focal: Focal length [samples].
        points: Vertices in the camera's frame.
        normals: Normals in the camera's frame.
        faces: Vertex indices.
        to_light: Direction of the key light in the camera's frame, shape (3,).
        reach: How far an occluder may be to darken the room's light [m].

    Returns:
        Two pictures, float32 (height, width), in 0..1.
    """
    height, width = ids.shape[0] // factor, ids.shape[1] // factor
    origin, normal = np.zeros((height, width, 3), np.float32), np.zeros((height, width, 3), np.float32)
    _surface(ids, inverse, factor, focal, points, normals, faces, origin, normal)
    seen = normal.any(axis=2)
    rng = np.random.default_rng(0)
    sky = _hemisphere(rng)
    disc = _disc(rng)
    room, light = np.zeros((height, width), np.float32), np.zeros((height, width), np.float32)
    rays = np.empty((height, width, 6), np.float32)
    for i in range(SKY_RAYS):
        _sky_rays(origin, normal, sky[i], rays)
        hit = scene.test_occlusions(_tensor(rays[seen]), tfar=reach, nthreads=threads).numpy()
        room[seen] += np.float32(1.0) - hit
    side = np.cross(to_light, np.eye(3)[int(np.argmin(np.abs(to_light)))])
    side /= np.linalg.norm(side)
    other = np.cross(to_light, side)
    for i in range(LIGHT_RAYS):
        offset = disc[i][..., :1] * side + disc[i][..., 1:] * other
        tile = np.tile(to_light + LIGHT_RADIUS * offset, (height // PATTERN + 1, width // PATTERN + 1, 1))
        rays[..., :3], rays[..., 3:] = origin, tile[:height, :width]
        hit = scene.test_occlusions(_tensor(rays[seen]), nthreads=threads).numpy()
        light[seen] += np.float32(1.0) - hit
    out = np.empty_like(room), np.empty_like(light)
    _join(room * np.float32(1 / SKY_RAYS), light * np.float32(1 / LIGHT_RAYS), origin, normal, *out)
    return out


def _tensor(values: NDArray[Any]) -> Any:
    """An Open3D tensor that shares an array's memory."""
    import open3d as o3d

    return o3d.core.Tensor.from_numpy(np.ascontiguousarray(values))


def _hemisphere(rng: np.random.Generator) -> Vector:
    """Directions about +z with density by the cosine, stratified: shape (SKY_RAYS, PATTERN, PATTERN, 3)."""
    n = SKY_RAYS * PATTERN * PATTERN
    order = rng.permutation(n)
    radius = np.sqrt((np.arange(n) + 0.5) / n)[order]
    angle = (np.arange(n) * 2.399963)[order]
    z = np.sqrt(1.0 - radius**2)
    directions = np.stack([radius * np.cos(angle), radius * np.sin(angle), z], axis=-1)
    return directions.reshape(SKY_RAYS, PATTERN, PATTERN, 3)


def _disc(rng: np.random.Generator) -> Vector:
    """Points on the unit disc, shape (LIGHT_RAYS, PATTERN, PATTERN, 2)."""
    n = LIGHT_RAYS * PATTERN * PATTERN
    order = rng.permutation(n)
    radius, angle = np.sqrt((np.arange(n) + 0.5) / n)[order], (np.arange(n) * 2.399963)[order]
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=-1).reshape(LIGHT_RAYS, PATTERN, PATTERN, 2)


@exact
def _surface(
    ids: Ids,
    inverse: Floats,
    factor: int,
    focal: float,
    points: Floats,
    normals: Floats,
    faces: Ids,
    origin: Floats,
    normal: Floats,
) -> None:
    """Where each pixel's surface is and how it is turned, in the camera's frame; lifted off against self-shadowing."""
    height, width = origin.shape[:2]
    for row in range(height):
        for column in range(width):
            sy, sx = row * factor, column * factor
            f = ids[sy, sx]
            if f == NOTHING:
                continue
            z = 1.0 / inverse[sy, sx]
            dx, dy = (sx + 0.5 - ids.shape[1] * 0.5) / focal, (sy + 0.5 - ids.shape[0] * 0.5) / focal
            w = np.empty(3)
            n = np.zeros(3)
            for k in range(3):
                a, b = points[faces[f, (k + 1) % 3]], points[faces[f, (k + 2) % 3]]
                w[k] = max(
                    dx * (np.float64(b[1]) * a[2] - np.float64(b[2]) * a[1])
                    + dy * (np.float64(b[2]) * a[0] - np.float64(b[0]) * a[2])
                    + (np.float64(b[0]) * a[1] - np.float64(b[1]) * a[0]),
                    0.0,
                )
            for k in range(3):
                n += w[k] * normals[faces[f, k]]
            n /= np.sqrt(n[0] * n[0] + n[1] * n[1] + n[2] * n[2]) + 1e-30
            lift = 2e-4 * z
            origin[row, column, 0] = dx * z + n[0] * lift
            origin[row, column, 1] = dy * z + n[1] * lift
            origin[row, column, 2] = z + n[2] * lift
            for k in range(3):
                normal[row, column, k] = n[k]


@exact
def _sky_rays(origin: Floats, normal: Floats, pattern: Vector, rays: Floats) -> None:
    """One ray per pixel about its normal; neighbours within the pattern take another direction each."""
    height, width = origin.shape[:2]
    for row in range(height):
        for column in range(width):
            n = normal[row, column]
            d = pattern[row % PATTERN, column % PATTERN]
            # Orthonormal basis about n without branches at its poles: Duff et al. 2017.
            sign = 1.0 if n[2] >= 0.0 else -1.0
            a = -1.0 / (sign + n[2])
            b = n[0] * n[1] * a
            rays[row, column, 3] = (1.0 + sign * n[0] * n[0] * a) * d[0] + b * d[1] + n[0] * d[2]
            rays[row, column, 4] = sign * b * d[0] + (sign + n[1] * n[1] * a) * d[1] + n[1] * d[2]
            rays[row, column, 5] = -sign * n[0] * d[0] - n[1] * d[1] + n[2] * d[2]
            for k in range(3):
                rays[row, column, k] = origin[row, column, k]


@exact
def _join(room: Floats, light: Floats, origin: Floats, normal: Floats, room_out: Floats, light_out: Floats) -> None:
    """Average over the pattern, among neighbours that lie on the same surface."""
    height, width = room.shape
    for row in range(height):
        for column in range(width):
            n, p = normal[row, column], origin[row, column]
            near = 0.02 * p[2]
            a = b = count = 0.0
            for dr in range(-PATTERN // 2, PATTERN // 2):
                for dc in range(-PATTERN // 2, PATTERN // 2):
                    y, x = row + dr, column + dc
                    if not (0 <= y < height and 0 <= x < width):
                        continue
                    m, q = normal[y, x], origin[y, x]
                    if n[0] * m[0] + n[1] * m[1] + n[2] * m[2] < 0.8:
                        continue
                    off = (q[0] - p[0]) * n[0] + (q[1] - p[1]) * n[1] + (q[2] - p[2]) * n[2]
                    if abs(off) > near:
                        continue
                    a, b, count = a + room[y, x], b + light[y, x], count + 1.0
            room_out[row, column] = a / count if count > 0.0 else 1.0
            light_out[row, column] = b / count if count > 0.0 else 1.0
