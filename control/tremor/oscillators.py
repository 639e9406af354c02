"""Narrow-band stochastic oscillators: what every generated tremor is made of, sample by sample or all at once.

An oscillator is a phasor ``z`` with mean square 1 that turns at its frequency and forgets its phase at the rate of its
linewidth: ``z[k+1] = exp((2 pi i f - pi w) dt) z[k] + noise``. Its spectrum is a Lorentzian of full width ``w`` at half
power. Axes share oscillators with an amplitude and a phase each, and have some of their own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from robotics.contracts import Vector
from robotics.kernels.compiled import kernel

Phasors = NDArray[np.complex128]


@dataclass(frozen=True)
class Oscillators:
    """A bank of oscillators seen by several axes.

    With ``wander_hz``, ``harmonic`` and ``regularity`` all 0 it is a linear system driven by white noise.

    Attributes:
        centre_hz: Mean frequencies, shape (m,) [Hz].
        linewidth_hz: Full widths at half power, shape (m,) [Hz].
        shared: Amplitude and phase of each common oscillator on each axis, shape (axes, m) [m]; an axis has a mean
            square of ``|shared|^2 / 2`` of it.
        own: Amplitude of the oscillators that each axis has of its own, shape (axes, m) [m].
        wander_hz: Standard deviation of each frequency about its mean [Hz].
        wander_time_s: Correlation time of that wandering [s].
        harmonic: Amplitude of the second harmonic over that of the first oscillator.
        regularity: 0 for the waxing and waning of filtered noise, 1 for a constant amplitude with a diffusing phase.
    """

    centre_hz: Vector
    linewidth_hz: Vector
    shared: Phasors
    own: Vector
    wander_hz: float = 0.0
    wander_time_s: float = 1.0
    harmonic: float = 0.0
    regularity: float = 0.0

    @property
    def axes(self) -> int:
        """Number of axes."""
        return len(self.shared)

    def noises(self) -> int:
        """How many unit normal numbers a sample takes."""
        return len(self.centre_hz) * (3 + 2 * self.axes)

    def draw(self, rng: np.random.Generator, count: int, dt: float) -> Vector:
        """Samples from a stationary start, shape (count, axes) [m], one every ``dt`` [s].

        The mean square of an axis is the sum of ``|shared|^2 / 2`` and ``own^2 / 2``, a harmonic apart.
        """
        m = len(self.centre_hz)
        phasor, own, wander = phasors(rng, (m,)), phasors(rng, (self.axes, m)), rng.standard_normal(m)
        noise = rng.standard_normal((count, self.noises()))
        # A phasor z / |z|^r has the mean square gamma(2 - r).
        size = 1.0 / math.sqrt(math.gamma(2.0 - self.regularity))
        block = np.zeros((count, self.axes))
        swing(
            noise,
            self.numbers(dt),
            self.centre_hz,
            self.keep(dt),
            size * self.shared,
            size * self.own,
            phasor,
            own,
            wander,
            block,
        )
        return block

    def numbers(self, dt: float) -> Vector:
        """What `swing` takes besides: period, wander, share of it that a period keeps, harmonic, regularity."""
        return np.array(
            [dt, self.wander_hz, math.exp(-dt / self.wander_time_s), self.harmonic, self.regularity], dtype=np.float64
        )

    def keep(self, dt: float) -> Vector:
        """Share of each phasor that a period keeps, shape (m,)."""
        return np.asarray(np.exp(-np.pi * self.linewidth_hz * dt))


def phasors(rng: np.random.Generator, shape: tuple[int, ...]) -> Phasors:
    """Stationary phasors: complex normal with mean square 1."""
    parts = rng.standard_normal((*shape, 2)) * math.sqrt(0.5)
    return np.ascontiguousarray(parts[..., 0] + 1j * parts[..., 1])


@kernel
def swing(
    noise: Vector,
    numbers: Vector,
    centre: Vector,
    keep: Vector,
    mix: Phasors,
    own_mix: Vector,
    phasor: Phasors,
    own: Phasors,
    wander: Vector,
    block: Vector,
) -> int:
    """Advance all oscillators and write what the axes see of them into ``block``, shape (n, axes).

    ``noise`` is unit normal, shape (n, k) with k at least `Oscillators.noises`; returns how many columns were used.
    """
    dt, wander_hz, wander_keep, harmonic, regularity = numbers
    wander_in = math.sqrt(1.0 - wander_keep * wander_keep)
    column = 0
    for row in range(block.shape[0]):
        column = 0
        for axis in range(block.shape[1]):
            block[row, axis] = 0.0
        for o in range(phasor.shape[0]):
            wander[o] = wander_keep * wander[o] + wander_in * noise[row, column]
            column += 1
            angle = 2.0 * math.pi * (centre[o] + wander_hz * wander[o]) * dt
            step = keep[o] * complex(math.cos(angle), math.sin(angle))
            kick = math.sqrt(0.5 * (1.0 - keep[o] * keep[o]))
            phasor[o] = step * phasor[o] + kick * complex(noise[row, column], noise[row, column + 1])
            column += 2
            for axis in range(block.shape[1]):
                own[axis, o] = step * own[axis, o] + kick * complex(noise[row, column], noise[row, column + 1])
                column += 2
                block[row, axis] += _seen(mix[axis, o], phasor[o], harmonic if o == 0 else 0.0, regularity)
                block[row, axis] += _seen(
                    complex(own_mix[axis, o], 0.0), own[axis, o], harmonic if o == 0 else 0.0, regularity
                )
    return column


@kernel
def _seen(mix: complex, z: complex, harmonic: float, regularity: float) -> float:
    """What an axis sees of one phasor, with its second harmonic."""
    size = abs(z)
    if size == 0.0:
        return 0.0
    wave = z
    if harmonic > 0.0:
        wave += harmonic * z * z / size
    if regularity > 0.0:
        wave *= size**-regularity
    seen: float = (mix * wave).real
    return seen
