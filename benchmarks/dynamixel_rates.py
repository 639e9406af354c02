"""How often a plant of seven emulated servos is read and written, how old its readings are, and what that costs a loop.

The bus is emulated in a process of its own, with bytes that take their time on the line; a USB adapter adds its own
latency to each round, which is not in these figures. The loop reads, commands and sleeps to absolute deadlines, as the
control loop does, without real-time rights.

Run: ``python -m benchmarks.dynamixel_rates [--seconds 10]``
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from msgspec.structs import replace
from rich.table import Table

from benchmarks._report import console, print_machine
from benchmarks._servo_buses import emulated_bus
from control.realtime import Sleeper
from hardware.dynamixel.bus_config import load_bus
from hardware.dynamixel.plant import DynamixelPlant
from robotics.contracts import Command

CASES = ((1_000_000, 5.0), (1_000_000, 4.0), (2_000_000, 3.0), (4_000_000, 2.5))
"""Speed of the line [bit/s] and period [ms]."""


def measure(baud: int, period_ms: float, seconds: float) -> tuple[str, ...]:
    """A row of the table."""
    config, models = load_bus("seven_on_bench")
    config = replace(config, baud=baud, period_s=1e-3 * period_ms, watchdog_ms=400, command_timeout_s=0.4)
    n, period = len(config.joints), round(1e6 * period_ms)
    ages, works, lates, bad = [], [], [], 0
    with emulated_bus(baud) as path, DynamixelPlant(config, models, path, configure=True) as plant:
        plant.arm()
        command, sleeper = Command(config.drive, np.zeros(n), np.zeros(n), np.zeros(n)), Sleeper()
        first, before = plant.read().sequence, plant.counts.timeouts
        started = deadline = time.monotonic_ns()
        worked = time.process_time()
        ticks = round(seconds * 1e9 / period)
        for k in range(ticks):
            deadline += period
            sleeper.until(deadline)
            woken = time.monotonic_ns()
            reading = plant.read()
            ages.append(reading.age_s)
            bad += not reading.valid
            command.q[:] = 0.5 * np.sin(2.0 * np.pi * 1e-9 * k * period)
            plant.write(command)
            lates.append(woken - deadline)
            works.append(time.monotonic_ns() - woken)
        taken = 1e-9 * (time.monotonic_ns() - started)
        busy = (time.process_time() - worked) / taken
        rate = (plant.read().sequence - first) / taken
        lost = plant.counts.timeouts - before
        if plant.faults:
            raise RuntimeError("; ".join(map(str, plant.faults)))
    age, work, late = (
        np.percentile(each, (50, 99)) for each in (1e3 * np.array(ages), np.array(works), np.array(lates))
    )
    return (
        f"{baud / 1e6:g} Mbaud {1e3 / period_ms:.0f} Hz",
        f"{rate:.0f}",
        f"{age[0]:.1f}/{age[1]:.1f}",
        f"{lost}/{ticks}",
        f"{bad}",
        f"{1e-3 * work[0]:.0f}/{1e-3 * work[1]:.0f}",
        f"{1e-3 * late[0]:.0f}/{1e-3 * late[1]:.0f}",
        f"{100.0 * busy:.0f} %",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    seconds = parser.parse_args().seconds
    print_machine("numba", "pyserial")
    heads = ("loop", "Hz", "age ms", "lost", "invalid", "calls us", "late us", "CPU")
    table = Table(*heads, title="Seven emulated servos; p50/p99", title_justify="left")
    for baud, period_ms in CASES:
        table.add_row(*measure(baud, period_ms, seconds))
    console.print(table)


if __name__ == "__main__":
    main()
