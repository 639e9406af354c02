"""Does a simulated patient respond to laws as the literature says? Each pattern is run with the whole simulator.

python -m benchmarks.rehab_patterns [--seeds N] [--jobs N] [--keep FILE] [PATTERN ...]

Assistance falls for who recovers and rises for who cannot; without forgetting the patient slacks, with it he does not;
resistance raises effort; a passive movement takes a limp arm through its range; a spasm ends in release.
The exit status tells how many patterns did not hold.
"""

from __future__ import annotations

import argparse
import math
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from benchmarks._report import commit, console, print_machine
from control.guided_arm import RELEASE_TICKS
from control.tick import Flag, State
from robotics.config import find
from steadyhand.rehab.order import ExerciseOrder
from steadyhand.rehab.rehearse import rehearsed
from steadyhand.rehab.rig import GuidedRig
from vr_training import exercises
from vr_training.rehab.results import ExerciseResult

_USUAL = ExerciseOrder(exercise="elbow_flexion", lockstep=True, headless=True, demonstrated=False)


class Ran(msgspec.Struct, frozen=True):
    """What one run came to, of all that the patterns look at.

    Attributes:
        seed: What was drawn came from it.
        passed: Repetitions that were passed.
        planned: Of how many.
        stop: What stopped it.
        assistance: Mean help of each repetition [%].
        first_help: Help of the very first movement, by which the arm comes to its start, before anything is learnt [%].
        share: The patient's share of each repetition's work [%].
        work_j: His work of each repetition [J].
        excursion_deg: How far the arm was moved [deg].
        beyond_deg: Furthest beyond the range that is allowed, without its margin [deg]; 0 where never.
        cuff: Largest force at a cuff over its limit.
        spasms: Ticks in which a spasm was found.
        after: Largest force of the law once the ticks of a release are over, while nothing goes on [Nm or N].
        turn_deg: By how much his next movement of the hand would set out askew [deg].
    """

    seed: int
    passed: int
    planned: int
    stop: str
    assistance: list[float]
    first_help: float
    share: list[float]
    work_j: list[float]
    excursion_deg: float
    beyond_deg: float
    cuff: float
    spasms: int
    after: float
    turn_deg: float


@dataclass(frozen=True)
class Run:
    """A run that is asked for.

    Attributes:
        label: What it is called in the table.
        order: Its order.
        other: What is otherwise in the patient's configuration, by its first key of that name.
    """

    label: str
    order: ExerciseOrder
    other: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Pattern:
    """Something that the literature says.

    Attributes:
        name: Its name.
        says: What it says, with its source.
        runs: What is run for it.
        figure: What of a run is told.
        unit: Of the figure.
        holds: Whether it holds, from the medians of the figures by label.
    """

    name: str
    says: str
    runs: tuple[Run, ...]
    figure: Callable[[Ran], float]
    unit: str
    holds: Callable[[dict[str, list[float]]], bool]


def run(each: Run, seed: int) -> Ran:
    """One run, to its end."""
    order = replace(each.order, seed=seed)
    with tempfile.TemporaryDirectory(prefix="steadyhand-") as folder:
        if each.other:
            text = find("patients", order.patient).read_text(encoding="utf-8")
            for key, value in each.other.items():
                text = re.sub(rf"(?m)^{key} = .*$", f"{key} = {value}", text, count=1)
            path = Path(folder) / f"{order.patient}.toml"
            path.write_text(text, encoding="utf-8")
            order = replace(order, patient=str(path))
        ran = rehearsed(order)
    result, ticks, rig = ran.result, ran.ticks, ran.rig
    part = ticks["guided"][rig.arm.name]
    x = np.degrees(part["x"]) if rig.settings.joints else 1e3 * part["x"]
    engaged = ticks["state"] == State.ENGAGED
    forces = np.linalg.norm(part["cuffs"][:, :, :3], axis=2)
    return Ran(
        order.seed,
        result.successes,
        result.planned,
        result.stop,
        _each(result, "mean_assistance"),
        100.0 * float(part["assistance"][engaged & (part["movement"] == 1)].mean()),
        _each(result, "patient_share"),
        _each(result, "patient_work"),
        float(np.ptp(x[engaged], axis=0).max(initial=0.0)) if engaged.any() else 0.0,
        _beyond_deg(part["x"][engaged], rig),
        float(forces.max()) / rig.limits.cuff_force_n,
        int(np.count_nonzero(ticks["flags"] & np.uint64(int(Flag.SPASM)))),
        _after(ticks, part),
        abs(math.degrees(ran.patient.turn)),
    )


