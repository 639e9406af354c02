"""Gymnasium environments of all lessons, registered when this is imported.

    import gymnasium, steadyhand.environments
    env = gymnasium.make("steadyhand/PegTransfer-v0")
    hard = gymnasium.make("steadyhand/PegTransfer-v0", difficulty="hard")

See `simulation.environments.lesson_env.LessonEnv` for what actions, observations and rewards are.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gymnasium
import numpy as np
from numpy.typing import NDArray

from robotics import config
from robotics.difficulty import STANDARD

if TYPE_CHECKING:
    from simulation.environments.lesson_env import LessonEnv, Parts
    from simulation.tasks.registry import SimulatedTask
    from steadyhand.rig import Rig

NAMESPACE = "steadyhand"


def identifier(lesson: str) -> str:
    """Gymnasium's name of a lesson, for example ``steadyhand/PegTransfer-v0``."""
    return f"{NAMESPACE}/{''.join(word.capitalize() for word in lesson.split('_'))}-v0"


def register() -> None:
    """Make all lessons known to Gymnasium; loads nothing but their names."""
    for lesson in config.names("tasks"):
        name = identifier(lesson)
        if name not in gymnasium.registry:
            gymnasium.register(name, entry_point="steadyhand.environments:make", kwargs={"lesson": lesson})


def make(
    lesson: str,
    rig: str | None = None,
    physics_hz: float | None = None,
    difficulty: str = STANDARD,
    drives: str | None = None,
    **options: Any,
) -> LessonEnv:
    """Make the environment of a lesson.

    Args:
        lesson: Its name, or its TOML file.
        rig: Name of the rig; the lesson's own where None.
        physics_hz: Physics steps a second; the rig's own where None. A multiple of 50.
        difficulty: How hard: all but the added delay, for here no hand drives over a line.
        drives: ``"real"`` for backlash and friction between motors and joints; the rig's own where None.
        options: See `LessonEnv`.

    Raises:
        SteadyhandError: A name is unknown, or a value cannot be.
    """
    from simulation.environments.lesson_env import LessonEnv

    return LessonEnv(parts(lesson, rig, physics_hz, difficulty, drives), **options)


def parts(
    lesson: str,
    rig: str | None = None,
    physics_hz: float | None = None,
    difficulty: str = STANDARD,
    drives: str | None = None,
) -> Parts:
    """What the environment of a lesson is made of; see `make`."""
    from msgspec.structs import replace

    from simulation import tasks
    from simulation.environments.lesson_env import Parts
    from steadyhand.rig import plan, trocar
    from steadyhand.variation import vary

    planned = plan(lesson, rig, difficulty=difficulty, drives=drives)
    simulation, name = planned.config.simulation, Path(planned.task_name).stem
    if physics_hz is not None:
        simulation = replace(simulation, physics_period_s=1.0 / physics_hz)
    return Parts(
        name=name,
        simulation=simulation,
        arms=planned.arms,
        controllers=planned.controllers,
        trocars=tuple(trocar(p, a) for p, a in zip(planned.config.arms, planned.arms, strict=True)),
        half_spaces=tuple(placement.half_spaces for placement in planned.config.arms),
        task=lambda world, seed: tasks.build(name, vary(planned, seed).task_settings, world, planned.tip_starts()),
        camera=lambda task, seed, width, height: _camera(vary(planned, seed), task, width, height),
    )


def _camera(rig: Rig, task: SimulatedTask, width: int, height: int) -> Callable[[np.void], NDArray[np.uint8]]:
    """The training view's own pictures through the rig's first camera, drawn on the processor."""
    from steadyhand.scene import build_scene
    from vr_training.stream.poser import ScenePoser
    from vr_training.view.cameras import camera
    from vr_training.view.software import SoftwareRenderer

    scene = build_scene(rig, task, "environment", inputs=False)
    poser, renderer, eye = (
        ScenePoser(scene),
        SoftwareRenderer("live", threads=1),
        camera(scene.cameras[0], width, height),
    )
    renderer.load(scene)
    return lambda tick: renderer.render(poser.poses(tick), eye).colour


register()
