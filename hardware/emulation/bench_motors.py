"""Motors that are only reckoned, for emulated boards that nothing hangs on: each an inertia and a friction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hardware.emulation.native_board import AT_HOME, BRAKE, POWER, SURE
from hardware.firmware.joint_table import BANDWIDTH_RAD_S, BuiltJoint
from hardware.joint_board.units import POSITION

FRICTION_1_S = 4.0
"""Part of its speed that a motor loses in a second; ours."""

BRAKING_1_S = 125.0
"""The same with its brake on; ours."""


class BenchMotors:
    """The motors of an arm's joints.

    Args:
        joints: What the board is built with: the stiffness of a servo tells the inertia that it is for.
        weights: What hangs on each joint, in its units of effort; nothing where None. A brake holds it.
    """

    def __init__(self, joints: tuple[BuiltJoint, ...], weights: Sequence[int] | None = None) -> None:
        self._joints = joints
        self._weights = (0,) * len(joints) if weights is None else weights
        self._q = [joint.rest * POSITION for joint in joints]
        self._dq = [0.0] * len(joints)
        self._inertia = [
            joint.stiffness * joint.tau_unit * 1e-9 / 2**20 / POSITION / BANDWIDTH_RAD_S**2 for joint in joints
        ]

    def step(self, driven: Any, sensed: Any, dt: float = 0.001) -> None:
        """Move for a stretch of time as drive stages are asked to, and say where the motors are.

        Args:
            driven: Orders, with ``effort`` and ``flags``.
            sensed: Result, with ``q``, ``dq``, ``tau`` and ``flags``.
            dt: Time [s].
        """
        for j, joint in enumerate(self._joints):
            effort = driven[j].effort if driven[j].flags & POWER else 0
            braked = driven[j].flags & BRAKE
            loss = BRAKING_1_S if braked else FRICTION_1_S
            pull = effort if braked else effort + self._weights[j]
            self._dq[j] += dt * (pull * joint.tau_unit * 1e-9 / self._inertia[j] - loss * self._dq[j])
            self._q[j] += dt * self._dq[j]
            lower, upper = joint.lower * POSITION, joint.upper * POSITION
            if not lower <= self._q[j] <= upper:
                self._q[j], self._dq[j] = min(max(self._q[j], lower), upper), 0.0
            sensed[j].q = round(self._q[j] / POSITION) - (0 if joint.absolute else joint.rest)
            sensed[j].dq = max(-32767, min(32767, round(self._dq[j] / (joint.dq_unit * 1e-9))))
            sensed[j].tau = effort
            sensed[j].flags = SURE | (0 if joint.absolute or self._q[j] > lower else AT_HOME)
