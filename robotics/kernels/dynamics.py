"""Dynamics of a serial chain in base axes, from the link poses that forward kinematics has already worked out.

Writing every vector along base axes and every moment about the base origin turns the backward recursions into plain
sums. Gravity is an argument, in base axes [m/s^2].

Source:
    Featherstone, Rigid Body Dynamics Algorithms, 2008: recursive Newton-Euler (table 5.1) and composite rigid bodies
    (table 6.2), restated in base axes.
"""

from __future__ import annotations

import math

from robotics.contracts import Vector
from robotics.kernels.cholesky import solve_positive_definite
from robotics.kernels.compiled import Indices, kernel
from robotics.kernels.kinematics import REVOLUTE


@kernel
def inverse_dynamics(
    T_base_link: Vector,
    kind: Indices,
    mass: Vector,
    com: Vector,
    inertia: Vector,
    dq: Vector,
    ddq: Vector,
    gravity: Vector,
    p_base_tip: Vector,
    wrench: Vector,
    tau: Vector,
    work: Vector,
) -> None:
    """Joint torques of a motion, by recursive Newton-Euler; without friction.

    Args:
        T_base_link: Poses of all links, shape (n, 4, 4).
        kind: `REVOLUTE` or `PRISMATIC`, shape (n,).
        mass: Masses, shape (n,) [kg].
        com: Centres of mass in their links, shape (n, 3) [m].
        inertia: Inertias about the centres of mass along link axes, shape (n, 3, 3) [kg m^2].
        dq: Joint velocities, shape (n,).
        ddq: Joint accelerations, shape (n,).
        gravity: Acceleration of free fall in base, shape (3,) [m/s^2].
        p_base_tip: Where the wrench acts, in base, shape (3,) [m].
        wrench: Force then moment that the surroundings exert on the tip, along base axes, shape (6,) [N, Nm].
        tau: Result: torques or forces of the drives, shape (n,) [Nm or N].
        work: Scratch, shape (n, 6).
    """
    n = len(kind)
    wx = wy = wz = 0.0  # angular velocity of the link
    ax = ay = az = 0.0  # its angular acceleration
    px = py = pz = 0.0  # a point of it ...
    vx, vy, vz = (
        -gravity[0],
        -gravity[1],
        -gravity[2],
    )  # ... and that point's acceleration, gravity as base acceleration
    for i in range(n):
        T = T_base_link[i]
        zx, zy, zz = T[0, 2], T[1, 2], T[2, 2]
        # Carry the acceleration of the previous link to this link's origin: a x r + w x (w x r).
        rx, ry, rz = T[0, 3] - px, T[1, 3] - py, T[2, 3] - pz
        ux, uy, uz = wy * rz - wz * ry, wz * rx - wx * rz, wx * ry - wy * rx
        vx += ay * rz - az * ry + wy * uz - wz * uy
        vy += az * rx - ax * rz + wz * ux - wx * uz
        vz += ax * ry - ay * rx + wx * uy - wy * ux
        px, py, pz = T[0, 3], T[1, 3], T[2, 3]
        rate, gain = dq[i], ddq[i]
        if kind[i] == REVOLUTE:
            ax += zx * gain + rate * (wy * zz - wz * zy)
            ay += zy * gain + rate * (wz * zx - wx * zz)
            az += zz * gain + rate * (wx * zy - wy * zx)
            wx += zx * rate
            wy += zy * rate
            wz += zz * rate
        else:
            vx += zx * gain + 2.0 * rate * (wy * zz - wz * zy)
            vy += zy * gain + 2.0 * rate * (wz * zx - wx * zz)
            vz += zz * gain + 2.0 * rate * (wx * zy - wy * zx)
        # Centre of mass in base axes from the link's origin, and its acceleration.
        c0, c1, c2 = com[i, 0], com[i, 1], com[i, 2]
        cx = T[0, 0] * c0 + T[0, 1] * c1 + zx * c2
        cy = T[1, 0] * c0 + T[1, 1] * c1 + zy * c2
        cz = T[2, 0] * c0 + T[2, 1] * c1 + zz * c2
        ux, uy, uz = wy * cz - wz * cy, wz * cx - wx * cz, wx * cy - wy * cx
        fx = mass[i] * (vx + ay * cz - az * cy + wy * uz - wz * uy)
        fy = mass[i] * (vy + az * cx - ax * cz + wz * ux - wx * uz)
        fz = mass[i] * (vz + ax * cy - ay * cx + wx * uy - wy * ux)
        # Euler's equation in link axes.
        w0 = T[0, 0] * wx + T[1, 0] * wy + T[2, 0] * wz
        w1 = T[0, 1] * wx + T[1, 1] * wy + T[2, 1] * wz
        w2 = zx * wx + zy * wy + zz * wz
        a0 = T[0, 0] * ax + T[1, 0] * ay + T[2, 0] * az
        a1 = T[0, 1] * ax + T[1, 1] * ay + T[2, 1] * az
        a2 = zx * ax + zy * ay + zz * az
        h0 = inertia[i, 0, 0] * w0 + inertia[i, 0, 1] * w1 + inertia[i, 0, 2] * w2
        h1 = inertia[i, 1, 0] * w0 + inertia[i, 1, 1] * w1 + inertia[i, 1, 2] * w2
        h2 = inertia[i, 2, 0] * w0 + inertia[i, 2, 1] * w1 + inertia[i, 2, 2] * w2
        m0 = inertia[i, 0, 0] * a0 + inertia[i, 0, 1] * a1 + inertia[i, 0, 2] * a2 + w1 * h2 - w2 * h1
        m1 = inertia[i, 1, 0] * a0 + inertia[i, 1, 1] * a1 + inertia[i, 1, 2] * a2 + w2 * h0 - w0 * h2
        m2 = inertia[i, 2, 0] * a0 + inertia[i, 2, 1] * a1 + inertia[i, 2, 2] * a2 + w0 * h1 - w1 * h0
        # Force, and moment about the base origin.
        cx, cy, cz = cx + px, cy + py, cz + pz
        work[i, 0] = fx
        work[i, 1] = fy
        work[i, 2] = fz
        work[i, 3] = T[0, 0] * m0 + T[0, 1] * m1 + zx * m2 + cy * fz - cz * fy
        work[i, 4] = T[1, 0] * m0 + T[1, 1] * m1 + zy * m2 + cz * fx - cx * fz
        work[i, 5] = T[2, 0] * m0 + T[2, 1] * m1 + zz * m2 + cx * fy - cy * fx
    # What joint i carries: the sum over the links beyond it, less what the surroundings give.
    fx, fy, fz = -wrench[0], -wrench[1], -wrench[2]
    mx = -wrench[3] + p_base_tip[1] * fz - p_base_tip[2] * fy
    my = -wrench[4] + p_base_tip[2] * fx - p_base_tip[0] * fz
    mz = -wrench[5] + p_base_tip[0] * fy - p_base_tip[1] * fx
    for k in range(n):
        i = n - 1 - k
        fx += work[i, 0]
        fy += work[i, 1]
        fz += work[i, 2]
        mx += work[i, 3]
        my += work[i, 4]
        mz += work[i, 5]
        T = T_base_link[i]
        px, py, pz = T[0, 3], T[1, 3], T[2, 3]
        if kind[i] == REVOLUTE:
            tau[i] = (
                T[0, 2] * (mx - py * fz + pz * fy)
                + T[1, 2] * (my - pz * fx + px * fz)
                + T[2, 2] * (mz - px * fy + py * fx)
            )
        else:
            tau[i] = T[0, 2] * fx + T[1, 2] * fy + T[2, 2] * fz


