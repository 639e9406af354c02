"""Voluntary motion of a hand: reaches, pursuit, holds, steps and gestures as surgeons and patients make them."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from control.tremor.draws import Draws
from control.tremor.scales import VoluntaryScale
from control.tremor.strokes import Path, minimum_jerk_share, settle, smooth_noise
from robotics.contracts import Vector
from robotics.errors import UnknownNameError

_WORKSPACE = 2.0  # a hand that is further from its start than this many of the longest reaches turns back: free choice


def voluntary(
    kind: str, scale: VoluntaryScale, draws: Draws, count: int, axes: int, rate_hz: float
) -> tuple[Vector, Vector]:
    """Draw a voluntary motion.

    Args:
        kind: One of `KINDS`.
        scale: How large and fast it is.
        draws: Where its parameters come from.
        count: Number of samples.
        axes: Number of axes.
        rate_hz: Sampling rate [Hz].

    Returns:
        The path from 0, shape (count, axes) [m], and where the hand means to hold still, shape (count,), bool. A hand
        that holds still wanders slowly; it means to, as far as a filter can tell.

    Raises:
        UnknownNameError: No such kind.
    """
    if kind not in KINDS:
        raise UnknownNameError("voluntary motion", kind, KINDS)
    path = Path(count, axes, rate_hz)
    KINDS[kind](path, scale, draws, rate_hz)
    drift = draws.log_uniform(scale.drift_m)
    wander = smooth_noise(draws.rng, count, axes, rate_hz, draws.uniform(scale.drift_hz))
    return path.x + drift * (wander - wander[0]), path.still


def _reaches(path: Path, scale: VoluntaryScale, draws: Draws, rate_hz: float) -> None:  # noqa: ARG001 - one contract
    """Minimum-jerk reaches with a correction after most, and pauses between."""
    path.hold(draws.uniform((0.3, 0.8)))
    while not path.full:
        share = draws.share()
        _reach(path, scale, draws, share)
        _rest(path, scale, draws)


def _lognormal(path: Path, scale: VoluntaryScale, draws: Draws, rate_hz: float) -> None:  # noqa: ARG001
    """Sigma-lognormal reaches: two or three strokes that overlap, each skewed, so that paths curve."""
    path.hold(draws.uniform((0.3, 0.8)))
    while not path.full:
        share = draws.share()
        whole = _aim(path, scale, draws) * _length(scale, share)
        seconds = _duration(scale, draws, share)
        strokes = draws.integer((2, 3))
        for k in range(strokes):
            part = whole / strokes + 0.2 * np.linalg.norm(whole) * draws.direction(path.axes) / strokes
            path.lognormal(part, seconds, draws.uniform((0.2, 0.4)))
            if k + 1 < strokes:
                path.wait(-draws.uniform((0.45, 0.7)) * seconds)
        _rest(path, scale, draws)


def _pursuit(path: Path, scale: VoluntaryScale, draws: Draws, rate_hz: float) -> None:
    """Smooth tracking of a wandering target, and a small correction now and then."""
    count = len(path.x)
    follow = smooth_noise(draws.rng, count, path.axes, rate_hz, draws.uniform(scale.pursuit_hz))
    while not path.full:
        path.reach(draws.log_uniform(scale.adjust_m) * draws.direction(path.axes), draws.uniform(scale.adjust_s))
        path.wait(draws.uniform((0.2, 0.8)))
    path.x += draws.uniform(scale.pursuit_m) * settle(follow, rate_hz)


def _holds(path: Path, scale: VoluntaryScale, draws: Draws, rate_hz: float) -> None:  # noqa: ARG001
    """Long holds with a small adjustment or two between them."""
    while not path.full:
        path.hold(draws.uniform((3.0, 7.0)))
        _adjust(path, scale, draws)


def _steps(path: Path, scale: VoluntaryScale, draws: Draws, rate_hz: float) -> None:  # noqa: ARG001
    """Hasty steps between places, each held for a while."""
    path.hold(draws.uniform((0.5, 1.0)))
    while not path.full:
        path.reach(_length(scale, draws.share()) * _aim(path, scale, draws), draws.uniform(scale.step_s))
        path.hold(draws.uniform(scale.hold_s))


def _gestures(path: Path, scale: VoluntaryScale, draws: Draws, rate_hz: float) -> None:  # noqa: ARG001
    """What recordings of surgeons consist of: reach, orient, hold, adjust, pull."""
    path.hold(draws.uniform((0.3, 0.8)))
    while not path.full:
        _reach(path, scale, draws, draws.share())
        if draws.chance(0.6):
            _orient(path, scale, draws)
        path.hold(draws.uniform(scale.hold_s))
        _adjust(path, scale, draws)
        if draws.chance(0.5):
            path.glide(draws.uniform(scale.pull_m) * _aim(path, scale, draws), draws.uniform(scale.pull_s))
            if draws.chance(0.5):
                path.hold(draws.uniform((0.4, 1.2)))


KINDS: dict[str, Callable[[Path, VoluntaryScale, Draws, float], None]] = {
    "gestures": _gestures,
    "reaches": _reaches,
    "holds": _holds,
    "pursuit": _pursuit,
    "lognormal": _lognormal,
    "steps": _steps,
}
"""The kinds of voluntary motion by name."""


def step(count: int, axes: int, rate_hz: float, start_s: float, length_m: float, seconds: float) -> Vector:
    """One minimum-jerk step along the first axis, shape (count, axes) [m]; the same every time."""
    x = np.zeros((count, axes))
    time = np.arange(count) / rate_hz
    x[:, 0] = length_m * minimum_jerk_share(np.clip((time - start_s) / seconds, 0.0, 1.0))
    return x


def _reach(path: Path, scale: VoluntaryScale, draws: Draws, share: float) -> None:
    """A primary stroke that falls short, and mostly a correction that overlaps its end.

    Source:
        Meyer et al. 1988, optimized submovements; shortfall and overlap are free choices.
    """
    length, seconds = _length(scale, share), _duration(scale, draws, share)
    shift = length * _aim(path, scale, draws)
    if draws.chance(0.7):
        done = draws.uniform((0.85, 0.97))
        path.reach(done * shift, seconds)
        path.wait(-draws.uniform((0.05, 0.3)) * seconds)
        side = 0.05 * length * draws.direction(path.axes)
        path.reach((1.0 - done) * shift + side, draws.uniform(scale.adjust_s))
    else:
        path.reach(shift, seconds)


def _orient(path: Path, scale: VoluntaryScale, draws: Draws) -> None:
    """The hand swings about the instrument's tip: two slow strokes that overlap and do not lie on one line."""
    for _ in range(2):
        path.reach(0.4 * _length(scale, draws.share()) * draws.direction(path.axes), draws.uniform((0.6, 1.2)))
        path.wait(-draws.uniform((0.2, 0.4)))
    path.wait(0.4)


