"""What all exercises share: movements along paths, one after the other, shown, timed, counted and judged.

An exercise says where to go; it moves nothing. It runs the same on a simulator and on a device, because all it knows
is the tick record. Its repetitions are `Movement`s; a subclass says which (`Exercise.repetition`), and may judge
them in its own way (`Exercise.judge`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated, Literal

import msgspec
import numpy as np
from msgspec import Meta

from control.tick import PATIENT_STOPS, State
from robotics.config import Config
from robotics.contracts import COUNTDOWN, POSE_SIZE, Outcome, Signal, Vector
from robotics.errors import ConfigError
from robotics.guidance import Coordinates, Guidance, Moment, Space
from robotics.shape_config import Shape, Sphere
from robotics.trajectories import blend
from vr_training.exercises.paths import Path

STOPPED_S = 1.5
"""How long an exercise goes on after a stop, so that the record shows how the arm was let go [s]."""

BEGINS_S = 1.0
"""Pause between the therapist's word and the first movement [s]."""

_STOPS = int(PATIENT_STOPS)


class Phase(IntEnum):
    """What an exercise is at."""

    READY = 0
    MOVE = 1
    HOLD = 2
    PAUSE = 3
    REST = 4
    DONE = 5


class ExerciseSettings(Config, frozen=True, kw_only=True):
    """What every exercise's configuration says.

    Attributes:
        title: What a person reads.
        exercise: Name of its file in ``vr_training/exercises``.
        source: Where path, amplitude and dose come from.
        space: ``"joint"`` or ``"tip"``.
        joints: The joints that it moves, where it moves joints.
        axes: World axes of the tip that it moves, where it moves the tip: 0, 1, 2.
        rigs: Rigs that it may be done on, its usual one first.
        law: Law that it is usually done under.
        laws: Laws that fit it, by the first word of their names; all where empty.
        support: Share of the arm's weight that is usually carried.
        repetitions: How many are usually done.
        pause_s: Pause between movements [s].
        rest_s: Rest between sets [s].
        hold_s: How long the goal is to be held [s].
        tolerance_deg: How near is there, of joints [deg].
        tolerance_mm: How near is there, of the tip [mm].
        patience: Times a movement's duration after which the exercise goes on without its goal.
        start: What is said before the first movement.
        say: What is said of each kind of movement, by its name.
    """

    title: str
    exercise: str
    source: str
    space: Literal["joint", "tip"]
    joints: tuple[str, ...] = ()
    axes: tuple[int, ...] = ()
    rigs: Annotated[tuple[str, ...], Meta(min_length=1)]
    law: str = "wolbrecht"
    laws: tuple[str, ...] = ()
    support: Annotated[float, Meta(ge=0, le=1)] = 1.0
    repetitions: Annotated[int, Meta(ge=1, le=500)] = 10
    pause_s: Annotated[float, Meta(ge=0, le=60)] = 0.5
    rest_s: Annotated[float, Meta(ge=0, le=600)] = 0.0
    hold_s: Annotated[float, Meta(ge=0, le=60)] = 0.0
    tolerance_deg: Annotated[float, Meta(gt=0, le=45)] = 5.0
    tolerance_mm: Annotated[float, Meta(gt=0, le=200)] = 20.0
    patience: Annotated[float, Meta(ge=1, le=20)] = 2.5
    start: str = "Sit comfortably and let the arm rest in the cuffs."
    say: dict[str, str] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        if (self.space == "joint") != bool(self.joints) or (self.space == "tip") != bool(self.axes):
            raise ValueError("joints: are for space = 'joint', axes for space = 'tip', and one of them is needed")

    @property
    def coordinates(self) -> Coordinates:
        """The exercise's coordinates."""
        return Coordinates(Space(self.space), self.joints, self.axes)


