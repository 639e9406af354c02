"""What an arm can do at each of its joints, as plans are held against it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from robotics.chain import Chain
from robotics.kernels.kinematics import REVOLUTE


@dataclass(frozen=True)
class JointLimit:
    """What an arm can do at a joint.

    Attributes:
        low_deg: Least angle.
        high_deg: Greatest angle.
        speed_deg_s: Highest speed.
        torque_nm: Largest torque.
    """

    low_deg: float
    high_deg: float
    speed_deg_s: float
    torque_nm: float


def joint_limits(chain: Chain) -> dict[str, JointLimit]:
    """What an arm can do, by the names of its rotary joints."""
    found = zip(chain.joint_names, chain.kind, chain.lower, chain.upper, chain.velocity, chain.effort, strict=True)
    return {
        name: JointLimit(math.degrees(low), math.degrees(high), float(np.degrees(velocity)), float(effort))
        for name, kind, low, high, velocity, effort in found
        if kind == REVOLUTE
    }
