"""The gate between an estimate of the tremor and the hand: fades it in where it is trusted, and bounds it always."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from msgspec import Meta

from robotics.config import Config
from robotics.contracts import Vector
from robotics.kernels.compiled import kernel

Seconds = Annotated[float, Meta(gt=0, le=10)]
Fade = Annotated[float, Meta(ge=0.02, le=10)]
Share = Annotated[float, Meta(ge=-1, lt=1)]

HEARD, MISSED, FOUND, OPEN, AGE = range(5)
"""Rows of a gate's state: mean squares of the oscillation heard [m^2], of what the estimate misses of it [m^2] and of
the estimate [m^2]; how far the gate is open, 0 to 1; time since the start [s]."""


class Gate(Config, frozen=True, kw_only=True):
    """When a tremor's estimate is subtracted, and how much of it at most.

    Attributes:
        limit_mm: Largest correction |y - x| on any axis, whatever comes in [mm].
        floor_um: Tremor of less than this is not there; the gate is whole open from twice this on [um rms].
        explained_low: Share of the oscillation's power that the estimate must explain before the gate opens.
        explained_high: Share from which on the gate is whole open.
        settle_s: Time after a start in which the gate stays shut [s].
        watch_s: Window of the mean squares [s].
        fade_in_s: Time constant of opening [s].
        fade_out_s: Time constant of closing [s].
    """

    limit_mm: Annotated[float, Meta(gt=0, le=100)]
    floor_um: Annotated[float, Meta(gt=0, le=10000)]
    explained_low: Share
    explained_high: Share
    settle_s: Seconds
    watch_s: Fade
    fade_in_s: Fade
    fade_out_s: Fade

    def __post_init__(self) -> None:
        if self.explained_low >= self.explained_high:
            raise ValueError(
                f"explained_low: {self.explained_low:g} is not below explained_high {self.explained_high:g}"
            )

    def constants(self, rate_hz: float) -> Vector:
        """The settings as the array that `subtract` takes, for a rate [Hz]."""
        dt = 1.0 / rate_hz
        windows = [1.0 - np.exp(-dt / time) for time in (self.watch_s, self.fade_in_s, self.fade_out_s)]
        return np.array(
            [
                dt,
                1e-3 * self.limit_mm,
                (1e-6 * self.floor_um) ** 2,
                self.explained_low,
                self.explained_high,
                self.settle_s,
                *windows,
            ]
        )


@kernel
def subtract(
    x: float, estimate: float, heard: float, missed: float, axis: int, gate: Vector, constants: Vector
) -> float:
    """Take the estimate of the tremor off one sample, as far as it is trusted.

    Args:
        x: Sample [m].
        estimate: Tremor in it [m].
        heard: Oscillation that the estimator was shown: tremor and what the high-pass leaves of the motion [m].
        missed: What of it the estimator did not foresee [m].
        axis: Column of the state.
        gate: State, shape (5, axes); see `HEARD`, `MISSED`, `FOUND`, `OPEN`, `AGE`.
        constants: See `Gate.constants`.

    Returns:
        Sample less the correction [m], which is within ``limit_mm`` and changes without a jump.
    """
    dt, limit, floor, low = constants[0], constants[1], constants[2], constants[3]
    high, settle, watch = constants[4], constants[5], constants[6]
    gate[HEARD, axis] += watch * (heard * heard - gate[HEARD, axis])
    gate[MISSED, axis] += watch * (missed * missed - gate[MISSED, axis])
    gate[FOUND, axis] += watch * (estimate * estimate - gate[FOUND, axis])
    gate[AGE, axis] += dt
    target = 0.0
    if gate[AGE, axis] > settle and gate[FOUND, axis] > floor:
        explained = 1.0 - gate[MISSED, axis] / gate[HEARD, axis] if gate[HEARD, axis] > 0.0 else 0.0
        target = min(1.0, max(0.0, (explained - low) / (high - low)))
        # From the floor's rms to twice it: once to four times its square.
        target *= min(1.0, (gate[FOUND, axis] / floor - 1.0) / 3.0)
    fade = constants[7] if target > gate[OPEN, axis] else constants[8]
    gate[OPEN, axis] += fade * (target - gate[OPEN, axis])
    correction: float = min(limit, max(-limit, gate[OPEN, axis] * estimate))
    return x - correction
