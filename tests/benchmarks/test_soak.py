"""Random episodes leave everything in its world; and what would not be, is found."""

from __future__ import annotations

import pytest

from benchmarks.soak import SPEED_M_S, TURN_RAD_S, lesson_of, play
from simulation import tasks
from simulation.environments.lesson_env import LessonEnv
from steadyhand.environments import make

LESSONS = sorted(tasks.lessons())
EPISODES = 56
SECONDS = 1.5


def soaked(lesson: str) -> LessonEnv:
    return make(lesson, speed_m_s=SPEED_M_S, turn_rad_s=TURN_RAD_S)


@pytest.mark.parametrize("lesson", LESSONS)
def test_nothing_leaves_the_world_passes_a_limit_or_becomes_not_a_number(lesson: str) -> None:
    env = soaked(lesson)
    seeds = [seed for seed in range(EPISODES) if lesson_of(seed, LESSONS) == lesson]
    assert len(seeds) >= EPISODES // len(LESSONS)
    found = [play(env, lesson, seed, SECONDS) for seed in seeds]
    env.close()
    assert [run for run in found if run.failures] == []
    assert all(run.time_s > 0.5 for run in found)


def test_what_is_torn_off_a_sheet_falls_onto_the_pad() -> None:
    env = soaked("precision_cut")
    run = play(env, "precision_cut", 206, 2.2)
    lowest = env.tick["deformables"]["sheet"]["nodes"][:, 2].min()
    env.close()
    assert not run.failures
    assert lowest > -1e-3


def test_the_same_seed_plays_the_same_episode() -> None:
    ends = []
    for _ in range(2):
        env = soaked("gauze_retrieve")
        play(env, "gauze_retrieve", 3, 0.6)
        ends.append(env.tick["objects"].tobytes() + env.tick["arms"].tobytes())
        env.close()
    assert ends[0] == ends[1]


def test_a_thing_that_leaves_the_world_is_found() -> None:
    env = soaked("gauze_retrieve")
    env.reset(seed=0)
    kick = {"done": False}
    client, arms = env.plant.world.client, {arm.body for arm in env.plant.bodies()}
    bodies = [client.getBodyUniqueId(i) for i in range(client.getNumBodies())]
    (thing,) = (b for b in bodies if b not in arms and client.getDynamicsInfo(b, -1)[0] > 0.0)
    reset = env.reset

    def kicked(**given: object):
        found = reset(**given)
        env.plant.world.client.resetBaseVelocity(thing, (0.0, 0.0, 9.0))
        kick["done"] = True
        return found

    env.reset = kicked  # type: ignore[method-assign]
    run = play(env, "gauze_retrieve", 0, 1.0)
    env.close()
    assert kick["done"]
    assert any("thing1 is at" in failure for failure in run.failures)
