"""Mirrored movement: the robot moves the arm as the patient's own, sound side moves."""

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
    """Gains of the impedance, and how the sound side is followed.

    Attributes:
        stiffness: [Nm/rad or N/m].
        damping: Of the velocity towards that of what is followed [Nm s/rad or N s/m].
        cutoff_hz: Natural frequency of the critically damped low-pass that what is followed goes through [Hz].
        rate: Largest speed of it, by coordinate [rad/s or m/s].
    """

    stiffness: Annotated[float, Meta(gt=0, le=5000)]
    damping: Annotated[float, Meta(ge=0, le=500)]
    cutoff_hz: Annotated[float, Meta(ge=0.1, le=10)]
    rate: Annotated[float, Meta(gt=0, le=5)]


@kernel
def _follow(
    seen: Vector,
    target: Vector,
    speed: Vector,
    engaged: bool,
    omega: float,
    rate: float,
    stiffness: float,
    damping: float,
    dt: float,
    raw: Vector,
) -> None:
    """One tick; ``target`` and ``speed`` are what is followed, shape (m,)."""
    for j in range(raw.shape[0]):
        if engaged:
            target[j], speed[j] = seen[base.X, j], 0.0
        wanted = seen[base.MIRROR, j]
        pull = omega * omega * (wanted - target[j]) if math.isfinite(wanted) else 0.0
        speed[j] = min(max((speed[j] + pull * dt) / (1.0 + 2.0 * omega * dt), -rate), rate)
        target[j] += speed[j] * dt
        raw[j] = stiffness * (target[j] - seen[base.X, j]) + damping * (speed[j] - seen[base.V, j])


class PassiveMirrored(BaseLaw):
    """An impedance about where the sound side would have the arm, low-passed and limited in speed.

    It begins where the arm is. Where the sound side is not measured it comes to rest and holds.

    Source:
        Lum, Burgar, Shor, Majmundar and Van der Loos 2002, Robot-assisted movement training compared with conventional
        therapy techniques, Arch. Phys. Med. Rehabil. 83(7): bimanual, mirror-image movement. The low-pass is ours.
    """

    def __init__(self, gains: Settings, dims: int, dt: float, holds: bool = False) -> None:
        super().__init__(gains, dims, dt, holds)
        self._stiffness, self._damping = gains.stiffness, gains.damping
        self._omega, self._rate = 2.0 * math.pi * gains.cutoff_hz, gains.rate
        self._target, self._speed = np.zeros(dims), np.zeros(dims)

    def _compute(self, asks: Guidance, change: int, seen: Vector, raw: Vector) -> None:  # noqa: ARG002
        _follow(
            seen,
            self._target,
            self._speed,
            change == base.ENGAGED,
            self._omega,
            self._rate,
            self._stiffness,
            self._damping,
            self.dt,
            raw,
        )


def build(settings: Settings, space: Space, dims: int, dt: float, holds: bool) -> PassiveMirrored:  # noqa: ARG001
    """Make the law from its gains."""
    return PassiveMirrored(settings, dims, dt, holds)
