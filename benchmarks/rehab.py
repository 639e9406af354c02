"""Every exercise with every patient under every law that fits: success, help, the patient's share of the work.

python -m benchmarks.rehab [--jobs N] [--keep FILE] [--write] [EXERCISE ...]

One repetition each, rehearsed as fast as it can be simulated, without a recording: the same figures as
`steadyhand rehab run EXERCISE --patient NAME --law NAME --seed SEED --repetitions 1 --lockstep --headless`, but for the
demonstration, which is left out. A seed draws the patient's day too: each exercise of each patient has a day of its
own, the same under every law. What the file has already of that day is not run again; each line of it names the commit
that it ran on. ``--write`` makes the tables of docs/EXERCISES.md from the file.
"""

from __future__ import annotations

import argparse
import itertools
import zlib
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import msgspec
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from benchmarks._report import commit, console, print_machine
from control import laws
from robotics.config import names
from steadyhand.rehab.order import ExerciseOrder
from steadyhand.rehab.rehearse import rehearse
from steadyhand.rehab.rig import fitting_laws
from vr_training import exercises

KEEP = Path(__file__).parent / "results" / "rehab.jsonl"
DOCS = Path(__file__).parent.parent / "docs" / "EXERCISES.md"
BEGIN, END = "<!-- tables: begin -->", "<!-- tables: end -->"

FIRST = ("wolbrecht", "passive", "active", "resistive_viscous", "tunnel", "minimal_aan", "trial_by_trial")
"""Laws that are run first, so that a run which is broken off has the most telling ones."""


class Row(msgspec.Struct, frozen=True):
    """One run.

    Attributes:
        exercise: The exercise.
        patient: The patient.
        law: The law.
        passed: Repetitions that were passed.
        planned: Of how many.
        stop: What stopped it; empty where nothing did.
        assistance: Mean help of the law [%]; None where nothing was measured.
        share: The patient's share of the work [%].
        cuff_n: Largest force at a cuff [N].
        error: Why it could not be run; empty where it could.
        commit: Where it ran.
        seed: Of all that was drawn, his day with it.
    """

    exercise: str
    patient: str
    law: str
    passed: int = 0
    planned: int = 0
    stop: str = ""
    assistance: float | None = None
    share: float | None = None
    cuff_n: float | None = None
    error: str = ""
    commit: str = ""
    seed: int = 1

    @property
    def key(self) -> tuple[str, str, str]:
        """What it is of."""
        return self.exercise, self.patient, self.law


def all_runs(asked: Iterable[str]) -> list[tuple[str, str, str]]:
    """Exercise, patient and law of every run, the most telling laws first."""
    order = [*FIRST, *(name for name in laws.names() if name not in FIRST)]
    fits = {name: fitting_laws(exercises.load(name)) for name in asked}
    return [
        (exercise, patient, law)
        for law, exercise, patient in itertools.product(order, fits, names("patients"))
        if law in fits[exercise]
    ]


def day(exercise: str, patient: str) -> int:
    """Seed of all runs of an exercise with a patient, 1 to 1000: another for each, so that no one day colours all."""
    return 1 + zlib.crc32(f"{exercise} {patient}".encode()) % 1000


