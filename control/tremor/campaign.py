"""Many filters over many records, on all cores: what the tables and figures are made from."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from control.filters import create
from control.tremor.bound import bound
from control.tremor.draws import Split
from control.tremor.metrics import Scores, reference, score
from control.tremor.motion_file import ReadingOptions
from control.tremor.real import KINDS, recorded, recordings
from control.tremor.records import RATE_HZ, Record, records, stationary
from control.tremor.scales import scale_named
from control.tremor.trials import run_watched
from control.tremor.voluntary import KINDS as MADE_KINDS
from control.tremor.workers import workers
from robotics.errors import ArgumentError

Source = Literal["made", "stationary", "real"]


@dataclass(frozen=True)
class Contender:
    """A filter that takes part.

    Attributes:
        name: Name of its configuration, or the path of a TOML file.
        lag_s: Fixed lag that it may use [s]; None for that of its configuration.
    """

    name: str
    lag_s: float | None = None

    @property
    def label(self) -> str:
        """How tables call it."""
        return self.name if self.lag_s is None else f"{self.name} +{1e3 * self.lag_s:.0f} ms"


@dataclass(frozen=True)
class Order:
    """A record to be made where it is needed, rather than sent there.

    Attributes:
        source: From the evaluation set, from the linear model, or with a recording's tremor.
        scale: Scale of made and stationary records.
        split: Whose parameters.
        index: Which one.
        path: The recording of a real one.
        reading: What is known about its file.
    """

    source: Source
    scale: str
    split: Split
    index: int
    path: Path | None = None
    reading: ReadingOptions | None = None

    @property
    def cell(self) -> int | None:
        """Which cell of the design it belongs to: one for each motion and tremor; None where nothing was designed."""
        if self.source == "real":
            return None
        scale = scale_named(self.scale)
        kinds = len(MADE_KINDS) * len(scale.tremors) if self.source == "made" else len(scale.jerk_psd)
        return self.index % kinds

    @property
    def kind(self) -> str:
        """Kind of its voluntary motion."""
        if self.source == "stationary":
            return "stationary"
        kinds = KINDS if self.source == "real" else tuple(MADE_KINDS)
        return kinds[self.index % len(kinds)]

    def record(self) -> Record:
        """Make it."""
        if self.source == "made":
            return records(self.scale, self.split, 1, first=self.index)[0]
        if self.source == "stationary":
            return stationary(self.scale, self.split, 1, first=self.index)[0]
        if self.path is None:
            raise ArgumentError("a real record needs the path of its recording")
        return recorded(self.path, self.split, options=self.reading, count=1, first=self.index)[0]


@dataclass(frozen=True)
class Result:
    """What one contender did on one record.

    Attributes:
        order: The record.
        name: What the record is, in words.
        kind: Kind of its voluntary motion.
        scale: Its scale; for real tremor that which its size calls for.
        contender: The filter.
        scores: Its scores.
        bound_ratio: Least error ratio that any causal filter with its lag can have; None where that is not known.
        trusted: Share of the time in which the filter said that it is to be trusted.
    """

    order: Order
    name: str
    kind: str
    scale: str
    contender: Contender
    scores: Scores
    bound_ratio: float | None
    trusted: float


def suited(names: Sequence[str], scale: str) -> list[str]:
    """Filters as they are meant for a scale: a preset NAME_rehab stands in for NAME there, and nowhere else."""
    if scale == "rehab":
        return [name for name in names if f"{name}_rehab" not in names]
    return [name for name in names if not name.endswith("_rehab")]


def with_lags(names: Iterable[str], lags_s: Sequence[float]) -> list[Contender]:
    """Every filter as configured, and those that can smooth with each lag besides."""
    found = []
    for name in names:
        found.append(Contender(name))
        found += [Contender(name, lag) for lag in lags_s if _smooths(name, lag)]
    return found


def real_orders(folder: Path | str, split: Split, each: int = len(KINDS)) -> list[Order]:
    """Every recording in a folder on ``each`` motions, of one kind after the other.

    Raises:
        MissingFileError: There is no such folder, or no recording in it.
    """
    return [Order("real", "", split, k, path) for path in recordings(folder) for k in range(each)]


def judge(order: Order, contenders: Sequence[Contender]) -> list[Result]:
    """Run contenders over one record."""
    record = order.record()
    known = reference(record)
    results = []
    for contender in contenders:
        made = create(contender.name, record.rate_hz, record.measured.shape[1], contender.lag_s)
        y, trusted = run_watched(made, record.measured, record.rate_hz)
        scores, least = score(known, y, contender.lag_s or 0.0), None
        if record.stationary is not None:
            least = bound(record.stationary, contender.lag_s or 0.0).ratio
        results.append(Result(order, record.name, record.kind, record.scale, contender, scores, least, trusted))
    return results


def campaign(
    orders: Sequence[Order],
    contenders: Sequence[Contender],
    jobs: int | None = None,
    done: Callable[[], object] | None = None,
) -> list[Result]:
    """Run every contender over every record; the results do not depend on the number of processes.

    Args:
        orders: The records.
        contenders: The filters.
        jobs: Number of processes; as many as there are cores where None.
        done: Called after each record.

    Returns:
        Results in the order of the records, then of the contenders.
    """
    jobs = min(jobs or os.cpu_count() or 1, len(orders))
    for contender in contenders:
        create(contender.name, RATE_HZ, 1, contender.lag_s).update([0.0])  # compile once, not in every process
    found: dict[int, list[Result]] = {}
    for k, results in _judged(orders, contenders, jobs):
        found[k] = results
        if done is not None:
            done()
    return [result for k in range(len(orders)) for result in found[k]]


def _judged(orders: Sequence[Order], contenders: Sequence[Contender], jobs: int) -> Iterator[tuple[int, list[Result]]]:
    if jobs == 1:
        for k, order in enumerate(orders):
            yield k, judge(order, contenders)
        return
    with workers(jobs) as pool:
        running = {pool.submit(judge, order, contenders): k for k, order in enumerate(orders)}
        for future in as_completed(running):
            yield running[future], future.result()


def _smooths(name: str, lag_s: float) -> bool:
    try:
        create(name, RATE_HZ, 1, lag_s)
    except ArgumentError:
        return False
    return True
