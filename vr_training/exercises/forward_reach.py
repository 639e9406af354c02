"""Forward reach: the hand goes straight ahead to most of the arm's length, while the trunk stays where it is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated

import numpy as np
from msgspec import Meta

from robotics.contracts import Vector
from robotics.errors import ArgumentError
from vr_training.exercises.exercise import Exercise
from vr_training.exercises.movement import Done, Movement
from vr_training.exercises.paths import line
from vr_training.exercises.workspace import HandExercise, HandSettings

LEAST_M = 0.03
"""A reach that is shorter is none [m]; ours."""


class Settings(HandSettings, frozen=True, kw_only=True):
    """Forward reach.

    Attributes:
        reach: How far it goes [share of the arm's length].
        duration_s: Time for it [s].
        trunk_cm: Displacement of the shoulder above which it is not passed [cm].
    """

    reach: Annotated[float, Meta(gt=0.3, le=0.95)]
    duration_s: Annotated[float, Meta(gt=0, le=20)]
    trunk_cm: Annotated[float, Meta(gt=0, le=30)]


class Task(HandExercise):
    """From before the chest straight ahead and back."""

    settings: Settings
    verdicts = (*Exercise.verdicts, "the trunk went along")

    @property
    def goal(self) -> Vector:
        """Tip at the goal, in world, shape (3,): ahead of the start, at the shoulder's height where that is free.

        Raises:
            ArgumentError: The start is as far away already.
        """
        settings, context = self.settings, self.context
        start = self.middle + context.p_tip_palm - context.p_world_shoulder
        if self.in_space:
            start[2] = 0.0
        radius = settings.reach * context.arm_length_m
        ahead = math.sqrt(max(radius * radius - float(start[1:] @ start[1:]), 0.0))
        goal = np.array([ahead, start[1], start[2]]) + context.p_world_shoulder - context.p_tip_palm
        way = goal - self.middle
        if ahead - start[0] < LEAST_M:
            raise ArgumentError(
                f"exercise '{self.name}' goes to {100 * settings.reach:.0f} % of an arm of "
                f"{100 * context.arm_length_m:.0f} cm; the hand starts {100 * start[0]:.0f} cm ahead, "
                f"the goal is at {100 * ahead:.0f} cm"
            )
        return np.asarray(self.middle + min(context.amplitude, 1.0) * way)

    def repetition(self, index: int) -> Sequence[Movement]:
        """Out and back."""
        axes, settings = list(self.coordinates.axes), self.settings
        start, goal = self.middle[axes], self.goal[axes]
        there = self.along(line(start, goal), settings.duration_s, "there")
        back = self.along(line(goal, start), settings.duration_s, "back", hold_s=0.0, counted=False)
        return (there, back) if index else (self.approach(self.context.x, start), there, back)

    def judge(self, done: Sequence[Done]) -> int:
        """As usual, and by how far the trunk went along."""
        verdict = super().judge(done)
        if not verdict and max(each.trunk_m for each in done) > 0.01 * self.settings.trunk_cm:
            return 3
        return verdict