def one(exercise: str, patient: str, law: str, here: str) -> Row:
    """One run, to its end."""
    seed = day(exercise, patient)
    order = ExerciseOrder(
        exercise=exercise, patient=patient, law=law, repetitions=1, seed=seed, lockstep=True, headless=True,
        demonstrated=False,
    )  # fmt: skip
    try:
        result = rehearse(order)
    except Exception as error:  # told in the table: a run that fails must not end the others
        return Row(exercise, patient, law, error=f"{type(error).__name__}: {error}", commit=here, seed=seed)
    measures = result.measures
    return Row(
        exercise,
        patient,
        law,
        result.successes,
        result.planned,
        result.stop,
        _rounded(measures.get("mean_assistance")),
        _rounded(measures.get("patient_share")),
        _rounded(measures.get("peak_cuff_force")),
        commit=here,
        seed=seed,
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def read(file: Path) -> dict[tuple[str, str, str], Row]:
    """Rows of a file, the last of each run."""
    if not file.exists():
        return {}
    rows = (msgspec.json.decode(line, type=Row) for line in file.read_bytes().splitlines() if line.strip())
    return {row.key: row for row in rows}


def write_docs(rows: dict[tuple[str, str, str], Row]) -> None:
    """Put the tables into the page, between its marks."""
    text = DOCS.read_text(encoding="utf-8")
    head, tail = text.split(BEGIN)[0], text.split(END)[1]
    parts = [table(exercise, rows) for exercise in exercises.names()]
    DOCS.write_text(f"{head}{BEGIN}\n\n" + "\n".join(parts) + f"\n{END}{tail}", encoding="utf-8")


def table(exercise: str, rows: dict[tuple[str, str, str], Row]) -> str:
    """One exercise: a line for each patient, a column for each law."""
    settings = exercises.load(exercise)
    fits = fitting_laws(settings)
    columns = [law for law in fits if any(key[0] == exercise and key[2] == law for key in rows)]
    lines = [f"### {settings.title} (`{exercise}`)", ""]
    if len(columns) < len(fits):
        lines += [f"Laws that were run so far: {len(columns)} of {len(fits)}.", ""]
    if not columns:
        return "\n".join(lines)
    lines.append("| patient | seed | " + " | ".join(columns) + " |")
    lines.append("|---|---|" + "---|" * len(columns))
    for patient in names("patients"):
        found = [rows.get((exercise, patient, law)) for law in columns]
        seeds = ", ".join(str(seed) for seed in sorted({row.seed for row in found if row}))
        lines.append(f"| {patient} | {seeds} | " + " | ".join(_cell(row) for row in found) + " |")
    return "\n".join(lines) + "\n"


def _cell(row: Row | None) -> str:
    if row is None:
        return "not run"
    if row.error:
        return "refused"
    said = "yes" if row.planned and row.passed == row.planned else row.stop or "no"
    figures = [f"{value:.0f}" if value is not None else "-" for value in (row.assistance, row.share)]
    return f"{said} {'/'.join(figures)}"


def run(todo: Sequence[tuple[str, str, str]], keep: Path, jobs: int) -> None:
    """Run what is to be run, in several processes, and write each down as soon as it is over."""
    here = commit()
    columns = (TextColumn("Runs"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with ProcessPoolExecutor(jobs) as pool, Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task("Runs", total=len(todo))
        waiting = {pool.submit(one, *key, here): key for key in todo}
        try:
            for done in as_completed(waiting):
                with keep.open("ab") as file:
                    file.write(msgspec.json.encode(done.result()) + b"\n")
                progress.advance(bar)
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)  # what is done is kept, what waits is not begun
            raise


def main() -> None:
    """Run what is missing and print what stands."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("exercises", nargs="*", help="exercises; all where left out")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--keep", type=Path, default=KEEP, metavar="FILE", help="where runs are kept, as JSON lines")
    parser.add_argument("--write", action="store_true", help="write the tables of docs/EXERCISES.md")
    parser.add_argument("--none", action="store_true", help="run nothing, only write")
    asked = parser.parse_args()
    print_machine("pybullet", "numba")
    wanted = all_runs(asked.exercises or exercises.names())
    known = read(asked.keep)
    todo = [] if asked.none else [key for key in wanted if key not in known or known[key].seed != day(*key[:2])]
    console.print(f"{len(wanted)} runs, {len(todo)} of them to do")
    if todo:
        run(todo, asked.keep, asked.jobs)
    rows = read(asked.keep)
    found = [rows[key] for key in wanted if key in rows]
    console.print(
        f"{sum(row.planned > 0 and row.passed == row.planned for row in found)} of {len(found)} passed, "
        f"{sum(bool(row.stop) for row in found)} stopped, {sum(bool(row.error) for row in found)} refused"
    )
    for row in found:
        if row.error:
            console.print(f"{' '.join(row.key)}: {row.error}")
    if asked.write:
        write_docs(rows)


if __name__ == "__main__":
    main()
