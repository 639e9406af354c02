"""Rotations: matrices, unit quaternions ``[w, x, y, z]``, rotation vectors, and poses of seven numbers.

Every kernel writes into its last argument. Quaternions come out with ``w >= 0``.

Source:
    Shepperd 1978 (quaternion from matrix, largest component first); Shoemake 1985 (slerp).
"""

from __future__ import annotations

import math

from robotics.contracts import Vector
from robotics.kernels.compiled import kernel


@kernel
def quaternion_from_matrix(R: Vector, quat_wxyz: Vector) -> None:
    """Unit quaternion of a rotation matrix, stable at every angle.

    Args:
        R: Rotation, shape (3, 3), or a pose, shape (4, 4), whose rotation is taken.
        quat_wxyz: Result, shape (4,), with ``w >= 0``.
    """
    trace = R[0, 0] + R[1, 1] + R[2, 2]
    if trace >= R[0, 0] and trace >= R[1, 1] and trace >= R[2, 2]:
        w = 1.0 + trace
        x = R[2, 1] - R[1, 2]
        y = R[0, 2] - R[2, 0]
        z = R[1, 0] - R[0, 1]
    elif R[0, 0] >= R[1, 1] and R[0, 0] >= R[2, 2]:
        w = R[2, 1] - R[1, 2]
        x = 1.0 + 2.0 * R[0, 0] - trace
        y = R[0, 1] + R[1, 0]
        z = R[0, 2] + R[2, 0]
    elif R[1, 1] >= R[2, 2]:
        w = R[0, 2] - R[2, 0]
        x = R[0, 1] + R[1, 0]
        y = 1.0 + 2.0 * R[1, 1] - trace
        z = R[1, 2] + R[2, 1]
    else:
        w = R[1, 0] - R[0, 1]
        x = R[0, 2] + R[2, 0]
        y = R[1, 2] + R[2, 1]
        z = 1.0 + 2.0 * R[2, 2] - trace
    scale = 1.0 / math.sqrt(w * w + x * x + y * y + z * z)
    if w < 0.0:
        scale = -scale
    quat_wxyz[0] = w * scale
    quat_wxyz[1] = x * scale
    quat_wxyz[2] = y * scale
    quat_wxyz[3] = z * scale


@kernel
def matrix_from_quaternion(quat_wxyz: Vector, R: Vector) -> None:
    """Rotation matrix of a quaternion of any length above zero.

    Args:
        quat_wxyz: Quaternion, shape (4,).
        R: Result, shape (3, 3), or a pose, shape (4, 4), whose rotation is set.
    """
    w, x, y, z = quat_wxyz[0], quat_wxyz[1], quat_wxyz[2], quat_wxyz[3]
    s = 2.0 / (w * w + x * x + y * y + z * z)
    R[0, 0] = 1.0 - s * (y * y + z * z)
    R[0, 1] = s * (x * y - w * z)
    R[0, 2] = s * (x * z + w * y)
    R[1, 0] = s * (x * y + w * z)
    R[1, 1] = 1.0 - s * (x * x + z * z)
    R[1, 2] = s * (y * z - w * x)
    R[2, 0] = s * (x * z - w * y)
    R[2, 1] = s * (y * z + w * x)
    R[2, 2] = 1.0 - s * (x * x + y * y)


@kernel
def quaternion_product(a_wxyz: Vector, b_wxyz: Vector, quat_wxyz: Vector) -> None:
    """Hamilton product ``a b``: first ``b``, then ``a``. The result may be one of the arguments; its sign is kept.

    Args:
        a_wxyz: Left quaternion, shape (4,).
        b_wxyz: Right quaternion, shape (4,).
        quat_wxyz: Result, shape (4,).
    """
    aw, ax, ay, az = a_wxyz[0], a_wxyz[1], a_wxyz[2], a_wxyz[3]
    bw, bx, by, bz = b_wxyz[0], b_wxyz[1], b_wxyz[2], b_wxyz[3]
    quat_wxyz[0] = aw * bw - ax * bx - ay * by - az * bz
    quat_wxyz[1] = aw * bx + ax * bw + ay * bz - az * by
    quat_wxyz[2] = aw * by - ax * bz + ay * bw + az * bx
    quat_wxyz[3] = aw * bz + ax * by - ay * bx + az * bw


