"""Dynamics of a chain for everyone outside of the control tick: arrays in as they come, fresh arrays out.

Gravity is the acceleration of free fall along base axes; a base that stands upright has `GRAVITY`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from robotics.chain import Chain
from robotics.contracts import Vector
from robotics.errors import ArgumentError
from robotics.kernels import dynamics as kernels
from robotics.kernels import kinematics
from robotics.kinematics import joint_vector

GRAVITY = (0.0, 0.0, -9.80665)
"""Standard gravity in a base whose z axis points up [m/s^2] (ISO 80000-3)."""

_NO_WRENCH = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def inverse_dynamics(
    chain: Chain,
    q: ArrayLike,
    dq: ArrayLike,
    ddq: ArrayLike,
    *,
    gravity: ArrayLike = GRAVITY,
    wrench: ArrayLike = _NO_WRENCH,
) -> Vector:
    """Drive torques of a motion without friction, shape (n,) [Nm or N].

    Args:
        chain: The arm.
        q: Joint positions, shape (n,) [rad or m].
        dq: Joint velocities, shape (n,).
        ddq: Joint accelerations, shape (n,).
        gravity: Free fall along base axes, shape (3,) [m/s^2].
        wrench: Force then moment of the surroundings on the tip, along base axes, shape (6,) [N, Nm].
    """
    T_base_link, p_base_tip = _poses(chain, q)
    tau = np.empty(chain.size)
    kernels.inverse_dynamics(
        T_base_link,
        chain.kind,
        chain.mass,
        chain.com,
        chain.inertia,
        joint_vector(chain, dq, "dq"),
        joint_vector(chain, ddq, "ddq"),
        _vector(gravity, 3, "gravity"),
        p_base_tip,
        _vector(wrench, 6, "wrench"),
        tau,
        np.empty((chain.size, 6)),
    )
    return tau


def mass_matrix(chain: Chain, q: ArrayLike) -> Vector:
    """Joint-space mass matrix, shape (n, n).

    Args:
        chain: The arm.
        q: Joint positions, shape (n,) [rad or m].
    """
    T_base_link, _ = _poses(chain, q)
    M = np.empty((chain.size, chain.size))
    kernels.mass_matrix(T_base_link, chain.kind, chain.mass, chain.com, chain.inertia, M)
    return M


def gravity_torque(chain: Chain, q: ArrayLike, *, gravity: ArrayLike = GRAVITY) -> Vector:
    """Drive torques that hold the arm at rest, shape (n,) [Nm or N].

    Args:
        chain: The arm.
        q: Joint positions, shape (n,) [rad or m].
        gravity: Free fall along base axes, shape (3,) [m/s^2].
    """
    T_base_link, _ = _poses(chain, q)
    tau = np.empty(chain.size)
    kernels.gravity_torque(T_base_link, chain.kind, chain.mass, chain.com, _vector(gravity, 3, "gravity"), tau)
    return tau


def forward_dynamics(
    chain: Chain,
    q: ArrayLike,
    dq: ArrayLike,
    tau: ArrayLike,
    *,
    gravity: ArrayLike = GRAVITY,
    wrench: ArrayLike = _NO_WRENCH,
) -> Vector:
    """Joint accelerations of given drive torques without friction, shape (n,); arguments as in `inverse_dynamics`.

    Raises:
        ArgumentError: The mass matrix is singular: some joint moves no mass.
    """
    T_base_link, p_base_tip = _poses(chain, q)
    ddq = np.empty(chain.size)
    solved = kernels.forward_dynamics(
        T_base_link,
        chain.kind,
        chain.mass,
        chain.com,
        chain.inertia,
        joint_vector(chain, dq, "dq"),
        joint_vector(chain, tau, "tau"),
        _vector(gravity, 3, "gravity"),
        p_base_tip,
        _vector(wrench, 6, "wrench"),
        ddq,
        np.empty((chain.size, chain.size)),
        np.empty((chain.size, 6)),
    )
    if not solved:
        raise ArgumentError(f"arm '{chain.name}' has a joint that moves no mass: its accelerations are not defined")
    return ddq


def friction_torque(chain: Chain, dq: ArrayLike, smooth: float = 0.01) -> Vector:
    """Torques that the drives spend on friction, shape (n,) [Nm or N].

    Args:
        chain: The arm.
        dq: Joint velocities, shape (n,).
        smooth: Rate over which Coulomb friction changes its sign [rad/s or m/s]; ours.

    Raises:
        ArgumentError: ``smooth`` is not above zero.
    """
    if not smooth > 0.0:
        raise ArgumentError(f"smooth is {smooth}, must be above 0")
    tau = np.empty(chain.size)
    kernels.friction_torque(chain.viscous, chain.coulomb, joint_vector(chain, dq, "dq"), float(smooth), tau)
    return tau


def _poses(chain: Chain, q: ArrayLike) -> tuple[Vector, Vector]:
    """Poses of all links, shape (n, 4, 4), and position of the tip, shape (3,), in base."""
    T_base_link = np.empty((chain.size, 4, 4))
    kinematics.link_poses(chain.placement, chain.kind, joint_vector(chain, q), T_base_link)
    T_base_tip = np.empty((4, 4))
    kinematics.tip_pose(T_base_link, chain.T_link_tip, T_base_tip)
    return T_base_link, T_base_tip[:3, 3].copy()


def _vector(values: ArrayLike, size: int, name: str) -> Vector:
    array = np.array(values, dtype=np.float64)
    if array.shape != (size,) or not np.isfinite(array).all():
        raise ArgumentError(f"{name} must be {size} finite numbers, is {array}")
    return array
