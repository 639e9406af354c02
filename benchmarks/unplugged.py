"""Unplugged at full speed: when does the host fault, and when is the device safe by itself? On all three targets.

python -m benchmarks.unplugged [--times 10] [--targets native,avr,cortex_m3]

The needle reach runs in real time over a tty; a hand swings wide enough that joints are asked for their largest speed.
A proxy reads along what the board says, and takes the host's tty away while a joint is fast, at any moment of a
period. The host has to fault in the first tick that begins after it, and the board to be SAFE of its watchdog, within
that and a frame, by its own clock, from the last command that it took. Exits 1 where one of them does not.
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
from hardware.joint_board.clock import WRAP, BoardClock
from hardware.joint_board.frame import Receiver
from hardware.joint_board.messages import Command, Event, Fault, Hello, Ping, Pong, Telemetry
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

AWAY_S, LONGEST_S = 3.0, 20.0
"""How long it stays away, and how long anything may take [s]."""


class Overheard:
    """What board and host say to each other, heard at the board's end of the line."""

    def __init__(self) -> None:
        self.clock = BoardClock()
        self.hello: Hello | None = None
        self.taken = -1
        self.safe: tuple[int, Fault] | None = None
        self._ways = {"to_board": Receiver(), "from_board": Receiver()}
        self._pinged: dict[int, int] = {}
        self._commands: dict[int, int] = {}

    def __call__(self, way: Direction, now_us: int, data: bytes) -> None:
        """Take what went one way."""
        for frame in self._ways[way].feed(data):
            message = frame.message
            if isinstance(message, Ping):
                self._pinged[message.token] = now_us
            elif isinstance(message, Command):
                self._commands[frame.sequence] = now_us
            elif isinstance(message, Hello):
                self.hello = message
                for each in self._ways.values():
                    each.joints, each.channels = message.joints, message.channels
            elif isinstance(message, Pong) and message.token in self._pinged:
                self.clock.learn(self._pinged[message.token], message.received, frame.time_us, now_us)
            elif isinstance(message, Event | Telemetry):
                if isinstance(message, Telemetry):
                    self.taken = message.command
                if message.state is BoardState.SAFE and self.safe is None:
                    self.safe = (frame.time_us, message.fault)

    @property
    def told_us(self) -> int:
        """When the last command that the board took was given to it, by the host's clock [us]."""
        return self._commands[self.taken]


@dataclass
class Pulled:
    """One time that the tty was taken away.

    Attributes:
        share: Speed of the fastest joint, of its limit.
        ticks: Ticks that began until the loop was in a latched fault, the latching one with them.
        began_ms: From the tty's going to the beginning of that tick [ms].
        ended_ms: And to its end.
        reason: What the loop says.
        safe_ms: From the last command that the board took until it was SAFE, by the board's clock [ms].
        bound_ms: How far off that may be: of the tap, the board's clock is known as well as this [ms].
        fault: What the board says.
    """

    share: float
    ticks: int
    began_ms: float
    ended_ms: float
    reason: str
    safe_ms: float
    bound_ms: float
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
            if each.safe_ms - each.bound_ms > WATCHDOG_MS + self.frame_ms:
                found.append(f"{self.target}: SAFE after {each.safe_ms:.1f} ms")
        return found