@kernel
def gravity_torque(T_base_link: Vector, kind: Indices, mass: Vector, com: Vector, gravity: Vector, tau: Vector) -> None:
    """Joint torques that hold the chain at rest against gravity.

    Args:
        T_base_link: Poses of all links, shape (n, 4, 4).
        kind: `REVOLUTE` or `PRISMATIC`, shape (n,).
        mass: Masses, shape (n,) [kg].
        com: Centres of mass in their links, shape (n, 3) [m].
        gravity: Acceleration of free fall in base, shape (3,) [m/s^2].
        tau: Result, shape (n,) [Nm or N].
    """
    n = len(kind)
    gx, gy, gz = gravity[0], gravity[1], gravity[2]
    m = hx = hy = hz = 0.0  # mass and first moment of all links beyond the joint
    for k in range(n):
        i = n - 1 - k
        T = T_base_link[i]
        c0, c1, c2 = com[i, 0], com[i, 1], com[i, 2]
        m += mass[i]
        hx += mass[i] * (T[0, 0] * c0 + T[0, 1] * c1 + T[0, 2] * c2 + T[0, 3])
        hy += mass[i] * (T[1, 0] * c0 + T[1, 1] * c1 + T[1, 2] * c2 + T[1, 3])
        hz += mass[i] * (T[2, 0] * c0 + T[2, 1] * c1 + T[2, 2] * c2 + T[2, 3])
        if kind[i] == REVOLUTE:
            rx, ry, rz = hx - m * T[0, 3], hy - m * T[1, 3], hz - m * T[2, 3]
            tau[i] = -(T[0, 2] * (ry * gz - rz * gy) + T[1, 2] * (rz * gx - rx * gz) + T[2, 2] * (rx * gy - ry * gx))
        else:
            tau[i] = -m * (T[0, 2] * gx + T[1, 2] * gy + T[2, 2] * gz)


