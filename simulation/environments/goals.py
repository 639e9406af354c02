"""What an environment asks a task besides its outcome: what is to be where, and how much is done."""

from __future__ import annotations

import functools
import math
from typing import Protocol, cast, runtime_checkable

import numpy as np

from robotics.contracts import Outcome, Vector


@runtime_checkable
class HasGoals(Protocol):
    """A task whose goal is that things, not tips, come to be somewhere."""

    def goals(self) -> tuple[Vector, Vector]:
        """Where they are and where they belong, each shape (g,) [m], g the same in every episode."""
        ...


@runtime_checkable
class HasProgress(Protocol):
    """A task of which more is to be told than its phase."""

    def progress(self) -> float:
        """Share of the task that is done, 0 to 1; falls where something is undone."""
        ...


def goals(task: object, outcome: Outcome, tips: Vector) -> tuple[Vector, Vector]:
    """Achieved and desired goal: the task's own, or the tip of the arm that is asked and its target, shape (3,)."""
    if _is(type(task), HasGoals):  # type: ignore[arg-type]  # types can be hashed
        return cast(HasGoals, task).goals()
    return tips[outcome.arm, :3].copy(), known(outcome.target[:3])


def known(values: Vector) -> Vector:
    """The values as a new array, zero where one is not a number; a single one becomes shape (1,)."""
    found = np.array(values, ndmin=1)
    found[np.isnan(found)] = 0.0
    return found


def progress(task: object, phases: int, outcome: Outcome) -> float:
    """Share of the task that is done: the task's own word, or its phase out of so many."""
    if outcome.success:
        return 1.0
    if _is(type(task), HasProgress):  # type: ignore[arg-type]
        return cast(HasProgress, task).progress()
    return outcome.phase / max(phases - 1, 1)


def nearness(outcome: Outcome, tips: Vector, scale_m: float) -> float:
    """How near the asked tip is to where the task wants it next, 1 there and 1/e at ``scale_m`` [m]."""
    if not math.isfinite(outcome.target[0]):
        return 0.0
    return math.exp(-math.dist(tips[outcome.arm, :3], outcome.target[:3]) / scale_m)


@functools.cache
def _is(kind: type, protocol: type) -> bool:
    """Whether all of a kind follow a protocol: found out once, as asking costs more than the answer is used for."""
    return issubclass(kind, protocol)
