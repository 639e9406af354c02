"""Solids of revolution: lathed profiles, cylinders, capsules and spheres."""

from __future__ import annotations

import numpy as np

from robotics.contracts import Vector
from robotics.mesh import Mesh
from robotics.shape_config import Capsule, Cylinder, Lathe, Sphere
from robotics.shapes.surface import Faces

ROUND_STEPS = 6
"""Facets of a quarter circle on a sphere or a capsule's end."""
RIM_STEPS = 2
"""Facets of a bevelled rim."""


def lathe(shape: Lathe) -> Mesh:
    """Turn a profile about z. Open ends are closed to the axis; a profile that returns to its start is a ring."""
    return turn(np.asarray(shape.profile_m, dtype=np.float64), shape.sharp_deg, shape.segments)


def cylinder(shape: Cylinder) -> Mesh:
    """A cylinder with rounded rims; the bevel is at most the radius and half the length."""
    r, length = shape.radius_m, shape.length_m
    b = min(shape.bevel_m, r, length / 2)
    if b == 0.0:
        return turn(np.array([(0, 0), (r, 0), (r, length), (0, length)], dtype=np.float64), 30.0, shape.segments)
    turn_by = np.linspace(0.0, np.pi / 2, RIM_STEPS + 1)
    lower = np.column_stack([r - b + b * np.sin(turn_by), b - b * np.cos(turn_by)])
    upper = np.column_stack([r - b + b * np.cos(turn_by), length - b + b * np.sin(turn_by)])
    return turn(np.concatenate([[(0.0, 0.0)], lower, upper, [(0.0, length)]]), 40.0, shape.segments)


def capsule(shape: Capsule) -> Mesh:
    """A cylinder with a half sphere at each end."""
    r, length = shape.radius_m, shape.length_m
    turn_by = np.linspace(0.0, np.pi / 2, ROUND_STEPS + 1)
    lower = np.column_stack([r * np.sin(turn_by), -r * np.cos(turn_by)])
    upper = np.column_stack([r * np.cos(turn_by), length + r * np.sin(turn_by)])
    return turn(np.concatenate([lower, upper]), 60.0, shape.segments)


def sphere(shape: Sphere) -> Mesh:
    """A sphere of latitudes and longitudes."""
    turn_by = np.linspace(0.0, np.pi, 2 * ROUND_STEPS + 1)
    profile = np.column_stack([shape.radius_m * np.sin(turn_by), -shape.radius_m * np.cos(turn_by)])
    return turn(profile, 60.0, shape.segments)


def turn(profile: Vector, sharp_deg: float, segments: int = 0) -> Mesh:
    """Turn a profile of (radius, z) about z.

    Args:
        profile: Points in order, shape (n, 2) [m]; either sense of turning.
        sharp_deg: Angle between neighbouring pieces from which their edge is kept [deg].
        segments: Facets around; by size where 0.
    """
    profile = _closed(profile)
    segments = segments or _facets(float(profile[:, 0].max()))
    step = np.diff(profile, axis=0)
    length = np.hypot(step[:, 0], step[:, 1])
    profile, step = profile[np.concatenate(([True], length > 1e-12))], step[length > 1e-12]
    outward = np.column_stack([step[:, 1], -step[:, 0]])
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    length = length[length > 1e-12]
    begin, end = _profile_normals(profile, outward, length, np.cos(np.radians(sharp_deg)))

    angle = np.arange(segments) * (2 * np.pi / segments)
    around = np.column_stack([np.cos(angle), np.sin(angle)])
    vertices, normals, faces, used = [], [], [], 0
    for i in range(len(step)):
        ring = np.stack([profile[i], profile[i + 1]])
        tilt = np.stack([begin[i], end[i]])
        vertices.append(_sweep(ring, around))
        normals.append(_sweep(tilt, around))
        a = used + np.arange(segments)
        b = used + (np.arange(segments) + 1) % segments
        if ring[0, 0] > 0:
            faces.append(np.column_stack([a, b, (b + segments) if ring[1, 0] > 0 else (a + segments)]))
        if ring[1, 0] > 0:
            faces.append(np.column_stack([a, b + segments, a + segments]))
        used += 2 * segments
    return _weld(np.concatenate(vertices), np.concatenate(normals), np.concatenate(faces))


def _closed(profile: Vector) -> Vector:
    """Close a profile to the axis unless it is a ring, running so that it turns outward."""
    profile = np.where(np.abs(profile) < 1e-12, 0.0, profile)
    ring = bool(np.allclose(profile[0], profile[-1]) and len(profile) > 3)
    if not ring:
        ends = [np.array([[0.0, p[1]]]) if p[0] > 0 else np.empty((0, 2)) for p in (profile[0], profile[-1])]
        profile = np.concatenate([ends[0], profile, ends[1]])
    r, z = profile[:, 0], profile[:, 1]
    area = np.sum(r * np.roll(z, -1) - np.roll(r, -1) * z)
    return profile if area > 0 else profile[::-1]


def _profile_normals(profile: Vector, outward: Vector, length: Vector, cosine: float) -> tuple[Vector, Vector]:
    """Normals at the begin and the end of each piece of a profile, split where it bends sharply."""
    begin, end = outward.copy(), outward.copy()
    n = len(outward)
    ring = np.allclose(profile[0], profile[-1])
    for i in range(n if ring else n - 1):
        j = (i + 1) % n
        if outward[i] @ outward[j] > cosine - 1e-9:
            # The longer piece is the flatter one: its normal prevails, as in weighting by face area.
            both = outward[i] * length[i] + outward[j] * length[j]
            end[i] = begin[j] = both / np.linalg.norm(both)
    return begin, end


def _sweep(points: Vector, around: Vector) -> Vector:
    """Turn (radius, z) pairs about z, shape (pairs * segments, 3)."""
    xy = points[:, None, 0:1] * around[None]
    z = np.broadcast_to(points[:, None, 1:2], (*xy.shape[:2], 1))
    return np.concatenate([xy, z], axis=2).reshape(-1, 3)


def _weld(vertices: Vector, normals: Vector, faces: Faces) -> Mesh:
    """Merge vertices that agree in place and normal, and drop those that no face names."""
    key = np.round(np.column_stack([vertices * 1e7, normals * 4096.0])).astype(np.int64)
    _, where, inverse = np.unique(key, axis=0, return_index=True, return_inverse=True)
    used, compact = np.unique(inverse.ravel()[faces], return_inverse=True)
    where = where[used]
    return Mesh(
        vertices=vertices[where].astype(np.float32),
        normals=normals[where].astype(np.float32),
        faces=compact.reshape(-1, 3).astype(np.uint32),
    )


def _facets(radius: float) -> int:
    """Facets around a solid: fewer on the small parts, of which there are many."""
    if radius < 0.0025:
        return 16
    return 24 if radius < 0.02 else 36
