import numpy as np
import pytest

from vr_training.scoring.suturing import suturing
from vr_training.scoring.task_signals import TaskSignals

DECLARED = (("entry_error", "m"), ("exit_error", "m"), ("arc_error", "m"), ("tissue_force", "N"))


def test_the_worst_of_all_passes_counts_and_not_the_last(made):
    ticks = made(np.zeros((1000, 3)), signals=tuple(name for name, _ in DECLARED))
    ticks["signals"][:300, :3] = np.nan
    ticks["signals"][300:600, :3] = (0.002, 0.001, 0.0005)
    ticks["signals"][600:, :3] = (0.001, 0.003, 0.0004)
    ticks["signals"][450, 3] = 1.5
    found = suturing(TaskSignals(ticks, DECLARED))
    assert found == pytest.approx({"entry_error": 2.0, "exit_error": 3.0, "arc_error": 0.5, "needle_peak_force": 1.5})


def test_a_needle_that_never_entered_has_no_errors(made):
    ticks = made(np.zeros((100, 3)), signals=("entry_error",))
    ticks["signals"] = np.nan
    assert suturing(TaskSignals(ticks, (("entry_error", "m"),))) == {}
