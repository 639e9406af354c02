"""Which parts of a picture can have changed since the one before, so that only these are drawn and lit again.

A picture is divided into tiles. Its samples of bodies that never move are kept; where others were they are put back,
and the others are drawn anew, marking the tiles that they touch. A tile is lit again where what it sees has changed,
or where the shadow map has changed that its surfaces look up. All tests err towards lighting again, so a picture is the
same, bit for bit, whatever was drawn before it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from robotics.contracts import Vector
from vr_training.view.software.compiled import exact
from vr_training.view.software.raster import NOTHING, Floats, Ids, Marks

TILE = 8
"""Pixels along a tile's side."""
CELL = 8
"""Texels of the shadow map along the side of a cell, the unit in which its changes are noted."""
BITS = 64
Flags = NDArray[np.bool_]


def stamps(moves: Flags) -> Marks:
    """The bit that each body leaves in tiles that it touches: bodies beyond 64 share bits, those at rest have none."""
    bits = np.left_shift(np.uint64(1), np.arange(len(moves), dtype=np.uint64) % np.uint64(BITS))
    return np.where(moves, bits, np.uint64(0)).astype(np.uint64)


def grid(height: int, width: int) -> tuple[int, int]:
    """Rows and columns of tiles that cover a picture."""
    return -(-height // TILE), -(-width // TILE)


@exact
def restore(
    row0: int,
    row1: int,
    side: int,
    marks: Marks,
    base_ids: Ids,
    base_inverse: Floats,
    ids: Ids,
    inverse: Floats,
    over: Ids,
    inverse_over: Floats,
    ids_before: Ids,
    over_before: Ids,
) -> None:
    """In tiles that were marked, put back what bodies at rest look like; keep what was seen there before.

    Args:
        row0: First row of tiles.
        row1: One past the last.
        side: Samples along a tile's side.
        marks: Bits of each tile.
        base_ids: Faces of bodies at rest.
        base_inverse: Their inverse depth [1/m].
        ids: Faces of solid bodies, updated.
        inverse: Their inverse depth, updated.
        over: Faces of translucent bodies, updated.
        inverse_over: Their inverse depth, updated.
        ids_before: Faces of solid bodies before, written.
        over_before: Faces of translucent bodies before, written.
    """
    height, width = ids.shape
    for i in range(row0, row1):
        for j in range(marks.shape[1]):
            if not marks[i, j]:
                continue
            for row in range(i * side, min((i + 1) * side, height)):
                for column in range(j * side, min((j + 1) * side, width)):
                    ids_before[row, column], over_before[row, column] = ids[row, column], over[row, column]
                    ids[row, column], inverse[row, column] = base_ids[row, column], base_inverse[row, column]
                    over[row, column], inverse_over[row, column] = NOTHING, 0.0


@exact
def note_changes(
    row0: int,
    row1: int,
    side: int,
    moved: np.uint64,
    marks_before: Marks,
    marks: Marks,
    ids_before: Ids,
    over_before: Ids,
    ids: Ids,
    over: Ids,
    stale: Flags,
) -> None:
    """Mark tiles as stale that a body which moved touches, or that see something else than before.

    Args:
        row0: First row of tiles.
        row1: One past the last.
        side: Samples along a tile's side.
        moved: Bits of the bodies that moved.
        marks_before: Bits of each tile in the picture before.
        marks: Bits of each tile now.
        ids_before: Faces of solid bodies before, where tiles were marked.
        over_before: Faces of translucent bodies before, where tiles were marked.
        ids: Faces of solid bodies now.
        over: Faces of translucent bodies now.
        stale: Tiles to light again, updated.
    """
    height, width = ids.shape
    for i in range(row0, row1):
        for j in range(marks.shape[1]):
            if marks[i, j] & moved:
                stale[i, j] = True
            if stale[i, j] or not marks_before[i, j]:
                continue
            for row in range(i * side, min((i + 1) * side, height)):
                for column in range(j * side, min((j + 1) * side, width)):
                    if ids_before[row, column] != ids[row, column] or over_before[row, column] != over[row, column]:
                        stale[i, j] = True


@exact
def footprints(
    row0: int,
    row1: int,
    side: int,
    stale: Flags,
    inverse: Floats,
    focal: float,
    light_from_camera: Vector,
    prints: Floats,
) -> None:
    """Where in the light's frame the surfaces of each stale tile lie.

    Args:
        row0: First row of tiles.
        row1: One past the last.
        side: Samples along a tile's side.
        stale: Tiles to look at.
        inverse: Inverse depth of samples [1/m].
        focal: Focal length [samples].
        light_from_camera: Shape (3, 4).
        prints: Least x, y and z, greatest x, y and z of each tile [m], updated; greatest below least without any.
    """
    height, width = inverse.shape
    for i in range(row0, row1):
        for j in range(stale.shape[1]):
            if not stale[i, j]:
                continue
            top, bottom = i * side, min((i + 1) * side, height)
            left, right = j * side, min((j + 1) * side, width)
            near, far = np.float32(0.0), np.float32(np.inf)
            for row in range(top, bottom):
                for column in range(left, right):
                    value = inverse[row, column]
                    if value > 0.0:
                        near, far = max(near, value), min(far, value)
            prints[i, j, :3], prints[i, j, 3:] = np.inf, -np.inf
            if near == 0.0:
                continue
            # What a tile sees lies in the piece of its pyramid between its nearest and its farthest sample.
            for z in (1.0 / near, 1.0 / far):
                for y in ((top - 0.5 * height) / focal * z, (bottom - 0.5 * height) / focal * z):
                    for x in ((left - 0.5 * width) / focal * z, (right - 0.5 * width) / focal * z):
                        for k in range(3):
                            at = (
                                light_from_camera[k, 0] * x
                                + light_from_camera[k, 1] * y
                                + light_from_camera[k, 2] * z
                                + light_from_camera[k, 3]
                            )
                            prints[i, j, k] = min(prints[i, j, k], at)
                            prints[i, j, k + 3] = max(prints[i, j, k + 3], at)


@exact
def compare_maps(before: Floats, after: Floats, count: NDArray[np.int32]) -> None:
    """Where a shadow map has changed: cells that did, summed over all rows and columns before, shape (n + 1, n + 1)."""
    count[0, :] = 0
    for i in range(count.shape[0] - 1):
        count[i + 1, 0] = along = 0
        for j in range(count.shape[1] - 1):
            changed = False
            for row in range(i * CELL, (i + 1) * CELL):
                for column in range(j * CELL, (j + 1) * CELL):
                    changed |= before[row, column] != after[row, column]
            along += 1 if changed else 0
            count[i + 1, j + 1] = count[i, j + 1] + along


@exact
def note_shadows(
    prints: Floats,
    count: NDArray[np.int32],
    before: Floats,
    after: Floats,
    left: float,
    top: float,
    per_metre: float,
    margin: float,
    lift: float,
    stale: Flags,
) -> None:
    """Mark tiles as stale whose surfaces look up cells of the shadow map that have changed, and may see a difference.

    What lies deep in a shadow stays there while the body that casts it moves, although the body's own depth changes
    all over the map: only where its outline passes does a surface cost new light.

    Args:
        prints: From `footprints`.
        count: From `compare_maps`.
        before: Shadow map before.
        after: The same now.
        left: x of the map's left border [m].
        top: y of its upper border [m].
        per_metre: Texels per metre.
        margin: How far around its own place a surface looks [texels].
        lift: How far from its own place a surface looks up its shadow [m].
        stale: Updated.
    """
    last = count.shape[0] - 2
    for i in range(stale.shape[0]):
        for j in range(stale.shape[1]):
            if stale[i, j] or prints[i, j, 3] < prints[i, j, 0]:
                continue
            x0 = ((prints[i, j, 0] - left) * per_metre - margin) / CELL
            y0 = ((prints[i, j, 1] - top) * per_metre - margin) / CELL
            x1 = ((prints[i, j, 3] - left) * per_metre + margin) / CELL
            y1 = ((prints[i, j, 4] - top) * per_metre + margin) / CELL
            if x1 < 0.0 or y1 < 0.0 or x0 > last + 1 or y0 > last + 1:
                continue
            u0, v0 = int(max(x0, 0.0)), int(max(y0, 0.0))
            u1, v1 = int(min(x1, last)) + 1, int(min(y1, last)) + 1
            u0, v0 = min(u0, last), min(v0, last)
            if count[v1, u1] - count[v0, u1] - count[v1, u0] + count[v0, u0] == 0:
                continue
            near, far = np.float32(prints[i, j, 2] - lift), np.float32(prints[i, j, 5] + lift)
            size = len(after)
            u0, v0 = max(int(x0 * CELL), 0), max(int(y0 * CELL), 0)
            u1, v1 = min(int(x1 * CELL) + 1, size), min(int(y1 * CELL) + 1, size)
            for v in range(v0, v1):
                line, now = before[v], after[v]
                differs = False
                for column in range(u0, u1):
                    u = np.uint64(column)
                    dark = (line[u] <= near) & (now[u] <= near)
                    bright = (line[u] > far) & (now[u] > far)
                    differs |= (line[u] != now[u]) & ~(dark | bright)
                if differs:
                    stale[i, j] = True
                    break
