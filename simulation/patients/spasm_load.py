"""What a spasm presses on the cuffs with while they are held: forces that no robot can keep away but by letting it run.

The limb is taken as a chain on the springs of its cuffs: ``(J' K J + K_0) dq = tau``, and each cuff bears ``K J dq``.
The spasm is the largest that the patient has, the arm's weight hangs in the cuffs besides, and tissue and muscles hold
little: `LITTLE_NM_RAD`.
"""

from __future__ import annotations

import numpy as np

from robotics.arm_config import BASE
from robotics.contracts import Vector
from robotics.dynamics import gravity_torque
from robotics.guidance import SEGMENTS
from robotics.kinematics import link_poses, point_jacobian
from simulation.bullet_plant import PlacedArm
from simulation.patients.coupling import cuff_pose
from simulation.patients.limb import CARRIERS
from simulation.patients.patient import Patient

LARGEST = 1.3
"""The largest spasm over the usual one; see `simulation.patients.spasm.strike`."""

LITTLE_NM_RAD = 1.0
"""Stiffness of a joint by itself; assumed, so that what no cuff holds has a place [Nm/rad]."""


def spasm_load(arm: PlacedArm, patient: Patient, T_world_shoulder: Vector, gravity_m_s2: float = -9.81) -> Vector:
    """Force of a spasm and of the arm's weight on each cuff of a robot that stands still, shape (cuffs,) [N].

    Args:
        arm: The robot at its start.
        patient: Who is in it, as he sits at the start.
        T_world_shoulder: Base of his arm, shape (4, 4).
        gravity_m_s2: Acceleration of free fall along world z [m/s^2].
    """
    cuffs, chain, q = arm.config.cuffs, patient.chain, patient.q
    R = T_world_shoulder[:3, :3]
    names, T_base_link = [BASE, *arm.chain.joint_names], link_poses(arm.chain, arm.start)
    T_links = [arm.T_world_base, *(arm.T_world_base @ T for T in T_base_link)]
    spasm = patient.config.spasm
    tau = -gravity_torque(chain, q, gravity=R.T @ np.array([0.0, 0.0, gravity_m_s2]))
    if spasm is not None:
        tau = tau + LARGEST * spasm.peak_nm.vector()
    held, rows = LITTLE_NM_RAD * np.eye(chain.size), []
    for cuff in cuffs:
        T_world_cuff = T_links[names.index(cuff.link)] @ cuff_pose(cuff)
        segment = SEGMENTS.index(cuff.segment)
        point = np.linalg.inv(patient.T_world_segment[segment]) @ T_world_cuff[:, 3]
        J = point_jacobian(chain, q, CARRIERS[segment], point[:3])
        # Along the cuff's own axes.
        along = np.vstack([(R.T @ T_world_cuff[:3, :3]).T @ J[:3], (R.T @ T_world_cuff[:3, :3]).T @ J[3:]])
        stiffness = np.diag([*cuff.stiffness_n_m, *cuff.stiffness_nm_rad])
        held += along.T @ stiffness @ along
        rows.append(stiffness[:3] @ along)
    moved = np.linalg.solve(held, tau)
    return np.array([np.linalg.norm(row @ moved) for row in rows])
