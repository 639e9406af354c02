import numpy as np
import pytest

from vr_training.scoring.mishaps import mishaps
from vr_training.scoring.sheet_handling import sheet_handling
from vr_training.scoring.task_signals import TaskSignals


def test_the_peak_pull_and_the_cut_beside_the_path_are_what_the_task_said(made):
    ticks = made(np.zeros((300, 3)), signals=("pull", "off_path", "overstretched", "tears"))
    ticks["signals"][100:200, 0] = 0.4
    ticks["signals"][150:, 1] = 0.002
    ticks["signals"][120:, 2], ticks["signals"][140:, 3] = 3, 1
    signals = TaskSignals(ticks, (("pull", "N"), ("off_path", "m"), ("overstretched", ""), ("tears", "")))
    assert sheet_handling(signals) == {"pull_peak_force": pytest.approx(0.4), "off_path": pytest.approx(2.0)}
    assert mishaps(signals) == {"overstretched": 3.0, "tears": 1.0}


def test_a_task_without_a_sheet_has_no_such_lines(made):
    ticks = made(np.zeros((10, 3)), signals=("distance",))
    assert sheet_handling(TaskSignals(ticks, (("distance", "m"),))) == {}
