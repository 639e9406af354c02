"""Flat-sided solids: bevelled boxes and extruded polygons."""

from __future__ import annotations

import math

import numpy as np

from robotics.contracts import Vector
from robotics.errors import ArgumentError
from robotics.mesh import Mesh
from robotics.shape_config import Box, Extrusion
from robotics.shapes.surface import Faces, smooth, strips

Point = tuple[float, float]


def box(shape: Box) -> Mesh:
    """A box whose edges and corners are rounded by its bevel."""
    half = np.asarray(shape.size_m) / 2
    b = min(shape.bevel_m, float(half.min()))
    # Position on each face, in units of the bevel; an edge gets twice as many facets as a face has steps.
    steps = 2 if b > 0.15 * float(half.min()) else 1
    run = np.tan(np.linspace(0.0, np.pi / 4, steps + 1)) if b > 0 else np.zeros(1)
    n = 2 * len(run)
    vertices: list[Vector] = []
    faces: list[Faces] = []
    for axis in range(3):
        u, v = (axis + 1) % 3, (axis + 2) % 3
        lines = [np.concatenate([-(half[k] - b) - b * run[::-1], half[k] - b + b * run]) for k in (u, v)]
        grid_u, grid_v = np.meshgrid(lines[0], lines[1], indexing="ij")
        for sign in (-1.0, 1.0):
            p = np.empty((n * n, 3))
            p[:, u], p[:, v], p[:, axis] = grid_u.ravel(), grid_v.ravel(), sign * half[axis]
            core = np.clip(p, -(half - b), half - b)
            away = p - core
            if b > 0:
                p = core + away * (b / np.linalg.norm(away, axis=1, keepdims=True))
            i, j = np.meshgrid(np.arange(n - 1), np.arange(n - 1), indexing="ij")
            a = (len(vertices) * n * n + i * n + j).ravel()
            quad = np.concatenate([np.column_stack([a, a + n, a + n + 1]), np.column_stack([a, a + n + 1, a + 1])])
            faces.append(quad if sign > 0 else quad[:, ::-1])
            vertices.append(p)
    points, welded = _weld(np.concatenate(vertices), np.concatenate(faces))
    return smooth(points, welded, 50.0)


def extrusion(shape: Extrusion) -> Mesh:
    """An extruded polygon with rounded edges at both ends, its far end scaled about the z axis.

    Raises:
        ArgumentError: The outline turns clockwise, or crosses itself.
    """
    outline = np.asarray(shape.outline_m, dtype=np.float64)
    area = _area(outline)
    if area <= 0.0:
        raise ArgumentError(f"outline_m turns clockwise (area {area:.3g} m2); it must turn counter-clockwise")
    n, half, b = len(outline), shape.length_m / 2, min(shape.bevel_m, shape.length_m / 2)
    turn = np.radians([0.0, 45.0, 90.0]) if b > 0 else np.zeros(1)
    inset, height = b * (1.0 - np.sin(turn)), b * (1.0 - np.cos(turn))
    rings = [(-half + h, d) for h, d in zip(height, inset, strict=True)]
    rings += [(half - h, d) for h, d in zip(height[::-1], inset[::-1], strict=True)]
    layers = []
    for z, d in rings:
        scale = 1.0 + (shape.taper - 1.0) * (z + half) / (2 * half)
        layers.append(np.column_stack([_inset(outline, d) * scale, np.full(n, z)]))
    cap = triangulate(_inset(outline, float(inset[0])))
    top = (len(rings) - 1) * n
    sides = strips(len(rings), n)
    # A cap is one flat surface however it was cut into triangles: it outweighs the bevel at each of its corners.
    extent = np.full(len(sides) + 2 * len(cap), 2.0 * abs(area))
    points = np.concatenate(layers)
    a, b, c = np.moveaxis(points[sides], 1, 0)
    extent[: len(sides)] = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    faces = np.concatenate([sides, cap[:, ::-1], cap + top])
    return smooth(points, faces, 50.0, extent=extent)


def triangulate(outline: Vector) -> Faces:
    """Cut a simple counter-clockwise polygon into triangles by clipping its ears.

    Args:
        outline: Corners, shape (n, 2).

    Returns:
        Triangles, counter-clockwise, shape (n - 2, 3).

    Raises:
        ArgumentError: No ear is left: the polygon crosses itself.
    """
    points = [(float(x), float(y)) for x, y in outline]
    left = list(range(len(points)))
    triangles: list[tuple[int, int, int]] = []
    ears: dict[int, float] = {}  # corners that can be cut off, and how round the piece is; such a corner stays one
    changed = set(left)
    while len(left) > 3:
        for k, corner in enumerate(left):
            if corner in changed or corner not in ears:
                ears.pop(corner, None)
                piece = (left[k - 1], corner, left[(k + 1) % len(left)])
                if _is_ear(points, left, piece):
                    ears[corner] = _roundness(*(points[i] for i in piece))
        if not ears:
            raise ArgumentError("the outline crosses itself; it must be a simple polygon")
        # The ear with the largest smallest side-to-area ratio comes first, which keeps slivers out of flat caps.
        best = max(range(len(left)), key=lambda k: ears.get(left[k], -math.inf))
        before, after = left[best - 1], left[(best + 1) % len(left)]
        triangles.append((before, left[best], after))
        del ears[left[best]], left[best]
        changed = {before, after}
    triangles.append((left[0], left[1], left[2]))
    return np.asarray(triangles, dtype=np.int64)


def _area(outline: Vector) -> float:
    x, y = outline[:, 0], outline[:, 1]
    return float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) / 2)


def _is_ear(points: list[Point], left: list[int], piece: tuple[int, int, int]) -> bool:
    a, b, c = (points[i] for i in piece)
    if _turn(a, b, c) <= 1e-15:
        return False
    rest = (points[i] for i in left if i not in piece)
    return not any(_turn(a, b, p) >= 0 and _turn(b, c, p) >= 0 and _turn(c, a, p) >= 0 for p in rest)


def _turn(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _roundness(a: Point, b: Point, c: Point) -> float:
    return _turn(a, b, c) / max(math.dist(a, b), math.dist(b, c), math.dist(c, a)) ** 2


def _inset(outline: Vector, distance: float) -> Vector:
    """Move every side of a counter-clockwise polygon inward; corners stay mitred up to twice the distance."""
    if distance == 0.0:
        return outline
    side = np.roll(outline, -1, axis=0) - outline
    inward = np.column_stack([-side[:, 1], side[:, 0]]) / np.linalg.norm(side, axis=1, keepdims=True)
    before = np.roll(inward, 1, axis=0)
    middle = inward + before
    middle /= np.maximum(np.linalg.norm(middle, axis=1, keepdims=True), 1e-9)
    reach = 1.0 / np.maximum(np.einsum("ij,ij->i", middle, inward), 0.5)
    moved: Vector = outline + middle * (distance * reach)[:, None]
    return moved


def _weld(vertices: Vector, faces: Faces) -> tuple[Vector, Faces]:
    """Merge vertices that lie at the same place."""
    key = np.round(vertices * 1e8).astype(np.int64)
    _, where, inverse = np.unique(key, axis=0, return_index=True, return_inverse=True)
    return vertices[where], inverse.ravel()[faces]
