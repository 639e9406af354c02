"""Transfer: take things by friction between two jaws, carry them, and put each where it belongs."""

from __future__ import annotations

import math
from typing import Annotated, Any

import numpy as np
from msgspec import Meta

from robotics.config import Config
from robotics.contracts import POSE_SIZE, Outcome, Signal, Vector
from robotics.shape_config import NotNegative, Pad, Positive, Shape, Sphere, Triple
from simulation.grasping import ArmBodies, GraspWatch
from simulation.needle import NeedleConfig
from simulation.props import PropConfig, load_parts, turned
from simulation.scenery import TARGET, WORLD, SceneShape
from simulation.tasks.registry import TaskSettings
from simulation.tasks.transfer_guide import AT_M, PHASES, Choice, Guide, Stand, TransferGuide
from simulation.tissue import Tissue, TissuePad
from simulation.world import BulletWorld

DISTANCE, PLACED, HELD, PINCH, PRESSING, DROPPED, CRUSHED = range(7)
"""Places of the signals."""

_SETTLED_S = 0.3
"""How long a thing must lie where it belongs, let go, before it counts [s]."""

_LOOK_TICKS = 20
"""Ticks between two looks at the things that nobody holds."""


class Spot(Config, frozen=True, kw_only=True):
    """Where a thing starts or belongs.

    Attributes:
        xyz_m: Where its frame is to be, in world.
        spread_m: It is drawn within plus or minus this of there, in x and y.
    """

    xyz_m: Triple
    spread_m: tuple[NotNegative, NotNegative] = (0.0, 0.0)


class Settings(TaskSettings, frozen=True, kw_only=True):
    """Settings of a transfer.

    Attributes:
        pad: What everything lies on, in world.
        pad_seen: Whether it looks like tissue; a board is drawn by the scenery instead.
        tissue: Its contact.
        fixtures: What stands fast and may be touched, in world.
        prop: The thing that is moved, as many times as there are starts; this or ``needle``.
        needle: The needle that is moved; this or ``prop``.
        starts: Where they start.
        goals: Where they belong, as many; any thing may go to any goal.
        heading_deg: A thing's first direction, a turn about the vertical [deg].
        turn_deg: It is drawn within plus or minus this of there [deg].
        height_tolerance_m: How far from a goal's height still counts [m].
        carry_m: Height at which the tip carries things, in world [m].
        open_grip: Grip with which the jaws are opened around a thing: not wider than its surroundings allow.
        full_grip: Grip with which it is held.
        depth_m: How far below a thing's grasp the jaws' point goes [m].
        release: Whether a thing has to be let go at its goal; else it has to be held there.
        hold_s: How long it has to be held there [s].
        linger_s: How long the episode goes on after success [s].
    """

    pad: Pad
    pad_seen: bool = True
    tissue: Tissue
    fixtures: tuple[Shape, ...] = ()
    prop: PropConfig | None = None
    needle: NeedleConfig | None = None
    starts: Annotated[tuple[Spot, ...], Meta(min_length=1)]
    goals: Annotated[tuple[Spot, ...], Meta(min_length=1)]
    heading_deg: Annotated[float, Meta(ge=-180, le=180)] = 0.0
    turn_deg: Annotated[float, Meta(ge=0, le=180)]
    height_tolerance_m: Positive
    carry_m: Positive
    open_grip: Annotated[float, Meta(ge=0, le=1)] = 0.0
    full_grip: Annotated[float, Meta(gt=0, le=1)] = 1.0
    depth_m: NotNegative = 0.0
    release: bool = True
    hold_s: Annotated[float, Meta(ge=0, le=60)] = 0.5
    linger_s: Annotated[float, Meta(ge=0, le=10)] = 0.5

    thresholds = (*TaskSettings.thresholds, "height_tolerance_m", "hold_s")
    step_radius_m = AT_M

    def __post_init__(self) -> None:
        if (self.prop is None) == (self.needle is None):
            raise ValueError("prop: give either prop or needle")
        if len(self.starts) != len(self.goals):
            raise ValueError(f"goals: has {len(self.goals)} rows for {len(self.starts)} starts")

    @property
    def passed_by(self) -> dict[str, Any]:
        """See `TaskSettings.passed_by`: what is let go at its goal need not be held there."""
        return {name: value for name, value in super().passed_by.items() if name != "hold_s" or not self.release}

    @property
    def thing(self) -> PropConfig | NeedleConfig:
        """What is moved."""
        thing = self.prop or self.needle
        assert thing is not None  # refused above
        return thing