class Pace:
    """Ticks of a loop in real time; a tick that is late leaves periods out, as the loop's own runner does."""

    def __init__(self, loop: ControlLoop) -> None:
        self.loop, self.sleeper, self.next_ns = loop, Sleeper(), time.monotonic_ns()
        self.began_ns = 0
        self.dq = np.zeros(0)

    def tick(self) -> State:
        """Wait for the next period, and run it; the loop's state then."""
        now = time.monotonic_ns()
        self.next_ns += PERIOD_NS * max(1, -(-(now - self.next_ns) // PERIOD_NS))
        self.sleeper.until(self.next_ns)
        self.began_ns = time.monotonic_ns()
        record = self.loop.tick()[0]
        self.dq = record["arms"][self.loop.arms[0].name]["dq"]
        return State(int(record["state"]))

    def rehearse(self) -> None:
        """Let what came before the loop had its rights grow old, and something newer come."""
        while not self.loop.rehearse():
            time.sleep(1e-9 * PERIOD_NS)

    def until(self, state: State) -> None:
        """Run until the loop is in a state."""
        end = time.monotonic() + LONGEST_S
        while (now := self.tick()) is not state:
            if now is State.LATCHED_FAULT or time.monotonic() > end:
                raise DeviceError(f"the loop does not come to {state.name}: {now.name} {self.loop.states.reason}")


def pull(target: str, folder: Path, draws: random.Random) -> tuple[Pulled, float]:
    """Take the tty away once; what became of it, and the time between two frames of the board [ms]."""
    rig, hand, heard = plan(TASK, drives="ideal"), Hand(SWING_M, SWING_S), Overheard()
    link = folder / f"{target}-line"
    with (
        EmulatedBoard(target) as board,
        FaultProxy(board.path, link, FaultPlan(), BAUD, heard) as proxy,
        build(rig, {name: hand for name in rig.operated}, SEED, through=BoardOnPort(str(link), BAUD)) as (loop, _),
    ):
        loop.power_on(lambda: time.sleep(0.005))
        with realtime():
            return pulled(loop, hand, proxy, heard, draws)


def pulled(
    loop: ControlLoop, hand: Hand, proxy: FaultProxy, heard: Overheard, draws: random.Random
) -> tuple[Pulled, float]:
    """Run the loop until a joint is fast, take the tty away, and see what becomes of it; see `pull`."""
    most = loop.plant.describe().velocity
    pace = Pace(loop)
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
            raise DeviceError(f"no joint becomes fast: {state.name} {loop.states.reason}, {share:.2f} of its limit")
    time.sleep(1e-9 * PERIOD_NS * draws.random())
    proxy.inject(FaultPlan(faults=(FaultConfig(kind="replug", for_s=AWAY_S),)))
    ticks = 0
    while (state := pace.tick()) is not State.LATCHED_FAULT:
        gone = proxy.unplugged_us
        ticks += gone is not None and pace.began_ns > 1000 * gone
        if state is not State.ENGAGED:
            raise DeviceError(f"the loop is {state.name}: {loop.states.reason}")
    faulted = time.monotonic_ns()
    gone = proxy.unplugged_us
    assert gone is not None
    end = time.monotonic() + AWAY_S
    while heard.safe is None and time.monotonic() < end:
        time.sleep(0.01)
    if heard.safe is None or heard.hello is None:
        raise DeviceError("the board was not heard to become SAFE")
    at, fault = heard.safe
    clock = heard.clock
    safe_us = (at - clock.board_us(heard.told_us)) % WRAP
    ticks += pace.began_ns > 1000 * gone
    found = Pulled(
        share=share,
        ticks=max(ticks, 1),
        began_ms=1e-6 * (pace.began_ns - 1000 * gone),
        ended_ms=1e-6 * (faulted - 1000 * gone),
        reason=loop.states.reason,
        safe_ms=1e-3 * safe_us,
        bound_ms=1e-3 * clock.bound_us(heard.told_us),
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
    warm_up(plan(TASK, drives="ideal"))
    table = Table(
        *("target", "speed", "tick", "begins", "ends", "SAFE after", "at most", "of"),
        title=f"Unplugged {asked.times} times: the fastest joint's share of its limit; the tick that faults, when it "
        "begins and ends; when the board is SAFE by its own clock; median and worst [ms]",
        title_justify="left",
    )
    wrong: list[str] = []
    for target in asked.targets.split(","):
        found, draws = Found(target), random.Random(target)
        with tempfile.TemporaryDirectory() as folder:
            for _ in range(asked.times):
                once, found.frame_ms = pull(target, Path(folder), draws)
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
    safe = [each.safe_ms for each in found.pulled]
    began, ended = [each.began_ms for each in found.pulled], [each.ended_ms for each in found.pulled]
    off = max(each.bound_ms for each in found.pulled)
    return (
        found.target,
        f"{min(each.share for each in found.pulled):.2f} to {max(each.share for each in found.pulled):.2f}",
        ", ".join(sorted({str(each.ticks) for each in found.pulled})),
        f"{np.median(began):.2f}, {max(began):.2f}",
        f"{np.median(ended):.2f}, {max(ended):.2f}",
        f"{np.median(safe):.1f}, {max(safe):.1f} +- {off:.1f}",
        f"{WATCHDOG_MS + found.frame_ms:g}",
        ", ".join(sorted({each.fault.name.lower() for each in found.pulled})),
    )


if __name__ == "__main__":
    main()