@kernel
def rotation_vector_from_quaternion(quat_wxyz: Vector, w: Vector) -> None:
    """Logarithm: axis times angle, the angle in [0, pi].

    Args:
        quat_wxyz: Unit quaternion, shape (4,), of either sign.
        w: Result, shape (3,) [rad].
    """
    x, y, z = quat_wxyz[1], quat_wxyz[2], quat_wxyz[3]
    sine = math.sqrt(x * x + y * y + z * z)
    cosine = quat_wxyz[0]
    sign = 1.0
    if cosine < 0.0:
        cosine, sign = -cosine, -1.0
    # Below 1e-12 rad the angle over its sine is 2 to machine precision.
    scale = 2.0 * sign if sine < 1e-12 else sign * 2.0 * math.atan2(sine, cosine) / sine
    w[0] = x * scale
    w[1] = y * scale
    w[2] = z * scale


@kernel
def quaternion_from_rotation_vector(w: Vector, quat_wxyz: Vector) -> None:
    """Exponential: the unit quaternion that turns by ``|w|`` about ``w``; ``w >= 0`` for angles up to pi.

    Args:
        w: Rotation vector, shape (3,) [rad].
        quat_wxyz: Result, shape (4,).
    """
    x, y, z = w[0], w[1], w[2]
    angle = math.sqrt(x * x + y * y + z * z)
    # sin(a/2)/a = 1/2 - a^2/48 + ...: below 1e-5 rad the next term is under machine precision.
    scale = 0.5 - angle * angle / 48.0 if angle < 1e-5 else math.sin(0.5 * angle) / angle
    quat_wxyz[0] = math.cos(0.5 * angle)
    quat_wxyz[1] = x * scale
    quat_wxyz[2] = y * scale
    quat_wxyz[3] = z * scale


@kernel
def rotation_vector(R: Vector, w: Vector) -> None:
    """Logarithm of a rotation matrix, stable at every angle.

    Args:
        R: Rotation, shape (3, 3), or a pose, shape (4, 4).
        w: Result, shape (3,) [rad]; length in [0, pi].
    """
    trace = R[0, 0] + R[1, 1] + R[2, 2]
    x = R[2, 1] - R[1, 2]
    y = R[0, 2] - R[2, 0]
    z = R[1, 0] - R[0, 1]
    sine = math.sqrt(x * x + y * y + z * z)  # twice the sine of the angle
    if trace > 0.0:
        angle = math.atan2(sine, trace - 1.0)
        scale = 0.5 if sine < 1e-12 else angle / sine
    else:
        # Beyond 90 degrees the antisymmetric part fades: go by the largest component of the quaternion.
        if R[0, 0] >= R[1, 1] and R[0, 0] >= R[2, 2]:
            cosine = x
            x, y, z = 1.0 + 2.0 * R[0, 0] - trace, R[0, 1] + R[1, 0], R[0, 2] + R[2, 0]
        elif R[1, 1] >= R[2, 2]:
            cosine = y
            x, y, z = R[0, 1] + R[1, 0], 1.0 + 2.0 * R[1, 1] - trace, R[1, 2] + R[2, 1]
        else:
            cosine = z
            x, y, z = R[0, 2] + R[2, 0], R[1, 2] + R[2, 1], 1.0 + 2.0 * R[2, 2] - trace
        sine = math.sqrt(x * x + y * y + z * z)
        scale = 2.0 * math.atan2(sine, cosine) / sine if cosine >= 0.0 else -2.0 * math.atan2(sine, -cosine) / sine
    w[0] = x * scale
    w[1] = y * scale
    w[2] = z * scale