class Transfer:
    """Things, where they belong, and what became of them on the way.

    Judged by physics alone: a thing is held where both jaws of an arm touch it, it is dropped where it leaves them in
    the air and comes down elsewhere than where it belongs, it is crushed where it is pinched harder than it bears. The
    episode ends where a thing falls off the pad.

    Args:
        name: Name of the task.
        settings: Its settings.
        world: The world, connected before `reset`.
        tip_starts: Where each arm's tip starts in world, shape (arms, 7); things are taken the nearer way round.
    """

    phases: tuple[str, ...] = PHASES
    signals: tuple[Signal, ...] = (
        Signal("distance", "m"),
        Signal("placed", ""),
        Signal("held", ""),
        Signal("pinch", "N"),
        Signal("pressing", "N"),
        Signal("dropped", ""),
        Signal("crushed", ""),
    )

    def __init__(self, name: str, settings: Settings, world: BulletWorld, tip_starts: Vector) -> None:
        self.name, self.settings, self._world = name, settings, world
        n = len(settings.starts)
        self.objects = tuple(f"thing{i + 1}" for i in range(n))
        self._tip_starts = np.array(tip_starts, dtype=float)
        self._poses, self._goals = np.zeros((n, POSE_SIZE)), np.zeros((n, 3))
        self._outcome = Outcome(np.zeros(len(self.signals)), np.full(POSE_SIZE, np.nan), 0, False, False)
        self._arms: tuple[ArmBodies, ...] = ()
        self._bodies: list[int] = []
        self._watches: list[GraspWatch] = []

    def reset(self, rng: np.random.Generator) -> None:
        """Lay everything out, drawn from ``rng``, and let it come to rest."""
        client, settings = self._world.client, self.settings
        dt = self._world.settings.physics_period_s
        self._pad = TissuePad(client, settings.pad, settings.tissue)
        if settings.fixtures:
            load_parts(client, settings.fixtures, 0.0, np.zeros(3), turned(0.0))
        self._bodies = []
        for start in settings.starts:
            yaw = math.radians(settings.heading_deg + rng.uniform(-settings.turn_deg, settings.turn_deg))
            self._bodies.append(settings.thing.load(client, self._drawn(start, rng), turned(yaw)))
        self._goals[:] = [self._drawn(goal, rng) for goal in settings.goals]
        for _ in range(round(0.3 / dt)):
            self._world.step()
        self.observe(self._poses)
        self._watches = [GraspWatch(client, body, settings.thing.crush_n) for body in self._bodies]
        self._guide = self._new_guide()
        self._active, self._ticks, self._at_goal_since = 0, 0, math.nan
        self._at = [-1] * len(self._bodies)  # the goal that each thing has come to lie at, or -1
        self._lying_since = np.full(len(self._bodies), math.nan)
        self._aloft, self._falling, self._dropped = False, False, 0
        self._reached_at = math.nan
        outcome = self._outcome
        outcome.signals[:], outcome.phase, outcome.success, outcome.done = 0.0, 0, False, False

    def _drawn(self, spot: Spot, rng: np.random.Generator) -> Vector:
        """Where a thing is laid, or belongs, in this episode, shape (3,)."""
        place = np.array(spot.xyz_m)
        place[:2] += [rng.uniform(-half, half) for half in spot.spread_m]
        return place

    def attach(self, arms: tuple[ArmBodies, ...]) -> None:
        """Learn which bodies are arms."""
        self._arms = arms

    def observe(self, poses: Vector) -> None:
        """Write the things' poses in world into ``poses``, shape (objects, 7)."""
        client, thing = self._world.client, self.settings.thing
        for body, pose in zip(self._bodies, poses, strict=True):
            thing.pose(client, body, pose)

    def step(self, tick: np.void) -> Outcome:
        """Judge a tick, and say what comes next."""
        outcome, settings, time = self._outcome, self.settings, float(tick["time"])
        self._poses[:] = tick["objects"][: len(self._poses)]  # others may lie about
        self._look(time)
        self._advise(time, tick["arms"])
        watch, tip, signals = self._watches[self._active], tick["arms"][outcome.arm]["tip"], outcome.signals
        signals[DISTANCE] = math.sqrt(float(np.sum((tip[:3] - outcome.target[:3]) ** 2)))
        signals[PLACED] = self._placed(time)
        signals[HELD], signals[PINCH] = self._holders(watch), watch.pinch_n
        signals[PRESSING] = self._pad.pressing(self._arms)
        signals[DROPPED], signals[CRUSHED] = self._dropped, sum(w.crushed for w in self._watches)
        if not outcome.success and signals[PLACED] == len(self._bodies):
            outcome.success, self._reached_at = True, time
        if outcome.success:
            outcome.phase = len(self.phases) - 1
        lost = self._poses[:, 2].min() < settings.pad.xyz_m[2] - 0.5 * settings.pad.size_m[2]
        outcome.done = (
            lost or time >= settings.time_limit_s or (outcome.success and time >= self._reached_at + settings.linger_s)
        )
        return outcome

    def goals(self) -> tuple[Vector, Vector]:
        """Where the things are and where they belong, each shape (3 things,) [m]."""
        return self._poses[:, :3].ravel(), self._goals.ravel()

    def progress(self) -> float:
        """Share of the things that are where they belong; the one at hand counts by its phase."""
        under_way = self._outcome.phase / max(len(self.phases) - 1, 1)
        return min((float(self._outcome.signals[PLACED]) + under_way) / len(self._bodies), 1.0)

    def shapes(self) -> tuple[SceneShape, ...]:
        """Table, pad, fixtures, things, and the ghost that marks where the tip should go."""
        settings = self.settings
        return (
            *(
                SceneShape(WORLD, part)
                for part in (*settings.scenery, *((settings.pad,) if settings.pad_seen else ()), *settings.fixtures)
            ),
            *(SceneShape(name, part) for name in self.objects for part in settings.thing.shapes()),
            SceneShape(TARGET, Sphere(material="ghost", radius_m=0.4 * settings.goal_radius_m)),
        )

    def _new_guide(self) -> Guide:
        """What leads through the lesson; called once everything lies."""
        self._one_arm = self._arm_guide(0)
        return self._one_arm

    def _arm_guide(self, arm: int, choose: Choice | None = None) -> TransferGuide:
        settings = self.settings
        return TransferGuide(
            settings.thing.grasps,
            self._tip_starts[arm],
            settings.carry_m,
            settings.open_grip,
            settings.full_grip,
            settings.depth_m,
            choose,
        )

    def _advise(self, time: float, arms: np.void) -> None:
        """Write into the outcome what a good operator would do next with the thing at hand."""
        tip, held = arms[0]["tip"], self._watches[self._active].holder >= 0
        goal = self._goal_of_active()
        now = Stand(time, tip, self._poses[self._active], goal, held, self.settings.release, pressed(arms[0]))
        self._one_arm.step(now, self._outcome)

    def _holders(self, watch: GraspWatch) -> int:
        """How many arms hold a thing."""
        return int(watch.holder >= 0)

    def _see(self, i: int, time: float) -> None:
        """See what touches a thing."""
        self._watches[i].look(self._arms, time)

    def _lies(self, i: int) -> bool:
        """Whether a thing lies, let go, and counts where it belongs there."""
        watch = self._watches[i]
        return watch.holder < 0 and watch.supported

    def _held_up(self, i: int) -> bool:
        """Whether a thing is held in the air, and counts where it belongs there."""
        watch = self._watches[i]
        return watch.holder >= 0 and not watch.supported

    def _look(self, time: float) -> None:
        """See what became of the things: the one at hand every tick, the others now and then."""
        self._ticks += 1
        if self._ticks % _LOOK_TICKS == 1:
            for i in range(len(self._watches)):
                self._see(i, time)
                self._settle(i, time)
            self._choose()
        else:
            self._see(self._active, time)
        self._follow_fall(self._watches[self._active])

    def _choose(self) -> None:
        """Turn to what is held, stay with what is under way, else take the next that is not where it belongs."""
        for i, watch in enumerate(self._watches):
            if watch.holder >= 0 and i != self._active and self._watches[self._active].holder < 0:
                self._active = i
                return
        if self._at[self._active] >= 0 and -1 in self._at and self._guide.away:
            self._active = self._at.index(-1)
            self._guide.begin()

    def _settle(self, i: int, time: float) -> None:
        goal = self._near_goal(i) if self._lies(i) else -1
        if goal < 0:
            self._lying_since[i], self._at[i] = math.nan, -1
        elif math.isnan(self._lying_since[i]):
            self._lying_since[i] = time
        else:
            self._at[i] = goal if time - self._lying_since[i] >= _SETTLED_S else -1

    def _near_goal(self, i: int) -> int:
        """The goal that a thing lies at, or -1."""
        gap = np.abs(self._goals - self._poses[i, :3])
        near = (np.hypot(gap[:, 0], gap[:, 1]) < self.settings.goal_radius_m) & (
            gap[:, 2] < self.settings.height_tolerance_m
        )
        return int(np.argmax(near)) if near.any() else -1

    def _follow_fall(self, watch: GraspWatch) -> None:
        """Count a thing that left the jaws in the air and came down elsewhere than where it belongs."""
        if watch.holder >= 0:
            self._aloft, self._falling = not watch.supported, False
        elif self._aloft:
            self._aloft, self._falling = False, True
        if self._falling and watch.supported and watch.holder < 0:
            self._falling = False
            if self.settings.release and self._near_goal(self._active) >= 0:
                return
            self._dropped += 1

    def _goal_of_active(self) -> Vector:
        """Where the thing at hand belongs: its own goal, or the first free one where another thing lies there."""
        taken = {goal for i, goal in enumerate(self._at) if i != self._active}
        free = [g for g in range(len(self._goals)) if g not in taken]
        goal: Vector = self._goals[free[0] if self._active in taken and free else self._active]
        return goal

    def _placed(self, time: float) -> int:
        """How many things are where they belong."""
        if self.settings.release:
            return len(set(self._at) - {-1})
        there = self._held_up(self._active) and self._near_goal(self._active) >= 0
        if not there:
            self._at_goal_since = math.nan
        elif math.isnan(self._at_goal_since):
            self._at_goal_since = time
        return int(there and time - self._at_goal_since >= self.settings.hold_s) or int(self._outcome.success)


def build(name: str, settings: Settings, world: BulletWorld, tip_starts: Vector) -> Transfer:
    """Make the task from its settings."""
    return Transfer(name, settings, world, tip_starts)


def pressed(arm: np.void) -> float:
    """Contact force on an arm's tip, from its part of a tick record [N]."""
    x, y, z = arm["wrench"][:3].tolist()
    return math.sqrt(x * x + y * y + z * z)
