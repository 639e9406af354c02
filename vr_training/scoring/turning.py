"""How much the tip turned in all."""

from __future__ import annotations

import math

import numpy as np

from vr_training.scoring.episode import Episode

_TURN_HZ = 10.0  # as for the path: what a camera sees


def orientation_change(episode: Episode) -> float:
    """Sum of all turns of the tips, from when each first followed until success [deg]; NaN where none did.

    The angles between the orientations of one tick and the next, below 10 Hz, added up without regard to their axes: a
    turn there and back counts twice.

    Source:
        Angular path of LapSim (Woodrum et al. 2006); rate of orientation change: Sharon et al. 2021, IEEE Trans. Med.
        Robot. Bionics 3(2).
    """
    turns = [_turned(arm) for arm in episode.driven]
    return sum(turns) if turns else math.nan


def _turned(episode: Episode) -> float:
    """Sum of all turns of one arm's tip [deg]."""
    quat = np.array(episode.arm["tip"][episode.window, 3:], dtype=np.float64)
    if len(quat) < 2 or not np.isfinite(quat).all():
        return math.nan
    # One rotation has two quaternions: keep to the side of the one before.
    flips = np.sum(quat[1:] * quat[:-1], axis=1) < 0.0
    quat[1:] *= np.where(np.cumsum(flips) % 2, -1.0, 1.0)[:, None]
    quat = episode.smooth(quat, _TURN_HZ)
    quat /= np.linalg.norm(quat, axis=1, keepdims=True)
    # By the chord: the arc cosine of a number next to 1 knows no small angles.
    chord = np.linalg.norm(np.diff(quat, axis=0), axis=1)
    return math.degrees(float(np.sum(4.0 * np.arcsin(np.minimum(0.5 * chord, 1.0)))))
