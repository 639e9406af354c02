"""One physics step of a patient: his muscles, his tissue, the cuffs on his arm, and where all that takes it.

Damping and stiffness of muscles and tissue are taken at the end of the step, so the arm stays calm in the posture in
which two of the shoulder's axes coincide and its mass matrix is singular:
``(M + h D + h^2 K) dq+ = M dq + h (tau - bias + J' w)``, then ``q+ = q + h dq+``.
"""

from __future__ import annotations

from robotics.contracts import Vector
from robotics.kernels.cholesky import solve_positive_definite
from robotics.kernels.compiled import kernel
from robotics.kernels.dynamics import inverse_dynamics, mass_matrix
from robotics.kernels.kinematics import link_poses
from simulation.patients.ataxia import wander
from simulation.patients.fatigue import tire
from simulation.patients.intent import intend, tip_of
from simulation.patients.joints import SIZE
from simulation.patients.layout import Record, Records
from simulation.patients.muscle import bound, contract, feed_forward, feel_carried
from simulation.patients.pain import note_force
from simulation.patients.passive import resist
from simulation.patients.spasm import burst
from simulation.patients.spasticity import stretch
from simulation.patients.strength import limits
from simulation.patients.synergy import couple
from simulation.patients.tremor import shake
from simulation.patients.trunk import sway

_FASTEST_RAD_S = 40.0
"""No joint of a person turns faster; ours, a stop for a step that went wrong."""

_CARRIERS = (2, 4, 6)  # links that carry upper arm, forearm, hand


@kernel
def advance(state: Records, parameters: Records, wrench: Vector) -> None:
    """Advance a patient by one physics period.

    Args:
        state: His state.
        parameters: His parameters.
        wrench: Force then moment of the cuffs about each segment frame's origin, in world, shape (3, 6) [N, Nm].
    """
    s, p = state[0], parameters[0]
    limits(s, p)
    intend(s, p)
    wander(s, p)
    feed_forward(s, p)
    contract(s, p)
    bound(s)
    couple(s, p)
    bound(s)
    tire(s, p)
    resist(s, p)
    stretch(s, p)
    for j in range(SIZE):
        s.involuntary[j] = 0.0
    shake(s, p)
    burst(s, p)
    press(s, wrench)
    feel_carried(s, p, wrench)
    note_force(s, wrench)
    accelerate(s, p)
    sway(s, p, wrench)
    locate_links(s, p)


@kernel
def place(state: Records, parameters: Records) -> None:
    """Put links, tip and segments where the angles have them, without a step."""
    locate_links(state[0], parameters[0])


@kernel
def lead(state: Records, parameters: Records) -> None:
    """Torque of tissue and reflexes at given angles and velocities, without a step of the arm."""
    s, p = state[0], parameters[0]
    limits(s, p)
    resist(s, p)
    stretch(s, p)
    for j in range(SIZE):
        s.passive_torque[j] = s.spastic[j] + s.end[j] - s.end_damping[j] * s.dq[j]


@kernel
def press(s: Record, wrench: Vector) -> None:
    """Joint torques of the cuffs' wrenches."""
    fx = fy = fz = mx = my = mz = 0.0  # of all cuffs from here to the hand, moment about the base's origin
    R, segment = s.R_world_base, 2
    for i in range(SIZE - 1, -1, -1):
        T = s.T_base_link[i]
        if segment >= 0 and i == _CARRIERS[segment]:
            w = wrench[segment]
            gx = R[0, 0] * w[0] + R[1, 0] * w[1] + R[2, 0] * w[2]
            gy = R[0, 1] * w[0] + R[1, 1] * w[1] + R[2, 1] * w[2]
            gz = R[0, 2] * w[0] + R[1, 2] * w[1] + R[2, 2] * w[2]
            fx, fy, fz = fx + gx, fy + gy, fz + gz
            mx += R[0, 0] * w[3] + R[1, 0] * w[4] + R[2, 0] * w[5] + T[1, 3] * gz - T[2, 3] * gy
            my += R[0, 1] * w[3] + R[1, 1] * w[4] + R[2, 1] * w[5] + T[2, 3] * gx - T[0, 3] * gz
            mz += R[0, 2] * w[3] + R[1, 2] * w[4] + R[2, 2] * w[5] + T[0, 3] * gy - T[1, 3] * gx
            segment -= 1
        x, y, z = T[0, 3], T[1, 3], T[2, 3]
        s.outside[i] = (
            T[0, 2] * (mx - y * fz + z * fy) + T[1, 2] * (my - z * fx + x * fz) + T[2, 2] * (mz - x * fy + y * fx)
        )


