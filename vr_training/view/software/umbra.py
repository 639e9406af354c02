"""Shadows: how much of the key light reaches a fragment, looked up in the shadow map."""

from __future__ import annotations

import numpy as np

from vr_training.view.software.compiled import exact, fast
from vr_training.view.software.fragments import REACH, U, V, W
from vr_training.view.software.raster import Floats
from vr_training.view.software.tiles import CELL

RIM = np.array(
    [(1.0, 0.0), (0.71, 0.71), (0.0, 1.0), (-0.71, 0.71), (-1.0, 0.0), (-0.71, -0.71), (0.0, -1.0), (0.71, -0.71)],
    np.float32,
)
"""Where a shadow's edge is looked for around a point, in units of its softness."""
EDGE = 0.8
"""Half width of the window that a shadow's edge is averaged over, in units of its softness; `RIM` encloses it."""


@exact
def summarise(depth: Floats, low: Floats, high: Floats) -> None:
    """Least and greatest depth in and around each cell of a shadow map: beyond either there is nothing to look up.

    Args:
        depth: Shadow map, its sides a multiple of `CELL`.
        low: Least depth of each cell and of the eight around it [m], written.
        high: Greatest depth, written.
    """
    cells = len(low)
    least, most = np.empty((cells, cells), np.float32), np.empty((cells, cells), np.float32)
    row_low, row_high = np.empty(len(depth), np.float32), np.empty(len(depth), np.float32)
    for i in range(cells):
        row_low[:], row_high[:] = np.inf, -np.inf
        for row in range(i * CELL, (i + 1) * CELL):
            line = depth[row]
            for k in range(len(line)):
                d = line[k]
                row_low[k] = d if d < row_low[k] else row_low[k]
                row_high[k] = d if d > row_high[k] else row_high[k]
        for j in range(cells):
            a, b = row_low[j * CELL], row_high[j * CELL]
            for k in range(j * CELL + 1, (j + 1) * CELL):
                a, b = min(a, row_low[k]), max(b, row_high[k])
            least[i, j], most[i, j] = a, b
    for i in range(cells):
        for j in range(cells):
            a, b = least[i, j], most[i, j]
            for y in range(max(i - 1, 0), min(i + 2, cells)):
                for x in range(max(j - 1, 0), min(j + 2, cells)):
                    a, b = min(a, least[y, x]), max(b, most[y, x])
            low[i, j], high[i, j] = a, b


@fast
def look_up(n: int, soft: float, depth: Floats, low: Floats, high: Floats, fragments: Floats) -> None:
    """How much of the key light reaches fragments, where no rays have said so.

    Args:
        n: Number of fragments.
        soft: Half width of a shadow's edge, less than `CELL` [texels].
        depth: Shadow map; one texel where there is none.
        low: From `summarise`, as is the next.
        high: Greatest depth around each cell.
        fragments: Faced by `shade.face`; ``REACH`` updated.
    """
    margin = soft + 2.0
    last = len(depth) - margin
    for fragment in range(n):
        i = np.uint64(fragment)
        if fragments[REACH + i] >= 0.0:
            continue
        u, v, z = fragments[U + i], fragments[V + i], fragments[W + i]
        reach = 1.0
        if margin <= u <= last and margin <= v <= last:
            row, column = int(v) // CELL, int(u) // CELL
            if z >= high[row, column]:
                reach = 0.0
            elif z >= low[row, column]:
                reach = _edge(u, v, z, soft, depth)
        fragments[REACH + i] = reach


@fast
def _edge(u: float, v: float, z: float, soft: float, depth: Floats) -> float:
    """Share of the key light that passes what lies around a point of the shadow map."""
    agree = 1 if depth[int(v), int(u)] > z else 0
    for tap in range(8):
        agree += 1 if depth[int(v + soft * RIM[tap, 1]), int(u + soft * RIM[tap, 0])] > z else 0
    # Where all agree there is no edge: most of a picture is fully lit or fully dark.
    if agree == 0:
        return 0.0
    if agree == 9:
        return 1.0
    # Texels count by how much of them lies in a window around the point, so that an edge has neither steps nor grain.
    half = EDGE * soft
    row0, row1, column0, column1 = int(v - half), int(v + half), int(u - half), int(u + half)
    first, last = np.float32(column0 + 1 - (u - half)), np.float32(u + half - column1)
    lit = np.float32(0.0)
    for row in range(row0, row1 + 1):
        line = depth[np.uint64(row)]
        along = (first if line[column0] > z else np.float32(0.0)) + (last if line[column1] > z else np.float32(0.0))
        inside = 0
        for column in range(column0 + 1, column1):
            inside += line[np.uint64(column)] > z
        tall = min(row + 1.0, v + half) - max(float(row), v - half)
        lit += np.float32(tall) * (along + np.float32(inside))
    return min(float(lit) / (4.0 * half * half), 1.0)
