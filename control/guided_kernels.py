"""The arithmetic of a guided arm's tick, compiled: from joints and cuffs to an exercise's coordinates, and back."""

from __future__ import annotations

import math

from robotics.contracts import Vector
from robotics.kernels.cholesky import solve_positive_definite
from robotics.kernels.compiled import Indices, kernel
from robotics.kernels.kinematics import jacobian, place_tip, point_jacobian


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
def locate(
    placement: Vector,
    kind: Indices,
    T_link_tip: Vector,
    T_world_base: Vector,
    q: Vector,
    dq: Vector,
    T_base_link: Vector,
    T_base_tip: Vector,
    T_world_tip: Vector,
    pose: Vector,
    J_base: Vector,
    J_tip: Vector,
    velocity: Vector,
) -> float:
    """Where joints put links and tip, and how fast they move the tip.

    Args:
        placement, kind, T_link_tip, T_world_base, q: See `robotics.kernels.kinematics.place_tip`.
        dq: Joint velocities, shape (n,).
        T_base_link, T_base_tip, T_world_tip, pose: Results, as there.
        J_base: Result: the tip's Jacobian in base, shape (6, n).
        J_tip: Result: its position rows in world, shape (3, n).
        velocity: Result: of the tip in world, shape (3,).

    Returns:
        The speed of the tip.
    """
    place_tip(placement, kind, T_link_tip, T_world_base, q, T_base_link, T_base_tip, T_world_tip, pose)
    jacobian(T_base_link, kind, T_base_tip[:3, 3], J_base)
    for row in range(3):
        for j in range(kind.shape[0]):
            value = 0.0
            for k in range(3):
                value += T_world_base[row, k] * J_base[k, j]
            J_tip[row, j] = value
    times(J_tip, dq, velocity)
    return math.sqrt(velocity[0] ** 2 + velocity[1] ** 2 + velocity[2] ** 2)


@kernel
def times(J: Vector, dq: Vector, v: Vector) -> None:
    """``v = J dq``, shapes (m, n), (n,), (m,)."""
    for row in range(J.shape[0]):
        total = 0.0
        for j in range(J.shape[1]):
            total += J[row, j] * dq[j]
        v[row] = total


@kernel
def dot(a: Vector, b: Vector) -> float:
    """``a' b``, both of shape (m,)."""
    total = 0.0
    for j in range(a.shape[0]):
        total += a[j] * b[j]
    return total


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
def own_force(
    J: Vector, cuffs: Vector, weight: Vector, in_joints: bool, own: Vector, gram: Vector, force: Vector
) -> None:
    """What the patient does himself, in the exercise's coordinates: what passes at the cuffs and what his arm weighs.

    Args:
        J: Of the coordinates, shape (m, n).
        cuffs: Joint torques of what passes at the cuffs, shape (n,).
        weight: Joint torques that would carry his arm, shape (n,).
        in_joints: Whether the coordinates are joints.
        own: Result: the sum of both, shape (n,).
        gram: Scratch, shape (m, m).
        force: Result, shape (m,).
    """
    for j in range(own.shape[0]):
        own[j] = cuffs[j] + weight[j]
    if in_joints:
        times(J, own, force)
    else:
        force_of(J, own, gram, force)


@kernel
def direction_asked(rate: Vector, tangent: Vector, led: bool, asked: bool, direction: Vector) -> None:
    """Where the patient's arm is to go, unit or zero; all of shape (m,).

    Args:
        rate: Velocity of the reference.
        tangent: Direction of the path; it counts where the reference stands still.
        led: Whether the reference moves the arm, or asks for it.
        asked: Whether it is the patient who is to move.
        direction: Result.
    """
    speed = math.sqrt(dot(rate, rate))
    for k in range(rate.shape[0]):
        if led and not speed <= 1e-9:
            direction[k] = rate[k] / speed
        else:
            direction[k] = tangent[k] if asked else 0.0


@kernel
def give(force: Vector, gains: Vector, share: float, given: Vector) -> None:
    """A share of a law's force, for coordinates that have it as they are strong: ``gains``; all of shape (m,)."""
    for k in range(force.shape[0]):
        given[k] = force[k] * gains[k] * share


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
def add_carried(weight: Vector, held: Vector, carried: Vector, tau: Vector) -> None:
    """Add the support of the patient's arm, of which joints that are held have the whole; all of shape (n,).

    Args:
        weight: Torques that would carry all of it.
        held: 1 for a joint that is held, else 0.
        carried: Torques that carry as much as is supported; result: what is carried.
        tau: Result: torques are added.
    """
    for j in range(tau.shape[0]):
        carried[j] += held[j] * (weight[j] - carried[j])
        tau[j] += carried[j]


@kernel
def add_drive(
    dq: Vector,
    damping: Vector,
    cuffs: Vector,
    carried: Vector,
    inertia_share: float,
    weight: Vector,
    viscous: Vector,
    coulomb: Vector,
    friction_share: float,
    tau: Vector,
) -> None:
    """What the drives add to a torque so that the robot is not felt; all vectors of shape (n,).

    Args:
        dq: Joint velocities.
        damping: Damping that there always is.
        cuffs: Torques of what passes at the cuffs.
        carried: Torques that carry the patient's arm.
        inertia_share: Share by which what moves the arm is strengthened, so that it seems lighter.
        weight: Torques that carry the robot itself.
        viscous: Friction of the drives.
        coulomb: The same; smooth about rest.
        friction_share: Share of it that is given back.
        tau: Result: torques are added.
    """
    for j in range(dq.shape[0]):
        tau[j] -= damping[j] * dq[j]
        tau[j] += inertia_share * cuffs[j] + inertia_share * carried[j]
        tau[j] += weight[j]
        tau[j] += friction_share * (viscous[j] * dq[j] + coulomb[j] * math.tanh(dq[j] / 0.05))


@kernel
def admit(dq_cmd: Vector, tau: Vector, inertia: float, damping: float, dt: float, dq_wanted: Vector) -> None:
    """Velocity that torques give to a virtual inertia with a damper, implicitly; all vectors of shape (n,)."""
    for j in range(tau.shape[0]):
        dq_wanted[j] = (inertia * dq_cmd[j] + dt * tau[j]) / (inertia + dt * damping)


@kernel
def take_cuffs(measured: Vector, rows: Indices, cuffs: Vector) -> bool:
    """Take an arm's cuffs, shape (k, 6), from all of a plant, unless any of these measures what is no number."""
    for i in range(measured.shape[0]):
        for j in range(6):
            if not math.isfinite(measured[i, j]):
                return False
    for c in range(rows.shape[0]):
        for j in range(6):
            cuffs[c, j] = measured[rows[c], j]
    return True


@kernel
def rests(dq: Vector, threshold: float) -> bool:
    """Whether no joint moves faster than the threshold; a rate that is no number is no rest."""
    rests = True
    for j in range(dq.shape[0]):
        rests &= abs(dq[j]) < threshold
    return rests
