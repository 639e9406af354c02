"""Framing: drive the camera itself, so that one mark after another stands in the middle, large enough and upright."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from msgspec import Meta

from robotics.contracts import COUNTDOWN, Outcome, Signal, Vector
from robotics.kernels.compiled import kernel
from robotics.kernels.rotation import matrix_from_quaternion, quaternion_from_matrix
from robotics.shape_config import NotNegative, Pad, Positive, Sphere, Triple, Tube
from simulation.grasping import ArmBodies
from simulation.props import load_parts, turned
from simulation.scenery import WORLD, SceneShape
from simulation.tasks.registry import TaskSettings
from simulation.tissue import Tissue, TissuePad
from simulation.world import BulletWorld

FRAME, HOLD, DONE = range(3)
"""Phases."""

DISTANCE, LEFT, OFF_CENTRE, RANGE_ERROR, ROLL_ERROR, FRAMED, FRAMES = range(7)
"""Places of the signals."""

MARK = "mark"
"""The object that shows which bead is asked for."""

_COLOURS = ("orange", "accent", "white")

_APART, _TRIES = 5.0, 50
"""Beads are drawn anew where they lie nearer to another one than so many radii, so many times at most; ours."""


class Settings(TaskSettings, frozen=True, kw_only=True):
    """Settings of a framing lesson; ``goal_radius_m`` is how much nearer or farther than ``distance_m`` still counts.

    Attributes:
        pad: The tissue below, in world.
        tissue: Its contact.
        pivot_m: The point about which the endoscope turns, the remote centre of its arm, in world: the guide needs it.
        area_m: Beads are drawn within plus or minus this of the pad's middle, in the outer half of it.
        targets: How many beads, one after another.
        bead_radius_m: Their radius.
        distance_m: Distance from the lens at which a bead is to be seen.
        centred_deg: How far off the line of sight it may be [deg].
        level_deg: How far the picture may be rolled [deg].
        hold_s: How long all of that has to hold at a stretch [s].
        linger_s: How long the episode goes on after success [s].
    """

    pad: Pad
    tissue: Tissue
    pivot_m: Triple
    area_m: tuple[NotNegative, NotNegative]
    targets: Annotated[int, Meta(ge=1, le=20)]
    bead_radius_m: Positive
    distance_m: Annotated[float, Meta(gt=0.01, le=0.2)]
    centred_deg: Annotated[float, Meta(gt=0, le=45)]
    level_deg: Annotated[float, Meta(gt=0, le=90)]
    hold_s: Annotated[float, Meta(gt=0, le=60)]
    linger_s: Annotated[float, Meta(ge=0, le=10)] = 0.5

    thresholds = (*TaskSettings.thresholds, "targets", "distance_m", "centred_deg", "level_deg", "hold_s")


class Framing:
    """Beads on tissue, each to be framed by the camera on the arm's tip for a while.

    Judged from the measured pose of that camera alone: z looks out of the lens, x is right and y down in the picture.

    Args:
        name: Name of the task.
        settings: Its settings.
        world: The world, connected before `reset`.
        tip_starts: Where each arm's tip starts in world, shape (arms, 7); the first one carries the camera.
    """

    signals = (
        Signal("distance", "m"),  # of the lens from where it frames the bead
        Signal(COUNTDOWN, "s"),
        Signal("off_centre", "rad"),
        Signal("range_error", "m"),  # above zero where the bead is too far away, and so too small
        Signal("roll_error", "rad"),
        Signal("framed", ""),
        Signal("frames", ""),
    )
    phases = ("Bring the mark to the middle", "Hold the picture", "Done")

    def __init__(self, name: str, settings: Settings, world: BulletWorld, tip_starts: Vector) -> None:
        self.name, self.settings, self._world = name, settings, world
        self.objects = (*(f"bead{i + 1}" for i in range(settings.targets)), MARK)
        self._outcome = Outcome(np.zeros(len(self.signals)), np.array(tip_starts[0], dtype=float), FRAME, False, False)
        self._beads = np.zeros((settings.targets, 3))
        self._pivot = np.array(settings.pivot_m)
        self._target, self._frames = 0, 0
        self._since = self._reached_at = math.nan

    def reset(self, rng: np.random.Generator) -> None:
        """Draw where the beads lie."""
        settings, outcome, client = self.settings, self._outcome, self._world.client
        TissuePad(client, settings.pad, settings.tissue)
        middle = np.array(settings.pad.xyz_m) + np.array([0.0, 0.0, 0.6 * settings.bead_radius_m])
        spread = np.array(settings.area_m)
        # The corners of the area, each bead in another one than the last: no bead is where the camera already looks.
        corner = np.sign(rng.uniform(-1.0, 1.0, 2))
        for i, bead in enumerate(self._beads):
            bead[:] = middle
            bead[:2] += corner * spread * rng.uniform(0.5, 1.0, 2)
            for _ in range(_TRIES):
                if i == 0 or np.linalg.norm(self._beads[:i] - bead, axis=1).min() > _APART * settings.bead_radius_m:
                    break
                bead[:2] = middle[:2] + corner * spread * rng.uniform(0.5, 1.0, 2)
            corner = corner * np.array([-1.0, np.sign(rng.uniform(-1.0, 1.0))])
            load_parts(client, (self._bead(0),), 0.0, bead, turned(0.0))
        self._target, self._frames = 0, 0
        self._since = self._reached_at = math.nan
        outcome.signals[:], outcome.phase, outcome.success, outcome.done = 0.0, FRAME, False, False
        self._aim()

    def attach(self, arms: tuple[ArmBodies, ...]) -> None:
        """The camera touches nothing that would matter."""

    def observe(self, poses: Vector) -> None:
        """Write where the beads lie, and which of them is asked for, into ``poses``, shape (objects, 7)."""
        poses[:-1, :3], poses[-1, :3] = self._beads, self._beads[self._target]
        poses[:, 3], poses[:, 4:] = 1.0, 0.0

    def step(self, tick: np.void) -> Outcome:
        """See how the bead stands in the picture."""
        outcome, settings, time = self._outcome, self.settings, float(tick["time"])
        signals = outcome.signals
        _look(tick["arms"][0]["tip"], self._beads[self._target], outcome.target, settings.distance_m, signals)
        framed = (
            signals[OFF_CENTRE] <= math.radians(settings.centred_deg)
            and abs(signals[RANGE_ERROR]) <= settings.goal_radius_m
            and abs(signals[ROLL_ERROR]) <= math.radians(settings.level_deg)
        )
        signals[FRAMED] = framed
        if not outcome.success:
            self._hold(time, framed)
        signals[FRAMES] = self._frames
        outcome.done = time >= settings.time_limit_s or (
            outcome.success and time >= self._reached_at + settings.linger_s
        )
        return outcome

    def shapes(self) -> tuple[SceneShape, ...]:
        """Scenery, pad, beads, and a ring about the one that is asked for."""
        settings, radius = self.settings, self.settings.bead_radius_m
        ring = Tube(material="ghost", radius_m=0.15 * radius, arc_radius_m=1.8 * radius, arc_rad=2.0 * math.pi)
        return (
            *(SceneShape(WORLD, part) for part in (*settings.scenery, settings.pad)),
            *(SceneShape(f"bead{i + 1}", self._bead(i)) for i in range(settings.targets)),
            SceneShape(MARK, ring),
        )

    def _bead(self, i: int) -> Sphere:
        return Sphere(material=_COLOURS[i % len(_COLOURS)], radius_m=self.settings.bead_radius_m)

    def _hold(self, time: float, framed: bool) -> None:
        outcome, settings = self._outcome, self.settings
        outcome.phase, outcome.signals[LEFT] = (HOLD, settings.hold_s) if framed else (FRAME, 0.0)
        if not framed:
            self._since = math.nan
            return
        if math.isnan(self._since):
            self._since = time
        left = settings.hold_s - (time - self._since)
        outcome.signals[LEFT] = max(left, 0.0)
        if left > 1e-9:  # of rounding in sums of periods
            return
        self._since = math.nan
        self._frames += 1
        if self._frames < settings.targets:
            self._target += 1
            self._aim()
        else:
            outcome.success, outcome.phase, self._reached_at = True, DONE, time

    def _aim(self) -> None:
        """The one pose that frames the bead from a shaft through the pivot, the picture's up in line with world's."""
        _frame(self._beads[self._target], self._pivot, self.settings.distance_m, self._outcome.target)


@kernel
def _look(tip: Vector, bead: Vector, target: Vector, distance: float, signals: Vector) -> None:
    """Write how a bead stands in the picture of a camera into the signals; see `Framing`."""
    R, seen = np.empty((3, 3)), np.empty(3)
    matrix_from_quaternion(tip[3:], R)
    gap, square = 0.0, 0.0
    for i in range(3):
        seen[i] = 0.0
        for j in range(3):
            seen[i] += R[j, i] * (bead[j] - tip[j])
        gap += (tip[i] - target[i]) ** 2
        square += (bead[i] - tip[i]) ** 2
    signals[DISTANCE] = np.sqrt(gap)
    signals[OFF_CENTRE] = np.arctan2(np.hypot(seen[0], seen[1]), seen[2])
    signals[RANGE_ERROR] = np.sqrt(square) - distance
    # World's z in the picture; up is against y.
    signals[ROLL_ERROR] = np.arctan2(R[2, 0], -R[2, 1])


@kernel
def _frame(bead: Vector, pivot: Vector, distance: float, target: Vector) -> None:
    """Pose of a camera that looks along a line from a pivot at a bead, upright, from a distance."""
    R = np.empty((3, 3))
    length = np.sqrt((bead[0] - pivot[0]) ** 2 + (bead[1] - pivot[1]) ** 2 + (bead[2] - pivot[2]) ** 2)
    for i in range(3):
        R[i, 2] = (bead[i] - pivot[i]) / length
        target[i] = bead[i] - distance * R[i, 2]
    across = np.hypot(R[0, 2], R[1, 2])
    # Right is forward x up; down is forward x right.
    R[0, 0], R[1, 0], R[2, 0] = R[1, 2] / across, -R[0, 2] / across, 0.0
    R[0, 1] = R[1, 2] * R[2, 0] - R[2, 2] * R[1, 0]
    R[1, 1] = R[2, 2] * R[0, 0] - R[0, 2] * R[2, 0]
    R[2, 1] = R[0, 2] * R[1, 0] - R[1, 2] * R[0, 0]
    quaternion_from_matrix(R, target[3:])


def build(name: str, settings: Settings, world: BulletWorld, tip_starts: Vector) -> Framing:
    """Make the task from its settings."""
    return Framing(name, settings, world, tip_starts)