def _each(result: ExerciseResult, measure: str) -> list[float]:
    return [each.measures[measure] for each in result.repetitions if measure in each.measures]


def _beyond_deg(x: NDArray[np.float64], rig: GuidedRig) -> float:
    if not rig.settings.joints or not len(x):
        return 0.0
    index = [rig.arm.chain.joint_names.index(joint) for joint in rig.settings.joints]
    over = np.maximum(x - rig.upper[index], rig.lower[index] - x)
    return max(float(np.degrees(over.max())), 0.0)


def _after(ticks: NDArray[np.void], part: NDArray[np.void]) -> float:
    """Largest force of the law from `RELEASE_TICKS` after a stop on, as long as nothing goes on."""
    stopped = np.flatnonzero((ticks["state"] == State.HOLD) & (ticks["cause"] != 0))
    if not len(stopped):
        return 0.0
    late = stopped[stopped > stopped[0] + RELEASE_TICKS]
    return float(np.abs(part["robot"][late]).max(initial=0.0))


def patterns() -> tuple[Pattern, ...]:
    """All of them."""
    return (
        *_assistance(), *_weakness(), *_slacking(), _learning(), _resistance(), _limp(), _spasm(), _robots()
    )  # fmt: skip


def _assistance() -> Iterable[Pattern]:
    """Help over a course of who recovers, and over the repetitions of who cannot."""
    for law in ("wolbrecht", "trial_by_trial", "minimal_aan"):
        recovers = replace(_USUAL, patient="stroke_recovering", law=law, repetitions=6, support=0.5)
        yield Pattern(
            f"recovers_{law}",
            f"{law}: help falls from a recovering patient's first session to his twelfth (Wolbrecht et al. 2008)",
            (Run("session 1", recovers), Run("session 12", replace(recovers, sessions_before=11))),
            lambda ran: float(np.mean(ran.assistance)),
            "% help",
            lambda found: _median(found["session 12"]) < 0.8 * _median(found["session 1"]),
        )
    for law in ("wolbrecht", "trial_by_trial", "minimal_aan"):
        cannot = replace(_USUAL, patient="stroke_flaccid", law=law, repetitions=8, support=0.5)
        able = replace(cannot, patient="healthy")
        yield Pattern(
            f"cannot_{law}",
            f"{law}: help rises from the first movement on for who cannot, and hardly for who can (Emken et al. 2007)",
            (Run("who cannot", cannot), Run("who can", able)),
            lambda ran: float(np.mean(ran.assistance[-3:])) - ran.first_help,
            "% help, last three repetitions less the first movement",
            lambda found: _median(found["who cannot"]) > 3.0 * max(0.1, _median(found["who can"])),
        )


def _weakness() -> Iterable[Pattern]:
    """Help by how much a patient can, all else being the same."""
    order = replace(_USUAL, patient="stroke_moderate", repetitions=4, support=0.5)
    shares = (0.48, 0.02, 0.008)  # of a healthy man's strength; from 5 % on he can do it
    for law in ("wolbrecht", "trial_by_trial", "minimal_aan"):
        yield Pattern(
            f"weaker_{law}",
            f"{law}: the weaker he is, the more he is helped (Wolbrecht et al. 2008)",
            tuple(Run(f"{share:.1%} of strength", replace(order, law=law), {"share": share}) for share in shares),
            lambda ran: float(np.mean(ran.assistance[1:])),
            "% help, after the first repetition",
            lambda found: all(b > 1.1 * a for a, b in pairwise(_median(values) for values in found.values())),
        )