@kernel
def matrix_from_rotation_vector(w: Vector, R: Vector) -> None:
    """Exponential: the rotation matrix that turns by ``|w|`` about ``w`` (Rodrigues).

    Args:
        w: Rotation vector, shape (3,) [rad].
        R: Result, shape (3, 3), or a pose, shape (4, 4), whose rotation is set.
    """
    x, y, z = w[0], w[1], w[2]
    square = x * x + y * y + z * z
    angle = math.sqrt(square)
    if angle < 1e-4:
        # Series of sin(a)/a and (1 - cos(a))/a^2: the next terms are under machine precision.
        a, b = 1.0 - square / 6.0, 0.5 - square / 24.0
    else:
        half = math.sin(0.5 * angle)
        a, b = math.sin(angle) / angle, 2.0 * half * half / square
    R[0, 0] = 1.0 - b * (y * y + z * z)
    R[0, 1] = b * x * y - a * z
    R[0, 2] = b * x * z + a * y
    R[1, 0] = b * x * y + a * z
    R[1, 1] = 1.0 - b * (x * x + z * z)
    R[1, 2] = b * y * z - a * x
    R[2, 0] = b * x * z - a * y
    R[2, 1] = b * y * z + a * x
    R[2, 2] = 1.0 - b * (x * x + y * y)


@kernel
def rotation_between(R_base_from: Vector, R_base_to: Vector, w_base: Vector) -> None:
    """Rotation vector, along base axes, that turns one orientation into another: ``exp(w) @ R_from = R_to``.

    Args:
        R_base_from: Start, shape (3, 3) or (4, 4).
        R_base_to: End, shape (3, 3) or (4, 4).
        w_base: Result, shape (3,) [rad].
    """
    d00 = (
        R_base_to[0, 0] * R_base_from[0, 0] + R_base_to[0, 1] * R_base_from[0, 1] + R_base_to[0, 2] * R_base_from[0, 2]
    )
    d01 = (
        R_base_to[0, 0] * R_base_from[1, 0] + R_base_to[0, 1] * R_base_from[1, 1] + R_base_to[0, 2] * R_base_from[1, 2]
    )
    d02 = (
        R_base_to[0, 0] * R_base_from[2, 0] + R_base_to[0, 1] * R_base_from[2, 1] + R_base_to[0, 2] * R_base_from[2, 2]
    )
    d10 = (
        R_base_to[1, 0] * R_base_from[0, 0] + R_base_to[1, 1] * R_base_from[0, 1] + R_base_to[1, 2] * R_base_from[0, 2]
    )
    d11 = (
        R_base_to[1, 0] * R_base_from[1, 0] + R_base_to[1, 1] * R_base_from[1, 1] + R_base_to[1, 2] * R_base_from[1, 2]
    )
    d12 = (
        R_base_to[1, 0] * R_base_from[2, 0] + R_base_to[1, 1] * R_base_from[2, 1] + R_base_to[1, 2] * R_base_from[2, 2]
    )
    d20 = (
        R_base_to[2, 0] * R_base_from[0, 0] + R_base_to[2, 1] * R_base_from[0, 1] + R_base_to[2, 2] * R_base_from[0, 2]
    )
    d21 = (
        R_base_to[2, 0] * R_base_from[1, 0] + R_base_to[2, 1] * R_base_from[1, 1] + R_base_to[2, 2] * R_base_from[1, 2]
    )
    d22 = (
        R_base_to[2, 0] * R_base_from[2, 0] + R_base_to[2, 1] * R_base_from[2, 1] + R_base_to[2, 2] * R_base_from[2, 2]
    )
    # Same cases as `rotation_vector`, on scalars so that no matrix need be stored.
    trace = d00 + d11 + d22
    x, y, z = d21 - d12, d02 - d20, d10 - d01
    sine = math.sqrt(x * x + y * y + z * z)
    if trace > 0.0:
        scale = 0.5 if sine < 1e-12 else math.atan2(sine, trace - 1.0) / sine
    else:
        if d00 >= d11 and d00 >= d22:
            cosine = x
            x, y, z = 1.0 + 2.0 * d00 - trace, d01 + d10, d02 + d20
        elif d11 >= d22:
            cosine = y
            x, y, z = d01 + d10, 1.0 + 2.0 * d11 - trace, d12 + d21
        else:
            cosine = z
            x, y, z = d02 + d20, d12 + d21, 1.0 + 2.0 * d22 - trace
        sine = math.sqrt(x * x + y * y + z * z)
        scale = 2.0 * math.atan2(sine, cosine) / sine if cosine >= 0.0 else -2.0 * math.atan2(sine, -cosine) / sine
    w_base[0] = x * scale
    w_base[1] = y * scale
    w_base[2] = z * scale


