"""What the arm weighs: the relaxed arm is carried from posture to posture and held still in each.

The results hold the loads on the robot's links that explain what the cuffs bore (`steadyhand.rehab.weighing`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from msgspec import Meta

from robotics.contracts import Vector
from robotics.guidance import Moment
from robotics.trajectories import PEAK_VELOCITY
from vr_training.exercises.exercise import Exercise
from vr_training.exercises.movement import Movement
from vr_training.exercises.paths import line
from vr_training.exercises.settings import ExerciseSettings

Share = Annotated[float, Meta(ge=0, le=1)]


class Settings(ExerciseSettings, frozen=True, kw_only=True):
    """Weighing.

    Attributes:
        speed_deg_s: Largest speed at which the robot moves the joints together [deg/s].
        share: Share of each joint's allowed range, about its middle, that the postures keep within.
        postures: Where each joint is within that share, 0 its lower and 1 its upper end, one row a posture.
    """

    speed_deg_s: Annotated[float, Meta(gt=0, le=60)]
    share: Annotated[float, Meta(gt=0, le=1)]
    postures: Annotated[tuple[tuple[Share, ...], ...], Meta(min_length=4, max_length=30)]

    def __post_init__(self) -> None:
        super().__post_init__()
        if any(len(row) != len(self.joints) for row in self.postures):
            raise ValueError(f"postures: each needs {len(self.joints)} values, one for each of the joints")
        if not self.hold_s > 0.0:
            raise ValueError("hold_s: must be above 0, the arm is weighed while it is held")


class Task(Exercise):
    """From posture to posture."""

    settings: Settings
    verdicts = ("", "not every posture was reached", "the arm did not come to rest")

    @property
    def postures(self) -> tuple[Vector, ...]:
        """Where the arm is weighed, each of shape (m,) [rad]."""
        context, settings = self.context, self.settings
        middle = 0.5 * (context.lower + context.upper)
        half = 0.5 * min(settings.share * context.amplitude, 1.0) * (context.upper - context.lower)
        return tuple(middle + (2.0 * np.array(row) - 1.0) * half for row in settings.postures)

    def repetition(self, index: int) -> Sequence[Movement]:
        """Through all postures."""
        postures = self.postures
        start = postures[-1] if index else self.context.x
        starts = (start, *postures[:-1])
        return tuple(
            self.along(line(a, b), self._seconds(a, b), "carry", moment=Moment.RELAX)
            for a, b in zip(starts, postures, strict=True)
        )

    def to_show(self, movements: Sequence[Movement]) -> Movement | None:
        """The way to the first posture."""
        return super().to_show(movements[:1])

    def _seconds(self, a: Vector, b: Vector) -> float:
        way = float(np.degrees(np.linalg.norm(b - a)))
        return max(PEAK_VELOCITY * way / self.settings.speed_deg_s, 1.0)
