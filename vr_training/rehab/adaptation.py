"""Adaptive difficulty: help, amplitude and speed of an exercise follow a patient's successes, by one rule.

Three successes in a row make it one step harder: the bound on the robot's help goes down by a tenth; once it is at its
floor the amplitude goes up, and once that is at its ceiling the speed. A failure makes it one step easier: help comes
back first, then speed is taken away, then amplitude. So who fails is helped before anything is taken from him.

Hysteresis: who fails at a level that he has just come to needs twice as many successes to try it again, up to twelve.
The difficulty then rests below what is too hard, and looks up now and then. A level that is mastered makes it three
again.

Nothing ever leaves the bounds of the prescription, and the therapist can hold each of the three where it is,
or turn it by a step himself.

Source:
    Three successes and a failure: practice with the PLUTO robot, which Nehrujee et al. 2021, IEEE Access 9,
    doi:10.1109/ACCESS.2021.3115580, present. Without hysteresis it is the staircase of Levitt 1971, J. Acoust. Soc. Am.
    49(2), which goes up and down about 79 % of successes for ever. Order of the three and hysteresis: ours.
"""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from msgspec import Meta, Struct
from msgspec.structs import replace

from robotics.config import Config

Knob = Literal["assistance", "amplitude", "speed"]
"""What adapts."""

KNOBS: tuple[Knob, ...] = get_args(Knob)

CALLED: dict[str, str] = {"assistance": "help", "amplitude": "amplitude", "speed": "speed"}
"""What people call each."""

_HARDER: tuple[tuple[Knob, float], ...] = (("assistance", -1.0), ("amplitude", 1.0), ("speed", 1.0))
_EASIER: tuple[tuple[Knob, float], ...] = (("assistance", 1.0), ("speed", -1.0), ("amplitude", -1.0))

MOST_NEEDED = 4
"""Times the usual number of successes that are asked for at most, after failures."""

Share = Annotated[float, Meta(ge=0, le=1)]
Step = Annotated[float, Meta(gt=0, le=1)]


class Progression(Config, frozen=True, kw_only=True):
    """How an exercise adapts, by its prescription; all are shares.

    Attributes:
        assistance: Least and most help [share of what the law can give].
        amplitude: Least and most amplitude [share of the range, or of the distance, that is prescribed].
        speed: Least and most speed [share of the speed that is prescribed].
        assistance_step: By how much a step changes help.
        amplitude_step: By how much it changes the amplitude.
        speed_step: By how much it changes the speed.
        successes: How many in a row make it harder.
        hold: What stays as it is.
    """

    assistance: tuple[Share, Share] = (0.0, 1.0)
    amplitude: tuple[Share, Share] = (0.5, 1.0)
    speed: tuple[Share, Share] = (0.5, 1.0)
    assistance_step: Step = 0.1
    amplitude_step: Step = 0.1
    speed_step: Step = 0.1
    successes: Annotated[int, Meta(ge=1, le=20)] = 3
    hold: frozenset[Knob] = frozenset()

    def __post_init__(self) -> None:
        for knob in KNOBS:
            low, high = self.bounds(knob)
            if low > high:
                raise ValueError(f"{knob}: goes from {low:g} to {high:g}; the first must not be above the second")
        for knob in ("amplitude", "speed"):
            if getattr(self, knob)[0] <= 0.0:
                raise ValueError(f"{knob}: begins at 0; it must be above, or nothing would move")

    def bounds(self, knob: Knob) -> tuple[float, float]:
        """Least and most of a knob."""
        low, high = getattr(self, knob)
        return float(low), float(high)

    def step(self, knob: Knob) -> float:
        """By how much a step changes it."""
        return float(getattr(self, f"{knob}_step"))


class Difficulty(Struct, frozen=True, kw_only=True):
    """How hard an exercise is at present. Frozen: `step`, `turned` and `held` give the next one.

    Attributes:
        progression: The rule's bounds and steps.
        assistance: Upper bound on the law's help, 0 to 1.
        amplitude: Share of the range or distance that is prescribed.
        speed: Share of the speed that is prescribed.
        streak: Successes since the last step or failure.
        needed: How many make it harder.
        climbed: Whether the last step made it harder, and the level is not mastered yet.
    """

    progression: Progression
    assistance: float
    amplitude: float
    speed: float
    streak: int = 0
    needed: int
    climbed: bool = False

    @classmethod
    def start(
        cls,
        progression: Progression,
        assistance: float | None = None,
        amplitude: float | None = None,
        speed: float | None = None,
    ) -> Difficulty:
        """Where a session begins: where the last one ended, else at the easiest, brought within the bounds.

        What the prescription holds begins as it is prescribed.
        """
        easiest = {knob: 1.0 if knob in progression.hold else 0.0 for knob in KNOBS}
        return cls(
            progression=progression,
            assistance=_within(1.0 if assistance is None else assistance, progression.assistance),
            amplitude=_within(easiest["amplitude"] if amplitude is None else amplitude, progression.amplitude),
            speed=_within(easiest["speed"] if speed is None else speed, progression.speed),
            needed=progression.successes,
        )

    def step(self, success: bool) -> Difficulty:
        """The difficulty after one more repetition."""
        if not success:
            usual = self.progression.successes
            needed = min(2 * self.needed, MOST_NEEDED * usual) if self.climbed else self.needed
            return replace(self._easier(), streak=0, needed=needed, climbed=False)
        if self.streak + 1 < self.needed:
            return replace(self, streak=self.streak + 1)
        harder = self._harder()
        if harder is self:  # nothing is left to be made harder
            return replace(self, streak=self.needed, climbed=False)
        needed = self.progression.successes if self.climbed else self.needed
        return replace(harder, streak=0, needed=needed, climbed=True)

    def held(self, *knobs: Knob) -> Difficulty:
        """The same with just these knobs held where they are; none to let all of them go."""
        return replace(self, progression=replace(self.progression, hold=frozenset(knobs)))

    def turned(self, harder: bool, knob: Knob | None = None) -> Difficulty:
        """The same a step harder or easier by hand, within the prescription's bounds; counting starts anew.

        Args:
            harder: Whether it is to be harder; else easier.
            knob: Which knob, held or not; None for the one that the rule would turn.

        Returns:
            The next one; self where there is no room.
        """
        order = _HARDER if harder else _EASIER
        if knob is None:
            after = self._turned(order)
        else:
            after = self._turned(tuple(each for each in order if each[0] == knob), frozenset())
        return self if after is self else replace(after, streak=0, needed=self.progression.successes, climbed=False)

    def _harder(self) -> Difficulty:
        return self._turned(_HARDER)

    def _easier(self) -> Difficulty:
        return self._turned(_EASIER)

    def _turned(self, order: tuple[tuple[Knob, float], ...], held: frozenset[Knob] | None = None) -> Difficulty:
        """One step of the first knob that is not held and has room; self where none has."""
        for knob, sign in order:
            if knob in (self.progression.hold if held is None else held):
                continue
            now: float = getattr(self, knob)
            bounds, step = self.progression.bounds(knob), self.progression.step(knob)
            # Whole steps stay whole: ten of a tenth are one.
            value = _within(round(now + sign * step, 9), bounds)
            if value != now:
                return replace(self, **{knob: value})
        return self


def _within(value: float, bounds: tuple[float, float]) -> float:
    return min(max(value, bounds[0]), bounds[1])
