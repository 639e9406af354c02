"""How well a camera was pointed, as the task reports it."""

from __future__ import annotations

import math

import numpy as np

from vr_training.scoring.episode import Episode
from vr_training.scoring.task_signals import TaskSignals

FRAMING = {"off_centre": "off_centre", "horizon_error": "roll_error"}
"""The signal [rad] whose size each measure averages."""


def framing(episode: Episode, signals: TaskSignals) -> dict[str, float]:
    """Mean angle of what is to be seen from the middle of the picture, and mean roll of the picture [deg].

    From when the tip first followed until success; what the task does not report is left out.

    Source:
        Ours.
    """
    found = dict[str, float]()
    if not episode.segments:
        return found
    for measure, name in FRAMING.items():
        angle = signals.get(name, "rad")
        if angle is not None:
            angle = np.abs(angle[episode.window])
            angle = angle[np.isfinite(angle)]
            found[measure] = math.degrees(float(angle.mean())) if angle.size else math.nan
    return found
