"""Unplugged at full speed: when does the host fault, and when is the device safe by itself? On all three targets.

python -m benchmarks.unplugged [--times 10] [--targets native,avr,cortex_m3]

The needle reach runs in real time over a tty; with a simulated AVR, which this machine may not be able to simulate as
fast, both board and host at half the pace of the clock, or less where that is still too fast. A hand swings wide enough
that joints are asked for their largest speed. A proxy reads along what the board says, and takes the host's tty away
while a joint is fast, at any moment of a period. The host has to fault in the first tick that begins after it, and the
board to be SAFE of its watchdog within that and a frame, by its own clock: from when it took its last command, which
its telemetry brackets. Exits 1 where one of them does not.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from rich.table import Table

from benchmarks._fault_bench import SEED, TASK, Hand
from benchmarks._report import console, print_machine
from control.loop import ControlLoop
from control.realtime import Sleeper, realtime
from control.tick import State
from hardware.emulation.devices import TARGETS, EmulatedBoard
from hardware.faults.plan import Direction, FaultConfig, FaultPlan
from hardware.faults.proxy import FaultProxy
from hardware.joint_board.clock import WRAP
from hardware.joint_board.frame import Receiver
from hardware.joint_board.lines import SerialLine
from hardware.joint_board.messages import Event, Fault, Hello, Telemetry
from hardware.joint_board.messages import State as BoardState
from hardware.joint_board.plant import WATCHDOG_MS
from robotics.errors import DeviceError
from steadyhand.lesson_run import warm_up
from steadyhand.plants import BoardOnPort
from steadyhand.rig import build, plan

BAUD = 1_000_000
PERIOD_NS = 1_000_000
SWING_M, SWING_S = 0.12, 0.7
"""Of the hand: three times as fast as joints may follow."""

FAST = 0.9
"""The tty is taken away once a joint goes at this share of its limit; ours."""

PACE = {"avr": 0.5}
"""How fast time goes by, beside the clock's; of all others as fast as that. All times below are by that time."""

SLOWER = 0.8
"""How much slower it goes by at each attempt after the first."""

ATTEMPTS = 6
"""How often a run is begun anew where the machine was too busy for it before the tty was taken away."""

NOTED_S = 0.1
"""Longest time from a tty's going until the proxy has noted when that was [s]."""

AWAY_S, LONGEST_S = 3.0, 20.0
"""How long it stays away, and how long anything may take [s]."""


class Busy(DeviceError):
    """This machine was too busy to bring the loop to where the tty is to be taken away: nothing was measured."""


class Overheard:
    """What board and host say to each other, heard at the board's end of the line."""

    def __init__(self) -> None:
        self.hello: Hello | None = None
        self.taken: tuple[int, int] | None = None  # telemetry before the last command was taken, and with it [us]
        self.safe: tuple[int, Fault, int] | None = None
        self._ways = {"to_board": Receiver(), "from_board": Receiver()}
        self._newest = (-1, 0)

    def __call__(self, way: Direction, now_us: int, data: bytes) -> None:  # noqa: ARG002
        """Take what went one way."""
        for frame in self._ways[way].feed(data):
            message = frame.message
            if isinstance(message, Hello):
                self.hello = message
                for each in self._ways.values():
                    each.joints, each.channels = message.joints, message.channels
            elif isinstance(message, Telemetry):
                command, before_us = self._newest
                if message.command != command:
                    self.taken = (before_us, frame.time_us)
                self._newest = (message.command, frame.time_us)
            elif isinstance(message, Event) and message.state is BoardState.SAFE and self.safe is None:
                self.safe = (frame.time_us, message.fault, message.value)

    @property
    def silent_ms(self) -> tuple[float, float]:
        """From the last command that it took until it was SAFE, at least and at most [ms]."""
        assert self.taken is not None
        assert self.safe is not None
        least, most = (((self.safe[0] - at) % WRAP) * 1e-3 for at in reversed(self.taken))
        return least, most


@dataclass
class Pulled:
    """One time that the tty was taken away.

    Attributes:
        share: Speed of the fastest joint, of its limit.
        ticks: Ticks that began until the loop was in a latched fault, the latching one with them.
        began_ms: From the tty's going to the beginning of that tick [ms].
        ended_ms: And to its end.
        silent_ms: From the last command that the board took until it was SAFE, by the board's clock, at least and at
            most [ms].
        said_ms: The same by the board's own word.
        fault: What the board says.
    """

    share: float
    ticks: int
    began_ms: float
    ended_ms: float
    silent_ms: tuple[float, float]
    said_ms: int
    fault: Fault


