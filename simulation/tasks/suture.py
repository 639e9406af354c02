"""Suture: a needle through marked entry and exit holes of a tissue pad, driven along its curve and drawn out whole."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from msgspec import Meta

from robotics.config import Config
from robotics.contracts import POSE_SIZE, Outcome, Signal, Vector
from robotics.shape_config import Cylinder, NotNegative, Pad, Pair, Positive, Sphere, Triple
from simulation.fresh_contacts import FreshContacts
from simulation.grasping import ArmBodies, GraspWatch
from simulation.needle import NeedleConfig
from simulation.needle_track import NeedleTrack, Suturable
from simulation.props import turned
from simulation.scenery import TARGET, WORLD, SceneShape
from simulation.tasks.registry import TaskSettings
from simulation.tasks.suture_guide import DONE, PHASES, SutureGuide
from simulation.tasks.suture_plan import Plan
from simulation.tasks.suture_station import AT_M, Stand
from simulation.tissue import Tissue, TissuePad
from simulation.world import BulletWorld

DISTANCE, PASSED, HELD, PINCH, PRESSING, TISSUE_FORCE, DEPTH, ENTRY, EXIT, ARC, TEARS, MISSED, DROPPED, CRUSHED = range(
    14
)
"""Places of the signals."""

_MARK_M = 0.0012
_POINT_M = 0.002  # of the needle that PyBullet lets through: the tissue's own law acts on it


class Marks(Config, frozen=True, kw_only=True):
    """Where one pass goes in and where it comes out, in world's x and y [m]; about a half circle's chord apart."""

    entry_m: Pair
    exit_m: Pair


class Settings(TaskSettings, frozen=True, kw_only=True):
    """Settings of a suture.

    Attributes:
        pad: The tissue, in world.
        tissue: Its contact.
        suturable: How it answers the needle.
        needle: The needle, a half circle.
        start_m: Where the needle lies, in world.
        spread_m: It is drawn within plus or minus this of there, in x and y.
        turn_deg: Its direction within plus or minus this of ``start_turn_deg`` [deg].
        start_turn_deg: See there.
        passes: The marks, in the order in which they are to be passed.
        marks_spread_m: All marks are drawn together within plus or minus this, in x and y.
        tilt_deg: How far the needle's plane leans towards the instrument, for its shaft to clear the tissue [deg].
        head_share: Where the needle is taken once its point has come out, as a share of the arc.
        depth_m: How far the jaws' point goes beyond the wire [m].
        open_grip: Grip around the needle before it is taken.
        lift_m: How high it is lifted [m].
        hold_s: How long it has to be held clear of the tissue in the end [s].
        linger_s: How long the episode goes on after success [s].
    """

    pad: Pad
    tissue: Tissue
    suturable: Suturable
    needle: NeedleConfig
    start_m: Triple
    spread_m: tuple[NotNegative, NotNegative]
    turn_deg: Annotated[float, Meta(ge=0, le=180)]
    start_turn_deg: Annotated[float, Meta(ge=-360, le=360)]
    passes: Annotated[tuple[Marks, ...], Meta(min_length=1)]
    marks_spread_m: tuple[NotNegative, NotNegative]
    tilt_deg: Annotated[float, Meta(ge=-80, le=80)]
    head_share: Annotated[float, Meta(gt=0, lt=1)]
    depth_m: NotNegative
    open_grip: Annotated[float, Meta(ge=0, le=1)]
    lift_m: Positive
    hold_s: Annotated[float, Meta(ge=0, le=60)]
    linger_s: Annotated[float, Meta(ge=0, le=10)] = 0.5

    thresholds = (*TaskSettings.thresholds, "hold_s")
    step_radius_m = AT_M

    def __post_init__(self) -> None:
        for index, marks in enumerate(self.passes):
            if not 0.0 < math.dist(marks.entry_m, marks.exit_m) < 2.0 * self.needle.radius_m:
                raise ValueError(f"passes[{index}].exit_m: must be nearer to its entry than the needle is wide")


class Suture:
    """A needle and the marks that it has to pass.

    Judged by physics alone: a pass counts where the point went in and came out within the goal radius of its marks,
    the needle was drawn out whole by the exit, and its channel did not tear. Any other passage counts as missed, and
    has to be done again. In the end the needle has to be held clear of the tissue.

    Args:
        name: Name of the task.
        settings: Its settings.
        world: The world, connected before `reset`.
        tip_starts: Where each arm's tip starts in world, shape (arms, 7).
    """

    objects = ("needle", "marks")
    phases = PHASES
    signals = (
        Signal("distance", "m"),
        Signal("passed", ""),
        Signal("held", ""),
        Signal("pinch", "N"),
        Signal("pressing", "N"),
        Signal("tissue_force", "N"),
        Signal("depth", "m"),
        Signal("entry_error", "m"),
        Signal("exit_error", "m"),
        Signal("arc_error", "m"),
        Signal("tears", ""),
        Signal("missed", ""),
        Signal("dropped", ""),
        Signal("crushed", ""),
    )

    def __init__(self, name: str, settings: Settings, world: BulletWorld, tip_starts: Vector) -> None:
        self.name, self.settings, self._world = name, settings, world
        self._needle, self._poses = -1, np.zeros((2, POSE_SIZE))
        self._pose: Vector = self._poses[0]
        self._shift: Vector = np.zeros(2)
        self._arms: tuple[ArmBodies, ...] = ()
        self._outcome = Outcome(np.zeros(len(self.signals)), np.array(tip_starts[0], dtype=float), 0, False, False)
        self._start = np.array(tip_starts[0], dtype=float)
        self._marks = np.zeros((len(settings.passes), 2, 3))

    def reset(self, rng: np.random.Generator) -> None:
        """Lay the needle onto the pad, draw where the marks are, and let it come to rest."""
        client, settings = self._world.client, self.settings
        needle, top = settings.needle, settings.pad.xyz_m[2]
        self._pad = TissuePad(client, settings.pad, settings.tissue)
        place = np.array(settings.start_m)
        place[:2] += [rng.uniform(-half, half) for half in settings.spread_m]
        yaw = math.radians(settings.start_turn_deg + rng.uniform(-settings.turn_deg, settings.turn_deg))
        shift = self._shift = np.array([rng.uniform(-half, half) for half in settings.marks_spread_m])
        for i, marks in enumerate(settings.passes):
            self._marks[i, 0, :2], self._marks[i, 1, :2] = marks.entry_m + shift, marks.exit_m + shift
            self._marks[i, :, 2] = top
        self._needle = needle.load(client, place, turned(yaw), _POINT_M)
        self.track = NeedleTrack(self._world, needle, self._needle, settings.pad, self._pad.body, settings.suturable)
        self._world.push(self.track.apply)
        self._world.push(FreshContacts(client, self._needle).apply)
        for _ in range(round(0.3 / self._world.settings.physics_period_s)):
            self._world.step()
        self.observe(self._poses)
        self._watch = GraspWatch(client, self._needle, needle.crush_n)
        self._guide = SutureGuide(
            needle.arc_rad,
            needle.radius_m,
            needle.grasp_share,
            settings.head_share,
            settings.depth_m,
            settings.open_grip,
            settings.lift_m,
            np.array(settings.start_m),
        )
        self._passed = self._missed = self._dropped = self._passages = self._tears = 0
        self._aloft = self._falling = self._inside = False
        self._clear_since = self._reached_at = math.nan
        self._guide.begin(self._plan())
        outcome = self._outcome
        outcome.target[:] = self._start
        outcome.signals[:], outcome.phase, outcome.success, outcome.done = 0.0, 0, False, False
        outcome.signals[[ENTRY, EXIT, ARC]] = math.nan

    def attach(self, arms: tuple[ArmBodies, ...]) -> None:
        """Learn which bodies are arms."""
        self._arms = arms

    def observe(self, poses: Vector) -> None:
        """Write the needle's pose in world, and that of all marks together, into ``poses``, shape (2, 7)."""
        self.settings.needle.pose(self._world.client, self._needle, poses[0])
        poses[1] = (*self._shift, self.settings.pad.xyz_m[2], 1.0, 0.0, 0.0, 0.0)

    def step(self, tick: np.void) -> Outcome:
        """Judge a tick, and say what comes next."""
        outcome, settings, time = self._outcome, self.settings, float(tick["time"])
        signals, tip, track = outcome.signals, tick["arms"][0]["tip"], self.track
        self._pose[:] = tick["objects"][0]
        self._watch.look(self._arms, time)
        held = self._watch.holder >= 0
        now = Stand(time, tip, self._pose, held, self._watch.supported, track.inside, track.emerged, track.protruding_m)
        self._follow_pass(now)
        self._follow_fall()
        self._guide.step(now, outcome)
        signals[DISTANCE] = math.sqrt(float(np.sum((tip[:3] - outcome.target[:3]) ** 2)))
        signals[PASSED], signals[MISSED] = self._passed, self._missed
        signals[HELD], signals[PINCH] = held, self._watch.pinch_n
        signals[PRESSING] = self._pad.pressing(self._arms)
        signals[TISSUE_FORCE], signals[DEPTH] = track.force_n, track.depth_m
        signals[TEARS], signals[DROPPED], signals[CRUSHED] = track.tears, self._dropped, self._watch.crushed
        self._judge(time, held and not track.inside and not self._watch.supported)
        lost = self._pose[2] < settings.pad.xyz_m[2] - 0.5 * settings.pad.size_m[2] and not track.inside
        outcome.done = (
            lost or time >= settings.time_limit_s or (outcome.success and time >= self._reached_at + settings.linger_s)
        )
        return outcome

    def shapes(self) -> tuple[SceneShape, ...]:
        """Table, pad, needle, the marks, and the ghost that says where the tip should go."""
        settings = self.settings
        return (
            *(SceneShape(WORLD, part) for part in settings.scenery),
            SceneShape(WORLD, settings.pad),
            *(SceneShape("marks", _mark(marks.entry_m, "suture")) for marks in settings.passes),
            *(SceneShape("marks", _mark(marks.exit_m, "anodised")) for marks in settings.passes),
            SceneShape("needle", settings.needle.shape("needle")),
            SceneShape(TARGET, Sphere(material="ghost", radius_m=0.0008)),
        )

    def _plan(self) -> Plan:
        entry, exit_ = self._marks[min(self._passed, len(self._marks) - 1)]
        return Plan.through(entry, exit_, self.settings.needle.radius_m, math.radians(self.settings.tilt_deg))

    def _follow_pass(self, now: Stand) -> None:
        """What the needle is doing in the tissue, and what came of it once it has left."""
        signals, track = self._outcome.signals, self.track
        if track.inside:
            entry, exit_ = self._marks[min(self._passed, len(self._marks) - 1)]
            if not self._inside:
                self._inside, self._tears = True, track.tears
                signals[ENTRY], signals[EXIT], signals[ARC] = _apart(track.entry, entry), math.nan, 0.0
            if track.emerged and math.isnan(signals[EXIT]):
                signals[EXIT] = _apart(track.exit, exit_)
            signals[ARC] = max(signals[ARC], track.aside_m)
        elif self._inside:
            self._inside = False
            if track.passages == self._passages:
                return  # drawn back: nothing but a hole more
            self._passages = track.passages
            radius = self.settings.goal_radius_m
            if signals[ENTRY] <= radius and signals[EXIT] <= radius and track.tears == self._tears:
                self._passed += 1
            else:
                self._missed += 1
            if self._passed < len(self._marks):
                self._guide.begin(self._plan(), now)

    def _follow_fall(self) -> None:
        """Count a needle that left the jaws in the air."""
        held, supported = self._watch.holder >= 0, self._watch.supported or self.track.inside
        if held:
            self._aloft, self._falling = not supported, False
        elif self._aloft:
            self._aloft, self._falling = False, True
        if self._falling and supported:
            self._falling = False
            self._dropped += 1

    def _judge(self, time: float, clear: bool) -> None:
        outcome = self._outcome
        if outcome.success:
            outcome.phase = DONE
            return
        if not clear or self._passed < len(self._marks):
            self._clear_since = math.nan
        elif math.isnan(self._clear_since):
            self._clear_since = time
        if time - self._clear_since >= self.settings.hold_s:
            outcome.success, outcome.phase, self._reached_at = True, DONE, time


def _apart(a: Vector, b: Vector) -> float:
    """Distance of two places on the surface [m]."""
    return math.hypot(a[0] - b[0], a[1] - b[1])


def _mark(place: Pair, material: str) -> Cylinder:
    return Cylinder(material=material, radius_m=_MARK_M, length_m=0.0008, xyz_m=(*place, -0.0002))


def build(name: str, settings: Settings, world: BulletWorld, tip_starts: Vector) -> Suture:
    """Make the task from its settings."""
    return Suture(name, settings, world, tip_starts)