@kernel
def slerp(a_wxyz: Vector, b_wxyz: Vector, share: float, quat_wxyz: Vector) -> None:
    """Spherical interpolation along the shorter arc.

    Args:
        a_wxyz: Unit quaternion at ``share = 0``, shape (4,).
        b_wxyz: Unit quaternion at ``share = 1``, shape (4,).
        share: Where between the two.
        quat_wxyz: Result, shape (4,), on the side of ``a``.
    """
    dot = a_wxyz[0] * b_wxyz[0] + a_wxyz[1] * b_wxyz[1] + a_wxyz[2] * b_wxyz[2] + a_wxyz[3] * b_wxyz[3]
    sign = 1.0
    if dot < 0.0:
        dot, sign = -dot, -1.0
    if dot > 1.0 - 1e-10:
        # Nearly equal: the chord is the arc.
        from_a, from_b = 1.0 - share, share
    else:
        angle = math.acos(dot)
        sine = math.sin(angle)
        from_a, from_b = math.sin((1.0 - share) * angle) / sine, math.sin(share * angle) / sine
    from_b *= sign
    w = from_a * a_wxyz[0] + from_b * b_wxyz[0]
    x = from_a * a_wxyz[1] + from_b * b_wxyz[1]
    y = from_a * a_wxyz[2] + from_b * b_wxyz[2]
    z = from_a * a_wxyz[3] + from_b * b_wxyz[3]
    scale = 1.0 / math.sqrt(w * w + x * x + y * y + z * z)
    quat_wxyz[0] = w * scale
    quat_wxyz[1] = x * scale
    quat_wxyz[2] = y * scale
    quat_wxyz[3] = z * scale


@kernel
def is_pose(T: Vector, tolerance: float) -> bool:
    """Whether a matrix is a homogeneous transform of finite numbers.

    Args:
        T: Matrix, shape (4, 4).
        tolerance: How far the products of its rotation's axes may be from those of a right-handed orthonormal frame.
    """
    for i in range(3):
        for j in range(i, 3):
            product = T[0, i] * T[0, j] + T[1, i] * T[1, j] + T[2, i] * T[2, j]
            if not abs(product - (1.0 if i == j else 0.0)) <= tolerance:
                return False
        if not abs(T[i, 3]) < math.inf or T[3, i] != 0.0:
            return False
    turn = (
        T[0, 2] * (T[1, 0] * T[2, 1] - T[2, 0] * T[1, 1])
        + T[1, 2] * (T[2, 0] * T[0, 1] - T[0, 0] * T[2, 1])
        + T[2, 2] * (T[0, 0] * T[1, 1] - T[1, 0] * T[0, 1])
    )
    return bool(turn > 0.0 and T[3, 3] == 1.0)


@kernel
def pose_from_matrix(T: Vector, pose: Vector) -> None:
    """Seven numbers of a homogeneous transform.

    Args:
        T: Pose, shape (4, 4).
        pose: Result ``[x, y, z, qw, qx, qy, qz]``, shape (7,).
    """
    pose[0] = T[0, 3]
    pose[1] = T[1, 3]
    pose[2] = T[2, 3]
    quaternion_from_matrix(T, pose[3:7])


@kernel
def matrix_from_pose(pose: Vector, T: Vector) -> None:
    """Homogeneous transform of seven numbers.

    Args:
        pose: ``[x, y, z, qw, qx, qy, qz]``, shape (7,).
        T: Result, shape (4, 4).
    """
    matrix_from_quaternion(pose[3:7], T)
    T[0, 3] = pose[0]
    T[1, 3] = pose[1]
    T[2, 3] = pose[2]
    T[3, 0] = 0.0
    T[3, 1] = 0.0
    T[3, 2] = 0.0
    T[3, 3] = 1.0
