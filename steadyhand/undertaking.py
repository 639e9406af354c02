"""What a session is about, a lesson of a surgeon or an exercise of a patient, as the processes of a session see it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

import numpy as np

from control.loop import ControlLoop
from control.mailbox import Mailbox
from control.tick import TickLayout
from steadyhand.order import Order, RunOrder
from vr_training.records.info import SessionInfo
from vr_training.stream.messages import SceneMessage


class Undertaking(Protocol):
    """Planned and checked; nothing is started.

    Attributes:
        name: What the session's folder is called after.
        driver: What moves the arm is called: a hand, a patient.
        period_s: Control period [s].
        duration_s: Longest time of the run: it ends by itself before that and a little [s].
        first_arm: Index of the arm that a person drives first.
    """

    name: str
    driver: str
    period_s: float
    duration_s: float
    first_arm: int

    @property
    def driven_by(self) -> str:
        """What moves the arm, in words; refuses a bad file, or a device or display that is not there, at once."""
        ...

    def layout(self) -> TickLayout:
        """What its tick records look like."""
        ...

    def scene(self, session: str) -> SceneMessage:
        """Everything that a viewer needs to know."""
        ...

    def info(self, session: str) -> SessionInfo:
        """What a recording says about how it was made."""
        ...

    def told(self, tick: np.void) -> str:
        """What a tick is at, in words; may be empty."""
        ...

    def warm_up(self) -> None:
        """Run a throwaway episode, so that no tick that counts has to compile or load anything."""
        ...

    def build(self, mailbox: Mailbox | None = None) -> AbstractContextManager[ControlLoop]:
        """Start plant and loop, ready for the first tick.

        Args:
            mailbox: Where what comes from other processes arrives.
        """
        ...


def undertake(order: RunOrder) -> Undertaking:
    """Plan what an order asks for.

    Raises:
        SteadyhandError: It cannot be done; says why.
    """
    if isinstance(order, Order):
        from steadyhand.lesson_run import LessonRun

        return LessonRun(order)
    from steadyhand.rehab.exercise_run import ExerciseRun
    from steadyhand.rehab.order import ExerciseOrder

    if isinstance(order, ExerciseOrder):
        return ExerciseRun(order)
    raise TypeError(f"nobody undertakes a {type(order).__name__}")
