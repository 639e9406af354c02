"""Unit quaternions ``[w, x, y, z]`` as compiled, allocation-free kernels for hand poses."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from robotics.contracts import Vector


@njit(cache=True)
def multiply(a: Vector, b: Vector, out: Vector) -> None:
    """``out = a b``: first rotate by ``b``, then by ``a``. All shape (4,); ``out`` may be ``a`` or ``b``."""
    w = a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3]
    x = a[0] * b[1] + a[1] * b[0] + a[2] * b[3] - a[3] * b[2]
    y = a[0] * b[2] - a[1] * b[3] + a[2] * b[0] + a[3] * b[1]
    z = a[0] * b[3] + a[1] * b[2] - a[2] * b[1] + a[3] * b[0]
    out[0], out[1], out[2], out[3] = w, x, y, z


@njit(cache=True)
def turn(q: Vector, x: float, y: float, z: float) -> None:
    """Turn ``q`` in place by the rotation vector ``(x, y, z)`` [rad], about axes that stay fixed, and normalise it."""
    angle = math.sqrt(x * x + y * y + z * z)
    half = 0.5 * angle
    c = math.cos(half)
    s = 0.5 if angle < 1e-9 else math.sin(half) / angle
    bx, by, bz = s * x, s * y, s * z
    w = c * q[0] - bx * q[1] - by * q[2] - bz * q[3]
    i = c * q[1] + bx * q[0] + by * q[3] - bz * q[2]
    j = c * q[2] - bx * q[3] + by * q[0] + bz * q[1]
    k = c * q[3] + bx * q[2] - by * q[1] + bz * q[0]
    size = math.sqrt(w * w + i * i + j * j + k * k)
    q[0], q[1], q[2], q[3] = w / size, i / size, j / size, k / size


@njit(cache=True)
def rotation_vector(a: Vector, b: Vector, out: Vector) -> None:
    """Rotation vector, shape (3,) [rad], that takes ``b`` to ``a`` about fixed axes, the short way round."""
    w = a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3]
    x = -a[0] * b[1] + a[1] * b[0] - a[2] * b[3] + a[3] * b[2]
    y = -a[0] * b[2] + a[1] * b[3] + a[2] * b[0] - a[3] * b[1]
    z = -a[0] * b[3] - a[1] * b[2] + a[2] * b[1] + a[3] * b[0]
    if w < 0.0:
        w, x, y, z = -w, -x, -y, -z
    s = math.sqrt(x * x + y * y + z * z)
    gain = 2.0 if s < 1e-9 else 2.0 * math.atan2(s, w) / s
    out[0], out[1], out[2] = gain * x, gain * y, gain * z


def from_matrix(rotation: Vector) -> Vector:
    """Quaternion of a rotation matrix, shape (3, 3) to (4,), by the largest of the four squares."""
    m = rotation
    squares = np.array(
        [
            1.0 + m[0, 0] + m[1, 1] + m[2, 2],
            1.0 + m[0, 0] - m[1, 1] - m[2, 2],
            1.0 - m[0, 0] + m[1, 1] - m[2, 2],
            1.0 - m[0, 0] - m[1, 1] + m[2, 2],
        ]
    )
    rows = np.array(
        [
            [squares[0], m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1]],
            [m[2, 1] - m[1, 2], squares[1], m[0, 1] + m[1, 0], m[0, 2] + m[2, 0]],
            [m[0, 2] - m[2, 0], m[0, 1] + m[1, 0], squares[2], m[1, 2] + m[2, 1]],
            [m[1, 0] - m[0, 1], m[0, 2] + m[2, 0], m[1, 2] + m[2, 1], squares[3]],
        ]
    )
    q = rows[int(np.argmax(squares))]
    return np.asarray(q / np.linalg.norm(q))
