"""What is told of an exercise in every tick: its signals, the words that are said, and where its mark is."""

from __future__ import annotations

import numpy as np

from robotics.contracts import COUNTDOWN, POSE_SIZE, Outcome, Signal, Vector
from robotics.guidance import Moment
from vr_training.exercises.agenda import Agenda
from vr_training.exercises.exercise import Exercise
from vr_training.exercises.movement import Movement
from vr_training.exercises.now import Now

SIGNALS = (
    Signal("repetition", ""),
    Signal("successes", ""),
    Signal("progress", "%"),
    Signal(COUNTDOWN, "s"),
    Signal("words", ""),
    Signal("verdict", ""),
)
"""What is told of every exercise; its own signals follow them."""


class Telling:
    """Tells how an exercise stands.

    Args:
        exercise: The exercise.
        now: How things stand; the same object all the time.

    Attributes:
        outcome: What is told, the same object all the time.
    """

    def __init__(self, exercise: Exercise, now: Now) -> None:
        signals = np.zeros(len(SIGNALS) + len(exercise.signals))
        self.outcome = Outcome(signals, np.full(POSE_SIZE, np.nan), 0, False, False, guidance=now.asks)
        self._exercise, self._now = exercise, now
        self._own = signals[len(SIGNALS) :]
        self._kinds = tuple(exercise.settings.say)
        self._axes = exercise.coordinates.axes  # none where joints are moved: nothing is aimed at
        self._said, self._aims = 0, False

    def say_show(self) -> None:
        """Say that the ghost shows what comes."""
        self._said = self._exercise.words.index(self._exercise.settings.show)

    def say_rest(self) -> None:
        """Say that there is a rest."""
        self._said = self._exercise.words.index(self._exercise.settings.rest)

    def say_movement(self, movement: Movement) -> None:
        """Say what is to be done."""
        self._said = 1 + self._kinds.index(movement.say)

    def tell(self, phase: int, shows: bool, left_s: float, agenda: Agenda) -> Outcome:
        """Tell how the exercise stands after a tick.

        Args:
            phase: What it is at.
            shows: Whether the ghost shows a movement.
            left_s: What is left of a hold or a rest [s].
            agenda: How far it has come.
        """
        out, asks = self.outcome, self._now.asks
        out.phase = phase
        if self._axes:
            self._aim(out.target, shows or asks.moment is not Moment.REST)
        signals = out.signals  # one by one: a tick has no time for an array of them
        signals[0], signals[1] = agenda.repetition, agenda.passed
        signals[2], signals[3] = 100.0 * asks.progress, max(left_s, 0.0)
        signals[4], signals[5] = self._said, agenda.judged[-1] if agenda.judged else 0
        self._exercise.tell(self._now, self._own)
        return out

    def _aim(self, target: Vector, asks: bool) -> None:
        """Where the tip is to go, for whoever looks; nowhere while nothing is asked of it or shown."""
        if asks != self._aims:
            target[:] = self._exercise.context.tip if asks else np.nan
            self._aims = asks
        if asks:
            mark = self._exercise.mark(self._now.asks)
            for i, axis in enumerate(self._axes):
                target[axis] = mark[i]
