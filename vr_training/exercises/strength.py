"""Strength of one joint: the robot holds the arm in the middle of its range, and the patient pushes, both ways.

He builds the push up slowly. A push ends when it comes to what the robot and its cuffs can well hold: who is stronger
is found to have at least that strength, and is told so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated

import numpy as np
from msgspec import Meta

from robotics.guidance import Moment
from vr_training.exercises.exercise import Exercise
from vr_training.exercises.movement import Done, Movement
from vr_training.exercises.now import Now
from vr_training.exercises.paths import line
from vr_training.exercises.settings import ExerciseSettings

AWAY_RAD = math.radians(15.0)
"""How far away the goal lies that tells which way to push; nothing goes there; ours."""

FELT_S = 0.5
"""Time over which a push is averaged [s]."""

AT_LEAST = "stronger than the robot can hold: the strength is at least this"
"""What is said of a push that was ended because the robot holds no more."""

SETTLED_S = 0.1
"""Time that a push has had before it may be enough: what is left of the approach is no push; ours [s]."""


class Settings(ExerciseSettings, frozen=True, kw_only=True):
    """Strength.

    Attributes:
        at: Where in its range the joint is held, from 0 to 1.
        push_s: How long to push [s].
        least_nm: Push below which there was none [Nm].
        most_nm: Push at which it is enough, by joint: the robot holds no more within the patient's limits [Nm].
        most_cuff_n: Force at any cuff at which it is enough [N].
    """

    at: Annotated[float, Meta(ge=0.2, le=0.8)]
    push_s: Annotated[float, Meta(ge=1, le=10)]
    least_nm: Annotated[float, Meta(ge=0, le=20)]
    most_nm: dict[str, Annotated[float, Meta(gt=0, le=60)]]
    most_cuff_n: Annotated[float, Meta(gt=0, le=120)]

    def __post_init__(self) -> None:
        super().__post_init__()
        missing = [joint for joint in self.choice if joint not in self.most_nm]
        if missing:
            raise ValueError(f"most_nm: {', '.join(missing)} is missing")


class Task(Exercise):
    """Pushes one way, rests, pushes the other way."""

    settings: Settings
    verdicts = ("", "no push was felt", AT_LEAST)
    passes = frozenset({0, 2})  # a push that the robot could not hold was one

    def repetition(self, index: int) -> Sequence[Movement]:
        """Two pushes; before the first, to where they are done."""
        settings, context = self.settings, self.context
        low, high = float(context.lower[0]), float(context.upper[0])
        at = low + settings.at * (high - low)
        away = min(AWAY_RAD, 0.9 * (at - low), 0.9 * (high - at))
        seconds = settings.push_s * context.speed  # no shorter for who is quick
        pushes = [
            self.along(line([at], [at + sense * away]), seconds, say, moment=Moment.PUSH, hold_s=0.0, timed=True)
            for sense, say in ((1.0, "push_up"), (-1.0, "push_down"))
        ]
        if index:
            return pushes
        return (self.approach(context.x, np.array([at]), Moment.RELAX), *pushes)

    def to_show(self, movements: Sequence[Movement]) -> Movement | None:
        """Where the robot brings the arm; a push itself moves nothing that could be shown."""
        first = movements[0]
        return first if self.settings.demonstrates and first.moment is Moment.RELAX and first.path.length else None

    def watch(self, done: Done, now: Now) -> None:
        """How strongly he pushes."""
        noted = done.noted
        if done.movement.moment is not Moment.PUSH:
            return
        share = self.context.dt / (FELT_S + self.context.dt)
        along = done.movement.sense * float(now.patient[0])
        noted["now"] = noted.get("now", 0.0) + share * (along - noted.get("now", 0.0))
        noted["most"] = max(noted.get("most", 0.0), noted["now"])
        if (along > self.most_nm or now.cuff_n > self.most_cuff_n) and now.time_s >= SETTLED_S:
            noted["enough"] = along

    @property
    def most_nm(self) -> float:
        """Push at which it is enough: what the robot holds, or less where the patient's limits say so [Nm]."""
        return min(self.settings.most_nm[self.coordinates.joints[0]], self.context.most_push_nm)

    @property
    def most_cuff_n(self) -> float:
        """The same of the force at any cuff [N]."""
        return min(self.settings.most_cuff_n, self.context.most_push_n)

    def arrived(self, done: Done, now: Now) -> bool:
        """The push has had its time, or is as strong as the robot can hold."""
        return "enough" in done.noted or super().arrived(done, now)

    def judge(self, done: Sequence[Done]) -> int:
        """Whether both pushes were felt, and whether they were all that he has."""
        pushes = [each for each in done if each.movement.moment is Moment.PUSH]
        if not all("enough" in each.noted or each.noted.get("most", 0.0) >= self.settings.least_nm for each in pushes):
            return 1
        # His strength is that of the weaker direction: a push that was cut short matters only where it is that one.
        weaker = min(pushes, key=lambda each: each.noted.get("enough", each.noted.get("most", 0.0)))
        return 2 if "enough" in weaker.noted else 0
