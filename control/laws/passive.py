"""Passive movement: the robot moves the arm along the reference, soft enough to be pushed off it."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from control.laws import base
from control.laws.base import BaseLaw
from robotics.contracts import Vector
from robotics.guidance import Guidance, Space
from robotics.kernels.compiled import kernel


class Settings(base.Gains, frozen=True, kw_only=True):
    """Gains of the impedance about the reference.

    Attributes:
        stiffness: [Nm/rad or N/m].
        damping: Of the velocity towards that of the reference [Nm s/rad or N s/m].
    """

    stiffness: Annotated[float, Meta(gt=0, le=5000)]
    damping: Annotated[float, Meta(ge=0, le=500)]


@kernel
def impedance(seen: Vector, stiffness: float, damping: float, raw: Vector) -> None:
    """Spring and damper about the reference into ``raw``, shape (m,)."""
    for j in range(raw.shape[0]):
        raw[j] = stiffness * (seen[base.REFERENCE, j] - seen[base.X, j]) + damping * (
            seen[base.RATE, j] - seen[base.V, j]
        )


class Passive(BaseLaw):
    """``F = K (x_r - x) + D (dx_r - v)`` about the reference, which is a minimum-jerk movement.

    Source:
        Hogan 1985, Impedance control, J. Dynamic Systems, Measurement, and Control 107(1).
    """

    def __init__(self, gains: Settings, dims: int, dt: float, holds: bool = False) -> None:
        super().__init__(gains, dims, dt, holds)
        self._stiffness, self._damping = gains.stiffness, gains.damping

    def _compute(self, asks: Guidance, change: int, seen: Vector, raw: Vector) -> None:  # noqa: ARG002
        impedance(seen, self._stiffness, self._damping, raw)


def build(settings: Settings, space: Space, dims: int, dt: float, holds: bool) -> Passive:  # noqa: ARG001
    """Make the law from its gains."""
    return Passive(settings, dims, dt, holds)
