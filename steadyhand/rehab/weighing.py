"""From an arm that was carried still through postures to what it weighs on the robot's links, and back."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from control.guided_kernels import cuff_torque
from control.laws.weight_support import Identification, LimbLoad, WeightSupport
from control.tick import State
from robotics.contracts import Vector
from robotics.errors import ArgumentError
from robotics.guidance import Moment
from robotics.kinematics import link_poses
from simulation.bullet_plant import PlacedArm
from vr_training.exercises import Phase
from vr_training.rehab.results import CarriedLoad

AVERAGED = 0.5
"""Share of a hold, its last, over which joints and cuffs are averaged; ours."""

STILL_RAD_S = 0.02
"""Fastest that a joint may turn meanwhile on average [rad/s]; ours."""

HELD_OUT_DEG = {"shoulder_flexion": 90.0}
"""Posture in which an arm's weight is told: held out to the front, straight."""


def weigh(
    ticks: NDArray[np.void], arm: PlacedArm, table: Sequence[LimbLoad], dt: float, gravity_m_s2: float
) -> Identification:
    """Find the loads that explain what the cuffs bore while a relaxed arm was held still.

    Args:
        ticks: Tick records with the fields ``state``, ``phase``, ``arms`` and ``guided``.
        arm: The robot, as it was set to the patient.
        table: What is taken for what postures cannot tell.
        dt: Control period [s].
        gravity_m_s2: Gravity along world z.

    Raises:
        ArgumentError: The arm was not still in postures that determine its weight.
    """
    support = WeightSupport(arm.chain, arm.T_world_base, (0.0, 0.0, gravity_m_s2), dt)
    support.set_table(table)
    held = list(_postures(ticks, arm.name, dt))
    if not held:
        raise ArgumentError("the arm was never held still: nothing was weighed")
    q = np.array([posture for posture, _ in held])
    return support.identify(q, np.array([_carried_by_robot(arm, posture, cuffs) for posture, cuffs in held]))


def _postures(ticks: NDArray[np.void], name: str, dt: float) -> Iterator[tuple[Vector, Vector]]:
    """Joints, shape (n,), and cuffs, shape (cuffs, 6), of every hold in which the arm was at rest."""
    part, joints = ticks["guided"][name], ticks["arms"][name]
    held = (ticks["state"] == State.ENGAGED) & (ticks["phase"] == Phase.HOLD) & (part["moment"] == Moment.RELAX)
    for movement in np.unique(part["movement"][held]):
        rows = np.flatnonzero(held & (part["movement"] == movement))
        rows = rows[-max(round(AVERAGED * len(rows)), 1) :]
        q = joints["q"][rows]
        if len(rows) > 1 and np.abs(q[-1] - q[0]).max() <= STILL_RAD_S * (len(rows) - 1) * dt:
            yield q.mean(axis=0), part["cuffs"][rows].mean(axis=0)


def _carried_by_robot(arm: PlacedArm, q: Vector, cuffs: Vector) -> Vector:
    """Joint torques with which the robot held the arm against what passed at the cuffs, shape (n,) [Nm]."""
    chain, mounts = arm.chain, arm.config.cuffs
    poses = np.ascontiguousarray(link_poses(chain, q))
    links = np.array([chain.joint_names.index(c.link) if c.link in chain.joint_names else -1 for c in mounts])
    points = np.array([c.xyz_m for c in mounts], dtype=float).reshape(-1, 3)
    tau = np.zeros(chain.size)
    cuff_torque(
        poses, chain.kind, np.ascontiguousarray(arm.T_world_base[:3, :3]), links, points,
        np.ascontiguousarray(cuffs), np.zeros((6, chain.size)), np.zeros(3), tau,
    )  # fmt: skip
    return -tau


def held_out_nm(arm: PlacedArm, loads: Sequence[LimbLoad], dt: float, gravity_m_s2: float) -> float:
    """Largest torque about a joint that carries loads while the arm is held out [Nm]."""
    chain = arm.chain
    support = WeightSupport(chain, arm.T_world_base, (0.0, 0.0, gravity_m_s2), dt)
    support.set_table(loads)
    q = np.array([math.radians(HELD_OUT_DEG.get(name, 0.0)) for name in chain.joint_names])
    tau = np.zeros(chain.size)
    support.weight(np.ascontiguousarray(link_poses(chain, q)), tau)
    return float(np.abs(tau).max())


def named(arm: PlacedArm, loads: Sequence[LimbLoad]) -> tuple[CarriedLoad, ...]:
    """Loads as results and assessments hold them."""
    return tuple(
        CarriedLoad(
            arm=arm.config.name,
            link=arm.chain.joint_names[load.link],
            mass_kg=load.mass,
            moment_kgm=(float(load.moment[0]), float(load.moment[1]), float(load.moment[2])),
        )
        for load in loads
    )


def loads_on(arm: PlacedArm, loads: Sequence[CarriedLoad]) -> tuple[LimbLoad, ...]:
    """Loads as the support takes them.

    Raises:
        ArgumentError: It was weighed on another robot.
    """
    names = arm.chain.joint_names
    wrong = [f"{load.link} of {load.arm}" for load in loads if load.arm != arm.config.name or load.link not in names]
    if wrong:
        raise ArgumentError(f"the arm was weighed on {', '.join(wrong)}: {arm.config.name} has no such link")
    return tuple(LimbLoad(names.index(load.link), load.mass_kg, np.array(load.moment_kgm)) for load in loads)
