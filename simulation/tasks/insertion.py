"""Insertion: bring the tip of a bevelled needle to a target in layered tissue, along a planned axis, and no farther."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from msgspec import Meta

from robotics.contracts import COUNTDOWN, POSE_SIZE, Outcome, Signal, Vector
from robotics.kernels.rotation import quaternion_from_matrix
from robotics.shape_config import Box, Capsule, Cylinder, NotNegative, Positive, Sphere, Triple
from simulation.grasping import ArmBodies
from simulation.needle_tissue import BevelNeedle, Layer, NeedleInTissue
from simulation.scenery import TARGET, WORLD, SceneShape
from simulation.tasks.insertion_guide import DONE, HOLD, PHASES, Insertion, InsertionGuide, frame_along
from simulation.tasks.registry import TaskSettings
from simulation.tip import TipSensor
from simulation.world import BulletWorld

TARGET_ERROR, AXIS_ERROR, DEFLECTION, DEPTH, AXIAL, LATERAL, PUNCTURES, PASSES, OVERSHOOT, LEFT, HELD = range(11)
"""Places of the signals."""

SEGMENTS = 12
"""Pieces that the needle is drawn from: it bends between them."""

PIECES = tuple(f"needle_{i}" for i in range(SEGMENTS))


class Settings(TaskSettings, frozen=True, kw_only=True):
    """Settings of an insertion.

    Attributes:
        top_m: Middle of the tissue's surface, in world.
        size_m: Width and breadth of the block.
        layers: From the surface down.
        needle: The needle.
        entry_m: Half extents of where the planned entry point may be, about the middle of the surface.
        tilt_deg: The planned axis leans by up to this from straight down [deg].
        depth_m: Range of the target's distance from the entry point, along the axis.
        overshoot_m: How far beyond the target, along the axis, a vessel lies that must not be reached.
        lateral_limit_n: Force across the needle that is never to be exceeded [N].
        pace_m_s: How fast the guide advances.
        hold_s: How long the tip must stay within the goal radius [s].
        linger_s: How long the episode goes on after that [s].
    """

    top_m: Triple
    size_m: tuple[Positive, Positive]
    layers: Annotated[tuple[Layer, ...], Meta(min_length=1)]
    needle: BevelNeedle
    entry_m: tuple[NotNegative, NotNegative]
    tilt_deg: Annotated[float, Meta(ge=0, le=45)]
    depth_m: tuple[Positive, Positive]
    overshoot_m: Positive
    lateral_limit_n: Positive
    pace_m_s: Positive
    hold_s: Annotated[float, Meta(gt=0, le=60)]
    linger_s: Annotated[float, Meta(ge=0, le=10)] = 0.5

    thresholds = (*TaskSettings.thresholds, "overshoot_m", "lateral_limit_n", "hold_s")


class Needle:
    """A needle goes in along a planned axis; its tip is to come to rest at the target.

    Passed when the tip of the needle, as it bends, has stayed within the goal radius of the target for a while, the
    vessel beyond was never reached, and the needle was never pulled aside harder than the limit. What the tissue does
    to the needle acts on the arm before every physics step, and is measured, felt and recorded like any contact.

    Args:
        name: Name of the task.
        settings: Its settings.
        world: The world, connected before `reset`.
        tip_starts: Where each arm's tip starts in world, shape (arms, 7).
    """

    objects = ("target", "vessel", "axis", *PIECES)
    signals = (
        Signal("target_error", "m"),
        Signal("axis_error", "m"),  # not a number before it has entered
        Signal("deflection", "m"),
        Signal("depth", "m"),
        Signal("axial_force", "N"),
        Signal("lateral_force", "N"),
        Signal("punctures", ""),
        Signal("passes", ""),
        Signal("overshoots", ""),
        Signal(COUNTDOWN, "s"),
        Signal("held", "s"),  # at the target
    )
    phases = PHASES

    def __init__(self, name: str, settings: Settings, world: BulletWorld, tip_starts: Vector) -> None:
        self.name, self.settings, self._world = name, settings, world
        self._outcome = Outcome(
            np.zeros(len(self.signals)), np.array(tip_starts[0], dtype=float), 0, False, False, grip=math.nan
        )
        self._arm: ArmBodies | None = None
        self._sensor: TipSensor | None = None
        self._guide: InsertionGuide | None = None
        self._fixed = np.zeros((3, POSE_SIZE))
        world.push(self._feel)

    def reset(self, rng: np.random.Generator) -> None:
        """Draw plan, target and needle."""
        settings, outcome = self.settings, self._outcome
        self.entry = np.array(settings.top_m)
        self.entry[:2] += [rng.uniform(-half, half) for half in settings.entry_m]
        tilt, around = math.radians(settings.tilt_deg) * math.sqrt(rng.uniform()), rng.uniform(0.0, 2.0 * math.pi)
        self.axis = np.array([math.sin(tilt) * math.cos(around), math.sin(tilt) * math.sin(around), -math.cos(tilt)])
        self.target = self.entry + rng.uniform(*settings.depth_m) * self.axis
        spread = settings.needle.curvature_spread
        curvature = settings.needle.curvature_1_m * rng.uniform(1.0 - spread, 1.0 + spread)
        self.needle = NeedleInTissue(settings.layers, settings.needle, curvature, settings.top_m[2])
        self._arm = self._sensor = self._guide = None
        self._show_plan()
        self._was_in, self._beyond = False, False
        self._at_since = self._reached_at = math.nan
        self._worst_n = self._axial_n = self._lateral_n = 0.0
        outcome.signals[:], outcome.phase, outcome.success, outcome.done = 0.0, 0, False, False

    def attach(self, arms: tuple[ArmBodies, ...]) -> None:
        """Learn which body is the arm, and how it holds the needle."""
        settings = self.settings
        self._arm, self._sensor = arms[0], TipSensor(self._world.client, arms[0])
        self._guide = InsertionGuide(
            self.entry, self.axis, self.target, settings.needle.curvature_1_m, settings.pace_m_s,
            self._sensor.axes.copy(),
        )  # fmt: skip

    def observe(self, poses: Vector) -> None:
        """Where target, vessel, planned axis and the pieces of the needle are, in world, shape (15, 7)."""
        poses[:3] = self._fixed
        self._axial_n, self._lateral_n = self.needle.axial_n, self.needle.lateral_n  # those that this tick measures
        if self._sensor is not None:
            self._sensor.read()
            self.needle.segments(self._sensor.place, self._sensor.axes[:, 2], poses[3:])

    def step(self, tick: np.void) -> Outcome:
        """Judge a tick: where the tip of the needle is, and what it did to the tissue."""
        outcome, settings, needle, time = self._outcome, self.settings, self.needle, float(tick["time"])
        signals = outcome.signals
        assert self._sensor is not None  # attached before the first tick
        assert self._guide is not None
        error = needle.tip - self.target
        along = float((needle.tip - self.entry) @ self.axis)
        signals[TARGET_ERROR] = math.sqrt(float(error @ error))
        aside = needle.tip - self.entry - along * self.axis
        signals[AXIS_ERROR] = math.sqrt(float(aside @ aside)) if needle.entered else math.nan
        bent = needle.tip - self._sensor.place
        signals[DEFLECTION] = math.sqrt(float(bent @ bent)) if needle.entered else 0.0
        signals[DEPTH] = max(needle.depth, 0.0)
        signals[AXIAL], signals[LATERAL] = self._axial_n, self._lateral_n
        signals[PUNCTURES] = needle.punctures
        signals[PASSES] += needle.entered and not self._was_in
        beyond = needle.entered and along > float((self.target - self.entry) @ self.axis) + settings.overshoot_m
        signals[OVERSHOOT] += beyond and not self._beyond
        self._was_in, self._beyond = needle.entered, beyond
        self._worst_n = max(self._worst_n, self._lateral_n)
        self._guide.step(Insertion(time, self._sensor.place, self._sensor.axes, needle), outcome)
        self._hold(time, needle.entered and signals[TARGET_ERROR] <= settings.goal_radius_m)
        if outcome.success:
            outcome.phase = DONE
        outcome.done = (
            time >= settings.time_limit_s
            or bool(signals[OVERSHOOT] > 0.0)
            or (outcome.success and time >= self._reached_at + settings.linger_s)
        )
        return outcome

    def shapes(self) -> tuple[SceneShape, ...]:
        """The block of clear layers, the plan, the target, the vessel beyond it, and the needle."""
        settings, needle = self.settings, self.settings.needle
        x, y, top = settings.top_m
        layers, above = [], top
        for layer in settings.layers:
            size = (*settings.size_m, layer.thickness_m)
            layers.append(Box(material=layer.material, size_m=size, xyz_m=(x, y, above - 0.5 * layer.thickness_m)))
            above -= layer.thickness_m
        piece = needle.length_m / SEGMENTS
        return (
            *(SceneShape(WORLD, part) for part in (*settings.scenery, *layers)),
            SceneShape("target", Sphere(material="goal_bright", radius_m=settings.goal_radius_m)),
            SceneShape("vessel", Capsule(material="vessel", radius_m=0.002, length_m=0.03, xyz_m=(0.0, 0.0, -0.015))),
            SceneShape("axis", Cylinder(material="ghost", radius_m=0.0004, length_m=0.03)),
            # Drawn half as thick again as it is, and dark, its end orange: it is to be seen through the tissue.
            *(
                SceneShape(
                    name,
                    Cylinder(
                        material="orange" if name == PIECES[-1] else "graphite",
                        radius_m=1.5 * needle.radius_m,
                        length_m=1.02 * piece,
                    ),
                )
                for name in PIECES
            ),
            SceneShape(TARGET, Sphere(material="ghost", radius_m=0.001)),
        )

    def _feel(self) -> None:
        """Move the needle on and put the tissue's force on the arm; called before every physics step."""
        if self._arm is None or self._sensor is None:
            return
        self._sensor.read()
        self.needle.step(self._sensor.place, self._sensor.axes, self._sensor.velocity)
        if self.needle.entered or self.needle.axial_n != 0.0:
            self._world.apply_force(self._arm.body, self._arm.link, self.needle.force, self.needle.point)

    def _hold(self, time: float, there: bool) -> None:
        outcome, settings = self._outcome, self.settings
        if not there:
            self._at_since = math.nan
        elif math.isnan(self._at_since):
            self._at_since = time
        held = 0.0 if math.isnan(self._at_since) else time - self._at_since
        outcome.signals[HELD] = held
        outcome.signals[LEFT] = max(settings.hold_s - held, 0.0) if there and outcome.phase == HOLD else 0.0
        gentle = self._worst_n <= settings.lateral_limit_n
        if not outcome.success and held >= settings.hold_s and gentle and not outcome.signals[OVERSHOOT]:
            outcome.success, self._reached_at = True, time

    def _show_plan(self) -> None:
        """Poses of target, vessel and axis."""
        beyond = self.target + (self.settings.overshoot_m + 0.002) * self.axis
        across = np.cross(self.axis, (0.0, 1.0, 0.0))
        across /= np.linalg.norm(across)
        frames = (
            (self.target, frame_along(self.axis, np.array([0.0, 1.0, 0.0]))),
            (beyond, frame_along(across, np.array([0.0, 1.0, 0.0]))),
            (self.entry, frame_along(-self.axis, np.array([0.0, 1.0, 0.0]))),
        )
        for pose, (place, axes) in zip(self._fixed, frames, strict=True):
            pose[:3] = place
            quaternion_from_matrix(np.ascontiguousarray(axes), pose[3:])


def build(name: str, settings: Settings, world: BulletWorld, tip_starts: Vector) -> Needle:
    """Make the task from its settings."""
    return Needle(name, settings, world, tip_starts)
