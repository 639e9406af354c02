"""What the benchmarks share: alternating measurement, the machine they ran on, and tables of ratios."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from steadyhand.facts import processor

console = Console(highlight=False)


@dataclass(frozen=True)
class Timing:
    """Seconds per call over the rounds of a measurement.

    Attributes:
        median: Median over all rounds.
        p99: 99th percentile over all rounds.
        low: Lower end of the median's 95 % interval, by order statistics.
        high: Its upper end.
    """

    median: float
    p99: float
    low: float
    high: float

    @classmethod
    def of(cls, seconds: Sequence[float] | NDArray[np.float64]) -> Timing:
        """Summary of single measurements."""
        ordered = np.sort(np.asarray(seconds, dtype=float))
        # How many of n rounds lie below the median is binomial: n / 2, give or take 0.98 sqrt(n).
        reach, last = 0.98 * np.sqrt(len(ordered)), len(ordered) - 1
        low, high = max(int(last / 2 - reach), 0), min(int(np.ceil(last / 2 + reach)), last)
        return cls(
            float(np.median(ordered)),
            float(np.percentile(ordered, 99)),
            float(ordered[low]),
            float(ordered[high]),
        )


def alternate(calls: Mapping[str, Callable[[], object]], rounds: int = 60, batch_s: float = 2e-3) -> dict[str, Timing]:
    """Time callables in turn, round after round, so that a slow phase of the machine hits all of them alike.

    Args:
        calls: What to time, by name.
        rounds: Rounds over all of them; each gives one figure per callable.
        batch_s: How long one callable runs in a round, as a batch of calls [s].
    """
    batches = {}
    for name, call in calls.items():
        call()  # compile, fill caches
        start = time.perf_counter()
        count = 0
        while time.perf_counter() - start < batch_s:
            call()
            count += 1
        batches[name] = max(1, count)
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            loop = range(batches[name])
            start = time.perf_counter()
            for _ in loop:
                call()
            seconds[name].append((time.perf_counter() - start) / batches[name])
    return {name: Timing.of(values) for name, values in seconds.items()}


def print_machine(*packages: str) -> None:
    """Print what the figures were measured on: processor, cores, load, Python, and versions of packages."""
    versions = []
    for package in packages:
        try:
            versions.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            versions.append(f"{package} not installed")
    console.print(f"[bold]machine[/]  {processor()}, load {os.getloadavg()[0]:.2f}")
    console.print(f"[bold]software[/] Python {platform.python_version()}")
    console.print(f"[bold]versions[/] {', '.join(versions)}\n")


def print_ratios(title: str, rows: Mapping[str, Mapping[str, float | None]], ours: str, unit: str = "us") -> None:
    """Print a table: a row per task, a column per contender, each with its figure and its ratio to ours.

    Args:
        title: Heading.
        rows: Figures by task and contender, in the unit to print; None where a contender has no such function.
        ours: The contender that ratios refer to.
        unit: What the figures are in.
    """
    contenders = list(dict.fromkeys(name for row in rows.values() for name in row))
    table = Table(title=f"{title} in {unit}, and how many times ours", title_justify="left")
    table.add_column("")
    for name in contenders:
        table.add_column(name, justify="right")
    for task, row in rows.items():
        base = row[ours]
        cells = []
        for name in contenders:
            value = row.get(name)
            if value is None:
                cells.append("-")
            elif name == ours or not base:
                cells.append(f"[bold]{value:.3g}[/]")
            else:
                cells.append(f"{value:.3g}  x{value / base:.1f}")
        table.add_row(task, *cells)
    console.print(table)


def markdown(table: Table) -> str:
    """A table of text cells as Markdown, its title in bold; what a cell has dim in a second line goes in brackets."""
    columns = [[_plain(str(cell)) for cell in column.cells] for column in table.columns]
    heads = [_plain(str(column.header)) for column in table.columns]
    rows = [heads, ["---"] * len(heads), *(list(row) for row in zip(*columns, strict=True))]
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    lines[1] = lines[1].replace(" ", "")
    return f"**{_plain(str(table.title))}**\n\n" + "\n".join(lines)


def _plain(text: str) -> str:
    """Text of one line without rich's marks."""
    bracketed = re.sub(r"\n\[dim\](.*?)\[/\]", lambda found: f" ({found[1]})" if found[1] else "", text)
    return re.sub(r"\[/?\w*\]", "", bracketed).replace("\n", " ")


def commit() -> str:
    """Short name of the commit that is checked out; empty outside of a clone."""
    try:
        found = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return found.stdout.strip()
