"""Needle reach: bring the tip to a needle that lies on tissue, and hold it there without pressing."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pybullet as pb
from msgspec import Meta

from robotics.config import Config
from robotics.contracts import POSE_SIZE, Outcome, Signal, Vector
from robotics.kernels.compiled import kernel
from robotics.kernels.rotation import matrix_from_pose, matrix_from_quaternion, quaternion_from_matrix
from robotics.shape_config import NotNegative, Pad, Sphere
from simulation.needle import NeedleConfig
from simulation.scenery import TARGET, WORLD, SceneShape
from simulation.tasks.registry import TaskSettings
from simulation.world import BulletWorld

REACH, HOLD, REACHED = 0, 1, 2
"""Phases."""

DISTANCE, HELD, PRESSING, TURN, MOVED = range(5)
"""Places of the signals."""


class Tissue(Config, frozen=True, kw_only=True):
    """How the pad answers a touch.

    Attributes:
        stiffness_n_m: Contact stiffness under a tip [N/m].
        damping_n_s_m: Contact damping [N s/m].
        friction: Of steel on it.
    """

    stiffness_n_m: Annotated[float, Meta(gt=0)]
    damping_n_s_m: Annotated[float, Meta(ge=0)]
    friction: Annotated[float, Meta(ge=0, le=2)]


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


class NeedleReach:
    """The tip must come within the goal radius of the needle's grasping point and stay for a while.

    Judged by physics alone: where the simulated joints have the tip, where the simulated needle lies, and what force
    the pad feels.

    Args:
        name: Name of the task.
        settings: Its settings.
        world: The world, connected before `reset`.
        tip_start: Where the tip starts in world, shape (7,); the target is turned the nearer way round.
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

    def __init__(self, name: str, settings: Settings, world: BulletWorld, tip_start: Vector) -> None:
        self.name, self.settings, self._world = name, settings, world
        self._tip_start = np.array(tip_start, dtype=float)
        self._grasp_point, self._grasp_tangent = settings.needle.point_on_arc(settings.needle.grasp_share)
        self._pad = self._needle = -1
        self._others: list[int] = []
        self._pose, self._start = np.zeros(POSE_SIZE), np.zeros(POSE_SIZE)
        self._outcome = Outcome(np.zeros(len(self.signals)), np.full(POSE_SIZE, np.nan), REACH, False, False)
        self._held_since = self._reached_at = np.nan

    def reset(self, rng: np.random.Generator) -> None:
        """Lay the needle onto the pad, let it come to rest, and mark where it is to be grasped."""
        client, settings = self._world.client, self.settings
        self._others.clear()
        self._lay_pad()
        x, y = (rng.uniform(-half, half) for half in settings.area_m)
        turn = np.radians(rng.uniform(-settings.turn_deg, settings.turn_deg))
        top = settings.pad.xyz_m[2]
        place = np.array(
            [settings.pad.xyz_m[0] + x, settings.pad.xyz_m[1] + y, top + 1.2 * settings.needle.wire_radius_m]
        )
        quat = np.array([np.cos(0.5 * turn), 0.0, 0.0, np.sin(0.5 * turn)])
        self._needle = settings.needle.load(client, place, quat)
        for _ in range(round(0.3 / self._world.settings.physics_period_s)):
            client.stepSimulation()
        self.observe(self._pose[None, :])
        self._start[:] = self._pose
        self._mark_target()
        outcome = self._outcome
        outcome.signals[:], outcome.phase, outcome.success, outcome.done = 0.0, REACH, False, False
        self._held_since = self._reached_at = np.nan

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
        signals[PRESSING] = self._force_on_pad()
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

    def _lay_pad(self) -> None:
        client, pad, tissue = self._world.client, self.settings.pad, self.settings.tissue
        half = [0.5 * size for size in pad.size_m]
        shape = client.createCollisionShape(pb.GEOM_BOX, halfExtents=half)
        middle = [pad.xyz_m[0], pad.xyz_m[1], pad.xyz_m[2] - half[2]]
        self._pad = client.createMultiBody(baseMass=0.0, baseCollisionShapeIndex=shape, basePosition=middle)
        client.changeDynamics(
            self._pad,
            -1,
            lateralFriction=tissue.friction,
            contactStiffness=tissue.stiffness_n_m,
            contactDamping=tissue.damping_n_s_m,
        )

    def _mark_target(self) -> None:
        """The pose in which jaws would take the needle: across the wire, pointing down."""
        _grasp(self._pose, self._grasp_point, self._grasp_tangent, self._tip_start, self._outcome.target)

    def _force_on_pad(self) -> float:
        """Normal force of everything but the needle on the pad [N]."""
        client = self._world.client
        if not self._others:  # the arms come after the scene
            self._others = [body for body in range(client.getNumBodies()) if body not in (self._pad, self._needle)]
        force = 0.0
        for body in self._others:
            for contact in client.getContactPoints(self._pad, body):
                force += contact[9]
        return force


@kernel
def _grasp(needle: Vector, point: Vector, tangent: Vector, tip_start: Vector, target: Vector) -> None:
    """Where jaws take the needle, in world.

    Args:
        needle: Pose of the needle, shape (7,).
        point: Where it is to be grasped, in its frame, shape (3,).
        tangent: The wire's direction there, shape (3,).
        tip_start: Where the tip starts, shape (7,); of the two ways round, the one nearer to it is taken.
        target: Result, shape (7,): z points down, x lies along the wire.
    """
    T, R = np.empty((4, 4)), np.empty((3, 3))
    matrix_from_pose(needle, T)
    for i in range(3):
        target[i] = T[i, 3] + T[i, 0] * point[0] + T[i, 1] * point[1] + T[i, 2] * point[2]
    x = T[0, 0] * tangent[0] + T[0, 1] * tangent[1] + T[0, 2] * tangent[2]
    y = T[1, 0] * tangent[0] + T[1, 1] * tangent[1] + T[1, 2] * tangent[2]
    length = np.sqrt(x * x + y * y)
    matrix_from_quaternion(tip_start[3:], R)
    if x * R[0, 0] + y * R[1, 0] < 0.0:
        length = -length
    x, y = x / length, y / length
    # Columns: along the wire, across it, down.
    R[0, 0], R[1, 0], R[2, 0] = x, y, 0.0
    R[0, 1], R[1, 1], R[2, 1] = y, -x, 0.0
    R[0, 2], R[1, 2], R[2, 2] = 0.0, 0.0, -1.0
    quaternion_from_matrix(R, target[3:])


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


def build(name: str, settings: Settings, world: BulletWorld, tip_start: Vector) -> NeedleReach:
    """Make the task from its settings."""
    return NeedleReach(name, settings, world, tip_start)
