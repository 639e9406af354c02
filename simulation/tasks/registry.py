"""Tasks by name: finds the config, and the module that its ``kind`` names."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Protocol

import msgspec
from msgspec import Meta

from robotics import config
from robotics.contracts import Task, Vector
from robotics.difficulty import STANDARD, at_difficulty, offered
from robotics.errors import ConfigError, UnknownNameError
from robotics.line_config import DelayMs, JitterMs, LineConfig, LossShare
from robotics.score_config import Force, ScoreRow, WorkRow, refuse_repeats
from robotics.shape_config import NotNegative, Positive, Shape
from simulation.clutter import Cluttered, refuse_clutter
from simulation.grasping import ArmBodies
from simulation.scenery import SceneShape
from simulation.world import BulletWorld

_NOT_TASKS = {"__init__", "registry", "settings"}

Turn = Annotated[float, Meta(ge=0.0, le=60.0)]
"""An angle by which a camera may be turned [deg]: from farther round, an arm of the rig stands in its way."""


class TaskSettings(config.Config, frozen=True, kw_only=True):
    """What every task's configuration has.

    Attributes:
        kind: The module in `simulation.tasks`.
        title: What a person reads.
        summary: What is to be done, in a sentence.
        rig: The rig it is made for.
        time_limit_s: When the episode ends in any case [s].
        goal_radius_m: Distance at which the target counts as reached [m].
        level: How far into the curriculum a lesson stands, from 1; 0 for what is no lesson.
        scenery: What is only seen: table, drape, tray, in world.
        force_limit_n: Contact force above which time counts as too forceful [N]; None for no such limit.
        score: What each measure is worth in points; empty for rows that suit any lesson.
        work: Which of its signals say how much is done; see `robotics.score_config.WorkRow`.
        delay_ms: Delay between hand and arm that makes the lesson harder; see `robotics.line_config.LineConfig`.
        jitter_ms: Its jitter.
        loss: Share of the hand's poses that are lost.
        more_delay_ms: Range of a delay that is added to it, drawn from the seed.
        camera_deg: Range of the angle by which the operator's camera is turned, to either side, about the vertical
            through what it looks at, drawn from the seed.
        clutter: How many things lie about that are not to be touched; see `simulation.clutter`.
        clutter_m: Half extents of where they lie, about the middle of the pad.
        clutter_free_m: Half extents of where none of them lies, likewise.
        difficulty: What changes at which difficulty but the standard one; see `robotics.difficulty`.
    """

    kind: str
    title: str
    summary: str
    rig: str
    time_limit_s: Annotated[float, Meta(gt=0, le=3600)]
    goal_radius_m: Annotated[float, Meta(gt=0, le=1)]
    level: Annotated[int, Meta(ge=0, le=9)] = 0
    scenery: tuple[Shape, ...] = ()
    force_limit_n: Force | None = None
    score: tuple[ScoreRow, ...] = ()
    work: tuple[WorkRow, ...] = ()
    delay_ms: DelayMs = 0.0
    jitter_ms: JitterMs = 0.0
    loss: LossShare = 0.0
    more_delay_ms: tuple[DelayMs, DelayMs] = (0.0, 0.0)
    camera_deg: tuple[Turn, Turn] = (0.0, 0.0)
    clutter: Annotated[int, Meta(ge=0, le=12)] = 0
    clutter_m: tuple[Positive, Positive] = (0.05, 0.04)
    clutter_free_m: tuple[NotNegative, NotNegative] = (0.0, 0.0)
    difficulty: dict[Literal["easy", "hard"], dict[str, Any]] = msgspec.field(default_factory=dict)

    thresholds: ClassVar[tuple[str, ...]] = ("goal_radius_m", "time_limit_s")
    """Names of the settings that say when it is passed; a kind of task adds its own."""

    step_radius_m: ClassVar[float | None] = None
    """How near a tip has to come for the next of a lesson's steps, where it has such: what the view shows as near."""

    @property
    def passed_by(self) -> dict[str, Any]:
        """The settings that say when it is passed, by name: those of `thresholds` that have a say in this lesson."""
        return {name: getattr(self, name) for name in self.thresholds}

    @property
    def shown_radius_m(self) -> float:
        """Distance from which on the view shows the target as reached [m]."""
        return self.goal_radius_m if self.step_radius_m is None else self.step_radius_m

    @property
    def line(self) -> LineConfig:
        """The line between hand and arm that the lesson asks for."""
        return LineConfig(delay_ms=self.delay_ms, jitter_ms=self.jitter_ms, loss=self.loss)


class SimulatedTask(Task, Protocol):
    """A task that knows its scene: what moves in it, and what it looks like."""

    objects: tuple[str, ...]
    settings: TaskSettings

    def attach(self, arms: tuple[ArmBodies, ...]) -> None:
        """Learn which bodies are arms, in the rig's order; called after ``reset``, once they stand."""
        ...

    def observe(self, poses: Vector) -> None:
        """Write the pose of each object in world into ``poses``, shape (objects, 7)."""
        ...

    def shapes(self) -> tuple[SceneShape, ...]:
        """Everything to be drawn; objects in their own frames, the target's marks in the target's."""
        ...


def kinds() -> tuple[str, ...]:
    """Names of the task modules."""
    return tuple(sorted(p.stem for p in Path(__file__).parent.glob("*.py") if p.stem not in _NOT_TASKS))


def available() -> tuple[str, ...]:
    """Names that `load` knows."""
    return config.names("tasks")


def load(name: str, difficulty: str = STANDARD) -> TaskSettings:
    """Load the settings of a task, of its module's own ``Settings``.

    Args:
        name: The task.
        difficulty: One of those that it has.

    Raises:
        UnknownNameError: No task of that name, or it has no such difficulty.
        ConfigError: The file says something that cannot be.
    """
    path = config.find("tasks", name)
    data = config.read(path)
    kind = config.convert(data, _Kind, path).kind
    if kind not in kinds():
        raise ConfigError(path, "kind", str(UnknownNameError("task kind", kind, kinds())))
    source = path if difficulty == STANDARD else f"{path} at difficulty '{difficulty}'"
    struct = importlib.import_module(f"simulation.tasks.{kind}").Settings
    settings: TaskSettings = config.convert(at_difficulty(data, difficulty, path), struct, source)
    refuse_repeats(settings.score, path)
    refuse_clutter(settings, source)
    return settings


def difficulties(settings: TaskSettings) -> tuple[str, ...]:
    """Difficulties that a task has, from easy to hard."""
    return offered({"difficulty": settings.difficulty})


def lessons() -> dict[str, TaskSettings]:
    """All lessons by name, in the order of the curriculum."""
    loaded = {name: load(name) for name in available()}
    return {
        name: settings for name, settings in sorted(loaded.items(), key=lambda item: item[1].level) if settings.level
    }


def title(name: str) -> str:
    """Title and summary of the task called ``name``."""
    settings = load(name)
    return f"{settings.title}: {settings.summary}"


def build(name: str, settings: TaskSettings, world: BulletWorld, tip_starts: Vector) -> SimulatedTask:
    """Make a task in a world.

    Args:
        name: Its name.
        settings: From `load`.
        world: Where it takes place; connected before the task's ``reset``.
        tip_starts: Where each arm's tip starts, in world, shape (arms, 7).
    """
    module = importlib.import_module(f"simulation.tasks.{settings.kind}")
    made: SimulatedTask = module.build(name, settings, world, tip_starts)
    return Cluttered(made, world) if settings.clutter else made


class _Kind(config.Config, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """The one key that every task's config has."""

    kind: str
