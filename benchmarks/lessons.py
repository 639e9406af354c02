"""Every lesson: does the expert pass it on seeds of its own, do aimless hands fail, and how fast is it simulated.

python -m benchmarks.lessons [--seeds N] [--first SEED] [--keep FILE] [LESSON ...]

Seconds are processor time of the whole tick: measurement, hand, filter, constrained motion, guard, physics, judgement
and record, in one process. "Physics alone" is the same world stepped with nothing else around it.

A hundred seeds of every lesson are a day of work for a core. With ``--keep FILE`` each episode is written down as soon
as it is over, a line of JSON with the commit that it ran on; what the file has already is not run again.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

import msgspec
import numpy as np
from rich.progress import Progress
from rich.table import Table

from benchmarks._report import commit, console, print_machine
from simulation import tasks
from simulation.bullet_plant import BulletPlant
from steadyhand.rig import Rig, build, plan
from vr_training.inputs import create

AIMLESS_SEEDS = 2
"""How many seeds the hands that must not pass get."""

STEPS = 2000
"""Physics steps timed alone."""


class Episode(msgspec.Struct, frozen=True):
    """One episode: what it was, whether it was passed, how long it took, and what it cost."""

    lesson: str
    hand: str
    seed: int
    passed: bool
    time_s: float
    cpu_s: float
    dropped: int
    commit: str = ""


class Episodes:
    """Runs episodes, and remembers them in a file where there is one."""

    def __init__(self, file: Path | None) -> None:
        self._file, self._commit = file, commit()
        self._known: dict[tuple[str, str, int], Episode] = {}
        if file is not None and file.exists():
            for line in file.read_bytes().splitlines():
                known = msgspec.json.decode(line, type=Episode)
                self._known[known.lesson, known.hand, known.seed] = known

    def of(self, rig: Rig, hand: str, seed: int) -> Episode:
        """One episode, to its end."""
        lesson = Path(rig.task_name).stem
        if (lesson, hand, seed) in self._known:
            return self._known[lesson, hand, seed]
        with build(rig, {name: create(hand) for name in rig.operated}, seed) as (loop, task):
            loop.power_on()
            began, record = time.process_time(), None
            while not loop.finished:
                record = loop.tick()[0]
            cpu = time.process_time() - began
            names = [signal.name for signal in task.signals]
            assert record is not None  # an episode has at least one tick
            dropped = int(record["signals"][names.index("dropped")]) if "dropped" in names else 0
            passed, time_s = bool(record["success"]), round(float(record["time"]), 3)
        made = Episode(lesson, hand, seed, passed, time_s, round(cpu, 2), dropped, self._commit)
        if self._file is not None:
            with self._file.open("ab") as file:
                file.write(msgspec.json.encode(made) + b"\n")
        return made


def physics_alone(rig: Rig) -> float:
    """Simulated seconds per second of the processor, of the physics and nothing else."""
    with build(rig, {}, 0) as (loop, _):
        loop.power_on()
        for _ in range(50):
            loop.tick()
        assert isinstance(loop.plant, BulletPlant)  # rigs are simulated so far
        world = loop.plant.world
        began = time.process_time()
        for _ in range(STEPS):
            world.step()
        return STEPS * rig.config.simulation.physics_period_s / (time.process_time() - began)


def main() -> None:
    """Run all of it and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lessons", nargs="*", help="lessons; all where left out")
    parser.add_argument("--seeds", type=int, default=10, help="seeds of the expert")
    parser.add_argument("--aimless", type=int, default=AIMLESS_SEEDS, help="seeds of each aimless hand")
    parser.add_argument("--first", type=int, default=1000, help="the first of them")
    parser.add_argument(
        "--keep", type=Path, metavar="FILE", help="where episodes are kept, and looked up, as JSON lines"
    )
    asked = parser.parse_args()
    episodes = Episodes(asked.keep)
    print_machine("pybullet", "numba")
    names = asked.lessons or list(tasks.lessons())
    table = Table(box=None)
    for column in ("lesson", "expert", "time", "drops", "idle", "random", "sim s / CPU s", "physics alone", "rate"):
        table.add_column(column, justify="left" if column == "lesson" else "right", no_wrap=column == "lesson")
    with Progress(console=console, transient=True) as progress:
        bar = progress.add_task("Episodes", total=len(names) * (asked.seeds + 2 * asked.aimless))
        for name in names:
            rig = plan(name)
            runs = []
            for seed in range(asked.first, asked.first + asked.seeds):
                runs.append(episodes.of(rig, "expert", seed))
                progress.update(bar, advance=1, description=name)
            aimless = {}
            for hand in ("idle", "random"):
                passed = 0
                for seed in range(asked.first, asked.first + asked.aimless):
                    passed += episodes.of(rig, hand, seed).passed
                    progress.update(bar, advance=1, description=name)
                aimless[hand] = passed
            table.add_row(
                name,
                f"{sum(run.passed for run in runs)}/{len(runs)}",
                f"{statistics.median(run.time_s for run in runs):.0f} s",
                f"{np.mean([run.dropped for run in runs]):.1f}",
                *(f"{aimless[hand]}/{asked.aimless}" for hand in ("idle", "random")),
                f"{statistics.median(run.time_s / run.cpu_s for run in runs):.1f}",
                f"{physics_alone(rig):.0f}",
                f"{1.0 / rig.config.simulation.physics_period_s:.0f} Hz",
            )
    console.print(table)


if __name__ == "__main__":
    main()
