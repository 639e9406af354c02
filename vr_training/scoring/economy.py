"""Economy of motion: how little of the path was a detour."""

from __future__ import annotations

import math

import numpy as np

from vr_training.scoring.episode import Episode

_PATH_HZ = 10.0  # as for the length of the path in `movement`
_JUMP_M = 0.002  # a target that moves on jumps by more; one that lies or glides moves by micrometres a tick
_NO_PATH_M = 1e-4


def economy_of_motion(episode: Episode) -> float:
    """Sum of the straight distances from leg to leg over the length of the path, 0 to 1; NaN without motion.

    A leg ends where the task's target jumps to another place: a reach has one leg, a transfer of six rings many. The
    path is that of the tip below 10 Hz, from when it first followed until success. Where the target glides there are no
    legs, and the figure says nothing: a lesson that asks to be followed is scored by the distance instead.

    Of several arms the legs of all stand over the paths of all, and a leg ends where another arm is asked, too: an arm
    that wanders about while the other one works takes a detour.

    Source:
        Economy of motion as virtual-reality trainers report it, path against the ideal path (MIST-VR, Gallagher and
        Satava 2002; LapSim, Woodrum et al. 2006); path length as a sign of skill: Datta et al. 2001 (ICSAD).
    """
    straight = path = 0.0
    for arm in episode.driven:
        window = arm.window
        if np.count_nonzero(arm.following[window]) < 2:
            continue
        tip = arm.smooth(arm.tip[window], _PATH_HZ)
        path += float(np.linalg.norm(np.diff(tip, axis=0), axis=1).sum())
        corners = tip[[0, *_jumps(arm), len(tip) - 1]]
        straight += float(np.linalg.norm(np.diff(corners, axis=0), axis=1).sum())
    return straight / path if path >= _NO_PATH_M else math.nan


def _jumps(episode: Episode) -> list[int]:
    """Ticks of the window in which the task asks for another place than before, or another arm."""
    target = np.asarray(episode.ticks["target"][episode.window, :3], dtype=np.float64)
    known = np.nonzero(np.isfinite(target).all(axis=1))[0]
    moved = np.linalg.norm(np.diff(target[known], axis=0), axis=1) > _JUMP_M
    moved |= np.diff(episode.ticks["asked"][episode.window][known].astype(np.int64)) != 0
    return [int(i) for i in known[1:][moved]]
