"""Centre-out: from the middle to one of eight goals and back, in an order that is drawn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated

import numpy as np
from msgspec import Meta

from vr_training.exercises.exercise import Exercise, ExerciseSettings, Movement
from vr_training.exercises.paths import line


class Settings(ExerciseSettings, frozen=True, kw_only=True):
    """Centre-out.

    Attributes:
        targets: Number of goals on the circle.
        radius_mm: Distance of the goals from the middle [mm].
        duration_s: Time for the way to a goal [s].
    """

    targets: Annotated[int, Meta(ge=2, le=32)]
    radius_mm: Annotated[float, Meta(gt=0, le=300)]
    duration_s: Annotated[float, Meta(gt=0, le=20)]


class Task(Exercise):
    """To a goal and back; every goal once before any comes again."""

    settings: Settings

    def repetition(self, index: int) -> Sequence[Movement]:
        """Out and back."""
        settings, context = self.settings, self.context
        if index % settings.targets == 0:
            self._order = self._rng.permutation(settings.targets)
        angle = 2.0 * math.pi * int(self._order[index % settings.targets]) / settings.targets
        goal = context.x.copy()
        goal[:2] += 1e-3 * settings.radius_mm * context.amplitude * np.array([math.cos(angle), math.sin(angle)])
        return (
            self.along(line(context.x, goal), settings.duration_s, "there"),
            self.along(line(goal, context.x), settings.duration_s, "back", hold_s=0.0, counted=False),
        )
