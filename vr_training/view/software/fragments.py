"""Fragments: the pieces of surface that a tile sees, side by side, so that all of them are lit in one sweep.

A tile is taken in two steps. `gather` finds the few pieces of surface behind each pixel and looks up what they are made
of; then `shade.light` lights all of them at once, eight at a time in the processor's wide registers. What a fragment
is lies in one flat array: value ``FIELD + i`` belongs to fragment ``i``, with a constant distance between the fields so
that the compiler sees that they do not overlap.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from robotics.contracts import Vector
from vr_training.view.software.compiled import fast, inlined
from vr_training.view.software.raster import NOTHING, Floats, Ids
from vr_training.view.software.tiles import TILE

MOST_FACTOR = 2
"""Most samples along a pixel's side."""
ROOM = (MOST_FACTOR * TILE) ** 2
"""Most fragments of a tile: one for each sample."""


def _fields(first: int, count: int) -> tuple[np.uint64, ...]:
    """Where fields begin. Unsigned: an index that might be negative would count from the end, and forbid wide loops."""
    return tuple(np.uint64((first + k) * ROOM) for k in range(count))


X, Y, Z = _fields(0, 3)
"""Position in the camera's frame [m]."""
NX, NY, NZ = _fields(3, 3)
"""Normal in the camera's frame."""
RED, GREEN, BLUE = _fields(6, 3)
"""Albedo, linear; after lighting what is seen of it, display-linear."""
ROUGH, METAL, COAT = _fields(9, 3)
"""Roughness, metallic and clearcoat."""
EAST, NORTH = _fields(12, 2)
"""Slopes of the film that lies on a wet surface, in world."""
SKY, REACH = _fields(14, 2)
"""Share of the room's light and of the key light that arrives."""
U, V, W = _fields(16, 3)
"""Place in the shadow map [texels], and depth there [m]."""
FIELDS = 19
HELD = 64
"""Faces of a tile that are at hand, a power of two; more of them take turns."""

WET = 0.7
"""Clearcoat from which a film is liquid: it ripples."""
RIPPLE_M = 0.00012
"""Size of a texel of the ripples [m]."""
BRUSH_M, BRUSH_LENGTH_M, BRUSH_DEPTH = 1.2e-5, 2.0e-4, 0.07
"""Metal is turned about its body's z axis: size of a texel of the grooves along it and across [m], and their slope."""


def _ripples(size: int = 256, scale: float = 34.0) -> Floats:
    """Slopes of a rippled film, periodic, float32 (size, size, 2): smooth noise of about ``scale`` texels."""
    rng = np.random.default_rng(11)
    frequency = np.fft.fftfreq(size)
    radius = np.hypot(frequency[:, None], frequency[None, :])
    spectrum = np.fft.fft2(rng.normal(size=(size, size))) * np.exp(-((radius * scale / 1.4) ** 2))
    slopes = [np.fft.ifft2(spectrum * 2j * np.pi * f).real for f in (frequency[None, :], frequency[:, None])]
    both = np.stack(slopes, axis=-1)
    slopes_: Floats = (both * (0.20 / both.std())).astype(np.float32)
    return slopes_


RIPPLES = _ripples()


@inlined
def _slope(u: float, v: float) -> tuple[float, float]:
    """Slopes of the ripples between their texels."""
    i, j = int(np.floor(u)), int(np.floor(v))
    s, t = np.float32(u - i), np.float32(v - j)
    i0, j0 = np.uint64(i & 255), np.uint64(j & 255)
    i1, j1 = np.uint64((i + 1) & 255), np.uint64((j + 1) & 255)
    w = s * t
    q, r = s - w, t - w
    p = np.float32(1.0) - s - r
    x, y = np.uint64(0), np.uint64(1)
    a = p * RIPPLES[j0, i0, x] + q * RIPPLES[j0, i1, x] + r * RIPPLES[j1, i0, x] + w * RIPPLES[j1, i1, x]
    b = p * RIPPLES[j0, i0, y] + q * RIPPLES[j0, i1, y] + r * RIPPLES[j1, i0, y] + w * RIPPLES[j1, i1, y]
    return a, b


