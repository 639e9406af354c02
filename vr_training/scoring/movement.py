"""Path, speed and smoothness of the tips."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from robotics.contracts import Vector
from vr_training.metrics import ldlj, sparc
from vr_training.scoring.episode import Episode, stretches

_PATH_HZ = 10.0  # what a camera sees; tremor and noise above it would lengthen a path that nobody sees
_SMOOTHNESS_HZ = 6.0  # tremor is judged elsewhere: jerk would see hardly anything else
_PROFILE_HZ = 100.0
_MOVING = 0.05  # of the peak speed: a movement begins and ends there
_SHORTEST_S = 0.4


@dataclass(frozen=True)
class Movement:
    """How the tips moved, all taken together. NaN where none did.

    Attributes:
        path: Length of the tips' paths [m].
        hand_path: Length of the hand's path while it was followed, times the scale [m].
        straight: Straight distance from where a tip started to where it ended, of all added up [m].
        mean_speed: Mean speed while following, over all tips [m/s].
        peak_speed: Peak speed [m/s].
        peak_acceleration: Peak acceleration while following, of the motion below 6 Hz [m/s^2].
        sparc: Spectral arc length, mean over the movements.
        ldlj: Log dimensionless jerk, mean over the movements.
        movements: How many movements the tips made.
    """

    path: float
    hand_path: float
    straight: float
    mean_speed: float
    peak_speed: float
    peak_acceleration: float
    sparc: float
    ldlj: float
    movements: int

    @property
    def ratio(self) -> float:
        """Path over straight distance: 1 is a straight line."""
        return self.path / self.straight if self.straight > 1e-4 else math.nan


@dataclass(frozen=True)
class _Tip:
    """How one tip moved; speed and acceleration are those of the ticks in which it followed."""

    path: float
    hand_path: float
    straight: float
    speed: Vector
    peak_speed: float
    acceleration: Vector
    profiles: list[Vector]


def movement(episode: Episode) -> Movement:
    """Measure the motion of every tip from when it first followed until success."""
    tips = [tip for arm in episode.driven if (tip := _moved(arm)) is not None]
    if not tips:
        return Movement(0.0, 0.0, math.nan, math.nan, math.nan, math.nan, math.nan, math.nan, 0)
    speed, acceleration = (np.concatenate(x) for x in zip(*((t.speed, t.acceleration) for t in tips), strict=True))
    profiles = [profile for tip in tips for profile in tip.profiles]
    rate = min(_PROFILE_HZ, episode.rate_hz)
    weights = np.array([len(profile) for profile in profiles], dtype=np.float64)
    return Movement(
        path=sum(tip.path for tip in tips),
        hand_path=sum(tip.hand_path for tip in tips),
        straight=sum(tip.straight for tip in tips),
        mean_speed=float(speed.mean()) if speed.size else math.nan,
        peak_speed=max(tip.peak_speed for tip in tips),
        peak_acceleration=float(acceleration.max()) if acceleration.size else math.nan,
        sparc=_mean([sparc(profile, rate) for profile in profiles], weights),
        ldlj=_mean([ldlj(profile, rate) for profile in profiles], weights),
        movements=len(profiles),
    )


def _moved(episode: Episode) -> _Tip | None:
    """Measure the motion of one arm's tip; None where it hardly followed."""
    window = episode.window
    following = episode.following[window]
    if np.count_nonzero(following) < 2:
        return None
    tip = episode.smooth(episode.tip[window], _PATH_HZ)
    hand = episode.smooth(episode.hand[window], _PATH_HZ)
    steps = np.linalg.norm(np.diff(tip, axis=0), axis=1)
    followed = following[1:] & following[:-1]
    hand_steps = np.linalg.norm(np.diff(hand, axis=0), axis=1)[followed]
    speed = steps * episode.rate_hz
    calm = np.diff(episode.smooth(episode.tip[window], _SMOOTHNESS_HZ), axis=0)
    acceleration = np.linalg.norm(np.diff(calm, axis=0), axis=1)[followed[1:] & followed[:-1]] * episode.rate_hz**2
    return _Tip(
        path=float(steps.sum()),
        hand_path=float(hand_steps.sum()),
        straight=float(np.linalg.norm(tip[-1] - tip[0])),
        speed=speed[followed],
        peak_speed=float(speed.max()),
        acceleration=acceleration,
        profiles=_profiles(np.where(followed, np.linalg.norm(calm, axis=1), 0.0), episode.rate_hz),
    )


def _profiles(speed: Vector, rate_hz: float) -> list[Vector]:
    """Speed profiles of the single movements, at 100 Hz or the rate of the recording."""
    step = max(round(rate_hz / _PROFILE_HZ), 1)
    moving = speed > _MOVING * speed.max() if speed.size and speed.max() > 0.0 else np.zeros(speed.shape, dtype=bool)
    return [speed[part][::step] for part in stretches(moving, round(_SHORTEST_S * rate_hz))]


def _mean(values: list[float], weights: Vector) -> float:
    kept = np.isfinite(values)
    return float(np.average(np.array(values)[kept], weights=weights[kept])) if np.any(kept) else math.nan
