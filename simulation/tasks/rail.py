"""Rail: take a ring that hangs on a bent wire by its tab, and guide it along without touching the wire."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from msgspec import Meta

from robotics.contracts import POSE_SIZE, Outcome, Signal, Vector
from robotics.shape_config import Cylinder, Pad, Positive, Sphere
from simulation.grasping import ArmBodies, GraspWatch
from simulation.props import PropConfig, load_parts, turned
from simulation.scenery import TARGET, WORLD, SceneShape
from simulation.tasks.rail_guide import AT_M, DONE, PHASES, RailGuide, Stand
from simulation.tasks.registry import TaskSettings
from simulation.tissue import Tissue, TissuePad
from simulation.wire import Wire, WireConfig
from simulation.world import BulletWorld

DISTANCE, ALONG, CENTRING, TOUCHES, TOUCH_TIME, TOUCHING, TOUCHED_AT, HELD, PINCH, DROPPED = range(10)
"""Places of the signals."""

_APART_S = 0.1
"""A touch goes on over gaps in the contact shorter than this; ours [s]."""

_POSTS = ("post1", "post2")


class Settings(TaskSettings, frozen=True, kw_only=True):
    """Settings of a ring on a rail; ``goal_radius_m`` is how far its middle may be off the wire, lifted and at the end.

    Attributes:
        pad: The board below, in world.
        tissue: Its contact.
        wire: The wire.
        post_radius_m: Of the posts under its ends.
        ring: The ring; its axis is x of its frame, its middle the frame's origin, z up where it hangs.
        inner_m: Distance of its walls' inner faces from its middle.
        start_m: Where it hangs at the start, along the wire.
        end_m: How far before the wire's end the end zone begins.
        open_grip: Grip with which the jaws are opened around the tab.
        max_touches: Touches of the wire with which it still counts as done.
        max_touch_s: Time of all touches together up to which it does [s].
        hold_s: How long the ring has to be held in the end zone, clear of everything [s].
        linger_s: How long the episode goes on after that [s].
    """

    pad: Pad
    tissue: Tissue
    wire: WireConfig
    post_radius_m: Positive
    ring: PropConfig
    inner_m: Positive
    start_m: Positive
    end_m: Positive
    open_grip: Annotated[float, Meta(ge=0, le=1)] = 0.0
    max_touches: Annotated[int, Meta(ge=0, le=100)]
    max_touch_s: Annotated[float, Meta(ge=0, le=60)]
    hold_s: Annotated[float, Meta(gt=0, le=60)]
    linger_s: Annotated[float, Meta(ge=0, le=10)] = 0.5

    thresholds = (*TaskSettings.thresholds, "max_touches", "max_touch_s", "hold_s")
    step_radius_m = AT_M

    def __post_init__(self) -> None:
        if self.start_m + self.end_m >= self.wire.length_m:
            raise ValueError(f"end_m: {self.end_m} leaves nothing between start_m and the end zone")
        if self.inner_m <= self.wire.radius_m:
            raise ValueError(f"inner_m: {self.inner_m} is not wider than the wire of {self.wire.radius_m}")


class Rail:
    """A ring, the wire it hangs on, and what became of it on the way.

    Judged by physics alone. A touch is a contact of the ring with the wire once it has been lifted clear: held,
    touching nothing, its middle within the goal radius of the wire. It counts once for as long as it lasts. The ring is
    dropped where it leaves the jaws after that and comes to hang or lie somewhere. The episode is over when the ring
    has been held in the end zone for a while; it is passed where that took no more touches than allowed, and no drop.

    Args:
        name: Name of the task.
        settings: Its settings.
        world: The world, connected before `reset`.
        tip_starts: Where each arm's tip starts in world, shape (arms, 7).
    """

    phases = PHASES
    signals = (
        Signal("distance", "m"),
        Signal("along", ""),  # share of the way from start to end zone
        Signal("centring", "m"),  # of the ring's middle off the wire, from the first lift on; not a number before
        Signal("touches", ""),
        Signal("touch_time", "s"),
        Signal("touching", "N"),
        Signal("touched_at", ""),  # where the last touch began, as a share of the way; not a number before
        Signal("held", ""),
        Signal("pinch", "N"),
        Signal("dropped", ""),
    )

    def __init__(self, name: str, settings: Settings, world: BulletWorld, tip_starts: Vector) -> None:
        self.name, self.settings, self._world = name, settings, world
        self.objects = ("ring", *(f"wire{i + 1}" for i in range(settings.wire.pieces)), *_POSTS)
        self._tip_start = np.array(tip_starts[0], dtype=float)
        self._outcome = Outcome(np.zeros(len(self.signals)), np.full(POSE_SIZE, np.nan), 0, False, False)
        self._arms: tuple[ArmBodies, ...] = ()
        self._fixed = np.zeros((settings.wire.pieces + len(_POSTS), POSE_SIZE))
        self._ring, self._where, self._tangent = np.zeros(POSE_SIZE), np.zeros(3), np.zeros(3)

    def reset(self, rng: np.random.Generator) -> None:
        """Bend the wire, drawn from ``rng``, hang the ring onto it and let that come to rest."""
        client, settings, outcome = self._world.client, self.settings, self._outcome
        TissuePad(client, settings.pad, settings.tissue)
        self._wire = Wire(client, settings.wire, settings.wire.draw(rng))
        self._fixed[: settings.wire.pieces] = self._wire.poses
        for pose, end in zip(self._fixed[settings.wire.pieces :], self._wire.ends[[0, -1]], strict=True):
            pose[:] = (*end[:2], settings.pad.xyz_m[2], 1.0, 0.0, 0.0, 0.0)
            load_parts(client, (self._post(),), 0.0, pose[:3], turned(0.0))
        self._wire.at(settings.start_m, self._where, self._tangent)
        hanging = self._where - (0.0, 0.0, settings.inner_m - settings.wire.radius_m - 1e-4)
        heading = math.atan2(self._tangent[1], self._tangent[0])
        self._body = settings.ring.load(client, hanging, turned(heading))
        for _ in range(round(0.5 / self._world.settings.physics_period_s)):
            self._world.step()
        self._watch = GraspWatch(client, self._body, settings.ring.crush_n)
        self._end_m = self._wire.length_m - settings.end_m
        grasp = settings.ring.grasps[0]
        self._guide = RailGuide(self._wire, grasp, self._tip_start, self._end_m, settings.open_grip)
        self._lifted = False
        self._touches, self._touch_s, self._dropped, self._last_s = 0, 0.0, 0, 0.0
        self._touched_s, self._touched_at = -math.inf, math.nan
        self._there_since = self._over_at = math.nan
        outcome.signals[:], outcome.phase, outcome.success, outcome.done = 0.0, 0, False, False

    def attach(self, arms: tuple[ArmBodies, ...]) -> None:
        """Learn which bodies are arms."""
        self._arms = arms

    def observe(self, poses: Vector) -> None:
        """Write where ring, wire and posts are in world into ``poses``, shape (objects, 7)."""
        self.settings.ring.pose(self._world.client, self._body, poses[0])
        poses[1:] = self._fixed

    def step(self, tick: np.void) -> Outcome:
        """Judge a tick, and say what comes next."""
        outcome, settings, time = self._outcome, self.settings, float(tick["time"])
        signals, tip, watch = outcome.signals, tick["arms"][0]["tip"], self._watch
        self._ring[:] = tick["objects"][0]
        along = self._wire.nearest(self._ring[:3], self._where, self._tangent)
        off = math.sqrt(float(np.sum((self._ring[:3] - self._where) ** 2)))
        watch.look(self._arms, time)
        held = watch.holder >= 0
        touching = self._wire.pressing(self._body) if watch.supported else 0.0
        share = (along - settings.start_m) / (self._end_m - settings.start_m)
        middle = held and not watch.supported and off <= settings.goal_radius_m
        self._follow(time, held, watch.supported, middle, touching, share)
        self._guide.step(Stand(time, tip, self._ring, along, off, held, not watch.supported), outcome)
        signals[DISTANCE] = math.sqrt(float(np.sum((tip[:3] - outcome.target[:3]) ** 2)))
        signals[ALONG], signals[CENTRING] = share, off if self._lifted else math.nan
        signals[TOUCHES], signals[TOUCH_TIME], signals[TOUCHING] = self._touches, self._touch_s, touching
        signals[TOUCHED_AT] = self._touched_at
        signals[HELD], signals[PINCH], signals[DROPPED] = held, watch.pinch_n, self._dropped
        self._finish(time, middle and along >= self._end_m)
        if not math.isnan(self._over_at):
            outcome.phase = DONE
        lost = self._ring[2] < settings.pad.xyz_m[2] - 0.5 * settings.pad.size_m[2]
        outcome.done = lost or time >= settings.time_limit_s or time >= self._over_at + settings.linger_s
        return outcome

    def shapes(self) -> tuple[SceneShape, ...]:
        """Scenery, ring, wire, posts, and the ghost that marks where the tip should go."""
        settings, wire = self.settings, self.settings.wire
        first = wire.pieces - round(settings.end_m / wire.piece_m)
        return (
            *(SceneShape(WORLD, part) for part in settings.scenery),
            *(SceneShape("ring", part) for part in settings.ring.shapes()),
            *(
                SceneShape(f"wire{i + 1}", wire.shape("anodised" if i >= first else "steel_bright"))
                for i in range(wire.pieces)
            ),
            *(SceneShape(post, self._post()) for post in _POSTS),
            SceneShape(TARGET, Sphere(material="ghost", radius_m=0.0015)),
        )

    def _post(self) -> Cylinder:
        height = self.settings.wire.height_m - self.settings.pad.xyz_m[2]
        return Cylinder(material="peg", radius_m=self.settings.post_radius_m, length_m=height, bevel_m=0.0003)

    def _follow(self, time: float, held: bool, supported: bool, middle: bool, touching: float, share: float) -> None:
        """Count touches of a ring that has been lifted clear, and how often it was dropped after that."""
        if middle:
            self._lifted = True
        elif self._lifted and not held and supported:
            self._lifted, self._dropped = False, self._dropped + 1
        if self._lifted and touching > 0.0:
            if time - self._touched_s > _APART_S:
                self._touches, self._touched_at = self._touches + 1, share
            self._touch_s += time - self._last_s
            self._touched_s = time
        self._last_s = time

    def _finish(self, time: float, there: bool) -> None:
        if not math.isnan(self._over_at):
            return
        if not there:
            self._there_since = math.nan
        elif math.isnan(self._there_since):
            self._there_since = time
        if time - self._there_since >= self.settings.hold_s:
            self._over_at = time
            within = self._touches <= self.settings.max_touches and self._touch_s <= self.settings.max_touch_s
            self._outcome.success = within and self._dropped == 0


def build(name: str, settings: Settings, world: BulletWorld, tip_starts: Vector) -> Rail:
    """Make the task from its settings."""
    return Rail(name, settings, world, tip_starts)
