"""Random episodes: whatever the arms do, nothing leaves the world, passes a limit or becomes not a number.

python -m benchmarks.soak [--episodes N] [--first SEED] [--seconds S] [--fresh] [LESSON ...]

Episode SEED plays lesson SEED modulo their number, its scene drawn from SEED, with tip velocities, turns and grips that
jump between their limits at random. What has been played is kept in build/soak.jsonl, so that a run goes on where the
last one stopped; each failure is printed with its seed. Exit status 1 where anything failed.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from benchmarks._page import ROOT
from benchmarks._report import console, print_machine
from control.loop import DeformingScene
from simulation import tasks
from simulation.environments.lesson_env import LessonEnv
from steadyhand.environments import make

DONE = ROOT / "build" / "soak.jsonl"

SPEED_M_S, TURN_RAD_S = 0.15, 2.0
"""Of an action of one: three times what a lesson is practised with."""

SWITCH_SHARE = 0.25
"""Share of the steps after which each number of the action is drawn anew."""

TOWARDS_SHARE = 0.5
"""Share of the steps in which the arm that is asked hurries to where the lesson wants it: else it meets little."""

SIDE_M = 1.0
"""Half side of the floor on which what falls off the pad comes to rest."""

HIGHEST_M, DEEPEST_M = 0.5, -0.15
"""Above and below which nothing belongs; what is drawn inside of tissue lies above the latter."""

SUNK_M = 0.002
"""How far what lies on the floor may reach into it."""

HIDDEN_M = -0.5
"""Height at which lessons put what is not to be seen yet."""

SLACK_RAD, SLACK_M = 2e-3, 1e-4
"""How far a joint may be beyond its limit: its servo is no wall."""

JAW_SLACK_RAD = 0.02
"""The same of the angle between two jaws, each stopped by the solver's soft limit."""


@dataclass(frozen=True)
class Played:
    """One random episode.

    Attributes:
        seed: Its seed.
        lesson: Its lesson.
        time_s: How long it went on.
        failures: What was wrong, in words, each kind once.
    """

    seed: int
    lesson: str
    time_s: float
    failures: tuple[str, ...]


def lesson_of(seed: int, lessons: list[str]) -> str:
    """The lesson that a seed plays."""
    return lessons[seed % len(lessons)]


def play(env: LessonEnv, lesson: str, seed: int, seconds: float) -> Played:
    """Play one episode; stops where it is over."""
    rng = np.random.default_rng([seed, 1])
    size = env.action_space.shape[0]  # type: ignore[index]
    action = rng.choice([-1.0, 1.0], size)
    found: dict[str, str] = {}
    observation, info = env.reset(seed=seed)
    _check(env, observation, info, 0.0, found)
    while env.time_s < seconds - 1e-9:
        drawn = rng.random(size) < SWITCH_SHARE
        action[drawn] = rng.choice([-1.0, 0.0, 1.0], int(drawn.sum()))
        if rng.random() < TOWARDS_SHARE:
            _aim(env, action)
        observation, reward, terminated, truncated, info = env.step(action)
        _check(env, observation, info, float(reward), found)
        if terminated or truncated:
            break
    return Played(seed, lesson, env.time_s, tuple(found.values()))


def _aim(env: LessonEnv, action: NDArray[np.float64]) -> None:
    arm, target = env.outcome.arm, env.outcome.target[:3]
    if not np.isfinite(target).all():
        return
    way = target - env.tips[arm, :3]
    per_arm = len(action) // len(env.tips)
    action[arm * per_arm : arm * per_arm + 3] = np.clip(way / (SPEED_M_S * env.step_s), -1.0, 1.0)


def _check(env: LessonEnv, observation: NDArray[np.float64], info: dict, reward: float, found: dict[str, str]) -> None:
    at = f"at {env.time_s:.2f} s"
    names = env.state_names()
    for k in np.flatnonzero(~np.isfinite(observation)):
        found.setdefault(names[k], f"{names[k]} is {observation[k]} {at}")
    if not env.observation_space.contains(observation):
        found.setdefault("space", f"the observation lies outside of its space {at}")
    if not np.isfinite(reward):
        found.setdefault("reward", f"the reward is {reward} {at}")
    _check_things(env, at, found)
    _check_joints(env, at, found)
    for name, value in info["signals"].items():
        if np.isinf(value):
            found.setdefault(name, f"signal {name} is {value} {at}")


