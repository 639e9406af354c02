"""From one arm to another in the air: whether a thing was really handed over."""

from __future__ import annotations

import math

from simulation.grasping import GraspWatch

WAITING, LIFTED, BOTH, PASSED = range(4)
"""How far a thing has come: lies or was set down, in the air with the giver, with both, with the taker alone."""

FIRM_S = 0.1
"""How long a hold, or a touch of something else, must last to count; ours: below it jaws only bounce [s]."""


class Passage:
    """Watches one thing on its way from a giver to a taker.

    It has passed where the giver alone held it in the air, then both arms at once, then the taker alone, without its
    having touched anything else for longer than a moment. What is thrown, set down in between or carried by one arm has
    not. What has passed stays so until it lies on the giver's side again, or is handed back.

    Args:
        giver: Index of the arm that gives.
        taker: Index of the arm that takes.

    Attributes:
        stage: How far it has come.
    """

    def __init__(self, giver: int, taker: int) -> None:
        self._giver, self._taker = giver, taker
        self.stage = WAITING
        self._since = self._supported_since = math.nan

    @property
    def passed(self) -> bool:
        """Whether it was handed over."""
        return self.stage == PASSED

    def look(self, watch: GraspWatch, at_home: bool, time_s: float) -> None:
        """Take in what touches it.

        Args:
            watch: Its watch, which has looked.
            at_home: Whether it is on the giver's side.
            time_s: Time of the episode [s].
        """
        gives, takes = watch.holds(self._giver), watch.holds(self._taker)
        if watch.supported:
            self._since = math.nan
            if math.isnan(self._supported_since):
                self._supported_since = time_s
            lies = not (gives or takes)
            forgotten = lies and at_home if self.passed else True
            if forgotten and time_s - self._supported_since >= FIRM_S:
                self.stage = WAITING
            return
        self._supported_since = math.nan
        alone = gives and not takes
        due = (alone, gives and takes, takes and not gives, alone)[self.stage]
        if not due:
            self._since = math.nan
        elif math.isnan(self._since):
            self._since = time_s
        elif time_s - self._since >= FIRM_S:
            self.stage, self._since = (LIFTED, BOTH, PASSED, LIFTED)[self.stage], math.nan
