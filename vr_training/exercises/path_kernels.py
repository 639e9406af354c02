"""The arithmetic of a path in every tick, compiled: points at a length of it, the nearest one, distances.

A path is points, shape (k, m), their lengths from the start, shape (k,), and unit tangents of its pieces, shape
(k - 1, m); of no length it is one point.
"""

from __future__ import annotations

from robotics.contracts import Vector
from robotics.kernels.compiled import kernel


@kernel
def squared_distance(a: Vector, b: Vector) -> float:
    """Square of the distance of two points, both of shape (m,)."""
    total = 0.0
    for i in range(a.shape[0]):
        total += (a[i] - b[i]) * (a[i] - b[i])
    return total


@kernel
def first_above(lengths: Vector, s: float) -> int:
    """Index of the first of rising lengths, shape (k,), that is above ``s``; k where none is."""
    low, high = 0, lengths.shape[0]
    while low < high:
        middle = (low + high) // 2
        if lengths[middle] <= s:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def at(points: Vector, lengths: Vector, tangents: Vector, s: float, point: Vector, tangent: Vector) -> None:
    """Point and unit tangent, both of shape (m,), at a length from the start; beyond an end it is that end."""
    m, pieces = points.shape[1], tangents.shape[0]
    if pieces == 0:
        for i in range(m):
            point[i], tangent[i] = points[0, i], 0.0
        return
    s = min(max(s, 0.0), lengths[pieces])
    k = min(first_above(lengths, s) - 1, pieces - 1)
    for i in range(m):
        tangent[i] = tangents[k, i]
        point[i] = points[k, i] + (s - lengths[k]) * tangents[k, i]


@kernel
def moving(
    points: Vector,
    lengths: Vector,
    tangents: Vector,
    s: float,
    speed: float,
    acceleration: float,
    point: Vector,
    tangent: Vector,
    rate: Vector,
    change: Vector,
) -> None:
    """Point and unit tangent as `at` has them, with velocity and acceleration along it, all of shape (m,)."""
    at(points, lengths, tangents, s, point, tangent)
    for i in range(points.shape[1]):
        rate[i], change[i] = tangent[i] * speed, tangent[i] * acceleration


@kernel
def nearest(points: Vector, lengths: Vector, tangents: Vector, x: Vector, near: float, reach: float) -> float:
    """Length at which a path comes nearest to a point.

    Args:
        points: Its points.
        lengths: Their lengths from its start.
        tangents: Unit tangents of its pieces.
        x: The point, shape (m,).
        near: Length about which is searched.
        reach: How far to either side.
    """
    pieces = tangents.shape[0]
    found, least = 0.0, -1.0
    first = max(first_above(lengths, near - reach) - 1, 0)
    last = min(first_above(lengths, near + reach) + 1, pieces)
    for k in range(first, last):
        along = 0.0
        for i in range(x.shape[0]):
            along += (x[i] - points[k, i]) * tangents[k, i]
        along = min(max(along, 0.0), lengths[k + 1] - lengths[k])
        square = 0.0
        for i in range(x.shape[0]):
            gap = x[i] - points[k, i] - along * tangents[k, i]
            square += gap * gap
        if least < 0.0 or square < least:
            found, least = lengths[k] + along, square
    return found
