"""A bout of an exercise: its movements shown, timed, held and counted, one after the other, with pauses and rests.

An exercise says where to go, a bout asks for it tick by tick; neither moves anything. It is the same on a simulator and
on a device, because all it knows is the tick record.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

import numpy as np

from control.tick import Flag, State
from robotics.contracts import Outcome
from robotics.guidance import Guidance, Moment
from vr_training.exercises.agenda import BEGINS_S, Agenda, longest_s
from vr_training.exercises.exercise import Exercise
from vr_training.exercises.movement import Done, Movement
from vr_training.exercises.now import Now
from vr_training.exercises.path_kernels import squared_distance
from vr_training.exercises.reference import Reference
from vr_training.exercises.telling import SIGNALS, Telling

STOPPED_S = 1.5
"""How long an exercise goes on after a stop, so that the record shows how the arm was let go [s]."""

_WEARABLE = int(Flag.WEARABLE)

LEFT = 1.5
"""Tolerances from a goal at which it counts as left again; ours."""

LEFT_SHARE = 0.2
"""Share of its time that a goal may be left and still counts as held; ours."""


class Phase(IntEnum):
    """What an exercise is at."""

    READY = 0
    MOVE = 1
    HOLD = 2
    PAUSE = 3
    REST = 4
    DONE = 5
    SHOW = 6


class Bout:
    """An exercise as it is done once: a task of the loop.

    Args:
        exercise: Says which movements, and judges them; reset by the caller, or by `reset`.

    Attributes:
        exercise: The exercise.
        phase: What it is at.
    """

    phases: tuple[str, ...] = tuple(phase.name.lower() for phase in Phase)

    def __init__(self, exercise: Exercise) -> None:
        self.exercise, self.name = exercise, exercise.name
        self.signals = (*SIGNALS, *exercise.signals)
        self._begin()

    def reset(self, rng: np.random.Generator) -> None:
        """Begin anew; all that varies is drawn from ``rng``."""
        self.exercise.reset(rng)
        self._begin()

    def _begin(self) -> None:
        exercise = self.exercise
        self._agenda = Agenda(exercise)
        self._reference = Reference(exercise.context)
        self._now = Now(exercise.context.arm, self._reference.guidance)
        self._telling = Telling(exercise, self._now)
        self.phase, self._stopped_s, self._engaged = Phase.READY, 0.0, False
        self._shown: Movement | None = None
        self._pause_s, self._slack_s = 0.0, 0.0

    @property
    def guidance(self) -> Guidance:
        """What is asked at present; the same object from one `reset` to the next."""
        return self._reference.guidance

    @property
    def judged(self) -> Sequence[int]:
        """What was said of each repetition that is over, as places in the exercise's verdicts."""
        return self._agenda.judged

    @property
    def done(self) -> Sequence[Done]:
        """Movements of the repetition under way, the last of which may still be going on."""
        return self._agenda.done

    def longest_s(self) -> float:
        """Longest time that it can take without a pause of the therapist's [s]."""
        return longest_s(self.exercise)

    def step(self, tick: np.void) -> Outcome:
        """Judge a tick and say what is asked next."""
        now, dt = self._now, self.exercise.context.dt
        now.see(tick)
        state = int(tick["state"])
        if state == State.ENGAGED:
            self._stopped_s, self._engaged = 0.0, True
            now.time_s += dt
            self._advance()
        else:
            self._wait()
            stopped = state == State.HOLD and self._ends(int(tick["cause"]))
            self._stopped_s = self._stopped_s + dt if stopped else 0.0
            if self._stopped_s >= STOPPED_S:
                self._telling.outcome.done = True
        return self._telling.tell(self.phase, self.phase is Phase.SHOW, self._left_s(), self._agenda)

    def _ends(self, cause: int) -> bool:
        """Whether a stop ends the exercise: before it began only a wearable's does, whose alarm no press can end."""
        return cause != 0 if self._engaged else bool(cause & _WEARABLE)

    def _wait(self) -> None:
        """Paused: a movement that was under way is begun again, and what it had come to is forgotten."""
        if self.phase in (Phase.MOVE, Phase.HOLD, Phase.PAUSE):
            if self.phase is not Phase.PAUSE:
                self._agenda.again()
            self.guidance.moment = Moment.REST
            self._enter(Phase.PAUSE)
        self._reference.rest(self._now.x)

    def _enter(self, phase: Phase) -> None:
        self.phase, self._now.time_s, self._slack_s = phase, 0.0, 0.0

    def _advance(self) -> None:
        phase, time_s = self.phase, self._now.time_s
        if phase is Phase.READY:
            self._reference.rest(self._now.x)
            if time_s >= BEGINS_S:
                self._start()
        elif phase is Phase.SHOW:
            self._show()
        elif phase is Phase.MOVE:
            self._move()
        elif phase is Phase.HOLD:
            self._settle()
            self._hold()
        elif (phase is Phase.PAUSE and self._settle() and time_s >= self._pause_s) or (
            phase is Phase.REST and time_s >= self.exercise.settings.rest_s
        ):
            self._next()

    def _start(self) -> None:
        self._shown = self.exercise.to_show(self._agenda.first())
        if self._shown is None:
            self._next()
        else:
            self._telling.say_show()
            self._enter(Phase.SHOW)

    def _show(self) -> None:
        """Let the ghost alone go where the arm will be asked to."""
        assert self._shown is not None
        if self._now.time_s >= self._shown.duration_s:
            self._reference.rest(self._now.x)
            self._next()
        else:
            self._reference.show(self._shown, self._now.time_s)

    def _next(self) -> None:
        """Begin the next movement, or the next repetition, or rest, or end."""
        agenda, now = self._agenda, self._now
        if agenda.close():
            self._stand_still()
            self._telling.say_rest()
            self._enter(Phase.REST)
            return
        movement = agenda.next(now.x)
        if movement is None:
            self._finish()
            return
        self._pause_s = movement.pause_s
        self._reference.begin(movement, agenda.repetition)
        self._telling.say_movement(movement)
        self._enter(Phase.MOVE)
        now.along = self._reference.follow(now.x, 0.0)

    def _finish(self) -> None:
        outcome, judged = self._telling.outcome, self._agenda.judged
        outcome.done, outcome.success = True, bool(judged) and not any(judged)
        self._stand_still()
        self._enter(Phase.DONE)

    def _stand_still(self) -> None:
        self.guidance.moment = Moment.REST
        self._reference.rest(self._now.x)

    def _move(self) -> None:
        now, done, exercise = self._now, self._agenda.done[-1], self.exercise
        now.along = self._reference.follow(now.x, now.time_s)
        done.strayed(squared_distance(now.x, now.asks.nearest))
        self._take_down(done)
        done.reached = exercise.arrived(done, now)
        if done.reached or exercise.gives_up(done, now):
            done.seconds = now.time_s
            self._reference.arrive(done.reached)
            self._enter(Phase.HOLD if done.movement.hold_s > 0.0 and done.reached else Phase.PAUSE)

    def _take_down(self, done: Done) -> None:
        now = self._now
        now.feel()
        done.cuff_n = max(done.cuff_n, now.cuff_n)
        done.trunk_m = max(done.trunk_m, now.trunk_m)  # which NaN, not measured, leaves as it is
        self.exercise.watch(done, now)

    def _settle(self) -> bool:
        """Let the reference of a goal that was reached early come there, too; returns whether it stands still."""
        if self.guidance.moment is Moment.REST or not self._agenda.done[-1].reached:
            return True
        return self._reference.settle()

    def _hold(self) -> None:
        now, done = self._now, self._agenda.done[-1]
        movement = done.movement
        self._take_down(done)
        if now.to_goal > LEFT * movement.tolerance:
            self._slack_s += self.exercise.context.dt
        if now.time_s >= movement.hold_s:
            done.held = self._slack_s <= LEFT_SHARE * movement.hold_s
            self._enter(Phase.PAUSE)

    def _left_s(self) -> float:
        """What is left of a hold or of a rest [s]."""
        if self.phase is Phase.HOLD:
            return self._agenda.done[-1].movement.hold_s - self._now.time_s
        return self.exercise.settings.rest_s - self._now.time_s if self.phase is Phase.REST else 0.0
