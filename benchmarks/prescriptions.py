"""Random prescriptions with random patients: is any limit of force, range or speed ever passed at the cuff?

python -m benchmarks.prescriptions [--count N] [--first SEED] [--jobs N] [--keep FILE]

Seven of ten are plans with an assessment of their patient: they are held against him as `rehab start` does, and what it
would refuse is refused here, with its reasons. What is accepted runs set after set as a session does, adapted, with
another seed each. Three of ten are orders as `rehab run` takes them, with limits of their own. Ghosts show nothing
first, and nobody wears anything, as both need real time or take it; else each runs to its end (`_prescribed.py`).

Checked in every tick: force at each cuff, speed of each of the robot's joints and of its tip, range of each joint,
against what was prescribed; numbers that are none; that the law never gave what a tank with its budget has not; that
flag, cause and results name the same stop, and that the law's force is gone 3 ms later. What passed at the cuffs beyond
what the law gave is told as a figure (`_cuff_checks.py`). What is refused is drawn again, until so many ran. With
``--keep`` each is kept with the commit that it ran on, and what the file has of this commit is not run again. The exit
code is 1 where anything was wrong.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from benchmarks import _cuff_checks as cuff_checks
from benchmarks._prescribed import Prescription, draw
from benchmarks._report import commit, console, print_machine
from control import laws
from control.runner import NoOrders, Orders
from robotics.config import names
from robotics.contracts import StopKind
from robotics.errors import SteadyhandError
from robotics.human_arm import RANGES_DEG
from steadyhand.rehab.blocks import Wanted, check
from steadyhand.rehab.order import ExerciseOrder
from steadyhand.rehab.rehearse import rehearsed
from steadyhand.rehab.session import Company, Place, conduct, difficulties_of
from vr_training import exercises
from vr_training.rehab.records import PatientRecords
from vr_training.rehab.results import ExerciseResult
from vr_training.rehab.traces import KEPT

PERIOD_S = 0.001
"""Control period of every rig at which a patient sits [s]."""

BATCH = 50
"""Prescriptions that are given to the processes at a time."""

DATE = "2026-01-02"
"""Day of every session."""


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """One set and what it came to.

    Attributes:
        exercise: Its exercise.
        what: The rest of what it was: joint, patient, law, robot, side.
        stop: What stopped it; empty where nothing did.
        cut: Whether it ran out of the longest time that its movements can take.
        seconds: How long it took, simulated [s].
        broken: What went wrong, in words; empty where all is well.
        cuff: Largest force at a cuff over its limit.
        speed: Largest speed over its limit.
        beyond_deg: Furthest beyond the range and its margin [deg].
        debt_j: What was missing at worst in the tank of its law [J].
        cycles: Stretches that ended where they began.
        excess_j: By how much more than the law gave passed at the cuffs in one of them at most [J].
    """

    exercise: str
    what: str
    stop: str = ""
    cut: bool = False
    seconds: float = 0.0
    broken: tuple[str, ...] = ()
    cuff: float = 0.0
    speed: float = 0.0
    beyond_deg: float = 0.0
    debt_j: float = 0.0
    cycles: int = 0
    excess_j: float = 0.0


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """One prescription and what it came to.

    Attributes:
        seed: It was drawn from.
        door: ``"plan"`` or ``"order"``.
        commit: Where it ran.
        refused: Why it was refused; empty where it was not.
        sets: What ran.
        broken: What went wrong apart from a set.
    """

    seed: int
    door: str
    commit: str = ""
    refused: tuple[str, ...] = ()
    sets: tuple[Ran, ...] = ()
    broken: str = ""

    @property
    def wrong(self) -> list[str]:
        """All that went wrong, in sentences."""
        found = [
            f"{each.exercise} {each.what}: {said} (stop: {each.stop or 'none'})"
            for each in self.sets
            for said in each.broken
        ]
        return [*found, self.broken] if self.broken else found


class TherapistStops(Orders):
    """A therapist who presses STOP at a moment.

    Args:
        when_s: The moment [s].
    """

    def __init__(self, when_s: float) -> None:
        self._ticks, self._left = 0, round(when_s / PERIOD_S)

    def stop_asked(self) -> StopKind | None:
        """Whether he has pressed; told once a tick."""
        self._left -= 1
        return StopKind.SOFT if self._left < 0 else None


class GoesOn(Company):
    """Lets what was not stopped by a fault go on, so that the next block is seen, too."""

    def goes_on(self, place: Place, result: ExerciseResult) -> bool:  # noqa: ARG002
        """Whether the session goes on after a stop."""
        return result.stop != "fault"


def one(seed: int, here: str = "") -> Drawn:
    """One prescription, drawn, run and checked."""
    drawn = draw(seed)
    try:
        return _plan(drawn, here) if drawn.order is None else _order(drawn, drawn.order, here)
    except Exception as error:  # told with the others: one that fails must not end them
        door = "plan" if drawn.order is None else "order"
        return Drawn(seed=seed, door=door, commit=here, broken=f"{type(error).__name__}: {error}")


def _order(drawn: Prescription, order: ExerciseOrder, here: str) -> Drawn:
    try:
        _, ran = checked(order, drawn.stop_s)
    except SteadyhandError as error:
        return Drawn(seed=drawn.seed, door="order", commit=here, refused=(str(error),))
    return Drawn(seed=drawn.seed, door="order", commit=here, sets=(ran,))


def _plan(drawn: Prescription, here: str) -> Drawn:
    """A plan: what speaks against it, or the session that it makes."""
    assert drawn.plan is not None
    wanted = Wanted(drawn.patient, seed=drawn.seed, lockstep=True, headless=True)
    difficulties = difficulties_of(drawn.plan, "drawn", {})
    found = check(drawn.plan, drawn.assessment, difficulties, wanted)
    if found.reasons:
        return Drawn(seed=drawn.seed, door="plan", commit=here, refused=found.reasons)
    sets: list[Ran] = []

    def run(order: ExerciseOrder) -> ExerciseResult:
        result, ran = checked(order, None if sets else drawn.stop_s)
        sets.append(ran)
        return result

    broken = ""
    with tempfile.TemporaryDirectory() as folder:
        records = PatientRecords("drawn", Path(folder))
        try:
            conduct(drawn.plan, "drawn", drawn.assessment, difficulties, wanted, run, records, DATE, GoesOn())
        except SteadyhandError as error:
            broken = f"refused in the middle of a session: {error}"
    return Drawn(seed=drawn.seed, door="plan", commit=here, sets=tuple(sets), broken=broken)


def checked(order: ExerciseOrder, stop_s: float | None = None) -> tuple[ExerciseResult, Ran]:
    """A set, run and checked.

    Args:
        order: The set.
        stop_s: When the therapist stops it, in whole periods; None where he does not [s].

    Raises:
        SteadyhandError: It cannot be done; says why.
    """
    asks = NoOrders() if stop_s is None else TherapistStops(stop_s)
    ran = rehearsed(replace(order, demonstrated=False), fields=(*KEPT, "arms"), orders=asks)
    result, ticks, rig = ran.result, ran.ticks, ran.rig
    part = ticks["guided"][rig.arm.name]
    broken = cuff_checks.not_numbers(part)
    cuff = float(np.linalg.norm(part["cuffs"][:, :, :3], axis=2).max()) / rig.limits.cuff_force_n
    speed, beyond = cuff_checks.motion(ticks["arms"][rig.arm.name], rig)
    debt = cuff_checks.tank_debt(part, rig)
    if cuff > 1.0:
        broken.append(f"{cuff:.2f} of the force limit")
    if speed > 1.0:
        broken.append(f"{speed:.2f} of the speed limit")
    if beyond > 0.0:
        broken.append(f"{beyond:.1f} deg beyond the range and its margin")
    if debt > cuff_checks.DEBT_J:
        broken.append(f"the law gave {debt:.2f} J more than its tank had")
    if result.stop == "fault":
        broken.append(result.stop_reason)
    else:
        broken += cuff_checks.stops(ticks, part, result.stop, stop_s)
    number, excess = cuff_checks.cycles(ticks, rig)
    if excess > cuff_checks.CYCLE_J:
        broken.append(f"{1e3 * excess:.0f} mJ passed at the cuffs in a cycle that the law did not give")
    what = " ".join(filter(None, (order.joint, order.patient, order.law, order.rig, order.side)))
    return result, Ran(
        exercise=rig.exercise,
        what=what,
        stop=result.stop,
        cut=not result.stop and len(result.repetitions) < result.planned,
        seconds=round(len(ticks) * rig.config.period_s, 1),
        broken=tuple(broken),
        cuff=round(cuff, 3),
        speed=round(speed, 3),
        beyond_deg=round(beyond, 2),
        debt_j=round(debt, 4),
        cycles=number,
        excess_j=round(excess, 4),
    )


def read(file: Path | None, here: str) -> dict[int, Drawn]:
    """What a file has of this commit, by seed; what other commits ran says nothing of it."""
    if file is None or not file.exists():
        return {}
    rows = (msgspec.json.decode(line, type=Drawn) for line in file.read_bytes().splitlines() if line.strip())
    return {row.seed: row for row in rows if row.commit == here}


def run(count: int, first: int, jobs: int, keep: Path | None, here: str) -> list[Drawn]:
    """Run prescriptions until so many ran that were not refused; each is kept as soon as it is over.

    Args:
        count: How many.
        first: First seed.
        jobs: Processes.
        keep: Where they are kept; nowhere where None.
        here: The commit.

    Returns:
        All of them, refused ones too, in the order of their seeds.
    """
    known = {seed: row for seed, row in read(keep, here).items() if seed >= first}
    columns = (TextColumn("Prescriptions"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with ProcessPoolExecutor(jobs) as pool, Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task("Prescriptions", total=count)
        while (left := count - _ran(known.values())) > 0:
            progress.update(bar, completed=count - left)
            waiting = [pool.submit(one, seed, here) for seed in _next(known, first, min(left, BATCH))]
            try:
                for done in as_completed(waiting):
                    row = done.result()
                    known[row.seed] = row
                    if keep is not None:
                        with keep.open("ab") as file:
                            file.write(msgspec.json.encode(row) + b"\n")
                    progress.update(bar, completed=_ran(known.values()))
            except KeyboardInterrupt:
                pool.shutdown(wait=False, cancel_futures=True)  # what is done is kept, what waits is not begun
                raise
    return [known[seed] for seed in sorted(known)]


def _ran(rows: Iterable[Drawn]) -> int:
    return sum(not row.refused for row in rows)


def _next(known: dict[int, Drawn], first: int, number: int) -> list[int]:
    """The next seeds that nothing is known of."""
    found: list[int] = []
    seed = first
    while len(found) < number:
        if seed not in known:
            found.append(seed)
        seed += 1
    return found


def kind_of(reason: str) -> str:
    """A reason without what differs from plan to plan: where it stands, figures, names."""
    reason = re.sub(r"^block \d+, \w+: ", "", reason)
    for word, known in (
        ("JOINT", RANGES_DEG),
        ("LAW", laws.names()),
        ("PATIENT", names("patients")),
        ("ROBOT", names("rigs")),
        ("EXERCISE", exercises.names()),
    ):
        one_of = "|".join(sorted(known, key=len, reverse=True))
        reason = re.sub(rf"'(?:{one_of})'|(?<=\b{word.lower()} )(?:{one_of})\b", word, reason)
    reason = re.sub(rf"\b(?:{'|'.join(RANGES_DEG)})\b", "JOINT", reason)
    return re.sub(r"-?\d+(\.\d+)?(e[+-]?\d+)?\+?", "#", reason)


def tell(rows: Sequence[Drawn]) -> None:
    """Print what was found."""
    ran = [row for row in rows if not row.refused]
    sets = [each for row in ran for each in row.sets]
    doors = Counter(row.door for row in ran)
    console.print(
        f"{len(ran)} prescriptions ran ({doors['plan']} plans, {doors['order']} orders), {len(sets)} sets, "
        f"{sum(each.seconds for each in sets):.0f} s; {len(rows) - len(ran)} were refused; "
        f"{sum(each.cut for each in sets)} sets were cut by their longest time"
    )
    if sets:
        console.print(
            f"largest share of the force limit {max(each.cuff for each in sets):.3f}, of the speed limit "
            f"{max(each.speed for each in sets):.3f}, furthest beyond range and margin "
            f"{max(each.beyond_deg for each in sets):.2f} deg, largest debt of a tank "
            f"{max(each.debt_j for each in sets):.4f} J"
        )
        within = [each.excess_j for each in sets if each.cycles]
        console.print(
            f"{sum(each.cycles for each in sets)} cycles in {len(within)} sets: at the cuffs passed at most "
            f"{max(within, default=0.0):+.3f} J more than the law gave"
        )
        console.print(_stops_by_exercise(sets))
    reasons = Counter(kind_of(reason) for row in rows for reason in dict.fromkeys(row.refused))
    if reasons:
        table = Table("times", "refused because", title="Reasons", title_justify="left")
        for reason, times in reasons.most_common():
            table.add_row(str(times), reason)
        console.print(table)
    wrong = [row for row in ran if row.wrong]
    console.print(f"{len(wrong)} with something wrong")
    for row in wrong:
        for said in row.wrong:
            console.print(f"  seed {row.seed}, {row.door}: {said}", soft_wrap=True)


def _stops_by_exercise(sets: Sequence[Ran]) -> Table:
    found = Counter((each.exercise, each.stop or "none") for each in sets)
    whole = Counter(each.stop or "none" for each in sets)
    causes = [word for word, _ in whole.most_common()]
    table = Table("stopped by", *causes, title="Stops", title_justify="left")
    for exercise in sorted({each.exercise for each in sets}):
        table.add_row(exercise, *(str(found[exercise, cause] or "") for cause in causes))
    table.add_row(
        "all", *(str(sum(each.stop == (cause if cause != "none" else "") for each in sets)) for cause in causes)
    )
    return table


def main() -> None:
    """Run them, tell what was found, and end with 1 where anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=100, help="prescriptions that are run, refused ones not counted")
    parser.add_argument("--first", type=int, default=0, help="first seed")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="where they are kept, as JSON lines")
    asked = parser.parse_args()
    print_machine("pybullet", "numba")
    rows = run(asked.count, asked.first, asked.jobs, asked.keep, commit())
    tell(rows)
    sys.exit(any(row.wrong for row in rows))


if __name__ == "__main__":
    main()