@dataclass
class Found:
    """All times of a target."""

    target: str
    frame_ms: float = 0.0
    pulled: list[Pulled] = field(default_factory=list)

    def wrong(self) -> list[str]:
        """What is not as it should be."""
        found = []
        for each in self.pulled:
            if each.ticks != 1:
                found.append(f"{self.target}: the loop faulted in tick {each.ticks}")
            if each.fault is not Fault.WATCHDOG:
                found.append(f"{self.target}: the board became safe of {each.fault.name}")
            if max(each.silent_ms[0], each.said_ms) > WATCHDOG_MS + self.frame_ms:
                found.append(f"{self.target}: SAFE after {each.silent_ms[0]:.1f} ms at least")
        return found


class Pace:
    """Ticks of a loop in real time; a tick that is late leaves periods out, as the loop's own runner does."""

    def __init__(self, loop: ControlLoop, pace: float) -> None:
        self.loop, self.sleeper, self.next_ns = loop, Sleeper(), time.monotonic_ns()
        self.period_ns = round(PERIOD_NS / pace)
        self.began_ns = 0
        self.dq = np.zeros(0)

    def tick(self) -> State:
        """Wait for the next period, and run it; the loop's state then."""
        now = time.monotonic_ns()
        self.next_ns += self.period_ns * max(1, -(-(now - self.next_ns) // self.period_ns))
        self.sleeper.until(self.next_ns)
        self.began_ns = time.monotonic_ns()
        record = self.loop.tick()[0]
        self.dq = record["arms"][self.loop.arms[0].name]["dq"]
        return State(int(record["state"]))

    def rehearse(self) -> None:
        """Let what came before the loop had its rights grow old, and something newer come."""
        while not self.loop.rehearse():
            time.sleep(1e-9 * self.period_ns)

    def until(self, state: State) -> None:
        """Run until the loop is in a state."""
        end = time.monotonic() + LONGEST_S
        while (now := self.tick()) is not state:
            if now is State.LATCHED_FAULT or time.monotonic() > end:
                raise Busy(f"the loop does not come to {state.name}: {now.name} {self.loop.states.reason}")


class SlowBoard(BoardOnPort):
    """A board on a port, both at another pace."""

    def __init__(self, path: str, baud: int, pace: float) -> None:
        super().__init__(path, baud)
        self._pace = pace

    def line(self) -> SerialLine:
        """The line."""
        return SerialLine(self._path, self._baud, self._pace)


def pull(target: str, folder: Path, draws: random.Random, pace: float) -> tuple[Pulled, float]:
    """Take the tty away once; what became of it, and the time between two frames of the board [ms]."""
    rig, hand, heard = plan(TASK, drives="ideal"), Hand(SWING_M, SWING_S), Overheard()
    link = folder / f"{target}-line"
    with (
        EmulatedBoard(target, pace=pace) as board,
        FaultProxy(board.path, link, FaultPlan(), BAUD, heard) as proxy,
        build(rig, {name: hand for name in rig.operated}, SEED, through=SlowBoard(str(link), BAUD, pace)) as (loop, _),
    ):
        loop.power_on(lambda: time.sleep(0.005))
        with realtime():
            return pulled(loop, hand, proxy, heard, draws, pace)


def attempted(target: str, folder: Path, draws: random.Random) -> tuple[Pulled, float]:
    """The same, begun anew where the machine was too busy; each time is told.

    A chip is simulated a little slower each time: a host that others use, too, does not simulate equally fast all day.
    """
    pace = PACE.get(target, 1.0)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return pull(target, folder, draws, pace)
        except Busy as error:
            console.print(f"[dim]{target} at {pace:.2f} of the clock's pace, attempt {attempt}: {error}[/dim]")
            pace *= SLOWER if target in PACE else 1.0
    raise DeviceError(f"{target}: {ATTEMPTS} attempts failed")


def pulled(
    loop: ControlLoop, hand: Hand, proxy: FaultProxy, heard: Overheard, draws: random.Random, speed: float
) -> tuple[Pulled, float]:
    """Run the loop until a joint is fast, take the tty away, and see what becomes of it; see `pull`."""
    most = loop.plant.describe().velocity
    pace = Pace(loop, speed)
    pace.rehearse()
    pace.until(State.READY)
    hand.clutch = True
    pace.until(State.CLUTCHED)
    hand.clutch = False
    pace.until(State.ENGAGED)
    share, end = 0.0, time.monotonic() + LONGEST_S
    while share < FAST:
        state = pace.tick()
        share = float(np.nanmax(np.abs(pace.dq) / most[: pace.dq.size]))
        if state is not State.ENGAGED or time.monotonic() > end:
            raise Busy(f"no joint becomes fast: {state.name} {loop.states.reason}, {share:.2f} of its limit")
    time.sleep(1e-9 * pace.period_ns * draws.random())
    proxy.inject(FaultPlan(faults=(FaultConfig(kind="replug", for_s=AWAY_S),)))
    ticks = 0
    while (state := pace.tick()) is not State.LATCHED_FAULT:
        gone = proxy.unplugged_us
        ticks += gone is not None and pace.began_ns > 1000 * gone
        if state is not State.ENGAGED:
            kind = Busy if gone is None else DeviceError
            raise kind(f"the loop is {state.name}: {loop.states.reason}")
    faulted = time.monotonic_ns()
    end = time.monotonic() + NOTED_S
    while (gone := proxy.unplugged_us) is None:  # the loop may see it before the proxy has noted it
        if time.monotonic() > end:
            raise Busy(f"the loop faulted while the tty was there: {loop.states.reason}")
        time.sleep(1e-3)
    end = time.monotonic() + AWAY_S
    while heard.safe is None and time.monotonic() < end:
        time.sleep(0.01)
    if heard.safe is None or heard.hello is None:
        raise DeviceError("the board was not heard to become SAFE")
    _, fault, said_ms = heard.safe
    ticks += pace.began_ns > 1000 * gone
    found = Pulled(
        share=share,
        ticks=max(ticks, 1),
        began_ms=1e-6 * speed * max(pace.began_ns - 1000 * gone, 0),
        ended_ms=1e-6 * speed * (faulted - 1000 * gone),
        silent_ms=heard.silent_ms,
        said_ms=said_ms,
        fault=fault,
    )
    return found, 1e3 / heard.hello.rate


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=10, help="how often the tty is taken away from each target")
    parser.add_argument("--targets", default=",".join(TARGETS), help="which of them")
    asked = parser.parse_args()
    print_machine("pyserial")
    table = Table(
        *("target", "speed", "tick", "begins", "ends", "SAFE after", "its word", "allowed", "of"),
        title=f"Unplugged {asked.times} times: the fastest joint's share of its limit; the tick that faults, when it "
        "begins and ends, median and worst; when the board is SAFE by its own clock, worst [ms]",
        title_justify="left",
    )
    warm_up(plan(TASK, drives="ideal"))
    wrong: list[str] = []
    for target in asked.targets.split(","):
        found, draws = Found(target), random.Random(target)
        with tempfile.TemporaryDirectory() as folder:
            for _ in range(asked.times):
                once, found.frame_ms = attempted(target, Path(folder), draws)
                found.pulled.append(once)
        table.add_row(*told(found))
        wrong += found.wrong()
    console.print(table)
    for each in wrong:
        console.print(f"wrong: {each}")
    console.print(f"{len(wrong)} wrong")
    sys.exit(1 if wrong else 0)


def told(found: Found) -> tuple[str, ...]:
    """A target's row."""
    least, most = (max(each.silent_ms[k] for each in found.pulled) for k in (0, 1))
    began, ended = [each.began_ms for each in found.pulled], [each.ended_ms for each in found.pulled]
    return (
        found.target,
        f"{min(each.share for each in found.pulled):.2f} to {max(each.share for each in found.pulled):.2f}",
        ", ".join(sorted({str(each.ticks) for each in found.pulled})),
        f"{np.median(began):.2f}, {max(began):.2f}",
        f"{np.median(ended):.2f}, {max(ended):.2f}",
        f"{least:.1f} to {most:.1f}",
        f"{max(each.said_ms for each in found.pulled)}",
        f"{WATCHDOG_MS + found.frame_ms:g}",
        ", ".join(sorted({each.fault.name.lower() for each in found.pulled})),
    )


if __name__ == "__main__":
    try:
        main()
    except DeviceError as error:
        sys.exit(f"wrong: {error}")
