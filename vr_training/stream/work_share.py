"""The patient's share of the work, movement by movement, as whoever looks on is told it while the exercise runs."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from robotics.contracts import Vector
from robotics.errors import ArgumentError
from robotics.guidance import Moment, Space
from vr_training.rehab.measures.effort import Moved, moving_work, patient_share
from vr_training.rehab.measures.motion import motion
from vr_training.rehab.traces import BEFORE_S, movements, running
from vr_training.stream.messages import SceneMessage

_NEEDED = ("state", "signals", "guided")
"""Fields of a tick that a movement is cut out of."""


class WorkShare:
    """Adds up what patient and robot put into the movements that are over.

    A movement counts once it is over, as a whole: before that nobody can tell what the arm will give back. At the end
    of the exercise it is the share that its results name.

    Args:
        scene: The scene of a guided exercise.

    Raises:
        ArgumentError: Nobody is guided in it.
    """

    def __init__(self, scene: SceneMessage) -> None:
        guided = scene.guided
        if guided is None:
            raise ArgumentError(f"scene '{scene.title}' is no guided exercise: nobody's share of the work can be told")
        self._arm, self._first, self._rate_hz = guided.arm, guided.first, 1.0 / scene.period_s
        self._signals = tuple(name for name, _ in scene.signals)
        self._space = Space.JOINT if guided.joints else Space.TIP
        self._before = round(BEFORE_S * self._rate_hz)
        self._done: list[Moved] = []  # of each movement that is over
        self._kept: list[NDArray[np.void]] = []  # the movement that runs, and the time before it
        self._count = self._runs = 0

    @property
    def share(self) -> float:
        """The patient's share [%]; NaN as long as it cannot be told: see `patient_share`."""
        return _share(self._done)

    def add(self, ticks: NDArray[np.void]) -> None:
        """Take the next ticks, shape (n,)."""
        if not len(ticks):
            return
        self._kept.append(_needed(ticks))
        self._count += len(ticks)
        numbers = running(ticks, self._arm)
        over, self._runs = {self._runs, *numbers.tolist()} - {0, int(numbers[-1])}, int(numbers[-1])
        if over:
            whole = np.concatenate(self._kept)
            self._count_in(whole, over)
            self._keep(whole)
        elif not self._runs and self._count > 2 * self._before:
            self._keep(np.concatenate(self._kept))

    def finish(self) -> None:
        """Nothing follows: a movement that runs is over."""
        if self._runs:
            self._count_in(np.concatenate(self._kept), {self._runs})
        self._kept, self._count, self._runs = [], 0, 0

    def of(self, ticks: NDArray[np.void]) -> Vector:
        """The share as it stands at each of a whole recording's ticks, shape (n,) [%]."""
        numbers, done = running(ticks, self._arm), []
        found: Vector = np.full(len(ticks), math.nan)
        for number, works in self._works(_needed(ticks)):
            done.append(works)
            found[np.flatnonzero(numbers == number)[-1] :] = _share(done)
        return found

    def _count_in(self, whole: NDArray[np.void], over: set[int]) -> None:
        """Add what was put into movements that are over."""
        self._done += [works for number, works in self._works(whole) if number in over]

    def _keep(self, whole: NDArray[np.void]) -> None:
        """Go on with the movement that runs, and with what was just before it."""
        numbers = running(whole, self._arm)
        begun = int(np.argmax(numbers == self._runs)) if self._runs else len(whole)
        self._kept = [whole[max(begun - self._before, 0) :].copy()]
        self._count = len(self._kept[0])

    def _works(self, ticks: NDArray[np.void]) -> list[tuple[int, Moved]]:
        """Number of each movement that is measured and that he is to make, and what was put into it."""
        found = movements(ticks, self._arm, self._signals, self._space, self._rate_hz)
        his = (each for each in found if each.kind != self._first and each.moment is not Moment.RELAX)
        works = [(each.movement, moving_work(motion(each.trace))) for each in his]
        return [(number, each) for number, each in works if math.isfinite(each.patient_j)]


def _share(works: Sequence[Moved]) -> float:
    """The patient's share of works by movement [%]."""
    return patient_share(*zip(*works, strict=True)) if works else math.nan


def _needed(ticks: NDArray[np.void]) -> NDArray[np.void]:
    """A copy of what is needed of ticks."""
    out: NDArray[np.void] = np.zeros(len(ticks), np.dtype([(name, ticks.dtype[name]) for name in _NEEDED]))
    for name in _NEEDED:
        out[name] = ticks[name]
    return out
