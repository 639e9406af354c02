"""What the tissue felt, as the task's ``pressing`` [N] reports it."""

from __future__ import annotations

import numpy as np

from vr_training.scoring.episode import Episode
from vr_training.scoring.task_signals import TaskSignals


def tissue_force(episode: Episode, signals: TaskSignals) -> dict[str, float]:
    """Peak [N] and integral over time [N s] of the force on the tissue, over the whole recording; empty without it.

    Source:
        Horeman et al. 2010, Surg. Endosc. 24: peak and impulse of the force on a training task. What is usual with a da
        Vinci in pig: 0.3 +- 0.4 N in dissection (J. Robot. Surg. 2021).
    """
    force = signals.get("pressing", "N")
    if force is None:
        return {}
    force = np.abs(force[np.isfinite(force)])
    if force.size == 0:
        return {}
    return {
        "tissue_peak_force": float(force.max()),
        "tissue_force_integral": float(force.sum()) * episode.setup.period_s,
    }
