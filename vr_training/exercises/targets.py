"""Targets of games: places that are drawn within the exercise's plane and the arm's reach, and smooth lines."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from msgspec import Meta

from robotics.contracts import Vector
from vr_training.exercises.workspace import HandExercise, HandSettings

TRIES = 100
"""Draws after which a target may be nearer to the last one than it should be."""

WAVES = 3
"""Waves that a drawn line is made of."""


class TargetSettings(HandSettings, frozen=True, kw_only=True):
    """Where targets may be.

    Attributes:
        width_mm: Width of the field [mm].
        height_mm: Its height, on a table its depth [mm].
    """

    width_mm: Annotated[float, Meta(gt=0, le=600)]
    height_mm: Annotated[float, Meta(gt=0, le=600)]


class TargetGame(HandExercise):
    """A game with targets in a field before the trunk."""

    settings: TargetSettings

    @property
    def field(self) -> Vector:
        """Half width and half height of the field [m]."""
        settings = self.settings
        return np.asarray(0.5e-3 * self.context.amplitude * np.array([settings.width_mm, settings.height_mm]))

    def in_field(self, points: Vector) -> Vector:
        """Places of the field, each from -1 to 1, shape (k, 2), in the exercise's coordinates, shape (k, m).

        The whole field is within reach, so that where a target lies never depends on the others.
        """
        corners = np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]])
        return self.placed(self.flat(np.vstack([corners, points]) * self.field))[len(corners) :]

    def drawn_place(self, last: Vector, apart: float) -> Vector:
        """A place of the field, from -1 to 1, shape (2,), that is at least ``apart`` [m] from the last one."""
        place = self._rng.uniform(-1.0, 1.0, 2)
        for _ in range(TRIES):
            if float(np.linalg.norm((place - last) * self.field)) >= apart:
                break
            place = self._rng.uniform(-1.0, 1.0, 2)
        return place

    def drawn_line(self, points: int) -> Vector:
        """A smooth closed line through the field that begins and ends in its middle, from -1 to 1, shape (k, 2)."""
        share = np.linspace(0.0, 1.0, points)
        line = np.zeros((points, 2))
        for wave in range(1, WAVES + 1):
            size, phase = self._rng.uniform(0.5, 1.0, 2) / wave, self._rng.uniform(0.0, 2.0 * np.pi, 2)
            line += size * (np.sin(2.0 * np.pi * wave * share[:, None] + phase) - np.sin(phase))
        return np.asarray(line / np.abs(line).max(axis=0))
