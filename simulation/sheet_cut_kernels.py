"""What becomes of a sheet's links, compiled: strain, tears and cuts, and what goes through it.

Arrays by coordinate, nodes by number, as in `simulation.sheet_kernels`.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from robotics.contracts import Vector
from robotics.kernels.compiled import Indices, Words, wide
from simulation.sheet_kernels import STRETCHED

Flags = NDArray[np.bool_]


@wide
def stretch(offsets: Indices, X: Vector, L: Vector, K: Vector, limit: float, tear: float, over: Flags,
            torn: Indices, counts: Indices) -> float:  # fmt: skip
    """Largest strain of the membrane's links; notes those beyond the limits.

    Args:
        offsets: See `advance`.
        X: See `advance`.
        L: See `advance`.
        K: See `advance`.
        limit: Strain above which a link counts as overstretched.
        tear: Strain above which it tears.
        over: Links that have ever been overstretched, shape (directions, n); updated.
        torn: Result: direction and node of links that tear now, shape (most, 2).
        counts: Result: how many are overstretched for the first time, and how many tear.
    """
    most = 0.0
    counts[:] = 0
    squared = (1.0 + limit) ** 2
    for d in range(STRETCHED):
        o = offsets[d]
        for c in range(X.shape[1] - o):
            if K[d, c] == 0.0:
                continue
            s = (X[0, c + o] - X[0, c]) ** 2 + (X[1, c + o] - X[1, c]) ** 2 + (X[2, c + o] - X[2, c]) ** 2
            s /= L[d, c] * L[d, c]
            most = max(most, s)
            if s > squared:
                if not over[d, c]:
                    over[d, c] = True
                    counts[0] += 1
                if s > (1.0 + tear) ** 2 and counts[1] < len(torn):
                    torn[counts[1], 0], torn[counts[1], 1] = d, c
                    counts[1] += 1
    return math.sqrt(most) - 1.0 if most > 0.0 else 0.0


@wide
def sever(offsets: Indices, K: Vector, U: Vector, spacing: float, a: Vector, b: Vector, grid: Indices,
          cells: Words) -> int:  # fmt: skip
    """Cut along a straight line on the sheet at rest: links that cross it are gone, cells that it meets are open.

    Args:
        offsets: See `advance`.
        K: See `advance`; links cut get 0.
        U: Nodes on the flat sheet, shape (2, n) [m].
        spacing: Of the nodes [m].
        a: Where the line begins on the flat sheet, shape (2,) [m].
        b: Where it ends.
        grid: Nodes along both sides, and cells along a link.
        cells: Which cells are open, a bit each; updated.

    Returns:
        How many links were cut.
    """
    cut = 0
    reach = 2.1 * spacing
    low0, high0 = min(a[0], b[0]) - reach, max(a[0], b[0]) + reach
    low1, high1 = min(a[1], b[1]) - reach, max(a[1], b[1]) + reach
    for c in range(U.shape[1]):
        if U[0, c] < low0 or U[0, c] > high0 or U[1, c] < low1 or U[1, c] > high1:
            continue
        for d in range(len(offsets)):
            if K[d, c] == 0.0:
                continue
            e = c + offsets[d]
            if _cross(a[0], a[1], b[0], b[1], U[0, c], U[1, c], U[0, e], U[1, e]):
                K[d, c] = 0.0
                cut += 1
    fine = spacing / grid[2]
    nu, nv = (grid[0] - 1) * grid[2], (grid[1] - 1) * grid[2]
    length = math.sqrt((b[0] - a[0]) ** 2 + (b[1] - a[1]) ** 2)
    parts = int(length / (0.2 * fine)) + 1
    for k in range(parts + 1):
        i = int((a[0] + (b[0] - a[0]) * k / parts) / fine)
        j = int((a[1] + (b[1] - a[1]) * k / parts) / fine)
        if 0 <= i < nu and 0 <= j < nv:
            bit = i * nv + j
            cells[bit >> 6] |= np.uint64(1) << np.uint64(bit & 63)
    return cut


@wide
def _cross(ax: float, ay: float, bx: float, by: float, cx: float, cy: float, dx: float, dy: float) -> bool:
    """Whether two line segments in a plane cross."""
    one = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    two = (bx - ax) * (dy - ay) - (by - ay) * (dx - ax)
    three = (dx - cx) * (ay - cy) - (dy - cy) * (ax - cx)
    four = (dx - cx) * (by - cy) - (dy - cy) * (bx - cx)
    return (one > 0.0) != (two > 0.0) and (three > 0.0) != (four > 0.0)


@wide
def pierced(X: Vector, grid: Indices, cells: Words, p: Vector, q: Vector, out: Vector) -> bool:
    """Where a straight line meets the sheet first, seen from ``p``; open cells let it through.

    Args:
        X: Places, shape (3, n).
        grid: See `sever`.
        cells: See `sever`.
        p: One end, shape (3,) [m].
        q: The other.
        out: Result: place on the flat sheet in spacings, and the share of the line, shape (3,).
    """
    nx, ny = grid[0], grid[1]
    found = False
    out[2] = 2.0
    low0, high0 = min(p[0], q[0]), max(p[0], q[0])
    low1, high1 = min(p[1], q[1]), max(p[1], q[1])
    d0, d1, d2 = q[0] - p[0], q[1] - p[1], q[2] - p[2]
    for i in range(nx - 1):
        for j in range(ny - 1):
            c = i * ny + j
            x0, x1, x2, x3 = X[0, c], X[0, c + 1], X[0, c + ny], X[0, c + ny + 1]
            if max(x0, x1, x2, x3) < low0 or min(x0, x1, x2, x3) > high0:
                continue
            x0, x1, x2, x3 = X[1, c], X[1, c + 1], X[1, c + ny], X[1, c + ny + 1]
            if max(x0, x1, x2, x3) < low1 or min(x0, x1, x2, x3) > high1:
                continue
            for half in range(2):
                # Triangles (0, ny, ny + 1) and (0, ny + 1, 1).
                e, f = (c + ny, c + ny + 1) if half == 0 else (c + ny + 1, c + 1)
                ux, uy, uz = X[0, e] - X[0, c], X[1, e] - X[1, c], X[2, e] - X[2, c]
                vx, vy, vz = X[0, f] - X[0, c], X[1, f] - X[1, c], X[2, f] - X[2, c]
                hx, hy, hz = d1 * vz - d2 * vy, d2 * vx - d0 * vz, d0 * vy - d1 * vx
                det = ux * hx + uy * hy + uz * hz
                if abs(det) < 1e-18:
                    continue
                sx, sy, sz = p[0] - X[0, c], p[1] - X[1, c], p[2] - X[2, c]
                s = (sx * hx + sy * hy + sz * hz) / det
                gx, gy, gz = sy * uz - sz * uy, sz * ux - sx * uz, sx * uy - sy * ux
                t = (d0 * gx + d1 * gy + d2 * gz) / det
                w = (vx * gx + vy * gy + vz * gz) / det
                if s < 0.0 or t < 0.0 or s + t > 1.0 or w < 0.0 or w > 1.0 or w >= out[2]:
                    continue
                a, b = (s + t, t) if half == 0 else (s, s + t)
                fu, fv = int((i + a) * grid[2]), int((j + b) * grid[2])
                bit = min(fu, (nx - 1) * grid[2] - 1) * (ny - 1) * grid[2] + min(fv, (ny - 1) * grid[2] - 1)
                if (cells[bit >> 6] >> np.uint64(bit & 63)) & np.uint64(1):
                    continue
                out[0], out[1], out[2] = i + a, j + b, w
                found = True
    return found
