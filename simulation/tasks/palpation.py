"""Palpation: find a stiff lump in soft tissue by feel alone, and mark it, pressing no harder than that takes."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from msgspec import Meta

from robotics.contracts import COUNTDOWN, Outcome, Signal, Vector
from robotics.shape_config import Cylinder, Pad, Positive, Sphere
from simulation.grasping import ArmBodies
from simulation.scenery import TARGET, WORLD, SceneShape
from simulation.soft_tissue import Inclusion, Lump, SoftTissue, draw_lump, indentation_force
from simulation.tasks.palpation_guide import DONE, PHASES, Feel, PalpationGuide
from simulation.tasks.registry import TaskSettings
from simulation.tip import TipSensor
from simulation.world import BulletWorld

PRESSING, DEPTH, MARKS, MARK_ERROR, PEAK, OVER, LEFT, FOUND = range(8)
"""Places of the signals."""

_AWAY = np.array([0.0, 0.0, -0.5, 1.0, 0.0, 0.0, 0.0])
"""Where a thing is that is not to be seen: far below the table."""


class Settings(TaskSettings, frozen=True, kw_only=True):
    """Settings of a palpation; ``force_limit_n`` is the force that tissue bears, and must be given.

    Attributes:
        pad: What is palpated, in world.
        tissue: How it answers.
        inclusion: What is hidden in it.
        probe_radius_m: Radius of the round tip.
        mark_grip: Grip from which on the hand says "here".
        mark_force_n: The force must lie between these two meanwhile [N].
        mark_still_m: How far the tip may move aside meanwhile [m].
        hold_s: How long that must last to be a mark [s].
        linger_s: How long the episode goes on after a mark [s].
    """

    pad: Pad
    tissue: SoftTissue
    inclusion: Inclusion
    probe_radius_m: Positive
    mark_grip: Annotated[float, Meta(gt=0, le=1)]
    mark_force_n: tuple[Positive, Positive]
    mark_still_m: Positive
    hold_s: Annotated[float, Meta(gt=0, le=60)]
    linger_s: Annotated[float, Meta(ge=0, le=10)] = 1.0

    thresholds = (*TaskSettings.thresholds, "force_limit_n", "mark_force_n", "mark_still_m", "hold_s")

    def __post_init__(self) -> None:
        if self.force_limit_n is None:
            raise ValueError("force_limit_n: is needed; the lesson is to press less than that")
        if not self.mark_force_n[0] < self.mark_force_n[1] < self.force_limit_n:
            raise ValueError(f"mark_force_n: {self.mark_force_n} must rise, and stay below force_limit_n")


class Palpation:
    """A lump is hidden in the pad; it is felt, and marked by closing the grip while the tip presses on it.

    The first mark ends the episode: it is right within the goal radius of the lump's centre, seen from above, and where
    the tip has never pressed harder than the limit. The pad is no body of PyBullet's: its force on the tip is worked
    out before every physics step from where the tip is, and is measured, felt and recorded like any contact.

    Args:
        name: Name of the task.
        settings: Its settings.
        world: The world, connected before `reset`.
        tip_starts: Where each arm's tip starts in world, shape (arms, 7): targets ask for its orientation.
    """

    objects = ("mark", "lump")
    signals = (
        Signal("pressing", "N"),
        Signal("depth", "m"),
        Signal("marks", ""),
        Signal("mark_error", "m"),  # not a number before there is a mark
        Signal("peak_force", "N"),
        Signal("over_limit", "s"),
        Signal(COUNTDOWN, "s"),
        Signal("found", ""),  # 1 where the mark lies on the lump
    )
    phases = PHASES

    def __init__(self, name: str, settings: Settings, world: BulletWorld, tip_starts: Vector) -> None:
        self.name, self.settings, self._world = name, settings, world
        self._top = settings.pad.xyz_m[2]
        self._start = np.array(tip_starts[0], dtype=float)
        self._outcome = Outcome(np.zeros(len(self.signals)), self._start.copy(), 0, False, False)
        self._arm: ArmBodies | None = None
        self._sensor: TipSensor | None = None
        self._force, self._depth = np.zeros(3), 0.0
        world.push(self._press)

    def reset(self, rng: np.random.Generator) -> None:
        """Hide a lump."""
        settings, outcome = self.settings, self._outcome
        self.lump: Lump = draw_lump(settings.tissue, settings.inclusion, np.array(settings.pad.xyz_m), rng)
        self._guide = PalpationGuide(
            settings.probe_radius_m,
            np.array(settings.pad.xyz_m),
            settings.inclusion.area_m,
            settings.mark_force_n,
            self._start,
        )
        self._arm = self._sensor = None
        self._force[:], self._depth = 0.0, 0.0
        self._felt_n = self._felt_depth = 0.0
        self._mark: Vector | None = None
        self._held_since = self._last = math.nan
        self._held_at, self._held_sum, self._held_ticks = np.zeros(2), np.zeros(2), 0
        self._ready = False
        outcome.signals[:], outcome.phase, outcome.success, outcome.done = 0.0, 0, False, False
        outcome.signals[MARK_ERROR] = math.nan

    def attach(self, arms: tuple[ArmBodies, ...]) -> None:
        """Learn which body is the arm."""
        self._arm, self._sensor = arms[0], TipSensor(self._world.client, arms[0])

    def observe(self, poses: Vector) -> None:
        """Where the mark and, once that is made, the lump are, in world, shape (2, 7)."""
        poses[:] = _AWAY
        self._felt_n, self._felt_depth = float(self._force[2]), self._depth  # what this tick measures
        if self._mark is not None:
            poses[0, :3] = (*self._mark, self._top)
            poses[1, :3] = self.lump.place

    def step(self, tick: np.void) -> Outcome:
        """Judge a tick: how hard the tip presses, and whether the hand says "here"."""
        outcome, settings, time = self._outcome, self.settings, float(tick["time"])
        signals, arm = outcome.signals, tick["arms"][0]
        tip, normal = arm["tip"], self._felt_n
        signals[PRESSING], signals[DEPTH] = normal, self._felt_depth
        assert settings.force_limit_n is not None  # the settings refuse to be without
        if normal > settings.force_limit_n and not math.isnan(self._last):
            signals[OVER] += time - self._last
        signals[PEAK], self._last = max(signals[PEAK], normal), time
        if self._mark is None:
            self._look_for_mark(float(arm["grip"]), tip, normal, time)
            self._guide.step(Feel(time, tip, float(arm["wrench"][2])), outcome)
        if self._mark is not None:
            outcome.phase, outcome.grip = DONE, 0.0
            outcome.target[2] = self._top + 3.0 * settings.probe_radius_m
        outcome.done = time >= settings.time_limit_s or (
            self._mark is not None and time >= self._held_since + settings.linger_s
        )
        return outcome

    def shapes(self) -> tuple[SceneShape, ...]:
        """Scenery, pad, the mark, the lump that is shown once it is marked, and the ghost of the probe."""
        settings = self.settings
        radius = 0.5 * sum(settings.inclusion.radius_m)
        return (
            *(SceneShape(WORLD, part) for part in (*settings.scenery, settings.pad)),
            SceneShape("mark", Cylinder(material="suture", radius_m=0.0015, length_m=0.0012, bevel_m=0.0003)),
            SceneShape("lump", Sphere(material="goal", radius_m=radius)),
            SceneShape(TARGET, Sphere(material="ghost", radius_m=settings.probe_radius_m)),
        )

    def _press(self) -> None:
        """Put the tissue's force on the tip; called before every physics step."""
        if self._arm is None or self._sensor is None:
            return
        sensor, lump, tissue = self._sensor, self.lump, self.settings.tissue
        sensor.read()
        self._depth = indentation_force(
            sensor.place, sensor.velocity, self._top, self.settings.probe_radius_m, lump.modulus_pa, lump.excess_pa,
            lump.width_m, lump.place, tissue.poisson, tissue.damping_s_m, tissue.friction, self._force,
        )  # fmt: skip
        if self._depth > 0.0:
            self._world.apply_force(self._arm.body, self._arm.link, self._force, sensor.place)

    def _look_for_mark(self, grip: float, tip: Vector, normal: float, time: float) -> None:
        """Whether the grip has been closed for long enough on a tip that presses and keeps its place."""
        settings, signals = self.settings, self._outcome.signals
        closed = grip >= settings.mark_grip
        self._ready |= grip < 0.5 * settings.mark_grip  # a hand that comes with its grip closed says nothing yet
        low, high = settings.mark_force_n
        aside = math.hypot(tip[0] - self._held_at[0], tip[1] - self._held_at[1])
        going_on = not math.isnan(self._held_since) and aside <= settings.mark_still_m
        if not (closed and self._ready and low <= normal <= high):
            self._held_since, signals[LEFT] = math.nan, 0.0
            return
        if not going_on:
            self._held_since, self._held_ticks = time, 0
            self._held_at[:], self._held_sum[:] = tip[:2], 0.0
        self._held_sum += tip[:2]
        self._held_ticks += 1
        signals[LEFT] = max(settings.hold_s - (time - self._held_since), 0.0)
        if signals[LEFT] > 0.0:
            return
        self._mark, self._held_since = self._held_sum / self._held_ticks, time
        signals[MARKS] += 1.0
        signals[MARK_ERROR] = float(np.linalg.norm(self._mark - self.lump.place[:2]))
        signals[FOUND] = signals[MARK_ERROR] <= settings.goal_radius_m
        self._outcome.success = bool(signals[FOUND] and signals[PEAK] <= settings.force_limit_n)


def build(name: str, settings: Settings, world: BulletWorld, tip_starts: Vector) -> Palpation:
    """Make the task from its settings."""
    return Palpation(name, settings, world, tip_starts)
