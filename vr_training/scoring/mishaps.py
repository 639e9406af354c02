"""Mishaps that a task counts: what was dropped, crushed, bumped into."""

from __future__ import annotations

import math

import numpy as np

from vr_training.scoring.task_signals import TaskSignals

COUNTED = {
    "drops": "dropped",
    "crushed": "crushed",
    "collisions": "collided",
    "bumps": "bumped",
    "overstretched": "overstretched",
    "tears": "tears",
    "missed": "missed",
}
"""The signal, a running count, that each measure reads."""


def mishaps(signals: TaskSignals) -> dict[str, float]:
    """How often each kind of mishap happened, over the whole recording; what the task does not count is left out.

    A running count goes up by one each time; the largest value there was is taken, so that nothing is forgiven by a
    task that starts its count afresh.

    Source:
        Errors are counted by every validated curriculum: drops outside of reach in FLS peg transfer (MISTELS, Derossis
        et al. 1998), drops and instrument collisions on the da Vinci's simulator (Hung et al. 2011).
    """
    found = dict[str, float]()
    for measure, name in COUNTED.items():
        count = signals.get(name, "")
        if count is not None:
            found[measure] = float(np.nanmax(count)) if np.isfinite(count).any() else math.nan
    return found
