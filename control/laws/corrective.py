"""Corrective: free while the movement is right, a pull back where it leaves the path or goes the wrong way."""

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


class Settings(base.Gains, frozen=True, kw_only=True):
    """Gains of the correction.

    Attributes:
        stiffness: Of the pull back [Nm/rad or N/m].
        damping: Against motion further away from the path [Nm s/rad or N s/m].
        dead_band: Error that is not corrected [rad or m].
        edge: Error beyond it over which the damping comes in [rad or m].
        return_speed: Speed towards the path at which the patient corrects himself and is let alone [rad/s or m/s].
        wrong_way_damping: Against motion along the path away from the goal [Nm s/rad or N s/m].
        wrong_way_speed: Speed of it that is let pass [rad/s or m/s].
    """

    stiffness: Annotated[float, Meta(gt=0, le=5000)]
    damping: Annotated[float, Meta(ge=0, le=500)]
    dead_band: Annotated[float, Meta(ge=0, le=1)]
    edge: Annotated[float, Meta(gt=0, le=1)]
    return_speed: Annotated[float, Meta(gt=0, le=5)]
    wrong_way_damping: Annotated[float, Meta(ge=0, le=500)]
    wrong_way_speed: Annotated[float, Meta(ge=0, le=5)]


@kernel
def _correct(
    seen: Vector, unit: Vector, off: Vector, aside: Vector, gains: Vector, wrong_damping: float, raw: Vector
) -> None:
    """One tick; ``gains`` holds stiffness, damping, dead band, edge, return speed and wrong-way speed."""
    m = raw.shape[0]
    distance, along = lateral(seen, unit, off, aside)
    depth = distance - gains[2]
    size = 0.0
    if depth > 0.0:
        away = 0.0
        for j in range(m):
            away += aside[j] * off[j] / distance
        # The quicker he returns by himself, the less he is pulled.
        left = 1.0 - min(1.0, max(0.0, -away) / gains[4])
        size = left * gains[0] * depth + gains[1] * min(1.0, depth / gains[3]) * max(0.0, away)
    wrong = max(0.0, -along - gains[5])
    for j in range(m):
        raw[j] = wrong_damping * wrong * unit[j]
        if depth > 0.0:
            raw[j] -= size * off[j] / distance


class Corrective(BaseLaw):
    """Nothing inside of the dead band and while the patient returns; else a spring to the path, and a brake backwards.

    Source:
        Ours, in the sense of haptic correction in Marchal-Crespo and Reinkensmeyer 2009, Review of control strategies
        for robotic movement training after neurologic injury, J. NeuroEngineering and Rehabilitation 6:20.
    """

    def __init__(self, gains: Settings, dims: int, dt: float, holds: bool = False) -> None:
        super().__init__(gains, dims, dt, holds)
        self._gains = np.array(
            [
                gains.stiffness,
                gains.damping,
                gains.dead_band,
                gains.edge,
                gains.return_speed,
                gains.wrong_way_speed,
            ]
        )
        self._wrong_damping = gains.wrong_way_damping
        self._unit, self._off, self._aside = np.zeros(dims), np.zeros(dims), np.zeros(dims)

    def _compute(self, asks: Guidance, change: int, seen: Vector, raw: Vector) -> None:  # noqa: ARG002
        wrong_damping = self._wrong_damping if asks.moment is Moment.MOVE else 0.0
        _correct(seen, self._unit, self._off, self._aside, self._gains, wrong_damping, raw)


def build(settings: Settings, space: Space, dims: int, dt: float, holds: bool) -> Corrective:  # noqa: ARG001
    """Make the law from its gains."""
    return Corrective(settings, dims, dt, holds)
