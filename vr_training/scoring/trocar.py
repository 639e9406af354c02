"""Forces on the trocars: what the seal's friction and the wall around it make of how the shafts moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from robotics.contracts import Vector
from vr_training.scoring.episode import Episode

_PRISMATIC = 1
_SMOOTH_HZ = 20.0  # a person's motion; above it is what encoders and servos do


@dataclass(frozen=True)
class Trocar:
    """Where an arm's instrument enters the body, and the kinematics that lead its shaft through there.

    Attributes:
        arm: Name of the arm.
        point: The trocar in world, shape (3,) [m].
        axis: Direction of the shaft in the frame of its link, shape (3,).
        placement: From each link to the next joint before its motion, down to the shaft's link, shape (k, 4, 4).
        kind: 0 revolute and 1 prismatic, about or along each joint's z axis, shape (k,).
        base: The arm's base in world, shape (4, 4).
        friction_n: Friction along the shaft [N].
        ease_m_s: Speed at which tanh(1) of it stands against the motion [m/s].
        stiffness_n_m: Of the wall against a shaft that pulls the trocar aside [N/m].
    """

    arm: str
    point: Vector
    axis: Vector
    placement: Vector
    kind: NDArray[np.int64]
    base: Vector
    friction_n: float
    ease_m_s: float
    stiffness_n_m: float


@dataclass(frozen=True)
class TrocarForce:
    """Force of an arm's shaft on its trocar, by tick.

    Attributes:
        along: Along the shaft, above zero inwards, shape (n,) [N].
        across: Size of the pull aside, shape (n,) [N].
    """

    along: Vector
    across: Vector

    @property
    def peak_n(self) -> float:
        """Largest force [N]."""
        return float(np.hypot(self.along, self.across).max()) if self.along.size else 0.0


def trocar_force(episode: Episode, trocar: Trocar) -> TrocarForce:
    """Force of a shaft on its trocar.

    The seal's Coulomb friction stands against the shaft's motion, eased through zero; the wall is a spring against what
    the shaft is off the trocar. Both follow from the measured joint positions alone.

    Args:
        episode: The recording seen through the arm.
        trocar: Its trocar.

    Source:
        Friction of shaft and seal: van den Dobbelsteen et al. 2007; the wall's spring is ours.
    """
    q = np.asarray(episode.arm["q"], dtype=np.float64)
    origin, axis = _shaft(q, trocar)
    gap = trocar.point - origin
    depth = np.sum(gap * axis, axis=1)  # of the trocar along the shaft; it shrinks as the shaft goes in
    aside = np.linalg.norm(gap - depth[:, None] * axis, axis=1)
    if len(q) < 2:
        return TrocarForce(np.zeros(len(q)), trocar.stiffness_n_m * aside)
    inwards = -np.gradient(episode.smooth(depth[:, None], _SMOOTH_HZ)[:, 0], episode.setup.period_s)
    return TrocarForce(trocar.friction_n * np.tanh(inwards / trocar.ease_m_s), trocar.stiffness_n_m * aside)


def trocar_peak(episode: Episode, trocars: Sequence[Trocar]) -> float | None:
    """Largest force on any trocar [N]; None where no arm of the recording passes one."""
    arms = {arm.setup.arm: arm for arm in episode.all_arms}
    peaks = [trocar_force(arms[each.arm], each).peak_n for each in trocars if each.arm in arms]
    return max(peaks) if peaks else None


def _shaft(q: Vector, trocar: Trocar) -> tuple[Vector, Vector]:
    """Origin and direction of the shaft's link in world, each shape (n, 3)."""
    T = np.broadcast_to(trocar.base, (len(q), 4, 4))
    for joint, (placement, kind) in enumerate(zip(trocar.placement, trocar.kind, strict=True)):
        motion = np.tile(np.eye(4), (len(q), 1, 1))
        if kind == _PRISMATIC:
            motion[:, 2, 3] = q[:, joint]
        else:
            c, s = np.cos(q[:, joint]), np.sin(q[:, joint])
            motion[:, 0, 0], motion[:, 0, 1], motion[:, 1, 0], motion[:, 1, 1] = c, -s, s, c
        T = T @ placement @ motion
    axis = trocar.axis / np.linalg.norm(trocar.axis)
    return T[:, :3, 3], T[:, :3, :3] @ axis
