"""Ataxia: movements that miss, in size and direction, and that wander on the way.

The wander is a low-frequency noise on the intended posture, proportional to the speed of the intended movement.

Source:
    Over- and undershoot, errors of direction: Holmes 1939, The cerebellum of man. The form of the noise, and all
    figures, are ours.
"""

from __future__ import annotations

import math
from typing import Annotated

from msgspec import Meta
from msgspec.structs import replace

from robotics.config import Config
from robotics.kernels.compiled import kernel
from robotics.shape_config import Finite, NotNegative, Positive
from simulation.patients.draws import normal
from simulation.patients.joints import SIZE
from simulation.patients.layout import Record

_FAST_RAD_S = 3.0
"""Speed from which on faster movements wander no more; ours."""


class Ataxia(Config, frozen=True, kw_only=True):
    """How movements go astray.

    Attributes:
        source: Where the figures come from.
        overshoot: Mean of the overshoot as a share of the way; negative falls short.
        overshoot_deviation: Its standard deviation.
        direction_error_deg: Standard deviation of the initial direction, on top of the intent's own [deg].
        wander_s: Wander of each joint per speed of the intended movement [rad per rad/s].
        wander_hz: Bandwidth of the wander [Hz].
    """

    source: str
    overshoot: Finite
    overshoot_deviation: NotNegative
    direction_error_deg: Annotated[float, Meta(ge=0, le=90)]
    wander_s: NotNegative
    wander_hz: Positive

    def scaled(self, share: float) -> Ataxia:
        """A share of the errors."""
        return replace(
            self,
            overshoot=self.overshoot * share,
            overshoot_deviation=self.overshoot_deviation * share,
            direction_error_deg=self.direction_error_deg * share,
            wander_s=self.wander_s * share,
        )


def put(ataxia: Ataxia | None, parameters: Record) -> None:
    """Enter the errors into the parameters, after the intent's; without ataxia there are none."""
    parameters["overshoot"], parameters["overshoot_deviation"], parameters["wander_s"] = 0.0, 0.0, 0.0
    if ataxia is not None:
        parameters["overshoot"], parameters["overshoot_deviation"] = ataxia.overshoot, ataxia.overshoot_deviation
        own = float(parameters["direction_error"])
        parameters["direction_error"] = math.hypot(own, math.radians(ataxia.direction_error_deg))
        parameters["wander_s"], parameters["wander_rad_s"] = ataxia.wander_s, 2.0 * math.pi * ataxia.wander_hz


@kernel
def wander(s: Record, p: Record) -> None:
    """The posture that the muscles are told: the intended one, and what it strays by."""
    for j in range(SIZE):
        s.q_told[j] = s.q_plan[j]
    if p.wander_s == 0.0:
        return
    speed = 0.0
    for j in range(SIZE):
        speed += s.dq_plan[j] ** 2
    speed = min(math.sqrt(speed), _FAST_RAD_S)
    share = min(p.h * p.wander_rad_s, 1.0)
    for j in range(SIZE):
        # White noise through two equal lags: unit variance after the first, half of it after the second.
        s.noise[j] += -share * s.noise[j] + math.sqrt(2.0 * share) * normal(s.words)
        s.noise_smooth[j] += share * (s.noise[j] - s.noise_smooth[j])
        # The joints that carry a movement stray with all of it, the others with their own part.
        size = p.wander_s * max(p.reach_weight[j] * speed, min(abs(s.dq_plan[j]), _FAST_RAD_S))
        s.q_told[j] += size * math.sqrt(2.0) * s.noise_smooth[j]
