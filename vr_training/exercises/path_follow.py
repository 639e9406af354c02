"""Follow: a target runs along a line that nobody knows before; the hand is to stay in the circle about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from msgspec import Meta

from robotics.contracts import Outcome, Signal, Vector
from robotics.trajectories import PEAK_VELOCITY
from vr_training.exercises.exercise import Exercise
from vr_training.exercises.movement import Done, Movement
from vr_training.exercises.paths import Path
from vr_training.exercises.targets import TargetGame, TargetSettings

POINTS = 300
"""Points of a line; ours."""


class Settings(TargetSettings, frozen=True, kw_only=True):
    """Following.

    Attributes:
        speed_cm_s: Peak speed of the target [cm/s].
        circle_mm: Radius of the circle about it [mm].
        inside: Share of the time that the hand has to be in it.
    """

    speed_cm_s: Annotated[float, Meta(gt=0, le=50)]
    circle_mm: Annotated[float, Meta(gt=0, le=150)]
    inside: Annotated[float, Meta(gt=0, le=1)]


class Task(TargetGame):
    """One line after the other; each is a repetition."""

    settings: Settings
    signals = (*Exercise.signals, Signal("score", "%"))
    verdicts = ("", "the hand was too rarely with the target", "")
    runs = True

    def repetition(self, index: int) -> Sequence[Movement]:
        """The next line."""
        points = self.in_field(self.drawn_line(POINTS))
        path = Path(points)
        duration_s = PEAK_VELOCITY * path.length / (0.01 * self.settings.speed_cm_s)
        follow = self.along(path, duration_s, "follow", timed=True)
        return (follow,) if index else (self.approach(self.context.x, points[0]), follow)

    @property
    def shown_radius_m(self) -> float:
        """Radius of the circle [m]."""
        return 1e-3 * self.settings.circle_mm

    def mark(self) -> Vector:
        """The target runs, once the hand has come to where it starts."""
        movement = self._movement
        return self.guidance.reference if movement is not None and movement.counted else self.guidance.goal

    def watch(self, done: Done, x: Vector) -> None:
        """Whether the hand is with the target."""
        noted = done.noted
        if not done.movement.counted:
            return
        noted["ticks"] = noted.get("ticks", 0.0) + 1.0
        near = float(np.linalg.norm(x - self.guidance.reference)) <= 1e-3 * self.settings.circle_mm
        noted["inside"] = noted.get("inside", 0.0) + near

    def judge(self, done: Sequence[Done]) -> int:
        """By the share of the time that the hand was in the circle."""
        followed = done[-1]
        inside = followed.noted.get("inside", 0.0) / max(followed.noted.get("ticks", 0.0), 1.0)
        return 0 if followed.reached and inside >= self.settings.inside else 1

    def step(self, tick: np.void) -> Outcome:
        """Judge a tick, and tell the share of the time in the circle."""
        out = super().step(tick)
        noted = self._done[-1].noted if self._done else {}
        if noted.get("ticks"):
            out.signals[6] = 100.0 * noted["inside"] / noted["ticks"]
        return out
