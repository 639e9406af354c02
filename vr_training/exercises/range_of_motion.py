"""Range of motion of one joint: as far as the patient can by himself, then as far as the robot can bring him.

The robot goes slowly and stops where the arm resists, where the range that is allowed ends, or where the patient says
that it hurts. The results hold both ranges.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated

import msgspec
import numpy as np
from msgspec import Meta

from robotics.guidance import Moment
from robotics.trajectories import PEAK_VELOCITY
from vr_training.exercises.arc import SPARE_DEG
from vr_training.exercises.exercise import SHOWN_S, Exercise
from vr_training.exercises.movement import Done, Movement
from vr_training.exercises.now import Now
from vr_training.exercises.paths import line
from vr_training.exercises.settings import ExerciseSettings

FURTHER_RAD = math.radians(1.0)
"""Who has gone less than this further does not go on; ours."""

FELT_S = 0.1
"""Time over which resistance is averaged [s]; ours."""


class Settings(ExerciseSettings, frozen=True, kw_only=True):
    """Range of motion.

    Attributes:
        speed_deg_s: Largest speed at which the robot moves the joint [deg/s].
        own_speed_deg_s: Speed that the patient's own movement is timed by [deg/s].
        still_s: How long the patient gets no further before his end is taken for reached [s].
        resistance_nm: Resistance at which the robot stops, by joint [Nm].
        least_deg: Range below which nothing was seen [deg].
    """

    speed_deg_s: Annotated[float, Meta(gt=0, le=30)]
    own_speed_deg_s: Annotated[float, Meta(gt=0, le=120)]
    still_s: Annotated[float, Meta(gt=0, le=20)]
    resistance_nm: dict[str, Annotated[float, Meta(gt=0, le=20)]] = msgspec.field(default_factory=dict)
    least_deg: Annotated[float, Meta(ge=0, le=90)]

    def __post_init__(self) -> None:
        super().__post_init__()
        missing = [joint for joint in self.choice if joint not in self.resistance_nm]
        if missing:
            raise ValueError(f"resistance_nm: {', '.join(missing)} is missing")


class Task(Exercise):
    """Up and down by the patient, up and down by the robot."""

    settings: Settings
    verdicts = ("", "no movement was seen", "")

    @property
    def ends(self) -> tuple[float, float]:
        """Lowest and highest angle that is allowed, and a little inside [rad]."""
        context, spare = self.context, math.radians(SPARE_DEG)
        return float(context.lower[0]) + spare, float(context.upper[0]) - spare

    def repetition(self, index: int) -> Sequence[Movement]:
        """Four ways, one after the other; before those that follow others, back to the middle."""
        settings, (low, high) = self.settings, self.ends
        middle = 0.5 * (low + high)
        begin = middle if index else float(self.context.x[0])
        own = PEAK_VELOCITY * (high - low) / math.radians(settings.own_speed_deg_s)
        robot = PEAK_VELOCITY * (high - low) / math.radians(settings.speed_deg_s)
        relax = Moment.RELAX
        # Where the robot has brought him is no range of his own: he begins again from the middle.
        back = (self.approach(np.array([low]), np.array([middle]), relax),) if index else ()
        return (
            *back,
            self.along(line([begin], [high]), own, "active_up"),
            self.along(line([high], [low]), own, "active_down"),
            self.along(line([low], [high]), robot, "passive_up", moment=relax),
            self.along(line([high], [low]), robot, "passive_down", moment=relax),
        )

    def to_show(self, movements: Sequence[Movement]) -> Movement | None:
        """Which way it goes, slowly and half the way at most: how far is what is asked."""
        begin, end = movements[0].path.points[[0, -1], 0]
        way = line([begin], [0.5 * (begin + end)])
        if not self.settings.demonstrates or not way.length:
            return None
        seconds = PEAK_VELOCITY * way.length / math.radians(self.settings.speed_deg_s)
        return self.along(way, seconds, "active_up").beginning(SHOWN_S)

    def watch(self, done: Done, now: Now) -> None:
        """How far the arm has come, since when it gets no further, and how much it resists."""
        noted, angle, sense = done.noted, float(now.x[0]), done.movement.sense
        if sense * angle > noted.get("best", -math.inf) + FURTHER_RAD:
            noted["best"], noted["since"] = sense * angle, now.time_s
        share = self.context.dt / (FELT_S + self.context.dt)
        felt = noted.get("felt", 0.0)
        noted["felt"] = felt + share * (-sense * float(now.patient[0]) - felt)
        noted["low"] = min(noted.get("low", angle), angle)
        noted["high"] = max(noted.get("high", angle), angle)

    def gives_up(self, done: Done, now: Now) -> bool:
        """The patient gets no further, or the arm resists the robot."""
        movement, noted, settings = done.movement, done.noted, self.settings
        if movement.moment is Moment.RELAX:
            most = settings.resistance_nm[self.coordinates.joints[0]]
            return noted["felt"] > most or super().gives_up(done, now)
        still = now.time_s - noted.get("since", 0.0) > settings.still_s
        return (still and now.time_s > movement.duration_s) or super().gives_up(done, now)

    def judge(self, done: Sequence[Done]) -> int:
        """Whether the patient moved at all."""
        own = [each.noted for each in done if each.movement.moment is Moment.MOVE and "low" in each.noted]
        if not own:
            return 1
        span = max(each["high"] for each in own) - min(each["low"] for each in own)
        return 0 if math.degrees(span) >= self.settings.least_deg else 1
