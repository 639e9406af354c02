"""Error augmentation: the robot pushes away from the path, so that an error is felt and unlearnt."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from msgspec import Meta

from control.laws import base
from control.laws.base import BaseLaw
from control.laws.lateral import lateral
from robotics.contracts import Vector
from robotics.guidance import Guidance, Moment, Space
from robotics.kernels.compiled import kernel


class Settings(base.Gains, frozen=True, kw_only=True):
    """Gains of the push; it levels off at ``max_force``.

    Attributes:
        stiffness: Push over error [Nm/rad or N/m].
        damping: Against motion across the path, as far as the push has faded: where it is gone, what it set going is
            braked [Nm s/rad or N s/m].
        fade_from: Error from which on the push fades [rad or m].
        limit: Error at which it is gone [rad or m].
    """

    stiffness: Annotated[float, Meta(gt=0, le=1000)]
    damping: Annotated[float, Meta(ge=0, le=200)]
    fade_from: Annotated[float, Meta(gt=0, le=2)]
    limit: Annotated[float, Meta(gt=0, le=2)]

    def __post_init__(self) -> None:
        if self.fade_from >= self.limit:
            raise ValueError(f"fade_from: {self.fade_from:g} must be below limit, {self.limit:g}")


@kernel
def _augment(
    seen: Vector, unit: Vector, off: Vector, aside: Vector, gains: Vector, most: float, push: bool, raw: Vector
) -> None:
    """One tick; ``gains`` holds stiffness, damping, where the push begins to fade and where it is gone."""
    m = raw.shape[0]
    distance, _ = lateral(seen, unit, off, aside)
    if m == 1:  # nothing lies across the path: the error is that of time
        off[0] = seen[base.X, 0] - seen[base.REFERENCE, 0]
        aside[0] = seen[base.V, 0] - seen[base.RATE, 0]
        distance = abs(off[0])
    left = 1.0 - base.smooth((distance - gains[2]) / (gains[3] - gains[2]))
    size = 0.0
    if push and distance > 0.0:
        size = left * most * math.tanh(gains[0] * distance / most) / distance
    for j in range(m):
        raw[j] = size * off[j] - (1.0 - left) * gains[1] * aside[j]


class ErrorAugmentation(BaseLaw):
    """``F = +K e`` away from the path, with e across it; it levels off and fades before the error gets large.

    Of a single coordinate e is the error from the reference. It pushes while the patient moves, not while he holds.

    Source:
        Patton, Stoykov, Kovic and Mussa-Ivaldi 2006, Evaluation of robotic training forces that either enhance or
        reduce error in chronic hemiparetic stroke survivors, Exp. Brain Res. 168(3). Levelling and fading are ours.
    """

    helps = False

    def __init__(self, gains: Settings, dims: int, dt: float, holds: bool = False) -> None:
        super().__init__(gains, dims, dt, holds)
        self._gains = np.array([gains.stiffness, gains.damping, gains.fade_from, gains.limit])
        self._unit, self._off, self._aside = np.zeros(dims), np.zeros(dims), np.zeros(dims)

    def _compute(self, asks: Guidance, change: int, seen: Vector, raw: Vector) -> None:  # noqa: ARG002
        push = asks.moment is Moment.MOVE
        _augment(seen, self._unit, self._off, self._aside, self._gains, self._max_force, push, raw)


def build(settings: Settings, space: Space, dims: int, dt: float, holds: bool) -> ErrorAugmentation:  # noqa: ARG001
    """Make the law from its gains."""
    return ErrorAugmentation(settings, dims, dt, holds)
