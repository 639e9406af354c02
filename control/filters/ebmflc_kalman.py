"""Enhanced band-limited Fourier combiner: motion beside the tremor, weights that forget, a band that adapts."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from msgspec import Meta

from control.filters.subtracting import Gate, SubtractingFilter
from control.filters.subtracting.bank import grid
from control.filters.subtracting.gate import subtract
from control.filters.subtracting.motion import white_jerk
from robotics.config import Config
from robotics.contracts import Vector
from robotics.kernels.compiled import kernel

Hertz = Annotated[float, Meta(gt=0, le=40)]
Density = Annotated[float, Meta(gt=0, le=1e18)]
Microns = Annotated[float, Meta(gt=0, le=1e5)]


class Settings(Config, frozen=True, kw_only=True):
    """Settings of an enhanced band-limited combiner.

    Attributes:
        band_low_hz: Lowest frequency of the grid [Hz].
        band_high_hz: Highest frequency [Hz].
        step_hz: Distance of two frequencies [Hz].
        memory_s: Time in which a weight forgets [s].
        band_s: Time in which each frequency's share of the tremor is learned; the band narrows to where it is [s].
        line_low_um: Least strength of a frequency, from which it can be found again [um rms].
        line_high_um: Largest strength of a frequency [um rms].
        jerk_low: Least two-sided density of the voluntary jerk [um^2/s^6/Hz].
        jerk_high: Largest; the density follows the innovations in between [um^2/s^6/Hz].
        jerk_s: Time in which innovations of twice their variance raise the density by a factor e [s].
        noise_um_per_sqrt_hz: Density of the position sensor's noise, one-sided [um/sqrt(Hz)].
        gate: When and how much is subtracted.
    """

    kind: str
    title: str = ""
    band_low_hz: Hertz
    band_high_hz: Hertz
    step_hz: Annotated[float, Meta(gt=0.05, le=5)]
    memory_s: Annotated[float, Meta(gt=0, le=100)]
    band_s: Annotated[float, Meta(gt=0, le=100)]
    line_low_um: Microns
    line_high_um: Microns
    jerk_low: Density
    jerk_high: Density
    jerk_s: Annotated[float, Meta(gt=0, le=100)]
    noise_um_per_sqrt_hz: Annotated[float, Meta(gt=0, le=1e4)]
    gate: Gate

    def __post_init__(self) -> None:
        for low, high in (("band_low_hz", "band_high_hz"), ("line_low_um", "line_high_um"), ("jerk_low", "jerk_high")):
            if getattr(self, low) >= getattr(self, high):
                raise ValueError(f"{low}: {getattr(self, low):g} is not below {high} {getattr(self, high):g}")


TUNABLE = {
    "band_low_hz": (2.5, 9.5, True),
    "band_high_hz": (5.0, 14.0, True),
    "line_high_um": (2.0, 2e4, True),
    "jerk_high": (1e9, 1e15, True),
    "memory_s": (0.05, 5.0, True),
    "jerk_low": (1e6, 1e13, True),
    "jerk_s": (0.02, 1.0, True),
    "noise_um_per_sqrt_hz": (0.01, 5.0, True),
    "gate.explained_low": (-0.5, 0.5, False),
    "gate.explained_high": (0.0, 0.95, False),
    "gate.watch_s": (0.03, 3.0, True),
    "gate.fade_in_s": (0.02, 1.0, True),
}
"""What a search may turn, see `control.tremor.dials`: from hands at rest to hasty ones, tremor from 3 to 14 Hz."""


@kernel
def _turn(row: Vector, ahead: Vector, dt: float, turns: Vector) -> None:
    """Take one vector of the state a step ahead: white jerk, then phasors that turn and decay."""
    ahead[0] = row[0] + dt * row[1] + 0.5 * dt * dt * row[2]
    ahead[1] = row[1] + dt * row[2]
    ahead[2] = row[2]
    for k in range(turns.shape[1]):
        u, v = row[3 + 2 * k], row[4 + 2 * k]
        ahead[3 + 2 * k] = turns[0, k] * u - turns[1, k] * v
        ahead[4 + 2 * k] = turns[1, k] * u + turns[0, k] * v


@kernel
def _widen(cover: Vector, half: Vector, row: Vector, dt: float, turns: Vector) -> None:
    """Take a covariance P a step ahead: A on each row of P, which is symmetric, then A on each row of the transpose."""
    n = cover.shape[0]
    for i in range(n):
        _turn(cover[i], half[i], dt, turns)
    for i in range(n):
        for j in range(n):
            row[j] = half[j, i]
        _turn(row, cover[i], dt, turns)


@kernel
def _narrow(cover: Vector, gain: Vector, noise: float) -> float:
    """Let a measurement narrow a covariance; leaves P C' in ``gain`` and gives the innovation's variance."""
    n = cover.shape[0]
    for i in range(n):
        gain[i] = cover[i, 0]
        for k in range(3, n, 2):
            gain[i] += cover[i, k]
    variance: float = noise + gain[0]
    for k in range(3, n, 2):
        variance += gain[k]
    for i in range(n):
        for j in range(i + 1):
            cover[i, j] -= gain[i] * gain[j] / variance
            cover[j, i] = cover[i, j]
    return variance


@kernel
def _ebmflc(
    x: Vector,
    y: Vector,
    origin: Vector,
    turns: Vector,
    jerk: Vector,
    design: Vector,
    state: Vector,
    spread: Vector,
    lines: Vector,
    mood: Vector,
    half: Vector,
    gain: Vector,
    row: Vector,
    gate: Vector,
    constants: Vector,
) -> None:
    """One sample of every axis, in micrometres.

    ``state`` (axes, n) and ``spread`` (axes, n, n) are the Kalman filter's mean and covariance, ``lines`` (axes, lines)
    each frequency's variance [um^2], ``mood`` (axes,) the logarithm of the jerk's density; ``jerk`` the process noise
    of a density of one; ``design`` the time step, the noise's variance, what a line loses of its variance a step, the
    window of its learning, the least and the largest variance of a line, the gain of the jerk's density and its least
    and largest logarithm. ``half`` (n, n), ``gain`` and ``row`` (n,) are scratch.
    """
    dt, noise, loss, learn, least, most = design[0], design[1], design[2], design[3], design[4], design[5]
    n, count = state.shape[1], turns.shape[1]
    for axis in range(x.shape[0]):
        mean, cover = state[axis], spread[axis]
        _widen(cover, half, row, dt, turns)
        density = np.exp(mood[axis])
        for i in range(9):
            cover[i // 3, i % 3] += density * jerk[i // 3, i % 3]
        for k in range(count):
            fresh = loss * lines[axis, k]
            cover[3 + 2 * k, 3 + 2 * k] += fresh
            cover[4 + 2 * k, 4 + 2 * k] += fresh
        _turn(mean, row, dt, turns)
        missed = 1e6 * (x[axis] - origin[axis]) - row[0]
        for k in range(count):
            missed -= row[3 + 2 * k]

        variance = _narrow(cover, gain, noise)
        for i in range(n):
            mean[i] = row[i] + gain[i] / variance * missed

        estimate = 0.0
        for k in range(count):
            u, v = mean[3 + 2 * k], mean[4 + 2 * k]
            estimate += u
            # What the line's variance is, given all so far: its phasor's square and what is not known of it.
            strength = 0.5 * (u * u + v * v + cover[3 + 2 * k, 3 + 2 * k] + cover[4 + 2 * k, 4 + 2 * k])
            strength = lines[axis, k] + learn * (strength - lines[axis, k])
            lines[axis, k] = min(most, max(least, strength))
        # Ten times the variance is as much of a surprise as a hundred.
        surprise = min(10.0, missed * missed / variance)
        mood[axis] = min(design[8], max(design[7], mood[axis] + design[6] * (surprise - 1.0)))
        estimate *= 1e-6
        missed *= 1e-6
        y[axis] = subtract(x[axis], estimate, estimate + missed, missed, axis, gate, constants)


class EbmflcKalman(SubtractingFilter):
    """The enhanced band-limited multiple Fourier linear combiner with Kalman weights; each axis by itself.

    Three things set it apart from `control.filters.bmflc_kalman`: voluntary motion is estimated beside the tremor in
    place of a high-pass, here driven by white jerk whose density follows the innovations; the weights forget over a
    memory; and each frequency's strength is learned, so that the band narrows to where the tremor is.

    Args:
        settings: See `Settings`; |y - x| stays within its ``gate.limit_mm``.
        rate_hz: Sampling rate [Hz].
        axes: Number of signals.

    Source:
        Atashzar et al. 2016, "Characterization of upper-limb pathological tremors: application to design of an
        augmented haptic rehabilitation system", IEEE J. Sel. Top. Signal Process. 10(5), for the enhanced combiner
        (voluntary terms, memory window); Wang, Veluvolu, Lee 2013, J. NeuroEng. Rehabil. 10:109, for Kalman weights.
    """

    def __init__(self, settings: Settings, rate_hz: float, axes: int) -> None:
        super().__init__(settings.gate, rate_hz, axes)
        dt = 1.0 / rate_hz
        frequencies = grid(settings.band_low_hz, settings.band_high_hz, settings.step_hz)
        angles, decay = 2.0 * np.pi * frequencies * dt, np.exp(-dt / settings.memory_s)
        self._turns = decay * np.array([np.cos(angles), np.sin(angles)])
        self._jerk = white_jerk(1.0, dt)[1]
        self._design = np.array(
            [
                dt,
                settings.noise_um_per_sqrt_hz**2 * rate_hz / 2.0,
                1.0 - decay * decay,
                1.0 - np.exp(-dt / settings.band_s),
                settings.line_low_um**2,
                settings.line_high_um**2,
                dt / settings.jerk_s,
                np.log(settings.jerk_low),
                np.log(settings.jerk_high),
            ]
        )
        n = 3 + 2 * len(frequencies)
        self._state, self._spread = np.zeros((axes, n)), np.zeros((axes, n, n))
        self._frequencies = frequencies
        self._lines, self._mood = np.zeros((axes, len(frequencies))), np.zeros(axes)
        self._half, self._gain, self._row = np.zeros((n, n)), np.zeros(n), np.zeros(n)

    def band(self) -> tuple[Vector, Vector]:
        """Frequencies of the grid, shape (n,) [Hz], and how strong each is on each axis, shape (axes, n) [m rms]."""
        return self._frequencies.copy(), 1e-6 * np.sqrt(self._lines)

    def _forget(self) -> None:
        self._state[:] = 0.0
        self._spread[:] = 0.0
        # At rest within the noise; a tenth of a metre a second and ten metres a second squared are beyond any hand's.
        for i, sigma in enumerate((10.0, 1e5, 1e7)):
            self._spread[:, i, i] = sigma * sigma
        middle = np.sqrt(self._design[4] * self._design[5])
        for i in range(3, self._spread.shape[1]):
            self._spread[:, i, i] = middle
        self._lines[:] = middle
        self._mood[:] = 0.5 * (self._design[7] + self._design[8])

    def _filter(self, x: Vector, y: Vector) -> None:
        _ebmflc(
            x,
            y,
            self._origin,
            self._turns,
            self._jerk,
            self._design,
            self._state,
            self._spread,
            self._lines,
            self._mood,
            self._half,
            self._gain,
            self._row,
            self._gate,
            self._constants,
        )


def build(settings: Settings, rate_hz: float, axes: int) -> EbmflcKalman:
    """Make the filter from its settings."""
    return EbmflcKalman(settings, rate_hz, axes)
