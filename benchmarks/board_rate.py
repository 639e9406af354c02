"""Does the loop hold its rate with a board on a tty? The same loop with it and without, in turn, in real time.

python -m benchmarks.board_rate [--seconds 60] [--pairs 1] [--target native]

The needle reach; a hand swings all the time, and the arm follows it from the sixth second on. With the board the loop
meets, arms and commands the firmware behind an emulated tty, and the simulated arm goes along with what it measures;
without it the loop drives the simulated arm alone. Each run is a process of its own, with all the rights that it is
given. The emulated board takes a part of the other core, which a real one does not.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from contextlib import ExitStack

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from benchmarks._fault_bench import SEED, TASK, Hand
from benchmarks._report import console, print_machine
from control.runner import Nobody, run_realtime
from control.tick import State
from control.timing import TimingSummary
from hardware.emulation.devices import TARGETS, EmulatedBoard
from robotics.contracts import HandPose
from robotics.errors import DeviceError
from steadyhand.lesson_run import warm_up
from steadyhand.plants import BoardOnPort
from steadyhand.rig import build, plan

BAUD = 1_000_000
PRESSED_S = (5.0, 6.0)
"""When the clutch is pressed, and when it is let go again: homing is over by then [s]."""

MOST_HELD = 0.2
"""Largest share of ticks in which the arm does not follow the hand: what comes before the clutch, and little else."""


class Begins(Hand):
    """The swinging hand, which presses its clutch and lets go of it by itself."""

    def read(self) -> HandPose:
        """Where it is now."""
        self.clutch = PRESSED_S[0] < self._t < PRESSED_S[1]
        return super().read()


class Followed(Nobody):
    """Counts in how many ticks the arm followed the hand."""

    def __init__(self) -> None:
        self.ticks = self.engaged = 0

    def write(self, record: NDArray[np.void]) -> None:
        """Count a tick."""
        self.ticks += 1
        self.engaged += int(record["state"][0]) == State.ENGAGED


def run(target: str, seconds: float) -> tuple[TimingSummary, str]:
    """One run, with a board or, where no target is named, without; its timing, and what was amiss."""
    rig = plan(TASK, drives="ideal")
    warm_up(rig)
    with ExitStack() as stack:
        through = None
        if target:
            through = BoardOnPort(stack.enter_context(EmulatedBoard(target)).path, BAUD)
        hands = {name: Begins() for name in rig.operated}
        loop, _ = stack.enter_context(build(rig, hands, SEED, through=through))
        loop.power_on(lambda: time.sleep(0.005))
        followed = Followed()
        timing = run_realtime(loop, followed, seconds)
        reason = loop.states.reason
        if followed.ticks - followed.engaged > MOST_HELD * followed.ticks and not reason:
            reason = f"the arm followed in {followed.engaged} of {followed.ticks} ticks only"
        return timing, reason


def apart(target: str, seconds: float) -> tuple[TimingSummary, str]:
    """The same in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(run, (target, seconds))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0, help="of each run")
    parser.add_argument("--pairs", type=int, default=1, help="runs with and without, in turn")
    parser.add_argument("--target", choices=TARGETS, default="native", help="what the board's firmware runs on")
    asked = parser.parse_args()
    print_machine("pyserial", "pybullet")
    table = Table(
        "run", "ticks", "missed", "left out", "wake-up p50, p99", "tick p50, p99, worst", "amiss",
        title=f"1 kHz with a board ({asked.target}) and without, {asked.seconds:g} s each [us]", title_justify="left",
    )  # fmt: skip
    missed: dict[str, list[float]] = {}
    for _ in range(asked.pairs):
        for name, target in (("with the board", asked.target), ("without", "")):
            timing, reason = apart(target, asked.seconds)
            missed.setdefault(name, []).append(100.0 * timing.missed_share)
            table.add_row(
                name,
                f"{timing.ticks:,}",
                f"{timing.missed} ({100.0 * timing.missed_share:.3f} %)",
                str(timing.left_out),
                f"{1e6 * timing.wake_p50_s:.0f}, {1e6 * timing.wake_p99_s:.0f}",
                f"{1e6 * timing.tick_p50_s:.0f}, {1e6 * timing.tick_p99_s:.0f}, {1e6 * timing.tick_max_s:.0f}",
                reason,
            )
            if reason:
                console.print(table)
                raise DeviceError(f"the run {name}: {reason}")
    console.print(table)
    shares = {name: sum(values) / len(values) for name, values in missed.items()}
    console.print("missed on the mean: " + ", ".join(f"{name} {share:.3f} %" for name, share in shares.items()))


if __name__ == "__main__":
    try:
        main()
    except DeviceError as error:
        sys.exit(f"Error: {error}")
