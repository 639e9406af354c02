"""From samples to a picture: light each surface in a pixel once, lay overlays on top, and average."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from robotics.contracts import Vector
from vr_training.view.software.compiled import fast, inlined
from vr_training.view.software.raster import NOTHING, Floats, Ids
from vr_training.view.software.shade import sample
from vr_training.view.software.tiles import TILE

GAMMA_STEPS = 4096
GAMMA = np.round(
    255.0
    * np.where(
        np.arange(GAMMA_STEPS) / (GAMMA_STEPS - 1) <= 0.0031308,
        12.92 * np.arange(GAMMA_STEPS) / (GAMMA_STEPS - 1),
        1.055 * (np.arange(GAMMA_STEPS) / (GAMMA_STEPS - 1)) ** (1 / 2.4) - 0.055,
    )
).astype(np.uint8)
"""sRGB byte of a linear value in 0..1, by table."""


@fast
def resolve(  # noqa: PLR0912 -- one pass over the pixels; pieces would pass twenty arrays to and fro
    row0: int,
    row1: int,
    factor: int,
    ids: Ids,
    inverse: Floats,
    over: Ids,
    overlay: bool,
    points: Floats,
    normals: Floats,
    local: Floats,
    turn: Vector,
    albedo: Floats,
    faces: Ids,
    face_body: Ids,
    surface: Floats,
    view: Vector,
    lamp: Vector,
    light_from_camera: Vector,
    world_from_camera: Vector,
    depth: Floats,
    occlusion: Floats,
    open_: Floats,
    rays: int,
    backdrop: Vector,
    stale: NDArray[np.bool_],
    colour: NDArray[np.uint8],
    distance: Floats,
) -> None:
    """Colour the stale tiles of rows of a picture from ``factor`` by ``factor`` samples a pixel.

    ``occlusion`` and ``open_`` have one value for ``rays`` by ``rays`` pixels; none count where that is 0.
    Samples of one pixel that see the same surface are lit once: smooth edges cost light only where there are edges.
    """
    width = colour.shape[1]
    height = colour.shape[0]
    samples = factor * factor
    lit = np.empty(3)
    seen = np.empty(samples, np.int32)
    kept = np.empty((samples, 3))
    middle = np.array((0.5 * width, 0.5 * height))
    for row in range(row0, row1):
        ground = backdrop[row]
        for column in range(width):
            if not stale[row // TILE, column // TILE]:
                continue
            red = green = blue = 0.0
            count = 0
            nearest = np.float32(0.0)
            top, left = row * factor, column * factor
            # Most pixels see one face, or nothing at all, and no overlay: they take one sample for all.
            single = True
            for sy in range(top, top + factor):
                for sx in range(left, left + factor):
                    if ids[sy, sx] != ids[top, left] or (overlay and over[sy, sx] != NOTHING):
                        single = False
            sy, sx = top, left - 1
            for _ in range(1 if single else samples):
                sx += 1
                if sx == left + factor:
                    sy, sx = sy + 1, left
                f = ids[sy, sx]
                r, g, b = ground[0], ground[1], ground[2]
                if f != NOTHING:
                    nearest = max(nearest, inverse[sy, sx])
                    found = -1
                    for j in range(count):
                        if _same(seen[j], f, faces, face_body, normals):
                            found = j
                            break
                    if found < 0:
                        found = count
                        seen[count] = f
                        ao, arrives = 1.0, -1.0
                        if rays:
                            ao = np.float64(occlusion[row // rays, column // rays])
                            arrives = np.float64(open_[row // rays, column // rays])
                        sample(
                            f,
                            face_body[f],
                            sx + 0.5,
                            sy + 0.5,
                            points,
                            normals,
                            local,
                            turn,
                            albedo,
                            faces,
                            surface,
                            view,
                            lamp,
                            light_from_camera,
                            world_from_camera,
                            depth,
                            ao,
                            arrives,
                            lit,
                        )
                        kept[count, 0], kept[count, 1], kept[count, 2] = lit[0], lit[1], lit[2]
                        count += 1
                    r, g, b = kept[found, 0], kept[found, 1], kept[found, 2]
                if overlay and over[sy, sx] != NOTHING:
                    r, g, b = _blend(over[sy, sx], faces, face_body, normals, points, albedo, surface, r, g, b)
                red, green, blue = red + r, green + g, blue + b
            share = 1.0 if single else 1.0 / samples
            ox, oy = (column + 0.5 - middle[0]) / middle[0], (row + 0.5 - middle[1]) / middle[0]
            away = ox * ox + oy * oy
            scale = (1.0 - 0.16 * away * away) * share * (GAMMA_STEPS - 1)
            colour[row, column, 0] = GAMMA[int(red * scale)]
            colour[row, column, 1] = GAMMA[int(green * scale)]
            colour[row, column, 2] = GAMMA[int(blue * scale)]
            distance[row, column] = 1.0 / nearest if nearest > 0.0 else np.float32(np.inf)


@inlined
def _same(a: int, b: int, faces: Ids, face_body: Ids, normals: Floats) -> bool:
    """Whether two faces are so much one surface that one sample may speak for both."""
    if a == b:
        return True
    if face_body[a] != face_body[b]:
        return False
    i, j = faces[a, 0], faces[b, 0]
    return bool(normals[i, 0] * normals[j, 0] + normals[i, 1] * normals[j, 1] + normals[i, 2] * normals[j, 2] > 0.97)


@fast
def _blend(
    f: int,
    faces: Ids,
    face_body: Ids,
    normals: Floats,
    points: Floats,
    albedo: Floats,
    surface: Floats,
    r: float,
    g: float,
    b: float,
) -> tuple[float, float, float]:
    """A translucent face over a colour: denser and brighter towards its silhouette, as a soap bubble is."""
    i, j, k = faces[f, 0], faces[f, 1], faces[f, 2]
    nx, ny, nz = (
        normals[i, 0] + normals[j, 0] + normals[k, 0],
        normals[i, 1] + normals[j, 1] + normals[k, 1],
        normals[i, 2] + normals[j, 2] + normals[k, 2],
    )
    px, py, pz = points[i, 0], points[i, 1], points[i, 2]
    facing = abs(nx * px + ny * py + nz * pz)
    facing /= np.sqrt((nx * nx + ny * ny + nz * nz) * (px * px + py * py + pz * pz)) + 1e-20
    rim = 1.0 - facing
    a = min(surface[face_body[f], 2] * (0.55 + 1.3 * rim * rim), 1.0)
    light = 0.72 + 0.5 * rim
    ar, ag, ab = min(albedo[i, 0] * light, 1.0), min(albedo[i, 1] * light, 1.0), min(albedo[i, 2] * light, 1.0)
    return r + (ar - r) * a, g + (ag - g) * a, b + (ab - b) * a


@fast
def halve(
    colour: NDArray[np.uint8], distance: Floats, linear: Floats, colour_out: NDArray[np.uint8], out: Floats
) -> None:
    """Average 2 by 2 pixels in linear light, keep the nearest depth.

    Args:
        colour: sRGB, shape (2 height, 2 width, 3).
        distance: Depth [m], shape (2 height, 2 width).
        linear: Linear light of each sRGB byte, shape (256,).
        colour_out: Shape (height, width, 3), written.
        out: Shape (height, width), written.
    """
    for row in range(out.shape[0]):
        for column in range(out.shape[1]):
            y, x = 2 * row, 2 * column
            for k in range(3):
                light = linear[colour[y, x, k]] + linear[colour[y, x + 1, k]]
                light += linear[colour[y + 1, x, k]] + linear[colour[y + 1, x + 1, k]]
                colour_out[row, column, k] = GAMMA[int(0.25 * light * (GAMMA_STEPS - 1))]
            near, next_ = min(distance[y, x], distance[y, x + 1]), min(distance[y + 1, x], distance[y + 1, x + 1])
            out[row, column] = min(near, next_)
