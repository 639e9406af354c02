"""The table of joints that a board is built with, of an arm: its limits, units, and how stiff its servos are."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from robotics.arm_config import ArmConfig
from robotics.chain import chain_from_config
from robotics.dynamics import mass_matrix

POSITION_UNIT = 1e-7
"""Of the protocol [rad or m]."""

BANDWIDTH_RAD_S = 100.0
"""Natural frequency of a servo on the joint's own inertia [rad/s]; ours: a sixth of what its delay of 2 ms bears."""

DAMPING = 1.0
"""Damping ratio of a servo; ours."""

MOST_SPEED = 1.25
"""Speed that can be told, over the joint's limit: the watch over speed needs some room; ours."""

JAW_DRIVE_KGM2 = 2e-5
"""Inertia of the drive of jaws, which an arm's configuration does not have [kg m^2]; assumed, as of a wrist's."""

TRACKING_SHARE, TRACKING_EFFORTS = 0.2, 4.0
"""Furthest that a joint may be behind its command, as a share of its range and in terms of what is behind its full
effort: a light joint that leans on something is far behind with little effort, a strong one never; ours."""

BREAKAWAY_FRICTIONS, BREAKAWAY_SHARE = 3.0, 0.05
"""Change of effort that moves a joint in any case: so often its friction, which takes twice at most as it turns back,
and no less than this share of its effort; ours."""

BRAKE = True
"""Whether joints have holding brakes: assumed of all arms. One without, whose encoder or drive fails, falls."""

RANGE_FROM_HOME = 16
"""Part of its range by which a reckoned motor with an incremental encoder begins above its home switch; ours."""

SLOWEST_UNIT, FULL = 1e-9, 30000
"""Smallest unit that can be said, and the number that stands for a limit."""


@dataclass(frozen=True)
class BuiltJoint:
    """A joint as a board has it, in the protocol's integers; see `sh_joint_built` of the firmware."""

    name: str
    prismatic: bool
    dq_unit: int
    tau_unit: int
    lower: int
    upper: int
    velocity: int
    effort: int
    breakaway: int
    tracking: int
    stiffness: int
    damping: int
    absolute: bool = True

    @property
    def rest(self) -> int:
        """Where a reckoned motor begins: at zero, or near the home switch that it has to look for."""
        if not self.absolute:
            return self.lower + (self.upper - self.lower) // RANGE_FROM_HOME
        return min(max(0, self.lower), self.upper)


def led_joint() -> BuiltJoint:
    """The one joint of the first example, which no arm has: a turn of a radian."""
    return _joint("led", False, lower=0.0, upper=1.0, velocity=4.0, effort=1.0, inertia=1e-3, friction=0.0)


def joints_of(arm: ArmConfig, incremental: bool = False) -> tuple[BuiltJoint, ...]:
    """Table of an arm's joints, its jaw the last of them.

    Args:
        arm: The arm.
        incremental: Whether its encoders count from where they were switched on, so that each joint has to find its
            home switch first, at the lower end of its range; else they know where they are.
    """
    chain = chain_from_config(arm)
    inertia = np.diag(mass_matrix(chain, np.array(arm.home)))
    joints = [
        _joint(name, bool(kind), lower, upper, velocity, effort, float(mass), friction)
        for name, kind, lower, upper, velocity, effort, mass, friction in zip(
            chain.joint_names,
            chain.kind,
            chain.lower,
            chain.upper,
            chain.velocity,
            chain.effort,
            inertia,
            chain.coulomb,
            strict=True,
        )
    ]
    jaw = arm.jaw
    if jaw is not None:
        mass = 2.0 * jaw.body.inertia_kgm2[2] + JAW_DRIVE_KGM2
        joints.append(_joint("jaw", False, jaw.lower, jaw.upper, jaw.velocity, jaw.effort, mass, 0.0))
    return tuple(replace(joint, absolute=not incremental) for joint in joints)


def _joint(
    name: str,
    prismatic: bool,
    lower: float,
    upper: float,
    velocity: float,
    effort: float,
    inertia: float,
    friction: float,
) -> BuiltJoint:
    dq_unit = math.ceil(velocity * MOST_SPEED / FULL / SLOWEST_UNIT)
    tau_unit = math.ceil(effort / FULL / SLOWEST_UNIT)
    dq, tau = dq_unit * SLOWEST_UNIT, tau_unit * SLOWEST_UNIT
    stiffness = inertia * BANDWIDTH_RAD_S**2
    damping = 2.0 * DAMPING * inertia * BANDWIDTH_RAD_S
    behind = min(TRACKING_SHARE * (upper - lower), TRACKING_EFFORTS * effort / stiffness)
    return BuiltJoint(
        name,
        prismatic,
        dq_unit,
        tau_unit,
        round(lower / POSITION_UNIT),
        round(upper / POSITION_UNIT),
        math.floor(velocity / dq),
        math.floor(effort / tau),
        math.ceil(max(BREAKAWAY_FRICTIONS * friction, BREAKAWAY_SHARE * effort) / tau),
        round(behind / POSITION_UNIT),
        max(round(stiffness * POSITION_UNIT / tau * 2**20), 1),
        max(round(damping * dq / tau * 2**10), 1),
    )
