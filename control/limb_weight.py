"""What a patient's arm weighs on a robot's joints, and how much of it the robot carries."""

from __future__ import annotations

import numpy as np

from robotics.chain import Chain
from robotics.contracts import Vector
from robotics.kernels.dynamics import gravity_torque


class LimbWeight:
    """The patient's segments as masses on the robot's links.

    Args:
        chain: The robot.
        T_world_base: Where its base stands, shape (4, 4).
        gravity_m_s2: Gravity along world z.
    """

    def __init__(self, chain: Chain, T_world_base: Vector, gravity_m_s2: float) -> None:
        self._kind = chain.kind
        self._mass, self._com = np.zeros(chain.size), np.zeros((chain.size, 3))
        self._gravity = np.ascontiguousarray(np.asarray(T_world_base)[:3, :3].T @ (0.0, 0.0, gravity_m_s2))

    def set_masses(self, mass: Vector, com: Vector) -> None:
        """Say what each link carries of the limb.

        Args:
            mass: Masses, shape (n,) [kg].
            com: Their centres in the links, shape (n, 3) [m].
        """
        self._mass[:], self._com[:] = mass, com

    def torque(self, T_base_link: Vector, tau: Vector) -> None:
        """Joint torques that hold the limb up, shape (n,) [Nm], for poses of the links of shape (n, 4, 4)."""
        gravity_torque(T_base_link, self._kind, self._mass, self._com, self._gravity, tau)
