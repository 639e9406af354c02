import numpy as np

from vr_training.scoring.mishaps import mishaps
from vr_training.scoring.task_signals import TaskSignals


def test_a_count_that_steps_three_times_is_three_drops(made):
    ticks = made(np.zeros((1000, 3)), signals=("dropped", "crushed", "collided"))
    for at in (200, 500, 900):
        ticks["signals"][at:, 0] += 1.0
    ticks["signals"][999, 2] = 1.0
    found = mishaps(TaskSignals(ticks, (("dropped", ""), ("crushed", ""), ("collided", ""))))
    assert found == {"drops": 3.0, "crushed": 0.0, "collisions": 1.0}


def test_what_a_task_does_not_count_is_left_out(made):
    ticks = made(np.zeros((1000, 3)), signals=("crushed",))
    assert set(mishaps(TaskSignals(ticks, (("crushed", ""),)))) == {"crushed"}


def test_a_count_that_starts_afresh_forgives_nothing(made):
    ticks = made(np.zeros((1000, 3)), signals=("dropped",))
    ticks["signals"][300:600, 0] = 2.0
    assert mishaps(TaskSignals(ticks, (("dropped", ""),))) == {"drops": 2.0}
