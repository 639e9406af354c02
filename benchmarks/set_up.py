"""The program's share of the set-up: python -m benchmarks.set_up [--patient P] [--plan PLAN] [--view V] [--headless].

How long a therapist waits for the program between the first command and the first movement, every answer given at once.
`rehab assess` asks nothing: until it simulates, and how long it simulates in lockstep, are told apart. `rehab start` is
run as a person has it, in real time, at a terminal and, where Xvfb is installed, with its window on a private display:
until it asks whether to begin, until the window shows a picture, until the arm moves. Sessions and patients lie in a
temporary folder. Kernels should be compiled before (`steadyhand warm-up`): the first start of all compiles them. Exit
status 1 where `rehab start` takes more than 300 s, or never comes to a movement.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from benchmarks._page import ROOT
from benchmarks._report import console, print_machine
from robotics.errors import SteadyhandError
from tests.steadyhand.pixels import Pixels, is_drawn
from tests.steadyhand.rehab.terminal import Terminal, at_terminal
from tests.steadyhand.virtual_display import MISSING, GaveUp, virtual_display
from vr_training.records.reader import Recording
from vr_training.stream.client import StreamClient
from vr_training.stream.endpoints import live_sessions

MOST_S = 300.0
"""Most that set-up may take until the first movement: five minutes of a therapist's time, ours."""

MOVED_RAD = np.radians(1.0)
"""An arm has moved once a joint of it is so far from where it was as the first movement was asked for; ours."""

SEEN_MOVING = 0.04
"""The same of what the stream shows, in the exercise's own coordinates [rad or m]: enough to be in the recording."""

LOOKS_S = 0.1
"""How often it is looked whether a picture, or a movement, is there [s]."""


@dataclass
class Waits:
    """What a therapist waited for, one after the other.

    Attributes:
        command: What he had typed.
        parts: What came, and how long after the one before it [s].
        missing: Why no more came, empty where all did.
    """

    command: str
    parts: dict[str, float] = field(default_factory=dict)
    missing: str = ""

    @property
    def total_s(self) -> float:
        """All of it together [s]."""
        return sum(self.parts.values())

    def came(self, what: str, since_start_s: float) -> None:
        """Something came, so long after the command was given [s]."""
        self.parts[what] = since_start_s - self.total_s


def first_motion_ns(ticks: NDArray[np.void], arm: str) -> int | None:
    """When the arm first moved, on the host's monotonic clock [ns]; None where it did not.

    Args:
        ticks: Of a recording, as `control.tick.tick_dtype` has them.
        arm: Name of the arm.
    """
    asked = ticks["guided"][arm]["movement"] > 0
    if not asked.any():
        return None
    since = int(np.argmax(asked))
    q = ticks["arms"][arm]["q"][since:]
    moved = (np.abs(q - q[0]) > MOVED_RAD).any(axis=1)
    if not moved.any():
        return None
    return int(ticks["timing"]["host_time_ns"][since + int(np.argmax(moved))])


def met(start: Waits) -> bool:
    """Whether the program's share of `rehab start` came to its end within five minutes."""
    return not start.missing and start.total_s <= MOST_S


@contextmanager
def begun(waits: Waits, folder: Path, display: str) -> Iterator[tuple[Terminal, float]]:
    """A command at a terminal, and when it was given; why it came to no end is noted."""
    command = [sys.executable, "-m", "steadyhand.cli", *waits.command.split(), "--sessions", str(folder)]
    environment = {"DISPLAY": display, "WAYLAND_DISPLAY": "", "PYTHONPATH": str(ROOT)}
    began = time.monotonic()
    try:
        with at_terminal(command, folder, environment) as terminal:
            yield terminal, began
    except (GaveUp, SteadyhandError) as error:
        waits.missing = str(error)


def assess(waits: Waits, folder: Path, limit_s: float) -> None:
    """Assess a patient, and note what was waited for."""
    with begun(waits, folder, "") as (terminal, began):
        terminal.wait_for("range_of_motion", limit_s)
        waits.came("until it simulates (it asks nothing)", time.monotonic() - began)
        terminal.wait_for("Assessment ", limit_s)
        waits.came("simulates in lockstep, and keeps what it found", time.monotonic() - began)
        code = terminal.wait(limit_s)
        if code != 0:
            raise GaveUp(f"ended with {code}; it said: {terminal.said}")