def _robots() -> Pattern:
    """Every exercise on every robot that it is for, under its usual law."""
    order = replace(_USUAL, patient="healthy", repetitions=1)
    runs = tuple(
        Run(f"{name} on {rig}", replace(order, exercise=name, rig=rig, law=None, joint=_joint(name, rig)))
        for name in exercises.names()
        for rig in exercises.load(name).rigs
    )
    return Pattern(
        "robots",
        "A healthy man does every exercise on every robot that has the joints",
        runs,
        lambda ran: float(ran.passed == ran.planned and not ran.stop),
        "1 where every repetition was passed",
        lambda found: all(min(values) == 1.0 for values in found.values()),
    )


def _joint(exercise: str, rig: str) -> str | None:
    """Which joint an assessment is of; None where that is the exercise's own, and of all others."""
    assesses = exercise in ("range_of_motion", "strength", "tone")
    return "wrist_flexion" if assesses and rig == "wrist_exo" else None


def _slacking() -> Iterable[Pattern]:
    """What becomes of the patient's own part over many repetitions."""
    order = replace(_USUAL, patient="stroke_moderate", repetitions=24, support=0.5)
    yield Pattern(
        "slacking",
        "Without forgetting the patient leaves the work to the robot, with it he does not (Wolbrecht et al. 2008)",
        (
            Run("without forgetting", replace(order, law="wolbrecht_no_forgetting")),
            Run("with forgetting", replace(order, law="wolbrecht")),
        ),
        lambda ran: float(np.mean(ran.share[-6:])) - float(np.mean(ran.share[:3])),
        "% share of the work, last six less first three",
        lambda found: _median(found["without forgetting"]) < -10.0 and _median(found["with forgetting"]) > -5.0,
    )


def _learning() -> Pattern:
    """What practice under a law leaves him with: how askew he would set out next, were he left alone."""
    order = replace(_USUAL, exercise="centre_out", patient="stroke_moderate", repetitions=24)
    return Pattern(
        "learning",
        "Who is led along the path learns it less than who practises alone (Marchal-Crespo and Reinkensmeyer 2009)",
        tuple(Run(law, replace(order, law=law)) for law in ("passive", "active", "tunnel")),
        lambda ran: ran.turn_deg,
        "deg by which his next movement would set out askew, 10 before he learnt",
        lambda found: max(_median(found["active"]), _median(found["tunnel"])) < 0.8 * _median(found["passive"]),
    )


def _resistance() -> Pattern:
    order = replace(_USUAL, patient="healthy", repetitions=2, speed_deg_s=70.0)  # the isokinetic law lets 60 go free
    laws = ("resistive_viscous", "resistive_elastic", "resistive_constant", "resistive_isokinetic")
    return Pattern(
        "resistance",
        "Resistance raises effort",
        (Run("active", replace(order, law="active")), *(Run(law, replace(order, law=law)) for law in laws)),
        lambda ran: float(np.mean(ran.work_j)),
        "J of the patient's work a repetition",
        lambda found: all(_median(found[law]) > 1.5 * _median(found["active"]) for law in laws),
    )


def _limp() -> Pattern:
    order = replace(_USUAL, patient="stroke_flaccid", law="passive", repetitions=2)
    return Pattern(
        "limp",
        "A passive movement takes a limp arm through its range and never past it",
        (
            Run("elbow", order),
            Run("shoulder", replace(order, exercise="shoulder_flexion_passive")),
            Run("wrist", replace(order, exercise="wrist_flexion")),
        ),
        lambda ran: ran.excursion_deg if ran.passed == ran.planned and ran.beyond_deg == 0.0 else -ran.beyond_deg,
        "deg moved; 0 or less where it failed or went past the range",
        lambda found: all(min(values) > 20.0 for values in found.values()),
    )


