"""How a needle went through tissue: how far from its marks, how far off its curve, and with what force."""

from __future__ import annotations

import numpy as np

from vr_training.scoring.task_signals import TaskSignals

WORST = {"entry_error": ("entry_error", "m", 1e3), "exit_error": ("exit_error", "m", 1e3),
         "arc_error": ("arc_error", "m", 1e3), "needle_peak_force": ("tissue_force", "N", 1.0)}  # fmt: skip
"""The signal that each measure takes the largest value of, its unit, and what makes it the measure's [mm, N]."""


def suturing(signals: TaskSignals) -> dict[str, float]:
    """The worst entry, exit and arc error [mm] and the largest force [N] of a recording; empty where there is none.

    The worst of all passes counts, so that nothing is forgiven by a later one; what was never a number is left out.

    Source:
        Entry and exit within 2.5 mm of their marks: AccelNet surgical robotics challenge 2021-2022, rules of task 2;
        puncture force in suturing: PMC8058906.
    """
    found = dict[str, float]()
    for measure, (name, unit, scale) in WORST.items():
        values = signals.get(name, unit)
        if values is not None and np.isfinite(values).any():
            found[measure] = scale * float(np.nanmax(values))
    return found
