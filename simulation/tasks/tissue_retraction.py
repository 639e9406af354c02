"""Tissue retraction: take a sheet by its free edge, fold it back to uncover what lies below, and hold it."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from msgspec import Meta

from robotics.contracts import POSE_SIZE, Outcome, Signal, Vector
from robotics.shape_config import Cylinder, NotNegative, Pad, Positive, Sphere, Triple
from simulation.grasping import ArmBodies, grasp_pose
from simulation.props import turned
from simulation.scenery import TARGET, WORLD, SceneShape
from simulation.sheet import Sheet, SheetConfig
from simulation.sheet_coupling import SheetCoupling
from simulation.tasks.registry import TaskSettings
from simulation.tissue import Tissue, TissuePad
from simulation.world import BulletWorld

ABOVE, DOWN, CLOSE, LIFT, HOLD, DONE = range(6)
"""Phases."""

DISTANCE, EXPOSED, HELD, PINCH, PULL, STRAIN, OVERSTRETCHED, TEARS, DROPPED, PRESSING = range(10)
"""Places of the signals."""

_SAMPLES = 37
"""Points of the target that are looked at, one a tick."""

# Ours, from the jaws' size: 3 mm wide, 9 mm long.
_OVER_M = 0.0025
_AT_M = 0.0015
_ASTRAY_M = 0.006
_VIA_M = 0.003
_GRIPPED_S = 0.3
_PATIENCE_S = 2.0
_LOST_S = 0.15
_PINCHED_N = 0.05
"""Squeeze from which on the sheet counts as held [N]."""


class Settings(TaskSettings, frozen=True, kw_only=True):
    """Settings of a retraction. Its goal radius is that of the target, which lies on the pad.

    Attributes:
        pad: What the sheet lies on, in world.
        tissue: Its contact.
        sheet: The sheet: node ``j = 0`` along the free edge, the last ``j`` along the hinge.
        hinge_m: Middle of the hinge, in world; the sheet lies on the pad from there towards -y.
        lip_m: Length of the free edge that stands up [m].
        lip_radius_m: Radius of its bend [m].
        spread_m: The hinge is drawn within plus or minus this of there, in x and y.
        turn_deg: And turned by up to this [deg].
        target_m: Middle of the target from the hinge: to the side, and towards the free edge [m].
        target_spread_m: Drawn within plus or minus this.
        eye_m: Where the endoscope looks from, in world: as in the rig.
        exposed_share: Share of the target that has to be seen from there, past the sheet.
        hold_s: For how long, held and nowhere overstretched [s].
        carry_m: Height at which the tip comes [m].
        depth_m: How far the jaws reach over the edge [m].
        open_grip: Grip with which the jaws are opened around the edge.
        full_grip: Grip with which it is held.
        fold_deg: How far it is folded about the hinge [deg].
        fold_m: Distance from the hinge at which the tip goes round [m].
        linger_s: How long the episode goes on after success [s].
    """

    pad: Pad
    tissue: Tissue
    sheet: SheetConfig
    hinge_m: Triple
    lip_m: Positive
    lip_radius_m: Positive
    spread_m: tuple[NotNegative, NotNegative]
    turn_deg: Annotated[float, Meta(ge=0, le=45)]
    target_m: tuple[float, float]
    target_spread_m: tuple[NotNegative, NotNegative]
    eye_m: Triple
    exposed_share: Annotated[float, Meta(gt=0, le=1)]
    hold_s: Annotated[float, Meta(gt=0, le=60)]
    carry_m: Positive
    depth_m: Positive
    open_grip: Annotated[float, Meta(ge=0, le=1)]
    full_grip: Annotated[float, Meta(gt=0, le=1)]
    fold_deg: Annotated[float, Meta(gt=10, le=170)]
    fold_m: Positive
    linger_s: Annotated[float, Meta(ge=0, le=10)] = 0.5

    thresholds = (*TaskSettings.thresholds, "exposed_share", "hold_s")
    step_radius_m = _AT_M


class TissueRetraction:
    """A sheet over a target.

    Judged by physics alone: the sheet is held where jaws squeeze it, by friction; it is dropped where it slips out of
    jaws that are still closed; a link beyond the limit of strain is overstretched, and a tear ends the episode. The
    target counts as seen where no part of the sheet is between it and the endoscope's eye; instruments do not count.

    Args:
        name: Name of the task.
        settings: Its settings.
        world: The world, connected before `reset`.
        tip_starts: Where each arm's tip starts in world, shape (arms, 7).
    """

    objects = ("spot",)
    phases = ("Go above the edge", "Go down over it", "Close the jaws", "Fold it back", "Hold it", "Done")
    signals = (
        Signal("distance", "m"),
        Signal("exposed", ""),
        Signal("held", ""),
        Signal("pinch", "N"),
        Signal("pull", "N"),
        Signal("max_strain", ""),
        Signal("overstretched", ""),
        Signal("tears", ""),
        Signal("dropped", ""),
        Signal("pressing", "N"),
    )

    def __init__(self, name: str, settings: Settings, world: BulletWorld, tip_starts: Vector) -> None:
        self.name, self.settings, self._world = name, settings, world
        self._tip_start = np.array(tip_starts[0], dtype=float)
        self._outcome = Outcome(np.zeros(len(self.signals)), np.array(tip_starts[0], dtype=float), 0, False, False)
        self.deformables = (settings.sheet.seen(laid(settings, np.zeros(2), 0.0)),)
        self.deformable_layout = tuple(each.layout for each in self.deformables)
        self._eye, self._hit = np.array(settings.eye_m), np.zeros(3)
        self._pose, self._grasp, self._thing = np.zeros(POSE_SIZE), np.zeros(POSE_SIZE), np.zeros(POSE_SIZE)
        self._place = np.zeros(3)

    def reset(self, rng: np.random.Generator) -> None:
        """Lay the sheet over the target, and let it come to rest."""
        settings, config = self.settings, self.settings.sheet
        client, dt = self._world.client, self._world.settings.physics_period_s
        self._pad = TissuePad(client, settings.pad, settings.tissue)
        shift = np.array([rng.uniform(-half, half) for half in settings.spread_m])
        yaw = math.radians(rng.uniform(-settings.turn_deg, settings.turn_deg))
        aside, towards = (
            middle + rng.uniform(-half, half)
            for middle, half in zip(settings.target_m, settings.target_spread_m, strict=True)
        )
        c, s = math.cos(yaw), math.sin(yaw)
        self._across, self._hinge = np.array([c, s, 0.0]), np.array(settings.hinge_m)
        self._hinge[:2] += shift
        self._away = np.array([s, -c, 0.0])  # from the hinge to the free edge
        self._pose[:3] = self._hinge + aside * self._across + towards * self._away
        self._pose[2] = settings.pad.xyz_m[2]
        self._pose[3:] = turned(yaw)
        self._points = self._pose[:3] + _disc(settings.goal_radius_m)
        self._seen = np.zeros(_SAMPLES, np.bool_)
        nx, ny = config.nodes
        pinned = np.tile(np.arange(ny) >= ny - 2, nx)
        self.sheet = Sheet(
            config,
            laid(settings, shift, yaw),
            pinned,
            floor_m=settings.pad.xyz_m[2],
            gravity_m_s2=self._world.settings.gravity_m_s2,
        )
        for _ in range(round(0.3 / dt)):
            self._world.step()
            self.sheet.step(dt)
        self._sheet_pose()
        self._ticks, self._since, self._held_since, self._lost_since = 0, math.nan, math.nan, math.nan
        self._good_since = self._reached_at = math.nan
        self._dropped, self._via, self._stretched = 0, 0, 0
        self._fold = self._vias()
        outcome = self._outcome
        outcome.signals[:], outcome.phase, outcome.success, outcome.done = 0.0, ABOVE, False, False

    def attach(self, arms: tuple[ArmBodies, ...]) -> None:
        """Learn which bodies are arms, and let the sheet meet their jaws from now on."""
        self._arms = arms
        self._coupling = SheetCoupling(self._world, self.sheet, arms)

    def observe(self, poses: Vector) -> None:
        """Write the spot's pose in world into ``poses``, shape (1, 7)."""
        poses[0] = self._pose

    def observe_deformables(self, record: np.void) -> None:
        """Write the sheet into its field."""
        self.sheet.write(record["sheet"])

    def step(self, tick: np.void) -> Outcome:
        """Judge a tick, and say what comes next."""
        outcome, settings, time = self._outcome, self.settings, float(tick["time"])
        signals, sheet, tip = outcome.signals, self.sheet, tick["arms"][0]["tip"]
        k = self._ticks % _SAMPLES
        self._seen[k] = not sheet.pierced(self._points[k], self._eye, self._hit)
        self._ticks += 1
        held = self._coupling.pinch_n > _PINCHED_N
        signals[EXPOSED] = np.count_nonzero(self._seen) / _SAMPLES if self._ticks >= _SAMPLES else 0.0
        signals[HELD], signals[PINCH], signals[PULL] = held, self._coupling.pinch_n, self._coupling.pull_n
        signals[STRAIN], signals[OVERSTRETCHED] = sheet.max_strain, sheet.overstretched
        signals[TEARS], signals[PRESSING] = sheet.tears, self._pad.pressing(self._arms)
        if not outcome.success:
            self._guide(time, tip, held)
            self._judge(time, held)
        signals[DROPPED] = self._dropped
        signals[DISTANCE] = math.sqrt(float(np.sum((tip[:3] - outcome.target[:3]) ** 2)))
        outcome.done = (
            sheet.tears > 0
            or time >= settings.time_limit_s
            or (outcome.success and time >= self._reached_at + settings.linger_s)
        )
        return outcome

    def shapes(self) -> tuple[SceneShape, ...]:
        """Table, pad, the target under the sheet, and the ghost that marks where the tip should go."""
        settings = self.settings
        return (
            *(SceneShape(WORLD, part) for part in (*settings.scenery, settings.pad)),
            SceneShape(
                "spot",
                Cylinder(
                    material="lesion",
                    radius_m=settings.goal_radius_m,
                    length_m=0.0012,
                    bevel_m=0.0003,
                    xyz_m=(0.0, 0.0, -0.0008),
                    segments=40,
                ),
            ),
            SceneShape(TARGET, Sphere(material="ghost", radius_m=0.002)),
        )

    def _judge(self, time: float, held: bool) -> None:
        """Whether it has been seen for long enough, held, and without a link that was overstretched meanwhile."""
        signals, settings, outcome = self._outcome.signals, self.settings, self._outcome
        stretched = int(signals[OVERSTRETCHED])
        good = held and signals[EXPOSED] >= settings.exposed_share and stretched == self._stretched
        self._stretched = stretched
        if not good or signals[TEARS] > 0:
            self._good_since = math.nan
        elif math.isnan(self._good_since):
            self._good_since = time
        elif time - self._good_since >= settings.hold_s:
            outcome.success, outcome.phase, self._reached_at = True, DONE, time

    def _guide(self, time: float, tip: Vector, held: bool) -> None:
        """What a good operator would do next."""
        outcome, settings, target = self._outcome, self.settings, self._outcome.target
        if outcome.phase <= DOWN:
            self._sheet_pose()
            target[3:] = self._grasp[3:]
        aside = math.hypot(tip[0] - self._grasp[0], tip[1] - self._grasp[1])
        outcome.grip = settings.open_grip if outcome.phase in (ABOVE, DOWN) else settings.full_grip
        if outcome.phase == ABOVE:
            target[:3] = self._grasp[:3]
            target[2] = settings.carry_m
            if aside < _OVER_M and abs(tip[2] - settings.carry_m) < _VIA_M and _turn(tip, target) < 0.15:
                self._enter(DOWN, time, tip)
        elif outcome.phase == DOWN:
            target[:3] = self._grasp[:3]
            if math.hypot(aside, tip[2] - self._grasp[2]) < _AT_M:
                self._enter(CLOSE, time, tip)
            elif aside > _ASTRAY_M:
                self._enter(ABOVE, time, tip)
        elif outcome.phase == CLOSE:
            target[:3] = self._place
            if not held:
                self._held_since = math.nan
            elif math.isnan(self._held_since):
                self._held_since = time
            if time - self._held_since > _GRIPPED_S:
                self._enter(LIFT, time, tip)
                self._via = 0
            elif not held and time - self._since > _PATIENCE_S:
                self._enter(ABOVE, time, tip)
        else:
            self._carry(time, tip, held)

    def _carry(self, time: float, tip: Vector, held: bool) -> None:
        outcome, target = self._outcome, self._outcome.target
        target[:3] = self._fold[self._via]
        if float(np.linalg.norm(tip[:3] - target[:3])) < _VIA_M:
            if self._via + 1 < len(self._fold):
                self._via += 1
            else:
                outcome.phase = HOLD
        if held:
            self._lost_since = math.nan
        elif math.isnan(self._lost_since):
            self._lost_since = time
        elif time - self._lost_since > _LOST_S:
            self._dropped += 1
            self._enter(ABOVE, time, tip)

    def _enter(self, phase: int, time: float, tip: Vector) -> None:
        self._place[:] = self._grasp[:3] if phase == CLOSE else tip[:3]
        self._outcome.phase, self._since = phase, time
        self._held_since = self._lost_since = math.nan

    def _sheet_pose(self) -> None:
        """Where jaws take the edge: across its middle, from above, as far down as they are to reach over it."""
        nx, ny = self.settings.sheet.nodes
        nodes = self.sheet.positions
        a, b = (nx - 1) // 2, nx // 2
        self._thing[:3] = 0.5 * (nodes[a * ny] + nodes[b * ny])
        along = nodes[(b + 1) * ny] - nodes[(a - 1) * ny]
        self._thing[3:] = turned(math.atan2(along[1], along[0]))
        grasp_pose(self._thing, np.zeros(3), np.array([1.0, 0.0, 0.0]), self._tip_start, self._grasp)
        self._grasp[2] = max(self._grasp[2] - self.settings.depth_m, self.settings.pad.xyz_m[2] + 0.0025)

    def _vias(self) -> Vector:
        """Where the tip goes one after another, round the hinge, shape (n, 3)."""
        settings = self.settings
        angles = np.radians(np.linspace(0.0, settings.fold_deg, 4)[1:])[:, None]
        around = np.cos(angles) * self._away + np.sin(angles) * np.array([0.0, 0.0, 1.0])
        places: Vector = self._hinge + settings.fold_m * around
        return places


