"""References of a lesson: mean and standard deviation of every measure over runs of its experts.

A reference is a TOML file in ``configs/references``, made by ``steadyhand reference LESSON`` and never by hand, but for
its ``[published]`` table: what the literature asks of people, which the command leaves as it is.
"""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Iterable, Mapping
from typing import Annotated

from msgspec import Meta

from robotics import config
from robotics.difficulty import STANDARD
from robotics.errors import UnknownNameError
from robotics.measures import MEASURES

LEAST_RUNS = 3
"""A standard deviation of fewer runs says nothing."""


class MeasureReference(config.Config, frozen=True, kw_only=True):
    """What experts came to in one measure.

    Attributes:
        measure: Name of the line on the scorecard, one of `robotics.measures.MEASURES`.
        mean: Mean over the runs, in the unit of the measure.
        sd: Sample standard deviation over the runs.
        runs: Number of runs that had the measure.
    """

    measure: str
    mean: float
    sd: Annotated[float, Meta(ge=0)]
    runs: Annotated[int, Meta(ge=LEAST_RUNS)]

    def __post_init__(self) -> None:
        if self.measure not in MEASURES:
            raise ValueError(f"measure: {UnknownNameError('measure', self.measure, MEASURES)}")
        if not (math.isfinite(self.mean) and math.isfinite(self.sd)):
            raise ValueError(f"mean: is {self.mean:g} +- {self.sd:g}; both must be finite")


class Published(config.Config, frozen=True, kw_only=True):
    """What a published standard asks of a person who does the task by hand.

    Attributes:
        source: Where it stands.
        time_s: Time within which it is done [s].
        most: Largest count allowed of each mishap, by measure.
    """

    source: str
    time_s: Annotated[float, Meta(gt=0)]
    most: dict[str, Annotated[float, Meta(ge=0)]]

    def __post_init__(self) -> None:
        for name in self.most:
            if name not in MEASURES:
                raise ValueError(f"most: {UnknownNameError('measure', name, MEASURES)}")


class Reference(config.Config, frozen=True, kw_only=True):
    """The reference of a lesson.

    Attributes:
        lesson: Name of the lesson.
        difficulty: How hard it was made.
        command: The command that made it.
        who: Whose runs they were, in words.
        seeds: Seeds of the runs; empty where they were sessions of people.
        tried: Runs in all.
        passed: Runs that were passed; only they count.
        measure: Mean and standard deviation of each measure.
        published: What the literature asks; None where nothing does.
    """

    lesson: str
    difficulty: str = STANDARD
    command: str
    who: str
    seeds: tuple[int, ...]
    tried: Annotated[int, Meta(ge=LEAST_RUNS)]
    passed: Annotated[int, Meta(ge=LEAST_RUNS)]
    measure: tuple[MeasureReference, ...]
    published: Published | None = None

    def get(self, measure: str) -> MeasureReference | None:
        """The reference of a measure; None where there is none."""
        return next((row for row in self.measure if row.measure == measure), None)


def file_stem(lesson: str, difficulty: str) -> str:
    """Name of the file of a lesson's reference, without its ending: one for each difficulty."""
    return lesson if difficulty == STANDARD else f"{lesson}-{difficulty}"


def load(lesson: str, difficulty: str = STANDARD) -> Reference | None:
    """The reference of a lesson at a difficulty; None where none ships.

    Raises:
        ConfigError: The file says something that cannot be.
    """
    name = file_stem(lesson, difficulty)
    return config.load_named("references", name, Reference) if name in config.names("references") else None


def measure_references(runs: Iterable[Mapping[str, float]]) -> tuple[MeasureReference, ...]:
    """Mean and sample standard deviation of every measure that at least `LEAST_RUNS` of the runs have.

    Args:
        runs: Value of each line, by name, of each run that was passed.
    """
    listed = list(runs)
    found = []
    for name in MEASURES:
        values = [run[name] for run in listed if name in run and math.isfinite(run[name])]
        if len(values) >= LEAST_RUNS:
            found.append(
                MeasureReference(
                    measure=name,
                    mean=_rounded(statistics.fmean(values)),
                    sd=_rounded(statistics.stdev(values)),
                    runs=len(values),
                )
            )
    return tuple(found)


def as_toml(reference: Reference) -> str:
    """A reference as the text of its file."""
    lines = [
        f"# Made by `{reference.command}`; only [published] is to be edited.",
        f"lesson = {_quoted(reference.lesson)}",
        *([] if reference.difficulty == STANDARD else [f"difficulty = {_quoted(reference.difficulty)}"]),
        f"command = {_quoted(reference.command)}",
        f"who = {_quoted(reference.who)}",
        f"seeds = [{', '.join(map(str, reference.seeds))}]",
        f"tried = {reference.tried}",
        f"passed = {reference.passed}",
    ]
    if reference.published is not None:
        published = reference.published
        most = ", ".join(f"{name} = {value!r}" for name, value in published.most.items())
        lines += ["", "[published]", f"source = {_quoted(published.source)}", f"time_s = {published.time_s!r}"]
        lines.append(f"most = {{ {most} }}")
    for row in reference.measure:
        unit = MEASURES[row.measure].unit
        lines += ["", "[[measure]]", f"measure = {_quoted(row.measure)}"]
        lines += [f"mean = {row.mean!r}{f'  # {unit}' if unit else ''}", f"sd = {row.sd!r}"]
        lines.append(f"runs = {row.runs}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # a basic string of TOML has the escapes of JSON


def _rounded(value: float) -> float:
    """Five digits: more than any measure bears."""
    return float(f"{value:.5g}")
