"""Touches of what is not to be touched, as the task counts them, and how well the middle was kept."""

from __future__ import annotations

import math

import numpy as np

from vr_training.scoring.episode import Episode
from vr_training.scoring.task_signals import TaskSignals


def touching(episode: Episode, signals: TaskSignals) -> dict[str, float]:
    """Touches, their time in all [s], and the mean distance off the middle [mm], as far as the task reports them.

    Touches and their time are running sums; the largest value there was is taken. The distance, the task's ``centring``
    [m], is averaged until success over where it is a number.

    Source:
        Ours. Validated curricula count errors: drops, and collisions on the da Vinci's simulator (Hung et al. 2011).
    """
    found = dict[str, float]()
    for name, unit in (("touches", ""), ("touch_time", "s")):
        count = signals.get(name, unit)
        if count is not None:
            found[name] = float(np.nanmax(count)) if np.isfinite(count).any() else math.nan
    off = signals.get("centring", "m")
    if off is not None and episode.segments:
        off = off[episode.window]
        off = off[np.isfinite(off)]
        found["centring"] = 1e3 * float(off.mean()) if off.size else math.nan
    return found
