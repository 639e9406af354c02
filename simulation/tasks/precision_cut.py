"""Precision cut: follow the path that is marked on a taut sheet with a blade that cuts while the jaws are closed."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from msgspec import Meta

from robotics.contracts import POSE_SIZE, Outcome, Signal, Vector
from robotics.kernels.rotation import matrix_from_quaternion
from robotics.shape_config import NotNegative, Pad, Positive, Shape, Sphere, Triple
from simulation.grasping import ArmBodies, grasp_pose
from simulation.props import load_parts, turned
from simulation.scenery import TARGET, WORLD, SceneShape
from simulation.sheet import Sheet, SheetConfig
from simulation.sheet_coupling import SheetCoupling
from simulation.tasks.registry import TaskSettings
from simulation.tissue import Tissue, TissuePad
from simulation.world import BulletWorld

ABOVE, CLOSE, DOWN, CUT, DONE = range(5)
"""Phases."""

DISTANCE, PATH_CUT, OFF_PATH, CUTTING, TRACKING, STRAIN, TEARS, PRESSING = range(8)
"""Places of the signals."""

# Ours.
_STEP_M = 0.0005  # distance of the path's samples
_STROKE_M = 0.00025  # a cut grows in strokes of at least this
_BREAK_M = 0.004  # a blade that comes in again farther off than this begins another cut
_CLOSED_RAD = 0.06  # jaws closer than this are closed, and the blade is hot
_BLADE_M = (0.004, 0.0003)  # of the closed jaws that cut: behind and beyond their point
_INK_M = 0.0006  # half width of the mark
_OVER_M = 0.002
_AT_M = 0.0015


class Settings(TaskSettings, frozen=True, kw_only=True):
    """Settings of a precision cut. Its goal radius is how far from the path a cut may be.

    Attributes:
        pad: What lies below, in world.
        tissue: Its contact.
        fixtures: The frame, in world.
        sheet: The sheet, held all round.
        middle_m: Its middle, in world.
        tension: Strain with which it is held.
        path_m: Length of the path along x [m].
        swing_m: How far it swings to one side, least and most [m].
        shift_m: Its middle is drawn within plus or minus this, in x and y.
        path_share: Share of the path that has to be cut within the goal radius; its end is among it.
        off_limit_m: Length of cuts farther from the path at which the sheet is spoilt [m].
        hover_m: Height above the sheet at which the jaws are closed [m].
        depth_m: How far the blade reaches through the sheet [m].
        speed_m_s: Speed at which the guide goes along the path [m/s].
        lead_m: How far it goes ahead of the cut [m].
        linger_s: How long the episode goes on after success [s].
    """

    pad: Pad
    tissue: Tissue
    fixtures: tuple[Shape, ...] = ()
    sheet: SheetConfig
    middle_m: Triple
    tension: Annotated[float, Meta(ge=0, le=0.2)]
    path_m: Positive
    swing_m: tuple[NotNegative, NotNegative]
    shift_m: tuple[NotNegative, NotNegative]
    path_share: Annotated[float, Meta(gt=0, le=1)]
    off_limit_m: Positive
    hover_m: Positive
    depth_m: Positive
    speed_m_s: Positive
    lead_m: Positive
    linger_s: Annotated[float, Meta(ge=0, le=10)] = 0.5

    thresholds = (*TaskSettings.thresholds, "path_share", "off_limit_m")


class PrecisionCut:
    """A path on a taut sheet.

    Closed jaws are a hot blade: what their last millimetres pass through is cut, as with a monopolar instrument; open
    jaws are cold and push the sheet. Judged by where the blade went through the sheet, on the sheet itself, however it
    is stretched: a sample of the path counts as cut where the cut passed within the goal radius. A cut farther off than
    that spoils the sheet from a certain length on, and the episode ends.

    Args:
        name: Name of the task.
        settings: Its settings.
        world: The world, connected before `reset`.
        tip_starts: Where each arm's tip starts in world, shape (arms, 7).
    """

    objects = ()
    phases = ("Go above the path's beginning", "Close the jaws", "Go through the sheet", "Cut along the path", "Done")
    signals = (
        Signal("distance", "m"),
        Signal("path_cut", ""),
        Signal("off_path", "m"),
        Signal("cutting", ""),
        Signal("tracking", "m"),  # from the path while it cuts; not a number else
        Signal("max_strain", ""),
        Signal("tears", ""),
        Signal("pressing", "N"),
    )

    def __init__(self, name: str, settings: Settings, world: BulletWorld, tip_starts: Vector) -> None:
        self.name, self.settings, self._world = name, settings, world
        self._outcome = Outcome(np.zeros(len(self.signals)), np.array(tip_starts[0], dtype=float), 0, False, False)
        config = settings.sheet
        i, j = np.divmod(np.arange(config.count), config.nodes[1])
        self._flat = np.stack([config.spacing_m * i, config.spacing_m * j, np.zeros(config.count)], axis=1)
        self._flat += np.array(settings.middle_m) - 0.5 * np.array([*config.size_m, 0.0])
        self._rim = (i == 0) | (i == config.nodes[0] - 1) | (j == 0) | (j == config.nodes[1] - 1)
        self.deformables = (config.seen(self._flat),)
        self.deformable_layout = tuple(each.layout for each in self.deformables)
        self._down = np.zeros(POSE_SIZE)
        still = np.array([0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0])
        grasp_pose(still, np.zeros(3), np.array([1.0, 0.0, 0.0]), np.array(tip_starts[0], dtype=float), self._down)
        self._R, self._hit, self._here = np.zeros((3, 3)), np.zeros(3), np.zeros(3)

    def reset(self, rng: np.random.Generator) -> None:
        """Span the sheet, and mark the path: an arc or an S, to either side."""
        settings, config = self.settings, self.settings.sheet
        client = self._world.client
        self._pad = TissuePad(client, settings.pad, settings.tissue)
        if settings.fixtures:
            load_parts(client, settings.fixtures, 0.0, np.zeros(3), turned(0.0))
        waves = 0.5 if rng.random() < 0.5 else 1.0
        swing = rng.uniform(*settings.swing_m) * (1.0 if rng.random() < 0.5 else -1.0)
        shift = np.array([rng.uniform(-half, half) for half in settings.shift_m])
        self._path = _path(settings.path_m, swing, waves) + 0.5 * np.array(config.size_m) + shift
        if waves == 0.5:
            self._path[:, 1] -= 0.5 * swing
        if rng.random() < 0.5:
            self._path = self._path[::-1].copy()
        self.sheet = Sheet(
            config,
            self._flat,
            self._rim,
            floor_m=settings.pad.xyz_m[2],  # what is cut out falls onto the pad
            gravity_m_s2=self._world.settings.gravity_m_s2,
            tension=settings.tension,
        )
        self._marked = self._mark()
        for _ in range(300):
            self.sheet.step(self._world.settings.physics_period_s)
        self._done = np.zeros(len(self._path), np.bool_)
        self._last: Vector | None = None
        self._off, self._glide, self._time, self._reached_at = 0.0, 0.0, 0.0, math.nan
        outcome = self._outcome
        outcome.signals[:], outcome.phase, outcome.success, outcome.done = 0.0, ABOVE, False, False

    def attach(self, arms: tuple[ArmBodies, ...]) -> None:
        """Learn which bodies are arms, and let the sheet meet their jaws from now on."""
        self._arms = arms
        self._coupling = SheetCoupling(self._world, self.sheet, arms)

    def observe(self, poses: Vector) -> None:
        """Nothing but the sheet moves."""

    def observe_deformables(self, record: np.void) -> None:
        """Write the sheet into its field."""
        self.sheet.write(record["sheet"])
        record["sheet"]["marked"] = self._marked

    def step(self, tick: np.void) -> Outcome:
        """Judge a tick, and say what comes next."""
        outcome, settings, time = self._outcome, self.settings, float(tick["time"])
        signals, arm = outcome.signals, tick["arms"][0]
        tip, hot = arm["tip"], float(arm["jaw"]) < _CLOSED_RAD
        self._coupling.cutting = hot
        signals[TRACKING] = math.nan
        signals[CUTTING] = hot and self._cut(tip)
        if not signals[CUTTING]:
            self._last = None
        signals[PATH_CUT], signals[OFF_PATH] = np.count_nonzero(self._done) / len(self._done), self._off
        signals[STRAIN], signals[TEARS] = self.sheet.max_strain, self.sheet.tears
        signals[PRESSING] = self._pad.pressing(self._arms)
        if not outcome.success:
            self._guide(time, tip, hot)
            if signals[PATH_CUT] >= settings.path_share and self._off < settings.off_limit_m and self._done[-1]:
                outcome.success, outcome.phase, self._reached_at = True, DONE, time
        self._time = time
        signals[DISTANCE] = math.sqrt(float(np.sum((tip[:3] - outcome.target[:3]) ** 2)))
        outcome.done = (
            self._off >= settings.off_limit_m
            or time >= settings.time_limit_s
            or (outcome.success and time >= self._reached_at + settings.linger_s)
        )
        return outcome

    def shapes(self) -> tuple[SceneShape, ...]:
        """Table, pad, frame, and the ghost that marks where the tip should go."""
        settings = self.settings
        return (
            *(SceneShape(WORLD, part) for part in (*settings.scenery, settings.pad, *settings.fixtures)),
            SceneShape(TARGET, Sphere(material="ghost", radius_m=settings.goal_radius_m)),
        )

    def _cut(self, tip: Vector) -> bool:
        """Cut where the blade goes through the sheet; whether it does."""
        matrix_from_quaternion(tip[3:], self._R)
        back = tip[:3] - _BLADE_M[0] * self._R[:, 2]
        beyond = tip[:3] + _BLADE_M[1] * self._R[:, 2]
        if not self.sheet.pierced(back, beyond, self._hit, whole=True):
            return False
        here = self._hit[:2].copy()
        gaps = np.hypot(*(self._path - here).T)
        self._outcome.signals[TRACKING] = float(gaps.min())
        last = self._last
        length = math.inf if last is None else math.hypot(*(here - last))
        if last is None or length > _BREAK_M:
            last, length = here, 0.0
        elif length < _STROKE_M:
            return True
        middle = 0.5 * (here + last)
        fresh = not self.sheet.is_open(*middle.tolist())
        self.sheet.cut(last, here)
        self._last = here
        self._done |= gaps <= self.settings.goal_radius_m
        if fresh and gaps.min() > self.settings.goal_radius_m:
            self._off += max(length, _STROKE_M)
        return True

    def _guide(self, time: float, tip: Vector, hot: bool) -> None:
        """What a good operator would do next."""
        outcome, settings, target = self._outcome, self.settings, self._outcome.target
        first = int(np.argmin(self._done)) if not self._done.all() else len(self._done) - 1
        ahead = first + settings.lead_m / _STEP_M
        if outcome.phase == CUT:
            self._glide = min(self._glide + settings.speed_m_s * (time - self._time) / _STEP_M, ahead)
        else:
            self._glide = float(max(first - 1, 0))
        self._along(self._glide, self._here)
        target[:3], target[3:] = self._here, self._down[3:]
        aside = math.hypot(tip[0] - target[0], tip[1] - target[1])
        outcome.grip = 0.0 if outcome.phase == ABOVE else 1.0
        if outcome.phase in (ABOVE, CLOSE):
            target[2] += settings.hover_m
            there = math.hypot(aside, tip[2] - target[2]) < _OVER_M
            if outcome.phase == ABOVE and there:
                outcome.phase = CLOSE
            elif outcome.phase == CLOSE and hot and aside < 0.5 * _OVER_M:
                outcome.phase = DOWN
            return
        target[2] -= settings.depth_m
        if outcome.phase == DOWN and math.hypot(aside, tip[2] - target[2]) < _AT_M:
            outcome.phase = CUT
        elif not hot:
            outcome.phase = ABOVE

    def _along(self, at: float, out: Vector) -> None:
        """Where the path is in world now, at a sample that need not be whole."""
        k = min(max(int(at), 0), len(self._path) - 2)
        share = min(max(at - k, 0.0), 1.0)
        u, v = (1.0 - share) * self._path[k] + share * self._path[k + 1]
        self.sheet.place(float(u), float(v), out)

    def _mark(self) -> Vector:
        """A bit for each cell that lies on the path."""
        config = self.settings.sheet
        fine = config.spacing_m / config.cells
        rows, columns = ((n - 1) * config.cells for n in config.nodes)
        u, v = np.meshgrid((np.arange(rows) + 0.5) * fine, (np.arange(columns) + 0.5) * fine, indexing="ij")
        gap = np.full(u.shape, np.inf)
        for a, b in self._path:
            gap = np.minimum(gap, np.hypot(u - a, v - b))
        bits = np.zeros(64 * self.deformables[0].words, np.uint8)
        bits[: gap.size] = gap.ravel() <= _INK_M
        return np.packbits(bits, bitorder="little").view(np.uint64)


def _path(length: float, swing: float, waves: float) -> Vector:
    """Samples of a sine of half a wave or a whole one about the origin, evenly spaced along it, shape (n, 2) [m]."""
    t = np.linspace(0.0, 1.0, 2001)
    line = np.stack([length * (t - 0.5), swing * np.sin(2.0 * math.pi * waves * t)], axis=1)
    run = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    at = np.linspace(0.0, run[-1], round(run[-1] / _STEP_M) + 1)
    return np.stack([np.interp(at, run, line[:, k]) for k in range(2)], axis=1)


def build(name: str, settings: Settings, world: BulletWorld, tip_starts: Vector) -> PrecisionCut:
    """Make the task from its settings."""
    return PrecisionCut(name, settings, world, tip_starts)
