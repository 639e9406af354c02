"""Resisted reach: the hand goes straight ahead against the robot, within its time; what it cost is in the measures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta

from vr_training.exercises.exercise import Exercise
from vr_training.exercises.movement import Movement
from vr_training.exercises.paths import line
from vr_training.exercises.workspace import HandExercise, HandSettings


class Settings(HandSettings, frozen=True, kw_only=True):
    """Resisted reach.

    Attributes:
        distance_mm: How far it goes [mm].
        duration_s: Time in which a good movement does it [s].
    """

    distance_mm: Annotated[float, Meta(gt=0, le=400)]
    duration_s: Annotated[float, Meta(gt=0, le=20)]


class Task(HandExercise):
    """Ahead and back."""

    settings: Settings
    verdicts = ("", "the goal was not reached in time", *Exercise.verdicts[2:])

    def repetition(self, index: int) -> Sequence[Movement]:
        """Out and back."""
        settings, way = self.settings, 1e-3 * self.settings.distance_mm * self.context.amplitude
        start, goal = self.placed([[-0.5 * way, 0.0, 0.0], [0.5 * way, 0.0, 0.0]])
        there = self.along(line(start, goal), settings.duration_s, "there")
        back = self.along(line(goal, start), settings.duration_s, "back", hold_s=0.0, counted=False)
        return (there, back) if index else (self.approach(self.context.x, start), there, back)