@fast
def gather(  # noqa: PLR0912 -- one pass over the pixels; pieces would pass twenty arrays to and fro
    top: int,
    left: int,
    bottom: int,
    right: int,
    side: tuple[int, ...],
    ids: Ids,
    inverse: Floats,
    over: Ids,
    veiled: bool,
    points: Floats,
    normals: Floats,
    albedo: Floats,
    faces: Ids,
    face_body: Ids,
    surface: Floats,
    turn: Vector,
    shift: Vector,
    view: Vector,
    world_from_camera: Vector,
    occlusion: Floats,
    open_: Floats,
    rays: int,
    held: Ids,
    planes: Floats,
    fragments: Floats,
    slots: Ids,
    whole: NDArray[np.bool_],
) -> int:
    """The fragments of the pixels in a tile.

    Samples of one pixel that see the same surface share a fragment: smooth edges cost light only where edges are.

    Args:
        top: First row of pixels.
        left: First column.
        bottom: One past the last row.
        right: One past the last column.
        side: As long as there are samples along a pixel's side: a tuple's length is known to the compiler, which then
            has a pixel's loops unrolled.
        ids: Face that each sample sees among solid bodies.
        inverse: Its inverse depth [1/m].
        over: Face that each sample sees among translucent ones.
        veiled: Whether there may be any of those here.
        points: Vertices in the camera's frame.
        normals: Normals in the camera's frame.
        albedo: Linear RGB of vertices.
        faces: Vertex indices.
        face_body: Body of each face.
        surface: Roughness, metallic, opacity, clearcoat of each body, shape (bodies, 4).
        turn: Rotation of bodies in the camera's frame, shape (bodies, 3, 3).
        shift: Position of bodies there, shape (bodies, 3) [m].
        view: Focal length, columns / 2, rows / 2 [samples].
        world_from_camera: Pose, shape (3, 4).
        occlusion: Share of the room that pixels see, one value for ``rays`` by ``rays`` of them.
        open_: Share of the key light that rays say arrives at them.
        rays: 0 where there are none: then all of the room is seen, and ``REACH`` is negative.
        held: Room for the faces whose planes are at hand, shape (`HELD`,).
        planes: Room for their planes, shape (`HELD`, 18).
        fragments: Written.
        slots: Fragment that each sample of each pixel sees, pixel after pixel, `NOTHING` where none; written.
        whole: Whether the first sample of each pixel speaks for all of them; written.

    Returns:
        Number of fragments.
    """
    n = pixel = 0
    factor = len(side)
    samples = factor * factor
    seen = np.empty(4, np.int32)
    held.fill(NOTHING)
    focal = np.float32(1.0 / view[0])
    row0, column0 = top * factor, left * factor
    x0, y0 = np.float32(column0 + 0.5 - view[1]), np.float32(row0 + 0.5 - view[2])
    for row in range(top, bottom):
        for column in range(left, right):
            sy0, sx0 = row * factor, column * factor
            one = ids[sy0, sx0]
            single = True
            for sy in range(sy0, sy0 + factor):
                for sx in range(sx0, sx0 + factor):
                    f = ids[sy, sx]
                    if f != one:
                        single &= min(f, one) != NOTHING and _same(one, f, faces, face_body, normals)
                    if veiled:
                        single &= over[sy, sx] == NOTHING
            whole[pixel] = single
            first = n
            sy, sx = sy0, sx0 - 1
            for k in range(1 if single else samples):
                sx += 1
                if sx == sx0 + factor:
                    sy, sx = sy + 1, sx0
                f = ids[sy, sx]
                slot = NOTHING
                if f != NOTHING:
                    for j in range(n - first):
                        if _same(seen[j], f, faces, face_body, normals):
                            slot = first + j
                            break
                    if slot == NOTHING:
                        slot = n
                        seen[n - first] = f
                        at = np.uint64(n)
                        plane = planes[f & (HELD - 1)]
                        if held[f & (HELD - 1)] != f:
                            held[f & (HELD - 1)] = f
                            _planes(faces[f], column0, row0, points, normals, albedo, view, plane)
                        x, y = np.float32(sx - column0), np.float32(sy - row0)
                        z = np.float32(1.0) / inverse[sy, sx]
                        fragments[NX + at] = z * (plane[0] * x + plane[1] * y + plane[2])
                        fragments[NY + at] = z * (plane[3] * x + plane[4] * y + plane[5])
                        fragments[NZ + at] = z * (plane[6] * x + plane[7] * y + plane[8])
                        fragments[RED + at] = z * (plane[9] * x + plane[10] * y + plane[11])
                        fragments[GREEN + at] = z * (plane[12] * x + plane[13] * y + plane[14])
                        fragments[BLUE + at] = z * (plane[15] * x + plane[16] * y + plane[17])
                        x, y = (x + x0) * focal * z, (y + y0) * focal * z
                        fragments[X + at], fragments[Y + at], fragments[Z + at] = x, y, z
                        body = face_body[f]
                        fragments[ROUGH + at] = surface[body, 0]
                        fragments[METAL + at] = surface[body, 1]
                        fragments[COAT + at] = surface[body, 3]
                        fragments[EAST + at] = fragments[NORTH + at] = 0.0
                        if surface[body, 3] > WET:
                            _wet(at, x, y, z, world_from_camera, fragments)
                        if surface[body, 1] > 0.5:
                            _brush(at, x, y, z, turn[body], shift[body], fragments)
                        fragments[SKY + at], fragments[REACH + at] = 1.0, -1.0
                        if rays:
                            fragments[SKY + at] = occlusion[row // rays, column // rays]
                            fragments[REACH + at] = open_[row // rays, column // rays]
                        n += 1
                slots[pixel * samples + k] = slot
            pixel += 1
    return n


@fast
def _planes(
    corners: Ids,
    column: int,
    row: int,
    points: Floats,
    normals: Floats,
    albedo: Floats,
    view: Vector,
    plane: Floats,
) -> None:
    """What normal and albedo of a face are in a picture: over depth they are linear in column and row.

    Nine planes of three values each, by column, by row, and at the sample (``column``, ``row``) from which both count.
    """
    i0, i1, i2 = corners[0], corners[1], corners[2]
    x0, y0, z0 = np.float64(points[i0, 0]), np.float64(points[i0, 1]), np.float64(points[i0, 2])
    x1, y1, z1 = np.float64(points[i1, 0]), np.float64(points[i1, 1]), np.float64(points[i1, 2])
    x2, y2, z2 = np.float64(points[i2, 0]), np.float64(points[i2, 1]), np.float64(points[i2, 2])
    a0, b0, c0 = y2 * z1 - z2 * y1, z2 * x1 - x2 * z1, x2 * y1 - y2 * x1
    a1, b1, c1 = y0 * z2 - z0 * y2, z0 * x2 - x0 * z2, x0 * y2 - y0 * x2
    a2, b2, c2 = y1 * z0 - z1 * y0, z1 * x0 - x1 * z0, x1 * y0 - y1 * x0
    scale = 1.0 / (x0 * a0 + y0 * b0 + z0 * c0)
    dx, dy, k = (column + 0.5 - view[1]) / view[0], (row + 0.5 - view[2]) / view[0], scale / view[0]
    p0, q0, r0 = np.float32(a0 * k), np.float32(b0 * k), np.float32((dx * a0 + dy * b0 + c0) * scale)
    p1, q1, r1 = np.float32(a1 * k), np.float32(b1 * k), np.float32((dx * a1 + dy * b1 + c1) * scale)
    p2, q2, r2 = np.float32(a2 * k), np.float32(b2 * k), np.float32((dx * a2 + dy * b2 + c2) * scale)
    for m in range(3):
        v0, v1, v2 = normals[i0, m], normals[i1, m], normals[i2, m]
        plane[3 * m] = p0 * v0 + p1 * v1 + p2 * v2
        plane[3 * m + 1] = q0 * v0 + q1 * v1 + q2 * v2
        plane[3 * m + 2] = r0 * v0 + r1 * v1 + r2 * v2
        v0, v1, v2 = albedo[i0, m], albedo[i1, m], albedo[i2, m]
        plane[3 * m + 9] = p0 * v0 + p1 * v1 + p2 * v2
        plane[3 * m + 10] = q0 * v0 + q1 * v1 + q2 * v2
        plane[3 * m + 11] = r0 * v0 + r1 * v1 + r2 * v2


@inlined
def _wet(at: np.uint64, x: float, y: float, z: float, world_from_camera: Vector, fragments: Floats) -> None:
    """Ripples of a liquid film; they lie still in world."""
    m = world_from_camera
    east = m[0, 0] * x + m[0, 1] * y + m[0, 2] * z + m[0, 3]
    north = m[1, 0] * x + m[1, 1] * y + m[1, 2] * z + m[1, 3]
    fragments[EAST + at], fragments[NORTH + at] = _slope(east * (1.0 / RIPPLE_M), north * (1.0 / RIPPLE_M))


@inlined
def _brush(at: np.uint64, x: float, y: float, z: float, turn: Vector, shift: Vector, fragments: Floats) -> None:
    """Grooves of brushed metal, turned about its body's z axis: they tilt the normal along it."""
    x, y, z = x - shift[0], y - shift[1], z - shift[2]
    across = (turn[0, 0] + turn[0, 1]) * x + (turn[1, 0] + turn[1, 1]) * y + (turn[2, 0] + turn[2, 1]) * z
    along = turn[0, 2] * x + turn[1, 2] * y + turn[2, 2] * z
    groove, _ = _slope(along * (1.0 / BRUSH_M), across * (1.0 / BRUSH_LENGTH_M))
    nx, ny, nz = fragments[NX + at], fragments[NY + at], fragments[NZ + at]
    groove *= BRUSH_DEPTH * np.sqrt(nx * nx + ny * ny + nz * nz)
    fragments[NX + at] = nx + groove * turn[0, 2]
    fragments[NY + at] = ny + groove * turn[1, 2]
    fragments[NZ + at] = nz + groove * turn[2, 2]


@inlined
def _same(a: int, b: int, faces: Ids, face_body: Ids, normals: Floats) -> bool:
    """Whether two faces are so much one surface that one sample may speak for both."""
    if a == b:
        return True
    if face_body[a] != face_body[b]:
        return False
    i, j = faces[a, 0], faces[b, 0]
    return bool(normals[i, 0] * normals[j, 0] + normals[i, 1] * normals[j, 1] + normals[i, 2] * normals[j, 2] > 0.97)
