import math

import numpy as np
import pytest

from robotics.score_config import WorkRow
from vr_training.scoring.task_signals import TaskSignals
from vr_training.scoring.work import work_done

PLACED = WorkRow(signal="placed", whole=6.0)
HELD = WorkRow(signal="held", whole=0.5)


def signals(**values):
    """Signals of three ticks each."""
    ticks = np.zeros(3, [("signals", "f8", (len(values),))])
    ticks["signals"] = np.array(list(values.values())).T
    return TaskSignals(ticks, [(name, "s" if name == "held" else "") for name in values])


def test_what_was_done_at_best_counts():
    assert work_done(signals(placed=[0.0, 3.0, 2.0]), [PLACED], False) == pytest.approx(50.0)
    assert work_done(signals(placed=[0.0, 0.0, 0.0]), [PLACED], False) == 0.0


def test_parts_count_alike_and_none_counts_for_more_than_whole():
    assert work_done(signals(placed=[0.0, 3.0, 3.0], held=[0.0, 9.0, 0.0]), [PLACED, HELD], False) == pytest.approx(
        75.0
    )


def test_whoever_achieved_it_did_all_of_it():
    assert work_done(signals(placed=[0.0, 5.0, 5.0]), [PLACED], True) == 100.0


def test_what_is_not_reported_is_not_done_and_a_lesson_without_rows_says_nothing():
    assert work_done(signals(placed=[math.nan] * 3), [PLACED, HELD], False) == 0.0
    assert math.isnan(work_done(signals(placed=[1.0] * 3), [], False))