@kernel
def accelerate(s: Record, p: Record) -> None:
    """Velocities and angles at the end of the step, and the torques that were exerted in it."""
    h = p.h
    mass_matrix(s.T_base_link, p.kind, p.mass, p.com, p.inertia, s.M)
    inverse_dynamics(
        s.T_base_link,
        p.kind,
        p.mass,
        p.com,
        p.inertia,
        s.dq,
        s.zero7,
        s.gravity,
        s.p_base_tip,
        s.zero6,
        s.bias,
        s.work,
    )
    for i in range(SIZE):
        s.rhs[i] = h * (s.pull[i] + s.involuntary[i] + s.end[i] + s.spastic[i] + s.outside[i] - s.bias[i])
        for j in range(SIZE):
            s.rhs[i] += s.M[i, j] * s.dq[j]
    for i in range(SIZE):
        s.inertia[i] = s.M[i, i]
        s.M[i, i] += h * (s.pull_damping[i] + s.end_damping[i]) + h * h * (s.pull_stiffness[i] + s.end_stiffness[i])
    solved = solve_positive_definite(s.M, s.rhs)
    for i in range(SIZE):
        rate = min(max(s.rhs[i], -_FASTEST_RAD_S), _FASTEST_RAD_S) if solved else 0.0
        s.dq[i] = rate
        s.q[i] += h * rate
        s.muscle_torque[i] = s.involuntary[i] + s.pull[i] - (s.pull_damping[i] + h * s.pull_stiffness[i]) * rate
        s.passive_torque[i] = s.spastic[i] + s.end[i] - (s.end_damping[i] + h * s.end_stiffness[i]) * rate


@kernel
def locate_links(s: Record, p: Record) -> None:
    """Where joints and trunk put the links, the tip and the segments, and how fast the segments move."""
    link_poses(p.placement, p.kind, s.q, s.T_base_link)
    tip_of(s.T_base_link, p.T_link_tip, s.p_base_tip)
    R = s.R_world_base
    for i in range(3):
        s.tip[i] = s.p_world_base[i] + s.trunk[i]
        for k in range(3):
            s.tip[i] += R[i, k] * s.p_base_tip[k]
    wx = wy = wz = vx = vy = vz = px = py = pz = 0.0
    segment = 0
    for i in range(SIZE):
        T = s.T_base_link[i]
        rx, ry, rz = T[0, 3] - px, T[1, 3] - py, T[2, 3] - pz
        vx, vy, vz = vx + wy * rz - wz * ry, vy + wz * rx - wx * rz, vz + wx * ry - wy * rx
        px, py, pz = T[0, 3], T[1, 3], T[2, 3]
        wx, wy, wz = wx + T[0, 2] * s.dq[i], wy + T[1, 2] * s.dq[i], wz + T[2, 2] * s.dq[i]
        if segment < 3 and i == _CARRIERS[segment]:
            out, V = s.T_world_segment[segment], s.V_world_segment[segment]
            for a in range(3):
                for b in range(4):
                    out[a, b] = R[a, 0] * T[0, b] + R[a, 1] * T[1, b] + R[a, 2] * T[2, b]
                out[a, 3] += s.p_world_base[a] + s.trunk[a]
                out[3, a] = 0.0
                V[a] = R[a, 0] * vx + R[a, 1] * vy + R[a, 2] * vz + s.dtrunk[a]
                V[3 + a] = R[a, 0] * wx + R[a, 1] * wy + R[a, 2] * wz
            out[3, 3] = 1.0
            segment += 1
