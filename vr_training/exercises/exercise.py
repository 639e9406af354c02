"""What all exercises share: movements along paths, one after the other, shown, timed, counted and judged.

An exercise says where to go; it moves nothing. It runs the same on a simulator and on a device, because all it knows
is the tick record. Its repetitions are `Movement`s; a subclass says which (`Exercise.repetition`), may watch them
(`Exercise.watch`), and may judge them in its own way (`Exercise.judge`).

A movement begins where the last one ended. Where the arm is somewhere else, a straight way begins where the arm is, and
before a bent one the arm is brought to its start: no reference ever jumps.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum

import numpy as np

from control.tick import PATIENT_STOPS, State
from robotics.contracts import COUNTDOWN, POSE_SIZE, Outcome, Signal, Vector
from robotics.errors import ArgumentError
from robotics.guidance import Guidance, Moment, Space
from robotics.shape_config import Shape, Sphere
from robotics.trajectories import PEAK_VELOCITY, blend
from vr_training.exercises.movement import Done, Movement
from vr_training.exercises.paths import Path, line
from vr_training.exercises.settings import FIRST, ExerciseSettings

STOPPED_S = 1.5
"""How long an exercise goes on after a stop, so that the record shows how the arm was let go [s]."""

BEGUN = 0.02
"""Share of a path from which on the patient counts as having begun; ours."""

BEGINS_S = 1.0
"""Pause between the therapist's word and the first movement [s]."""

APPROACH_S = 10.0
"""Longest time for bringing the arm to where a bent way begins [s]; ours."""

SETTLES_S = 1.0
"""Pause after an approach at least, so that the arm is at rest before what counts [s]; ours."""

REACH = 0.95
"""Share of the arm's length that no goal lies beyond; ours."""

_STOPS = int(PATIENT_STOPS)


class Phase(IntEnum):
    """What an exercise is at."""

    READY = 0
    MOVE = 1
    HOLD = 2
    PAUSE = 3
    REST = 4
    DONE = 5
    SHOW = 6


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
        waits_s: How long the reference waits for the patient to begin by himself [s].
        p_tip_palm: From the tip to the palm, in world, shape (3,) [m].
        fastest: Speed of a coordinate that nothing brakes [rad/s or m/s].
        most_push_n: Force at a cuff at which a push is enough [N].
        most_push_nm: The same of a torque at a joint [Nm].
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
    waits_s: float = 0.0
    p_tip_palm: Vector = field(default_factory=lambda: np.zeros(3))
    fastest: float = math.inf
    most_push_n: float = math.inf
    most_push_nm: float = math.inf

    @property
    def outward(self) -> float:
        """Sign of the world's y axis that points away from the trunk: the right arm's is negative."""
        return -1.0 if self.side == "right" else 1.0


