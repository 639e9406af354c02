"""Tremor: an oscillator of wandering frequency and amplitude that shakes the joints, at rest, in action, or both.

Amplitudes are those of the free arm: the torque that makes them is taken from inertia, stiffness and damping of each
joint by itself, so that what the arm does is near the figure, and smaller while cuffs hold it.

Source:
    Bands: essential 4 to 12 Hz, Parkinsonian 3 to 8, physiological 8 to 12, cerebellar 2 to 5; Deuschl et al. 1998,
    Consensus statement of the Movement Disorder Society on tremor. How frequency and amplitude wander is ours.
"""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from msgspec import Meta

from robotics.config import Config
from robotics.kernels.compiled import kernel
from robotics.shape_config import NotNegative
from simulation.patients.draws import normal
from simulation.patients.joints import SIZE, JointValues
from simulation.patients.layout import Record

_WANDER_S = 1.0
"""Time constant with which frequency and amplitude wander [s]; ours."""

_GATE_S = 0.4
"""Time constant with which a tremor comes and goes with rest and action [s]; ours."""


class Tremor(Config, frozen=True, kw_only=True):
    """A tremor.

    Attributes:
        source: Where the figures come from.
        low_hz: Lower end of the band that its frequency wanders in [Hz].
        high_hz: Upper end [Hz].
        rest_deg: Amplitude of each joint at rest [deg].
        action_deg: Amplitude of each joint in action: movement and posture [deg].
        waxing: Standard deviation of the amplitude as a share of it.
    """

    source: str
    low_hz: Annotated[float, Meta(ge=0.5, le=20)]
    high_hz: Annotated[float, Meta(ge=0.5, le=20)]
    rest_deg: JointValues = JointValues()
    action_deg: JointValues = JointValues()
    waxing: NotNegative

    def __post_init__(self) -> None:
        if not self.low_hz < self.high_hz:
            raise ValueError(f"low_hz: {self.low_hz} must be below high_hz, {self.high_hz}")


def put(tremor: Tremor | None, parameters: Record) -> None:
    """Enter the tremor into the parameters; without one there is none."""
    parameters["tremor"] = tremor is not None
    if tremor is not None:
        parameters["tremor_band"] = 2.0 * math.pi * tremor.low_hz, 2.0 * math.pi * tremor.high_hz
        parameters["tremor_rest"] = np.radians(tremor.rest_deg.vector())
        parameters["tremor_action"] = np.radians(tremor.action_deg.vector())
        parameters["tremor_waxing"] = tremor.waxing


@kernel
def shake(s: Record, p: Record) -> None:
    """Add a tremor's torque to what moves him against his will."""
    if p.tremor == 0:
        return
    h = p.h
    low, high = p.tremor_band[0], p.tremor_band[1]
    noise = math.sqrt(2.0 * h / _WANDER_S)
    s.tremor_pitch += -h / _WANDER_S * s.tremor_pitch + noise * normal(s.words)
    s.tremor_swell += -h / _WANDER_S * s.tremor_swell + noise * normal(s.words)
    # Two standard deviations reach the ends of the band.
    w = 0.5 * (low + high) + 0.25 * (high - low) * min(max(s.tremor_pitch, -2.0), 2.0)
    s.tremor_phase = (s.tremor_phase + h * w) % (2.0 * math.pi)
    s.tremor_gate += h / (_GATE_S + h) * (float(s.active) - s.tremor_gate)
    swell = max(1.0 + p.tremor_waxing * s.tremor_swell, 0.0)
    for j in range(SIZE):
        amplitude = s.tremor_gate * p.tremor_action[j] + (1.0 - s.tremor_gate) * p.tremor_rest[j]
        if amplitude == 0.0:
            continue
        inertia = s.inertia[j] * w * w - s.pull_stiffness[j]
        damping = w * (s.pull_damping[j] + s.end_damping[j])
        torque = amplitude * swell * math.sqrt(inertia * inertia + damping * damping)
        s.involuntary[j] += torque * math.sin(s.tremor_phase + s.tremor_shift[j])
