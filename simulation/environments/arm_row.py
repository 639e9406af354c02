"""What an environment knows of one arm: its part of the tick record, and of an observation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from robotics.contracts import JointGroup, Measurement, Vector
from simulation.environments.tip_driver import TipDriver

PER_ARM = 11
"""Numbers that an observation has of an arm: tip (7), jaw angle (1), contact force on the tip (3)."""


class ArmRow:
    """The fields of one arm in a tick record, as views: a field that is looked up by name costs more.

    Args:
        arm: The arm's fields, structured, shape (1,).
    """

    __slots__ = ("dq", "dq_cmd", "grip", "jaw", "jaw_cmd", "q", "q_cmd", "setpoint", "target", "tau", "tip", "wrench")

    def __init__(self, arm: NDArray[np.void]) -> None:
        self.q, self.dq, self.tau = arm["q"][0], arm["dq"][0], arm["tau"][0]
        self.q_cmd, self.dq_cmd = arm["q_cmd"][0], arm["dq_cmd"][0]
        self.jaw, self.jaw_cmd, self.grip = arm["jaw"], arm["jaw_cmd"], arm["grip"]
        self.tip, self.setpoint, self.target = arm["tip"][0], arm["setpoint"][0], arm["target"][0]
        self.wrench = arm["wrench"][0]

    def fill(self, measured: Measurement, group: JointGroup, wrench: Vector, driver: TipDriver) -> None:
        """Take in a measurement and what was commanded; has the driver see where the tip is.

        Args:
            measured: Of all arms.
            group: This arm's joints in it.
            wrench: On this arm's tip, shape (6,).
            driver: Drives this arm.
        """
        chain, jaw = group.chain, group.jaw
        self.q[:] = (measured.q if measured.q_joint is None else measured.q_joint)[chain]
        driver.see(self.q)
        self.dq[:], self.tau[:] = measured.dq[chain], measured.tau[chain]
        self.q_cmd[:], self.dq_cmd[:] = driver.q, driver.dq
        self.jaw[0] = measured.q[jaw] if jaw is not None else np.nan
        self.jaw_cmd[0], self.grip[0] = driver.jaw, driver.grip
        self.tip[:] = self.setpoint[:] = self.target[:] = driver.tip
        self.wrench[:] = wrench

    def observe(self, out: Vector) -> None:
        """Write what an observation has of it, shape (PER_ARM,); zero where jaws or force are not known."""
        out[:7], out[7], out[8:] = self.tip, self.jaw[0], self.wrench[:3]
        felt = out[7:]
        felt[np.isnan(felt)] = 0.0
