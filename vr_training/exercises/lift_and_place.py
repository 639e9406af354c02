"""Lift and place: a light object is taken up, carried over the edge of a shelf and put down on it.

The object is logic: it is in the hand once the hand has waited at it, it is hit where the hand comes to the shelf's
board below its top, and it stays where the hand waits for the second time.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Annotated

import numpy as np
from msgspec import Meta

from robotics.contracts import Signal, Vector
from robotics.shape_config import Box, Shape
from vr_training.exercises.exercise import Exercise
from vr_training.exercises.movement import Done, Movement
from vr_training.exercises.now import Now
from vr_training.exercises.paths import Path, line
from vr_training.exercises.workspace import HandExercise, HandSettings

SIDE_M = 0.05
"""Side of the object [m]; ours."""

POINTS = 60
"""Points of the way; ours."""


class Thing(IntEnum):
    """Where the object is."""

    LIES = 0
    CARRIED = 1
    PLACED = 2


class Settings(HandSettings, frozen=True, kw_only=True):
    """Lift and place.

    Attributes:
        shelf_mm: Height of the shelf above where the object lies [mm].
        over_mm: How far beyond it is put down [mm].
        clear_mm: How much higher than the shelf the way leads over its edge [mm].
        grasp_s: How long the hand waits to take the object [s].
        placed_mm: How near to its place it has to be put down [mm].
        duration_s: Time for the way [s].
    """

    shelf_mm: Annotated[float, Meta(ge=0, le=400)]
    over_mm: Annotated[float, Meta(ge=0, le=300)]
    clear_mm: Annotated[float, Meta(ge=0, le=150)]
    grasp_s: Annotated[float, Meta(gt=0, le=5)]
    placed_mm: Annotated[float, Meta(gt=0, le=100)]
    duration_s: Annotated[float, Meta(gt=0, le=20)]


class Task(HandExercise):
    """Take it, place it, come back for the next one."""

    settings: Settings
    signals = (Signal("object", ""),)
    verdicts = (*Exercise.verdicts, "the object was not taken", "it hit the shelf", "it was not put down in its place")

    def reset(self, rng: np.random.Generator) -> None:
        """Begin anew."""
        super().reset(rng)
        self._thing = Thing.LIES
        self._take: Done | None = None

    @property
    def way(self) -> Vector:
        """From the object up, over the edge and onto the shelf, in the exercise's coordinates, shape (k, 3) [m]."""
        settings, amplitude = self.settings, min(self.context.amplitude, 1.0)
        up, over, clear = 1e-3 * amplitude * np.array([settings.shelf_mm, settings.over_mm, settings.clear_mm])
        s = np.linspace(0.0, 1.0, POINTS)
        # Up first and over later; above both ends in the middle.
        rise, ahead = 1.0 - (1.0 - s) ** 2, s**2
        return self.placed(np.column_stack([over * ahead, 0.0 * s, up * rise + clear * np.sin(np.pi * s)]))

    def repetition(self, index: int) -> Sequence[Movement]:
        """Take the object, carry it onto the shelf, come back."""
        way, settings = self.way, self.settings
        x = way[0] if index else self.context.x
        take = self.along(line(x, way[0]), self.approach_s(float(np.linalg.norm(way[0] - x))), "take",
                          hold_s=settings.grasp_s)  # fmt: skip
        carry = self.along(Path(way), settings.duration_s, "carry")
        back = self.along(Path(way[::-1]), settings.duration_s, "back", hold_s=0.0, counted=False)
        return take, carry, back

    def marks(self) -> tuple[Shape, ...]:
        """The object's outline where it is to go."""
        return (Box(material="goal", size_m=(SIDE_M, SIDE_M, SIDE_M), bevel_m=0.004),)

    def tell(self, now: Now, own: Vector) -> None:  # noqa: ARG002
        """Where the object is."""
        own[0] = self._thing

    def watch(self, done: Done, now: Now) -> None:
        """Whether the object is in the hand, hits the shelf, and where it is put down."""
        settings, say, noted, x = self.settings, done.movement.say, done.noted, now.x
        if say == "take":
            self._thing, self._take = Thing.LIES, done
        elif say == "carry" and self._taken():
            start, goal = done.movement.path.points[0], done.movement.path.points[-1]
            beyond_edge = x[0] > start[0] + 0.6 * (goal[0] - start[0])
            if beyond_edge and x[2] < goal[2] - 1e-3 * settings.placed_mm:
                noted["hit"] = 1.0
            self._thing = Thing.PLACED if done.reached else Thing.CARRIED
            if done.reached:
                noted["off"] = float(np.linalg.norm(x - goal))

    def _taken(self) -> bool:
        return self._take is not None and self._take.reached and self._take.held

    def judge(self, done: Sequence[Done]) -> int:
        """The object has been taken, carried clear of the shelf, and put down in its place."""
        take, carry = (next(each for each in done if each.movement.say == say) for say in ("take", "carry"))
        if not (take.reached and take.held):
            return 3
        if carry.noted.get("hit"):
            return 4
        if not carry.reached:
            return 1
        if not carry.held:
            return 2
        return 0 if carry.noted.get("off", 1.0) <= 1e-3 * self.settings.placed_mm else 5
