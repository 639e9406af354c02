"""Where exercises of the hand are done: before the trunk, within the arm's reach, mirrored for the left arm.

On a table the plane of an exercise is the table. An arm that moves in space has it upright before the chest.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from msgspec import Meta
from numpy.typing import ArrayLike

from robotics.contracts import Vector
from robotics.errors import ArgumentError
from vr_training.exercises.exercise import Exercise
from vr_training.exercises.refusal import REACH
from vr_training.exercises.settings import ExerciseSettings

Share = Annotated[float, Meta(ge=-1, le=1)]

STEP_M = 0.01
"""Steps in which the middle of an exercise is brought nearer to the trunk until all of it is within reach [m]."""

STEPS = 15
"""How many of them at most."""


class HandSettings(ExerciseSettings, frozen=True, kw_only=True):
    """What exercises of the hand may say besides.

    Attributes:
        ahead: Middle of the exercise before the shoulder, for arms that move in space [share of the arm's length].
        inward: The same towards the body's middle.
        above: The same above the shoulder.
    """

    ahead: Share = 0.62
    inward: Share = 0.0
    above: Share = -0.3


class HandExercise(Exercise):
    """An exercise whose coordinates are the hand's position."""

    settings: HandSettings

    @property
    def in_space(self) -> bool:
        """Whether the height is one of its coordinates."""
        return 2 in self.coordinates.axes

    @property
    def middle(self) -> Vector:
        """Where its middle is wanted, tip in world, shape (3,): before the chest; on a table where the hand starts."""
        settings, context = self.settings, self.context
        if not self.in_space:
            return context.tip[:3].copy()
        away = np.array([settings.ahead, -context.outward * settings.inward, settings.above])
        return np.asarray(context.p_world_shoulder + context.arm_length_m * away - context.p_tip_palm)

    def flat(self, points: ArrayLike) -> Vector:
        """Offsets in the plane of the exercise, outward and up (on a table forward), as offsets in world, (k, 3)."""
        points = np.asarray(points, dtype=float)
        offsets = np.zeros((len(points), 3))
        offsets[:, 1] = self.context.outward * points[:, 0]
        offsets[:, 2 if self.in_space else 0] = points[:, 1]
        return offsets

    def placed(self, offsets: ArrayLike) -> Vector:
        """Offsets from the middle in world, shape (k, 3), as places in the exercise's coordinates, shape (k, m).

        All come nearer to the trunk, as far as it takes to have every one within reach.

        Raises:
            ArgumentError: They are not within reach however near they come.
        """
        axes, context = list(self.coordinates.axes), self.context
        places = np.asarray(self.middle + np.asarray(offsets, dtype=float))
        for _ in range(STEPS + 1):
            if context.reach_of(axes, places[:, axes]) <= REACH:
                return np.ascontiguousarray(places[:, axes])
            places[:, 0] -= STEP_M
        farthest = context.reach_of(axes, places[:, axes])
        raise ArgumentError(
            f"exercise '{self.name}' is too large for an arm of {100 * context.arm_length_m:.0f} cm: it goes to "
            f"{100 * farthest:.0f} % of its length, at most {100 * REACH:.0f} % are allowed"
        )
