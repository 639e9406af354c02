"""Which movement comes next, where it begins, and what was said of the repetitions that are over.

A movement begins where the last one ended. Where the arm is somewhere else, a straight way begins where the arm is, and
before a bent one the arm is brought to its start: no reference ever jumps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from robotics.contracts import Vector
from robotics.guidance import Moment
from vr_training.exercises.exercise import APPROACH_S, SETTLES_S, Exercise
from vr_training.exercises.movement import Done, Movement
from vr_training.exercises.settings import FIRST

BEGINS_S = 1.0
"""Pause between the therapist's word and the first movement [s]."""


class Agenda:
    """The movements of an exercise, one after the other.

    Args:
        exercise: Says which they are, and judges them.

    Attributes:
        repetition: How many repetitions are over.
        done: Movements of the repetition under way, the last of which may still be going on.
        judged: What was said of each repetition that is over, as places in the exercise's verdicts.
        passed: How many of them were passed.
    """

    def __init__(self, exercise: Exercise) -> None:
        self._exercise = exercise
        self._queue: list[Movement] = []
        self.repetition, self.passed = 0, 0
        self.done: list[Done] = []
        self.judged: list[int] = []

    def first(self) -> Sequence[Movement]:
        """Begin with the first repetition; its movements."""
        self._queue = list(self._exercise.repetition(0))
        return self._queue

    def close(self) -> bool:
        """Judge the repetition under way where all its movements are over; whether it ended a set, before a rest."""
        if self._queue or not self.done:
            return False
        verdict = self._exercise.judge(self.done)
        self.judged.append(verdict)
        self.passed += verdict in self._exercise.passes
        self.done = []
        self.repetition += 1
        return self._exercise.settings.rests_after(self.repetition, self._exercise.context.repetitions)

    def next(self, x: Vector) -> Movement | None:
        """The next movement, the arm being at ``x``, shape (m,); None where all repetitions are over."""
        if not self._queue:
            if self.repetition >= self._exercise.context.repetitions:
                return None
            self._queue = list(self._exercise.repetition(self.repetition))
        movement = self._from_here(self._queue.pop(0), x)
        self.done.append(Done(movement))
        return movement

    def again(self) -> None:
        """Forget what the movement under way has come to; it comes once more."""
        self._queue.insert(0, self.done.pop().movement)

    def _from_here(self, movement: Movement, x: Vector) -> Movement:
        """The movement, begun where the arm is; a bent way has to wait until the arm is at its start."""
        away = float(np.linalg.norm(x - movement.path.points[0]))
        if away <= movement.tolerance or movement.moment is Moment.PUSH:
            return movement
        if movement.straight:
            way = float(np.linalg.norm(x - movement.path.points[-1]))
            return movement.started_at(x, self._exercise.approach_s(way))
        if self.done and self.done[-1].movement.say == FIRST:
            return movement  # it was tried
        self._queue.insert(0, movement)
        return replace(self._exercise.approach(x, movement.path.points[0]), patience_s=APPROACH_S)


def longest_s(exercise: Exercise) -> float:
    """Longest time that an exercise can take without a pause of the therapist's [s]."""
    settings, total = exercise.settings, BEGINS_S
    for index, movements in enumerate(exercise.planned()):
        if index == 0:
            shown = exercise.to_show(movements)
            total += shown.duration_s if shown is not None else 0.0
        for movement in movements:
            total += movement.patience_s + movement.hold_s + movement.pause_s + 2.0 * exercise.context.dt
            total += 0.0 if movement.straight else APPROACH_S + max(settings.pause_s, SETTLES_S)
        if settings.rests_after(index, exercise.context.repetitions):
            total += settings.rest_s
    return total