def _check_things(env: LessonEnv, at: str, found: dict[str, str]) -> None:
    pad = getattr(env.task.settings, "pad", None)
    floor = pad.xyz_m[2] - pad.size_m[2] if pad is not None else DEEPEST_M
    for name, pose in zip(env.task.objects, env.tick["objects"] if env.task.objects else (), strict=True):
        if not np.isfinite(pose).all():
            found.setdefault(name, f"{name} is at {pose} {at}")
        elif abs(np.linalg.norm(pose[3:]) - 1.0) > 1e-6:
            found.setdefault(name, f"{name} has a quaternion of length {np.linalg.norm(pose[3:])} {at}")
        elif not (pose[2] == HIDDEN_M or _inside(pose, min(floor, DEEPEST_M))):
            found.setdefault(name, f"{name} is at {np.round(pose[:3], 4).tolist()} {at}")
    # What the physics moves, whether or not the lesson names it: it lies on the floor at the lowest.
    client, arms = env.plant.world.client, {arm.body for arm in env.plant.bodies()}
    for index in range(client.getNumBodies()):
        body = client.getBodyUniqueId(index)
        if body in arms or client.getDynamicsInfo(body, -1)[0] == 0.0:
            continue
        place = np.array(client.getBasePositionAndOrientation(body)[0])
        speed = np.array(client.getBaseVelocity(body)).ravel()
        if not np.isfinite(place).all() or not np.isfinite(speed).all():
            found.setdefault(f"body {body}", f"body {body} is at {place}, moves with {speed} {at}")
        elif not _inside(place, floor - SUNK_M):
            found.setdefault(f"body {body}", f"body {body} is at {np.round(place, 4).tolist()} {at}")
    if isinstance(env.task, DeformingScene):
        for name, _, _ in env.task.deformable_layout:
            nodes = env.tick["deformables"][name]["nodes"].reshape(-1, 3)
            if not np.isfinite(nodes).all():
                found.setdefault(name, f"a node of {name} is not finite {at}")
            elif not (_inside(nodes.min(axis=0), floor - SUNK_M) and _inside(nodes.max(axis=0), floor - SUNK_M)):
                found.setdefault(name, f"a node of {name} is outside of the scene {at}")


def _inside(place: NDArray[np.float64], lowest: float) -> bool:
    return bool(abs(place[0]) < SIDE_M and abs(place[1]) < SIDE_M and lowest < place[2] < HIGHEST_M)


def _check_joints(env: LessonEnv, at: str, found: dict[str, str]) -> None:
    described, measured = env.plant.describe(), env.plant.read()
    jaws = {group.jaw for group in described.groups}
    for k, name in enumerate(described.joints):
        q, dq = float(measured.q[k]), float(measured.dq[k])
        lower, upper = float(described.lower[k]), float(described.upper[k])
        slack = JAW_SLACK_RAD if k in jaws else SLACK_M if "insertion" in name else SLACK_RAD
        if not (np.isfinite(q) and np.isfinite(dq)):
            found.setdefault(name, f"joint {name} is {q}, {dq} {at}")
        elif not lower - slack <= q <= upper + slack:
            found.setdefault(name, f"joint {name} is {q:.5f}, beyond [{lower:.5f}, {upper:.5f}] {at}")
    if not np.isfinite(measured.wrench[:, :3]).all():
        found.setdefault("force", f"a measured force is not finite {at}")


def load(path: Path) -> dict[tuple[int, str], Played]:
    """What has been played so far."""
    if not path.exists():
        return {}
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return {(r["seed"], r["lesson"]): Played(r["seed"], r["lesson"], r["time_s"], tuple(r["failures"])) for r in rows}


def main() -> None:
    """Play what has not been played yet, and say what failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lessons", nargs="*", help="lessons; all where left out")
    parser.add_argument("--episodes", type=int, default=300, help="how many")
    parser.add_argument("--first", type=int, default=0, help="seed of the first")
    parser.add_argument("--seconds", type=float, default=3.0, help="simulated seconds of each")
    parser.add_argument("--fresh", action="store_true", help="play again what has been played")
    asked = parser.parse_args()
    print_machine("pybullet")
    lessons = asked.lessons or sorted(tasks.lessons())
    DONE.parent.mkdir(parents=True, exist_ok=True)
    played = {} if asked.fresh else load(DONE)
    wanted = [(seed, lesson_of(seed, lessons)) for seed in range(asked.first, asked.first + asked.episodes)]
    began = time.process_time()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task("Episodes", total=len(wanted))
        # Lesson by lesson: an environment is made once for all its episodes.
        for name in lessons:
            rest = [key for key in wanted if key[1] == name and key not in played]
            progress.advance(bar, sum(key[1] == name for key in wanted) - len(rest))
            if not rest:
                continue
            env = make(name, speed_m_s=SPEED_M_S, turn_rad_s=TURN_RAD_S)
            for seed, _ in rest:
                progress.update(bar, description=f"{name}, seed {seed}")
                one = played[seed, name] = play(env, name, seed, asked.seconds)
                with DONE.open("a") as file:
                    file.write(json.dumps({**one.__dict__, "failures": list(one.failures)}) + "\n")
                for failure in one.failures:
                    console.print(f"[red]seed {seed}[/] {name}: {failure}")
                progress.advance(bar)
            env.close()
    runs = [played[key] for key in wanted]
    failed = [run for run in runs if run.failures]
    console.print(
        f"{len(runs)} episodes of {len({run.lesson for run in runs})} lessons, {sum(run.time_s for run in runs):.0f} "
        f"simulated seconds, {time.process_time() - began:.0f} s of the processor now: {len(failed)} failed"
    )
    for run in failed:
        console.print(f"  seed {run.seed} {run.lesson}: {'; '.join(run.failures)}", highlight=False)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
