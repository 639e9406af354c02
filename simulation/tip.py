"""Where an arm's tip is and how it moves, read from the physics between two of its steps."""

from __future__ import annotations

from typing import Any

import numpy as np

from robotics.contracts import Vector
from robotics.kernels.compiled import kernel
from simulation.grasping import ArmBodies


class TipSensor:
    """The tip of one arm as PyBullet has it.

    Args:
        client: The PyBullet client.
        arm: The arm.

    Attributes:
        place: The tip in world, shape (3,) [m].
        axes: Its axes in world, one a column, shape (3, 3).
        velocity: Its velocity in world, shape (3,) [m/s].
    """

    def __init__(self, client: Any, arm: ArmBodies) -> None:
        self._client, self._body, self._link = client, arm.body, arm.link
        self._T_link_tip = np.ascontiguousarray(arm.T_link_tip, dtype=float)
        self.place, self.axes, self.velocity = np.zeros(3), np.eye(3), np.zeros(3)
        self.read()

    def read(self) -> None:
        """See where the tip is now."""
        # Without forward kinematics PyBullet answers with where the link was one step ago.
        com, _, _, _, frame, quat, v, w = self._client.getLinkState(
            self._body, self._link, computeLinkVelocity=1, computeForwardKinematics=1
        )
        _tip(
            np.array(com), np.array(frame), np.array(quat), np.array(v), np.array(w), self._T_link_tip,
            self.place, self.axes, self.velocity,
        )  # fmt: skip


@kernel
def _tip(
    com: Vector,
    frame: Vector,
    quat_xyzw: Vector,
    v_com: Vector,
    w: Vector,
    T_link_tip: Vector,
    place: Vector,
    axes: Vector,
    velocity: Vector,
) -> None:
    """Place, axes and velocity of the tip from its link's centre of mass, frame and rates: v = v_com + w x r."""
    x, y, z, s = quat_xyzw[0], quat_xyzw[1], quat_xyzw[2], quat_xyzw[3]
    R = np.empty((3, 3))
    R[0, 0], R[0, 1], R[0, 2] = 1 - 2 * (y * y + z * z), 2 * (x * y - s * z), 2 * (x * z + s * y)
    R[1, 0], R[1, 1], R[1, 2] = 2 * (x * y + s * z), 1 - 2 * (x * x + z * z), 2 * (y * z - s * x)
    R[2, 0], R[2, 1], R[2, 2] = 2 * (x * z - s * y), 2 * (y * z + s * x), 1 - 2 * (x * x + y * y)
    for i in range(3):
        place[i] = frame[i]
        for j in range(3):
            place[i] += R[i, j] * T_link_tip[j, 3]
            axes[i, j] = 0.0
            for k in range(3):
                axes[i, j] += R[i, k] * T_link_tip[k, j]
    r0, r1, r2 = place[0] - com[0], place[1] - com[1], place[2] - com[2]
    velocity[0] = v_com[0] + w[1] * r2 - w[2] * r1
    velocity[1] = v_com[1] + w[2] * r0 - w[0] * r2
    velocity[2] = v_com[2] + w[0] * r1 - w[1] * r0
