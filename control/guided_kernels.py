"""The arithmetic of a guided arm's tick, compiled: from joints and cuffs to an exercise's coordinates, and back."""

from __future__ import annotations

import math

from robotics.contracts import Vector
from robotics.kernels.cholesky import solve_positive_definite
from robotics.kernels.compiled import Indices, kernel
from robotics.kernels.kinematics import point_jacobian


@kernel
def cuff_torque(
    T_base_link: Vector,
    kind: Indices,
    R_world_base: Vector,
    links: Indices,
    points: Vector,
    cuffs: Vector,
    J: Vector,
    p_base: Vector,
    tau: Vector,
) -> None:
    """Joint torques that what passes at the cuffs makes.

    Args:
        T_base_link: Poses of the links, shape (n, 4, 4).
        kind: Kind of each joint, shape (n,).
        R_world_base: Rotation of the base, shape (3, 3).
        links: Link of each cuff, -1 the base, shape (cuffs,).
        points: Middle of each cuff in its link, shape (cuffs, 3).
        cuffs: Force and moment on each cuff in world, shape (cuffs, 6).
        J: Scratch, shape (6, n).
        p_base: Scratch, shape (3,).
        tau: Result, shape (n,) [Nm].
    """
    n = kind.shape[0]
    for j in range(n):
        tau[j] = 0.0
    for c in range(links.shape[0]):
        link = links[c]
        if link < 0:
            continue
        T = T_base_link[link]
        for i in range(3):
            p_base[i] = T[i, 0] * points[c, 0] + T[i, 1] * points[c, 1] + T[i, 2] * points[c, 2] + T[i, 3]
        point_jacobian(T_base_link, kind, link, p_base, J)
        for i in range(3):
            force = moment = 0.0
            for k in range(3):  # into base
                force += R_world_base[k, i] * cuffs[c, k]
                moment += R_world_base[k, i] * cuffs[c, 3 + k]
            for j in range(n):
                tau[j] += J[i, j] * force + J[3 + i, j] * moment


@kernel
def tip_rows(J_base: Vector, R_world_base: Vector, axes: Indices, J: Vector) -> None:
    """Rows of a tip's Jacobian, shape (6, n) in base, for some of its world axes: result of shape (m, n)."""
    for row in range(axes.shape[0]):
        axis = axes[row]
        for j in range(J.shape[1]):
            value = 0.0
            for k in range(3):
                value += R_world_base[axis, k] * J_base[k, j]
            J[row, j] = value


@kernel
def times(J: Vector, dq: Vector, v: Vector) -> None:
    """``v = J dq``, shapes (m, n), (n,), (m,)."""
    for row in range(J.shape[0]):
        total = 0.0
        for j in range(J.shape[1]):
            total += J[row, j] * dq[j]
        v[row] = total


@kernel
def add_transposed(J: Vector, force: Vector, tau: Vector) -> None:
    """``tau += J' force``, shapes (m, n), (m,), (n,)."""
    for row in range(J.shape[0]):
        for j in range(J.shape[1]):
            tau[j] += J[row, j] * force[row]


@kernel
def force_of(J: Vector, tau: Vector, gram: Vector, force: Vector) -> None:
    """The force whose torques come nearest to ``tau``: least squares of ``J' force = tau``.

    Args:
        J: Shape (m, n).
        tau: Shape (n,).
        gram: Scratch, shape (m, m).
        force: Result, shape (m,).
    """
    m, n = J.shape
    for a in range(m):
        total = 0.0
        for j in range(n):
            total += J[a, j] * tau[j]
        force[a] = total
        for b in range(m):
            total = 1e-9 if a == b else 0.0
            for j in range(n):
                total += J[a, j] * J[b, j]
            gram[a, b] = total
    if not solve_positive_definite(gram, force):
        for a in range(m):
            force[a] = 0.0


