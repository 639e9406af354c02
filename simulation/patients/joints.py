"""The joints of a patient's arm and the muscle groups that move them, as configurations name them."""

from __future__ import annotations

import numpy as np

from robotics.config import Config
from robotics.contracts import Vector
from robotics.human_arm import RANGES_DEG
from robotics.shape_config import Finite, NotNegative, Pair, Positive

JOINTS = tuple(RANGES_DEG)
"""Names of the joints, base to tip."""

SIZE = len(JOINTS)
"""Number of joints."""

NEGATIVE, POSITIVE = 0, 1
"""Rows of what a joint has once for each direction."""

GROUPS = (
    (
        "shoulder_extensors",
        "shoulder_adductors",
        "external_rotators",
        "elbow_extensors",
        "supinators",
        "wrist_extensors",
        "radial_deviators",
    ),
    (
        "shoulder_flexors",
        "shoulder_abductors",
        "internal_rotators",
        "elbow_flexors",
        "pronators",
        "wrist_flexors",
        "ulnar_deviators",
    ),
)
"""Muscle groups by direction and joint: those that move it to negative angles, then the others."""


PLACES = {name: (row, joint) for row, names in enumerate(GROUPS) for joint, name in enumerate(names)}
"""Direction and joint of each muscle group."""


class JointRanges(Config, frozen=True, kw_only=True):
    """Lowest and highest angle of each joint [deg]."""

    shoulder_flexion: Pair
    shoulder_abduction: Pair
    shoulder_rotation: Pair
    elbow_flexion: Pair
    forearm_pronation: Pair
    wrist_flexion: Pair
    wrist_deviation: Pair

    def __post_init__(self) -> None:
        for name in JOINTS:
            low, high = getattr(self, name)
            if not low < high:
                raise ValueError(f"{name}: the lower angle, {low}, must be below the upper one, {high}")

    def radians(self) -> Vector:
        """Lower and upper ends, shape (2, 7) [rad]."""
        ends: Vector = np.radians(np.array([getattr(self, name) for name in JOINTS]).T.copy())
        return ends

    def towards(self, other: JointRanges, share: float) -> JointRanges:
        """A share of the way to other ranges."""
        ways = {name: (getattr(self, name), getattr(other, name)) for name in JOINTS}
        return JointRanges(
            **{n: (a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])) for n, (a, b) in ways.items()}
        )


class JointValues(Config, frozen=True, kw_only=True):
    """A number for each joint; 0 where none is given."""

    shoulder_flexion: Finite = 0.0
    shoulder_abduction: Finite = 0.0
    shoulder_rotation: Finite = 0.0
    elbow_flexion: Finite = 0.0
    forearm_pronation: Finite = 0.0
    wrist_flexion: Finite = 0.0
    wrist_deviation: Finite = 0.0

    def vector(self) -> Vector:
        """The numbers, base to tip, shape (7,)."""
        return np.array([getattr(self, name) for name in JOINTS])


class PositiveValues(Config, frozen=True, kw_only=True):
    """A number above 0 for each joint."""

    shoulder_flexion: Positive
    shoulder_abduction: Positive
    shoulder_rotation: Positive
    elbow_flexion: Positive
    forearm_pronation: Positive
    wrist_flexion: Positive
    wrist_deviation: Positive

    def vector(self) -> Vector:
        """The numbers, base to tip, shape (7,)."""
        return np.array([getattr(self, name) for name in JOINTS])


class GroupShares(Config, frozen=True, kw_only=True):
    """A share for each muscle group, at least 0; 1, the whole, where none is given."""

    shoulder_flexors: NotNegative = 1.0
    shoulder_extensors: NotNegative = 1.0
    shoulder_abductors: NotNegative = 1.0
    shoulder_adductors: NotNegative = 1.0
    internal_rotators: NotNegative = 1.0
    external_rotators: NotNegative = 1.0
    elbow_flexors: NotNegative = 1.0
    elbow_extensors: NotNegative = 1.0
    pronators: NotNegative = 1.0
    supinators: NotNegative = 1.0
    wrist_flexors: NotNegative = 1.0
    wrist_extensors: NotNegative = 1.0
    radial_deviators: NotNegative = 1.0
    ulnar_deviators: NotNegative = 1.0

    def table(self) -> Vector:
        """The shares by direction and joint, shape (2, 7)."""
        return np.array([[getattr(self, name) for name in row] for row in GROUPS])
