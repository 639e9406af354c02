"""Arcs: one joint goes there and back, as slowly as it is told, by the patient or by the robot."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import Meta
from msgspec.structs import replace

from robotics.errors import ArgumentError
from robotics.guidance import Moment
from robotics.trajectories import PEAK_VELOCITY
from vr_training.exercises.exercise import Exercise
from vr_training.exercises.movement import Done, Movement
from vr_training.exercises.paths import line
from vr_training.exercises.settings import ExerciseSettings

SPARE_DEG = 2.0
"""How far inside of the range that is allowed a goal stays [deg]; ours."""

LEAST_DEG = 5.0
"""An arc that is shorter is none [deg]; ours."""

MOMENTS = {"move": Moment.MOVE, "relax": Moment.RELAX}

RELAXED = {
    "first": "Stay relaxed: the robot brings your arm to the start.",
    "there": "Stay relaxed: the robot moves your arm.",
    "back": "Stay relaxed while it comes back.",
}
"""What is said of an arc where the patient is to be moved."""

RELAXED_START = "Sit comfortably. The robot moves your arm: let it."
"""What is said before that."""


class ArcSettings(ExerciseSettings, frozen=True, kw_only=True):
    """An arc.

    Attributes:
        from_deg: Where it begins [deg].
        to_deg: Where it ends [deg].
        speed_deg_s: Largest speed of the reference [deg/s].
        share: Share of the range that is allowed which it may use, where that is less.
        reached: Share of the arc that has to be covered.
        asks: Whether the patient is to move, or to be moved.
        force_n: Force at any cuff above which a repetition is not passed [N].
    """

    from_deg: Annotated[float, Meta(ge=-180, le=180)]
    to_deg: Annotated[float, Meta(ge=-180, le=180)]
    speed_deg_s: Annotated[float, Meta(gt=0, le=200)]
    share: Annotated[float, Meta(gt=0, le=1)] = 1.0
    reached: Annotated[float, Meta(gt=0, lt=1)] = 0.9
    asks: Literal["move", "relax"] = "move"
    force_n: Annotated[float, Meta(gt=0, le=120)] = 120.0

    def relaxed(self) -> ArcSettings:
        """The same where the patient is to be moved: nothing is asked of him, and there is nothing for him to hold."""
        if self.asks == "relax":
            return self
        say = {kind: RELAXED.get(kind, words) for kind, words in self.say.items()}
        return replace(self, asks="relax", say=say, start=RELAXED_START, hold_s=0.0)


def stretched(begin: float, end: float, amplitude: float) -> tuple[float, float]:
    """Ends of an arc at a share of its amplitude: about 0 where it passes it, else from the end that is nearer to 0.

    Args:
        begin: Where the whole arc begins [rad or deg].
        end: Where it ends.
        amplitude: Share of it.
    """
    if begin * end < 0.0:
        return amplitude * begin, amplitude * end
    if abs(begin) <= abs(end):
        return begin, begin + amplitude * (end - begin)
    return end + amplitude * (begin - end), end


class Arc(Exercise):
    """There and back, again and again."""

    settings: ArcSettings
    verdicts = (*Exercise.verdicts, "the force was above the limit")

    @property
    def ends(self) -> tuple[float, float]:
        """Where the arc begins and ends, within what is allowed [rad].

        Raises:
            ArgumentError: What is allowed leaves no arc.
        """
        settings, context = self.settings, self.context
        spare = math.radians(SPARE_DEG)
        low, high = float(context.lower[0]) + spare, float(context.upper[0]) - spare
        middle, half = 0.5 * (low + high), 0.5 * (high - low) * settings.share
        begin, end = stretched(math.radians(settings.from_deg), math.radians(settings.to_deg), context.amplitude)
        begin, end = (min(max(angle, middle - half), middle + half) for angle in (begin, end))
        if abs(end - begin) < math.radians(LEAST_DEG):
            raise ArgumentError(
                f"exercise '{self.name}' goes from {settings.from_deg:g} to {settings.to_deg:g} deg, of which "
                f"{math.degrees(low):.0f} to {math.degrees(high):.0f} deg leave nothing"
            )
        return begin, end

    @property
    def tolerance(self) -> float:
        """How near is there: what need not be covered of the arc [rad]."""
        begin, end = self.ends
        return (1.0 - self.settings.reached) * abs(end - begin)

    def seconds(self, way: float) -> float:
        """Duration of a way whose reference keeps to the speed [s]."""
        return max(PEAK_VELOCITY * abs(way) / math.radians(self.settings.speed_deg_s), 1.0)

    def repetition(self, index: int) -> Sequence[Movement]:
        """There, hold, and back; before the first of all, to where it begins."""
        begin, end = self.ends
        moment, seconds = MOMENTS[self.settings.asks], self.seconds(end - begin)
        there = self.along(line([begin], [end]), seconds, "there", moment=moment)
        back = self.along(line([end], [begin]), seconds, "back", moment=moment, hold_s=0.0)
        if index:
            return there, back
        return self.approach(self.context.x, there.path.points[0], moment), there, back

    def judge(self, done: Sequence[Done]) -> int:
        """As usual, and by the force at the cuffs."""
        if any(each.cuff_n > self.settings.force_n for each in done if each.movement.counted):
            return 3
        return super().judge(done)