@kernel
def mass_matrix(T_base_link: Vector, kind: Indices, mass: Vector, com: Vector, inertia: Vector, M: Vector) -> None:
    """Joint-space mass matrix, by composite rigid bodies.

    Args:
        T_base_link: Poses of all links, shape (n, 4, 4).
        kind: `REVOLUTE` or `PRISMATIC`, shape (n,).
        mass: Masses, shape (n,) [kg].
        com: Centres of mass in their links, shape (n, 3) [m].
        inertia: Inertias about the centres of mass along link axes, shape (n, 3, 3) [kg m^2].
        M: Result, shape (n, n), symmetric.
    """
    n = len(kind)
    # The composite body beyond joint i: mass, first moment and inertia about the base origin, along base axes.
    m = hx = hy = hz = 0.0
    ixx = iyy = izz = ixy = ixz = iyz = 0.0
    for k in range(n):
        i = n - 1 - k
        T = T_base_link[i]
        c0, c1, c2 = com[i, 0], com[i, 1], com[i, 2]
        cx = T[0, 0] * c0 + T[0, 1] * c1 + T[0, 2] * c2 + T[0, 3]
        cy = T[1, 0] * c0 + T[1, 1] * c1 + T[1, 2] * c2 + T[1, 3]
        cz = T[2, 0] * c0 + T[2, 1] * c1 + T[2, 2] * c2 + T[2, 3]
        mi = mass[i]
        m += mi
        hx += mi * cx
        hy += mi * cy
        hz += mi * cz
        A = inertia[i]
        # Rows of R @ A, then (R @ A) @ R.T.
        a0 = T[0, 0] * A[0, 0] + T[0, 1] * A[1, 0] + T[0, 2] * A[2, 0]
        a1 = T[0, 0] * A[0, 1] + T[0, 1] * A[1, 1] + T[0, 2] * A[2, 1]
        a2 = T[0, 0] * A[0, 2] + T[0, 1] * A[1, 2] + T[0, 2] * A[2, 2]
        b0 = T[1, 0] * A[0, 0] + T[1, 1] * A[1, 0] + T[1, 2] * A[2, 0]
        b1 = T[1, 0] * A[0, 1] + T[1, 1] * A[1, 1] + T[1, 2] * A[2, 1]
        b2 = T[1, 0] * A[0, 2] + T[1, 1] * A[1, 2] + T[1, 2] * A[2, 2]
        d0 = T[2, 0] * A[0, 0] + T[2, 1] * A[1, 0] + T[2, 2] * A[2, 0]
        d1 = T[2, 0] * A[0, 1] + T[2, 1] * A[1, 1] + T[2, 2] * A[2, 1]
        d2 = T[2, 0] * A[0, 2] + T[2, 1] * A[1, 2] + T[2, 2] * A[2, 2]
        ixx += a0 * T[0, 0] + a1 * T[0, 1] + a2 * T[0, 2] + mi * (cy * cy + cz * cz)
        ixy += a0 * T[1, 0] + a1 * T[1, 1] + a2 * T[1, 2] - mi * cx * cy
        ixz += a0 * T[2, 0] + a1 * T[2, 1] + a2 * T[2, 2] - mi * cx * cz
        iyy += b0 * T[1, 0] + b1 * T[1, 1] + b2 * T[1, 2] + mi * (cx * cx + cz * cz)
        iyz += b0 * T[2, 0] + b1 * T[2, 1] + b2 * T[2, 2] - mi * cy * cz
        izz += d0 * T[2, 0] + d1 * T[2, 1] + d2 * T[2, 2] + mi * (cx * cx + cy * cy)
        # Momentum of the composite body when joint i alone moves at unit rate: force f, moment t about the origin.
        zx, zy, zz = T[0, 2], T[1, 2], T[2, 2]
        if kind[i] == REVOLUTE:
            vx = T[1, 3] * zz - T[2, 3] * zy
            vy = T[2, 3] * zx - T[0, 3] * zz
            vz = T[0, 3] * zy - T[1, 3] * zx
            fx = m * vx + zy * hz - zz * hy
            fy = m * vy + zz * hx - zx * hz
            fz = m * vz + zx * hy - zy * hx
            tx = ixx * zx + ixy * zy + ixz * zz + hy * vz - hz * vy
            ty = ixy * zx + iyy * zy + iyz * zz + hz * vx - hx * vz
            tz = ixz * zx + iyz * zy + izz * zz + hx * vy - hy * vx
        else:
            fx, fy, fz = m * zx, m * zy, m * zz
            tx, ty, tz = hy * zz - hz * zy, hz * zx - hx * zz, hx * zy - hy * zx
        for j in range(i + 1):
            S = T_base_link[j]
            sx, sy, sz = S[0, 2], S[1, 2], S[2, 2]
            if kind[j] == REVOLUTE:
                px, py, pz = S[0, 3], S[1, 3], S[2, 3]
                value = sx * (tx - py * fz + pz * fy) + sy * (ty - pz * fx + px * fz) + sz * (tz - px * fy + py * fx)
            else:
                value = sx * fx + sy * fy + sz * fz
            M[i, j] = value
            M[j, i] = value


