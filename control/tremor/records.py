"""The evaluation set: records of trembling hands whose voluntary motion is known, in a train and a test split."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from control.tremor.draws import Draws, Split
from control.tremor.involuntary import involuntary
from control.tremor.linear import LinearHand
from control.tremor.oscillators import Oscillators
from control.tremor.scales import Scale, ScaleName, scale_named
from control.tremor.voluntary import KINDS, voluntary
from robotics.contracts import Vector
from robotics.errors import ArgumentError

RATE_HZ = 1000.0
SECONDS = 20.0
AXES = 3
LEAK_HZ = 0.3
"""Corner of the leaky integrators of stationary records: keeps them within a hand's reach; free choice [Hz]."""


@dataclass(frozen=True)
class Record:
    """A trembling hand, and what it meant to do.

    Attributes:
        name: What it is, in words.
        scale: ``"surgical"`` or ``"rehab"``.
        kind: Kind of voluntary motion, or ``"stationary"``.
        rate_hz: Sampling rate [Hz].
        voluntary: What the hand meant to do, shape (n, axes) [m].
        tremor: Its tremor, shape (n, axes) [m].
        measured: What a sensor sees: both, noise, and the sensor's steps, shape (n, axes) [m].
        holds: Where the hand means to hold still, shape (n,), bool.
        stationary: The linear system that the record was drawn from, if it was.
    """

    name: str
    scale: ScaleName
    kind: str
    rate_hz: float
    voluntary: Vector
    tremor: Vector
    measured: Vector
    holds: Vector
    stationary: LinearHand | None = None


def records(
    scale: str,
    split: Split,
    count: int,
    *,
    first: int = 0,
    rate_hz: float = RATE_HZ,
    seconds: float = SECONDS,
    axes: int = AXES,
) -> list[Record]:
    """Records of all kinds of motion in turn.

    Args:
        scale: ``"surgical"`` or ``"rehab"``.
        split: ``"train"`` or ``"test"``; they never share a parameter or a random number.
        count: How many; six have one of every kind, twelve every kind with every tremor.
        first: Index of the first one; record ``k`` is the same whatever the first and the count.
        rate_hz: Sampling rate [Hz].
        seconds: Length of each [s].
        axes: Number of axes.

    Raises:
        UnknownNameError: No such scale or split.
        ArgumentError: A count, a rate, a length or a number of axes out of range.
    """
    return [one(scale_named(scale), split, k, rate_hz, seconds, axes) for k in _indices(first, count, seconds, axes)]


def stationary(
    scale: str,
    split: Split,
    count: int,
    *,
    first: int = 0,
    rate_hz: float = RATE_HZ,
    seconds: float = SECONDS,
    axes: int = AXES,
) -> list[Record]:
    """Records from the exact linear model, with the scale's four intensities of voluntary motion in turn.

    For them the best possible causal filter is known: `control.tremor.bound.bound`. Arguments as of `records`.
    """
    chosen = scale_named(scale)
    return [_stationary(chosen, split, k, rate_hz, seconds, axes) for k in _indices(first, count, seconds, axes)]


def one(scale: Scale, split: Split, index: int, rate_hz: float, seconds: float, axes: int) -> Record:
    """The record with an index; see `records`."""
    draws = Draws(split, 0, ("surgical", "rehab").index(scale.name), index)
    count = round(seconds * rate_hz)
    kind = tuple(KINDS)[index % len(KINDS)]
    trembling = scale.tremors[(index + index // len(KINDS)) % len(scale.tremors)]
    path, holds = voluntary(kind, scale.voluntary, draws, count, axes, rate_hz)
    tremor = involuntary(trembling, draws, count, axes, rate_hz)
    return Record(
        name=f"{scale.name} {split} {index}: {kind}, {trembling.name}",
        scale=scale.name,
        kind=kind,
        rate_hz=rate_hz,
        voluntary=path,
        tremor=tremor,
        measured=sensed(path + tremor, scale, draws.rng),
        holds=holds,
    )


def sensed(x: Vector, scale: Scale, rng: np.random.Generator) -> Vector:
    """What the sensor makes of a motion [m]: white noise, and a reading in whole steps."""
    noisy = x + scale.noise_m * rng.standard_normal(x.shape)
    return np.asarray(np.round(noisy / scale.step_m) * scale.step_m)


def linear_hand(scale: Scale, jerk_psd: float, draws: Draws, rate_hz: float, axes: int) -> LinearHand:
    """Draw the tremor of a linear hand; see `stationary`."""
    kind = scale.tremors[0]
    rms, centre = draws.log_uniform(kind.rms_m), draws.uniform(kind.centre_hz)
    second, own = draws.uniform(kind.second_power), draws.uniform(kind.own)
    amplitude = rms * np.sqrt(2.0 * np.array([1.0 - second, second])) * np.ones((axes, 1))
    phase = np.exp(2j * np.pi * np.array([[draws.share() for _ in range(2)] for _ in range(axes)]))
    bank = Oscillators(
        centre_hz=np.array([centre, centre * draws.uniform(kind.second)]),
        linewidth_hz=np.array([draws.uniform(kind.linewidth_hz), draws.uniform(kind.second_linewidth_hz)]),
        shared=np.sqrt(1.0 - own) * amplitude * phase,
        own=np.sqrt(own) * amplitude,
    )
    return LinearHand(rate_hz, jerk_psd, bank, scale.noise_m, LEAK_HZ)


def _stationary(scale: Scale, split: Split, index: int, rate_hz: float, seconds: float, axes: int) -> Record:
    draws = Draws(split, 1, ("surgical", "rehab").index(scale.name), index)
    jerk_psd = scale.jerk_psd[index % len(scale.jerk_psd)]
    hand = linear_hand(scale, jerk_psd, draws, rate_hz, axes)
    count = round(seconds * rate_hz)
    path, tremor, noise = hand.draw(draws.rng, count)
    return Record(
        name=f"{scale.name} {split} {index}: stationary, jerk {1e12 * jerk_psd:.0e} um^2/s^6/Hz",
        scale=scale.name,
        kind="stationary",
        rate_hz=rate_hz,
        voluntary=path,
        tremor=tremor,
        measured=path + tremor + noise,
        holds=np.zeros(count, dtype=bool),
        stationary=hand,
    )


def _indices(first: int, count: int, seconds: float, axes: int) -> range:
    if first < 0 or count < 1:
        raise ArgumentError(f"first is {first} and count {count}: they must be at least 0 and 1")
    if not 1.0 <= seconds <= 600.0:
        raise ArgumentError(f"seconds is {seconds:g}, must lie in [1, 600]")
    if axes < 1:
        raise ArgumentError(f"axes is {axes}, must be at least 1")
    return range(first, first + count)
