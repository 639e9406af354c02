"""The arithmetic of cuffs, compiled: what a compliant hold between robot and limb passes on."""

from __future__ import annotations

import math

from robotics.contracts import Vector
from robotics.kernels.compiled import Indices, kernel
from robotics.kernels.kinematics import compose, link_poses, point_jacobian


@kernel
def cuff_wrenches(
    placement: Vector,
    kind: Indices,
    T_world_base: Vector,
    q: Vector,
    dq: Vector,
    links: Indices,
    T_link_cuff: Vector,
    segments: Indices,
    T_segment_cuff: Vector,
    T_world_segment: Vector,
    V_world_segment: Vector,
    stiffness: Vector,
    damping: Vector,
    on_robot: Vector,
    on_limb: Vector,
    points: Vector,
    T_base_link: Vector,
    J: Vector,
    work: Vector,
) -> None:
    """Springs and dampers between each cuff and the limb in it, along the cuff's own axes.

    Args:
        placement: Of the robot's joints, shape (n, 4, 4).
        kind: Their kind, shape (n,).
        T_world_base: Base of the robot, shape (4, 4).
        q: Joint positions, shape (n,).
        dq: Joint velocities, shape (n,).
        links: Link of each cuff, -1 the base, shape (c,).
        T_link_cuff: Each cuff in its link, shape (c, 4, 4).
        segments: Segment in each cuff, shape (c,).
        T_segment_cuff: Where in its segment the cuff was put on, shape (c, 4, 4).
        T_world_segment: Segments of the limb, shape (3, 4, 4).
        V_world_segment: Velocity of their origins and angular velocity, shape (3, 6).
        stiffness: Along and about each cuff's axes, shape (c, 6) [N/m, Nm/rad].
        damping: The same, shape (c, 6) [N s/m, Nm s/rad].
        on_robot: Result: force and moment of the limb about each cuff's middle, in world, shape (c, 6).
        on_limb: Result: force and moment of all cuffs about each segment's origin, in world, shape (3, 6).
        points: Result: middle of each cuff in world, shape (c, 3).
        T_base_link: Scratch, shape (n, 4, 4).
        J: Scratch, shape (6, n).
        work: Scratch, shape (4, 4, 4).
    """
    link_poses(placement, kind, q, T_base_link)
    T_world_link, T_robot, T_limb = work[0], work[1], work[2]
    p_base = work[3, 0]
    for s in range(3):
        for i in range(6):
            on_limb[s, i] = 0.0
    for c in range(links.shape[0]):
        link, s = links[c], segments[c]
        if link < 0:
            compose(T_world_base, T_link_cuff[c], T_robot)
        else:
            compose(T_world_base, T_base_link[link], T_world_link)
            compose(T_world_link, T_link_cuff[c], T_robot)
        compose(T_world_segment[s], T_segment_cuff[c], T_limb)
        vx = vy = vz = wx = wy = wz = 0.0
        if link >= 0:
            for i in range(3):
                p_base[i] = 0.0
                for k in range(3):
                    p_base[i] += T_world_base[k, i] * (T_robot[k, 3] - T_world_base[k, 3])
            point_jacobian(T_base_link, kind, link, p_base, J)
            b0 = b1 = b2 = b3 = b4 = b5 = 0.0
            for j in range(kind.shape[0]):
                b0 += J[0, j] * dq[j]
                b1 += J[1, j] * dq[j]
                b2 += J[2, j] * dq[j]
                b3 += J[3, j] * dq[j]
                b4 += J[4, j] * dq[j]
                b5 += J[5, j] * dq[j]
            B = T_world_base
            vx = B[0, 0] * b0 + B[0, 1] * b1 + B[0, 2] * b2
            vy = B[1, 0] * b0 + B[1, 1] * b1 + B[1, 2] * b2
            vz = B[2, 0] * b0 + B[2, 1] * b1 + B[2, 2] * b2
            wx = B[0, 0] * b3 + B[0, 1] * b4 + B[0, 2] * b5
            wy = B[1, 0] * b3 + B[1, 1] * b4 + B[1, 2] * b5
            wz = B[2, 0] * b3 + B[2, 1] * b4 + B[2, 2] * b5
        # Limb against robot, in world: where it is off, how fast, how far turned.
        dx, dy, dz = T_limb[0, 3] - T_robot[0, 3], T_limb[1, 3] - T_robot[1, 3], T_limb[2, 3] - T_robot[2, 3]
        V = V_world_segment[s]
        lx = T_limb[0, 3] - T_world_segment[s, 0, 3]
        ly = T_limb[1, 3] - T_world_segment[s, 1, 3]
        lz = T_limb[2, 3] - T_world_segment[s, 2, 3]
        # The robot's own velocity is taken where the limb is: a turn of both together strains nothing.
        ux = V[0] + V[4] * lz - V[5] * ly - (vx + wy * dz - wz * dy)
        uy = V[1] + V[5] * lx - V[3] * lz - (vy + wz * dx - wx * dz)
        uz = V[2] + V[3] * ly - V[4] * lx - (vz + wx * dy - wy * dx)
        ox, oy, oz = V[3] - wx, V[4] - wy, V[5] - wz
        rx, ry, rz = _turn(T_robot, T_limb)
        fx = fy = fz = mx = my = mz = 0.0
        for i in range(3):  # along and about the axes of the cuff
            ax, ay, az = T_robot[0, i], T_robot[1, i], T_robot[2, i]
            force = stiffness[c, i] * (ax * dx + ay * dy + az * dz) + damping[c, i] * (ax * ux + ay * uy + az * uz)
            moment = stiffness[c, 3 + i] * (ax * rx + ay * ry + az * rz)
            moment += damping[c, 3 + i] * (ax * ox + ay * oy + az * oz)
            fx += force * ax
            fy += force * ay
            fz += force * az
            mx += moment * ax
            my += moment * ay
            mz += moment * az
        # The force acts where the limb is; about the cuff's middle that is a moment, too.
        on_robot[c, 0], on_robot[c, 1], on_robot[c, 2] = fx, fy, fz
        on_robot[c, 3] = mx + dy * fz - dz * fy
        on_robot[c, 4] = my + dz * fx - dx * fz
        on_robot[c, 5] = mz + dx * fy - dy * fx
        points[c, 0], points[c, 1], points[c, 2] = T_robot[0, 3], T_robot[1, 3], T_robot[2, 3]
        on_limb[s, 0] -= fx
        on_limb[s, 1] -= fy
        on_limb[s, 2] -= fz
        on_limb[s, 3] -= mx + ly * fz - lz * fy
        on_limb[s, 4] -= my + lz * fx - lx * fz
        on_limb[s, 5] -= mz + lx * fy - ly * fx


@kernel
def _turn(A: Vector, B: Vector) -> tuple[float, float, float]:
    """Rotation vector in world that turns pose ``A`` into ``B``, both of shape (4, 4); right below half a turn."""
    # Entries of R = B A'.
    r = 0.0
    xy = xz = yx = yz = zx = zy = 0.0
    for k in range(3):
        r += A[0, k] * B[0, k] + A[1, k] * B[1, k] + A[2, k] * B[2, k]
        xy += B[0, k] * A[1, k]
        xz += B[0, k] * A[2, k]
        yx += B[1, k] * A[0, k]
        yz += B[1, k] * A[2, k]
        zx += B[2, k] * A[0, k]
        zy += B[2, k] * A[1, k]
    angle = math.acos(min(max(0.5 * (r - 1.0), -1.0), 1.0))
    factor = 0.5 if angle < 1e-6 else 0.5 * angle / math.sin(angle) if angle < 3.1 else 0.5
    return factor * (zy - yz), factor * (xz - zx), factor * (yx - xy)
