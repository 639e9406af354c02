"""Hand tremor as it comes: the contract of a tremor source, and one that generates physiological-like tremor.

Tremor is modelled as two stochastic oscillators between 8 and 12 Hz (`control.tremor.oscillators`). Each is a narrow
band whose amplitude waxes and wanes as real tremor does. The axes share the oscillators with fixed phases between them,
plus a part of their own.
"""

from __future__ import annotations

import math
from typing import Annotated, Protocol

import msgspec
import numpy as np

from control.tremor.oscillators import Oscillators, Phasors, phasors, swing
from robotics.config import Config
from robotics.contracts import Vector
from robotics.kernels.compiled import kernel

AXES = 6
"""A tremor sample: three translations [m], then a rotation vector [rad], in the operator's frame."""

_OSCILLATORS = 2
_BLOCK = 32  # samples made at once: short enough that no tick is long, long enough to spread the cost of a call
_NOISES = _OSCILLATORS * (3 + 2 * AXES) + 3 + 3

Hertz = Annotated[float, msgspec.Meta(gt=0.0, le=25.0)]
Share = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]


class TremorConfig(Config, frozen=True, kw_only=True):
    """How strongly and at which frequencies a generated hand trembles.

    Attributes:
        rms_um: Tremor of a translational axis, root mean square over the three axes, at the hand [um].
        rotation_rms_rad: The same for rotation about each axis [rad].
        centre_hz: Mean frequencies of the two oscillators [Hz].
        linewidth_hz: Full width at half power of each [Hz].
        power: Share of the power in the first oscillator.
        wander_hz: Standard deviation of each frequency about its mean [Hz].
        wander_time_s: Correlation time of that wandering [s].
        harmonic: Amplitude of the second harmonic over that of the first oscillator.
        own: Share of the power that each axis has of its own; the rest is common to all.
        drift_um: Slow wandering of a hand that means to be still, root mean square per axis [um].
        drift_hz: Corner frequency of that wandering [Hz].
        noise_um: White noise of the hand's sensor, root mean square per axis [um].
    """

    rms_um: Annotated[float, msgspec.Meta(ge=0.0, le=20_000.0)]
    rotation_rms_rad: Annotated[float, msgspec.Meta(ge=0.0, le=0.2)]
    centre_hz: tuple[Hertz, Hertz]
    linewidth_hz: tuple[Hertz, Hertz]
    power: Share
    wander_hz: Annotated[float, msgspec.Meta(ge=0.0, le=3.0)]
    wander_time_s: Annotated[float, msgspec.Meta(gt=0.0)]
    harmonic: Annotated[float, msgspec.Meta(ge=0.0, le=0.5)]
    own: Share
    drift_um: Annotated[float, msgspec.Meta(ge=0.0, le=5_000.0)]
    drift_hz: Annotated[float, msgspec.Meta(gt=0.0, le=2.0)]
    noise_um: Annotated[float, msgspec.Meta(ge=0.0, le=1_000.0)]


class TremorSource(Protocol):
    """Where a hand's tremor comes from: made up or recorded."""

    def reset(self, rng: np.random.Generator, dt: float) -> None:
        """Start afresh, one sample every ``dt`` [s]."""
        ...

    def read(self) -> Vector:
        """The next sample, shape (6,) [m, rad]; belongs to the source and is valid until the next call."""
        ...

    def describe(self) -> str:
        """What it is, in words, for a person and a report."""
        ...


