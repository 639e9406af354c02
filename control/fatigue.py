"""Fatigue while the loop runs: whether a patient gets less far, or there later, than he did in the same set before.

What he does himself tells nothing alone: it falls, too, where a law does more for him. Whether he still comes to the
goal in time does: a law that helps brings him there, and then he is not stopped. Of each movement the share of its way
that was come to is taken, times the time it was given over the time it took; of each repetition the poorest movement.
The mean of the last `LAST` repetitions is held against that of all before, so that single bad ones count little.

Source:
    Loss of speed and range over a set as the sign of fatigue: ours, as are all figures.
"""

from __future__ import annotations

import math

from robotics.guidance import Guidance, Moment

LAST = 4
"""Repetitions that are held against those before them, of which as many are needed; ours."""

LEVELS = 20
"""Steps in which the way is taken down."""

THERE = 0.9
"""Share of the way that was come to at which a movement counts as there: the rest is settling; ours."""

ABLE = 0.25
"""What he has to have come to at first: whoever cannot do it at all is not tired; ours."""


class FatigueWatch:
    """Watches one set of one exercise.

    Args:
        share: The mean of the last repetitions below this share of that of those before is fatigue; 0 watches for none.
    """

    def __init__(self, share: float) -> None:
        self._share = share
        self._when = [0.0] * (LEVELS + 1)
        self.reset()

    def reset(self) -> None:
        """A new set: he is fresh."""
        self._done: list[float] = []
        self._movement = self._repetition = -1
        self._poorest = math.inf
        self._level, self._duration = 0, 0.0

    def feel(self, guidance: Guidance, runs: bool) -> bool:
        """Feel one tick; whether he is tired, which is told once, at the end of a repetition.

        Args:
            guidance: What is asked of him.
            runs: Whether the exercise runs; a movement in which it did not is begun again and counts for nothing.
        """
        if self._share == 0.0:
            return False
        if not runs:
            self._movement = -1
            return False
        tired = False
        if guidance.movement != self._movement:
            self._end_movement()
            self._movement, self._level, self._duration = guidance.movement, 0, 0.0
        if guidance.repetition != self._repetition:
            tired = self._end_repetition()
            self._repetition = guidance.repetition
        if guidance.moment is Moment.MOVE:
            self._duration = guidance.duration_s
            while self._level < LEVELS and guidance.progress * LEVELS >= self._level + 1:
                self._level += 1
                self._when[self._level] = guidance.elapsed_s
        return tired

    def _end_movement(self) -> None:
        if self._movement < 0 or self._duration == 0.0:
            return
        took = self._when[math.ceil(THERE * self._level)] if self._level else math.inf
        pace = min(self._duration / took, 1.0) if took > 0.0 else 1.0
        self._poorest = min(self._poorest, self._level / LEVELS * pace)

    def _end_repetition(self) -> bool:
        poorest, self._poorest = self._poorest, math.inf
        if self._repetition < 0 or not math.isfinite(poorest):
            return False
        self._done.append(poorest)
        before = self._done[:-LAST]
        if len(before) < LAST:
            return False
        usual = sum(before) / len(before)
        return usual >= ABLE and sum(self._done[-LAST:]) / LAST < self._share * usual
