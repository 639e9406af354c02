"""Grasping as physics has it: who touches what between which jaws, how hard, and what became of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from robotics.contracts import Vector
from robotics.kernels.compiled import kernel
from robotics.kernels.rotation import matrix_from_pose, matrix_from_quaternion, quaternion_from_matrix

CRUSHED_AFTER_S = 0.05
"""How long a pinch must exceed what a thing bears before it is marked crushed; ours: shorter peaks are impacts [s]."""


@dataclass(frozen=True)
class ArmBodies:
    """An arm as PyBullet has it.

    Attributes:
        name: Name of the arm in the rig.
        body: Its body.
        jaws: Links of its left and right jaw; None where it has none.
        link: Its last link, which carries the tip.
        T_link_tip: The tip in that link, shape (4, 4).
    """

    name: str
    body: int
    jaws: tuple[int, int] | None
    link: int = -1
    T_link_tip: Vector = field(default_factory=lambda: np.eye(4), compare=False)


class GraspWatch:
    """Watches one thing: which arm holds it between both jaws, how hard, what else it touches.

    Held means touched by both jaws of one arm at once; nothing is ever welded to anything.

    Args:
        client: The PyBullet client.
        body: The thing's body.
        crush_n: Pinch above which it is marked crushed [N].

    Attributes:
        holder: Index of the arm that holds it, of several the one that pinches it hardest; -1 where none does.
        pinches_n: Each arm's pinch, shape (arms,) [N]: the normal force of the weaker jaw on it; the stronger one's
            rest is a push, not a grasp. Above zero means held.
        pinch_n: Pinch of the holder [N].
        supported: Whether anything but the arms touches it.
        crushed: Whether it has been crushed.
    """

    def __init__(self, client: Any, body: int, crush_n: float) -> None:
        self._client, self.body, self._crush_n = client, body, crush_n
        self.holder, self.pinch_n, self.supported, self.crushed = -1, 0.0, False, False
        self.pinches_n: Vector = np.zeros(0)
        self._over_since = math.inf

    def holds(self, arm: int) -> bool:
        """Whether an arm holds it, whoever else does."""
        return arm < len(self.pinches_n) and bool(self.pinches_n[arm] > 0.0)

    def look(self, arms: tuple[ArmBodies, ...], time_s: float) -> None:
        """See what touches it at a time of the episode [s]."""
        force = np.zeros((len(arms), 2))
        self.supported = False
        by_body = {arm.body: i for i, arm in enumerate(arms)}
        for contact in self._client.getContactPoints(self.body):
            # The thing may stand as either of the pair.
            other, link = (contact[2], contact[4]) if contact[1] == self.body else (contact[1], contact[3])
            index = by_body.get(other)
            if index is None:
                self.supported |= contact[9] > 0.0
                continue
            jaws = arms[index].jaws
            if jaws is not None and link in jaws:
                force[index, jaws.index(link)] += contact[9]
        weaker = self.pinches_n = force.min(axis=1)
        self.holder = int(np.argmax(weaker)) if len(arms) and weaker.max() > 0.0 else -1
        self.pinch_n = float(weaker[self.holder]) if self.holder >= 0 else 0.0
        self._over_since = min(self._over_since, time_s) if self.pinch_n > self._crush_n else math.inf
        self.crushed |= time_s - self._over_since >= CRUSHED_AFTER_S - 1e-9  # of rounding in sums of periods


@kernel
def grasp_pose(thing: Vector, point: Vector, along: Vector, tip: Vector, target: Vector) -> None:
    """Where jaws that point down take a thing, in world.

    Args:
        thing: Its pose, shape (7,).
        point: Where it is to be grasped, in its frame, shape (3,).
        along: Direction that the jaws lie along there, in its frame, shape (3,).
        tip: A pose of the tip, shape (7,); of the two ways round, the one nearer to it is taken.
        target: Result, shape (7,): z points down, x lies along, the jaws close along y.
    """
    T, R = np.empty((4, 4)), np.empty((3, 3))
    matrix_from_pose(thing, T)
    for i in range(3):
        target[i] = T[i, 3] + T[i, 0] * point[0] + T[i, 1] * point[1] + T[i, 2] * point[2]
    x = T[0, 0] * along[0] + T[0, 1] * along[1] + T[0, 2] * along[2]
    y = T[1, 0] * along[0] + T[1, 1] * along[1] + T[1, 2] * along[2]
    length = max(np.sqrt(x * x + y * y), 1e-12)
    matrix_from_quaternion(tip[3:], R)
    if x * R[0, 0] + y * R[1, 0] < 0.0:
        length = -length
    x, y = x / length, y / length
    # Columns: along, across, down.
    R[0, 0], R[1, 0], R[2, 0] = x, y, 0.0
    R[0, 1], R[1, 1], R[2, 1] = y, -x, 0.0
    R[0, 2], R[1, 2], R[2, 2] = 0.0, 0.0, -1.0
    quaternion_from_matrix(R, target[3:])