def _adjust(path: Path, scale: VoluntaryScale, draws: Draws) -> None:
    """One to four small strokes with short pauses."""
    for _ in range(draws.integer((1, 4))):
        path.reach(draws.log_uniform(scale.adjust_m) * draws.direction(path.axes), draws.uniform(scale.adjust_s))
        path.wait(draws.uniform((0.05, 0.35)))


def _rest(path: Path, scale: VoluntaryScale, draws: Draws) -> None:
    """Mostly a hold, at times straight on."""
    if draws.chance(0.65):
        path.hold(draws.uniform(scale.hold_s))
    else:
        path.wait(draws.uniform((-0.1, 0.2)))


def _length(scale: VoluntaryScale, share: float) -> float:
    """Length of a reach [m]."""
    low, high = scale.reach_m
    return float(low * math.exp(share * math.log(high / low)))


def _duration(scale: VoluntaryScale, draws: Draws, share: float) -> float:
    """How long a reach takes [s]: it grows with the logarithm of its length (Fitts 1954), and varies by a fifth."""
    low, high = scale.reach_s
    return (low + (high - low) * share) * draws.uniform((0.8, 1.2))


def _aim(path: Path, scale: VoluntaryScale, draws: Draws) -> Vector:
    """A direction for a reach, shape (axes,): any, but homewards from afar."""
    way = draws.direction(path.axes)
    if np.linalg.norm(path.target) > _WORKSPACE * scale.reach_m[1] and way @ path.target > 0.0:
        return -way
    return way
