"""What an exercise is: the movements of each repetition, how they are watched, and how they are judged.

An exercise says where to go; it moves nothing, and `vr_training.exercises.bout` carries it out. A subclass says which
movements a repetition has (`Exercise.repetition`), may watch them (`Exercise.watch`), may judge them in its own way
(`Exercise.judge`), and may tell more than every exercise does (`Exercise.tell`).
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence

import numpy as np

from robotics.contracts import Signal, Vector
from robotics.guidance import Guidance, Moment, Space
from robotics.shape_config import Shape, Sphere
from robotics.trajectories import PEAK_VELOCITY
from vr_training.exercises.context import Context
from vr_training.exercises.movement import Done, Movement
from vr_training.exercises.now import Now
from vr_training.exercises.paths import Path, line
from vr_training.exercises.refusal import refuse
from vr_training.exercises.settings import FIRST, ExerciseSettings

APPROACH_S = 10.0
"""Longest time for bringing the arm to where a bent way begins [s]; ours."""

SETTLES_S = 1.0
"""Pause after an approach at least, so that the arm is at rest before what counts [s]; ours."""

SHOWN_S = 4.0
"""How long the ghost shows the beginning of what is long, or is not to be known whole [s]; ours."""


class Exercise:
    """What a patient is asked to do.

    Args:
        name: Its name.
        settings: Its configuration.
        context: The arm, the person and the plan.

    Raises:
        ArgumentError: A movement would leave what is allowed, or what the arm can reach.
    """

    signals: tuple[Signal, ...] = ()
    """What it tells besides what every exercise does; see `tell`."""

    verdicts: tuple[str, ...] = ("", "the goal was not reached", "the goal was not held")
    """What may be said of a repetition that is over, by the signal ``verdict``; the first is that all was well."""

    passes: frozenset[int] = frozenset({0})
    """Places in `verdicts` of what is said of a repetition that was passed."""
    runs = False
    """Whether the target runs ahead along a way that nobody is to know."""

    def __init__(self, name: str, settings: ExerciseSettings, context: Context) -> None:
        self.name, self.settings, self.context = name, settings, context
        self.coordinates = settings.coordinates
        self.words = settings.words
        self.reset(np.random.default_rng(0))
        every = (movement for movements in self.planned() for movement in movements)
        refuse(name, self.coordinates, context, every)

    def reset(self, rng: np.random.Generator) -> None:
        """Begin anew; all that varies is drawn from ``rng``."""
        self._rng = rng

    def planned(self) -> list[Sequence[Movement]]:
        """The movements of all repetitions as they will come; nothing is drawn for good."""
        twin = copy.copy(self)
        twin._rng = copy.deepcopy(self._rng)
        return [twin.repetition(index) for index in range(self.context.repetitions)]

    # What a subclass says.

    def repetition(self, index: int) -> Sequence[Movement]:
        """The movements of one repetition, the first of which begins where the last one ended."""
        raise NotImplementedError

    def watch(self, done: Done, now: Now) -> None:
        """Take down what the judgement needs besides what is always taken; called each tick of moving and holding."""

    def arrived(self, done: Done, now: Now) -> bool:
        """Whether the movement has come to its goal: near it, with the whole way behind it; or to its time."""
        movement = done.movement
        if movement.timed:
            return now.time_s >= movement.duration_s
        behind = movement.path.length - now.along <= movement.tolerance
        return behind and now.time_s >= 0.5 * movement.duration_s and now.to_goal <= movement.tolerance

    def gives_up(self, done: Done, now: Now) -> bool:
        """Whether the movement is over without its goal."""
        return now.time_s >= done.movement.patience_s

    def judge(self, done: Sequence[Done]) -> int:
        """What is to be said of a repetition: its place in `verdicts`, 0 where all was well."""
        counted = [each for each in done if each.movement.counted]
        if not all(each.reached for each in counted):
            return 1
        return 0 if all(each.held for each in counted) else 2

    def tell(self, now: Now, own: Vector) -> None:
        """Write its own `signals` into ``own``; called after every tick."""

    def to_show(self, movements: Sequence[Movement]) -> Movement | None:
        """The movement that the ghost shows: the longest that counts, the first of several."""
        if not self.settings.demonstrates:
            return None
        moving = (Moment.MOVE, Moment.RELAX)
        counted = [each for each in movements if each.counted and each.moment in moving and each.path.length]
        return max(counted, key=lambda each: round(each.path.length, 6), default=None)

    @property
    def shown_radius_m(self) -> float:
        """Radius of the mark that shows a tip's goal [m]."""
        return 1e-3 * self.settings.tolerance_mm

    def marks(self) -> tuple[Shape, ...]:
        """What marks the goal, in the frame of the goal's pose; nothing where joints are moved."""
        if self.coordinates.space is Space.JOINT:
            return ()
        return (Sphere(material="goal", radius_m=self.shown_radius_m),)

    def mark(self, asks: Guidance, counted: bool) -> Vector:  # noqa: ARG002
        """Where the mark is while this is asked in a movement that counts or not, in its coordinates, shape (m,)."""
        return asks.goal

    # Movements as most exercises need them.

    @property
    def tolerance(self) -> float:
        """How near is there [rad or m]."""
        settings = self.settings
        if self.coordinates.space is Space.JOINT:
            return math.radians(settings.tolerance_deg)
        return 1e-3 * settings.tolerance_mm

    def along(
        self,
        path: Path,
        duration_s: float,
        say: str,
        *,
        tolerance: float | None = None,
        moment: Moment = Moment.MOVE,
        hold_s: float | None = None,
        counted: bool = True,
        timed: bool = False,
    ) -> Movement:
        """A movement with the exercise's own tolerance, patience, hold and pause, at the speed that is prescribed."""
        settings = self.settings
        duration_s = duration_s / self.context.speed
        return Movement(
            path=path,
            duration_s=duration_s,
            say=say,
            tolerance=self.tolerance if tolerance is None else tolerance,
            patience_s=duration_s if timed else settings.patience * duration_s + self.context.waits_s,
            moment=moment,
            hold_s=settings.hold_s if hold_s is None else hold_s,
            pause_s=settings.pause_s,
            counted=counted,
            timed=timed,
        )

    def approach(self, start: Vector, goal: Vector, moment: Moment = Moment.MOVE) -> Movement:
        """Bring the arm straight from here to there, slowly; it does not count."""
        path = line(start, goal)
        return Movement(
            path=path,
            duration_s=self.approach_s(path.length),
            say=FIRST,
            tolerance=self.tolerance,
            patience_s=max(APPROACH_S, 1.5 * self.approach_s(path.length)),
            moment=moment,
            pause_s=max(self.settings.pause_s, SETTLES_S),
            counted=False,
        )

    def approach_s(self, way: float) -> float:
        """Duration of an approach over a way [s]."""
        settings = self.settings
        joint = self.coordinates.space is Space.JOINT
        peak = math.radians(settings.approach_deg_s) if joint else 0.01 * settings.approach_cm_s
        return max(PEAK_VELOCITY * way / peak, 1.0)
