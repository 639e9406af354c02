"""A patient's arm in a robot's cuffs: compliant holds that pass force both ways, before every physics step.

The robot is PyBullet's, the limb is `simulation.patients.patient`'s. What a cuff passes on is known here, so it is what
its force sensor measures.
"""

from __future__ import annotations

import numpy as np

from robotics.arm_config import BASE
from robotics.chain import rpy_matrix
from robotics.contracts import CuffMount, Vector
from robotics.cuff_config import CuffConfig
from robotics.guidance import SEGMENTS
from robotics.kinematics import link_poses
from simulation.bullet_plant import BulletPlant, PlacedArm
from simulation.patients.cuff_kernels import cuff_wrenches
from simulation.patients.patient import Patient


def cuff_pose(cuff: CuffConfig) -> Vector:
    """A cuff in its link, shape (4, 4)."""
    T = np.eye(4)
    T[:3, :3] = rpy_matrix(*cuff.rpy_rad)
    T[:3, 3] = cuff.xyz_m
    return T


class Cuffs:
    """The cuffs of one arm.

    Args:
        arm: The robot.
        group: Index of its group in the plant.
        patient: Who is in it.

    Attributes:
        mounts: Where the cuffs are.
        wrench: Force then moment of the patient on each cuff, about its middle, in world, shape (cuffs, 6); live.
    """

    def __init__(self, arm: PlacedArm, group: int, patient: Patient) -> None:
        configs, chain = arm.config.cuffs, arm.chain
        names = [BASE, *chain.joint_names]
        self._arm, self._group, self._patient = arm, group, patient
        self._links = np.array([names.index(cuff.link) - 1 for cuff in configs], dtype=np.int64)
        self._T_link_cuff = np.array([cuff_pose(cuff) for cuff in configs]).reshape(-1, 4, 4)
        self._segments = np.array([SEGMENTS.index(cuff.segment) for cuff in configs], dtype=np.int64)
        self._stiffness = np.array([[*c.stiffness_n_m, *c.stiffness_nm_rad] for c in configs]).reshape(-1, 6)
        self._damping = np.array([[*c.damping_ns_m, *c.damping_nms_rad] for c in configs]).reshape(-1, 6)
        self.mounts = tuple(
            CuffMount(f"{arm.name}/{cuff.name}", group, int(link), T[:3, 3].copy())
            for cuff, link, T in zip(configs, self._links, self._T_link_cuff, strict=True)
        )
        n, c = chain.size, len(configs)
        self.wrench: Vector = np.zeros((c, 6))
        self._on_limb, self._points = np.zeros((3, 6)), np.zeros((c, 3))
        self._T_segment_cuff = np.tile(np.eye(4), (c, 1, 1))
        self._q, self._dq = np.zeros(n), np.zeros(n)
        self._T_world_base = np.ascontiguousarray(arm.T_world_base)
        self._T_base_link, self._J, self._work = np.zeros((n, 4, 4)), np.zeros((6, n)), np.zeros((4, 4, 4))
        self._plant: BulletPlant | None = None
        self._body, self._pulls = -1, [(0, -1)]  # row and PyBullet's link of each cuff that pulls at one

    def put_on(self, q: Vector) -> None:
        """Close the cuffs about the limb as it lies now: nothing is strained at first.

        Args:
            q: Joint positions of the robot, shape (n,).
        """
        T_base_link = link_poses(self._arm.chain, q)
        for c, (link, segment) in enumerate(zip(self._links, self._segments, strict=True)):
            T_world_link = self._T_world_base if link < 0 else self._T_world_base @ T_base_link[link]
            T_world_cuff = T_world_link @ self._T_link_cuff[c]
            self._T_segment_cuff[c] = np.linalg.inv(self._patient.T_world_segment[segment]) @ T_world_cuff
        self.wrench[:] = 0.0

    def connect(self, plant: BulletPlant) -> None:
        """Act on the plant's arm before every physics step from now on."""
        joints = plant.joints(self._group)
        self._plant, self._body = plant, plant.bodies()[self._group].body
        self._pulls = [(c, joints[link]) for c, link in enumerate(self._links) if link >= 0]
        plant.world.push(self._act)

    def _act(self) -> None:
        plant = self._plant
        assert plant is not None  # connected before it acts
        for k, state in enumerate(plant.joint_states(self._group)):
            self._q[k], self._dq[k] = state[0], state[1]
        chain, patient = self._arm.chain, self._patient
        cuff_wrenches(
            chain.placement, chain.kind, self._T_world_base, self._q, self._dq, self._links, self._T_link_cuff,
            self._segments, self._T_segment_cuff, patient.T_world_segment, patient.V_world_segment, self._stiffness,
            self._damping, self.wrench, self._on_limb, self._points, self._T_base_link, self._J, self._work,
        )  # fmt: skip
        wrenches, points, apply = self.wrench.tolist(), self._points.tolist(), plant.world.apply_wrench
        for c, link in self._pulls:
            apply(self._body, link, wrenches[c], points[c])
        patient.step(self._on_limb)
