"""How much tremor any filter could have taken from this hand: the causal Wiener bound of a model fitted to it.

The hand is taken for a linear Gaussian one (`control.tremor.linear`): white jerk for what it means, a few narrow lines
for its tremor, white noise for the sensor. Tremor and noise are fitted once; the jerk once for every class of vigour,
for a hand that rests is far easier to filter than one that moves, and a good filter knows which it is. Of that model
`control.tremor.bound` gives the least error of all causal filters. The fit may look at the whole recording, past and
future; the filter it speaks of may not.

Everything is at the scale of the tip, and the bound is on the whole error against what the hand means: what is left of
the tremor and the noise, and what the filter does to the voluntary motion.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfiltfilt

from control.tremor.bound import bound, error_spectrum
from control.tremor.linear import LinearHand
from robotics.contracts import Vector
from vr_training.scoring.episode import Episode
from vr_training.scoring.spectrum import usable
from vr_training.scoring.tremor_lines import fit_lines

_VOLUNTARY_HZ = 2.5  # 98.9 % of voluntary power lies below 2 Hz (Riviere 1997)
_ORDER = 4  # run both ways: at 8 Hz 160 dB are gone, and jerk weighs tremor by 60 dB against voluntary motion
_PIECE_S = 0.5  # vigour is judged over pieces as long as a submovement
_MARGIN_S = 0.25  # left out at both ends of a stretch, where the low-pass knows too little
_CLASSES = 3  # resting, moving, moving fast: as many vigours as the recordings of a minute can tell apart
_LEAST_JERK = 1e-2  # of the mean: below it tremor and voluntary motion cannot be told apart at low frequencies


@dataclass(frozen=True)
class CausalBound:
    """The best that was possible with a hand.

    Attributes:
        hands: The fitted hand in each class of vigour, from rest to haste, at the scale of the tip.
        shares: Share of the time spent in each, shape (k,).
        error_m: Least error of a causal filter without delay, root mean square length over all classes [m].
        raw_m: The same of an arm that does nothing about tremor and noise [m].
    """

    hands: tuple[LinearHand, ...]
    shares: tuple[float, ...]
    error_m: float
    raw_m: float

    @property
    def decibels(self) -> float:
        """Most of the error that a causal filter can take away without delay [dB]."""
        return -20.0 * math.log10(self.error_m / self.raw_m)

    def spectrum(self, frequency_hz: Vector) -> Vector:
        """Spectrum of the least error, summed over the axes.

        Args:
            frequency_hz: Where, shape (m,), below half the rate [Hz].

        Returns:
            One-sided power spectral density, shape (m,) [m^2/Hz].
        """
        parts = [s * h.axes * error_spectrum(h, frequency_hz) for h, s in zip(self.hands, self.shares, strict=True)]
        return np.asarray(np.sum(parts, axis=0))


def causal_bound(episode: Episode) -> CausalBound | None:
    """Fit a hand to the motion that an arm followed and find the best that was possible with it.

    Returns:
        The bound; None where nothing was followed for a second or more, or the hand does not tremble.
    """
    return bound_of([episode.hand[part] for part in usable(episode)], episode.rate_hz)


def bound_of(stretches: list[Vector], rate_hz: float) -> CausalBound | None:
    """The same for stretches of motion, each of shape (n, axes) [m]."""
    pieces = [_jerk(stretch, rate_hz) for stretch in stretches]
    squares = np.concatenate(pieces) if pieces else np.empty(0)
    if not np.any(squares > 0.0):
        return None
    f = np.asarray(np.linspace(0.0, 4.0 * _VOLUNTARY_HZ, 2001), dtype=np.float64)
    gain = (1.0 + (f / _VOLUNTARY_HZ) ** (2 * _ORDER)) ** -2.0
    width, mean = float(np.trapezoid(gain, f)), float(np.mean(squares))
    lines = fit_lines(stretches, rate_hz, mean / width)
    if lines is None:
        return None
    # What the tremor has below its frequency looks like voluntary jerk.
    seeming = float(np.trapezoid(gain * lines.jerk(f), f))
    hands, shares = [], []
    for group in _classes(squares):
        psd = max(float(np.mean(group)) - seeming, _LEAST_JERK * mean) / width
        hands.append(LinearHand(rate_hz, psd, lines.tremor, lines.noise_m))
        shares.append(len(group) / len(squares))
    found = [bound(hand) for hand in hands]
    error = sum(share * each.error_m**2 for share, each in zip(shares, found, strict=True))
    axes = lines.tremor.axes
    return CausalBound(tuple(hands), tuple(shares), math.sqrt(axes * error), math.sqrt(axes) * found[0].raw_m)


def _classes(squares: Vector) -> list[Vector]:
    """Pieces of like vigour, from rest to haste, as many in each class as in any other."""
    return [group for group in np.array_split(np.sort(squares), _CLASSES) if len(group)]


def _jerk(stretch: Vector, rate_hz: float) -> Vector:
    """Mean square of the voluntary jerk on an axis, for each piece of a stretch, shape (k,) [m^2/s^6]."""
    if len(stretch) < round(3.0 * _MARGIN_S * rate_hz):
        return np.empty(0)
    smooth = sosfiltfilt(_low_pass(rate_hz), stretch, axis=0, padlen=min(len(stretch) - 1, round(0.5 * rate_hz)))
    margin = round(_MARGIN_S * rate_hz)
    squares = np.mean((np.diff(smooth, 3, axis=0) * rate_hz**3)[margin:-margin] ** 2, axis=1)
    count = max(round(len(squares) / (_PIECE_S * rate_hz)), 1)
    return np.array([float(np.mean(piece)) for piece in np.array_split(squares, count)])


def _low_pass(rate_hz: float) -> NDArray[np.float64]:
    return np.asarray(butter(_ORDER, _VOLUNTARY_HZ / (0.5 * rate_hz), output="sos"))
