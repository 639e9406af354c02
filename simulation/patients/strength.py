"""How strong a patient is: a healthy person's strength by joint and direction, weakened muscle group by muscle group.

Source:
    Shoulder flexion of men, 90 Nm at 0 and 69 at 45 degrees, women about half, is assumed; the line through both is
    carried on to 48 Nm at 90 degrees, where holding the bare arm takes 22 to 25 % of a man's strength. Shoulder
    adduction lies within 68 +- 28 Nm over both sexes, wrist extension within 10 +- 5: Holzbaur et al. 2007, J.
    Biomechanics. Forearm and wrist of men: Axelsson et al. 2018. Elbow extension is 55 % of flexion: Colebatch et al.
    1986. All others are assumed.
"""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from msgspec import Meta

from robotics.config import Config
from robotics.contracts import Vector
from robotics.human_arm import RANGES_DEG
from robotics.kernels.compiled import kernel
from robotics.shape_config import Positive
from simulation.patients.joints import JOINTS, SIZE, GroupShares, JointRanges
from simulation.patients.layout import Record

REFERENCE_NM = {
    "male": (
        # Extension, adduction and external rotation of the shoulder, extension of the elbow, supination, extension and
        # radial deviation of the wrist.
        (80.0, 90.0, 32.0, 38.0, 3.3, 7.1, 11.0),
        # The opposite directions.
        (90.0, 70.0, 45.0, 70.0, 3.4, 12.2, 9.5),
    ),
    "female": (
        (40.0, 45.0, 16.0, 19.0, 1.7, 3.6, 5.5),
        (45.0, 35.0, 22.0, 35.0, 1.7, 6.1, 4.8),
    ),
}
"""Strength of a healthy adult by sex, direction and joint [Nm]."""

FLEXION_LOSS = (90.0 - 69.0) / 90.0 / math.radians(45.0)
"""Share of its strength that shoulder flexion loses for each radian of flexion."""

FLEXION_LEAST = 0.35
"""Share below which it does not fall; assumed."""


HEALTHY_ACTIVE = JointRanges(**RANGES_DEG)
"""Active range of a healthy adult; `robotics.human_arm`."""

HEALTHY_PASSIVE = JointRanges(**{name: (low - 4.0, high + 4.0) for name, (low, high) in RANGES_DEG.items()})
"""Passive range of a healthy adult: 3 to 5 degrees more, as at the elbow (PMC6555111)."""


class Strength(Config, frozen=True, kw_only=True):
    """What is left of a healthy person's strength.

    Attributes:
        source: Where the figures come from.
        share: Of a healthy person's strength in all muscle groups.
        groups: The same for single groups, on top of ``share``; 0 where a group is paralysed.
    """

    source: str
    share: Annotated[float, Meta(ge=0, le=2)]
    groups: GroupShares = GroupShares()

    def table(self, sex: str) -> Vector:
        """Strength at its best angle by direction and joint, shape (2, 7) [Nm]."""
        table: Vector = np.array(REFERENCE_NM[sex]) * self.share * self.groups.table()
        return table


class MotionRange(Config, frozen=True, kw_only=True):
    """How far a patient moves his joints, and how far they can be moved.

    Attributes:
        source: Where the figures come from.
        active_deg: Range over which he has strength [deg].
        passive_deg: Range beyond which the tissue resists [deg].
        fade_deg: Angle over which strength fades to nothing past the active range [deg].
    """

    source: str
    active_deg: JointRanges
    passive_deg: JointRanges
    fade_deg: Positive

    def __post_init__(self) -> None:
        for name in JOINTS:
            (a, b), (c, d) = getattr(self.active_deg, name), getattr(self.passive_deg, name)
            if a < c or b > d:
                raise ValueError(f"active_deg.{name}: {(a, b)} must lie within the passive range, {(c, d)}")


def put(strength: Strength, motion: MotionRange, sex: str, parameters: Record) -> None:
    """Enter strength and active range into the parameters."""
    parameters["strength"] = strength.table(sex)
    parameters["strength_from"], parameters["strength_loss"], parameters["strength_least"] = 0.0, 0.0, 1.0
    flexion = JOINTS.index("shoulder_flexion")
    parameters["strength_loss"][flexion] = FLEXION_LOSS
    parameters["strength_least"][flexion] = FLEXION_LEAST
    parameters["active"] = motion.active_deg.radians()
    parameters["active_fade"] = math.radians(motion.fade_deg)


@kernel
def limits(s: Record, p: Record) -> None:
    """Present strength of each joint and direction: by angle, by active range, by what fatigue has left."""
    for j in range(SIZE):
        q = s.q[j]
        share = min(max(1.0 - p.strength_loss[j] * (q - p.strength_from[j]), p.strength_least[j]), 1.0)
        upper = min(max(1.0 - (q - p.active[1, j]) / p.active_fade, 0.0), 1.0)
        lower = min(max(1.0 - (p.active[0, j] - q) / p.active_fade, 0.0), 1.0)
        s.limit[0, j] = p.strength[0, j] * lower * s.capacity[0, j]
        s.limit[1, j] = p.strength[1, j] * share * upper * s.capacity[1, j]
