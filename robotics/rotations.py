"""Rotations and poses for everyone outside of the control tick: arrays in as they come, fresh arrays out.

Quaternions are ``[w, x, y, z]`` with ``w >= 0``; poses are ``[x, y, z, qw, qx, qy, qz]`` or 4 x 4 matrices. The
compiled forms that write into the caller's arrays are in `robotics.kernels.rotation`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from robotics.contracts import POSE_SIZE, Vector
from robotics.errors import ArgumentError
from robotics.kernels import rotation as kernels


def quaternion_from_matrix(R: ArrayLike) -> Vector:
    """Unit quaternion of a rotation matrix, shape (3, 3), or of a pose's rotation, shape (4, 4)."""
    quat_wxyz = np.empty(4)
    kernels.quaternion_from_matrix(_matrix(R, "R"), quat_wxyz)
    return quat_wxyz


def matrix_from_quaternion(quat_wxyz: ArrayLike) -> Vector:
    """Rotation matrix, shape (3, 3), of a quaternion of any length above zero."""
    R = np.empty((3, 3))
    kernels.matrix_from_quaternion(_quaternion(quat_wxyz, "quat_wxyz"), R)
    return R


def quaternion_product(a_wxyz: ArrayLike, b_wxyz: ArrayLike) -> Vector:
    """Hamilton product ``a b``: first ``b``, then ``a``."""
    quat_wxyz = np.empty(4)
    kernels.quaternion_product(_array(a_wxyz, (4,), "a_wxyz"), _array(b_wxyz, (4,), "b_wxyz"), quat_wxyz)
    return quat_wxyz


def rotation_vector(R: ArrayLike) -> Vector:
    """Axis times angle of a rotation matrix, shape (3,) [rad]; the angle is in [0, pi]."""
    w = np.empty(3)
    kernels.rotation_vector(_matrix(R, "R"), w)
    return w


def matrix_from_rotation_vector(w: ArrayLike) -> Vector:
    """Rotation matrix, shape (3, 3), that turns by ``|w|`` about ``w`` [rad]."""
    R = np.empty((3, 3))
    kernels.matrix_from_rotation_vector(_array(w, (3,), "w"), R)
    return R


def rotation_vector_from_quaternion(quat_wxyz: ArrayLike) -> Vector:
    """Axis times angle of a quaternion, shape (3,) [rad]; the angle is in [0, pi]."""
    w = np.empty(3)
    quat = _quaternion(quat_wxyz, "quat_wxyz")
    kernels.rotation_vector_from_quaternion(quat / np.linalg.norm(quat), w)
    return w


def quaternion_from_rotation_vector(w: ArrayLike) -> Vector:
    """Unit quaternion, shape (4,), that turns by ``|w|`` about ``w`` [rad]; ``w >= 0`` for angles up to pi."""
    quat_wxyz = np.empty(4)
    kernels.quaternion_from_rotation_vector(_array(w, (3,), "w"), quat_wxyz)
    return quat_wxyz


def rotation_between(R_base_from: ArrayLike, R_base_to: ArrayLike) -> Vector:
    """Rotation vector along base axes that turns one orientation into another, shape (3,) [rad]."""
    w_base = np.empty(3)
    kernels.rotation_between(_matrix(R_base_from, "R_base_from"), _matrix(R_base_to, "R_base_to"), w_base)
    return w_base


def slerp(a_wxyz: ArrayLike, b_wxyz: ArrayLike, share: float) -> Vector:
    """Unit quaternion between two, along the shorter arc: ``a`` at ``share = 0``, ``b`` at 1."""
    quat_wxyz = np.empty(4)
    kernels.slerp(_quaternion(a_wxyz, "a_wxyz"), _quaternion(b_wxyz, "b_wxyz"), float(share), quat_wxyz)
    return quat_wxyz


def pose_from_matrix(T: ArrayLike) -> Vector:
    """Pose of seven numbers, shape (7,), of a homogeneous transform, shape (4, 4)."""
    pose = np.empty(POSE_SIZE)
    kernels.pose_from_matrix(_array(T, (4, 4), "T"), pose)
    return pose


def matrix_from_pose(pose: ArrayLike) -> Vector:
    """Homogeneous transform, shape (4, 4), of a pose of seven numbers."""
    T = np.empty((4, 4))
    array = _array(pose, (POSE_SIZE,), "pose")
    _quaternion(array[3:], "the quaternion of pose")
    kernels.matrix_from_pose(array, T)
    return T


def inverse(T_a_b: ArrayLike) -> Vector:
    """Inverse of a homogeneous transform, ``T_b_a``, shape (4, 4)."""
    T = _array(T_a_b, (4, 4), "T_a_b")
    T_b_a = np.eye(4)
    T_b_a[:3, :3] = T[:3, :3].T
    T_b_a[:3, 3] = -T[:3, :3].T @ T[:3, 3]
    return T_b_a


def _array(values: ArrayLike, shape: tuple[int, ...], name: str) -> Vector:
    array = np.array(values, dtype=np.float64)
    if array.shape != shape:
        raise ArgumentError(f"{name} has shape {array.shape}, needs {shape}")
    return array


def _matrix(values: ArrayLike, name: str) -> Vector:
    array = np.array(values, dtype=np.float64)
    if array.shape not in ((3, 3), (4, 4)):
        raise ArgumentError(f"{name} has shape {array.shape}, needs (3, 3) or (4, 4)")
    return array


def _quaternion(values: ArrayLike, name: str) -> Vector:
    array = _array(values, (4,), name)
    if not np.linalg.norm(array) > 0.0:
        raise ArgumentError(f"{name} is {array}: a quaternion must have a length")
    return array