class GeneratedTremor:
    """Physiological-like tremor, drift and sensor noise from a seeded generator.

    Args:
        config: Amplitudes and frequencies.

    Source:
        Riviere, Rader and Khosla 1997: 50 to 200 um rms at 8 to 12 Hz in microsurgery.
    """

    def __init__(self, config: TremorConfig) -> None:
        self.config = config
        self._block = np.zeros((_BLOCK, AXES))
        self._noise = np.zeros((_BLOCK, _NOISES))
        self.reset(np.random.default_rng(0), 1e-3)

    def reset(self, rng: np.random.Generator, dt: float) -> None:
        """Draw gains, phases and a stationary starting state from ``rng``, for one sample every ``dt`` [s]."""
        config = self.config
        self._rng = rng
        gain = rng.uniform(0.7, 1.3, AXES)  # hands tremble unequally along their axes
        gain[:3] /= math.sqrt(np.mean(gain[:3] ** 2))
        gain[3:] /= math.sqrt(np.mean(gain[3:] ** 2))
        rms = np.array([config.rms_um * 1e-6] * 3 + [config.rotation_rms_rad] * 3) * gain
        phase = np.exp(1j * rng.uniform(-np.pi, np.pi, (AXES, _OSCILLATORS)))
        power = np.array([config.power, 1.0 - config.power])
        amplitude = np.sqrt(2.0 * power / (1.0 + config.harmonic**2 * config.power))
        bank = Oscillators(
            centre_hz=np.array(config.centre_hz),
            linewidth_hz=np.array(config.linewidth_hz),
            shared=rms[:, None] * amplitude * phase * math.sqrt(1.0 - config.own),
            own=rms[:, None] * amplitude * math.sqrt(config.own),
            wander_hz=config.wander_hz,
            wander_time_s=config.wander_time_s,
            harmonic=config.harmonic,
        )
        self._bank, self._swinging, self._keep = bank, bank.numbers(dt), bank.keep(dt)
        self._phasor = phasors(rng, (_OSCILLATORS,))
        self._own = phasors(rng, (AXES, _OSCILLATORS))
        self._wander = rng.standard_normal(_OSCILLATORS)
        self._drift = np.zeros((2, 3))
        pole = math.exp(-2.0 * math.pi * config.drift_hz * dt)
        # Two equal one-poles in a row, unit white noise in: variance (1 - p)^4 (1 + p^2) / (1 - p^2)^3.
        size = math.sqrt((1.0 - pole) ** 4 * (1.0 + pole**2) / (1.0 - pole**2) ** 3)
        self._numbers = np.array([pole, config.drift_um * 1e-6 / size, config.noise_um * 1e-6])
        self._refill()

    def read(self) -> Vector:
        """The next sample, shape (6,) [m, rad]."""
        if self._next == _BLOCK:
            self._refill()
        self._next += 1
        sample: Vector = self._block[self._next - 1]
        return sample

    def _refill(self) -> None:
        self._rng.standard_normal(out=self._noise)
        _fill(
            self._noise,
            self._swinging,
            self._numbers,
            self._bank.centre_hz,
            self._keep,
            self._bank.shared,
            self._bank.own,
            self._phasor,
            self._own,
            self._wander,
            self._drift,
            self._block,
        )
        self._next = 0

    def describe(self) -> str:
        """What it is, in words."""
        low, high = self.config.centre_hz
        return f"generated tremor: {self.config.rms_um:g} µm rms per axis around {low:g} and {high:g} Hz at the hand"


@kernel
def _fill(
    noise: Vector,
    swinging: Vector,
    numbers: Vector,
    centre: Vector,
    keep: Vector,
    mix: Phasors,
    own_mix: Vector,
    phasor: Phasors,
    own: Phasors,
    wander: Vector,
    drift: Vector,
    block: Vector,
) -> None:
    """Advance oscillators, drift and sensor through one block of samples."""
    drift_keep, drift_gain, sensor = numbers
    first = swing(noise, swinging, centre, keep, mix, own_mix, phasor, own, wander, block)
    for row in range(block.shape[0]):
        column = first
        for axis in range(3):
            drift[0, axis] = drift_keep * drift[0, axis] + (1.0 - drift_keep) * noise[row, column]
            drift[1, axis] = drift_keep * drift[1, axis] + (1.0 - drift_keep) * drift[0, axis]
            block[row, axis] += drift_gain * drift[1, axis]
            column += 1
        for axis in range(3):
            block[row, axis] += sensor * noise[row, column]
            column += 1
