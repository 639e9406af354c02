"""How a sheet of tissue was handled: how hard it was pulled, and how much of it was cut where it should not be."""

from __future__ import annotations

import numpy as np

from vr_training.scoring.task_signals import TaskSignals


def sheet_handling(signals: TaskSignals) -> dict[str, float]:
    """Peak of the task's ``pull`` [N] and its final ``off_path`` [mm], over the whole recording; what it has of them.

    Source:
        Pull while retracting with a da Vinci in pig: 3.7 +- 1.2 N (J. Robot. Surg. 2021). Error of a cut beside its
        mark: FLS circle cut, area outside of it (MISTELS, Derossis et al. 1998); here its length.
    """
    found = dict[str, float]()
    for name, signal, unit, scale in (("pull_peak_force", "pull", "N", 1.0), ("off_path", "off_path", "m", 1e3)):
        values = signals.get(signal, unit)
        if values is not None and np.isfinite(values).any():
            found[name] = scale * float(np.nanmax(values))
    return found
