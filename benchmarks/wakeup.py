"""How late the loop's process wakes up, against `cyclictest` (Debian package rt-tests) on the same core in turn."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time

import numpy as np

from benchmarks._report import console, print_machine
from control.realtime import Sleeper, loop_core, realtime

PERIOD_NS, ROUND_S, ROUNDS, PRIORITY = 1_000_000, 2.0, 8, 80


def ours(core: int | None) -> np.ndarray:
    """Wake-up latencies of a round of the runner's own sleep [us]."""
    ticks = round(ROUND_S * 1e9 / PERIOD_NS)
    latencies = np.zeros(ticks)
    with realtime(PRIORITY, core):
        sleeper, deadline = Sleeper(), time.monotonic_ns() + PERIOD_NS
        for k in range(ticks):
            sleeper.until(deadline)
            latencies[k] = 1e-3 * (time.monotonic_ns() - deadline)
            deadline += PERIOD_NS
    return latencies


def cyclictest(program: str, core: int | None) -> np.ndarray:
    """The same of a round of cyclictest [us], in whole microseconds as it counts them."""
    command = [program, "-m", "-q", f"-p{PRIORITY}", f"-i{PERIOD_NS // 1000}", f"-D{ROUND_S:.0f}", "-h20000"]
    if core is not None:
        command += [f"-a{core}", "-t1"]
    output = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    counts = [(int(us), int(count)) for us, count in re.findall(r"^(\d{6,}) (\d{6,})", output, re.MULTILINE)]
    return np.repeat([us for us, _ in counts], [count for _, count in counts]).astype(float)


def main() -> None:
    """Measure in turn and print percentiles and their ratios, the median of all pairs."""
    print_machine("numpy")
    core = loop_core()
    with realtime(PRIORITY, core) as rights:
        said = "; ".join(right.said for right in rights)
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    console.print(f"wake-up latency at {1e9 / PERIOD_NS:.0f} Hz, {ROUNDS} rounds of {ROUND_S:g} s; ours: {said}")
    program = shutil.which("cyclictest")
    rounds: list[tuple[np.ndarray, np.ndarray]] = []
    for _ in range(ROUNDS if program else 1):
        mine = ours(core)
        os.sched_setaffinity(0, range(os.cpu_count() or 1))
        rounds.append((mine, cyclictest(program, core) if program else np.array([])))
    for share in (50, 99, 99.9):
        own = np.array([np.percentile(mine, share) for mine, _ in rounds])
        if not program:
            console.print(
                f"  p{share:<5} ours {own[0]:7.1f} us   cyclictest is not installed (apt-get install rt-tests)"
            )
            continue
        peer = np.array([np.percentile(theirs, share) for _, theirs in rounds])
        ratio = float(np.median(own / peer))
        goal = "" if share > 99 else "   goal: at most 1.5"
        console.print(
            f"  p{share:<5} ours {np.median(own):7.1f} us   cyclictest {np.median(peer):7.1f} us   "
            f"ratio {ratio:5.2f} ({(own / peer).min():.2f} to {(own / peer).max():.2f}){goal}"
        )


if __name__ == "__main__":
    main()
