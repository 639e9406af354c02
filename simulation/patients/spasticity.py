"""Spasticity: muscle groups that resist being stretched, the more the faster.

Past a threshold angle the torque rises with the angle; speed scales that slope and shifts the threshold only a little.
A stretch that passes a certain speed gives a catch: a burst that fades. Tone is what resists at rest.

Source:
    PMC6402810: between 15 and 150 deg/s reflex stiffness explains about 74 % of the velocity-dependent resistance, the
    threshold angle 15 %. Lance 1980: the definition by speed.
"""

from __future__ import annotations

import math
from typing import Annotated

from msgspec import Meta
from msgspec.structs import replace

from robotics.config import Config
from robotics.kernels.compiled import kernel
from robotics.shape_config import Finite, NotNegative, Positive
from simulation.patients.joints import PLACES, SIZE
from simulation.patients.layout import Record

_TONE_RAD = 0.2
"""Stretch over which tone sets in; ours."""


class SpasticGroup(Config, frozen=True, kw_only=True):
    """One muscle group that is spastic.

    Attributes:
        group: Its name, one of `simulation.patients.joints.GROUPS`.
        slope_nms_rad2: Torque per angle of stretch past the threshold and per speed [Nm s/rad^2].
        threshold_deg: Joint angle at which stretch begins to count [deg].
        tone_nm: Torque at rest, past the threshold [Nm].
        most_nm: Most that it exerts [Nm].
    """

    group: str
    slope_nms_rad2: NotNegative
    threshold_deg: Finite
    tone_nm: NotNegative
    most_nm: Positive

    def __post_init__(self) -> None:
        if self.group not in PLACES:
            raise ValueError(f"group: {self.group!r} is none of {', '.join(PLACES)}")


class Spasticity(Config, frozen=True, kw_only=True):
    """The spastic muscle groups.

    Attributes:
        source: Where the figures come from.
        groups: The groups.
        reflex_s: Time constant of the reflex [s].
        shift_s: Shift of the threshold per speed [rad per rad/s].
        catch_deg_s: Speed of stretch that gives a catch [deg/s].
        catch_gain: How much stronger a catch makes the resistance at first.
        catch_s: Time constant with which it fades [s].
    """

    source: str
    groups: tuple[SpasticGroup, ...]
    reflex_s: Annotated[float, Meta(ge=0.01, le=0.5)]
    shift_s: NotNegative
    catch_deg_s: Positive
    catch_gain: NotNegative
    catch_s: Positive

    def scaled(self, share: float) -> Spasticity:
        """A share of the resistance."""
        return replace(
            self,
            groups=tuple(
                replace(each, slope_nms_rad2=each.slope_nms_rad2 * share, tone_nm=each.tone_nm * share)
                for each in self.groups
            ),
        )


def put(spasticity: Spasticity | None, parameters: Record) -> None:
    """Enter the spastic groups into the parameters; without them nothing resists."""
    for name in ("spastic_slope", "spastic_tone", "spastic_most", "spastic_from"):
        parameters[name] = 0.0
    parameters["spastic"] = spasticity is not None
    if spasticity is None:
        return
    for each in spasticity.groups:
        place = PLACES[each.group]
        parameters["spastic_slope"][place], parameters["spastic_tone"][place] = each.slope_nms_rad2, each.tone_nm
        parameters["spastic_most"][place] = each.most_nm
        parameters["spastic_from"][place] = math.radians(each.threshold_deg)
    parameters["reflex_s"], parameters["spastic_shift_s"] = spasticity.reflex_s, spasticity.shift_s
    parameters["catch_rad_s"] = math.radians(spasticity.catch_deg_s)
    parameters["catch_gain"], parameters["catch_s"] = spasticity.catch_gain, spasticity.catch_s


@kernel
def stretch(s: Record, p: Record) -> None:
    """Torque of the spastic groups at the present angles and speeds."""
    if p.spastic == 0:
        return
    lag, fade = p.h / (p.reflex_s + p.h), p.h / (p.catch_s + p.h)
    for j in range(SIZE):
        s.spastic[j] = 0.0
        for d in range(2):
            if p.spastic_most[d, j] == 0.0:
                continue
            # The group of the positive direction is stretched by motion in the negative one.
            sign = 1.0 if d == 1 else -1.0
            s.stretch_rate[d, j] += lag * (max(-sign * s.dq[j], 0.0) - s.stretch_rate[d, j])
            rate = s.stretch_rate[d, j]
            s.catch[d, j] -= fade * s.catch[d, j]
            if rate > p.catch_rad_s and s.catch_armed[d, j] == 1:
                s.catch[d, j], s.catch_armed[d, j], s.caught = 1.0, 0, 1
            elif rate < 0.5 * p.catch_rad_s:
                s.catch_armed[d, j] = 1
            past = sign * (p.spastic_from[d, j] - s.q[j])
            torque = p.spastic_slope[d, j] * rate * max(past + p.spastic_shift_s * rate, 0.0)
            torque *= 1.0 + p.catch_gain * s.catch[d, j]
            torque += p.spastic_tone[d, j] * min(max(past / _TONE_RAD, 0.0), 1.0)
            s.spastic[j] += sign * min(torque, p.spastic_most[d, j])
