"""Forward kinematics and geometric Jacobians of a serial chain in canonical form: every joint moves about or along z.

The pose of link i is
``T_base_link[i] = T_base_link[i - 1] @ placement[i] @ motion(q[i])``, where the motion turns about, or slides along,
the link's own z axis.
"""

from __future__ import annotations

import math

from robotics.contracts import Vector
from robotics.kernels.compiled import Indices, kernel

REVOLUTE = 0
"""``kind`` of a joint that turns about its z axis [rad]."""

PRISMATIC = 1
"""``kind`` of a joint that slides along its z axis [m]."""


@kernel
def compose(T_a_b: Vector, T_b_c: Vector, T_a_c: Vector) -> None:
    """Product of two poses, ``T_a_c = T_a_b @ T_b_c``.

    Args:
        T_a_b: Left pose, shape (4, 4).
        T_b_c: Right pose, shape (4, 4).
        T_a_c: Result, shape (4, 4); may be neither of the arguments.
    """
    for row in range(3):
        a, b, c = T_a_b[row, 0], T_a_b[row, 1], T_a_b[row, 2]
        for column in range(3):
            T_a_c[row, column] = a * T_b_c[0, column] + b * T_b_c[1, column] + c * T_b_c[2, column]
        T_a_c[row, 3] = a * T_b_c[0, 3] + b * T_b_c[1, 3] + c * T_b_c[2, 3] + T_a_b[row, 3]
        T_a_c[3, row] = 0.0
    T_a_c[3, 3] = 1.0


@kernel
def link_poses(placement: Vector, kind: Indices, q: Vector, T_base_link: Vector) -> None:
    """Poses of all links in base.

    Args:
        placement: Fixed transform from the previous link to each joint before it moves, shape (n, 4, 4).
        kind: `REVOLUTE` or `PRISMATIC`, shape (n,).
        q: Joint positions, shape (n,) [rad or m].
        T_base_link: Result, shape (n, 4, 4).
    """
    for i in range(len(kind)):
        T = T_base_link[i]
        if i == 0:
            for row in range(3):
                for column in range(4):
                    T[row, column] = placement[0, row, column]
                T[3, row] = 0.0
            T[3, 3] = 1.0
        else:
            compose(T_base_link[i - 1], placement[i], T)
        if kind[i] == REVOLUTE:
            c, s = math.cos(q[i]), math.sin(q[i])
            for row in range(3):
                x, y = T[row, 0], T[row, 1]
                T[row, 0] = c * x + s * y
                T[row, 1] = c * y - s * x
        else:
            for row in range(3):
                T[row, 3] += q[i] * T[row, 2]


@kernel
def tip_pose(T_base_link: Vector, T_link_tip: Vector, T_base_tip: Vector) -> None:
    """Pose of the tip in base from the poses of the links.

    Args:
        T_base_link: Poses of all links, shape (n, 4, 4); see `link_poses`.
        T_link_tip: Tip in the last link, shape (4, 4).
        T_base_tip: Result, shape (4, 4).
    """
    compose(T_base_link[T_base_link.shape[0] - 1], T_link_tip, T_base_tip)


@kernel
def point_jacobian(T_base_link: Vector, kind: Indices, link: int, p_base_point: Vector, J: Vector) -> None:
    """Geometric Jacobian of a point that moves with one link.

    Args:
        T_base_link: Poses of all links, shape (n, 4, 4).
        kind: `REVOLUTE` or `PRISMATIC`, shape (n,).
        link: Index of the link that carries the point; joints beyond it get zero columns.
        p_base_point: The point in base, shape (3,) [m].
        J: Result, shape (6, n): the point's velocity over the joint rates in rows 0-2, the link's angular velocity in
            rows 3-5, both along base axes.
    """
    for i in range(len(kind)):
        if i > link:
            for row in range(6):
                J[row, i] = 0.0
            continue
        zx, zy, zz = T_base_link[i, 0, 2], T_base_link[i, 1, 2], T_base_link[i, 2, 2]
        if kind[i] == REVOLUTE:
            rx = p_base_point[0] - T_base_link[i, 0, 3]
            ry = p_base_point[1] - T_base_link[i, 1, 3]
            rz = p_base_point[2] - T_base_link[i, 2, 3]
            J[0, i] = zy * rz - zz * ry
            J[1, i] = zz * rx - zx * rz
            J[2, i] = zx * ry - zy * rx
            J[3, i] = zx
            J[4, i] = zy
            J[5, i] = zz
        else:
            J[0, i] = zx
            J[1, i] = zy
            J[2, i] = zz
            J[3, i] = 0.0
            J[4, i] = 0.0
            J[5, i] = 0.0


@kernel
def jacobian(T_base_link: Vector, kind: Indices, p_base_tip: Vector, J: Vector) -> None:
    """Geometric Jacobian of the tip: linear rows first, then angular, both along base axes.

    Args:
        T_base_link: Poses of all links, shape (n, 4, 4).
        kind: `REVOLUTE` or `PRISMATIC`, shape (n,).
        p_base_tip: Tip position in base, shape (3,) [m]; ``T_base_tip[:3, 3]``.
        J: Result, shape (6, n).
    """
    point_jacobian(T_base_link, kind, len(kind) - 1, p_base_tip, J)
