"""Track: keep the tip on a target that stands, or on one that moves."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from msgspec import Meta

from robotics.contracts import COUNTDOWN, Outcome, Signal, Vector
from robotics.shape_config import NotNegative, Pad, Sphere, Triple
from simulation.grasping import ArmBodies
from simulation.scenery import TARGET, WORLD, SceneShape
from simulation.tasks.registry import TaskSettings
from simulation.tissue import Tissue, TissuePad
from simulation.world import BulletWorld

REACH, TRACK, DONE = range(3)
"""Phases."""

DISTANCE, LEFT, INSIDE, TURN, PRESSING, TRACKING, TRACKED = range(7)
"""Places of the signals."""

_RATIOS = (1.0, 1.618, 0.618)
"""Of the frequencies along x, y and z: a path that does not repeat itself within a lesson."""


class Settings(TaskSettings, frozen=True, kw_only=True):
    """Settings of a tracking lesson.

    Attributes:
        pad: The tissue below, in world.
        tissue: Its contact.
        middle_m: Where targets are drawn about, in world.
        area_m: Within plus or minus this of there.
        targets: How many, one after another.
        track_s: How long each is to be tracked, from the first time that it is reached [s].
        inside_share: Share of that time that the tip must be within the goal radius; a window with less begins anew.
        amplitude_m: How far a target moves to either side of its middle along x, y and z; zero for one that stands.
        period_s: Time of one swing along x [s]; the other directions swing in other, irrational, times.
        linger_s: How long the episode goes on after success [s].
    """

    pad: Pad
    tissue: Tissue
    middle_m: Triple
    area_m: tuple[NotNegative, NotNegative, NotNegative]
    targets: Annotated[int, Meta(ge=1, le=20)]
    track_s: Annotated[float, Meta(gt=0, le=600)]
    inside_share: Annotated[float, Meta(gt=0, le=1)]
    amplitude_m: tuple[NotNegative, NotNegative, NotNegative] = (0.0, 0.0, 0.0)
    period_s: Annotated[float, Meta(gt=0.5, le=120)] = 6.0
    linger_s: Annotated[float, Meta(ge=0, le=10)] = 0.5

    thresholds = (*TaskSettings.thresholds, "targets", "track_s", "inside_share")


class Track:
    """Targets that appear one after another, each to be tracked for a while.

    Args:
        name: Name of the task.
        settings: Its settings.
        world: The world, connected before `reset`.
        tip_starts: Where each arm's tip starts in world, shape (arms, 7): targets ask for its orientation.
    """

    objects = ()
    signals = (
        Signal("distance", "m"),
        Signal(COUNTDOWN, "s"),
        Signal("inside", ""),
        Signal("turn", "rad"),
        Signal("pressing", "N"),
        Signal("tracking", "m"),  # the distance while a window runs; not a number else
        Signal("tracked", ""),  # targets done, and of the present one the share of its window that the tip was inside
    )
    phases = ("Go to the target", "Stay on the target", "Done")

    def __init__(self, name: str, settings: Settings, world: BulletWorld, tip_starts: Vector) -> None:
        self.name, self.settings, self._world = name, settings, world
        self._outcome = Outcome(np.zeros(len(self.signals)), np.array(tip_starts[0], dtype=float), REACH, False, False)
        self._arms: tuple[ArmBodies, ...] = ()
        self._middles, self._phases = np.zeros((settings.targets, 3)), np.zeros((settings.targets, 3))

    def reset(self, rng: np.random.Generator) -> None:
        """Draw where the targets are and how they move."""
        settings, outcome = self.settings, self._outcome
        self._pad = TissuePad(self._world.client, settings.pad, settings.tissue)
        spread = np.array(settings.area_m)
        # The corners of the area, each target in another one than the last: no target is where the tip already is.
        corner = np.sign(rng.uniform(-1.0, 1.0, 3))
        for i in range(settings.targets):
            self._middles[i] = np.array(settings.middle_m) + corner * spread * rng.uniform(0.5, 1.0, 3)
            corner = corner * np.array([-1.0, *np.sign(rng.uniform(-1.0, 1.0, 2))])
        self._phases[:] = rng.uniform(0.0, 2.0 * math.pi, self._phases.shape)
        self._target, self._ticks, self._inside = 0, 0, 0
        self._since = self._reached_at = math.nan
        outcome.signals[:], outcome.phase, outcome.success, outcome.done = 0.0, REACH, False, False
        self._move(0.0)

    def attach(self, arms: tuple[ArmBodies, ...]) -> None:
        """Learn which bodies are arms."""
        self._arms = arms

    def observe(self, poses: Vector) -> None:
        """Nothing but the mark moves."""

    def step(self, tick: np.void) -> Outcome:
        """Move the target on, and see whether the tip is on it."""
        outcome, settings, time = self._outcome, self.settings, float(tick["time"])
        signals, tip = outcome.signals, tick["arms"][0]["tip"]
        self._move(time)
        signals[DISTANCE] = math.sqrt(float(np.sum((tip[:3] - outcome.target[:3]) ** 2)))
        signals[TURN] = 2.0 * math.acos(min(1.0, abs(float(tip[3:] @ outcome.target[3:]))))
        signals[PRESSING] = self._pad.pressing(self._arms)
        if not outcome.success:
            self._track(time, signals[DISTANCE] <= settings.goal_radius_m)
        signals[TRACKING] = signals[DISTANCE] if outcome.phase == TRACK else math.nan
        signals[INSIDE] = self._inside / self._ticks if self._ticks else 0.0
        signals[TRACKED] = settings.targets if outcome.success else self._target + self._share(time)
        outcome.done = time >= settings.time_limit_s or (
            outcome.success and time >= self._reached_at + settings.linger_s
        )
        return outcome

    def shapes(self) -> tuple[SceneShape, ...]:
        """Scenery, pad, and the ball to stay in."""
        settings = self.settings
        return (
            *(SceneShape(WORLD, part) for part in (*settings.scenery, settings.pad)),
            SceneShape(TARGET, Sphere(material="ghost", radius_m=settings.goal_radius_m)),
        )

    def _track(self, time: float, inside: bool) -> None:
        outcome, settings = self._outcome, self.settings
        if math.isnan(self._since):
            outcome.phase = REACH
            if not inside:
                return
            self._since, self._ticks, self._inside = time, 0, 0
        outcome.phase = TRACK
        self._ticks += 1
        self._inside += inside
        left = settings.track_s - (time - self._since)
        outcome.signals[LEFT] = max(left, 0.0)
        if left > 0.0:
            return
        self._since = math.nan
        if self._inside < settings.inside_share * self._ticks:
            return
        if self._target + 1 < settings.targets:
            self._target += 1
        else:
            outcome.success, outcome.phase, self._reached_at = True, DONE, time

    def _share(self, time: float) -> float:
        """Share of the running window that the tip has been inside for; 0 where none runs."""
        if math.isnan(self._since):
            return 0.0
        return self._inside / self._ticks * min((time - self._since) / self.settings.track_s, 1.0)

    def _move(self, time: float) -> None:
        settings, target, i = self.settings, self._outcome.target, self._target
        for k in range(3):
            angle = 2.0 * math.pi * _RATIOS[k] * time / settings.period_s + self._phases[i, k]
            target[k] = self._middles[i, k] + settings.amplitude_m[k] * math.sin(angle)


def build(name: str, settings: Settings, world: BulletWorld, tip_starts: Vector) -> Track:
    """Make the task from its settings."""
    return Track(name, settings, world, tip_starts)