@kernel
def without(J: Vector, tau: Vector, gram: Vector, force: Vector) -> None:
    """Take out of ``tau``, shape (n,), what would move the coordinates of ``J``: what is left is in its null space."""
    force_of(J, tau, gram, force)
    for row in range(J.shape[0]):
        for j in range(J.shape[1]):
            tau[j] -= J[row, j] * force[row]


@kernel
def add_posture(
    q: Vector, dq: Vector, held: Vector, share: Vector, stiffness: Vector, damping: Vector, tau: Vector
) -> None:
    """Hold joints where they were, each by its ``share``, 0 or 1; all of shape (n,)."""
    for j in range(q.shape[0]):
        tau[j] += share[j] * (stiffness[j] * (held[j] - q[j]) - damping[j] * dq[j])


@kernel
def add_walls(
    q: Vector, dq: Vector, lower: Vector, upper: Vector, stiffness: Vector, damping: Vector, tau: Vector
) -> None:
    """Walls at both ends of the range; all vectors of shape (n,)."""
    for j in range(q.shape[0]):
        if q[j] > upper[j]:
            tau[j] -= max(stiffness[j] * (q[j] - upper[j]) + damping[j] * dq[j], 0.0)
        elif q[j] < lower[j]:
            tau[j] += max(stiffness[j] * (lower[j] - q[j]) - damping[j] * dq[j], 0.0)


@kernel
def add_brakes(
    dq: Vector,
    joint_from: float,
    joint_gain: Vector,
    joint_most: Vector,
    J_tip: Vector,
    velocity: Vector,
    tip_from: float,
    tip_gain: float,
    tip_most: float,
    tau: Vector,
) -> None:
    """Brake what is too fast, joint by joint and at the tip, by no more than the patient may be pressed with.

    Args:
        dq: Joint velocities, shape (n,).
        joint_from: Speed from which on a joint is braked.
        joint_gain: Torque over what it is faster, shape (n,).
        joint_most: Largest torque of the brake, shape (n,).
        J_tip: Position rows of the tip's Jacobian, shape (3, n).
        velocity: Of the tip, shape (3,).
        tip_from: Speed from which on the tip is braked.
        tip_gain: Force over what it is faster.
        tip_most: Largest force of the brake.
        tau: Result: torques are added, shape (n,).
    """
    for j in range(dq.shape[0]):
        excess = abs(dq[j]) - joint_from
        if excess > 0.0:
            tau[j] -= math.copysign(min(joint_gain[j] * excess, joint_most[j]), dq[j])
    speed = math.sqrt(velocity[0] ** 2 + velocity[1] ** 2 + velocity[2] ** 2)
    if speed > tip_from:
        share = min(tip_gain * (speed - tip_from), tip_most) / speed
        for row in range(3):
            for j in range(dq.shape[0]):
                tau[j] -= J_tip[row, j] * share * velocity[row]


@kernel
def add_friction(viscous: Vector, coulomb: Vector, dq: Vector, share: float, tau: Vector) -> None:
    """Give a share of the drives' friction back, smoothly about rest; all vectors of shape (n,)."""
    for j in range(dq.shape[0]):
        tau[j] += share * (viscous[j] * dq[j] + coulomb[j] * math.tanh(dq[j] / 0.05))


@kernel
def admit(dq_cmd: Vector, tau: Vector, inertia: float, damping: float, dt: float, dq_wanted: Vector) -> None:
    """Velocity that torques give to a virtual inertia with a damper, implicitly; all vectors of shape (n,)."""
    for j in range(tau.shape[0]):
        dq_wanted[j] = (inertia * dq_cmd[j] + dt * tau[j]) / (inertia + dt * damping)


@kernel
def all_finite(values: Vector) -> bool:
    """Whether every one of some values, shape (k, m), is a number."""
    finite = True
    for i in range(values.shape[0]):
        for j in range(values.shape[1]):
            finite &= math.isfinite(values[i, j])
    return finite
