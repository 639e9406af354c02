"""Forward kinematics and geometric Jacobians of a serial chain in canonical form: every joint moves about or along z.

The pose of link i is
``T_base_link[i] = T_base_link[i - 1] @ placement[i] @ motion(q[i])``, where the motion turns about, or slides along,
the link's own z axis.
"""

from __future__ import annotations

import math

from robotics.contracts import Vector
from robotics.kernels.compiled import Indices, kernel
from robotics.kernels.rotation import pose_from_matrix

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
    # The pose so far stays in scalars (axes x, y, z and position p): reading it back from memory takes twice as long.
    x0 = y1 = z2 = 1.0
    x1 = x2 = y0 = y2 = z0 = z1 = p0 = p1 = p2 = 0.0
    for i in range(len(kind)):
        P = placement[i]
        ax, ay, az = P[0, 0], P[1, 0], P[2, 0]
        bx, by, bz = P[0, 1], P[1, 1], P[2, 1]
        cx, cy, cz = P[0, 2], P[1, 2], P[2, 2]
        dx, dy, dz = P[0, 3], P[1, 3], P[2, 3]
        p0, p1, p2 = (
            x0 * dx + y0 * dy + z0 * dz + p0,
            x1 * dx + y1 * dy + z1 * dz + p1,
            x2 * dx + y2 * dy + z2 * dz + p2,
        )
        a0, a1, a2 = x0 * ax + y0 * ay + z0 * az, x1 * ax + y1 * ay + z1 * az, x2 * ax + y2 * ay + z2 * az
        b0, b1, b2 = x0 * bx + y0 * by + z0 * bz, x1 * bx + y1 * by + z1 * bz, x2 * bx + y2 * by + z2 * bz
        z0, z1, z2 = x0 * cx + y0 * cy + z0 * cz, x1 * cx + y1 * cy + z1 * cz, x2 * cx + y2 * cy + z2 * cz
        if kind[i] == REVOLUTE:
            c, s = math.cos(q[i]), math.sin(q[i])
            x0, y0 = c * a0 + s * b0, c * b0 - s * a0
            x1, y1 = c * a1 + s * b1, c * b1 - s * a1
            x2, y2 = c * a2 + s * b2, c * b2 - s * a2
        else:
            x0, x1, x2, y0, y1, y2 = a0, a1, a2, b0, b1, b2
            p0, p1, p2 = p0 + q[i] * z0, p1 + q[i] * z1, p2 + q[i] * z2
        T = T_base_link[i]
        T[0, 0], T[0, 1], T[0, 2], T[0, 3] = x0, y0, z0, p0
        T[1, 0], T[1, 1], T[1, 2], T[1, 3] = x1, y1, z1, p1
        T[2, 0], T[2, 1], T[2, 2], T[2, 3] = x2, y2, z2, p2
        T[3, 0], T[3, 1], T[3, 2], T[3, 3] = 0.0, 0.0, 0.0, 1.0


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
def place_tip(
    placement: Vector,
    kind: Indices,
    T_link_tip: Vector,
    T_world_base: Vector,
    q: Vector,
    T_base_link: Vector,
    T_base_tip: Vector,
    T_world_tip: Vector,
    pose: Vector,
) -> None:
    """Where joints put links and tip in base, and the tip in world.

    Args:
        placement, kind: Of the chain, see `link_poses`.
        T_link_tip: Tip in the last link, shape (4, 4).
        T_world_base: Base in world, shape (4, 4).
        q: Joints, shape (n,).
        T_base_link: Result, shape (n, 4, 4).
        T_base_tip, T_world_tip: Results, shape (4, 4).
        pose: Result: the tip in world as a pose, shape (7,).
    """
    link_poses(placement, kind, q, T_base_link)
    tip_pose(T_base_link, T_link_tip, T_base_tip)
    compose(T_world_base, T_base_tip, T_world_tip)
    pose_from_matrix(T_world_tip, pose)


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
