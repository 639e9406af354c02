"""Tremor drawn for one record: physiological, essential or Parkinsonian, with all that makes it hard to follow."""

from __future__ import annotations

import numpy as np

from control.tremor.draws import Draws
from control.tremor.oscillators import Oscillators
from control.tremor.scales import TremorScale
from control.tremor.strokes import minimum_jerk_share, smooth_noise
from robotics.contracts import Vector

_WAXING_HZ = 0.15  # free choice: amplitude changes over seconds, besides what the linewidth makes of it


def involuntary(scale: TremorScale, draws: Draws, count: int, axes: int, rate_hz: float) -> Vector:
    """Draw a tremor.

    Two oscillators of finite linewidth, partly shared by the axes, whose frequencies wander; a second harmonic; slow
    waxing and waning; and at times it sets in late or pauses.

    Args:
        scale: How the hand trembles.
        draws: Where the parameters come from.
        count: Number of samples.
        axes: Number of axes.
        rate_hz: Sampling rate [Hz].

    Returns:
        Displacement by tremor, shape (count, axes) [m].
    """
    rms = draws.log_uniform(scale.rms_m)
    bank = _bank(scale, draws, axes)
    x = bank.draw(draws.rng, count, 1.0 / rate_hz)
    x *= np.exp(
        draws.uniform(scale.waxing) * smooth_noise(draws.rng, count, 1, rate_hz, draws.uniform((0.5, 1.5)) * _WAXING_HZ)
    )
    # Set the amplitude of what came out, as a narrow band's own varies much over half a minute.
    x *= rms / np.sqrt(np.mean(x**2))
    if draws.chance(scale.pausing):
        x *= _pauses(draws, count, rate_hz)[:, None]
    return np.asarray(x)


def _bank(scale: TremorScale, draws: Draws, axes: int) -> Oscillators:
    """The oscillators, of unit mean square over the axes but for the harmonic."""
    centre = draws.uniform(scale.centre_hz)
    second = draws.uniform(scale.second_power)
    own = draws.uniform(scale.own)
    weight = np.array([draws.uniform((0.5, 1.5)) for _ in range(axes)])  # hands tremble unequally along their axes
    weight /= np.sqrt(np.mean(weight**2))
    amplitude = weight[:, None] * np.sqrt(2.0 * np.array([1.0 - second, second]))
    phase = np.exp(2j * np.pi * np.array([[draws.share() for _ in range(2)] for _ in range(axes)]))
    return Oscillators(
        centre_hz=np.array([centre, centre * draws.uniform(scale.second)]),
        linewidth_hz=np.array([draws.uniform(scale.linewidth_hz), draws.uniform(scale.second_linewidth_hz)]),
        shared=np.sqrt(1.0 - own) * amplitude * phase,
        own=np.sqrt(own) * amplitude,
        wander_hz=draws.uniform(scale.wander_hz),
        wander_time_s=draws.uniform(scale.wander_s),
        harmonic=draws.uniform(scale.harmonic),
        regularity=draws.uniform(scale.regularity),
    )


def _pauses(draws: Draws, count: int, rate_hz: float) -> Vector:
    """Envelope of a tremor that sets in late, or pauses once, within the middle of the record; shape (count,)."""
    time, seconds = np.arange(count) / rate_hz, count / rate_hz
    ramp = draws.uniform((0.5, 2.0))
    begin = draws.uniform((0.25, 0.5)) * seconds
    on = minimum_jerk_share(np.clip((time - begin) / ramp, 0.0, 1.0))
    if draws.chance(0.5):
        return on
    length = draws.uniform((0.1, 0.3)) * seconds
    off = 1.0 - minimum_jerk_share(np.clip((time - begin + length) / ramp, 0.0, 1.0))
    return np.asarray(np.maximum(on, off))
