"""Turns of a hand's orientation ``[w, x, y, z]`` by rotation vectors, as compiled kernels."""

from __future__ import annotations

import math

import numpy as np

from robotics.contracts import Vector
from robotics.kernels.compiled import kernel
from robotics.kernels.rotation import rotation_vector_from_quaternion


@kernel
def turn(quat_wxyz: Vector, x: float, y: float, z: float) -> None:
    """Turn an orientation in place by the rotation vector ``(x, y, z)`` [rad] along fixed axes, and normalise it."""
    angle = math.sqrt(x * x + y * y + z * z)
    half = 0.5 * angle
    c = math.cos(half)
    s = 0.5 if angle < 1e-9 else math.sin(half) / angle
    bx, by, bz = s * x, s * y, s * z
    qw, qx, qy, qz = quat_wxyz[0], quat_wxyz[1], quat_wxyz[2], quat_wxyz[3]
    w = c * qw - bx * qx - by * qy - bz * qz
    i = c * qx + bx * qw + by * qz - bz * qy
    j = c * qy - bx * qz + by * qw + bz * qx
    k = c * qz + bx * qy - by * qx + bz * qw
    size = math.sqrt(w * w + i * i + j * j + k * k)
    quat_wxyz[0], quat_wxyz[1], quat_wxyz[2], quat_wxyz[3] = w / size, i / size, j / size, k / size


@kernel
def turn_between(from_wxyz: Vector, to_wxyz: Vector, w: Vector) -> None:
    """Rotation vector along fixed axes that turns one orientation into another, the short way round.

    Args:
        from_wxyz: Start, shape (4,).
        to_wxyz: End, shape (4,).
        w: Result, shape (3,) [rad].
    """
    a, b, turned = to_wxyz, from_wxyz, np.empty(4)
    turned[0] = a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3]
    turned[1] = -a[0] * b[1] + a[1] * b[0] - a[2] * b[3] + a[3] * b[2]
    turned[2] = -a[0] * b[2] + a[1] * b[3] + a[2] * b[0] - a[3] * b[1]
    turned[3] = -a[0] * b[3] - a[1] * b[2] + a[2] * b[1] + a[3] * b[0]
    rotation_vector_from_quaternion(turned, w)
