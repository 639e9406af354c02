"""Visibility: which triangle each sample of a picture sees, and how far away it is.

Triangles are set up in homogeneous coordinates, so that one which crosses the plane of the eye needs no clipping:
a sample with ray d lies inside where d . (v_j x v_k) has one sign for all three sides, and the inverse depth is the
sum of the three over the determinant.

Source:
    Olano and Greer 1997, triangle scan conversion using 2D homogeneous coordinates.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from robotics.contracts import Vector
from vr_training.view.software.compiled import exact

Floats = NDArray[np.float32]
Ids = NDArray[np.int32]
Marks = NDArray[np.uint64]
NOTHING = -1


@exact
def place(
    points: Floats,
    vertex_start: NDArray[np.int64],
    rotation: Vector,
    translation: Vector,
    out: Floats,
) -> None:
    """Move every body's points by its rotation (bodies, 3, 3) and translation (bodies, 3)."""
    for b in range(len(vertex_start) - 1):
        r, t = rotation[b], translation[b]
        for i in range(vertex_start[b], vertex_start[b + 1]):
            x, y, z = points[i, 0], points[i, 1], points[i, 2]
            out[i, 0] = r[0, 0] * x + r[0, 1] * y + r[0, 2] * z + t[0]
            out[i, 1] = r[1, 0] * x + r[1, 1] * y + r[1, 2] * z + t[1]
            out[i, 2] = r[2, 0] * x + r[2, 1] * y + r[2, 2] * z + t[2]


