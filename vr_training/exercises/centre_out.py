"""Centre-out: from the middle to one of eight goals and back, in an order that is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from vr_training.exercises.movement import Movement
from vr_training.exercises.paths import line
from vr_training.exercises.workspace import HandExercise, HandSettings


class Settings(HandSettings, frozen=True, kw_only=True):
    """Centre-out.

    Attributes:
        targets: Number of goals on the circle.
        radius_mm: Distance of the goals from the middle [mm].
        duration_s: Time for the way to a goal [s].
    """

    targets: Annotated[int, Meta(ge=2, le=32)]
    radius_mm: Annotated[float, Meta(gt=0, le=300)]
    duration_s: Annotated[float, Meta(gt=0, le=20)]


class Task(HandExercise):
    """To a goal and back; every goal once before any comes again."""

    settings: Settings

    def reset(self, rng: np.random.Generator) -> None:
        """Begin anew."""
        super().reset(rng)
        self._order: NDArray[np.int64] = np.arange(self.settings.targets)

    def repetition(self, index: int) -> Sequence[Movement]:
        """Out and back."""
        settings, context = self.settings, self.context
        if index % settings.targets == 0:
            self._order = self._rng.permutation(settings.targets)
        angles = 2.0 * np.pi * np.arange(settings.targets) / settings.targets
        ring = 1e-3 * settings.radius_mm * context.amplitude * np.column_stack([np.cos(angles), np.sin(angles)])
        places = self.placed(self.flat(np.vstack([np.zeros(2), ring])))
        middle, goal = places[0], places[1 + int(self._order[index % settings.targets])]
        there = self.along(line(middle, goal), settings.duration_s, "there")
        back = self.along(line(goal, middle), settings.duration_s, "back", hold_s=0.0, counted=False)
        return (there, back) if index else (self.approach(context.x, middle), there, back)
