"""How fast is each lesson simulated in its Gymnasium form, with friction grasps, at the rig's physics rate and slower?

python -m benchmarks.speed [--seeds N] [--hz HZ ...] [LESSON ...]

Simulated seconds per second of the processor, of whole episodes that the guide's policy plays: physics, commands,
measurement, judgement, observation and reward. "Passed" says whether contacts still hold at that rate. Medians over
seeds; lessons at different rates take turns, so that a busy machine disturbs all of them alike.
"""

from __future__ import annotations

import argparse
import statistics
import time
from dataclasses import dataclass, field

from rich.progress import Progress
from rich.table import Table

from benchmarks._report import console, print_machine
from simulation import tasks
from simulation.environments.guide_policy import GuidePolicy
from simulation.environments.lesson_env import LessonEnv
from steadyhand.environments import make

LONGEST_S = 40.0
"""Longest part of an episode that is played."""

SLOWER_HZ = 250.0
"""A rate as most simulators of surgery have it."""


@dataclass
class Played:
    """What a lesson came to at one rate."""

    passed: int = 0
    speeds: list[float] = field(default_factory=list)


def play(env: LessonEnv, policy: GuidePolicy, seed: int) -> tuple[bool, float]:
    """Play one episode: whether it was passed, and simulated seconds per second of the processor."""
    env.reset(seed=seed)
    policy.reset()
    began = time.process_time()
    while True:
        *_, terminated, truncated, info = env.step(policy())
        if terminated or truncated:
            break
    return bool(info["is_success"]), env.time_s / (time.process_time() - began)


def main() -> None:
    """Play and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lessons", nargs="*", help="lessons; all where left out")
    parser.add_argument("--seeds", type=int, default=3, help="episodes of each lesson at each rate")
    parser.add_argument("--hz", type=float, nargs="*", default=[SLOWER_HZ], help="other physics rates, multiples of 50")
    asked = parser.parse_args()
    print_machine("pybullet", "numba", "gymnasium")
    names, rates = asked.lessons or list(tasks.lessons()), [None, *asked.hz]
    table = Table(box=None)
    for column in ("lesson", "physics", "passed", "sim s / CPU s"):
        table.add_column(column, justify="left" if column == "lesson" else "right", no_wrap=True)
    with Progress(console=console, transient=True) as progress:
        bar = progress.add_task("Episodes", total=len(names) * asked.seeds * len(rates))
        for name in names:
            envs = {rate: make(name, physics_hz=rate, time_limit_s=LONGEST_S) for rate in rates}
            policies = {rate: GuidePolicy(env) for rate, env in envs.items()}
            played = {rate: Played() for rate in rates}
            for seed in range(asked.seeds):
                for rate, env in envs.items():
                    passed, speed = play(env, policies[rate], seed)
                    played[rate].passed += passed
                    played[rate].speeds.append(speed)
                    progress.update(bar, advance=1, description=name)
            for rate, env in envs.items():
                hz = 1.0 / env.parts.simulation.physics_period_s
                table.add_row(
                    name if rate is None else "",
                    f"{hz:.0f} Hz",
                    f"{played[rate].passed}/{asked.seeds}",
                    f"{statistics.median(played[rate].speeds):.1f}",
                )
                env.close()
    console.print(table)


if __name__ == "__main__":
    main()