def _spasm() -> Pattern:
    order = replace(_USUAL, patient="stroke_spastic", repetitions=6, speed=2.0)
    laws = ("passive", "wolbrecht", "tunnel")
    return Pattern(
        "spasm",
        "A spasm ends in release: no force of the law after it, and never one above the limit at a cuff",
        tuple(Run(law, replace(order, law=law), other={"per_minute": 10.0}) for law in laws),
        lambda ran: ran.cuff if ran.stop == "spasm" and ran.spasms and ran.after == 0.0 else 2.0,
        "of the force limit at most; 2 where it was not stopped or not let go",
        lambda found: all(0.0 < value <= 1.0 for values in found.values() for value in values),
    )


def _median(values: Sequence[float]) -> float:
    return float(np.median(values))


def show(pattern: Pattern, found: dict[str, list[float]]) -> bool:
    """Print what was found of a pattern; returns whether it holds."""
    holds = pattern.holds(found)
    table = Table(title=f"{pattern.name}: {pattern.says}", title_justify="left", caption=pattern.unit)
    for column in ("run", "median", "lowest", "highest", "seeds"):
        table.add_column(column, justify="left" if column == "run" else "right")
    for label, values in found.items():
        figures = (_median(values), min(values), max(values))
        table.add_row(label, *(f"{value:.2f}" for value in figures), str(len(values)))
    console.print(table)
    seeds = min(map(len, found.values()))
    alone = sum(pattern.holds({label: [values[k]] for label, values in found.items()}) for k in range(seeds))
    console.print(
        ("[green]holds[/green]" if holds else "[red]does not hold[/red]") + f"; of {seeds} seeds in {alone}\n"
    )
    return holds


def main() -> None:
    """Run the patterns and tell which hold."""
    every = {pattern.name: pattern for pattern in patterns()}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("patterns", nargs="*", metavar="PATTERN", help=f"of {', '.join(every)}; all where left out")
    parser.add_argument("--seeds", type=int, default=3, help="runs of each, with other seeds")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="where every run is kept, as JSON lines")
    asked = parser.parse_args()
    if unknown := [name for name in asked.patterns if name not in every]:
        parser.error(f"no pattern '{unknown[0]}'; there are {', '.join(every)}")
    print_machine("pybullet", "numba")
    chosen = [every[name] for name in asked.patterns] or list(every.values())
    columns = (TextColumn("Runs"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    failed = 0
    with ProcessPoolExecutor(asked.jobs) as pool, Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task("Runs", total=asked.seeds * sum(len(pattern.runs) for pattern in chosen))
        waiting: list[tuple[Pattern, list[tuple[str, Future[Ran]]]]] = [
            (
                pattern,
                [
                    (each.label, pool.submit(run, each, seed))
                    for each in pattern.runs
                    for seed in range(1, asked.seeds + 1)
                ],
            )
            for pattern in chosen
        ]
        try:
            for pattern, futures in waiting:
                found: dict[str, list[float]] = {}
                for label, future in futures:
                    ran = future.result()
                    progress.advance(bar)
                    found.setdefault(label, []).append(pattern.figure(ran))
                    if asked.keep is not None:
                        line = {"pattern": pattern.name, "run": label, "commit": commit()}
                        with asked.keep.open("ab") as file:
                            file.write(msgspec.json.encode(line | msgspec.to_builtins(ran)) + b"\n")
                failed += not show(pattern, found)
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)  # what is done is kept, what waits is not begun
            raise
    console.print(f"{len(chosen) - failed} of {len(chosen)} patterns hold")
    sys.exit(failed)


if __name__ == "__main__":
    main()
