"""Path guidance: a tunnel about the path, free inside and along it, soft walls around."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from msgspec import Meta

from control.laws import base
from control.laws.base import BaseLaw
from control.laws.lateral import lateral
from robotics.contracts import Vector
from robotics.guidance import Guidance, Moment, Space
from robotics.kernels.compiled import kernel

RAMP = 0.1
"""Share of the path, at either end, over which the assist along it comes and goes: as EMU has it."""


class Settings(base.Gains, frozen=True, kw_only=True):
    """Gains of the tunnel.

    Attributes:
        stiffness: Of the wall [Nm/rad or N/m].
        damping: Across the path, inside of the wall [Nm s/rad or N s/m].
        radius: Of the tunnel [rad or m].
        edge: Depth in the wall over which the damping comes in [rad or m].
        assist: Force along the path over the speed along it: help towards the goal where it is above zero, resistance
            to any motion along the path where it is below [Nm s/rad or N s/m].
    """

    stiffness: Annotated[float, Meta(gt=0, le=5000)]
    damping: Annotated[float, Meta(ge=0, le=500)]
    radius: Annotated[float, Meta(ge=0, le=1)]
    edge: Annotated[float, Meta(gt=0, le=1)]
    assist: Annotated[float, Meta(ge=-30, le=30)] = 0.0


@kernel
def _guide(
    seen: Vector, unit: Vector, off: Vector, aside: Vector, gains: Vector, assist: float, progress: float, raw: Vector
) -> None:
    """One tick; ``gains`` holds stiffness, damping, radius and edge."""
    m = raw.shape[0]
    distance, along = lateral(seen, unit, off, aside)
    depth = distance - gains[2]
    for j in range(m):
        raw[j] = 0.0
        if depth > 0.0:
            raw[j] = -gains[0] * depth * off[j] / distance - gains[1] * min(1.0, depth / gains[3]) * aside[j]
    if assist != 0.0 and (assist < 0.0 or along > 0.0):
        ramp = base.smooth(progress / RAMP) * base.smooth((1.0 - progress) / RAMP)
        for j in range(m):
            raw[j] += assist * ramp * along * unit[j]


class PathGuidance(BaseLaw):
    """Free along the path's tangent, a spring and damper towards its nearest point outside of the tunnel.

    Where there is a single coordinate nothing lies across the path: only the assist along it is left.

    Source:
        Duschau-Wicke, von Zitzewitz, Caprez, Luenenburger and Riener 2010, Path control, IEEE Trans. Neural Systems and
        Rehabilitation Engineering 18(1): the tunnel. Fong, Crocher, Tan, Oetomo and Mareels 2017, EMU, ICORR: the robot
        whose gains and assist these are.
    """

    def __init__(self, gains: Settings, dims: int, dt: float, holds: bool = False) -> None:
        super().__init__(gains, dims, dt, holds)
        self._gains = np.array([gains.stiffness, gains.damping, gains.radius, gains.edge])
        self._assist = gains.assist
        self._unit, self._off, self._aside = np.zeros(dims), np.zeros(dims), np.zeros(dims)

    def _compute(self, asks: Guidance, change: int, seen: Vector, raw: Vector) -> None:  # noqa: ARG002
        assist = self._assist if asks.moment is Moment.MOVE else 0.0
        _guide(seen, self._unit, self._off, self._aside, self._gains, assist, float(asks.progress), raw)


def build(settings: Settings, space: Space, dims: int, dt: float, holds: bool) -> PathGuidance:  # noqa: ARG001
    """Make the law from its gains."""
    return PathGuidance(settings, dims, dt, holds)
