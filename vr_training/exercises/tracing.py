"""Tracing: the hand follows a closed line that it sees, once round, as near to it as it can."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from msgspec import Meta

from robotics.contracts import Vector
from vr_training.exercises.exercise import Exercise
from vr_training.exercises.movement import Done, Movement
from vr_training.exercises.paths import Path
from vr_training.exercises.workspace import HandExercise, HandSettings

POINTS = 240
"""Points of a line; ours."""


class TracingSettings(HandSettings, frozen=True, kw_only=True):
    """Tracing.

    Attributes:
        duration_s: Time for once round [s].
        off_mm: Root mean square distance from the line above which a repetition is not passed [mm].
    """

    duration_s: Annotated[float, Meta(gt=0, le=60)]
    off_mm: Annotated[float, Meta(gt=0, le=100)]


class Tracing(HandExercise):
    """Once round a closed line, the one way and the other by turns."""

    settings: TracingSettings
    verdicts = (*Exercise.verdicts, "the hand was too far off the line")

    def outline(self, share: Vector) -> Vector:
        """The line in the plane of the exercise, outward and up, [m].

        Args:
            share: How far round, 0 to 1, shape (k,).

        Returns:
            Offsets from the middle, shape (k, 2); the first and the last are one.
        """
        raise NotImplementedError

    def repetition(self, index: int) -> Sequence[Movement]:
        """Once round."""
        round_ = self.context.amplitude * self.outline(np.asarray(np.linspace(0.0, 1.0, POINTS + 1), dtype=np.float64))
        points = self.placed(self.flat(round_))
        if index % 2:
            points = points[::-1]
        say = "round" if index % 2 == 0 else "other_way"
        trace = self.along(Path(points), self.settings.duration_s, say)
        return (trace,) if index else (self.approach(self.context.x, points[0]), trace)

    def judge(self, done: Sequence[Done]) -> int:
        """As usual, and by how far off the line it went."""
        verdict = super().judge(done)
        if not verdict and max(each.deviation for each in done if each.movement.counted) > 1e-3 * self.settings.off_mm:
            return 3
        return verdict
