"""From welded triangles to a `Mesh`: normals that are smooth over curves and crisp at edges."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from robotics.contracts import Vector
from robotics.mesh import Mesh

Faces = NDArray[np.int64]


def smooth(
    vertices: Vector,
    faces: Faces,
    sharp_deg: float,
    colours: NDArray[np.uint8] | None = None,
    extent: Vector | None = None,
) -> Mesh:
    """Shade welded triangles: an edge stays an edge where its faces meet at ``sharp_deg`` or more.

    Normals are weighted by face area and corner angle, so that a large flat face next to a narrow bevel stays flat
    and the bevel alone looks round.

    Args:
        vertices: Welded vertices, shape (v, 3) [m].
        faces: Counter-clockwise seen from outside, shape (f, 3).
        sharp_deg: Angle between face normals from which the edge is kept [deg].
        colours: sRGB of each vertex, shape (v, 3), or None.
        extent: Area of the flat surface that each face is a piece of, shape (f,) [m2]; its own area where None.

    Returns:
        The mesh; a vertex on a kept edge appears once for each side.
    """
    corner = vertices[faces]  # (f, 3, 3)
    cross = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    area = np.linalg.norm(cross, axis=1)
    keep = area > 1e-16
    faces, corner, cross, area = faces[keep], corner[keep], cross[keep], area[keep]
    share = area if extent is None else extent[keep]
    unit = cross / area[:, None]
    weight = unit[:, None, :] * (share[:, None] * _corner_angles(corner))[:, :, None]

    # Pair every corner with every corner at the same vertex; those on the same side of all kept edges add up.
    ids = faces.ravel()
    order = np.argsort(ids, kind="stable")
    count = np.bincount(ids, minlength=len(vertices))
    start = np.concatenate(([0], np.cumsum(count)))
    reach = count[ids[order]]
    first = np.repeat(np.arange(len(order)), reach)
    offset = np.arange(len(first)) - np.repeat(np.cumsum(reach) - reach, reach)
    a, b = order[first], order[start[ids[order[first]]] + offset]
    near = np.einsum("ij,ij->i", unit[a // 3], unit[b // 3]) > np.cos(np.radians(sharp_deg)) - 1e-9
    normal = np.zeros((len(ids), 3))
    flat = weight.reshape(-1, 3)
    np.add.at(normal, a[near], flat[b[near]])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)

    key = np.column_stack([ids, np.round(normal * 4096.0).astype(np.int64)])
    _, where, inverse = np.unique(key, axis=0, return_index=True, return_inverse=True)
    return Mesh(
        vertices=vertices[ids[where]].astype(np.float32),
        normals=normal[where].astype(np.float32),
        faces=inverse.reshape(-1, 3).astype(np.uint32),
        colours=None if colours is None else colours[ids[where]],
    )


def signed_volume(mesh: Mesh) -> float:
    """Volume that the faces enclose [m3]; negative where they are inside out."""
    a, b, c = np.moveaxis(mesh.vertices.astype(np.float64)[mesh.faces], 1, 0)
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6.0)


def strips(rings: int, segments: int, start: int = 0) -> Faces:
    """Faces between successive closed rings of ``segments`` vertices each, first ring at vertex ``start``.

    They face outward where the rings run counter-clockwise about the direction in which they succeed each other.
    """
    i, j = np.meshgrid(np.arange(rings - 1), np.arange(segments), indexing="ij")
    a = start + i * segments + j
    b = start + i * segments + (j + 1) % segments
    return np.concatenate(
        [
            np.stack([a, b, b + segments], axis=-1).reshape(-1, 3),
            np.stack([a, b + segments, a + segments], axis=-1).reshape(-1, 3),
        ]
    )


def _corner_angles(corner: Vector) -> Vector:
    """Inner angles of triangles, shape (f, 3) [rad]."""
    ahead = np.roll(corner, -1, axis=1) - corner
    behind = np.roll(corner, 1, axis=1) - corner
    cosine = np.einsum("fij,fij->fi", ahead, behind)
    cosine /= np.maximum(np.linalg.norm(ahead, axis=2) * np.linalg.norm(behind, axis=2), 1e-30)
    angles: Vector = np.arccos(np.clip(cosine, -1.0, 1.0))
    return angles
