"""The mesh of any shape, placed in its parent's frame."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from robotics.chain import rpy_matrix
from robotics.errors import ArgumentError
from robotics.mesh import Mesh
from robotics.shape_config import Box, Capsule, Cylinder, Extrusion, Lathe, Loft, Pad, Shape, Sphere, Tube
from robotics.shapes import extruded, lofted, swept, tissue, turned


def mesh(shape: Shape) -> Mesh:
    """Triangles of a shape in its parent's frame: turned by ``rpy_rad``, then moved by ``xyz_m``.

    Raises:
        ArgumentError: A polygon or a path that encloses nothing.
    """
    raw = _raw(shape)
    R = rpy_matrix(*shape.rpy_rad)
    vertices = raw.vertices.astype(np.float64) @ R.T + np.asarray(shape.xyz_m)
    normals = raw.normals.astype(np.float64) @ R.T
    return Mesh(vertices.astype(np.float32), normals.astype(np.float32), raw.faces, raw.colours)


def join(meshes: Iterable[Mesh]) -> Mesh:
    """One mesh of several that share a material; colours stay only where all have them."""
    parts = list(meshes)
    starts = np.cumsum([0, *(len(m.vertices) for m in parts[:-1])])
    faces = [m.faces + np.uint32(start) for m, start in zip(parts, starts, strict=True)]
    colours = [m.colours for m in parts if m.colours is not None]
    return Mesh(
        vertices=np.concatenate([m.vertices for m in parts]),
        normals=np.concatenate([m.normals for m in parts]),
        faces=np.concatenate(faces).astype(np.uint32),
        colours=np.concatenate(colours) if len(colours) == len(parts) else None,
    )


def _raw(shape: Shape) -> Mesh:
    """The mesh in the shape's own frame."""
    round_ = _round(shape)
    if round_ is not None:
        return round_
    if isinstance(shape, Box):
        return extruded.box(shape)
    if isinstance(shape, Extrusion):
        return extruded.extrusion(shape)
    if isinstance(shape, Tube):
        return swept.tube(shape)
    if isinstance(shape, Loft):
        return lofted.loft(shape)
    if isinstance(shape, Pad):
        return tissue.pad(shape)
    raise ArgumentError(f"no mesh for a {type(shape).__name__}")


def _round(shape: Shape) -> Mesh | None:
    """The mesh of a solid of revolution; None of any other shape."""
    if isinstance(shape, Sphere):
        return turned.sphere(shape)
    if isinstance(shape, Cylinder):
        return turned.cylinder(shape)
    if isinstance(shape, Capsule):
        return turned.capsule(shape)
    if isinstance(shape, Lathe):
        return turned.lathe(shape)
    return None
