"""Active movement: the law has no force of its own, but for a light damping where one is set."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from control.laws import base
from control.laws.base import BaseLaw
from robotics.contracts import Vector
from robotics.guidance import Guidance, Space
from robotics.kernels.compiled import kernel


class Settings(base.Gains, frozen=True, kw_only=True):
    """Gains of free movement.

    Attributes:
        damping: Against all motion; 0 for none [Nm s/rad or N s/m].
    """

    damping: Annotated[float, Meta(ge=0, le=50)] = 0.0


@kernel
def _damp(seen: Vector, damping: float, raw: Vector) -> None:
    """Damping against the velocity into ``raw``, shape (m,)."""
    for j in range(raw.shape[0]):
        raw[j] = -damping * seen[base.V, j]


class Active(BaseLaw):
    """``F = -B v``, and nothing where B is zero: what the arm weighs is carried elsewhere."""

    helps = False

    def __init__(self, gains: Settings, dims: int, dt: float, holds: bool = False) -> None:
        super().__init__(gains, dims, dt, holds)
        self._damping = gains.damping

    def _compute(self, asks: Guidance, change: int, seen: Vector, raw: Vector) -> None:  # noqa: ARG002
        _damp(seen, self._damping, raw)


def build(settings: Settings, space: Space, dims: int, dt: float, holds: bool) -> Active:  # noqa: ARG001
    """Make the law from its gains."""
    return Active(settings, dims, dt, holds)
