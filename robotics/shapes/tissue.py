"""A slab of tissue: uneven, rounded, mottled, with faint vessels under its surface."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from robotics.contracts import Vector
from robotics.mesh import Mesh
from robotics.shape_config import Pad
from robotics.shapes.surface import Faces, smooth

SPACING_M = 0.0011
"""Distance of surface points [m]: fine enough for mottling and vessels in vertex colours."""
MOST_POINTS = 96
"""Most points along one side."""
PALE = np.array([0.74, 0.42, 0.38])
"""sRGB of tissue with little blood."""
DEEP = np.array([0.62, 0.24, 0.23])
"""sRGB of tissue with much blood."""
VESSEL = np.array([0.40, 0.09, 0.15])
"""sRGB of veins under the surface."""
FAT = np.array([0.80, 0.60, 0.42])
"""sRGB of fat that shines through."""


def pad(shape: Pad) -> Mesh:
    """A tissue pad whose top lies at z = 0 on average."""
    rng = np.random.default_rng(shape.seed)
    size = np.asarray(shape.size_m)
    nx, ny = (int(np.clip(np.ceil(size[k] / SPACING_M) + 1, 12, MOST_POINTS)) for k in (0, 1))
    edge = min(0.35 * float(size[2]), 0.12 * float(size[:2].min()))
    x = _stations(float(size[0]), nx, edge)
    y = _stations(float(size[1]), ny, edge)
    gx, gy = np.meshgrid(x, y, indexing="ij")
    top, plan = _top(gx, gy, size, edge, shape.relief_m, rng)
    bottom = np.column_stack([plan, np.full(nx * ny, -size[2])])
    rim = _rim(nx, ny)
    cap = _grid(nx, ny)
    # The bottom is flat: the rim alone, closed by a fan about its middle.
    n = nx * ny
    vertices = np.concatenate([np.column_stack([plan, top.ravel()]), bottom[rim], [[0.0, 0.0, -size[2]]]])
    low = n + np.arange(len(rim))
    ahead = np.roll(np.arange(len(rim)), -1)
    walls = np.concatenate([np.column_stack([rim, low, low[ahead]]), np.column_stack([rim, low[ahead], rim[ahead]])])
    fan = np.column_stack([low[ahead], low, np.full(len(rim), n + len(rim))])
    colours = np.empty((len(vertices), 3))
    colours[:n] = flesh(gx.ravel(), gy.ravel(), size, rng)
    colours[n : n + len(rim)] = colours[rim] * 0.8
    colours[-1] = DEEP
    bytes_ = np.round(np.clip(colours, 0.0, 1.0) * 255.0).astype(np.uint8)
    return smooth(vertices, np.concatenate([cap, walls, fan]), 60.0, bytes_)


def _stations(length: float, n: int, edge: float) -> Vector:
    """Grid lines across the pad, closer where the edge bends."""
    bend = -length / 2 + edge * (1.0 - np.cos(np.linspace(0.0, np.pi / 2, 6)))
    flat = np.linspace(-length / 2 + edge, length / 2 - edge, n - 10)
    return np.concatenate([bend[:-1], flat, -bend[-2::-1]])


def _top(
    gx: Vector, gy: Vector, size: Vector, edge: float, relief: float, rng: np.random.Generator
) -> tuple[Vector, Vector]:
    """Height of the top over the grid, and where the grid lies in plan once its corners are rounded."""
    # Broad hills, folds, and a fine grain that breaks the highlights of a wet surface up.
    height = _noise(gx, gy, 0.024, rng) + 0.30 * _noise(gx, gy, 0.009, rng) + 0.11 * _noise(gx, gy, 0.0045, rng)
    height *= relief / max(float(np.abs(height).max()), 1e-12)
    inset_x = np.maximum(np.abs(gx) - (size[0] / 2 - edge), 0.0) / edge
    inset_y = np.maximum(np.abs(gy) - (size[1] / 2 - edge), 0.0) / edge
    reach = np.minimum(np.hypot(inset_x, inset_y), 1.0)
    # Square to round: the corner's points move onto a quarter circle, so that no edge in plan stays sharp.
    swell = np.maximum(np.hypot(inset_x, inset_y), 1e-12)
    square = np.maximum(inset_x, inset_y)
    shrink = np.where(swell > 1e-9, square / swell, 1.0)
    px = np.sign(gx) * (np.minimum(np.abs(gx), size[0] / 2 - edge) + edge * inset_x * shrink)
    py = np.sign(gy) * (np.minimum(np.abs(gy), size[1] / 2 - edge) + edge * inset_y * shrink)
    square = np.minimum(square, 1.0)
    drop = edge * (1.0 - np.sqrt(np.maximum(1.0 - square**2, 0.0)))
    height = (height - height.mean()) * (1.0 - reach**2) - drop
    return height, np.column_stack([px.ravel(), py.ravel()])


def _noise(x: Vector, y: Vector, scale: float, rng: np.random.Generator, waves: int = 14) -> Vector:
    """Smooth random field of unit variance: plane waves of random heading, length about ``scale``, and phase."""
    total = np.zeros_like(x)
    for heading, phase, stretch in zip(
        rng.uniform(0, 2 * np.pi, waves), rng.uniform(0, 2 * np.pi, waves), rng.uniform(0.6, 1.7, waves), strict=True
    ):
        k = 2 * np.pi / (scale * stretch)
        total += np.cos(k * (x * np.cos(heading) + y * np.sin(heading)) + phase)
    field: Vector = total * np.sqrt(2.0 / waves)
    return field


def flesh(x: Vector, y: Vector, size: Vector, rng: np.random.Generator) -> Vector:
    """sRGB in 0..1 of each surface point: pale and deep patches, vessels that branch, a little fat."""
    broad = _noise(x, y, 0.032, rng) + 0.6 * _noise(x, y, 0.012, rng)
    fine = _noise(x, y, 0.0045, rng)
    mix = 1.0 / (1.0 + np.exp(-0.75 * broad - 0.40 * fine))
    colour = DEEP + (PALE - DEEP) * mix[:, None]
    fat = 0.5 / (1.0 + np.exp(-5.0 * (_noise(x, y, 0.024, rng) + 0.3 * fine - 1.7)))
    colour += (FAT - colour) * fat[:, None]
    depth = np.zeros_like(x)
    for path, width in _vessels(size, rng):
        distance = _distance(x, y, path)
        depth = np.maximum(depth, np.exp(-((distance / width) ** 2)))
    colour += (VESSEL - colour) * (0.42 * depth)[:, None]
    grain = rng.normal(0.0, 0.012, len(x))
    flesh: Vector = colour * (1.0 + grain)[:, None]
    return flesh


def _vessels(size: Vector, rng: np.random.Generator) -> list[tuple[Vector, float]]:
    """Wandering vessels with side branches: their paths in plan and their widths [m]."""
    found: list[tuple[Vector, float]] = []
    reach = float(size[:2].max())
    for _ in range(4):
        start = (rng.uniform(-0.5, 0.5, 2)) * size[:2]
        queue = [(start, rng.uniform(0, 2 * np.pi), 0.0017, reach * 0.9)]
        while queue:
            point, heading, width, length = queue.pop()
            step = reach / 40
            path = [point]
            for _ in range(int(length / step)):
                heading += rng.normal(0.0, 0.22)
                point = point + step * np.array([np.cos(heading), np.sin(heading)])
                path.append(point)
                if width > 0.0012 and rng.random() < 0.09:
                    side = heading + rng.choice((-1.0, 1.0)) * rng.uniform(0.5, 0.9)
                    queue.append((point, side, width * 0.7, length * 0.4))
            if len(path) > 1:
                found.append((np.asarray(path), width))
    return found


def _distance(x: Vector, y: Vector, path: Vector) -> Vector:
    """Distance of points from a polyline in plan [m]."""
    best = np.full(len(x), np.inf)
    for a, b in pairwise(path):
        d = b - a
        s = np.clip(((x - a[0]) * d[0] + (y - a[1]) * d[1]) / (d @ d), 0.0, 1.0)
        best = np.minimum(best, np.hypot(x - a[0] - s * d[0], y - a[1] - s * d[1]))
    return best


def _grid(nx: int, ny: int) -> Faces:
    """Faces of a height field, upward."""
    i, j = np.meshgrid(np.arange(nx - 1), np.arange(ny - 1), indexing="ij")
    a = (i * ny + j).ravel()
    return np.concatenate([np.column_stack([a, a + ny, a + ny + 1]), np.column_stack([a, a + ny + 1, a + 1])])


def _rim(nx: int, ny: int) -> Faces:
    """Grid points around the border, counter-clockwise from above."""
    index = np.arange(nx * ny).reshape(nx, ny)
    return np.concatenate([index[:-1, 0], index[-1, :-1], index[:0:-1, -1], index[0, :0:-1]])
