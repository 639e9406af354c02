"""How far the tip was from a target that it had to follow, as the task reports it."""

from __future__ import annotations

import numpy as np

from vr_training.scoring.episode import Episode
from vr_training.scoring.task_signals import TaskSignals


def target_distance(episode: Episode, signals: TaskSignals) -> dict[str, float]:
    """Mean and largest distance, from when the tip first followed until success [mm]; empty without such a signal.

    Of the signal ``tracking``, not a number while nothing has to be tracked, where the task has it; else of
    ``distance`` [m]. While the clutch is pressed the target goes on, and so does the error.

    Source:
        Pursuit tracking: Poulton 1974, Tracking Skill and Manual Control; modulus mean error and its maximum.
    """
    distance = signals.get("tracking", "m")
    if distance is None:
        distance = signals.get("distance", "m")
    if distance is None or not episode.segments:
        return {}
    distance = distance[episode.window]
    distance = distance[np.isfinite(distance)]
    if distance.size == 0:
        return {}
    return {"mean_distance": 1e3 * float(distance.mean()), "max_distance": 1e3 * float(distance.max())}
