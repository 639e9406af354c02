"""Needle reach: bring the tip to a needle that lies on tissue, and hold it there without pressing."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pybullet as pb
from msgspec import Meta

from robotics.contracts import POSE_SIZE, Outcome, Signal, Vector
from robotics.kernels.compiled import kernel
from robotics.shape_config import NotNegative, Pad, Sphere
from simulation.grasping import ArmBodies, grasp_pose
from simulation.needle import NeedleConfig
from simulation.scenery import TARGET, WORLD, SceneShape
from simulation.tasks.registry import TaskSettings
from simulation.tissue import Tissue, TissuePad
from simulation.world import BulletWorld

REACH, HOLD, REACHED = 0, 1, 2
"""Phases."""

DISTANCE, HELD, PRESSING, TURN, MOVED = range(5)
"""Places of the signals."""


class Settings(TaskSettings, frozen=True, kw_only=True):
    """Settings of the needle reach.

    Attributes:
        hold_s: How long the tip must stay within the goal radius [s].
        linger_s: How long the episode goes on after that [s].
        gentle_force_n: Force on tissue above which the tip does not count as held gently [N].
        pad: The tissue, in world.
        tissue: Its contact.
        needle: The needle.
        area_m: Half extents of where the needle may lie, about the middle of the pad [m].
        turn_deg: The needle's direction is drawn within plus or minus this [deg].
    """

    hold_s: Annotated[float, Meta(gt=0, le=3600)]
    linger_s: Annotated[float, Meta(ge=0, le=10)] = 0.5
    gentle_force_n: Annotated[float, Meta(gt=0)]
    pad: Pad
    tissue: Tissue
    needle: NeedleConfig
    area_m: tuple[NotNegative, NotNegative]
    turn_deg: Annotated[float, Meta(ge=0, le=180)]

    thresholds = (*TaskSettings.thresholds, "hold_s", "gentle_force_n")


class NeedleReach:
    """The tip must come within the goal radius of the needle's grasping point and stay for a while.

    Judged by physics alone: where the simulated joints have the tip, where the simulated needle lies, and what force
    the pad feels.

    Args:
        name: Name of the task.
        settings: Its settings.
        world: The world, connected before `reset`.
        tip_starts: Where each arm's tip starts in world, shape (arms, 7); the target is turned the nearer way round.
    """

    objects = ("needle",)
    signals = (
        Signal("distance", "m"),
        Signal("held", "s"),
        Signal("pressing", "N"),
        Signal("turn", "rad"),
        Signal("needle_moved", "m"),
    )
    phases = ("Reach the needle", "Hold still", "Reached")

    def __init__(self, name: str, settings: Settings, world: BulletWorld, tip_starts: Vector) -> None:
        self.name, self.settings, self._world = name, settings, world
        self._tip_start = np.array(tip_starts[0], dtype=float)
        self._grasp_point, self._grasp_tangent = settings.needle.point_on_arc(settings.needle.grasp_share)
        self._needle = -1
        self._arms: tuple[ArmBodies, ...] = ()
        self._pose, self._start = np.zeros(POSE_SIZE), np.zeros(POSE_SIZE)
        self._outcome = Outcome(np.zeros(len(self.signals)), np.full(POSE_SIZE, np.nan), REACH, False, False)
        self._held_since = self._reached_at = np.nan

    def reset(self, rng: np.random.Generator) -> None:
        """Lay the needle onto the pad, let it come to rest, and mark where it is to be grasped."""
        client, settings = self._world.client, self.settings
        self._pad = TissuePad(client, settings.pad, settings.tissue)
        x, y = (rng.uniform(-half, half) for half in settings.area_m)
        turn = np.radians(rng.uniform(-settings.turn_deg, settings.turn_deg))
        top = settings.pad.xyz_m[2]
        place = np.array(
            [settings.pad.xyz_m[0] + x, settings.pad.xyz_m[1] + y, top + 1.2 * settings.needle.wire_radius_m]
        )
        quat = np.array([np.cos(0.5 * turn), 0.0, 0.0, np.sin(0.5 * turn)])
        self._needle = settings.needle.load(client, place, quat)
        for _ in range(round(0.3 / self._world.settings.physics_period_s)):
            self._world.step()
        # PyBullet would take two seconds to find that it is at rest; what touches it wakes it.
        client.changeDynamics(self._needle, -1, activationState=pb.ACTIVATION_STATE_SLEEP)
        self.observe(self._pose[None, :])
        self._start[:] = self._pose
        self._mark_target()
        outcome = self._outcome
        outcome.signals[:], outcome.phase, outcome.success, outcome.done = 0.0, REACH, False, False
        self._held_since = self._reached_at = np.nan

    def attach(self, arms: tuple[ArmBodies, ...]) -> None:
        """Learn which bodies are arms."""
        self._arms = arms

    def observe(self, poses: Vector) -> None:
        """Write the needle's pose in world into ``poses``, shape (1, 7)."""
        self.settings.needle.pose(self._world.client, self._needle, poses[0])

    def step(self, tick: np.void) -> Outcome:
        """Judge a tick: distance, time held, force on the pad."""
        outcome, settings, time = self._outcome, self.settings, float(tick["time"])
        signals = outcome.signals
        self._pose[:] = tick["objects"][0]
        self._mark_target()
        _measure(tick["arms"][0]["tip"], outcome.target, self._pose, self._start, signals)
        signals[PRESSING] = self._pad.pressing(self._arms)
        near = signals[DISTANCE] <= settings.goal_radius_m and signals[PRESSING] <= settings.gentle_force_n
        if not near:
            self._held_since = np.nan
        elif np.isnan(self._held_since):
            self._held_since = time
        signals[HELD] = 0.0 if np.isnan(self._held_since) else time - self._held_since
        if not outcome.success:
            outcome.phase = HOLD if near else REACH
            if signals[HELD] >= settings.hold_s:
                outcome.success, outcome.phase, self._reached_at = True, REACHED, time
        outcome.done = time >= settings.time_limit_s or (
            outcome.success and time >= self._reached_at + settings.linger_s
        )
        return outcome

    def shapes(self) -> tuple[SceneShape, ...]:
        """Table, pad, needle, and the ghost that marks the goal."""
        radius = self.settings.goal_radius_m
        return (
            *(SceneShape(WORLD, part) for part in self.settings.scenery),
            SceneShape(WORLD, self.settings.pad),
            SceneShape("needle", self.settings.needle.shape("needle")),
            SceneShape(TARGET, Sphere(material="ghost", radius_m=radius)),
        )

    def _mark_target(self) -> None:
        """The pose in which jaws would take the needle: across the wire, pointing down."""
        grasp_pose(self._pose, self._grasp_point, self._grasp_tangent, self._tip_start, self._outcome.target)


@kernel
def _measure(tip: Vector, target: Vector, needle: Vector, start: Vector, signals: Vector) -> None:
    """Write distance and turn of the tip from the target, and how far the needle moved, into the signals."""
    gap, moved, cos = 0.0, 0.0, 0.0
    for i in range(3):
        gap += (tip[i] - target[i]) ** 2
        moved += (needle[i] - start[i]) ** 2
    for i in range(3, 7):
        cos += tip[i] * target[i]
    signals[DISTANCE], signals[MOVED] = np.sqrt(gap), np.sqrt(moved)
    signals[TURN] = 2.0 * np.arccos(min(1.0, abs(cos)))


def build(name: str, settings: Settings, world: BulletWorld, tip_starts: Vector) -> NeedleReach:
    """Make the task from its settings."""
    return NeedleReach(name, settings, world, tip_starts)
