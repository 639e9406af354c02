"""Everything that a case of the fault matrix makes fail: line, sensors, drives, clock, supply, processor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from benchmarks._fault_bench import Bench, FaultyDrives
from hardware.emulation.native_board import ESTOP_CLOSED, FAILED, HOT, POWER, SUPPLY_GOOD, SURE, NativeBoard
from hardware.faults.plan import FaultConfig, FaultPlan
from robotics.contracts import Measurement

LASTS_S = 0.3
"""How long a fault lasts where nothing else is said [s]; ours."""

JOINT = 1
"""Joint whose sensor or drive fails: the pitch, which bears weight."""


Outcome = Literal["stopped", "borne", "either"]
"""What is to become of an arm; see `Case`."""


@dataclass(frozen=True)
class Case:
    """Something that fails.

    Attributes:
        name: What.
        strike: Makes it fail, now; returns what says afterwards how often it has.
        outcome: ``stopped``: host and board stop the arm for good. ``borne``: the arm goes on as if nothing were.
            ``either``: it depends on what is struck; the arm goes on, is held, or is stopped.
        host_ms: Latest time at which the loop acts, where it is stopped while it moves [ms].
        stray_mm: Furthest that the tip may be from where it would have been, until something acts [mm].
        ran_mm: Furthest that it may go until something acts [mm].
        way_mm: Furthest that it may go on as something acts [mm].
        of_line: Whether it is the line's; while board and host still meet, one that is borne may hold the arm, and one
            that stops it may be over before anything is armed.
        asleep: Whether it shows in motion alone: an arm that rests may first have to move.
    """

    name: str
    strike: Callable[[Bench], Callable[[], int]]
    outcome: Outcome = "stopped"
    host_ms: int = 5
    stray_mm: float = 1.0
    ran_mm: float = 1000.0
    way_mm: float = 5.0
    asleep: bool = False
    of_line: bool = False


def line_case(name: str, fault: dict[str, Any], **expected: Any) -> Case:
    """A fault of the line, from now on."""
    plan = FaultPlan(seed=7, faults=(FaultConfig(**{"for_s": LASTS_S, **fault}),))

    def strike(bench: Bench) -> Callable[[], int]:
        line = bench.board.faulty_line
        line.inject(plan)
        if any(fault.kind == "replug" for fault in plan.faults):
            return lambda: int(line._lost is not None)
        return lambda: sum(map(sum, line.injected.values()))

    return Case(name, strike, **{"host_ms": 60, "stray_mm": 6.0, "of_line": True, **expected})


def sensing_case(
    name: str, deceive: Callable[[Any], None], lasts_ms: int = round(1e3 * LASTS_S), after_ms: int = 0
) -> Case:
    """A sensor of `JOINT` that lies for a while; ``deceive`` writes what it says over what is."""

    def strike(bench: Bench) -> Callable[[], int]:
        told = -after_ms

        def lie(drives: FaultyDrives) -> None:
            nonlocal told
            if told < 0:
                told += 1
            elif told < lasts_ms:
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

    return Case("encoder stuck", strike, host_ms=60, asleep=True)


def _held_at(q: int) -> Callable[[Any], None]:
    def deceive(sensed: Any) -> None:
        sensed.q, sensed.dq = q, 0

    return deceive


def _off_by(rad: float) -> Callable[[Any], None]:
    def deceive(sensed: Any) -> None:
        sensed.q += round(rad / 1e-7)

    return deceive


def _unsure(sensed: Any) -> None:
    sensed.flags &= ~SURE


def _failed(sensed: Any) -> None:
    sensed.flags |= FAILED


def _hot(sensed: Any) -> None:
    sensed.flags |= HOT


def _weak(share: float, outcome: Outcome) -> Case:
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

    return Case(f"drive has {100 * share:g}% of its effort", strike, outcome, host_ms=400, stray_mm=6.0, asleep=True)


def _runaway() -> Case:
    def strike(bench: Bench) -> Callable[[], int]:
        pushed = 0

        def weaken(drives: FaultyDrives) -> None:
            nonlocal pushed
            driven = drives.driven[JOINT]
            if driven.flags & POWER:
                driven.effort = drives.joints[JOINT].effort
                pushed += 1

        bench.board.faulty_drives.weaken = weaken
        return lambda: pushed

    return Case("drive pushes with all its effort", strike, host_ms=90, stray_mm=15.0)


def _cut_and_jump() -> Case:
    """The host is gone, the board holds the arm, and then what it holds a joint by lies."""
    cut, jump = line_case("", {"kind": "cut"}), sensing_case("", _off_by(0.02), 600, after_ms=150)

    def strike(bench: Bench) -> Callable[[], int]:
        jumped = jump.strike(bench)
        cut.strike(bench)
        return jumped

    return replace(cut, name="wire cut, and an encoder jumps in SAFE", strike=strike)


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
        bench.board.tapped.drift = share
        return _gone_otherwise(bench)

    return Case(f"clock runs {100 * abs(share):g}% {'fast' if share > 0 else 'slow'}", strike, "borne")


def _gone_otherwise(bench: Bench) -> Callable[[], int]:
    """By how much a board's clock has gone otherwise than the world's since now [us]."""
    board, truth = bench.board.tapped, bench.board.faulty_drives.truth
    begun = board.inner.time_us, len(truth)
    return lambda: abs(board.inner.time_us - begun[0] - 1000 * (len(truth) - begun[1]))


def _drift_and_late(share: float, late_ms: int) -> Case:
    """What a clock of a resonator and a busy machine do together."""
    late = line_case("", {"kind": "delay", "jitter_s": 1e-3 * late_ms, "for_s": 0.7})

    def strike(bench: Bench) -> Callable[[], int]:
        bench.board.tapped.drift = share
        gone, was_late = _gone_otherwise(bench), late.strike(bench)
        return lambda: min(gone(), was_late())

    name = f"clock runs {100 * abs(share):g}% {'fast' if share > 0 else 'slow'}, and all is up to {late_ms} ms late"
    return replace(late, name=name, strike=strike, outcome="borne", stray_mm=float(late_ms))  # at a metre a second


def _leap() -> Case:
    def strike(bench: Bench) -> Callable[[], int]:
        gone = _gone_otherwise(bench)
        bench.board.tapped.inner.time_us += 1_000_000
        return lambda: gone() // 1_000_000

    return Case("clock leaps by 1 s", strike)


def _reboot() -> Case:
    def strike(bench: Bench) -> Callable[[], int]:
        board = bench.board.tapped
        begun = board.anew
        if isinstance(board.inner, NativeBoard):
            board.inner.start(2)
        else:
            board.inner.start()
        return lambda: board.anew - begun

    return Case("board starts anew", strike)


def _no_number() -> Case:
    """Our protocol has no way to say it; a plant that speaks in floats has."""

    def strike(bench: Bench) -> Callable[[], int]:
        plant, truth, struck = bench.plant, bench.board.faulty_drives.truth, 0
        begun, read = len(truth), plant.read

        def lying() -> Measurement:
            nonlocal struck
            measurement = read()
            if len(truth) - begun < round(1e3 * LASTS_S):
                measurement.q[JOINT] = np.nan
                struck += 1
            return measurement

        plant.read = lying  # type: ignore[method-assign]
        return lambda: struck

    return Case("a position that is no number, as if it were valid", strike, host_ms=60, of_line=True)


def _freeze(ms: int) -> Case:
    def strike(bench: Bench) -> Callable[[], int]:
        board = bench.board.tapped
        board.frozen = ms
        return lambda: ms - board.frozen

    # Its drives keep their last orders meanwhile.
    return Case(f"processor stands still for {ms} ms", strike, host_ms=60, way_mm=0.12 * ms)


def _each_way(
    name: str, to_board: Outcome, from_board: Outcome, stray_mm: float = 6.0, ran_mm: float = 1000.0, **fault: Any
) -> list[Case]:
    return [
        line_case(
            f"{name}, to the board",
            {**fault, "direction": "to_board"},
            outcome=to_board,
            stray_mm=stray_mm,
            ran_mm=ran_mm,
        ),
        line_case(f"{name}, from the board", {**fault, "direction": "from_board"}, outcome=from_board, stray_mm=0.1),
    ]


LINE_CASES: tuple[Case, ...] = (
    *_each_way("5% of frames dropped", "borne", "borne", kind="drop", rate=0.05, stray_mm=0.5),
    *_each_way("a bit in 200 bytes flipped", "borne", "borne", kind="flip", rate=1 / 200, stray_mm=0.5),
    *_each_way("a bit in 30 bytes flipped", "either", "stopped", kind="flip", rate=1 / 30),
    *_each_way("frames doubled", "borne", "borne", kind="duplicate", stray_mm=0.1),
    *_each_way("frames doubled 4 ms later", "borne", "borne", kind="duplicate", delay_s=0.004, stray_mm=0.1),
    *_each_way("frames doubled 30 ms later", "borne", "borne", kind="duplicate", delay_s=0.03, stray_mm=0.1),
    *_each_way("20% of frames overtaken", "borne", "borne", kind="reorder", rate=0.2, stray_mm=0.1),
    *_each_way("5 to 10 ms late", "borne", "borne", kind="delay", delay_s=0.005, jitter_s=0.005),
    *_each_way("15 ms late", "stopped", "borne", kind="delay", delay_s=0.015),
    *_each_way("60 ms late", "stopped", "stopped", kind="delay", delay_s=0.06),
    *_each_way("stalled for 15 ms", "borne", "borne", kind="stall", for_s=0.015),
    *_each_way("stalled for 100 ms", "stopped", "stopped", kind="stall", for_s=0.1),
    *_each_way("noise of 20 kB/s", "either", "stopped", kind="babble", bytes_s=20000.0),
    *_each_way("5% of frames truncated", "borne", "borne", kind="truncate", rate=0.05, stray_mm=0.5),
    *_each_way("wire cut", "stopped", "stopped", kind="cut", ran_mm=2.0),
    line_case("wire cut, both ways", {"kind": "cut"}),
    line_case("unplugged for 300 ms", {"kind": "replug"}, host_ms=1, stray_mm=0.1),
    *_each_way("twice the speed", "stopped", "stopped", kind="baud", baud_ratio=2.0),
)
"""Faults of the line."""

DEVICE_CASES: tuple[Case, ...] = (
    _stuck(),
    sensing_case("encoder jumps by 0.2 rad", _off_by(0.2)),
    sensing_case("encoder jumps by 0.02 rad", _off_by(0.02)),
    sensing_case("encoder not sure", _unsure),
    sensing_case("drive stage does not answer", _failed),
    sensing_case("drive stage too hot", _hot),
    _weak(0.05, "either"),
    _weak(0.0, "stopped"),
    _runaway(),
    _inputs("emergency stop", SUPPLY_GOOD),
    _inputs("supply lost", ESTOP_CLOSED),
    _drift(0.0005),
    _drift(0.02),
    _drift(-0.02),
    _drift_and_late(0.005, 2),
    _drift_and_late(-0.005, 2),
    _leap(),
    _reboot(),
    _no_number(),
    _freeze(30),
    _freeze(100),
    _cut_and_jump(),
)
"""Faults of the board and of what it drives."""

CASES: dict[str, Case] = {case.name: case for case in (*LINE_CASES, *DEVICE_CASES)}
"""All, by name."""
