"""Spasms: involuntary bursts of torque that come by chance, or out of a catch.

Source:
    The shape, a smooth rise, a plateau and a smooth fall, is ours; so are all figures.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from robotics.config import Config
from robotics.kernels.compiled import kernel
from robotics.kernels.ik import next_uniform
from robotics.shape_config import NotNegative, Positive
from simulation.patients.joints import SIZE, JointValues
from simulation.patients.layout import Record


class Spasm(Config, frozen=True, kw_only=True):
    """When spasms come and what they do.

    Attributes:
        source: Where the figures come from.
        peak_nm: Torque of each joint at the peak, with its sign [Nm]; single spasms vary by 30 % about it.
        per_minute: Spasms a minute that come by themselves.
        after_catch: Chance that a catch turns into one.
        rise_s: From nothing to the peak [s].
        hold_s: At the peak [s].
        fall_s: From there to nothing [s].
    """

    source: str
    peak_nm: JointValues
    per_minute: NotNegative
    after_catch: Annotated[float, Meta(ge=0, le=1)]
    rise_s: Positive
    hold_s: NotNegative
    fall_s: Positive


def put(spasm: Spasm | None, parameters: Record) -> None:
    """Enter the spasms into the parameters; without them there are none."""
    parameters["spasms"], parameters["spasm_nm"] = spasm is not None, 0.0
    if spasm is not None:
        parameters["spasm_nm"] = spasm.peak_nm.vector()
        parameters["spasm_chance"] = spasm.per_minute / 60.0 * float(parameters["dt"])
        parameters["spasm_after_catch"] = spasm.after_catch
        parameters["spasm_s"] = spasm.rise_s, spasm.hold_s, spasm.fall_s


@kernel
def strike(s: Record, p: Record) -> None:
    """Whether a spasm begins; once a control period."""
    if p.spasms == 0:
        return
    begins = next_uniform(s.words) < p.spasm_chance
    if s.caught == 1:
        s.caught = 0
        begins = begins or next_uniform(s.words) < p.spasm_after_catch
    if begins and s.spasm_size == 0.0:
        s.spasm_t, s.spasm_size = 0.0, 0.7 + 0.6 * next_uniform(s.words)


@kernel
def burst(s: Record, p: Record) -> None:
    """Add a spasm's torque to what moves him against his will."""
    if s.spasm_size == 0.0:
        return
    rise, hold, fall = p.spasm_s[0], p.spasm_s[1], p.spasm_s[2]
    t = s.spasm_t
    s.spasm_t += p.h
    if t >= rise + hold + fall:
        s.spasm_size = 0.0
        return
    u = min(t / rise, 1.0) if t < rise + hold else 1.0 - (t - rise - hold) / fall
    share = u * u * (3.0 - 2.0 * u) * s.spasm_size
    for j in range(SIZE):
        s.involuntary[j] += share * p.spasm_nm[j]
