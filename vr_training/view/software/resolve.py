"""From samples to a picture: light each surface in a pixel once, lay overlays on top, and average."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from robotics.contracts import Vector
from vr_training.view.software.compiled import fast
from vr_training.view.software.fragments import BLUE, FIELDS, GREEN, HELD, RED, ROOM, gather
from vr_training.view.software.raster import NOTHING, Floats, Ids, Marks
from vr_training.view.software.shade import face, light
from vr_training.view.software.tiles import TILE
from vr_training.view.software.umbra import look_up

LANES = 32
"""Fragments that the compiler may light in one go: eight a register, up to four registers at a time."""
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
def resolve(
    row0: int,
    row1: int,
    side: tuple[int, ...],
    ids: Ids,
    inverse: Floats,
    over: Ids,
    marks: Marks,
    veils: np.uint64,
    points: Floats,
    normals: Floats,
    albedo: Floats,
    faces: Ids,
    face_body: Ids,
    surface: Floats,
    turn: Vector,
    shift: Vector,
    view: Vector,
    lamp: Vector,
    light_from_camera: Vector,
    world_from_camera: Vector,
    depth: Floats,
    low: Floats,
    high: Floats,
    occlusion: Floats,
    open_: Floats,
    rays: int,
    backdrop: Vector,
    stale: NDArray[np.bool_],
    colour: NDArray[np.uint8],
    distance: Floats,
) -> None:
    """Colour the stale ones of rows of tiles, from the samples of their pixels.

    Args:
        row0: First row of tiles.
        row1: One past the last.
        side: See `fragments.gather`, as for all down to ``view``.
        marks: Bits of the bodies that touch each tile.
        veils: Bits of translucent bodies.
        lamp: See `shade.light`, as for the two that follow.
        depth: Shadow map; one texel where there is none.
        low: From `umbra.summarise`.
        high: From `umbra.summarise`.
        occlusion: See `fragments.gather`, as for the two that follow.
        backdrop: Colour of each row where nothing is.
        stale: Tiles to colour.
        colour: Written.
        distance: Depth [m], written.
    """
    height, width = distance.shape
    fragments = np.zeros(FIELDS * ROOM, np.float32)
    slots, whole = np.empty(ROOM, np.int32), np.empty(TILE * TILE, np.bool_)
    held, planes = np.empty(HELD, np.int32), np.empty((HELD, 18), np.float32)
    for i in range(row0, row1):
        top, bottom = i * TILE, min((i + 1) * TILE, height)
        for j in range(stale.shape[1]):
            if not stale[i, j]:
                continue
            left, right = j * TILE, min((j + 1) * TILE, width)
            veiled = (marks[i, j] & veils) != 0
            n = gather(
                top,
                left,
                bottom,
                right,
                side,
                ids,
                inverse,
                over,
                veiled,
                points,
                normals,
                albedo,
                faces,
                face_body,
                surface,
                turn,
                shift,
                view,
                world_from_camera,
                occlusion,
                open_,
                rays,
                held,
                planes,
                fragments,
                slots,
                whole,
            )
            if n:
                # Whole registers, whose last lanes may hold leftovers: a fragment is lit the same wherever it stands.
                wide = (n + LANES - 1) // LANES * LANES
                face(wide, lamp, light_from_camera, fragments)
                look_up(n, lamp[10], depth, low, high, fragments)
                light(wide, lamp, light_from_camera, world_from_camera, fragments)
            _compose(
                top,
                left,
                bottom,
                right,
                side,
                inverse,
                over,
                veiled,
                points,
                normals,
                albedo,
                faces,
                face_body,
                surface,
                backdrop,
                fragments,
                slots,
                whole,
                colour,
                distance,
            )


@fast
def _compose(
    top: int,
    left: int,
    bottom: int,
    right: int,
    side: tuple[int, ...],
    inverse: Floats,
    over: Ids,
    veiled: bool,
    points: Floats,
    normals: Floats,
    albedo: Floats,
    faces: Ids,
    face_body: Ids,
    surface: Floats,
    backdrop: Vector,
    fragments: Floats,
    slots: Ids,
    whole: NDArray[np.bool_],
    colour: NDArray[np.uint8],
    distance: Floats,
) -> None:
    """Average the samples of each pixel, overlays on top, and turn light into sRGB."""
    height, width = distance.shape
    factor = len(side)
    samples = factor * factor
    half_x, half_y = 0.5 * width, 0.5 * height
    half = max(half_x, half_y)  # an eye of a stereo picture may be higher than wide
    pixel = 0
    for row in range(top, bottom):
        oy = (row + 0.5 - half_y) / half
        for column in range(left, right):
            red = green = blue = 0.0
            nearest = np.float32(0.0)
            count = 1 if whole[pixel] else samples
            sy, sx = row * factor, column * factor - 1
            for k in range(count):
                sx += 1
                if sx == (column + 1) * factor:
                    sy, sx = sy + 1, column * factor
                slot = slots[pixel * samples + k]
                r, g, b = backdrop[row, 0], backdrop[row, 1], backdrop[row, 2]
                if slot != NOTHING:
                    nearest = max(nearest, inverse[sy, sx])
                    at = np.uint64(slot)
                    r = np.float64(fragments[RED + at])
                    g = np.float64(fragments[GREEN + at])
                    b = np.float64(fragments[BLUE + at])
                if veiled and over[sy, sx] != NOTHING:
                    r, g, b = _blend(over[sy, sx], faces, face_body, normals, points, albedo, surface, r, g, b)
                red, green, blue = red + r, green + g, blue + b
            ox = (column + 0.5 - half_x) / half
            away = ox * ox + oy * oy
            scale = (1.0 - 0.16 * away * away) / count * (GAMMA_STEPS - 1)
            colour[row, column, 0] = GAMMA[int(red * scale)]
            colour[row, column, 1] = GAMMA[int(green * scale)]
            colour[row, column, 2] = GAMMA[int(blue * scale)]
            distance[row, column] = np.float32(1.0) / nearest if nearest > 0.0 else np.float32(np.inf)
            pixel += 1


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
