"""Tremor drawn for one record: physiological, essential or Parkinsonian, with all that makes it hard to follow."""

from __future__ import annotations

import numpy as np
from scipy.signal import butter, sosfilt

from control.tremor.draws import Draws
from control.tremor.oscillators import Oscillators
from control.tremor.scales import TremorScale
from control.tremor.strokes import minimum_jerk_share, smooth_noise
from robotics.contracts import Vector

_LIMB = (1.3, 2.0)
"""Corner of the limb's inertia over the tremor's frequency, free choice: a displacement falls off faster than the force
behind it. It steepens spectra from 6 to 18 dB an octave; recordings of hands (pdkit test data) fall by 20 to 25."""

_WAXING_HZ = 0.15  # free choice: amplitude changes over seconds, besides what the linewidth makes of it


def involuntary(scale: TremorScale, draws: Draws, count: int, axes: int, rate_hz: float) -> Vector:
    """Draw a tremor.

    Two oscillators of finite linewidth, partly shared by the axes, whose frequencies wander; a second harmonic; the
    inertia of the limb they shake; slow waxing and waning; and at times it sets in late or pauses.

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
    corner_hz = draws.uniform(_LIMB) * float(bank.centre_hz[0])
    ahead = round(rate_hz)  # a second for the limb to swing in
    force = bank.draw(draws.rng, count + ahead, 1.0 / rate_hz)
    x = np.asarray(sosfilt(butter(2, corner_hz, fs=rate_hz, output="sos"), force, axis=0))[ahead:]
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
