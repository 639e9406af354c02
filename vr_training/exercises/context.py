"""What an exercise knows beforehand: the arm, the person and the plan."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from robotics.contracts import Vector


@dataclass(frozen=True)
class Context:
    """What an exercise knows of the arm, the person and the plan before it begins.

    Attributes:
        arm: Name of the arm in the tick record.
        x: Where the arm is in the exercise's coordinates, shape (m,).
        tip: Pose of the arm's tip there, in world, shape (7,).
        lower: Lowest coordinates allowed, shape (m,); -inf where a joint's range says nothing.
        upper: Highest, shape (m,).
        side: ``"left"`` or ``"right"``.
        arm_length_m: Shoulder to palm [m].
        p_world_shoulder: Centre of the shoulder, shape (3,) [m].
        dt: Control period [s].
        repetitions: How many.
        amplitude: Share of the exercise's own amplitude.
        speed: Times the exercise's own speed.
        assistance: Upper bound on a law's help, 0 to 1.
        waits_s: How long the reference waits for the patient to begin by himself [s].
        p_tip_palm: From the tip to the palm, in world, shape (3,) [m].
        fastest: Speed of a coordinate that nothing brakes [rad/s or m/s].
        most_push_n: Force at a cuff at which a push is enough [N].
        most_push_nm: The same of a torque at a joint [Nm].
    """

    arm: str
    x: Vector
    tip: Vector
    lower: Vector
    upper: Vector
    side: str
    arm_length_m: float
    p_world_shoulder: Vector
    dt: float
    repetitions: int
    amplitude: float = 1.0
    speed: float = 1.0
    assistance: float = 1.0
    waits_s: float = 0.0
    p_tip_palm: Vector = field(default_factory=lambda: np.zeros(3))
    fastest: float = math.inf
    most_push_n: float = math.inf
    most_push_nm: float = math.inf

    @property
    def outward(self) -> float:
        """Sign of the world's y axis that points away from the trunk: the right arm's is negative."""
        return -1.0 if self.side == "right" else 1.0

    def reach_of(self, axes: Sequence[int], points: Vector) -> float:
        """Largest distance of the palm from the shoulder [arm's lengths].

        Args:
            axes: World axes of the tip that are moved; along the others it stays where it is.
            points: Where the tip is along them, shape (k, m) [m].
        """
        palms = np.tile(self.tip[:3], (len(points), 1))
        palms[:, list(axes)] = points
        away = palms + self.p_tip_palm - self.p_world_shoulder
        return float(np.linalg.norm(away, axis=1).max(initial=0.0)) / self.arm_length_m
