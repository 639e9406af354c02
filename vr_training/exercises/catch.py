"""Catch: targets appear where and when nobody knows, and are to be caught before they are gone; what is left counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

import numpy as np
from msgspec import Meta

from robotics.contracts import Signal, Vector
from robotics.trajectories import PEAK_VELOCITY
from vr_training.exercises.movement import Done, Movement
from vr_training.exercises.now import Now
from vr_training.exercises.paths import line
from vr_training.exercises.targets import TargetGame, TargetSettings

SHORTEST_S = 0.8
"""No movement to a target is meant to be shorter [s]; ours."""

POINTS = 100.0
"""Points of a target that is caught at once; ours."""


class Settings(TargetSettings, frozen=True, kw_only=True):
    """Catching.

    Attributes:
        apart_mm: How far a target is from the last one at least [mm].
        window_s: How long a target is there [s].
        speed_cm_s: Peak speed of a good movement to it [cm/s].
        wait_s: Shortest and longest time until the next one appears [s].
    """

    apart_mm: Annotated[float, Meta(ge=0, le=300)]
    window_s: Annotated[float, Meta(gt=0, le=20)]
    speed_cm_s: Annotated[float, Meta(gt=0, le=60)]
    wait_s: tuple[Annotated[float, Meta(ge=0, le=20)], Annotated[float, Meta(ge=0, le=20)]]

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.wait_s[0] > self.wait_s[1]:
            raise ValueError("wait_s: the first must not be above the second")


class Task(TargetGame):
    """One target after the other; each is a repetition."""

    settings: Settings
    signals = (Signal("score", ""),)
    verdicts = ("", "the target was missed", "")

    def reset(self, rng: np.random.Generator) -> None:
        """Begin anew."""
        super().reset(rng)
        self._last: Vector = np.zeros(2)
        self._score = 0.0

    def repetition(self, index: int) -> Sequence[Movement]:
        """The next target."""
        settings = self.settings
        if index == 0:
            self._last = np.zeros(2)
        place = self.drawn_place(self._last, 1e-3 * settings.apart_mm * self.context.amplitude)
        start, goal = self.in_field(np.stack([self._last, place]))
        self._last = place
        path = line(start, goal)
        quick = PEAK_VELOCITY * path.length / (0.01 * settings.speed_cm_s)
        target = self.along(path, min(max(quick, SHORTEST_S), settings.window_s), "target")
        target = replace(
            target,
            patience_s=settings.window_s / self.context.speed,
            pause_s=float(self._rng.uniform(*settings.wait_s)),
        )
        return (target,) if index else (self.approach(self.context.x, start), target)

    def arrived(self, done: Done, now: Now) -> bool:
        """Whether the target is caught: touched, however fast."""
        if not done.movement.counted:
            return super().arrived(done, now)
        return now.to_goal <= done.movement.tolerance

    def judge(self, done: Sequence[Done]) -> int:
        """Caught or missed; what was left of its time makes the points."""
        verdict = super().judge(done)
        if not verdict:
            target = done[-1]
            self._score += POINTS * (1.0 - target.seconds / target.movement.patience_s)
        return verdict

    def tell(self, now: Now, own: Vector) -> None:  # noqa: ARG002
        """The points."""
        own[0] = self._score
