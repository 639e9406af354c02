"""An exercise and a patient made up for tests: straight movements there and back, a mass that is pushed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from control.laws import LawState
from robotics.guidance import Guidance, Moment
from robotics.trajectories.minimum_jerk import blend

DT = 1e-3


class Reach:
    """Asks for straight movements there and back, each of ``duration_s``, then a hold.

    ``off_track`` asks for nothing else than ``start`` and ``goal``: the path is the line between them.
    """

    def __init__(self, start: np.ndarray, goal: np.ndarray, duration_s: float = 1.5, hold_s: float = 0.5) -> None:
        self.ends = (np.array(start, dtype=float), np.array(goal, dtype=float))
        self.asks = Guidance.at_rest(self.ends[0])
        self.asks.duration_s = duration_s
        self.period_s = duration_s + hold_s

    def at(self, time_s: float, x: np.ndarray) -> Guidance:
        asks = self.asks
        movement = int(time_s / self.period_s)
        asks.movement, asks.repetition = movement, movement // 2
        asks.elapsed_s = time_s - movement * self.period_s
        asks.moment = Moment.MOVE if asks.elapsed_s < asks.duration_s else Moment.HOLD
        asks.start[:], asks.goal[:] = self.ends[movement % 2], self.ends[1 - movement % 2]
        way = asks.goal - asks.start
        share, rate, change = blend(asks.elapsed_s / asks.duration_s)
        asks.reference[:] = asks.start + share * way
        asks.rate[:] = rate / asks.duration_s * way
        asks.acceleration[:] = change / asks.duration_s**2 * way
        length = float(np.linalg.norm(way))
        asks.tangent[:] = way / length
        asks.progress = float(np.clip((x - asks.start) @ asks.tangent / length, 0.0, 1.0))
        asks.nearest[:] = asks.start + asks.progress * way
        return asks


class Arm:
    """A mass with damping, stepped semi-implicitly; what pushes it is up to the test."""

    def __init__(self, m: int, mass: float = 2.0, damping: float = 6.0, dt: float = DT) -> None:
        self.dt = dt
        self.x, self.v, self.mass, self.damping = np.zeros(m), np.zeros(m), mass, damping

    def step(self, force: np.ndarray) -> None:
        self.v += self.dt * (force - self.damping * self.v) / self.mass
        self.x += self.dt * self.v


def state(m: int, **changes: object) -> LawState:
    """An arm at rest at the origin, of which nothing is asked; ``changes`` are to its guidance."""
    asks = Guidance.at_rest(np.zeros(m))
    for key, value in changes.items():
        setattr(asks, key, np.asarray(value, dtype=float) if isinstance(value, list | np.ndarray) else value)
    return LawState(np.zeros(m), np.zeros(m), np.zeros(m), asks)


def run(law: object, known: LawState, seconds: float, change: Callable[[int], None] | None = None) -> np.ndarray:
    """Forces of a law, shape (ticks, m); ``change`` may alter the state before each tick."""
    forces = np.empty((round(seconds / DT), known.x.size))
    for k in range(len(forces)):
        if change is not None:
            change(k)
        law.update(known, forces[k])  # type: ignore[attr-defined]
    return forces
