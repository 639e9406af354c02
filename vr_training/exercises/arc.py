"""Arcs: one joint goes there and back, as slowly as it is told."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta

from robotics.trajectories import PEAK_VELOCITY
from vr_training.exercises.exercise import Exercise, ExerciseSettings, Movement
from vr_training.exercises.paths import line

SPARE_DEG = 2.0
"""How far inside of the range that is allowed a goal stays [deg]; ours."""


class ArcSettings(ExerciseSettings, frozen=True, kw_only=True):
    """An arc.

    Attributes:
        from_deg: Where it begins [deg].
        to_deg: Where it ends [deg].
        speed_deg_s: Largest speed of the reference [deg/s].
        share: Share of the range that is allowed which it may use, where that is less.
    """

    from_deg: Annotated[float, Meta(ge=-180, le=180)]
    to_deg: Annotated[float, Meta(ge=-180, le=180)]
    speed_deg_s: Annotated[float, Meta(gt=0, le=200)]
    share: Annotated[float, Meta(gt=0, le=1)] = 1.0


class Arc(Exercise):
    """There and back, again and again."""

    settings: ArcSettings

    @property
    def ends(self) -> tuple[float, float]:
        """Where the arc begins and ends, within what is allowed [rad]."""
        settings, context = self.settings, self.context
        spare = math.radians(SPARE_DEG)
        low, high = float(context.lower[0]) + spare, float(context.upper[0]) - spare
        middle, half = 0.5 * (low + high), 0.5 * (high - low) * settings.share
        begin = math.radians(settings.from_deg)
        end = begin + context.amplitude * (math.radians(settings.to_deg) - begin)

        def inside(angle: float) -> float:
            return min(max(angle, middle - half), middle + half)

        return inside(begin), inside(end)

    def seconds(self, way: float) -> float:
        """Duration of a way whose reference keeps to the speed [s]."""
        return max(PEAK_VELOCITY * abs(way) / math.radians(self.settings.speed_deg_s), 1.0)

    def repetition(self, index: int) -> Sequence[Movement]:
        """There, hold, and back; before the first of all, to where it begins."""
        begin, end = self.ends
        there = self.along(line([begin], [end]), self.seconds(end - begin), "there")
        back = self.along(line([end], [begin]), self.seconds(end - begin), "back", hold_s=0.0)
        if index:
            return there, back
        x = float(self.context.x[0])
        first = self.along(line([x], [begin]), self.seconds(begin - x), "first", hold_s=0.0, counted=False)
        return first, there, back
