"""What every law shares: checked inputs, a soft start and a soft end, no jumps between movements, a cap on the force.

A law itself is in its subclass: one method that computes the force where something is asked.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Annotated

import numpy as np
from msgspec import Meta

from control.laws.law import LawState
from robotics.config import Config
from robotics.contracts import Vector
from robotics.errors import ArgumentError
from robotics.guidance import Guidance, Moment
from robotics.kernels.compiled import kernel

X, V, START, GOAL, REFERENCE, RATE, ACCELERATION, NEAREST, TANGENT, MIRROR = range(10)
"""Rows of what a law is given, ``seen`` of shape (10, m); from the third on of `robotics.guidance.Guidance`."""

LARGEST = 1e3
"""Largest number that is taken for a position, velocity or acceleration; what is beyond counts as this."""

_REST = Moment.REST  # a member of an enum that is looked up costs a tick more than a name

SAME, NEXT, ENGAGED = 0, 1, 2
"""What changed since the tick before: nothing; the movement or the moment; something is asked again after a rest."""

Time = Annotated[float, Meta(gt=0, le=60)]


class Gains(Config, frozen=True, kw_only=True):
    """What every law can be set to. Units are those of the table: [rad] and [Nm] in joint, [m] and [N] in tip.

    Attributes:
        max_force: Largest norm of the law's force [Nm or N].
        engage_s: Time over which it comes in after a rest, and over which it changes at a new movement [s].
        release_s: Time over which it lets go [s].
    """

    max_force: Annotated[float, Meta(gt=0, le=250)]
    engage_s: Annotated[float, Meta(ge=0.1, le=5)] = 0.5
    release_s: Annotated[float, Meta(ge=0.05, le=5)] = 0.2


class BaseLaw(ABC):
    """A law for ``dims`` coordinates; a subclass says what its force is while something is asked.

    Args:
        gains: Its gains.
        dims: Number of coordinates, m, from 1 to 3.
        dt: Control period, up to 0.02 [s].
        holds: Whether it also acts at rest.

    Raises:
        ArgumentError: ``dims`` or ``dt`` out of range.
    """

    helps = True
    """Whether its force is help, which is bounded by the guidance's assistance and shown as this law's."""

    def __init__(self, gains: Gains, dims: int, dt: float, holds: bool = False) -> None:
        if not 1 <= dims <= 3:
            raise ArgumentError(f"dims is {dims}, must lie in [1, 3]")
        if not 0.0 < dt <= 0.02:
            raise ArgumentError(f"dt is {dt:g} s, must be above 0 and at most 0.02 s")
        self.dims, self.dt, self.holds = int(dims), float(dt), holds
        self.assistance = 0.0
        self._max_force = self._allowed = gains.max_force  # of the gains; and at present
        self._rates = np.array([dt / gains.engage_s, dt / gains.release_s])
        self._seen = np.zeros((10, dims))
        self._raw, self._last, self._bump = np.zeros(dims), np.zeros(dims), np.zeros(dims)
        self._level = np.zeros(3)  # how far it came in, how much of the last force is left, at what rate that fades
        self._asked, self._moment, self._movement = False, Moment.REST, -1
        self._bound = -1.0

    def reset(self) -> None:
        """Forget all that was learnt; the next force begins at zero."""
        self.assistance = 0.0
        self._last[:] = 0.0
        self._bump[:] = 0.0
        self._level[:] = 0.0
        self._asked, self._moment, self._movement = False, Moment.REST, -1
        self._bound = -1.0
        self._forget()

    def update(self, state: LawState, force: Vector) -> None:
        """Force on the arm for the coming period; see `control.laws.law.Law.update`.

        What is not finite counts as rest: the law lets go.

        Raises:
            ArgumentError: An array has another shape than (dims,).
        """
        asks = state.guidance
        taken = _take(
            state.x,
            state.v,
            asks.start,
            asks.goal,
            asks.reference,
            asks.rate,
            asks.acceleration,
            asks.nearest,
            asks.tangent,
            asks.mirror,
            force,
            self._seen,
        )
        if taken < 0:
            raise ArgumentError(f"a law of {self.dims} coordinates takes and gives arrays of shape ({self.dims},)")
        asked = bool(taken) and (self.holds or asks.moment is not _REST)
        change = SAME
        if asked and not self._asked:
            change = ENGAGED
        elif asked != self._asked or asks.moment is not self._moment or asks.movement != self._movement:
            change = NEXT
        self._asked, self._moment, self._movement = asked, asks.moment, asks.movement
        self._allowed = self._cap(asks)
        if asked:
            self._compute(asks, change, self._seen, self._raw)
        norm = _finish(self._raw, self._last, self._bump, self._level, self._rates, asked, change, self._allowed, force)
        self.assistance = min(1.0, norm / self._max_force) if self.helps else 0.0

    def _cap(self, asks: Guidance) -> float:
        """Largest force at present: that of the gains; of help the share that the guidance allows, followed softly."""
        if not self.helps:
            return self._max_force
        bound = asks.assistance
        bound = min(max(bound, 0.0), 1.0) if math.isfinite(bound) else 0.0
        step = self._rates[0]
        self._bound = bound if self._bound < 0.0 else min(max(bound, self._bound - step), self._bound + step)
        return float(self._bound * self._max_force)

    @abstractmethod
    def _compute(self, asks: Guidance, change: int, seen: Vector, raw: Vector) -> None:
        """The law's force, before the soft start and the cap.

        Args:
            asks: What is asked; its arrays are in ``seen``, checked and within bounds.
            change: `SAME`, `NEXT` or `ENGAGED`.
            seen: See `X`, shape (10, m).
            raw: Result, shape (m,).
        """

    def _forget(self) -> None:  # noqa: B027 - most laws learn nothing
        """Forget all that was learnt."""


@kernel
def _take(
    x: Vector,
    v: Vector,
    start: Vector,
    goal: Vector,
    reference: Vector,
    rate: Vector,
    acceleration: Vector,
    nearest: Vector,
    tangent: Vector,
    mirror: Vector,
    force: Vector,
    seen: Vector,
) -> int:
    """Take what is known into ``seen``: 1; 0 where something is not finite, -1 where something has another shape."""
    m = seen.shape[1]
    # The mirror may be absent, and NaN where it is not measured.
    mirrored = len(mirror) == m
    if not mirrored and len(mirror) > 0:
        return -1
    fine = True
    for row, values in enumerate((x, v, start, goal, reference, rate, acceleration, nearest, tangent)):
        if len(values) != m:
            return -1
        for j in range(m):
            fine = fine and math.isfinite(values[j])
            seen[row, j] = min(max(values[j], -LARGEST), LARGEST)
    if len(force) != m:
        return -1
    for j in range(m):
        seen[MIRROR, j] = min(max(mirror[j], -LARGEST), LARGEST) if mirrored and math.isfinite(mirror[j]) else math.nan
    return 1 if fine else 0


@kernel
def smooth(share: float) -> float:
    """From 0 to 1 without a kink: ``3 s^2 - 2 s^3``; clamped."""
    s = min(max(share, 0.0), 1.0)
    return s * s * (3.0 - 2.0 * s)


@kernel
def cap(force: Vector, most: float) -> float:
    """Shorten a force to a norm of at most ``most``, shape (m,); returns its norm. Zero where it is not finite."""
    largest = 0.0
    for j in range(force.shape[0]):
        if not math.isfinite(force[j]):
            largest = math.inf
        largest = max(largest, abs(force[j]))
    if largest == 0.0 or not math.isfinite(largest):
        for j in range(force.shape[0]):
            force[j] = 0.0
        return 0.0
    square = 0.0
    for j in range(force.shape[0]):
        square += (force[j] / largest) ** 2
    norm = largest * math.sqrt(square)
    if norm <= most:
        return norm
    for j in range(force.shape[0]):
        force[j] = force[j] / largest * (most / math.sqrt(square))
    return most


@kernel
def _finish(
    raw: Vector,
    last: Vector,
    bump: Vector,
    level: Vector,
    rates: Vector,
    asked: bool,
    change: int,
    most: float,
    force: Vector,
) -> float:
    """Cap the raw force, bring it in, and fade what differed at the last change; returns the norm of the result.

    ``rates`` holds the steps per period of coming in and of letting go.
    """
    m = raw.shape[0]
    if not asked:
        for j in range(m):
            raw[j] = 0.0
    cap(raw, most)
    if change == ENGAGED:
        level[0] = 0.0
    if change != SAME:
        # The force goes on from where it was: the difference is kept and fades.
        for j in range(m):
            bump[j] = last[j] - smooth(level[0]) * raw[j]
        level[1] = 1.0
        level[2] = rates[0] if asked else rates[1]
    if asked:
        level[0] = min(1.0, level[0] + rates[0])
    level[1] = max(0.0, level[1] - level[2])
    largest = most
    if level[1] > 0.0:
        square = 0.0
        for j in range(m):
            square += last[j] * last[j]
        largest = max(most, math.sqrt(square))
    for j in range(m):
        force[j] = smooth(level[0]) * raw[j] + smooth(level[1]) * bump[j]
    norm = cap(force, largest)
    for j in range(m):
        last[j] = force[j]
    return norm