@kernel
def friction_torque(viscous: Vector, coulomb: Vector, dq: Vector, smooth: float, tau: Vector) -> None:
    """Torques that the drives spend on friction; the sign of Coulomb friction is smoothed about rest.

    Args:
        viscous: Viscous friction, shape (n,) [Nm s/rad or N s/m].
        coulomb: Coulomb friction, shape (n,) [Nm or N].
        dq: Joint velocities, shape (n,).
        smooth: Rate at which Coulomb friction has reached 76 % [rad/s or m/s], above zero.
        tau: Result, shape (n,) [Nm or N].
    """
    for i in range(len(dq)):
        tau[i] = viscous[i] * dq[i] + coulomb[i] * math.tanh(dq[i] / smooth)


@kernel
def forward_dynamics(
    T_base_link: Vector,
    kind: Indices,
    mass: Vector,
    com: Vector,
    inertia: Vector,
    dq: Vector,
    tau: Vector,
    gravity: Vector,
    p_base_tip: Vector,
    wrench: Vector,
    ddq: Vector,
    M: Vector,
    work: Vector,
) -> bool:
    """Joint accelerations of given drive torques; without friction. Arguments as in `inverse_dynamics`.

    Args:
        ddq: Result, shape (n,).
        M: Scratch, shape (n, n).
        work: Scratch, shape (n, 6).

    Returns:
        False where the mass matrix is singular; ``ddq`` is then meaningless.
    """
    n = len(kind)
    for i in range(n):
        ddq[i] = 0.0
    inverse_dynamics(T_base_link, kind, mass, com, inertia, dq, ddq, gravity, p_base_tip, wrench, ddq, work)
    for i in range(n):
        ddq[i] = tau[i] - ddq[i]
    mass_matrix(T_base_link, kind, mass, com, inertia, M)
    return bool(solve_positive_definite(M, ddq))