@dataclass(frozen=True)
class Context:
    """What an exercise knows of the arm, the person and the plan before it begins.

    Attributes:
        arm: Name of the arm in the tick record.
        x: Where the arm is in the exercise's coordinates, shape (m,).
        tip: Pose of the arm's tip there, in world, shape (7,).
        lower: Lowest coordinates allowed, shape (m,); -inf where a joint's range says nothing.
        upper: Highest, shape (m,).
        side: ``"left"`` or ``"right"``.
        arm_length_m: Shoulder to palm [m].
        p_world_shoulder: Centre of the shoulder, shape (3,) [m].
        dt: Control period [s].
        repetitions: How many.
        amplitude: Share of the exercise's own amplitude.
        speed: Times the exercise's own speed.
        assistance: Upper bound on a law's help, 0 to 1.
    """

    arm: str
    x: Vector
    tip: Vector
    lower: Vector
    upper: Vector
    side: str
    arm_length_m: float
    p_world_shoulder: Vector
    dt: float
    repetitions: int
    amplitude: float = 1.0
    speed: float = 1.0
    assistance: float = 1.0

    @property
    def outward(self) -> float:
        """Sign of the world's y axis that points away from the trunk: the right arm's is negative."""
        return -1.0 if self.side == "right" else 1.0


@dataclass(frozen=True)
class Movement:
    """One way from here to there.

    Attributes:
        path: The way.
        duration_s: Time that it is given [s].
        say: Kind of movement: what is said of it, and by which its measures are told apart.
        moment: What is asked meanwhile.
        hold_s: How long the goal is to be held then [s].
        tolerance: How near is there [rad or m].
        patience_s: Time after which the exercise goes on without the goal [s].
        counted: Whether the repetition's success depends on it.
    """

    path: Path
    duration_s: float
    say: str
    tolerance: float
    patience_s: float
    moment: Moment = Moment.MOVE
    hold_s: float = 0.0
    counted: bool = True


@dataclass
class Done:
    """How a movement went: what `Exercise.judge` goes by.

    Attributes:
        movement: Which it was.
        reached: Whether the goal was reached in time.
        held: Whether it was held.
        seconds: How long it took [s].
        deviation: Root mean square distance from the path while moving [rad or m].
        furthest: Largest share of the path that was covered.
    """

    movement: Movement
    reached: bool = False
    held: bool = True
    seconds: float = 0.0
    deviation: float = 0.0
    furthest: float = 0.0


