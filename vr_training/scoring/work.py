"""How much of a lesson's work was done, where it was not done whole."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from robotics.score_config import WorkRow
from vr_training.scoring.task_signals import TaskSignals


def work_done(signals: TaskSignals, rows: Sequence[WorkRow], achieved: bool) -> float:
    """Share of the work that was done [%]; not a number where the lesson does not say what its work consists of.

    The parts of a lesson count alike. Of each, what was done at best counts, so that nothing is taken back by a thing
    that is dropped at the end; a signal that the recording does not have counts as not done.

    Source:
        Ours. The surgical robotics competition's peg transfer gives a point for each peg; FLS takes points for each
        object that was not transferred (MISTELS, Derossis et al. 1998).
    """
    if not rows:
        return math.nan
    return 100.0 if achieved else 100.0 * sum(_share(signals, row) for row in rows) / len(rows)


def _share(signals: TaskSignals, row: WorkRow) -> float:
    values = signals.any_unit(row.signal)
    if values is None or not np.isfinite(values).any():
        return 0.0
    return min(max(float(np.nanmax(values)) / row.whole, 0.0), 1.0)
