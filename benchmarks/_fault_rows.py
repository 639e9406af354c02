"""A case of the fault matrix as it went: what noticed it and when, what the arm did, what the operator saw."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from benchmarks._fault_bench import Bench, bench
from benchmarks._fault_cases import Case
from benchmarks._fault_guards import HOST_GUARDS
from control.tick import Flag, State
from hardware.joint_board.messages import Fault
from hardware.joint_board.messages import State as BoardState

AFTER, PRESS, LAST = 700, 60, 150
"""Ticks that are watched after a fault, for each part of a press, and after it."""

LATCHED = State.LATCHED_FAULT.name
"""State of a loop that does not go on."""

SETTLES = 300
"""Milliseconds in which an arm that was stopped comes to rest; after them it may not move; ours."""


@dataclass(frozen=True)
class Row:
    """One case in one state of the loop.

    Attributes:
        case: What failed.
        state: State of the loop as it did.
        struck: How often it did.
        host_ms: When the loop acted, after the fault; None where it did not.
        board_ms: When the board acted.
        counted_ms: When either of them first counted something that was lost, corrupt or late.
        ran_mm: How far it went in that time.
        stray_mm: Furthest that the tip was from where it would have been, until something acted.
        way_mm: Furthest that it went from where it was as something acted.
        again_mm: How far it moved later, by itself.
        beyond: Furthest that a joint was past its range [rad or m]; negative within.
        speed: Largest speed of a joint as a share of its limit.
        told: State, cause and reason that the operator saw.
        board: What the board was at the end, and its fault.
        pressed: State of the loop after a fresh press of the clutch.
    """

    case: str
    state: str
    struck: int
    host_ms: int | None
    board_ms: int | None
    counted_ms: int | None
    ran_mm: float
    stray_mm: float
    way_mm: float
    again_mm: float
    beyond: float
    speed: float
    told: tuple[str, str, str]
    board: tuple[str, str]
    pressed: str

    @property
    def latched(self) -> bool:
        """Whether the loop had latched a fault before anybody pressed anything."""
        return self.told[0] == LATCHED


@dataclass(frozen=True)
class Course:
    """A run without a fault, to compare with."""

    states: tuple[State, ...]
    board: tuple[object, ...]
    counted: tuple[int, ...]
    tips: NDArray[np.float64]


def _run(b: Bench, state: str, case: Case | None) -> tuple[int, int, int]:
    """Bring a bench to a state, let something fail, and watch; where in ticks that was, and how often it failed."""
    b.bring_to(state)
    begun = len(b.at)
    struck = case.strike(b) if case is not None else lambda: 0
    if state == "idle":
        b.loop.power_on()
    b.tick(AFTER)
    ended = len(b.at)
    b.press_afresh(PRESS)
    b.tick(LAST)
    return begun, ended, struck()


STOPPED = {State.HOLD, State.LATCHED_FAULT, State.SOFT_STOP, State.POWER_OFF}
"""States of a loop that has acted."""


def _stopped(said: list[tuple[BoardState, Fault, int]], at: int) -> bool:
    """Whether the board is safe at a millisecond, or has let go of what it drove."""
    state = said[at][0]
    return state in {BoardState.SAFE, BoardState.ESTOP} or (
        state is BoardState.IDLE and at > 0 and said[at - 1][0] in {BoardState.ARMED, BoardState.ACTIVE}
    )


@lru_cache(maxsize=32)
def course(state: str, target: str = "native", without: str = "") -> Course:
    """How it goes without a fault."""
    with bench(target, without, far=state == "homing") as b:
        _run(b, state, None)
        return Course(tuple(b.states), tuple(each[0] for each in b.board.tapped.said), tuple(
            each[2] for each in b.board.tapped.said), b.tips())  # fmt: skip


def row(case: Case, state: str, target: str = "native", without: str = "", host_without: str = "") -> Row:
    """Run a case.

    Args:
        case: What fails.
        state: State of the loop in which it does.
        target: What the firmware runs on.
        without: A guard of the firmware that is left out.
        host_without: A guard of the host that is left out.
    """
    usual = course(state, target)
    with bench(target, without, far=state == "homing") as b, ExitStack() as stack:
        if host_without:
            stack.enter_context(HOST_GUARDS[host_without](b))
        begun, ended, struck = _run(b, state, case)
        first, last = b.at[begun - 1], b.at[ended - 1]
        tips, said = b.tips(), b.board.tapped.said
        host = next(
            (k for k in range(begun, ended) if b.states[k] in STOPPED and usual.states[k] is not b.states[k]), None
        )
        board = next((k for k in range(first, last) if _stopped(said, k)), None)
        host_at = None if host is None else b.at[host] - 1
        acted = min((at for at in (host_at, board) if at is not None), default=None)
        counts = [k for k in range(first, last) if said[k][2] != said[first][2]][:1]
        counts += [b.at[k] - 1 for k in range(begun, ended) if b.noted[k] != b.noted[begun - 1]][:1]
        stray_to = last if acted is None else acted + 1
        stray_to = min(stray_to, first + AFTER)
        stray = np.linalg.norm(tips[first:stray_to] - usual.tips[first:stray_to], axis=1)
        way = again = ran = 0.0
        if acted is not None:
            ran = float(np.linalg.norm(tips[acted] - tips[first]))
            way = float(np.linalg.norm(tips[acted : acted + SETTLES] - tips[acted], axis=1).max())
            latched = b.states[ended - 1] is State.LATCHED_FAULT
            until = len(tips) if latched else last
            rest = min(acted + SETTLES, until - 1)
            again = float(np.linalg.norm(tips[rest:until] - tips[rest], axis=1).max())
        q = np.array(b.board.faulty_drives.truth[first:])
        d = b.plant.describe()
        seen = range(begun, ended)
        shown = next((k for k in seen if b.causes[k]), None)
        cause = 0 if shown is None else b.causes[ended - 1] or b.causes[shown]
        why = "" if shown is None else b.reasons[ended - 1] or b.reasons[shown]
        fault = said[last - 1][1]
        return Row(
            case.name, state, struck,
            None if host_at is None else host_at - first + 1,
            None if board is None else board - first + 1,
            min(counts) - first + 1 if counts else None,
            1e3 * ran, 1e3 * float(stray.max(initial=0.0)), 1e3 * way, 1e3 * again,
            float(np.maximum(q - d.upper, d.lower - q).max()),
            float((np.abs(np.diff(q, axis=0)) / 1e-3 / d.velocity).max()),
            (b.states[ended - 1].name, " ".join(str(f.name) for f in Flag if f & cause), why),
            (said[last - 1][0].name, "" if fault is Fault.NONE else fault.name),
            b.states[-1].name,
        )  # fmt: skip


MEETING_MM = 2.0
"""Furthest that a tip may be astray while board and host meet [mm]: it settles as brakes give way to drives; ours."""

AGAIN_MM = 0.2
"""Furthest that a tip may move by itself after it came to rest [mm]; ours."""

BEYOND, SPEED = 1e-3, 1.3
"""Furthest that a joint may be past its range [rad or m], and its largest speed over its limit: what the board bears,
1.25, and what a drive adds in a step; ours."""


def problems(case: Case, found: Row, slower_ms: int = 0, coarser_mm: float = 0.0) -> list[str]:
    """What is wrong with how a case went, in sentences; empty where all is well.

    Args:
        case: The case.
        found: How it went.
        slower_ms: By how much later things are noticed over a slower board.
        coarser_mm: By how much farther astray such a board may lead the tip.
    """
    meeting = found.state == "idle" and case.of_line  # the arm settles on its drives at another time than without
    judged = (
        (found.struck == 0, "the fault did not land"),
        (found.beyond > BEYOND, f"a joint was {found.beyond:.3f} past its range"),
        (found.speed > SPEED, f"a joint had {found.speed:.2f} of its largest speed"),
        (
            found.stray_mm > (MEETING_MM if meeting else case.stray_mm) + coarser_mm,
            f"the tip was {found.stray_mm:.1f} mm astray",
        ),
        (found.ran_mm > case.ran_mm, f"the tip went {found.ran_mm:.1f} mm until something acted"),
        (found.way_mm > case.way_mm, f"the tip went on by {found.way_mm:.1f} mm"),
        (found.again_mm > AGAIN_MM, f"the tip moved again, by {found.again_mm:.1f} mm"),
        (found.host_ms is not None and not (found.told[1] and found.told[2]), "the operator is not told why"),
        (found.latched and found.pressed != LATCHED, "a press of the clutch ended a fault"),
    )
    return [said for wrong, said in judged if wrong] + _outcome(case, found, slower_ms)


def _outcome(case: Case, found: Row, slower_ms: int) -> list[str]:
    """What is wrong with what became of the arm."""
    outcome = "either" if found.state == "idle" and case.of_line else case.outcome
    if outcome == "borne" and found.host_ms is not None:
        return ["the loop acted on what should be borne"]
    if outcome != "stopped":
        return []
    moving = found.state in {"engaged", "homing"}
    if found.pressed != LATCHED or not (found.latched or (case.asleep and not moving)):
        return ["the arm was not stopped for good"]
    wrong = []
    if found.latched and found.state != "idle" and found.board_ms is None:
        wrong.append("the board did not act")
    if found.host_ms is not None and moving and found.host_ms > case.host_ms + slower_ms:
        wrong.append(f"the loop acted after {found.host_ms} ms only")
    return wrong