@exact
def perspective(  # noqa: PLR0912 -- one loop over triangles; a call each would cost more than their set-up
    points: Floats,
    faces: Ids,
    face_body: Ids,
    shown: NDArray[np.bool_],
    first: int,
    last: int,
    focal: float,
    near: float,
    row0: int,
    row1: int,
    floor: Floats,
    inverse: Floats,
    ids: Ids,
    stamp: Marks,
    marks: Marks,
    side: int,
) -> None:
    """Draw faces ``first`` to ``last`` into rows ``row0`` to ``row1`` of a picture.

    Args:
        points: Vertices in the camera's frame.
        faces: Vertex indices.
        face_body: Body of each face.
        shown: Which bodies are drawn.
        first: First face.
        last: One past the last face.
        focal: Focal length [samples].
        near: Nearest depth that is drawn [m].
        row0: First row.
        row1: One past the last row.
        floor: Inverse depth that must be passed besides ``inverse`` [1/m]: what solid bodies left, for overlays.
        inverse: Inverse depth so far [1/m], updated.
        ids: Face that each sample sees, updated.
        stamp: Bits that each body leaves in the tiles that it touches, seen or not.
        marks: Bits of each tile, updated.
        side: Samples along a tile's side.
    """
    height, width = ids.shape
    cx, cy = width * 0.5, height * 0.5
    for f in range(first, last):
        if not shown[face_body[f]]:
            continue
        i0, i1, i2 = faces[f, 0], faces[f, 1], faces[f, 2]
        x0, y0, z0 = np.float64(points[i0, 0]), np.float64(points[i0, 1]), np.float64(points[i0, 2])
        x1, y1, z1 = np.float64(points[i1, 0]), np.float64(points[i1, 1]), np.float64(points[i1, 2])
        x2, y2, z2 = np.float64(points[i2, 0]), np.float64(points[i2, 1]), np.float64(points[i2, 2])
        nearest = min(z0, z1, z2)
        if max(z0, z1, z2) <= near:
            continue
        if nearest > near:
            u0, u1, u2 = x0 / z0, x1 / z1, x2 / z2
            v0, v1, v2 = y0 / z0, y1 / z1, y2 / z2
            bottom = int(np.ceil(max(v0, v1, v2) * focal + cy - 0.5))
            top = int(np.ceil(min(v0, v1, v2) * focal + cy - 0.5))
            left = int(np.ceil(min(u0, u1, u2) * focal + cx - 0.5))
            right = int(np.ceil(max(u0, u1, u2) * focal + cx - 0.5))
            top, bottom, left, right = max(top, row0), min(bottom, row1), max(left, 0), min(right, width)
        else:
            top, bottom, left, right = row0, row1, 0, width
        if top >= bottom or left >= right:
            continue
        ax, ay, az = y2 * z1 - z2 * y1, z2 * x1 - x2 * z1, x2 * y1 - y2 * x1
        volume = x0 * ax + y0 * ay + z0 * az
        if volume <= 0.0:
            continue
        scale = 1.0 / volume
        bx, by, bz = y0 * z2 - z0 * y2, z0 * x2 - x0 * z2, x0 * y2 - y0 * x2
        gx, gy, gz = y1 * z0 - z1 * y0, z1 * x0 - x1 * z0, x1 * y0 - y1 * x0
        k = scale / focal
        a0, a1, a2 = ax * k, bx * k, gx * k
        b0, b1, b2 = ay * k, by * k, gy * k
        c0 = az * scale + (0.5 - cx) * a0 + (0.5 - cy) * b0
        c1 = bz * scale + (0.5 - cx) * a1 + (0.5 - cy) * b1
        c2 = gz * scale + (0.5 - cx) * a2 + (0.5 - cy) * b2
        step = a0 + a1 + a2
        # One division a side here saves one a row.
        k0, k1, k2 = -1.0 / a0, -1.0 / a1, -1.0 / a2
        bits = stamp[face_body[f]]
        for row in range(top, bottom):
            e0, e1, e2 = b0 * row + c0, b1 * row + c1, b2 * row + c2
            begin, end = left, right
            for a, e, k in ((a0, e0, k0), (a1, e1, k1), (a2, e2, k2)):
                if a > 0.0:
                    bound = e * k
                    if bound > begin:
                        begin = int(np.ceil(bound)) if bound < end else end
                elif a < 0.0:
                    bound = e * k
                    if bound < end - 1:
                        end = int(np.floor(bound)) + 1 if bound >= begin else begin
                elif e < 0.0:
                    end = begin
            if begin >= end:
                continue
            if bits:
                for tile in range(begin // side, (end - 1) // side + 1):
                    marks[row // side, tile] |= bits
            base = e0 + e1 + e2
            line, low, faces_seen = inverse[row], floor[row], ids[row]
            for column in range(begin, end):
                x = np.uint64(column)
                value = np.float32(base + step * column)
                if value > line[x] and value > low[x] and value * near < 1.0:
                    line[x] = value
                    faces_seen[x] = f


@exact
def parallel(
    points: Floats,
    faces: Ids,
    face_body: Ids,
    casts: NDArray[np.bool_],
    first: int,
    last: int,
    left: float,
    top: float,
    per_metre: float,
    depth: Floats,
) -> None:
    """Draw the depth of the faces that cast a shadow, as a light at infinity along +z sees them.

    Args:
        points: Vertices in the light's frame [m].
        faces: Vertex indices.
        face_body: Body of each face.
        casts: Which bodies cast a shadow.
        first: First face.
        last: One past the last face.
        left: x of the picture's left border [m].
        top: y of its upper border [m].
        per_metre: Texels per metre.
        depth: Least z so far, updated [m].
    """
    size = len(depth)
    for f in range(first, last):
        if not casts[face_body[f]]:
            continue
        i0, i1, i2 = faces[f, 0], faces[f, 1], faces[f, 2]
        x0, y0 = (points[i0, 0] - left) * per_metre - 0.5, (points[i0, 1] - top) * per_metre - 0.5
        x1, y1 = (points[i1, 0] - left) * per_metre - 0.5, (points[i1, 1] - top) * per_metre - 0.5
        x2, y2 = (points[i2, 0] - left) * per_metre - 0.5, (points[i2, 1] - top) * per_metre - 0.5
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        # Faces turned away from the light draw the shadow: their depth lies behind the lit surface, which therefore
        # needs no bias against darkening itself.
        if area <= 0.0:
            continue
        row0, row1 = max(int(np.ceil(min(y0, y1, y2))), 0), min(int(np.floor(max(y0, y1, y2))) + 1, size)
        col0, col1 = max(int(np.ceil(min(x0, x1, x2))), 0), min(int(np.floor(max(x0, x1, x2))) + 1, size)
        if row0 >= row1 or col0 >= col1:
            continue
        z0, z1, z2 = points[i0, 2], points[i1, 2], points[i2, 2]
        k = 1.0 / area
        dx = ((z1 - z0) * (y2 - y0) - (z2 - z0) * (y1 - y0)) * k
        dy = ((z2 - z0) * (x1 - x0) - (z1 - z0) * (x2 - x0)) * k
        for row in range(row0, row1):
            begin, end = np.float64(col0), np.float64(col1 - 1)
            for px, py, qx, qy in ((x0, y0, x1, y1), (x1, y1, x2, y2), (x2, y2, x0, y0)):
                # Inside where (q - p) x (s - p) >= 0, linear in the column.
                a = -(qy - py)
                e = (qx - px) * (row - py) + (qy - py) * px
                if a > 0.0:
                    begin = max(begin, np.ceil(-e / a))
                elif a < 0.0:
                    end = min(end, np.floor(-e / a))
                elif e < 0.0:
                    end = begin - 1.0
            for column in range(int(begin), int(end) + 1):
                z = np.float32(z0 + dx * (column - x0) + dy * (row - y0))
                depth[row, column] = min(depth[row, column], z)
