"""An arm as it is loaded into PyBullet: its body and joints, its jaws coupled, and nothing of Bullet's own defaults."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pybullet as pb

from robotics.contracts import JointGroup
from robotics.kernels.rotation import quaternion_from_matrix
from simulation.urdf_writer import JAWS, write_urdf

if TYPE_CHECKING:
    from simulation.bullet_plant import PlacedArm

_GEAR_NM = 1.0
"""Torque up to which the jaws' coupling holds them symmetric [Nm]."""

JointStates = Sequence[tuple[float, float, Sequence[float], float]]
"""Position, velocity, reaction and torque of each joint, as PyBullet has them."""


@dataclass(slots=True)
class LoadedArm:
    """An arm in PyBullet.

    Attributes:
        arm: The arm.
        group: Its joints in the plant's vectors.
        body: Its body.
        joints: PyBullet's indices of its joints, then of its jaws.
        driven: Those of its joints alone.
        efforts: Their largest torques or forces, as PyBullet takes them.
        states: Its joints and jaws when they were looked at last.
    """

    arm: PlacedArm
    group: JointGroup
    body: int
    joints: list[int]
    driven: list[int]
    efforts: list[float]
    states: JointStates = ()

    @property
    def tips(self) -> list[int]:
        """The links that touch things: its last one, and its jaws."""
        return self.joints[len(self.driven) - 1 :]


def load_arm(client: Any, arm: PlacedArm, group: JointGroup, visuals: bool) -> LoadedArm:
    """Load an arm.

    Args:
        client: The PyBullet client.
        arm: The arm.
        group: Its joints in the plant's vectors.
        visuals: Whether anybody sees it in PyBullet's own window.
    """
    quat = np.zeros(4)
    quaternion_from_matrix(np.ascontiguousarray(arm.T_world_base), quat)
    with tempfile.TemporaryDirectory(prefix="steadyhand-") as folder:
        path = Path(folder) / f"{arm.name}.urdf"
        write_urdf(arm.config, path, visuals=visuals)
        body = client.loadURDF(
            str(path),
            basePosition=arm.T_world_base[:3, 3],
            baseOrientation=(quat[1], quat[2], quat[3], quat[0]),
            useFixedBase=True,
            flags=pb.URDF_USE_INERTIA_FROM_FILE,
        )
    joints = client.getNumJoints(body)
    by_name = {client.getJointInfo(body, i)[1].decode(): i for i in range(joints)}
    jaws = [by_name[name] for name in JAWS if name in by_name]
    if jaws:
        # Coupled as by their cables: both open by the same angle, wherever what they hold lies between them.
        gear = client.createConstraint(body, jaws[0], body, jaws[1], pb.JOINT_GEAR, (0, 0, 1), (0, 0, 0), (0, 0, 0))
        client.changeConstraint(gear, gearRatio=1, maxForce=_GEAR_NM, erp=0.5)
    for i in range(-1, joints):
        # Joint damping is the arm's own business, not Bullet's default.
        client.changeDynamics(body, i, linearDamping=0.0, angularDamping=0.0, jointDamping=0.0, maxJointVelocity=1e3)
        # PyBullet multiplies the coefficients of a pair: what an arm touches says what the pair has. In a call of its
        # own: beside a damping, PyBullet ignores a link's friction.
        client.changeDynamics(body, i, lateralFriction=1.0)
    driven = [by_name[name] for name in arm.chain.joint_names]
    return LoadedArm(arm, group, body, driven + jaws, driven, arm.chain.effort.tolist())
