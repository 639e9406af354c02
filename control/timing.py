"""The loop's own timing: a histogram that costs a few additions a tick, and what can be read off it."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

EDGES_NS = np.unique(np.round(np.geomspace(500.0, 1e8, 400)).astype(np.int64))
"""Edges of the histogram's bins: about 3 % wide from 0.5 us to 100 ms [ns]."""

_EDGES: list[int] = EDGES_NS.tolist()  # for one number, Python's own search is faster than numpy's


class Histogram:
    """Counts of durations in logarithmic bins. `add` allocates nothing."""

    def __init__(self) -> None:
        self.counts: NDArray[np.int64] = np.zeros(len(EDGES_NS) + 1, dtype=np.int64)
        self.largest_ns = 0

    def add(self, duration_ns: int) -> None:
        """Count one duration [ns]; negative ones count as zero."""
        self.counts[bisect_left(_EDGES, duration_ns)] += 1
        self.largest_ns = max(self.largest_ns, duration_ns)

    def percentile(self, share: float) -> float:
        """Duration that ``share`` (0 to 1) of all stay below, to a bin's width [s]; NaN where nothing was counted."""
        total = int(self.counts.sum())
        if total == 0:
            return float("nan")
        index = int(np.searchsorted(np.cumsum(self.counts), share * total))
        edge = self.largest_ns if index >= len(EDGES_NS) else min(int(EDGES_NS[index]), self.largest_ns)
        return edge * 1e-9


@dataclass(frozen=True)
class TimingSummary:
    """What the timing of a run came to. All times in seconds.

    Attributes:
        period_s: Control period.
        ticks: Ticks run.
        missed: Deadlines missed: ticks that ended after the next one was due, and periods left out for it.
        left_out: Periods left out, in which no tick ran at all.
        wake_p50_s: Median wake-up latency.
        wake_p99_s: 99th percentile of it.
        wake_max_s: Largest.
        tick_p50_s: Median time that a tick took.
        tick_p99_s: 99th percentile of it.
        tick_max_s: Largest.
        rights: What the operating system allowed, and what not, in sentences.
        scheduled: Whether it allowed real-time scheduling; None where it was not asked.
    """

    period_s: float
    ticks: int
    missed: int
    left_out: int
    wake_p50_s: float
    wake_p99_s: float
    wake_max_s: float
    tick_p50_s: float
    tick_p99_s: float
    tick_max_s: float
    rights: tuple[str, ...] = ()
    scheduled: bool | None = None

    @property
    def missed_share(self) -> float:
        """Missed deadlines as a share of all, 0 to 1."""
        deadlines = self.ticks + self.left_out
        return self.missed / deadlines if deadlines else 0.0


def summarise(
    period_s: float,
    ticks: int,
    missed: int,
    left_out: int,
    wake: Histogram,
    tick: Histogram,
    rights: tuple[str, ...],
    scheduled: bool | None = None,
) -> TimingSummary:
    """Put the histograms of wake-up latency and tick time into figures."""
    return TimingSummary(
        period_s,
        ticks,
        missed,
        left_out,
        wake.percentile(0.5),
        wake.percentile(0.99),
        wake.largest_ns * 1e-9,
        tick.percentile(0.5),
        tick.percentile(0.99),
        tick.largest_ns * 1e-9,
        rights,
        scheduled,
    )
