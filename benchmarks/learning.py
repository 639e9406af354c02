"""Does a policy learn needle reach from demonstrations, in minutes on two cores?

python -m benchmarks.learning [--lesson needle_reach] [--demonstrations 60] [--seeds 50]

Behaviour cloning in plain NumPy: a small network is fitted to what the guide's policy did in disturbed demonstrations,
and then plays scenes that no demonstration had. Printed beside it: the same network untrained, random actions, and the
guide's policy itself.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from itertools import pairwise

import numpy as np
from rich.progress import Progress
from rich.table import Table

from benchmarks._report import console, print_machine
from robotics.contracts import Vector
from simulation.environments.demonstrations import demonstrate
from simulation.environments.guide_policy import GuidePolicy
from simulation.environments.lesson_env import LessonEnv
from steadyhand.environments import make

NOISE = 0.3
"""Disturbance of the demonstrations, of the largest action."""

UNSEEN = 10_000
"""The first seed that is played; demonstrations have those from 0 on."""

LONGEST_S = 15.0
"""Longest episode that is played: the guide's policy takes 2 s."""


class Network:
    """Two hidden layers of 64 tanh units from observations to actions.

    Args:
        inputs: Size of an observation.
        outputs: Size of an action.
        rng: Draws the first weights and the batches.
    """

    def __init__(self, inputs: int, outputs: int, rng: np.random.Generator) -> None:
        sizes, self._rng = (inputs, 64, 64, outputs), rng
        self._weights = [rng.standard_normal((a, b)) / math.sqrt(a) for a, b in pairwise(sizes)]
        self._biases = [np.zeros(b) for b in sizes[1:]]
        self._mean, self._spread = np.zeros(inputs), np.ones(inputs)

    def __call__(self, observations: Vector) -> Vector:
        """Actions, shape (n, outputs), for observations, shape (n, inputs)."""
        return self._forward(observations)[-1]

    def fit(self, observations: Vector, actions: Vector, epochs: int = 150, batch: int = 128) -> None:
        """Fit to demonstrated actions: least squares, Adam (Kingma and Ba 2015)."""
        self._mean = observations.mean(axis=0)
        # What hardly varies must not be blown up.
        self._spread = np.maximum(observations.std(axis=0), 1e-3)
        parameters = [*self._weights, *self._biases]
        first, second = [np.zeros_like(p) for p in parameters], [np.zeros_like(p) for p in parameters]
        step, total = 0, epochs * -(-len(actions) // batch)
        for _ in range(epochs):
            order = self._rng.permutation(len(actions))
            for start in range(0, len(order), batch):
                rows = order[start : start + batch]
                step += 1
                rate = 3e-3 * 0.5 * (1.0 + math.cos(math.pi * step / total))
                for p, g, m, v in zip(
                    parameters, self._gradients(observations[rows], actions[rows]), first, second, strict=True
                ):
                    m[:] += 0.1 * (g - m)
                    v[:] += 0.001 * (g * g - v)
                    p[:] -= rate * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8)

    def _forward(self, observations: Vector) -> list[Vector]:
        layers = [(observations - self._mean) / self._spread]
        for weights, biases in zip(self._weights, self._biases, strict=True):
            layers.append(np.tanh(layers[-1] @ weights + biases))
        return layers

    def _gradients(self, observations: Vector, actions: Vector) -> list[Vector]:
        layers = self._forward(observations)
        delta = (layers[-1] - actions) * (1.0 - layers[-1] ** 2) / len(actions)
        weights, biases = [], []
        for i in range(len(self._weights) - 1, -1, -1):
            weights.append(layers[i].T @ delta)
            biases.append(delta.sum(axis=0))
            delta = (delta @ self._weights[i].T) * (1.0 - layers[i] ** 2)
        return [*weights[::-1], *biases[::-1]]


def play(env: LessonEnv, act: Callable[[Vector], Vector], seeds: range, step: Callable[[], None]) -> tuple[int, float]:
    """Successes, and mean time of those [s]."""
    times = []
    for seed in seeds:
        observation, _ = env.reset(seed=seed)
        while True:
            observation, _, terminated, truncated, info = env.step(act(observation))
            if terminated or truncated:
                break
        if info["is_success"]:
            times.append(info["time_s"])
        step()
    return len(times), float(np.mean(times)) if times else math.nan


def main() -> None:
    """Demonstrate, fit, play, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lesson", default="needle_reach")
    parser.add_argument("--demonstrations", type=int, default=60)
    parser.add_argument("--seeds", type=int, default=50, help="scenes that are played, none of them demonstrated")
    asked = parser.parse_args()
    print_machine("pybullet", "gymnasium", "numpy")
    env, rng = make(asked.lesson, time_limit_s=LONGEST_S), np.random.default_rng(0)
    began = time.perf_counter()
    with Progress(console=console, transient=True) as progress:
        bar = progress.add_task("Demonstrations", total=asked.demonstrations + 4 * asked.seeds)

        def step(what: str = "") -> None:
            progress.update(bar, advance=1, description=what or None)

        shown = []
        for one in demonstrate(env, range(asked.demonstrations), NOISE):
            shown.append(one)
            step()
        observations = np.concatenate([one.observations for one in shown])
        actions = np.concatenate([one.actions for one in shown])
        network = Network(observations.shape[1], actions.shape[1], rng)
        seeds = range(UNSEEN, UNSEEN + asked.seeds)
        rows = [("untrained network", play(env, lambda o: network(o[None])[0], seeds, step))]
        fitting = time.perf_counter()
        network.fit(observations, actions)
        fitted = time.perf_counter()
        rows.append(("cloned", play(env, lambda o: network(o[None])[0], seeds, step)))
        took = time.perf_counter() - began
        guide = GuidePolicy(env)
        rows.append(("random actions", play(env, lambda _: rng.uniform(-1.0, 1.0, actions.shape[1]), seeds, step)))
        rows.append(("the guide itself", play(env, lambda _: guide(), seeds, step)))
    table = Table(box=None)
    for column in ("policy", "successes", "mean time"):
        table.add_column(column, justify="left" if column == "policy" else "right")
    for name, (won, seconds) in rows:
        table.add_row(name, f"{won}/{asked.seeds}", f"{seconds:.1f} s" if won else "-")
    console.print(f"{asked.lesson}: {len(shown)} demonstrations, {len(actions)} steps, unseen scenes")
    console.print(table)
    console.print(f"Fitted in {fitted - fitting:.1f} s; demonstrations, fit and both plays in {took:.0f} s")
    env.close()


if __name__ == "__main__":
    main()
