"""Computed torque: joint torques that make an arm follow commanded joint motion, for plants driven by torque."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from msgspec import Meta

from robotics.chain import Chain
from robotics.config import Config
from robotics.contracts import Vector
from robotics.kernels.dynamics import friction_torque, inverse_dynamics


class JointServoConfig(Config, frozen=True, kw_only=True):
    """Gains of the error dynamics, the same for all joints.

    Attributes:
        bandwidth_hz: Natural frequency of the error [Hz].
        damping: Damping ratio of the error.
    """

    bandwidth_hz: Annotated[float, Meta(gt=0, le=100)] = 20.0
    damping: Annotated[float, Meta(gt=0, le=5)] = 1.0


class JointServo:
    """Inverse dynamics of the wanted acceleration plus that of the error, friction added.

    Args:
        config: Gains.
        chain: The arm.
        gravity_base: Acceleration of free fall in base, shape (3,) [m/s^2].
        dt: Control period [s].

    Source:
        Luh, Walker and Paul 1980, resolved acceleration control, in joint space.
    """

    def __init__(self, config: JointServoConfig, chain: Chain, gravity_base: Vector, dt: float) -> None:
        omega = 2.0 * math.pi * config.bandwidth_hz
        self._stiffness, self._damping = omega * omega, 2.0 * config.damping * omega
        self._chain, self._gravity, self._dt = chain, np.array(gravity_base, dtype=float), dt
        n = chain.size
        self._ddq, self._friction = np.zeros(n), np.zeros(n)
        self._dq_last = np.zeros(n)
        self._work, self._no_wrench = np.zeros((n, 6)), np.zeros(6)

    def start(self) -> None:
        """Forget the last command: the arm is at rest."""
        self._dq_last[:] = 0.0

    def torque(
        self, T_base_link: Vector, p_base_tip: Vector, q: Vector, dq: Vector, q_cmd: Vector, dq_cmd: Vector, tau: Vector
    ) -> None:
        """Torques for the coming period.

        Args:
            T_base_link: Poses of the links as measured, shape (n, 4, 4).
            p_base_tip: Tip as measured, shape (3,) [m].
            q: Measured positions, shape (n,).
            dq: Measured velocities, shape (n,).
            q_cmd: Commanded positions, shape (n,).
            dq_cmd: Commanded velocities, shape (n,).
            tau: Result, shape (n,) [Nm or N].
        """
        chain = self._chain
        self._ddq[:] = (dq_cmd - self._dq_last) / self._dt
        self._ddq += self._stiffness * (q_cmd - q) + self._damping * (dq_cmd - dq)
        self._dq_last[:] = dq_cmd
        inverse_dynamics(
            T_base_link,
            chain.kind,
            chain.mass,
            chain.com,
            chain.inertia,
            dq,
            self._ddq,
            self._gravity,
            p_base_tip,
            self._no_wrench,
            tau,
            self._work,
        )
        friction_torque(chain.viscous, chain.coulomb, dq_cmd, 0.01, self._friction)
        tau += self._friction
