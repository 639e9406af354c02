"""Lessons as Gymnasium environments: Gymnasium's own checker, the same scenes, limits kept, rewards that add up."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from pathlib import Path

import gymnasium
import numpy as np
import pyarrow.parquet as pq
import pytest
from gymnasium.utils.env_checker import check_env

from robotics.errors import ArgumentError
from simulation import tasks
from simulation.environments.demonstrations import Export, demonstrate
from simulation.environments.guide_policy import GuidePolicy
from simulation.environments.lesson_env import LessonEnv
from steadyhand.environments import identifier, make
from steadyhand.rig import build, plan

LESSONS = tuple(tasks.lessons())
HIDDEN = ("palpation",)
"""Lessons whose seed shows in nothing that is seen at first."""

SHORT = ("needle_reach", "needle_pick", "gauze_retrieve")
"""Lessons that the guide's policy passes within seconds of the processor."""


@pytest.fixture
def reach() -> Iterator[LessonEnv]:
    env = make("needle_reach")
    yield env
    env.close()


@pytest.mark.parametrize(
    "options",
    [{}, {"observe": "both"}, {"reward": "sparse"}, {"goal_conditioned": True}],
    ids=["state", "both", "sparse", "goal"],
)
def test_gymnasiums_own_checker_finds_nothing(options: dict[str, object]) -> None:
    env = gymnasium.make(
        identifier("needle_reach"), render_mode="rgb_array", disable_env_checker=True, **options
    ).unwrapped
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(env)
    env.close()


@pytest.mark.parametrize("lesson", sorted(set(LESSONS) - {"needle_reach"}))
def test_gymnasiums_own_checker_finds_nothing_in_any_lesson_nor_in_its_goals(lesson: str) -> None:
    for options in ({}, {"goal_conditioned": True}):
        env = gymnasium.make(identifier(lesson), disable_env_checker=True, **options).unwrapped
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            check_env(env, skip_render_check=True)
        env.close()


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_lesson_can_be_played_twice_at_once(lesson: str) -> None:
    both = gymnasium.make_vec(identifier(lesson), num_envs=2, vectorization_mode="sync")
    first, _ = both.reset(seed=7)
    alone = gymnasium.make(identifier(lesson))
    np.testing.assert_array_equal(first[0], alone.reset(seed=7)[0])
    action = np.full(both.action_space.shape, 0.3, both.action_space.dtype)
    seen = [both.step(action)[0] for _ in range(2)][-1]
    np.testing.assert_array_equal(seen[0], [alone.step(action[0])[0] for _ in range(2)][-1])
    assert lesson in HIDDEN or not np.array_equal(seen[0], seen[1])
    alone.close()
    both.close()


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_lesson_has_an_environment_that_begins_where_the_lesson_does(lesson: str) -> None:
    env = gymnasium.make(identifier(lesson)).unwrapped
    assert isinstance(env, LessonEnv)
    first, _ = env.reset(seed=7)
    assert first in env.observation_space
    assert len(first) == len(env.state_names())
    assert len(env.action_names()) == env.action_space.shape[0]
    again, _ = env.reset(seed=7)
    np.testing.assert_array_equal(first, again)
    other, _ = env.reset(seed=8)
    assert lesson in HIDDEN or not np.array_equal(first, other)
    env.reset(seed=7)
    with build(plan(lesson), {}, seed=7) as (loop, task):
        loop.power_on()
        if task.objects:
            np.testing.assert_allclose(loop.tick()[0]["objects"][:, :3], env._record["objects"][:, :3], atol=1e-3)
    env.close()


@pytest.mark.parametrize("lesson", SHORT)
def test_the_guides_policy_passes_and_the_dense_reward_adds_up_to_what_was_done(lesson: str) -> None:
    env = make(lesson)
    policy, total = GuidePolicy(env), 0.0
    env.reset(seed=5)
    policy.reset()
    at_first = env._potential
    while True:
        _, reward, terminated, truncated, info = env.step(policy())
        total += reward
        if terminated or truncated:
            break
    assert info["is_success"]
    assert terminated
    assert total == pytest.approx(env._potential - at_first + 1.0)
    assert 1.5 < total < 3.0
    env.close()


