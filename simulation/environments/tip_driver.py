"""Drives one simulated arm by the velocity of its tip, within the limits that the real-time loop keeps, too."""

from __future__ import annotations

import math

import numpy as np

from control.controller_config import ControllerConfig
from robotics.constrained import ConstrainedMotion, HalfSpace
from robotics.contracts import POSE_SIZE, Vector
from robotics.kernels.compiled import kernel
from robotics.kernels.kinematics import place_tip
from simulation.bullet_plant import PlacedArm

ACTIONS = 7
"""Numbers that drive an arm: velocity (3), angular velocity (3), grip (1); each within plus or minus one."""

_JAW_RAD_S = 3.5
"""How fast the jaws are asked to close: as a hand does that takes 0.3 s for 60 degrees."""


class TipDriver:
    """One arm: where it is commanded to be, and what an action makes of that.

    Args:
        arm: The arm in its place.
        controller: Limits and jaw angles.
        dt: Time between two commands [s].
        speed_m_s: Tip speed of an action of one [m/s].
        turn_rad_s: Angular speed of an action of one [rad/s].
        remote_centre: Trocar in base, shape (3,), for arms without one in their mechanism.
        half_spaces: Where the tip may be, in base.
    """

    def __init__(
        self,
        arm: PlacedArm,
        controller: ControllerConfig,
        dt: float,
        speed_m_s: float,
        turn_rad_s: float,
        remote_centre: Vector | None = None,
        half_spaces: tuple[HalfSpace, ...] = (),
    ) -> None:
        self._arm, self._dt, self._speed, self._turn = arm, dt, speed_m_s, turn_rad_s
        self._motion = ConstrainedMotion(arm.chain, controller.motion, dt, remote_centre, half_spaces)
        self._R_base_world = np.ascontiguousarray(arm.T_world_base[:3, :3].T)
        self._T_world_base = np.ascontiguousarray(arm.T_world_base)
        jaw, teleoperation = arm.config.jaw, controller.teleoperation
        self._open, self._closed = 0.0, 0.0
        if jaw is not None:
            self._open = min(jaw.upper, math.radians(teleoperation.jaw_open_deg))
            self._closed = max(jaw.lower, math.radians(teleoperation.jaw_closed_deg))
        n = arm.chain.size
        self.q, self.dq = np.zeros(n), np.zeros(n)
        self.jaw, self.grip = 0.0, 0.0
        self.tip = np.zeros(POSE_SIZE)
        self._twist, self._links = np.zeros(6), np.zeros((n, 4, 4))
        self._T_base_tip, self._T_world_tip = np.eye(4), np.eye(4)

    def start(self, q: Vector, jaw: float) -> None:
        """Command what is: joints, shape (n,), and jaw angle [rad]."""
        self.q[:] = np.clip(q, self._arm.chain.lower, self._arm.chain.upper)
        self.dq[:] = 0.0
        self.jaw = jaw
        self.grip = 0.0
        self.see(q)

    def see(self, q: Vector) -> None:
        """Work out where measured joints, shape (n,), put the tip in world: `tip`, shape (7,)."""
        chain = self._arm.chain
        place_tip(
            chain.placement, chain.kind, chain.T_link_tip, self._T_world_base, q, self._links, self._T_base_tip,
            self._T_world_tip, self.tip,
        )  # fmt: skip

    def drive(self, action: Vector, measured: Vector, rates: Vector) -> None:
        """Advance the command by one period.

        Args:
            action: Velocity and angular velocity in world and grip, shape (7,), each within plus or minus one.
            measured: Joints as they are, shape (n,).
            rates: Result: joint rates that take them to the command within the period, shape (n,).
        """
        self._twist[:3] = self._R_base_world @ (self._speed * action[:3])
        self._twist[3:] = self._R_base_world @ (self._turn * action[3:6])
        chain = self._arm.chain
        self.dq[:] = self._motion.step(self.q, self.dq, self._twist).dq
        _follow(self._dt, self.dq, measured, chain.lower, chain.upper, chain.velocity, self.q, rates)
        self.grip = 0.5 * (1.0 + float(action[6]))
        wanted = self._open + self.grip * (self._closed - self._open)
        step = _JAW_RAD_S * self._dt
        self.jaw += min(max(wanted - self.jaw, -step), step)


@kernel
def _follow(
    dt: float, dq: Vector, measured: Vector, lower: Vector, upper: Vector, velocity: Vector, q: Vector, rates: Vector
) -> None:
    """Advance the commanded joints ``q``, and find the rates that bring the measured ones there within ``dt``."""
    for i in range(q.shape[0]):
        q[i] = min(max(q[i] + dt * dq[i], lower[i]), upper[i])
        rates[i] = min(max((q[i] - measured[i]) / dt, -velocity[i]), velocity[i])