def start(waits: Waits, folder: Path, display: str, limit_s: float) -> None:
    """Start a session, let it begin at once, and note what was waited for until the arm moves; then stop it."""
    with begun(waits, folder, display) as (terminal, began):
        terminal.wait_for("Enter to begin", limit_s)
        terminal.type("")
        waits.came("until the question whether to begin", time.monotonic() - began)
        if display:
            pixels = Pixels(display, folder)
            _until("a picture", lambda: _drawn(pixels), terminal, limit_s)
            waits.came("until the first picture", time.monotonic() - began)
        _until("a running session", lambda: bool(live_sessions(folder)), terminal, limit_s)
        (name, endpoints), *_ = live_sessions(folder).items()
        with StreamClient(endpoints, "onlooker") as client:
            client.snapshot(timeout_s=limit_s)
            _until("the arm to move", _motion(client), terminal, limit_s)
        terminal.interrupt()
        _until("the end of the exercise", lambda: "Stopped (therapist)" in terminal.said, terminal, limit_s)
        if terminal.process.poll() is None:
            terminal.type("n")
        terminal.wait(limit_s)
        recording = Recording.open(folder / name)
        moved_ns = first_motion_ns(recording.ticks, recording.scene.arms[0].name)
        if moved_ns is None:
            raise GaveUp("the recording has no movement")
        waits.came("until the arm moves", 1e-9 * moved_ns - began)


def _drawn(pixels: Pixels) -> bool:
    window = pixels.window("Steadyhand")
    return window is not None and is_drawn(pixels.picture(window))


def _motion(client: StreamClient) -> Callable[[], bool]:
    """Whether the arm is away from where it was as the first movement was asked for."""
    asked: list[NDArray[np.float64]] = []

    def moves() -> bool:
        state = client.newest()
        if state is None or state.guided is None or state.guided.movement == 0:
            return False
        asked.append(np.array(state.guided.x))
        return bool(np.abs(asked[-1] - asked[0]).max() > SEEN_MOVING)

    return moves


def _until(what: str, seen: Callable[[], bool], terminal: Terminal, limit_s: float) -> None:
    end = time.monotonic() + limit_s
    while not seen():
        if terminal.process.poll() is not None and not seen():
            raise GaveUp(f"ended with {terminal.process.returncode} before {what}; it said: {terminal.said}")
        if time.monotonic() > end:
            raise GaveUp(f"no sign of {what} within {limit_s:g} s; it said: {terminal.said}")
        time.sleep(LOOKS_S)


def shown(*all_waits: Waits) -> Table:
    """What was waited for, as a table."""
    table = Table(title="the program's share, answers given at once", title_justify="left")
    table.add_column("command")
    table.add_column("waited for")
    table.add_column("s", justify="right")
    for waits in all_waits:
        for number, (what, seconds) in enumerate(waits.parts.items()):
            table.add_row("" if number else waits.command, what, f"{seconds:.1f}")
        table.add_row("" if waits.parts else waits.command, waits.missing or "together", f"{waits.total_s:.1f}")
        table.add_section()
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patient", default="stroke_recovering")
    parser.add_argument("--joints", default="elbow_flexion", help="what is assessed")
    parser.add_argument("--plan", default="elbow_after_stroke")
    parser.add_argument("--view", default="default", help="settings of the view")
    parser.add_argument("--headless", action="store_true", help="without a window, in real time all the same")
    parser.add_argument("--limit", type=float, default=1800.0, help="how long each thing is waited for, at most [s]")
    asked = parser.parse_args()
    print_machine("pybullet", "numba", "open3d-cpu")
    headless = asked.headless or bool(MISSING)
    where = "headless in real time: no picture is measured" if headless else "window on a private virtual display"
    absent = f" ({', '.join(MISSING)} not installed)" if MISSING else ""
    console.print(f"{where}{absent}")
    assessing = Waits(f"rehab assess --patient {asked.patient} --joints {asked.joints}")
    words = f"rehab start --patient {asked.patient} --plan {asked.plan} --view {asked.view}"
    starting = Waits(f"{words} --headless" if headless else words)
    with tempfile.TemporaryDirectory(prefix="steadyhand-") as kept:
        folder = Path(kept)
        assess(assessing, folder, asked.limit)
        if assessing.missing:
            starting.missing = "not begun: the assessment came to no end"
        elif headless:
            start(starting, folder, "", asked.limit)
        else:
            with virtual_display(pixels=folder) as display:
                start(starting, folder, display, asked.limit)
    console.print(shown(assessing, starting))
    loads = ", ".join(f"{load:.2f}" for load in os.getloadavg())
    console.print(f"load of the last 1, 5 and 15 minutes as it ended: {loads}")
    verdict = "met" if met(starting) else "missed"
    console.print(f"rehab start until the arm moves {starting.total_s:.0f} s; goal {MOST_S:.0f} s: {verdict}")
    sys.exit(0 if met(starting) else 1)


if __name__ == "__main__":
    main()
