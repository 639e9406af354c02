"""Idle time: nothing moved although the lesson went on."""

from __future__ import annotations

import numpy as np

from vr_training.scoring.episode import Episode

STILL_M_S = 0.002
"""A tip slower than this stands still [m/s]: a tenth of the 20 mm/s of a brisk stroke, and above tremor. Ours."""

_SPEED_HZ = 3.0  # tremor is no motion


def idle_time(episode: Episode, still_m_s: float = STILL_M_S) -> float:
    """Time in which every arm's tip was slower than ``still_m_s``, from when it first followed until success [s].

    The speed is that of the measured tip below 3 Hz. What the lesson itself asks to be held still counts as well: a
    reference has to allow for it.

    Source:
        D'Angelo et al. 2015, Am. J. Surg. 209(4): idle time, both hands at rest, tells novices from experts.
    """
    idle = np.ones(max(episode.window.stop - episode.window.start, 0), dtype=bool)
    if len(idle) < 2 or not episode.segments:
        return 0.0
    for arm in episode.all_arms:
        tip = arm.smooth(arm.tip[episode.window], _SPEED_HZ)
        idle &= np.linalg.norm(np.gradient(tip, axis=0), axis=1) * episode.rate_hz < still_m_s
    return float(np.count_nonzero(idle)) * episode.setup.period_s
