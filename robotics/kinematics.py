"""Kinematics of a chain for everyone outside of the control tick: arrays in as they come, fresh arrays out."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from robotics.chain import Chain
from robotics.contracts import Vector
from robotics.errors import ArgumentError, JointLimitError
from robotics.kernels import kinematics as kernels


def joint_vector(chain: Chain, values: ArrayLike, name: str = "q") -> Vector:
    """One finite value per joint as a fresh float64 array.

    Raises:
        ArgumentError: Wrong shape, or not finite.
    """
    array = np.array(values, dtype=np.float64)
    if array.shape != (chain.size,):
        raise ArgumentError(f"{name} has shape {array.shape}; arm '{chain.name}' needs ({chain.size},)")
    if not np.isfinite(array).all():
        raise ArgumentError(f"{name} must be finite, is {array}")
    return array


def check_limits(chain: Chain, q: ArrayLike, tolerance: float = 0.0) -> None:
    """Raise `JointLimitError` for the first joint that is outside of its limits by more than ``tolerance``."""
    for name, value, lower, upper in zip(
        chain.joint_names, joint_vector(chain, q), chain.lower, chain.upper, strict=True
    ):
        if not lower - tolerance <= value <= upper + tolerance:
            raise JointLimitError(name, float(value), float(lower), float(upper))


def link_poses(chain: Chain, q: ArrayLike) -> Vector:
    """Poses of all links in base, shape (n, 4, 4).

    Args:
        chain: The arm.
        q: Joint positions, shape (n,) [rad or m].
    """
    T_base_link = np.empty((chain.size, 4, 4))
    kernels.link_poses(chain.placement, chain.kind, joint_vector(chain, q), T_base_link)
    return T_base_link


def forward(chain: Chain, q: ArrayLike) -> Vector:
    """Pose of the tip in base, shape (4, 4).

    Args:
        chain: The arm.
        q: Joint positions, shape (n,) [rad or m].
    """
    T_base_tip = np.empty((4, 4))
    kernels.tip_pose(link_poses(chain, q), chain.T_link_tip, T_base_tip)
    return T_base_tip


def jacobian(chain: Chain, q: ArrayLike) -> Vector:
    """Geometric Jacobian of the tip, shape (6, n): linear rows first, then angular, along base axes.

    Args:
        chain: The arm.
        q: Joint positions, shape (n,) [rad or m].
    """
    T_base_link = link_poses(chain, q)
    T_base_tip = np.empty((4, 4))
    kernels.tip_pose(T_base_link, chain.T_link_tip, T_base_tip)
    J = np.empty((6, chain.size))
    kernels.jacobian(T_base_link, chain.kind, np.ascontiguousarray(T_base_tip[:3, 3]), J)
    return J


def point_jacobian(chain: Chain, q: ArrayLike, link: int, p_link_point: ArrayLike) -> Vector:
    """Geometric Jacobian of a point on a link, shape (6, n), along base axes.

    Args:
        chain: The arm.
        q: Joint positions, shape (n,) [rad or m].
        link: Index of the link, 0 to n - 1.
        p_link_point: The point in the link's frame, shape (3,) [m].

    Raises:
        ArgumentError: No such link, or a value of the wrong shape.
    """
    if not 0 <= link < chain.size:
        raise ArgumentError(f"link is {link}; arm '{chain.name}' has links 0 to {chain.size - 1}")
    p = np.asarray(p_link_point, dtype=np.float64)
    if p.shape != (3,):
        raise ArgumentError(f"p_link_point has shape {p.shape}, needs (3,)")
    T_base_link = link_poses(chain, q)
    J = np.empty((6, chain.size))
    kernels.point_jacobian(T_base_link, chain.kind, link, T_base_link[link, :3, :3] @ p + T_base_link[link, :3, 3], J)
    return J