class Exercise:
    """An exercise as a task of the loop.

    Args:
        name: Its name.
        settings: Its configuration.
        context: The arm, the person and the plan.

    Attributes:
        guidance: What is asked at present.
        judged: What was said of each repetition that is over, as places in `verdicts`.

    Raises:
        ArgumentError: A movement would leave what is allowed, or what the arm can reach.
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
        self.words = settings.words
        self._kinds = tuple(settings.say)
        self.reset(np.random.default_rng(0))
        self._refuse_unreachable()

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
        self._clock = 0.0
        self._repetition = 0
        self._queue: list[Movement] = []
        self._done: list[Done] = []
        self._said = 0
        self._shown: Movement | None = None
        self._movement: Movement | None = None
        self._part: np.void | None = None

    # What an exercise is: the rest of the class carries it out.

    def repetition(self, index: int) -> Sequence[Movement]:
        """The movements of one repetition, the first of which begins where the last one ended."""
        raise NotImplementedError

    def watch(self, done: Done, x: Vector) -> None:
        """Take down what the judgement needs besides what is always taken; called each tick of moving and holding."""

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

    def mark(self) -> Vector:
        """Where the mark is at present, in the exercise's coordinates, shape (m,)."""
        return self.guidance.goal

    def longest_s(self) -> float:
        """Longest time that it can take without a pause of the therapist's [s]."""
        settings, total = self.settings, BEGINS_S
        for index, movements in enumerate(self._all_repetitions()):
            if index == 0:
                shown = self._to_show(movements)
                total += shown.duration_s if shown is not None else 0.0
            for movement in movements:
                total += movement.patience_s + movement.hold_s + movement.pause_s + 2.0 * self.context.dt
                total += 0.0 if movement.straight else APPROACH_S + max(settings.pause_s, SETTLES_S)
            total += settings.rest_s
        return total

    # Movements as most exercises need them.

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

    @property
    def tolerance(self) -> float:
        """How near is there [rad or m]."""
        settings = self.settings
        if self.coordinates.space is Space.JOINT:
            return math.radians(settings.tolerance_deg)
        return 1e-3 * settings.tolerance_mm

    def reach_of(self, points: Vector) -> float:
        """Largest distance of the palm from the shoulder, the tip being at ``points``, shape (k, m) [arm's lengths]."""
        context = self.context
        palms = np.tile(context.tip[:3], (len(points), 1))
        palms[:, list(self.coordinates.axes)] = points
        away = palms + context.p_tip_palm - context.p_world_shoulder
        return float(np.linalg.norm(away, axis=1).max(initial=0.0)) / context.arm_length_m

    def _all_repetitions(self) -> list[Sequence[Movement]]:
        """All movements as they will come; nothing is drawn for good."""
        state = self._rng.bit_generator.state
        found = [self.repetition(index) for index in range(self.context.repetitions)]
        self._rng.bit_generator.state = state
        return found

    def _refuse_unreachable(self) -> None:
        context = self.context
        for movement in (each for movements in self._all_repetitions() for each in movements):
            points = movement.path.points
            if self.coordinates.space is Space.JOINT:
                outside = points[1:] if movement.say == FIRST else points
                if np.any(outside < context.lower - 1e-9) or np.any(outside > context.upper + 1e-9):
                    raise ArgumentError(
                        f"exercise '{self.name}' goes to {np.degrees(points[-1]).round(1)} deg, outside of the range "
                        f"that is allowed, {np.degrees(context.lower).round(1)} to {np.degrees(context.upper).round(1)}"
                    )
                continue
            farthest = self.reach_of(points[1:])
            if farthest > REACH + 1e-9:
                raise ArgumentError(
                    f"exercise '{self.name}' goes to {100 * farthest:.0f} % of the arm's length, which is "
                    f"{100 * context.arm_length_m:.0f} cm; at most {100 * REACH:.0f} % are allowed"
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
        """Paused: a movement that was under way is begun again, and what it had come to is forgotten."""
        guidance = self.guidance
        if self._phase in (Phase.MOVE, Phase.HOLD, Phase.PAUSE):
            if self._phase is not Phase.PAUSE and self._movement is not None:
                self._queue.insert(0, self._done.pop().movement)
            guidance.moment = Moment.REST
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
                self._queue = list(self.repetition(0))
                self._shown = self._to_show(self._queue)
                if self._shown is None:
                    self._next(x)
                else:
                    self._said = self.words.index(settings.show)
                    self._enter(Phase.SHOW)
        elif phase is Phase.SHOW:
            self._show(x)
        elif phase is Phase.MOVE:
            self._move(x)
        elif phase is Phase.HOLD:
            self._settle()
            self._hold(x)
        elif (phase is Phase.PAUSE and self._settle() and self._time >= self._pause_s) or (
            phase is Phase.REST and self._time >= settings.rest_s
        ):
            self._next(x)

    def _to_show(self, movements: Sequence[Movement]) -> Movement | None:
        """The movement that the ghost shows: the first that counts and goes anywhere."""
        if not self.settings.demonstrates:
            return None
        moving = (Moment.MOVE, Moment.RELAX)
        return next((each for each in movements if each.counted and each.moment in moving and each.path.length), None)

    def _show(self, x: Vector) -> None:
        """Let the ghost alone go where the arm will be asked to."""
        movement = self._shown
        assert movement is not None
        if self._time >= movement.duration_s:
            self._rest_at(x)
            self._next(x)
            return
        guidance = self.guidance
        guidance.start[:], guidance.goal[:] = movement.path.points[0], movement.path.points[-1]
        self._refer(movement, self._time)

    @property
    def _pause_s(self) -> float:
        return self.settings.pause_s if self._movement is None else self._movement.pause_s

    def _next(self, x: Vector) -> None:
        """Begin the next movement, or the next repetition, or rest, or end."""
        settings, context = self.settings, self.context
        if not self._queue:
            if self._done:
                self.judged.append(self.judge(self._done))
                self._done = []
                self._repetition += 1
                if self._repetition < context.repetitions and self._rests():
                    self.guidance.moment = Moment.REST
                    self._rest_at(x)
                    self._said = self.words.index(settings.rest)
                    self._enter(Phase.REST)
                    return
            if self._repetition >= context.repetitions:
                self._finish(x)
                return
            self._queue = list(self.repetition(self._repetition))
        movement = self._from_here(self._queue.pop(0), x)
        self._movement = movement
        guidance = self.guidance
        guidance.movement += 1
        guidance.repetition = self._repetition
        guidance.start[:], guidance.goal[:] = movement.path.points[0], movement.path.points[-1]
        guidance.moment, guidance.duration_s = movement.moment, movement.duration_s
        self._done.append(Done(movement))
        self._along, self._squares, self._ticks, self._clock = 0.0, 0.0, 0, 0.0
        self._said = 1 + self._kinds.index(movement.say)
        self._enter(Phase.MOVE)
        self._follow(x)

    def _rests(self) -> bool:
        settings = self.settings
        return settings.rest_s > 0.0 and settings.set_size > 0 and self._repetition % settings.set_size == 0

    def _from_here(self, movement: Movement, x: Vector) -> Movement:
        """The movement, begun where the arm is; a bent way has to wait until the arm is at its start."""
        away = float(np.linalg.norm(x - movement.path.points[0]))
        if away <= movement.tolerance or movement.moment is Moment.PUSH:
            return movement
        if movement.straight:
            way = float(np.linalg.norm(x - movement.path.points[-1]))
            return movement.started_at(x, self.approach_s(way))
        if self._done and self._done[-1].movement.say == FIRST:
            return movement  # it was tried
        self._queue.insert(0, movement)
        return replace(self.approach(x, movement.path.points[0]), patience_s=APPROACH_S)

    def _refer(self, movement: Movement, time_s: float) -> None:
        """Where a good movement would be by now."""
        guidance, path, T = self.guidance, movement.path, movement.duration_s
        way, rate, acceleration = blend(time_s / T)
        if movement.moment is Moment.PUSH:  # nothing moves
            way = rate = acceleration = 0.0
        path.at(way * path.length, guidance.reference, guidance.tangent)
        guidance.rate[:] = guidance.tangent * (rate * path.length / T)
        guidance.acceleration[:] = guidance.tangent * (acceleration * path.length / (T * T))

    def _follow(self, x: Vector) -> None:
        """Where a good movement would be by now, and what of the path is nearest to the arm."""
        guidance, movement = self.guidance, self._movement
        assert movement is not None
        path = movement.path
        self._along = path.nearest(x, self._along)
        self._clock += self.context.dt if self._begun(movement) else 0.0
        self._refer(movement, self._clock)
        path.at(self._along, guidance.nearest, guidance.tangent)
        guidance.elapsed_s = self._time
        guidance.progress = self._along / path.length if path.length > 0.0 else 1.0

    def _begun(self, movement: Movement) -> bool:
        """Whether the reference goes: it waits for a patient who is to move by himself, but not for ever."""
        waits = movement.moment is Moment.MOVE and not movement.timed
        begun = self._clock > 0.0 or self._along >= BEGUN * movement.path.length
        return not waits or begun or self._time >= self.context.waits_s

    def _move(self, x: Vector) -> None:
        self._follow(x)
        done, movement, guidance = self._done[-1], self._movement, self.guidance
        assert movement is not None
        gap = x - guidance.nearest
        self._squares += float(gap @ gap)
        self._ticks += 1
        done.furthest = max(done.furthest, guidance.progress)
        self._take_down(done, x)
        if self.arrived(x):
            done.reached = True
            self._arrive(done)
        elif self.gives_up(x):
            self._arrive(done)

    def arrived(self, x: Vector) -> bool:
        """Whether the movement has come to its goal: near it, with the whole way behind it; or to its time."""
        movement, guidance = self._movement, self.guidance
        assert movement is not None
        if movement.timed:
            return self._time >= movement.duration_s
        near = float(np.linalg.norm(x - guidance.goal)) <= movement.tolerance
        behind = movement.path.length - self._along <= movement.tolerance
        return near and behind and self._time >= 0.5 * movement.duration_s

    def gives_up(self, x: Vector) -> bool:  # noqa: ARG002
        """Whether the movement is over without its goal."""
        movement = self._movement
        assert movement is not None
        return self._time >= movement.patience_s

    def _take_down(self, done: Done, x: Vector) -> None:
        part = self._part
        assert part is not None
        forces = part["cuffs"][:, :3]
        done.cuff_n = max(done.cuff_n, math.sqrt(float(np.einsum("ij,ij->i", forces, forces).max(initial=0.0))))
        away = float(np.linalg.norm(part["trunk"]))
        done.trunk_m = max(done.trunk_m, away)  # which NaN, not measured, leaves as it is
        self.watch(done, x)

    def _arrive(self, done: Done) -> None:
        done.seconds, done.deviation = self._time, math.sqrt(self._squares / max(self._ticks, 1))
        guidance = self.guidance
        if done.movement.moment is Moment.MOVE:
            guidance.moment = Moment.HOLD
        elif done.movement.moment is Moment.PUSH:
            guidance.moment = Moment.REST
        if guidance.moment is Moment.REST:
            self._rest_at(guidance.start)
        elif not done.reached:
            guidance.rate[:], guidance.acceleration[:] = 0.0, 0.0
        self._enter(Phase.HOLD if done.movement.hold_s > 0.0 and done.reached else Phase.PAUSE)

    def _settle(self) -> bool:
        """Let the reference of a goal that was reached early come there, too; returns whether it stands still."""
        movement = self._movement
        if movement is None or self.guidance.moment is Moment.REST or not self._done[-1].reached:
            return True
        self._clock += self.context.dt
        self._refer(movement, self._clock)
        return self._clock >= movement.duration_s

    def _hold(self, x: Vector) -> None:
        movement, done = self._movement, self._done[-1]
        assert movement is not None
        self._take_down(done, x)
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
        """Where the tip is to go, for whoever looks; nowhere while nothing is asked of it or shown."""
        asks = self.guidance.moment is not Moment.REST or self._phase is Phase.SHOW
        if self.coordinates.space is Space.JOINT or not asks:
            target[:] = np.nan
            return
        target[:] = self.context.tip
        for axis, value in zip(self.coordinates.axes, self.mark(), strict=True):
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
        out.signals[:6] = (
            self._repetition,
            sum(verdict == 0 for verdict in self.judged),
            100.0 * self.guidance.progress,
            max(left, 0.0),
            self._said,
            self.judged[-1] if self.judged else 0,
        )


def peak_speed(movement: Movement) -> float:
    """Peak speed of a movement's reference along its path [rad/s or m/s]."""
    return PEAK_VELOCITY * movement.path.length / movement.duration_s
