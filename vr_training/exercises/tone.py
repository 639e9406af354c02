"""Tone of one joint: the relaxed arm is moved there and back, each time faster; the measures say how it resists.

Source:
    Velocity-dependent resistance at 15 to 150 deg/s: PMC6402810.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated

import numpy as np
from msgspec import Meta

from robotics.guidance import Moment
from robotics.trajectories import PEAK_VELOCITY
from vr_training.exercises.exercise import SHOWN_S, Exercise
from vr_training.exercises.movement import Movement
from vr_training.exercises.paths import line
from vr_training.exercises.settings import ExerciseSettings


class Settings(ExerciseSettings, frozen=True, kw_only=True):
    """Tone.

    Attributes:
        speeds_deg_s: Peak speeds, one a repetition and then again; those that the limits forbid are left out [deg/s].
        share: Share of the range that is allowed which the stretches take.
    """

    speeds_deg_s: Annotated[tuple[Annotated[float, Meta(gt=0, le=200)], ...], Meta(min_length=2)]
    share: Annotated[float, Meta(gt=0, le=0.9)]


class Task(Exercise):
    """There and back at one speed, then at the next."""

    settings: Settings
    verdicts = ("", "the arm was not moved all the way", "")

    @property
    def speeds(self) -> tuple[float, ...]:
        """Peak speeds that the limits allow; the slowest always [rad/s]."""
        speeds = sorted(math.radians(speed) for speed in self.settings.speeds_deg_s)
        return tuple(speed for speed in speeds if speed <= self.context.fastest) or (speeds[0],)

    def repetition(self, index: int) -> Sequence[Movement]:
        """There and back at one speed; before the first, to where it begins."""
        context, speeds = self.context, self.speeds
        low, high = float(context.lower[0]), float(context.upper[0])
        middle, half = 0.5 * (low + high), 0.5 * self.settings.share * (high - low)
        begin, end = np.array([middle - half]), np.array([middle + half])
        seconds = PEAK_VELOCITY * 2.0 * half / speeds[index % len(speeds)] * context.speed  # the speed is the test
        there = self.along(line(begin, end), seconds, "there", moment=Moment.RELAX)
        back = self.along(line(end, begin), seconds, "back", moment=Moment.RELAX)
        return (there, back) if index else (self.approach(context.x, begin, Moment.RELAX), there, back)

    def to_show(self, movements: Sequence[Movement]) -> Movement | None:
        """The beginning of the first stretch, which is the slowest."""
        stretch = super().to_show(movements)
        return None if stretch is None else stretch.beginning(SHOWN_S)
