"""How a patient varies from day to day and from movement to movement: nobody does the same thing twice.

A day scales strength, effort, pace, reaction and tremor by factors of its own, drawn where he starts afresh, and widens
or narrows how far he moves by himself. Each movement has a duration and an aim of its own on top. Factors are of mean
one and log-normal, so that none turns negative. Without this scatter no measure of an exercise of single joints would
have a measurement error.

Source:
    Figures are assumed. Of 30 patients after stroke the least change of robotic movement time, path ratio and peak
    speed that is beyond error is 43 to 103 % (PMC7523068), which is a within-subject deviation of 16 to 37 %.
"""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from msgspec import Meta

from robotics.config import Config
from robotics.kernels.compiled import kernel
from simulation.patients.draws import normal
from simulation.patients.layout import Record

Variation = Annotated[float, Meta(ge=0, le=0.5)]

_MOST = 2.5
"""Nobody is further from his mean than so many standard deviations; ours."""


class Daily(Config, frozen=True, kw_only=True):
    """Coefficients of variation, standard deviation over mean; of the range a standard deviation.

    Attributes:
        source: Where the figures come from.
        strength: Of strength, from day to day, of all muscle groups together.
        effort: Of the effort that a day begins with.
        pace: Of his own pace, from day to day.
        reaction: Of the reaction time, from day to day.
        tremor: Of the tremor's amplitude, from day to day.
        movement_pace: Of the duration of a movement, from one to the next.
        movement_amplitude: Of how far a movement aims, from one to the next, as a share of the way.
        range_deg: Standard deviation of each end of the active range from day to day; both ends and all joints go in or
            out together [deg].
    """

    source: str
    strength: Variation
    effort: Variation
    pace: Variation
    reaction: Variation
    tremor: Variation
    movement_pace: Variation
    movement_amplitude: Variation
    range_deg: Annotated[float, Meta(ge=0, le=10)] = 0.0


def put(daily: Daily | None, parameters: Record) -> None:
    """Enter the scatter of movements into the parameters; without it each movement is as meant."""
    parameters["trial_pace"] = 0.0 if daily is None else _sigma(daily.movement_pace)
    parameters["trial_amplitude"] = 0.0 if daily is None else daily.movement_amplitude


def dawn(daily: Daily | None, usual: Record, parameters: Record, rng: np.random.Generator) -> None:
    """Draw a day, and enter it into the parameters.

    Args:
        daily: How he varies; nothing is drawn without it.
        usual: His parameters on a mean day.
        parameters: Those of the day: strength, effort, pace, reaction, tremor and active range are written.
        rng: Source of the draws.
    """
    if daily is None:
        return
    strength, effort, pace, reaction, tremor = (
        math.exp(_sigma(share) * draw - 0.5 * _sigma(share) ** 2)
        for share, draw in zip(
            (daily.strength, daily.effort, daily.pace, daily.reaction, daily.tremor),
            np.clip(rng.normal(size=5), -_MOST, _MOST),
            strict=True,
        )
    )
    parameters["strength"] = usual["strength"] * strength
    parameters["effort"] = usual["effort"]
    parameters["effort"][0] = min(max(usual["effort"][0] * effort, usual["effort"][3]), 1.0)
    parameters["pace"], parameters["reaction_s"] = usual["pace"] * pace, usual["reaction_s"] * reaction
    for name in ("tremor_rest", "tremor_action"):
        parameters[name] = usual[name] * tremor
    if daily.range_deg > 0.0:
        out = math.radians(daily.range_deg) * min(max(rng.normal(), -_MOST), _MOST)
        (low, high), (least, most) = usual["active"], usual["passive"]
        middle = 0.5 * (low + high)  # which no end passes
        parameters["active"] = np.clip(low - out, least, middle), np.clip(high + out, middle, most)


@kernel
def trial_pace(s: Record, p: Record) -> float:
    """Duration of the movement that begins over what he means it to be."""
    if p.trial_pace == 0.0:
        return 1.0
    draw = min(max(normal(s.words), -_MOST), _MOST)
    return math.exp(p.trial_pace * draw - 0.5 * p.trial_pace * p.trial_pace)


@kernel
def trial_amplitude(s: Record, p: Record) -> float:
    """By how much the movement that begins aims too far, as a share of its way."""
    if p.trial_amplitude == 0.0:
        return 0.0
    return float(p.trial_amplitude * min(max(normal(s.words), -_MOST), _MOST))


def _sigma(share: float) -> float:
    """Deviation of the logarithm that a coefficient of variation is of."""
    return math.sqrt(math.log1p(share * share))
