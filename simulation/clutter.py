"""Clutter: things that lie about in a lesson and are not to be touched, laid out around whatever the lesson needs."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from msgspec import Meta

from robotics.config import CONFIG_DIR, Config, load
from robotics.contracts import CLUTTER, POSE_SIZE, Outcome, Signal, Vector
from robotics.errors import ConfigError
from robotics.shape_config import Pad
from simulation.grasping import ArmBodies
from simulation.props import PropConfig, turned
from simulation.scenery import SceneShape, deformables
from simulation.tissue import Tissue
from simulation.world import BulletWorld

if TYPE_CHECKING:
    from simulation.tasks.registry import SimulatedTask, TaskSettings

# Ours.
KEEP_M = 0.010
"""Nothing lies nearer than this to what the lesson needs, from surface to surface: jaws open to 8 mm [m]."""

KEEP_GOAL_M = 0.018
"""Nor nearer than this to where a thing belongs, from middle to middle [m]."""

_TRIES = 400
_SETTLE_S = 0.2
_APART_S = 0.2  # a touch goes on over gaps shorter than this

_OPTIONAL = ("goals", "progress", "deformables", "deformable_layout", "observe_deformables")
"""What only some tasks have: a task among clutter has it where the task itself has."""


class ClutterConfig(Config, frozen=True, kw_only=True):
    """What lies about, in the order in which it is taken."""

    things: Annotated[tuple[PropConfig, ...], Meta(min_length=1)]


class Cluttered:
    """A task among clutter: the task as it is, with more objects in its scene and two more signals.

    ``bumped`` counts touches of the clutter by anything but what it lies on and itself; ``bumping`` is their force.
    The things are free and light: whoever meets one pushes it away, and has to find it where it then lies.

    Args:
        task: The task; its settings say how much clutter, and where.
        world: The world, connected before `reset`.
    """

    def __init__(self, task: SimulatedTask, world: BulletWorld) -> None:
        self.task, self._world = task, world
        self.name, self.settings, self.phases = task.name, task.settings, task.phases
        kinds = load(CONFIG_DIR / "clutter.toml", ClutterConfig).things
        self._things = tuple(kinds[i % len(kinds)] for i in range(task.settings.clutter))
        names = tuple(f"{CLUTTER}{i + 1}" for i in range(len(self._things)))
        self.objects = (*task.objects, *names)
        self.signals = (*task.signals, Signal("bumped", ""), Signal("bumping", "N"))
        self._outcome = Outcome(np.zeros(len(self.signals)), np.full(POSE_SIZE, np.nan), 0, False, False)
        self._bodies: list[int] = []
        self._floors: set[int] = set()
        for name in _OPTIONAL:
            if hasattr(task, name):
                setattr(self, name, getattr(task, name))

    def reset(self, rng: np.random.Generator) -> None:
        """Begin a new episode of the task and lay the clutter around it.

        The clutter draws from a child of ``rng``: the task itself is as it would be without.
        """
        own = rng.spawn(1)[0]
        self.task.reset(rng)
        client = self._world.client
        top = _pad(self.settings).xyz_m[2]
        # Neither the pad nor the floor is in the way of anything.
        bodies = [client.getBodyUniqueId(i) for i in range(client.getNumBodies())]
        others = [body for body in bodies if _rises(client, body, top)]
        self._floors = set(bodies) - set(others)
        places = self._needed()
        self._bodies = []
        for thing in self._things:
            for _ in range(_TRIES):
                x, y = (own.uniform(-half, half) for half in self.settings.clutter_m)
                place = np.array([x, y, top + thing.rest_m + 1e-4])
                place[:2] += _pad(self.settings).xyz_m[:2]
                body = thing.load(client, place, turned(own.uniform(-math.pi, math.pi)))
                if self._free(client, body, [*others, *self._bodies], place, places):
                    break
                client.removeBody(body)
            else:
                raise ConfigError(self.name, "clutter", f"there is no room for {len(self._things)} things on the pad")
            self._bodies.append(body)
        for _ in range(round(_SETTLE_S / self._world.settings.physics_period_s)):
            self._world.step()
        self._touched_s = [-math.inf] * len(self._bodies)
        self._bumped = 0

    def attach(self, arms: tuple[ArmBodies, ...]) -> None:
        """Let the task learn which bodies are arms."""
        self.task.attach(arms)

    def observe(self, poses: Vector) -> None:
        """Write the task's objects, then the clutter, into ``poses``, shape (objects, 7)."""
        own = len(self.task.objects)
        self.task.observe(poses[:own])
        for thing, body, pose in zip(self._things, self._bodies, poses[own:], strict=True):
            thing.pose(self._world.client, body, pose)

    def step(self, tick: np.void) -> Outcome:
        """Have the task judge a tick, and count what was touched besides."""
        judged, outcome = self.task.step(tick), self._outcome
        outcome.signals[:-2] = judged.signals
        outcome.signals[-2:] = self._look(float(tick["time"]))
        outcome.target, outcome.phase, outcome.arm, outcome.grip = (
            judged.target,
            judged.phase,
            judged.arm,
            judged.grip,
        )
        outcome.success, outcome.done = judged.success, judged.done
        return outcome

    def shapes(self) -> tuple[SceneShape, ...]:
        """Everything of the task, and the clutter."""
        names = self.objects[len(self.task.objects) :]
        own = (SceneShape(name, part) for name, thing in zip(names, self._things, strict=True) for part in thing.parts)
        return (*self.task.shapes(), *own)

    def _look(self, time: float) -> tuple[int, float]:
        """Touches so far, and the force of those of this tick [N]."""
        client, force = self._world.client, 0.0
        for i, body in enumerate(self._bodies):
            pushes = 0.0
            for contact in client.getContactPoints(body):
                other = contact[2] if contact[1] == body else contact[1]
                if contact[9] > 0.0 and other not in self._bodies and other not in self._floors:
                    pushes += contact[9]
            if pushes > 0.0:
                self._bumped += time - self._touched_s[i] > _APART_S
                self._touched_s[i] = time
                force += pushes
        return self._bumped, force

    def _needed(self) -> Vector:
        """Places from which clutter keeps away though no body stands there, shape (n, 2) [m]."""
        places = [each.rest[:, :2] for each in deformables(self.task)]
        if hasattr(self.task, "goals"):
            places.append(np.asarray(self.task.goals()[1]).reshape(-1, 3)[:, :2])
        return np.concatenate(places) if places else np.empty((0, 2))

    def _free(self, client: Any, body: int, others: list[int], place: Vector, places: Vector) -> bool:
        """Whether a thing keeps away from everything where it has been put."""
        x, y = np.abs(place[:2] - np.array(_pad(self.settings).xyz_m[:2])) < self.settings.clutter_free_m
        if x and y:
            return False
        if places.size and float(np.hypot(*(places - place[:2]).T).min()) < KEEP_GOAL_M:
            return False
        return not any(client.getClosestPoints(body, other, KEEP_M) for other in others)


def refuse_clutter(settings: TaskSettings, source: str | Path) -> None:
    """Refuse clutter in a lesson that has no body for it to lie on.

    Raises:
        ConfigError: There is to be some, and no pad that carries anything.
    """
    if settings.clutter and not isinstance(getattr(settings, "tissue", None), Tissue):
        raise ConfigError(
            source, "clutter", f"is {settings.clutter}, but in this lesson there is nothing it could lie on"
        )


def _pad(settings: TaskSettings) -> Pad:
    pad: Pad = settings.pad  # type: ignore[attr-defined]  # whatever has tissue has a pad
    return pad


def _rises(client: Any, body: int, top: float) -> bool:
    """Whether a body stands above the pad."""
    return bool(client.getAABB(body)[1][2] > top + 1e-3)
