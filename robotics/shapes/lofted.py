"""Solids that are lofted over oval sections, as limbs and trunks are."""

from __future__ import annotations

import numpy as np

from robotics.contracts import Vector
from robotics.errors import ArgumentError
from robotics.mesh import Mesh
from robotics.shape_config import Loft
from robotics.shapes.surface import smooth, strips

PIECES = 2
"""Pieces between two sections."""


def loft(shape: Loft) -> Mesh:
    """A smooth surface through oval sections. Ends are flat; where both half sizes are zero they are round.

    Raises:
        ArgumentError: The sections do not succeed each other along z, or one between the ends has no size.
    """
    sections = np.asarray(shape.sections_m, dtype=np.float64)
    if sections[0, 2] > sections[-1, 2]:
        sections = sections[::-1]
    if np.any(np.diff(sections[:, 2]) <= 0.0):
        raise ArgumentError(f"sections_m: {sections[:, 2].tolist()} along z are not in order")
    if np.any(sections[1:-1, 3:] <= 0.0):
        raise ArgumentError("sections_m: only the ends may have half sizes of zero")
    rings = _between(sections)
    begin, end = rings[0], rings[-1]
    rings = rings[1 if begin[3] == 0.0 or begin[4] == 0.0 else 0 : -1 if end[3] == 0.0 or end[4] == 0.0 else None]
    around = _facets(float(rings[:, 3:].max()))
    angle = np.arange(around) * (2 * np.pi / around)
    oval = np.column_stack([np.cos(angle), np.sin(angle)])
    oval = np.sign(oval) * np.abs(oval) ** (2.0 / shape.power)
    points = np.empty((len(rings), around, 3))
    points[..., :2] = rings[:, None, :2] + rings[:, None, 3:] * oval
    points[..., 2] = rings[:, None, 2]
    last, centre = (len(rings) - 1) * around, len(rings) * around
    a = np.arange(around)
    b = (a + 1) % around
    caps = [
        np.column_stack([b, a, np.full(around, centre)]),
        np.column_stack([last + a, last + b, np.full(around, centre + 1)]),
    ]
    vertices = np.concatenate([points.reshape(-1, 3), begin[None, :3], end[None, :3]])
    return smooth(vertices, np.concatenate([strips(len(rings), around), *caps]), 50.0)


def _facets(radius: float) -> int:
    """Facets around, by size; normals are smooth, so that only outlines show them."""
    return 20 if radius < 0.05 else 24 if radius < 0.09 else 36


def _between(sections: Vector) -> Vector:
    """Sections on Catmull-Rom splines through the given ones, shape (n, 5); no half size falls below zero."""
    # Beyond each end the spline sees the end's mirror image in its neighbour, so that it runs straight there.
    ends = [2 * sections[:1] - sections[1:2], sections, 2 * sections[-1:] - sections[-2:-1]]
    p = np.concatenate(ends)
    t = (np.arange(PIECES) / PIECES)[None, :, None]
    before, here, there, beyond = (p[i : len(p) - 3 + i, None] for i in range(4))
    spline = 0.5 * (
        2 * here
        + (there - before) * t
        + (2 * before - 5 * here + 4 * there - beyond) * t**2
        + (3 * here - before - 3 * there + beyond) * t**3
    )
    # Along z straight pieces: splines could turn back where sections lie unevenly.
    spline[..., 2:3] = here[..., 2:3] + (there - here)[..., 2:3] * t
    dense = np.concatenate([spline.reshape(-1, 5), sections[-1:]])
    dense[1:-1, 3:] = np.maximum(dense[1:-1, 3:], 1e-5)
    return dense
