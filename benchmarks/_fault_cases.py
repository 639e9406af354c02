"""Everything that a case of the fault matrix makes fail: line, sensors, drives, clock, supply, processor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks._fault_bench import Bench, FaultyDrives
from hardware.emulation.native_board import ESTOP_CLOSED, FAILED, HOT, SUPPLY_GOOD, SURE, NativeBoard
from hardware.faults.plan import FaultConfig, FaultPlan

LASTS_S = 0.3
"""How long a fault lasts where nothing else is said [s]; ours."""

JOINT = 1
"""Joint whose sensor or drive fails: the pitch, which bears weight."""


@dataclass(frozen=True)
class Case:
    """Something that fails.

    Attributes:
        name: What.
        strike: Makes it fail, now; returns what says afterwards how often it has.
    """

    name: str
    strike: Callable[[Bench], Callable[[], int]]


def line_case(name: str, *faults: dict[str, Any]) -> Case:
    """Faults of the line, from now on."""
    plan = FaultPlan(seed=7, faults=tuple(FaultConfig(**{"for_s": LASTS_S, **fault}) for fault in faults))

    def strike(bench: Bench) -> Callable[[], int]:
        line = bench.board.faulty_line
        line.inject(plan)
        if any(fault.kind == "replug" for fault in plan.faults):
            return lambda: int(line._lost is not None)
        return lambda: sum(map(sum, line.injected.values()))

    return Case(name, strike)


def sensing_case(name: str, deceive: Callable[[Any], None], lasts_ms: int = round(1e3 * LASTS_S)) -> Case:
    """A sensor of `JOINT` that lies for a while; ``deceive`` writes what it says over what is."""

    def strike(bench: Bench) -> Callable[[], int]:
        told = 0

        def lie(drives: FaultyDrives) -> None:
            nonlocal told
            if told < lasts_ms:
                before = _said(drives)
                deceive(drives.sensed[JOINT])
                told += 1
                lie.differed += before != _said(drives)  # type: ignore[attr-defined]

        lie.differed = 0  # type: ignore[attr-defined]
        bench.board.faulty_drives.deceive = lie
        return lambda: int(lie.differed)  # type: ignore[attr-defined]

    return Case(name, strike)


def _said(drives: FaultyDrives) -> tuple[int, int, int]:
    sensed = drives.sensed[JOINT]
    return int(sensed.q), int(sensed.dq), int(sensed.flags)


def _stuck() -> Case:
    def strike(bench: Bench) -> Callable[[], int]:
        inner = sensing_case("", _held_at(int(bench.board.faulty_drives.sensed[JOINT].q)), 10_000)
        return inner.strike(bench)

    return Case("encoder stuck", strike)


def _held_at(q: int) -> Callable[[Any], None]:
    def deceive(sensed: Any) -> None:
        sensed.q, sensed.dq = q, 0

    return deceive


def _jump(rad: float) -> Case:
    def deceive(sensed: Any) -> None:
        sensed.q += round(rad / 1e-7)

    return sensing_case(f"encoder jumps by {rad:g} rad", deceive)


def _unsure(sensed: Any) -> None:
    sensed.flags &= ~SURE


def _failed(sensed: Any) -> None:
    sensed.flags |= FAILED


def _hot(sensed: Any) -> None:
    sensed.flags |= HOT


def _weak(share: float) -> Case:
    def strike(bench: Bench) -> Callable[[], int]:
        cut = 0

        def weaken(drives: FaultyDrives) -> None:
            nonlocal cut
            driven = drives.driven[JOINT]
            most = round(share * drives.joints[JOINT].effort)
            if abs(driven.effort) > most:
                driven.effort = max(-most, min(most, driven.effort))
                cut += 1

        bench.board.faulty_drives.weaken = weaken
        return lambda: cut

    return Case(f"drive has {100 * share:g}% of its effort", strike)


def _inputs(name: str, good: int) -> Case:
    """Inputs of the board for a while."""

    def strike(bench: Bench) -> Callable[[], int]:
        drives, board = bench.board.faulty_drives, bench.board.tapped
        begun = len(drives.truth)
        board.inputs = good
        struck = 0

        def weaken(at: FaultyDrives) -> None:
            nonlocal struck
            struck += 1
            if len(at.truth) - begun >= round(1e3 * LASTS_S):
                board.inputs = ESTOP_CLOSED | SUPPLY_GOOD

        drives.weaken = weaken
        return lambda: struck

    return Case(name, strike)


def _drift(share: float) -> Case:
    def strike(bench: Bench) -> Callable[[], int]:
        board = bench.board.tapped
        board.drift = share
        begun = board.inner.time_us, len(bench.board.faulty_drives.truth)
        return lambda: abs(
            board.inner.time_us - begun[0] - 1000 * (len(bench.board.faulty_drives.truth) - begun[1])
        )

    return Case(f"clock runs {100 * share:g}% fast", strike)


def _leap() -> Case:
    def strike(bench: Bench) -> Callable[[], int]:
        board = bench.board.tapped
        board.inner.time_us += 1_000_000
        return lambda: 1

    return Case("clock leaps by 1 s", strike)


def _reboot() -> Case:
    def strike(bench: Bench) -> Callable[[], int]:
        inner = bench.board.tapped.inner
        if isinstance(inner, NativeBoard):
            inner.start(2)
        else:
            inner.start()
        return lambda: 1

    return Case("board starts anew", strike)


def _freeze(ms: int) -> Case:
    def strike(bench: Bench) -> Callable[[], int]:
        board = bench.board.tapped
        board.frozen = ms
        return lambda: ms - board.frozen

    return Case(f"processor stands still for {ms} ms", strike)


def _each_way(name: str, **fault: Any) -> list[Case]:
    return [
        line_case(f"{name}, to the board", {**fault, "direction": "to_board"}),
        line_case(f"{name}, from the board", {**fault, "direction": "from_board"}),
    ]


LINE_CASES: tuple[Case, ...] = (
    *_each_way("5% of frames dropped", kind="drop", rate=0.05),
    *_each_way("a bit in 1000 bytes flipped", kind="flip", rate=0.001),
    *_each_way("a bit in 30 bytes flipped", kind="flip", rate=1 / 30),
    *_each_way("frames doubled", kind="duplicate"),
    *_each_way("frames doubled 30 ms later", kind="duplicate", delay_s=0.03),
    *_each_way("20% of frames overtaken", kind="reorder", rate=0.2),
    *_each_way("5 to 10 ms late", kind="delay", delay_s=0.005, jitter_s=0.005),
    *_each_way("60 ms late", kind="delay", delay_s=0.06),
    *_each_way("stalled for 15 ms", kind="stall", for_s=0.015),
    *_each_way("stalled for 100 ms", kind="stall", for_s=0.1),
    *_each_way("noise of 20 kB/s", kind="babble", bytes_s=20000.0),
    *_each_way("5% of frames truncated", kind="truncate", rate=0.05),
    *_each_way("wire cut", kind="cut"),
    line_case("wire cut, both ways", {"kind": "cut"}),
    line_case("unplugged for 300 ms", {"kind": "replug"}),
    *_each_way("twice the speed", kind="baud", baud_ratio=2.0),
)

DEVICE_CASES: tuple[Case, ...] = (
    _stuck(),
    _jump(0.2),
    _jump(0.02),
    sensing_case("encoder not sure", _unsure),
    sensing_case("drive stage does not answer", _failed),
    sensing_case("drive stage too hot", _hot),
    _weak(0.05),
    _inputs("emergency stop", SUPPLY_GOOD),
    _inputs("supply lost", ESTOP_CLOSED),
    _drift(0.0005),
    _drift(0.02),
    _leap(),
    _reboot(),
    _freeze(30),
    _freeze(100),
)
