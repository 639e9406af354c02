"""A serial chain in the one form that all kernels work on: fixed placements, and joints that move along or about z."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from robotics.arm_config import ArmConfig, FrameConfig, JointConfig, RevoluteJoint, load_arm_config
from robotics.contracts import Vector
from robotics.kernels.compiled import Indices
from robotics.kernels.kinematics import PRISMATIC, REVOLUTE


@dataclass(frozen=True, eq=False)
class Chain:
    """A serial chain of n joints. The arrays are C-contiguous and belong to the chain: read them, do not write.

    Attributes:
        name: Name of the arm.
        joint_names: Names of the joints, base to tip.
        placement: Fixed transform from the previous link (the base at first) to each joint before it moves,
            shape (n, 4, 4).
        kind: `REVOLUTE` or `PRISMATIC`, shape (n,), int64.
        lower: Lower position limits, shape (n,) [rad or m].
        upper: Upper position limits, shape (n,).
        velocity: Velocity limits, shape (n,) [rad/s or m/s].
        acceleration: Acceleration limits, shape (n,); infinite where none is stated.
        jerk: Jerk limits, shape (n,); infinite where none is stated.
        effort: Torque or force limits, shape (n,) [Nm or N].
        viscous: Viscous friction, shape (n,) [Nm s/rad or N s/m].
        coulomb: Coulomb friction, shape (n,) [Nm or N].
        backlash: Play between motors and joints, from end to end, shape (n,) [rad or m].
        mass: Masses of the links, shape (n,) [kg].
        com: Centres of mass in their links, shape (n, 3) [m].
        inertia: Inertias about the centres of mass along link axes, shape (n, 3, 3) [kg m^2].
        T_link_tip: Tip in the last link, shape (4, 4).
        remote_centre: ``"mechanism"``, ``"software"`` or ``"none"``; see `ArmConfig`.
        inverse: Name of the closed-form inverse kinematics, empty where there is none.
        home: Joint positions to start from, shape (n,).
    """

    name: str
    joint_names: tuple[str, ...]
    placement: Vector
    kind: Indices
    lower: Vector
    upper: Vector
    velocity: Vector
    acceleration: Vector
    jerk: Vector
    effort: Vector
    viscous: Vector
    coulomb: Vector
    backlash: Vector
    mass: Vector
    com: Vector
    inertia: Vector
    T_link_tip: Vector
    remote_centre: str
    inverse: str
    home: Vector

    @property
    def size(self) -> int:
        """Number of joints, n."""
        return len(self.joint_names)


def chain_from_config(config: ArmConfig) -> Chain:
    """Build the chain of an arm from its configuration; standard and modified DH rows come out in one form."""
    joints = config.joints
    placement = np.empty((len(joints), 4, 4))
    mount, tip = frame_matrix(config.mount), frame_matrix(config.tip)
    if config.convention == "modified_dh":
        for i, joint in enumerate(joints):
            placement[i] = _along_x(joint.a_m, joint.alpha_rad) @ _along_z(joint.d_m, joint.theta_offset_rad)
    else:
        # A standard row ends with its a and alpha: they lead on to the next joint, the last one's to the tip.
        lead = np.eye(4)
        for i, joint in enumerate(joints):
            placement[i] = lead @ _along_z(joint.d_m, joint.theta_offset_rad)
            lead = _along_x(joint.a_m, joint.alpha_rad)
        tip = lead @ tip
    placement[0] = mount @ placement[0]
    inertia = np.empty((len(joints), 3, 3))
    for i, joint in enumerate(joints):
        xx, yy, zz, xy, xz, yz = joint.body.inertia_kgm2
        inertia[i] = [[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]]
    return Chain(
        name=config.name,
        joint_names=tuple(joint.name for joint in joints),
        placement=placement,
        kind=np.array(
            [REVOLUTE if isinstance(joint, RevoluteJoint) else PRISMATIC for joint in joints], dtype=np.int64
        ),
        lower=_column(joints, "lower"),
        upper=_column(joints, "upper"),
        velocity=_column(joints, "velocity"),
        acceleration=_column(joints, "acceleration"),
        jerk=_column(joints, "jerk"),
        effort=_column(joints, "effort"),
        viscous=_column(joints, "viscous"),
        coulomb=_column(joints, "coulomb"),
        backlash=_column(joints, "backlash"),
        mass=np.array([joint.body.mass_kg for joint in joints]),
        com=np.array([joint.body.com_m for joint in joints]),
        inertia=inertia,
        T_link_tip=tip,
        remote_centre=config.remote_centre,
        inverse=config.inverse,
        home=np.array(config.home),
    )


def load_arm(name: str) -> Chain:
    """Load the chain of the arm ``name`` from ``configs/arms``, or from a path that ends in ``.toml``.

    Raises:
        UnknownNameError: No such arm; the message lists the valid names.
        ConfigError: The file says something that cannot be.
    """
    return chain_from_config(load_arm_config(name))


def rpy_matrix(roll: float, pitch: float, yaw: float) -> Vector:
    """Rotation matrix of roll, pitch, yaw about fixed x, y, z axes (as in URDF), shape (3, 3)."""
    cr, sr, cp, sp, cy, sy = np.cos(roll), np.sin(roll), np.cos(pitch), np.sin(pitch), np.cos(yaw), np.sin(yaw)
    return np.array(
        [
            [cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr],
            [sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr],
            [-sp, cp * sr, cp * cr],
        ]
    )


def matrix_rpy(R: Vector) -> tuple[float, float, float]:
    """Roll, pitch, yaw of a rotation matrix, shape (3, 3), about fixed axes (as in URDF) [rad]; undoes `rpy_matrix`."""
    pitch = np.arctan2(-R[2, 0], np.hypot(R[0, 0], R[1, 0]))
    if abs(R[2, 0]) > 1.0 - 1e-12:
        # Looking along z, roll and yaw turn about one axis: give all of it to yaw.
        return 0.0, float(pitch), float(np.arctan2(-R[0, 1], R[1, 1]))
    return float(np.arctan2(R[2, 1], R[2, 2])), float(pitch), float(np.arctan2(R[1, 0], R[0, 0]))


def frame_matrix(frame: FrameConfig) -> Vector:
    """A configured frame as a pose in the frame that it stands in, shape (4, 4)."""
    T = np.eye(4)
    T[:3, :3] = rpy_matrix(*frame.rpy_rad) if frame.rotation is None else np.array(frame.rotation)
    T[:3, 3] = frame.xyz_m
    return T


def _column(joints: tuple[JointConfig, ...], key: str) -> Vector:
    return np.array([getattr(joint, key) for joint in joints], dtype=np.float64)


def _along_x(a: float, alpha: float) -> Vector:
    T = np.eye(4)
    T[:3, :3] = rpy_matrix(alpha, 0.0, 0.0)
    T[0, 3] = a
    return T


def _along_z(d: float, theta: float) -> Vector:
    T = np.eye(4)
    T[:3, :3] = rpy_matrix(0.0, 0.0, theta)
    T[2, 3] = d
    return T
