"""Movements as they were recorded: cuts tick records into one `Trace` for each movement of an exercise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from control.tick import State
from robotics.guidance import Moment, Space
from vr_training.rehab.results import Trace

KEPT = ("time", "state", "flags", "cause", "phase", "success", "signals", "guided")
"""Fields of a tick record that an exercise's results are made of."""


BEFORE_S = 0.5
"""How much of the time before its go a movement's trace holds [s]: what the posture before it is taken from."""

HOLDS_HAND = 1
"""Number of cuffs of a robot that holds the hand alone, and so has no weight of the arm to go by."""

_STILL = (int(Moment.REST), int(Moment.HOLD))


@dataclass(frozen=True)
class MovementTrace:
    """A movement: which one it was, what kind of, and how it went.

    Attributes:
        movement: Counts movements from 1.
        kind: What was said of it: its place in the exercise's words, from 1.
        moment: What was asked, at first.
        trace: How it went.
    """

    movement: int
    kind: int
    moment: Moment
    trace: Trace


def movements(
    ticks: NDArray[np.void],
    arm: str,
    signals: tuple[str, ...],
    space: Space,
    rate_hz: float,
    unaided: bool = False,
) -> tuple[MovementTrace, ...]:
    """Every movement that ran at all, in order.

    Args:
        ticks: Tick records, or just the fields of `KEPT`.
        arm: Name of the arm.
        signals: Names of the exercise's signals.
        space: What its coordinates are.
        rate_hz: Ticks per second.
        unaided: Whether the law under which he moves helps nothing.
    """
    part, numbers = ticks["guided"][arm], running(ticks, arm)
    words = ticks["signals"][:, signals.index("words")]
    found = []
    for number in np.unique(numbers[numbers > 0]):
        rows = np.flatnonzero(numbers == number)
        if len(rows) < 2:
            continue
        moment = part["moment"][rows].astype(np.int64)
        before = _before(ticks["state"], part["moment"], int(rows[0]), round(BEFORE_S * rate_hz))
        own, rows = rows[0], np.concatenate([before, rows])
        one = part[rows]
        cuffs = np.linalg.norm(one["cuffs"][:, :, :3], axis=2).max(axis=1)
        trace = Trace(
            rate_hz=rate_hz,
            repetition=int(part["repetition"][own]),
            start=part["start"][own].copy(),
            goal=part["goal"][own].copy(),
            x=one["x"].copy(),
            reference=one["reference"].copy(),
            robot=one["robot"].copy(),
            patient=one["patient"].copy(),
            assistance=one["assistance"].copy(),
            trunk=one["trunk"].copy(),
            cuff_n=cuffs,
            moment=np.concatenate([np.full(len(before), int(Moment.REST)), moment]),
            joint=space is Space.JOINT,
            weighed=one["cuffs"].shape[1] > HOLDS_HAND,
            unaided=unaided,
        )
        found.append(MovementTrace(int(number), int(words[own]), Moment(int(moment[0])), trace))
    return tuple(found)


def running(ticks: NDArray[np.void], arm: str) -> NDArray[np.int64]:
    """Which movement runs at each tick, shape (t,); 0 where none does."""
    part = ticks["guided"][arm]
    runs = (ticks["state"] == State.ENGAGED) & (part["moment"] != Moment.REST)
    return np.where(runs, np.maximum(part["movement"].astype(np.int64), 0), 0)


def _before(state: NDArray[np.void], moment: NDArray[np.void], go: int, most: int) -> NDArray[np.int64]:
    """Ticks just before a go in which the arm was at rest or held still while the loop ran, at most so many."""
    first = max(go - most, 0)
    still = (state[first:go] == State.ENGAGED) & np.isin(moment[first:go], _STILL)
    broken = np.flatnonzero(~still)
    return np.arange(first + (int(broken[-1]) + 1 if len(broken) else 0), go)
