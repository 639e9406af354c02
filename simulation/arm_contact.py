"""Arms that run into each other: counted as often as they meet."""

from __future__ import annotations

import math
from itertools import combinations
from typing import Any

from simulation.grasping import ArmBodies

_APART_S = 0.2
"""Apart for so long, and the next touch is another collision; ours [s]."""


class ArmContact:
    """Counts the times that bodies of two arms come into contact: shafts, wrists and jaws alike.

    Args:
        client: The PyBullet client.

    Attributes:
        count: Collisions so far.
        touching: Whether arms touch each other now.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self.count, self.touching = 0, False
        self._last = -math.inf

    def look(self, arms: tuple[ArmBodies, ...], time_s: float) -> None:
        """See whether arms touch each other at a time of the episode [s]."""
        self.touching = any(
            contact[9] > 0.0
            for one, other in combinations(arms, 2)
            for contact in self._client.getContactPoints(one.body, other.body)
        )
        if self.touching:
            self.count += time_s - self._last > _APART_S
            self._last = time_s