def laid(settings: Settings, shift: Vector, yaw: float) -> Vector:
    """The sheet's nodes as it lies, its edge standing up, in world, shape (n, 3)."""
    config = settings.sheet
    nx, ny = config.nodes
    half = 0.5 * (nx - 1) * config.spacing_m
    x = np.arange(nx) * config.spacing_m - half
    ahead = (ny - 1 - np.arange(ny)) * config.spacing_m  # along the sheet from the hinge
    bend = ahead[0] - settings.lip_m  # where it begins to rise
    r = settings.lip_radius_m
    turn = np.clip((ahead - bend) / r, 0.0, 0.5 * math.pi)
    up = np.maximum(ahead - bend - 0.5 * math.pi * r, 0.0)
    out = np.minimum(ahead, bend) + r * np.sin(turn)
    high = r * (1.0 - np.cos(turn)) + up + settings.pad.xyz_m[2] + 0.5 * config.thickness_m
    c, s = math.cos(yaw), math.sin(yaw)
    px, py = settings.hinge_m[0] + shift[0], settings.hinge_m[1] + shift[1]
    places = np.empty((nx, ny, 3))
    places[..., 0] = px + c * x[:, None] + s * out[None, :]
    places[..., 1] = py + s * x[:, None] - c * out[None, :]
    places[..., 2] = high
    return places.reshape(-1, 3)


def _disc(radius: float) -> Vector:
    """Points spread evenly over a disc that lies flat, shape (samples, 3): Vogel's spiral."""
    k = np.arange(_SAMPLES)
    r, angle = radius * np.sqrt((k + 0.5) / _SAMPLES), k * math.pi * (3.0 - math.sqrt(5.0))
    return np.stack([r * np.cos(angle), r * np.sin(angle), np.full(_SAMPLES, 0.0005)], axis=1)


def _turn(a: Vector, b: Vector) -> float:
    """Angle between two poses [rad]."""
    return 2.0 * math.acos(min(1.0, abs(float(a[3:] @ b[3:]))))


def build(name: str, settings: Settings, world: BulletWorld, tip_starts: Vector) -> TissueRetraction:
    """Make the task from its settings."""
    return TissueRetraction(name, settings, world, tip_starts)
