"""Follow: a target runs along a line that nobody knows before; the hand is to stay in the circle about it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated

import numpy as np
from msgspec import Meta

from robotics.contracts import Signal, Vector
from robotics.guidance import Guidance
from robotics.trajectories import PEAK_VELOCITY
from vr_training.exercises.exercise import SHOWN_S
from vr_training.exercises.movement import Done, Movement
from vr_training.exercises.now import Now
from vr_training.exercises.path_kernels import squared_distance
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
    signals = (Signal("score", "%"),)
    verdicts = ("", "the hand was too rarely with the target", "")
    runs = True

    def reset(self, rng: np.random.Generator) -> None:
        """Begin anew."""
        super().reset(rng)
        self._score = 0.0

    def repetition(self, index: int) -> Sequence[Movement]:
        """The next line."""
        points = self.in_field(self.drawn_line(POINTS))
        path = Path(points)
        duration_s = PEAK_VELOCITY * path.length / (0.01 * self.settings.speed_cm_s)
        follow = self.along(path, duration_s, "follow", timed=True)
        return (follow,) if index else (self.approach(self.context.x, points[0]), follow)

    def to_show(self, movements: Sequence[Movement]) -> Movement | None:
        """The first seconds of the run: nobody is to know the whole line."""
        run = super().to_show(movements)
        return None if run is None else run.beginning(SHOWN_S)

    @property
    def shown_radius_m(self) -> float:
        """Radius of the circle [m]."""
        return 1e-3 * self.settings.circle_mm

    def mark(self, asks: Guidance, counted: bool) -> Vector:
        """The target runs, once the hand has come to where it starts."""
        return asks.reference if counted else asks.goal

    def watch(self, done: Done, now: Now) -> None:
        """Whether the hand is with the target."""
        noted = done.noted
        if not done.movement.counted:
            return
        noted["ticks"] = noted.get("ticks", 0.0) + 1.0
        near = math.sqrt(squared_distance(now.x, now.asks.reference)) <= 1e-3 * self.settings.circle_mm
        noted["inside"] = noted.get("inside", 0.0) + near
        self._score = 100.0 * noted["inside"] / noted["ticks"]

    def judge(self, done: Sequence[Done]) -> int:
        """By the share of the time that the hand was in the circle."""
        followed = done[-1]
        inside = followed.noted.get("inside", 0.0) / max(followed.noted.get("ticks", 0.0), 1.0)
        return 0 if followed.reached and inside >= self.settings.inside else 1

    def tell(self, now: Now, own: Vector) -> None:  # noqa: ARG002
        """The share of the time in the circle."""
        own[0] = self._score
