"""Assist on hesitation: free while the patient moves, a growing pull towards the goal where he gets no further."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from msgspec import Meta

from control.laws import base
from control.laws.base import BaseLaw
from robotics.contracts import Vector
from robotics.guidance import Guidance, Space
from robotics.kernels.compiled import kernel


class Settings(base.Gains, frozen=True, kw_only=True):
    """When and how it helps.

    Attributes:
        speed: Speed towards the goal below which he hesitates [rad/s or m/s].
        cruise: Speed towards the goal at which help is zero, and from which on it goes away [rad/s or m/s].
        average_s: Time constant of the low-pass on the speed by which help comes and goes [s].
        wait_s: Time of hesitation before help comes [s].
        rise_s: Time in which help grows from nothing to ``max_force`` [s].
        fall_s: Time in which it goes away again [s].
        dead_band: Distance to the goal within which there is no help [rad or m].
    """

    speed: Annotated[float, Meta(gt=0, le=2)]
    cruise: Annotated[float, Meta(gt=0, le=5)]
    average_s: Annotated[float, Meta(gt=0, le=5)]
    wait_s: Annotated[float, Meta(ge=0, le=30)]
    rise_s: base.Time
    fall_s: base.Time
    dead_band: Annotated[float, Meta(gt=0, le=1)]

    def __post_init__(self) -> None:
        if self.speed >= self.cruise:
            raise ValueError(f"speed: {self.speed:g} must be below cruise, {self.cruise:g}")


@kernel
def _pull(seen: Vector, help_: Vector, engaged: bool, gains: Vector, most: float, dt: float, raw: Vector) -> None:
    """One tick; ``help_`` holds how long he hesitates [s], the present pull and the speed towards the goal, (3,).

    ``gains`` holds speed, waiting time, rise and fall of the pull over a period, the dead band, the share of a new
    speed in its average, and the cruising speed.
    """
    m = raw.shape[0]
    if engaged:
        help_[0] = help_[1] = help_[2] = 0.0
    distance = onward = tangent = 0.0
    for j in range(m):
        to = seen[base.GOAL, j] - seen[base.X, j]
        distance += to * to
        tangent += seen[base.TANGENT, j] ** 2
        onward += to * seen[base.TANGENT, j]
    distance, tangent = math.sqrt(distance), math.sqrt(tangent)
    # Along the path, unless that leads away from the goal.
    along = tangent > 0.1 and onward > 0.0
    towards = 0.0
    for j in range(m):
        raw[j] = 0.0
        if along:
            raw[j] = seen[base.TANGENT, j] / tangent
        elif distance > 0.0:
            raw[j] = (seen[base.GOAL, j] - seen[base.X, j]) / distance
        towards += raw[j] * seen[base.V, j]
    help_[2] += gains[5] * (towards - help_[2])
    if distance <= gains[4] or help_[2] >= gains[6]:
        help_[1] -= gains[3]
        if help_[1] <= 0.0:  # only then it waits anew: help itself moves the arm
            help_[0] = 0.0
    elif help_[2] < gains[0]:
        help_[0] += dt
        if help_[0] > gains[1]:
            help_[1] += gains[2]
    help_[1] = min(max(help_[1], 0.0), most)
    slow = min(max((gains[6] - towards) / (gains[6] - gains[0]), 0.0), 1.0)
    near = base.smooth((distance - gains[4]) / gains[4])
    for j in range(m):
        raw[j] *= help_[1] * near * slow


class Hesitation(BaseLaw):
    """A pull along the path, only ever towards the goal, that grows where the patient hesitates and goes as he moves.

    Source:
        After the practice of HOMER with the robot PLUTO (Christian Medical College Vellore): free where he is able,
        help only towards the target, 2 degrees of dead band. There help begins at 90 % of the assessed active range;
        here it begins where he gets no further, so that no range has to be known.
    """

    def __init__(self, gains: Settings, dims: int, dt: float, holds: bool = False) -> None:
        super().__init__(gains, dims, dt, holds)
        rise, fall = gains.max_force * dt / gains.rise_s, gains.max_force * dt / gains.fall_s
        average = 1.0 - math.exp(-dt / gains.average_s)
        self._gains = np.array([gains.speed, gains.wait_s, rise, fall, gains.dead_band, average, gains.cruise])
        self._help = np.zeros(3)

    def _forget(self) -> None:
        self._help[:] = 0.0

    def _compute(self, asks: Guidance, change: int, seen: Vector, raw: Vector) -> None:  # noqa: ARG002
        _pull(seen, self._help, change == base.ENGAGED, self._gains, self._allowed, self.dt, raw)


def build(settings: Settings, space: Space, dims: int, dt: float, holds: bool) -> Hesitation:  # noqa: ARG001
    """Make the law from its gains."""
    return Hesitation(settings, dims, dt, holds)