def test_random_actions_do_not_pass_and_no_joint_leaves_its_limits(reach: LessonEnv) -> None:
    rng = np.random.default_rng(3)
    arm = reach.parts.arms[0].chain
    reach.reset(seed=3)
    for k in range(60):
        if k % 6 == 0:
            action = rng.choice([-1.0, 1.0], reach.action_space.shape[0])
        _, _, terminated, _, info = reach.step(action)
        q = reach._record["arms"]["psm1"]["q"]
        assert (q > arm.lower - 1e-3).all()
        assert (q < arm.upper + 1e-3).all()
        assert not terminated
    assert not info["is_success"]


def test_an_action_of_one_moves_the_tip_at_the_stated_speed(reach: LessonEnv) -> None:
    reach.reset(seed=1)
    start = reach.tips[0, :3].copy()
    action = np.zeros(7)
    action[2] = 1.0
    for _ in range(5):
        reach.step(action)
    moved = reach.tips[0, :3] - start
    assert moved[2] == pytest.approx(0.5 * reach.speed_m_s, rel=0.1)
    assert np.abs(moved[:2]).max() < 1e-3


def test_an_arm_that_is_told_nothing_stays_where_it_is(reach: LessonEnv) -> None:
    reach.reset(seed=1)
    start = reach.tips.copy()
    for _ in range(20):
        reach.step(np.zeros(7))
    np.testing.assert_allclose(reach.tips[0, :3], start[0, :3], atol=2e-5)


def test_an_episode_is_truncated_at_its_time_limit() -> None:
    env = make("needle_reach", time_limit_s=0.5)
    env.reset(seed=0)
    ends = [env.step(np.zeros(7))[2:4] for _ in range(5)]
    assert ends == [(False, False)] * 4 + [(False, True)]
    env.close()


@pytest.mark.parametrize("reward", ["dense", "sparse"])
def test_the_reward_of_a_goal_is_that_of_compute_reward_for_rows_too(reward: str) -> None:
    env = make("peg_transfer", goal_conditioned=True, reward=reward)
    observation, _ = env.reset(seed=2)
    observation, given, *_, info = env.step(np.zeros(7))
    achieved, desired = observation["achieved_goal"], observation["desired_goal"]
    assert given == env.compute_reward(achieved, desired, info)
    rows = env.compute_reward(np.stack([achieved, desired]), np.stack([desired, desired]), [info, info])
    assert rows[0] == given
    assert rows[1] == 0.0
    assert given < 0.0
    env.close()


def test_what_cannot_be_is_refused_with_the_choices() -> None:
    with pytest.raises(ArgumentError, match="observe is 'sound'; choose one of: 'state', 'image', 'both'"):
        make("needle_reach", observe="sound")
    with pytest.raises(ArgumentError, match="control_hz is 7"):
        make("needle_reach", control_hz=7.0)
    with pytest.raises(ArgumentError, match="observes the state"):
        make("needle_reach", goal_conditioned=True, observe="image")
    env = make("needle_reach")
    with pytest.raises(ArgumentError, match="reset"):
        env.step(np.zeros(7))


def test_demonstrations_are_read_back_as_they_were_shown(tmp_path: Path, reach: LessonEnv) -> None:
    export = Export(tmp_path, reach, "reach the needle")
    shown = list(demonstrate(reach, range(2), noise=0.2))
    for one in shown:
        export.write(one)
    info = json.loads((tmp_path / "meta/info.json").read_text())
    assert info["total_episodes"] == 2
    assert info["total_frames"] == sum(len(one.actions) for one in shown)
    assert info["features"]["action"]["shape"] == [7]
    for i, one in enumerate(shown):
        table = pq.read_table(tmp_path / info["data_path"].format(episode_chunk=0, episode_index=i)).to_pydict()
        np.testing.assert_allclose(table["action"], one.actions, atol=1e-6)
        np.testing.assert_allclose(table["observation.state"], one.observations, atol=1e-4)
        assert table["frame_index"] == list(range(len(one.actions)))
        assert table["next.success"][-1]
    assert set(table) == set(info["features"])


def test_disturbed_demonstrations_keep_the_guides_action_not_the_disturbed_one(reach: LessonEnv) -> None:
    (calm,) = demonstrate(reach, range(4, 5))
    (shaken,) = demonstrate(reach, range(4, 5), noise=0.5)
    np.testing.assert_array_equal(calm.actions[0], shaken.actions[0])
    assert not np.allclose(calm.observations[3], shaken.observations[3])
    assert shaken.success
