import numpy as np
import pytest

from vr_training.scoring.task_signals import TaskSignals
from vr_training.scoring.tissue_force import tissue_force


def test_a_triangle_of_force_has_its_tip_and_its_area(made, seen):
    ticks = made(np.zeros((3001, 3)), signals=("pressing",))
    ticks["signals"][1000:2001, 0] = 0.8 * (1.0 - np.abs(np.linspace(-1.0, 1.0, 1001)))
    found = tissue_force(seen(ticks), TaskSignals(ticks, (("pressing", "N"),)))
    assert found["tissue_peak_force"] == pytest.approx(0.8)
    assert found["tissue_force_integral"] == pytest.approx(0.4, rel=1e-3)


def test_tissue_that_feels_nothing_is_no_line(made, seen):
    ticks = made(np.zeros((100, 3)), signals=("pressing",))
    assert tissue_force(seen(ticks), TaskSignals(ticks, ())) == {}
    ticks["signals"] = np.nan
    assert tissue_force(seen(ticks), TaskSignals(ticks, (("pressing", "N"),))) == {}
