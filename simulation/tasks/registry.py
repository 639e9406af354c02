"""Tasks by name: finds the config, and the module that its ``kind`` names."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Annotated, ClassVar, Protocol

from msgspec import Meta

from robotics import config
from robotics.contracts import Task, Vector
from robotics.errors import ConfigError, UnknownNameError
from robotics.line_config import DelayMs, JitterMs, LineConfig, LossShare
from robotics.score_config import Force, ScoreRow, refuse_repeats
from robotics.shape_config import Shape
from simulation.grasping import ArmBodies
from simulation.scenery import SceneShape
from simulation.world import BulletWorld

_NOT_TASKS = {"__init__", "registry", "settings"}


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
        delay_ms: Delay between hand and arm that makes the lesson harder; see `robotics.line_config.LineConfig`.
        jitter_ms: Its jitter.
        loss: Share of the hand's poses that are lost.
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
    delay_ms: DelayMs = 0.0
    jitter_ms: JitterMs = 0.0
    loss: LossShare = 0.0

    thresholds: ClassVar[tuple[str, ...]] = ("goal_radius_m", "time_limit_s")
    """Names of the settings that say when it is passed; a kind of task adds its own."""

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


def load(name: str) -> TaskSettings:
    """Load the settings of a task, of its module's own ``Settings``.

    Raises:
        UnknownNameError: No task of that name.
        ConfigError: The file says something that cannot be.
    """
    path = config.find("tasks", name)
    kind = config.load(path, _Kind).kind
    if kind not in kinds():
        raise ConfigError(path, "kind", str(UnknownNameError("task kind", kind, kinds())))
    settings: TaskSettings = config.load(path, importlib.import_module(f"simulation.tasks.{kind}").Settings)
    refuse_repeats(settings.score, path)
    return settings


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
    return made


class _Kind(config.Config, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """The one key that every task's config has."""

    kind: str