class Exercise:
    """An exercise as a task of the loop.

    Args:
        name: Its name.
        settings: Its configuration.
        context: The arm, the person and the plan.

    Attributes:
        guidance: What is asked at present.
        judged: What was said of each repetition that is over, as places in `verdicts`.
    """

    phases: tuple[str, ...] = tuple(phase.name.lower() for phase in Phase)
    signals: tuple[Signal, ...] = (
        Signal("repetition", ""),
        Signal("successes", ""),
        Signal("progress", "%"),
        Signal(COUNTDOWN, "s"),
        Signal("words", ""),
        Signal("verdict", ""),
    )
    verdicts: tuple[str, ...] = ("", "the goal was not reached", "the goal was not held")
    """What may be said of a repetition that is over, by the signal ``verdict``; the first is that it was passed."""

    def __init__(self, name: str, settings: ExerciseSettings, context: Context) -> None:
        self.name, self.settings, self.context = name, settings, context
        self.coordinates = settings.coordinates
        self.words = (settings.start, *settings.say.values())
        self._kinds = tuple(settings.say)
        self._rng = np.random.default_rng(0)
        self.reset(self._rng)

    def reset(self, rng: np.random.Generator) -> None:
        """Begin anew; all that varies is drawn from ``rng``."""
        self._rng = rng
        self.guidance = Guidance.at_rest(self.context.x)
        self.guidance.assistance = self.context.assistance
        self.judged: list[int] = []
        self._outcome = Outcome(
            np.zeros(len(self.signals)), np.full(POSE_SIZE, np.nan), 0, False, False, guidance=self.guidance
        )
        self._phase, self._time, self._stopped_s = Phase.READY, 0.0, 0.0
        self._along, self._slack, self._squares, self._ticks = 0.0, 0.0, 0.0, 0
        self._repetition = 0
        self._queue: list[Movement] = []
        self._done: list[Done] = []
        self._said = 0
        self._movement: Movement | None = None
        self._part: np.void | None = None

    # What an exercise is: the rest of the class carries it out.

    def repetition(self, index: int) -> Sequence[Movement]:
        """The movements of one repetition, the first of which begins where the last one ended."""
        raise NotImplementedError

    def judge(self, done: Sequence[Done]) -> int:
        """What is to be said of a repetition: its place in `verdicts`, 0 where it was passed."""
        counted = [each for each in done if each.movement.counted]
        if not all(each.reached for each in counted):
            return 1
        return 0 if all(each.held for each in counted) else 2

    @property
    def shown_radius_m(self) -> float:
        """Radius of the mark that shows a tip's goal [m]."""
        return 1e-3 * self.settings.tolerance_mm

    def marks(self) -> tuple[Shape, ...]:
        """What marks the goal, in the frame of the goal's pose; nothing where joints are moved."""
        if self.coordinates.space is Space.JOINT:
            return ()
        return (Sphere(material="goal", radius_m=self.shown_radius_m),)

    def longest_s(self) -> float:
        """Longest time that it can take without a pause of the therapist's [s]."""
        settings, rng = self.settings, self._rng
        state = rng.bit_generator.state
        total = BEGINS_S
        for index in range(self.context.repetitions):
            for movement in self.repetition(index):
                total += movement.patience_s + movement.hold_s + settings.pause_s
            total += settings.rest_s
        rng.bit_generator.state = state
        return total

    # Movements as most exercises need them.

    def along(
        self, path: Path, duration_s: float, say: str, hold_s: float | None = None, counted: bool = True
    ) -> Movement:
        """A movement with the exercise's own tolerance, patience and hold."""
        settings = self.settings
        duration_s = duration_s / self.context.speed
        joint = self.coordinates.space is Space.JOINT
        return Movement(
            path=path,
            duration_s=duration_s,
            say=say,
            tolerance=math.radians(settings.tolerance_deg) if joint else 1e-3 * settings.tolerance_mm,
            patience_s=settings.patience * duration_s,
            hold_s=settings.hold_s if hold_s is None else hold_s,
            counted=counted,
        )

    # The course of an exercise.

    def step(self, tick: np.void) -> Outcome:
        """Judge a tick and say what is asked next."""
        out, dt, state = self._outcome, self.context.dt, State(int(tick["state"]))
        part = self._part = tick["guided"][self.context.arm]
        x: Vector = part["x"]
        if state is State.ENGAGED:
            self._stopped_s = 0.0
            self._time += dt
            self._advance(x)
        else:
            self._wait(x)
            stopped = state is State.HOLD and int(tick["cause"]) != 0
            self._stopped_s = self._stopped_s + dt if stopped else 0.0
            if self._stopped_s >= STOPPED_S:
                out.done = True
        self._tell()
        return out

    def _wait(self, x: Vector) -> None:
        """Paused: a movement that was under way starts again from where the arm is."""
        guidance = self.guidance
        if guidance.moment is not Moment.REST:
            guidance.moment = Moment.REST
            if self._phase in (Phase.MOVE, Phase.HOLD) and self._movement is not None:
                self._queue.insert(0, self._movement)
            self._enter(Phase.PAUSE)
        self._rest_at(x)

    def _rest_at(self, x: Vector) -> None:
        guidance = self.guidance
        for target in (guidance.reference, guidance.nearest):
            target[:] = x
        guidance.rate[:], guidance.acceleration[:], guidance.tangent[:] = 0.0, 0.0, 0.0

    def _enter(self, phase: Phase) -> None:
        self._phase, self._time, self._slack = phase, 0.0, 0.0

    def _advance(self, x: Vector) -> None:
        phase, settings = self._phase, self.settings
        if phase is Phase.READY:
            self._rest_at(x)
            if self._time >= BEGINS_S:
                self._next(x)
        elif phase is Phase.MOVE:
            self._move(x)
        elif phase is Phase.HOLD:
            self._hold(x)
        elif (phase is Phase.PAUSE and self._time >= settings.pause_s) or (
            phase is Phase.REST and self._time >= settings.rest_s
        ):
            self._next(x)

    def _next(self, x: Vector) -> None:
        """Begin the next movement, or the next repetition, or end."""
        if not self._queue:
            if self._done:
                self.judged.append(self.judge(self._done))
                self._done = []
                self._repetition += 1
            if self._repetition >= self.context.repetitions:
                self._finish(x)
                return
            self._queue = list(self.repetition(self._repetition))
        movement = self._movement = self._queue.pop(0)
        guidance = self.guidance
        guidance.movement += 1
        guidance.repetition = self._repetition
        guidance.start[:], guidance.goal[:] = movement.path.points[0], movement.path.points[-1]
        guidance.moment, guidance.duration_s = movement.moment, movement.duration_s
        self._done.append(Done(movement))
        self._along, self._squares, self._ticks = 0.0, 0.0, 0
        self._said = 1 + self._kinds.index(movement.say)
        self._enter(Phase.MOVE)
        self._follow(x)

    def _follow(self, x: Vector) -> None:
        """Where a good movement would be by now, and what of the path is nearest to the arm."""
        guidance, movement = self.guidance, self._movement
        assert movement is not None
        path, T = movement.path, movement.duration_s
        way, rate, acceleration = blend(self._time / T)
        path.at(way * path.length, guidance.reference, guidance.tangent)
        guidance.rate[:] = guidance.tangent * (rate * path.length / T)
        guidance.acceleration[:] = guidance.tangent * (acceleration * path.length / (T * T))
        self._along = path.nearest(x, self._along)
        path.at(self._along, guidance.nearest, guidance.tangent)
        guidance.elapsed_s = self._time
        guidance.progress = self._along / path.length if path.length > 0.0 else 1.0

    def _move(self, x: Vector) -> None:
        self._follow(x)
        done, movement, guidance = self._done[-1], self._movement, self.guidance
        assert movement is not None
        gap = x - guidance.nearest
        self._squares += float(gap @ gap)
        self._ticks += 1
        done.furthest = max(done.furthest, guidance.progress)
        if self.arrived(x):
            done.reached = True
            self._arrive(done)
        elif self._time >= movement.patience_s:
            self._arrive(done)

    def arrived(self, x: Vector) -> bool:
        """Whether the movement has come to its goal: near it, with the whole way behind it."""
        movement, guidance = self._movement, self.guidance
        assert movement is not None
        near = float(np.linalg.norm(x - guidance.goal)) <= movement.tolerance
        behind = movement.path.length - self._along <= movement.tolerance
        return near and behind and self._time >= 0.5 * movement.duration_s

    def _arrive(self, done: Done) -> None:
        done.seconds, done.deviation = self._time, math.sqrt(self._squares / max(self._ticks, 1))
        guidance = self.guidance
        if done.movement.moment is Moment.MOVE:
            guidance.moment = Moment.HOLD
        guidance.reference[:] = guidance.goal
        guidance.rate[:], guidance.acceleration[:] = 0.0, 0.0
        self._enter(Phase.HOLD if done.movement.hold_s > 0.0 and done.reached else Phase.PAUSE)

    def _hold(self, x: Vector) -> None:
        movement, done = self._movement, self._done[-1]
        assert movement is not None
        if float(np.linalg.norm(x - self.guidance.goal)) > 1.5 * movement.tolerance:
            self._slack += self.context.dt
        if self._time >= movement.hold_s:
            done.held = self._slack <= 0.2 * movement.hold_s
            self._enter(Phase.PAUSE)

    def _finish(self, x: Vector) -> None:
        self.guidance.moment = Moment.REST
        self._rest_at(x)
        self._enter(Phase.DONE)
        out = self._outcome
        out.done = True
        out.success = bool(self.judged) and not any(self.judged)

    def _aim(self, target: Vector) -> None:
        """Where the tip is to go, for whoever looks; nowhere while nothing is asked of it."""
        if self.coordinates.space is Space.JOINT or self.guidance.moment is Moment.REST:
            target[:] = np.nan
            return
        target[:] = self.context.tip
        for axis, value in zip(self.coordinates.axes, self.guidance.goal, strict=True):
            target[axis] = value

    def _tell(self) -> None:
        out, movement = self._outcome, self._movement
        out.phase = self._phase
        self._aim(out.target)
        left = 0.0
        if self._phase is Phase.HOLD and movement is not None:
            left = movement.hold_s - self._time
        elif self._phase is Phase.REST:
            left = self.settings.rest_s - self._time
        out.signals[:] = (
            self._repetition,
            sum(verdict == 0 for verdict in self.judged),
            100.0 * self.guidance.progress,
            max(left, 0.0),
            self._said,
            self.judged[-1] if self.judged else 0,
        )


def refuse_goal(source: str, key: str, value: float, lower: float, upper: float) -> None:
    """Refuse a goal outside of the range that is allowed.

    Raises:
        ConfigError: It is.
    """
    if not lower <= value <= upper:
        raise ConfigError(
            source, key, f"{value:.4g} is outside of [{lower:.4g}, {upper:.4g}], the range that is allowed"
        )
