"""How well the control loop kept its time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class LoopTiming:
    """Timing of a run in real time [s].

    Attributes:
        wake_p50: Median wake-up latency.
        wake_p99: Its 99th percentile.
        wake_max: Its maximum.
        tick_p50: Median time that a tick took.
        tick_p99: Its 99th percentile.
        tick_max: Its maximum.
        missed: Deadlines missed.
        ticks: Ticks in all.
        deadlines: Deadlines that there were: ticks, and periods that were left out.
    """

    wake_p50: float
    wake_p99: float
    wake_max: float
    tick_p50: float
    tick_p99: float
    tick_max: float
    missed: int
    ticks: int
    deadlines: int

    @property
    def missed_share(self) -> float:
        """Share of deadlines missed, 0 to 1."""
        return self.missed / self.deadlines


def loop_timing(ticks: NDArray[np.void]) -> LoopTiming | None:
    """Timing from the tick records; None for a run in lockstep, which keeps no time."""
    timing = ticks["timing"]
    if len(ticks) == 0 or not np.any(timing["tick_ns"]):
        return None
    wake = np.percentile(timing["wake_latency_ns"], (50, 99, 100)) * 1e-9
    tick = np.percentile(timing["tick_ns"], (50, 99, 100)) * 1e-9
    return LoopTiming(
        wake_p50=float(wake[0]),
        wake_p99=float(wake[1]),
        wake_max=float(wake[2]),
        tick_p50=float(tick[0]),
        tick_p99=float(tick[1]),
        tick_max=float(tick[2]),
        missed=missed_deadlines(ticks),
        ticks=len(ticks),
        deadlines=_deadlines(ticks),
    )


def _deadlines(ticks: NDArray[np.void]) -> int:
    """Deadlines from the first of these ticks to the last, by the times at which they were due."""
    if len(ticks) < 2:
        return len(ticks)
    due = ticks["timing"]["host_time_ns"] - ticks["timing"]["wake_latency_ns"]
    period = float(np.min(np.diff(due)))
    return round(float(due[-1] - due[0]) / period) + 1 if period > 0.0 else len(ticks)


def missed_deadlines(ticks: NDArray[np.void]) -> int:
    """Deadlines missed from the first of these ticks to the last; the record counts them from the start of the run."""
    missed = ticks["timing"]["missed"]
    return int(missed.max()) if len(missed) else 0
