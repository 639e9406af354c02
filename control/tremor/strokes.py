"""A hand's path put together from strokes: the ways in which a hand gets from one place to the next, and rests."""

from __future__ import annotations

import numpy as np
from scipy.special import erf

from robotics.contracts import Vector

LOGNORMAL_END = 2.6
"""A lognormal stroke counts as over this many standard deviations of its logarithm after its median: 99.5 %."""


class Path:
    """The voluntary path of a hand, filled from its beginning on.

    Args:
        count: Number of samples.
        axes: Number of axes.
        rate_hz: Sampling rate [Hz].

    Attributes:
        x: The path, shape (count, axes) [m], from 0.
        still: Where the hand means to hold still, shape (count,).
        now: Time up to which it is filled [s].
    """

    def __init__(self, count: int, axes: int, rate_hz: float) -> None:
        self.x, self.still = np.zeros((count, axes)), np.zeros(count, dtype=bool)
        self.axes, self.now = axes, 0.0
        self._time = np.arange(count) / rate_hz
        self._target: Vector = np.zeros(axes)

    @property
    def full(self) -> bool:
        """Whether it reaches to the end."""
        return self.now >= float(self._time[-1])

    @property
    def target(self) -> Vector:
        """Where the strokes so far lead to, shape (axes,) [m]."""
        return self._target

    def hold(self, seconds: float) -> None:
        """Rest for a while."""
        self.still |= (self._time >= self.now) & (self._time < self.now + seconds)
        self.now += seconds

    def wait(self, seconds: float) -> None:
        """Go on after a while, or before the last stroke is over where negative; no hold is meant."""
        self.now = max(self.now + seconds, 0.0)

    def reach(self, shift: Vector, seconds: float) -> None:
        """One minimum-jerk stroke by ``shift``, shape (axes,) [m].

        Source:
            Flash and Hogan 1985, eq. 3: 10 s^3 - 15 s^4 + 6 s^5.
        """
        self._add(shift, minimum_jerk_share(np.clip((self._time - self.now) / seconds, 0.0, 1.0)))
        self.now += seconds

    def lognormal(self, shift: Vector, seconds: float, spread: float) -> None:
        """One lognormal stroke by ``shift``, shape (axes,) [m], over in about ``seconds``.

        Args:
            shift: Displacement [m].
            seconds: From its onset until it is 99.5 % done [s].
            spread: Standard deviation of the logarithm of time; the larger, the longer the tail.

        Source:
            Plamondon 1995, the kinematic theory of rapid movements; sigma-lognormal: O'Reilly and Plamondon 2009.
        """
        median = seconds * np.exp(-LOGNORMAL_END * spread)
        late = np.maximum(self._time - self.now, 1e-12)
        self._add(shift, 0.5 * (1.0 + erf(np.log(late / median) / (np.sqrt(2.0) * spread))))
        self.now += seconds

    def glide(self, shift: Vector, seconds: float) -> None:
        """A pull: a quarter of the time to gather speed, half at constant speed, a quarter to come to rest."""
        s = np.clip((self._time - self.now) / seconds, 0.0, 1.0)
        ramp = 0.25
        # The speed is a plateau whose flanks are minimum-jerk: integrate it in closed form.
        rise = _risen(np.clip(s / ramp, 0.0, 1.0)) * ramp
        fall = (0.5 - _risen(np.clip((1.0 - s) / ramp, 0.0, 1.0))) * ramp
        flat = np.clip(s - ramp, 0.0, 1.0 - 2.0 * ramp)
        self._add(shift, (rise + flat + fall) / (1.0 - ramp))
        self.now += seconds

    def _add(self, shift: Vector, share: Vector) -> None:
        self.x += share[:, None] * shift
        self._target = self._target + shift


def _risen(s: Vector) -> Vector:
    """Integral of ``10 s^3 - 15 s^4 + 6 s^5`` from 0 to ``s``."""
    return np.asarray(s**4 * (2.5 - 3.0 * s + s**2))


def smooth_noise(rng: np.random.Generator, count: int, axes: int, rate_hz: float, cutoff_hz: float) -> Vector:
    """Gaussian noise whose spectrum falls as a Gaussian, unit mean square, shape (count, axes).

    Args:
        rng: Source of the noise.
        count: Number of samples.
        axes: Number of axes.
        rate_hz: Sampling rate [Hz].
        cutoff_hz: Standard deviation of the spectrum of amplitudes: 99.99 % of the power lies below 2.8 times it [Hz].
    """
    # Twice the length, half of it thrown away: the Fourier series would otherwise close the path onto its beginning.
    size = 2 * count
    frequency = np.fft.rfftfreq(size, 1.0 / rate_hz)
    shape = np.exp(-0.5 * (frequency / cutoff_hz) ** 2)
    shape[0] = 0.0
    spectrum = np.fft.rfft(rng.standard_normal((size, axes)), axis=0) * shape[:, None]
    x = np.fft.irfft(spectrum, size, axis=0)
    scale = np.sqrt(size * size / (2.0 * size * np.sum(shape[:-1] ** 2)))
    return np.asarray(x[:count] * scale)


def settle(x: Vector, rate_hz: float) -> Vector:
    """Let a path that is under way start at rest: its first second is blended in; shape (count, axes)."""
    time = np.arange(len(x)) / rate_hz
    return np.asarray((x - x[0]) * minimum_jerk_share(np.clip(time, 0.0, 1.0))[:, None])


def minimum_jerk_share(s: Vector) -> Vector:
    """Share of a minimum-jerk stroke done at the share ``s`` of its duration."""
    return np.asarray(s**3 * (10.0 - 15.0 * s + 6.0 * s**2))
