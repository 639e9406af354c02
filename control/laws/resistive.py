"""Resistance to move against: like honey, like a rubber band, or the same at any speed."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from msgspec import Meta

from control.laws import base
from control.laws.base import BaseLaw
from robotics.contracts import Vector
from robotics.guidance import Guidance, Space
from robotics.kernels.compiled import kernel

KINDS = ("viscous", "elastic", "constant")


class Settings(base.Gains, frozen=True, kw_only=True):
    """Gains of the resistance; ``kind`` says which of them count.

    Attributes:
        kind: ``"viscous"``: damping; ``"elastic"``: stiffness about the movement's start, and damping; ``"constant"``:
            force against the motion.
        damping: [Nm s/rad or N s/m].
        stiffness: [Nm/rad or N/m].
        force: [Nm or N].
        speed: At which the constant force is 0.7 of its size; it goes smoothly through rest [rad/s or m/s].
    """

    kind: Literal["viscous", "elastic", "constant"]
    damping: Annotated[float, Meta(ge=0, le=1000)] = 0.0
    stiffness: Annotated[float, Meta(ge=0, le=2000)] = 0.0
    force: Annotated[float, Meta(ge=0, le=200)] = 0.0
    speed: Annotated[float, Meta(ge=0, le=10)] = 0.0

    def __post_init__(self) -> None:
        needed = {"viscous": ("damping",), "elastic": ("stiffness",), "constant": ("force", "speed")}[self.kind]
        used = {*needed, "damping"} if self.kind == "elastic" else needed
        for key in ("damping", "stiffness", "force", "speed"):
            value = getattr(self, key)
            if key in needed and value <= 0.0:
                raise ValueError(f"{key}: must be above 0 for {self.kind} resistance, is {value:g}")
            if key not in used and value != 0.0:
                raise ValueError(f"{key}: has no place in {self.kind} resistance, is {value:g}")


@kernel
def _resist(
    seen: Vector, kind: int, damping: float, stiffness: float, most: float, set_speed: float, raw: Vector
) -> None:
    """One tick; ``kind`` is an index of `KINDS`, ``most`` the constant force."""
    m = raw.shape[0]
    speed = 0.0
    for j in range(m):
        speed += seen[base.V, j] ** 2
    speed = math.sqrt(speed)
    against = damping
    if kind == 2:
        against = most / math.sqrt(speed * speed + set_speed * set_speed)
    for j in range(m):
        raw[j] = -against * seen[base.V, j]
        if kind == 1:
            raw[j] -= stiffness * (seen[base.X, j] - seen[base.START, j])


class Resistive(BaseLaw):
    """``-B v``, ``-K (x - x_start) - B v`` or ``-F v / sqrt(v^2 + v_0^2)``.

    Source:
        Forms as in Marchal-Crespo and Reinkensmeyer 2009, Review of control strategies for robotic movement training
        after neurologic injury, J. NeuroEngineering and Rehabilitation 6:20, section on challenge-based control.
    """

    helps = False

    def __init__(self, gains: Settings, dims: int, dt: float, holds: bool = False) -> None:
        super().__init__(gains, dims, dt, holds)
        self._kind = KINDS.index(gains.kind)
        self._damping, self._stiffness, self._force, self._speed = (
            gains.damping,
            gains.stiffness,
            gains.force,
            gains.speed,
        )

    def _compute(self, asks: Guidance, change: int, seen: Vector, raw: Vector) -> None:  # noqa: ARG002
        _resist(seen, self._kind, self._damping, self._stiffness, self._force, self._speed, raw)


def build(settings: Settings, space: Space, dims: int, dt: float, holds: bool) -> Resistive:  # noqa: ARG001
    """Make the law from its gains."""
    return Resistive(settings, dims, dt, holds)
