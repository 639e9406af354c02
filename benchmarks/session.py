"""A whole session at 1 kHz with view and recorder on: how many deadlines the loop misses.

python -m benchmarks.session [SECONDS]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks._report import console, print_machine
from steadyhand.order import Order
from steadyhand.results import as_json, evaluate, report
from steadyhand.run import run
from vr_training.records.session import Session

GOAL = 0.001


def main() -> None:
    """Run it, print the loop's timing and what of it was due to the machine, and leave the report where it says."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    print_machine("pybullet", "numba", "pyzmq")
    # The lesson ends when it is done: one that asks to be held for the whole time goes on for it.
    task = Path(tempfile.mkdtemp(prefix="steadyhand-")) / "endless_reach.toml"
    text = (Path(__file__).parents[1] / "configs" / "tasks" / "needle_reach.toml").read_text()
    task.write_text(
        text.replace("time_limit_s = 60.0", f"time_limit_s = {seconds}").replace("hold_s = 0.5", f"hold_s = {seconds}")
    )
    order = Order(task=str(task), duration_s=seconds)
    ran = run(order, lambda said: console.print(f"[dim]{said}[/dim]"), lambda *_: None)
    timing, outcome = ran.timing, evaluate(ran.session, ran.timing)
    Session(ran.session.folder).write_results(as_json(outcome, timing))
    console.print(
        f"{timing.ticks} ticks at {1 / timing.period_s:.0f} Hz, recorded {len(outcome.recording.ticks)}; "
        f"wake-up p50 {1e6 * timing.wake_p50_s:.0f}, p99 {1e6 * timing.wake_p99_s:.0f}, "
        f"largest {1e6 * timing.wake_max_s:.0f} us; tick p50 {1e6 * timing.tick_p50_s:.0f}, "
        f"p99 {1e6 * timing.tick_p99_s:.0f}, largest {1e6 * timing.tick_max_s:.0f} us"
    )
    stamps = outcome.recording.ticks["timing"]
    stalls = np.sum((stamps["wake_latency_ns"] > 5e6) | (stamps["tick_ns"] > 5e6))
    console.print(f"ticks that stood still for more than 5 ms, waking or working: {stalls}")
    verdict = "met" if timing.missed_share <= GOAL else "missed"
    console.print(f"missed {timing.missed} deadlines, {100 * timing.missed_share:.3f} %; goal 0.1 %: {verdict}")
    console.print(f"report {report(outcome, timing)}")


if __name__ == "__main__":
    main()
