"""Tremor calibration: the operator holds still, traces a figure and rests; a filter is fitted to that afterwards."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from msgspec import Meta

from control.tick import State
from robotics.config import Config
from robotics.contracts import COUNTDOWN, Outcome, Signal, Vector
from robotics.shape_config import Positive, Sphere
from simulation.grasping import ArmBodies
from simulation.scenery import TARGET, WORLD, SceneShape
from simulation.tasks.registry import TaskSettings
from simulation.world import BulletWorld

GET_READY, HOLD, TRACE, REST, DONE = range(5)
"""Phases."""

DISTANCE, LEFT = range(2)
"""Places of the signals."""


class Figure(Config, frozen=True, kw_only=True):
    """The figure that is traced: an eight that lies before the operator.

    Attributes:
        width_m: From its middle to its side [m].
        height_m: From its middle to its top [m].
        period_s: Time of one round [s].
    """

    width_m: Positive
    height_m: Positive
    period_s: Annotated[float, Meta(gt=0.5, le=60)]


class Settings(TaskSettings, frozen=True, kw_only=True):
    """Settings of the calibration.

    Attributes:
        ready_s: How long the arm follows the hand before the first part begins [s].
        hold_s: How long the hand holds still [s].
        trace_s: How long it traces the figure [s].
        rest_s: How long it rests [s].
        figure: What it traces.
    """

    ready_s: Annotated[float, Meta(gt=0, le=30)]
    hold_s: Annotated[float, Meta(ge=7, le=600)]
    trace_s: Annotated[float, Meta(ge=7, le=600)]
    rest_s: Annotated[float, Meta(ge=7, le=600)]
    figure: Figure


class TremorCalibration:
    """A mark that stands, moves along a figure, and stands again, while the operator keeps the tip in it.

    Time runs only while the arm follows the hand, so that nobody is rushed and no part is lost to the clutch.

    Args:
        name: Name of the task.
        settings: Its settings.
        world: The world; nothing is put into it.
        tip_starts: Where each arm's tip starts in world, shape (arms, 7): there the mark stands.
    """

    objects = ()
    signals = (Signal("distance", "m"), Signal(COUNTDOWN, "s"))
    phases = (
        "Take the instrument",
        "Hold the tip still in the ball",
        "Follow the ball with the tip",
        "Rest your arm, keep driving",
        "Done",
    )

    def __init__(self, name: str, settings: Settings, world: BulletWorld, tip_starts: Vector) -> None:  # noqa: ARG002
        self.name, self.settings = name, settings
        self._start = np.array(tip_starts[0], dtype=float)
        lengths = (settings.ready_s, settings.hold_s, settings.trace_s, settings.rest_s)
        self._ends = np.cumsum(lengths)
        self._outcome = Outcome(np.zeros(len(self.signals)), self._start.copy(), GET_READY, False, False)
        self._engaged_s = self._last = 0.0

    def reset(self, rng: np.random.Generator) -> None:  # noqa: ARG002 - nothing is drawn
        """Put the mark where the tip starts."""
        outcome = self._outcome
        self._engaged_s = self._last = 0.0
        outcome.target[:], outcome.signals[:] = self._start, 0.0
        outcome.phase, outcome.success, outcome.done = GET_READY, False, False

    def attach(self, arms: tuple[ArmBodies, ...]) -> None:
        """No arm touches anything here."""

    def observe(self, poses: Vector) -> None:
        """Nothing moves by itself."""

    def step(self, tick: np.void) -> Outcome:
        """Move the mark on, and say what is to be done and for how long."""
        outcome, time = self._outcome, float(tick["time"])
        if tick["state"] == State.ENGAGED:
            self._engaged_s += time - self._last
        self._last = time
        outcome.phase = int(np.searchsorted(self._ends, self._engaged_s, side="right"))
        outcome.success = outcome.phase == DONE
        outcome.done = outcome.success or time >= self.settings.time_limit_s
        outcome.signals[LEFT] = 0.0 if outcome.success else self._ends[outcome.phase] - self._engaged_s
        self._move_mark()
        gap = tick["arms"][0]["tip"][:3] - outcome.target[:3]
        outcome.signals[DISTANCE] = math.sqrt(gap @ gap)
        return outcome

    def shapes(self) -> tuple[SceneShape, ...]:
        """The scenery, and the mark."""
        ball = Sphere(material="ghost", radius_m=self.settings.goal_radius_m)
        return (*(SceneShape(WORLD, part) for part in self.settings.scenery), SceneShape(TARGET, ball))

    def _move_mark(self) -> None:
        """An eight in world's x and z, whose middle it passes when tracing begins."""
        figure, since = self.settings.figure, self._engaged_s - self._ends[HOLD]
        angle = 2.0 * math.pi * max(min(since, self.settings.trace_s), 0.0) / figure.period_s
        self._outcome.target[0] = self._start[0] + figure.width_m * math.sin(angle)
        self._outcome.target[2] = self._start[2] + figure.height_m * math.sin(2.0 * angle)


def build(name: str, settings: Settings, world: BulletWorld, tip_starts: Vector) -> TremorCalibration:
    """Make the task from its settings."""
    return TremorCalibration(name, settings, world, tip_starts)
