"""Demonstrations: what the guide's policy saw and did, episode by episode, in an open layout.

Files are Parquet with one row a step, and JSON that says what the columns are, laid out as LeRobot datasets of version
2.1 are: ``meta/info.json``, ``meta/tasks.jsonl``, ``meta/episodes.jsonl``, ``meta/episodes_stats.jsonl`` and
``data/chunk-000/episode_000000.parquet``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from robotics.contracts import Vector
from simulation.environments.guide_policy import GuidePolicy
from simulation.environments.lesson_env import LessonEnv

CHUNK = 1000
"""Episodes in a folder of the layout."""


@dataclass(frozen=True)
class Demonstration:
    """One episode; row ``i`` is what was seen before action ``i``, and what came of it.

    Attributes:
        seed: Seed of the episode.
        observations: Shape (n, observation) [SI].
        actions: Shape (n, action), within plus or minus one.
        rewards: Shape (n,).
        success: Whether it ended in success.
    """

    seed: int
    observations: Vector
    actions: Vector
    rewards: Vector
    success: bool


def demonstrate(env: LessonEnv, seeds: range, noise: float = 0.0) -> Iterator[Demonstration]:
    """Have the guide's policy play episodes.

    Args:
        env: Observes the state.
        seeds: One a seed.
        noise: Standard deviation of what is added to the motion that is carried out, not to the action that is kept:
            so the demonstrations show the way back from small errors (DART, Laskey et al. 2017).

    Yields:
        Each episode as it ends.
    """
    policy = GuidePolicy(env)
    for seed in seeds:
        observation, _ = env.reset(seed=seed)
        policy.reset()
        rng = np.random.default_rng(seed)
        seen, done, won, success = [], [], [], False
        while True:
            action = policy()
            carried_out = action + noise * rng.standard_normal(len(action))
            seen.append(observation)
            done.append(action)
            observation, reward, terminated, truncated, info = env.step(carried_out)
            won.append(reward)
            if terminated or truncated:
                success = bool(info["is_success"])
                break
        yield Demonstration(seed, np.array(seen), np.array(done), np.array(won), success)


class Export:
    """Writes demonstrations into a folder, one file an episode; what was written stays whole whatever happens next.

    Args:
        folder: Where to; made if it is not there.
        env: Where they come from.
        title: What is to be done, in a sentence.
    """

    def __init__(self, folder: Path, env: LessonEnv, title: str) -> None:
        self._folder, self._env, self._title = folder, env, title
        self._lengths: list[int] = []
        self._meta = folder / "meta"
        self._meta.mkdir(parents=True, exist_ok=True)
        for name in ("episodes.jsonl", "episodes_stats.jsonl"):
            (self._meta / name).write_text("")
        (self._meta / "tasks.jsonl").write_text(json.dumps({"task_index": 0, "task": title}) + "\n")

    def write(self, shown: Demonstration) -> None:
        """Add an episode."""
        n, episode = len(shown.actions), len(self._lengths)
        start = sum(self._lengths)
        columns: dict[str, Any] = {
            "observation.state": _rows(shown.observations),
            "action": _rows(shown.actions),
            "next.reward": pa.array(shown.rewards, pa.float32()),
            "next.done": pa.array([False] * (n - 1) + [True]),
            "next.success": pa.array([False] * (n - 1) + [shown.success]),
            "timestamp": pa.array(np.arange(n) * self._env.step_s, pa.float32()),
            "frame_index": pa.array(range(n), pa.int64()),
            "episode_index": pa.array([episode] * n, pa.int64()),
            "index": pa.array(range(start, start + n), pa.int64()),
            "task_index": pa.array([0] * n, pa.int64()),
        }
        path = self._folder / f"data/chunk-{episode // CHUNK:03d}/episode_{episode:06d}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table(columns), path)
        self._lengths.append(n)
        self._append(
            "episodes.jsonl", {"episode_index": episode, "tasks": [self._title], "length": n, "seed": shown.seed}
        )
        stats = {"observation.state": shown.observations, "action": shown.actions}
        self._append(
            "episodes_stats.jsonl",
            {"episode_index": episode, "stats": {name: _stats(values) for name, values in stats.items()}},
        )
        self._describe()

    def _append(self, name: str, row: dict[str, Any]) -> None:
        with (self._meta / name).open("a") as file:
            file.write(json.dumps(row) + "\n")

    def _describe(self) -> None:
        env, episodes = self._env, len(self._lengths)
        state, action = int(np.prod(env.observation_space.shape or ())), int(np.prod(env.action_space.shape or ()))
        number = {"dtype": "int64", "shape": [1], "names": None}
        info = {
            "codebase_version": "v2.1",
            "robot_type": "+".join(arm.config.name for arm in env.parts.arms),
            "total_episodes": episodes,
            "total_frames": sum(self._lengths),
            "total_tasks": 1,
            "total_videos": 0,
            "total_chunks": -(-episodes // CHUNK),
            "chunks_size": CHUNK,
            "fps": round(1.0 / env.step_s),
            "splits": {"train": f"0:{episodes}"},
            "data_path": "data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}.parquet",
            "video_path": None,
            "features": {
                "observation.state": {"dtype": "float32", "shape": [state], "names": env.state_names()},
                "action": {"dtype": "float32", "shape": [action], "names": env.action_names()},
                "next.reward": {"dtype": "float32", "shape": [1], "names": None},
                "next.done": {"dtype": "bool", "shape": [1], "names": None},
                "next.success": {"dtype": "bool", "shape": [1], "names": None},
                "timestamp": {"dtype": "float32", "shape": [1], "names": None},
                **{name: number for name in ("frame_index", "episode_index", "index", "task_index")},
            },
        }
        path = self._meta / "info.json"
        part = path.with_suffix(".part")
        part.write_text(json.dumps(info, indent=2) + "\n")
        part.replace(path)


def _rows(values: Vector) -> pa.Array:
    return pa.array(values.astype(np.float32).tolist(), pa.list_(pa.float32(), values.shape[1]))


def _stats(values: Vector) -> dict[str, Any]:
    return {
        "min": values.min(axis=0).tolist(),
        "max": values.max(axis=0).tolist(),
        "mean": values.mean(axis=0).tolist(),
        "std": values.std(axis=0).tolist(),
        "count": [len(values)],
    }
