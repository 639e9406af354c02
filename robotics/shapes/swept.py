"""Round wires: curved needles, threads, cables and hoses."""

from __future__ import annotations

import numpy as np

from robotics.contracts import Vector
from robotics.errors import ArgumentError
from robotics.mesh import Mesh
from robotics.shape_config import Tube
from robotics.shapes.surface import smooth, strips

SEGMENTS = 12
"""Facets around a wire."""
PIECES = 6
"""Pieces between two points of a path."""


def tube(shape: Tube) -> Mesh:
    """A wire along an arc or along points, its far end tapered to a point.

    Raises:
        ArgumentError: Neither an arc nor at least two points are given.
    """
    path = centreline(shape)
    step = np.linalg.norm(np.diff(path, axis=0), axis=1)
    along = np.concatenate(([0.0], np.cumsum(step)))
    left = along[-1] - along
    # A ground point is a slender ogive rather than a cone: full width at its shoulder, and a tangent meets there.
    share = np.clip(left / shape.point_m, 0.0, 1.0) if shape.point_m > 0 else np.ones_like(left)
    radius = shape.radius_m * np.maximum(1.0 - (1.0 - share) ** 1.6, 0.02)
    side, other = _frames(path)
    angle = np.arange(SEGMENTS) * (2 * np.pi / SEGMENTS)
    ring = side[:, None] * np.cos(angle)[None, :, None] + other[:, None] * np.sin(angle)[None, :, None]
    vertices = (path[:, None] + radius[:, None, None] * ring).reshape(-1, 3)
    n, last = len(path), (len(path) - 1) * SEGMENTS
    centre = len(vertices)
    vertices = np.concatenate([vertices, path[:1], path[-1:]])
    a = np.arange(SEGMENTS)
    b = (a + 1) % SEGMENTS
    caps = [
        np.column_stack([b, a, np.full(SEGMENTS, centre)]),
        np.column_stack([last + a, last + b, np.full(SEGMENTS, centre + 1)]),
    ]
    return smooth(vertices, np.concatenate([strips(n, SEGMENTS), *caps]), 50.0)


def centreline(shape: Tube) -> Vector:
    """Points along the middle of a wire, shape (n, 3) [m], dense towards a tapered end."""
    if shape.points_m:
        if len(shape.points_m) < 2:
            raise ArgumentError(f"points_m has {len(shape.points_m)} point; a wire needs at least 2")
        path = _through(np.asarray(shape.points_m, dtype=np.float64))
        return _refine_end(path, shape.point_m)
    if shape.arc_radius_m <= 0.0 or shape.arc_rad == 0.0:
        raise ArgumentError("a tube needs points_m, or arc_radius_m and arc_rad other than zero")
    pieces = max(4, int(np.ceil(abs(shape.arc_rad) / shape.step_rad)))
    angle = np.linspace(0.0, shape.arc_rad, pieces + 1)
    if shape.point_m > 0:
        start = shape.arc_rad - np.sign(shape.arc_rad) * min(shape.point_m / shape.arc_radius_m, abs(shape.arc_rad))
        point = start + (shape.arc_rad - start) * (1.0 - np.linspace(1.0, 0.0, 9) ** 1.5)
        angle = np.concatenate([angle[np.abs(angle) < abs(start) - 1e-9], point])
    return shape.arc_radius_m * np.column_stack([np.cos(angle), np.sin(angle), np.zeros_like(angle)])


def _through(points: Vector) -> Vector:
    """A centripetal-like Catmull-Rom curve through points; two points make a straight line."""
    if len(points) == 2:
        return points
    ends = np.concatenate([[2 * points[0] - points[1]], points, [2 * points[-1] - points[-2]]])
    t = np.linspace(0.0, 1.0, PIECES, endpoint=False)[:, None]
    pieces = []
    for p0, p1, p2, p3 in zip(ends, ends[1:], ends[2:], ends[3:], strict=False):
        pieces.append(
            0.5 * (2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3)
        )
    return np.concatenate([*pieces, points[-1:]])


def _refine_end(path: Vector, length: float) -> Vector:
    """Add points over the last ``length`` of a path, so that a taper has pieces to run over."""
    if length <= 0.0:
        return path
    along = np.concatenate(([0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))))
    start = max(along[-1] - length, 0.0)
    wanted = np.union1d(along, start + (along[-1] - start) * (1.0 - np.linspace(1.0, 0.0, 9) ** 1.5))
    return np.column_stack([np.interp(wanted, along, path[:, k]) for k in range(3)])


def _frames(path: Vector) -> tuple[Vector, Vector]:
    """Two unit vectors square to a path at each point, carried along without twist."""
    tangent = np.gradient(path, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    side = np.empty_like(path)
    seed = np.eye(3)[int(np.argmin(np.abs(tangent[0])))]
    for i, t in enumerate(tangent):
        seed = seed - t * (seed @ t)
        seed = seed / np.linalg.norm(seed)
        side[i] = seed
    return side, np.cross(tangent, side)
