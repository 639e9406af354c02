"""Traces made of closed forms, for tests."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from robotics.contracts import Vector
from robotics.guidance import Moment
from vr_training.rehab.results import Trace

RATE = 1000.0


def made(x: ArrayLike, moment: Moment | ArrayLike = Moment.MOVE, **changes: object) -> Trace:
    """A trace of positions, shape (t,) or (t, m), with nothing else going on; from its first to its last."""
    x = np.asarray(x, dtype=float)
    x = x[:, None] if x.ndim == 1 else x
    t, m = x.shape
    data: dict[str, object] = {
        "rate_hz": RATE,
        "repetition": 0,
        "start": x[0],
        "goal": x[-1],
        "x": x,
        "reference": x,
        "robot": np.zeros((t, m)),
        "patient": np.zeros((t, m)),
        "assistance": np.zeros(t),
        "trunk": np.full((t, 3), np.nan),
        "cuff_n": np.zeros(t),
        "moment": np.broadcast_to(np.asarray(moment, dtype=np.int64), (t,)).copy(),
        "joint": False,
    }
    return Trace(**{**data, **changes})  # type: ignore[arg-type]


def stroke(start: ArrayLike, goal: ArrayLike, seconds: float, rate: float = RATE) -> Vector:
    """A minimum-jerk movement, shape (t, m), end left out."""
    s = np.arange(round(seconds * rate)) / (seconds * rate)
    share = 10 * s**3 - 15 * s**4 + 6 * s**5
    start, goal = np.atleast_1d(np.asarray(start, dtype=float)), np.atleast_1d(np.asarray(goal, dtype=float))
    return start + share[:, None] * (goal - start)


def still(at: ArrayLike, seconds: float, rate: float = RATE) -> Vector:
    """Nothing moves, shape (t, m)."""
    return np.tile(np.atleast_1d(np.asarray(at, dtype=float)), (round(seconds * rate), 1))


def reach(goal: ArrayLike = (0.2, 0.0), seconds: float = 1.0, reaction: float = 0.2, **changes: object) -> Trace:
    """Half a second of rest, the go, a reaction, a minimum-jerk reach, and half a second of hold."""
    goal = np.asarray(goal, dtype=float)
    origin = np.zeros_like(goal)
    x = np.vstack([still(origin, 0.5 + reaction), stroke(origin, goal, seconds), still(goal, 0.5)])
    moment = np.full(len(x), int(Moment.MOVE))
    moment[: round(0.5 * RATE)] = Moment.REST
    moment[-round(0.5 * RATE) :] = Moment.HOLD
    return made(x, moment, **changes)
