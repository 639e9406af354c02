"""What an arm does without its muscles: it resists past the ends of its ranges, and it is viscous.

Past the passive range the torque rises exponentially, ``end (exp(x / width) - 1)``; beyond ten widths' worth of that
curve it goes on along its tangent. Damping there is a share of the stiffness.
"""

from __future__ import annotations

import math

import numpy as np

from robotics.config import Config
from robotics.kernels.compiled import kernel
from robotics.shape_config import NotNegative, Positive
from simulation.patients.joints import SIZE, PositiveValues
from simulation.patients.layout import Record
from simulation.patients.strength import MotionRange

_STEEPEST = 4.0  # widths past the end up to which the torque rises exponentially


class Passive(Config, frozen=True, kw_only=True):
    """The tissue about the joints.

    Attributes:
        source: Where the figures come from.
        end_nm: Torque scale at the ends of the passive range [Nm].
        end_deg: Angle over which the torque grows e-fold [deg].
        end_damping_s: Damping past the ends as a share of stiffness [s].
        viscous_nms_rad: Viscosity within the range [Nm s/rad].
    """

    source: str
    end_nm: PositiveValues
    end_deg: Positive
    end_damping_s: NotNegative
    viscous_nms_rad: PositiveValues


def put(passive: Passive, motion: MotionRange, parameters: Record) -> None:
    """Enter the tissue's numbers into the parameters."""
    parameters["passive"] = motion.passive_deg.radians()
    parameters["end_nm"] = passive.end_nm.vector()
    parameters["end_rad"] = np.radians(passive.end_deg)
    parameters["end_damping_s"] = passive.end_damping_s
    parameters["viscous"] = passive.viscous_nms_rad.vector()


@kernel
def resist(s: Record, p: Record) -> None:
    """Torque of the tissue at the present angles, and what of it the step takes at its end: damping and stiffness."""
    for j in range(SIZE):
        low, high = p.passive[0, j] - s.q[j], s.q[j] - p.passive[1, j]
        past = max(low, high)
        torque = slope = 0.0
        if past > 0.0:
            u = past / p.end_rad[j]
            grown = math.exp(min(u, _STEEPEST))
            slope = p.end_nm[j] * grown / p.end_rad[j]
            torque = p.end_nm[j] * (grown * (1.0 + max(u - _STEEPEST, 0.0)) - 1.0)
        s.end[j] = -torque if high > 0.0 else torque
        s.end_stiffness[j] = slope
        s.end_damping[j] = p.viscous[j] + p.end_damping_s * slope
