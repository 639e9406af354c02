"""Where a patient sits: the posture of his arm and the place of his shoulder, so that his hand is in the robot's."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.optimize import least_squares

from robotics.chain import Chain
from robotics.contracts import Vector
from robotics.errors import ArgumentError
from robotics.kinematics import forward
from simulation.bullet_plant import PlacedArm

MISSED_M = 2e-3
"""Distance of the hand from the handle above which nobody can sit there [m]."""

_T_TIP_HAND = np.array(
    [
        [0.0, 0.0, -1.0, 0.0],
        [0.0, 1.0, 0.0, 0.0],
        [1.0, 0.0, 0.0, 0.0],
        [0.0, 0.0, 0.0, 1.0],
    ]
)
"""A hand's frame, which has the fingers along -z and the thumb along x, in a tip that has them along x and z."""

_EASE = 0.05
"""Weight of a radian off the posture of ease against a metre off the handle."""


def same_joints(chain: Chain, arm: PlacedArm, posture: Mapping[str, float]) -> Vector:
    """The arm's posture where the robot has joints of the same name, else as given, else zero, shape (7,) [rad].

    Args:
        chain: The patient's arm.
        arm: The robot at its start.
        posture: Other joints by name [rad].
    """
    robot = dict(zip(arm.chain.joint_names, arm.start, strict=True))
    q = np.array([robot.get(joint, posture.get(joint, 0.0)) for joint in chain.joint_names])
    return np.clip(q, chain.lower, chain.upper)


def at_tip(chain: Chain, arm: PlacedArm, posture: Mapping[str, float]) -> tuple[Vector, Vector]:
    """Posture, shape (7,), and place of the shoulder in world, shape (4, 4), with the hand at the robot's tip.

    The tip's x points along the fingers, its z where the thumb does.
    """
    q = same_joints(chain, arm, posture)
    T_world_tip = arm.T_world_base @ forward(arm.chain, arm.start)
    return q, T_world_tip @ _T_TIP_HAND @ np.linalg.inv(forward(chain, q))


def at_base(chain: Chain, arm: PlacedArm, posture: Mapping[str, float]) -> tuple[Vector, Vector]:
    """The same with the shoulder in the robot's base."""
    return same_joints(chain, arm, posture), arm.T_world_base.copy()


def reaching(
    chain: Chain, arm: PlacedArm, posture: Mapping[str, float], p_world_shoulder: Vector, p_tip_hand: Vector
) -> tuple[Vector, Vector]:
    """The same for a patient who sits upright somewhere and reaches for a handle, however his arm then turns.

    Args:
        chain: The patient's arm.
        arm: The robot at its start.
        posture: What he is at ease with, by joint [rad].
        p_world_shoulder: Centre of his shoulder, shape (3,) [m].
        p_tip_hand: Where the handle is held, in the frame of the robot's tip, shape (3,) [m].

    Raises:
        ArgumentError: His arm does not reach the handle.
    """
    T_world_shoulder = np.eye(4)
    T_world_shoulder[:3, 3] = p_world_shoulder
    T_world_tip = arm.T_world_base @ forward(arm.chain, arm.start)
    goal = T_world_tip[:3, :3] @ p_tip_hand + T_world_tip[:3, 3] - p_world_shoulder
    ease = np.clip([posture.get(joint, 0.0) for joint in chain.joint_names], chain.lower, chain.upper)

    def off(q: Vector) -> Vector:
        return np.concatenate([forward(chain, q)[:3, 3] - goal, _EASE * _EASE * (q - ease)])

    found = least_squares(off, ease, bounds=(chain.lower - 1e-9, chain.upper + 1e-9), xtol=1e-12, ftol=1e-12)
    q = np.clip(found.x, chain.lower, chain.upper)
    missed = float(np.linalg.norm(forward(chain, q)[:3, 3] - goal))
    if missed > MISSED_M:
        raise ArgumentError(
            f"nobody with this arm reaches the handle from where he sits: {1e3 * missed:.0f} mm are missing"
        )
    return q, T_world_shoulder
