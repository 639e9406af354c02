import numpy as np
import pytest

from vr_training.scoring.task_signals import TaskSignals
from vr_training.scoring.touching import touching

SIGNALS = (("touches", ""), ("touch_time", "s"), ("centring", "m"))


def test_running_sums_give_their_largest_value_and_the_distance_its_mean_where_it_is_a_number(made, seen):
    ticks = made(np.zeros((3000, 3)), signals=("touches", "touch_time", "centring"))
    ticks["signals"][500:, 0], ticks["signals"][1500:, 0] = 1.0, 2.0
    ticks["signals"][1500:, 1] = 0.25
    ticks["signals"][:1000, 2], ticks["signals"][1000:2000, 2], ticks["signals"][2000:, 2] = np.nan, 0.001, 0.003
    found = touching(seen(ticks), TaskSignals(ticks, SIGNALS))
    assert found == {"touches": 2.0, "touch_time": 0.25, "centring": pytest.approx(2.0)}


def test_what_a_task_does_not_report_is_left_out(made, seen):
    ticks = made(np.zeros((100, 3)), signals=("touches",))
    assert set(touching(seen(ticks), TaskSignals(ticks, SIGNALS[:1]))) == {"touches"}
