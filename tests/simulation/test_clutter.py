"""Clutter lies about, keeps off what the lesson needs, leaves the lesson itself as it is, and counts who touches it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pybullet as pb
import pytest

from control.tick import TickLayout, tick_dtype
from robotics.errors import ConfigError
from simulation import tasks
from simulation.clutter import KEEP_GOAL_M, KEEP_M, Cluttered
from simulation.grasping import ArmBodies
from simulation.scenery import deformables
from simulation.settings import SimulationConfig
from simulation.tasks.registry import lessons, load
from simulation.world import BulletWorld

CLUTTERED = tuple(name for name in lessons() if "hard" in load(name).difficulty and load(name, "hard").clutter)
FLAT = np.array([[0.0, 0.0, 0.15, 1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.15, 1.0, 0.0, 0.0, 0.0]])
FAR = np.array([0.0, 0.0, -0.5])


def laid_out(world: BulletWorld, lesson: str, seed: int, level: str = "hard"):
    task = tasks.build(lesson, load(lesson, level), world, FLAT)
    task.reset(np.random.default_rng(seed))
    poses = np.zeros((len(task.objects), 7))
    if task.objects:
        task.observe(poses)
    return task, poses


def test_most_lessons_have_clutter_when_they_are_hard_and_none_has_any_as_usual() -> None:
    assert len(CLUTTERED) >= 8
    assert not any(settings.clutter for settings in lessons().values())


@pytest.mark.parametrize("lesson", CLUTTERED)
def test_clutter_keeps_off_what_the_lesson_needs_and_lies_still_on_the_pad(lesson: str) -> None:
    with BulletWorld(SimulationConfig()) as world:
        task, poses = laid_out(world, lesson, 3)
        assert isinstance(task, Cluttered)
        own, settings, client = len(task.task.objects), task.settings, world.client
        lies = poses[own:]
        assert len(lies) == settings.clutter
        assert (np.abs(lies[:, :2] - settings.pad.xyz_m[:2]) <= np.array(settings.clutter_m) + 1e-3).all()
        assert (lies[:, 2] < settings.pad.xyz_m[2] + 1e-3).all()
        assert (lies[:, 2] > settings.pad.xyz_m[2] - 2e-3).all()
        for body in task._bodies:
            for other in set(range(client.getNumBodies())) - {*task._floors, *task._bodies}:
                assert not client.getClosestPoints(body, other, 0.9 * KEEP_M)
        for each in deformables(task):
            gaps = np.linalg.norm(each.rest[:, None, :2] - lies[None, :, :2], axis=2)
            assert gaps.min() > 0.9 * KEEP_GOAL_M
        for _ in range(50):
            world.step()
        after = np.zeros_like(poses)
        task.observe(after)
        np.testing.assert_allclose(after[own:, :3], lies[:, :3], atol=5e-4)


def test_the_lesson_among_clutter_is_the_lesson_without_it_and_other_seeds_lay_it_elsewhere() -> None:
    with BulletWorld(SimulationConfig()) as world:
        settings = load("needle_reach", "hard")
        bare = tasks.build("needle_reach", type(settings)(**{**_fields(settings), "clutter": 0}), world, FLAT)
        bare.reset(np.random.default_rng(3))
        needle = np.zeros((1, 7))
        bare.observe(needle)
    found = []
    for seed in (3, 3, 4):
        with BulletWorld(SimulationConfig()) as world:
            found.append(laid_out(world, "needle_reach", seed)[1])
    np.testing.assert_array_equal(found[0], found[1])
    assert np.abs(found[0][1:] - found[2][1:]).max() > 1e-3
    np.testing.assert_allclose(found[0][0], needle[0], atol=1e-4)


def test_a_touch_counts_once_for_as_long_as_it_lasts_and_what_lies_about_by_itself_does_not() -> None:
    with BulletWorld(SimulationConfig()) as world:
        task, _ = laid_out(world, "needle_reach", 3)
        client = world.client
        shape = client.createCollisionShape(pb.GEOM_SPHERE, radius=0.002)
        finger = client.createMultiBody(0.0, shape, basePosition=FAR.tolist())
        task.attach((ArmBodies("psm1", finger, None),))
        layout = TickLayout((("psm1", 6),), task.objects, tuple(signal.name for signal in task.signals))
        record, seen = np.zeros(1, tick_dtype(layout))[0], []
        for k in range(2000):  # onto the first thing, off, and down again
            task.observe(record["objects"])
            place = record["objects"][1, :3] + (0.0, 0.0, 0.0055 if 200 <= k % 1000 < 500 else 0.03)
            client.resetBasePositionAndOrientation(finger, place.tolist(), (0, 0, 0, 1))
            world.step()
            record["time"] = k * 1e-3
            seen.append(task.step(record).signals[-2:].copy())
        counts, forces = np.array(seen).T
    assert counts[190] == 0.0
    assert counts[490] == counts[1190] == 1.0
    assert counts[-1] == 2.0
    assert forces[200:500].max() > 0.0
    assert (forces[600:1200] == 0.0).all()


def test_clutter_where_nothing_could_lie_or_more_than_has_room_is_refused(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "configs" / "tasks" / "palpation.toml").read_text(encoding="utf-8")
    path = tmp_path / "palpation.toml"
    path.write_text("clutter = 2\n" + text, encoding="utf-8")
    with pytest.raises(ConfigError, match="clutter: is 2, but in this lesson there is nothing it could lie on"):
        load(str(path))
    text = (Path(__file__).parents[2] / "configs" / "tasks" / "static_track.toml").read_text(encoding="utf-8")
    path.write_text("clutter = 12\nclutter_m = [0.01, 0.01]\n" + text, encoding="utf-8")
    with BulletWorld(SimulationConfig()) as world:
        task = tasks.build("static_track", load(str(path)), world, FLAT)
        with pytest.raises(ConfigError, match="no room for 12 things"):
            task.reset(np.random.default_rng(0))


def _fields(settings: object) -> dict[str, object]:
    return {name: getattr(settings, name) for name in settings.__struct_fields__}  # type: ignore[attr-defined]
