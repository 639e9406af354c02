import numpy as np
import pytest

from vr_training.scoring.probing import probing
from vr_training.scoring.task_signals import TaskSignals

NAMES = (("mark_error", "m"), ("target_error", "m"), ("axis_error", "m"), ("deflection", "m"), ("lateral_force", "N"))
COUNTS = (("overshoots", ""), ("passes", ""))
ALL = (*NAMES, *COUNTS)


@pytest.fixture
def ticks(made):
    found = made(np.zeros((2000, 3)), tuple(name for name, _ in ALL))
    found["signals"][:, 0] = np.nan
    found["signals"][1500:, 0] = 0.0021
    found["signals"][:, 1] = np.linspace(0.02, 0.0, 2000)
    found["signals"][:, 2] = np.nan
    found["signals"][300:600, 2] = 0.0015
    found["signals"][700:, 2] = 0.0009
    found["signals"][:, 3] = 0.0007
    found["signals"][100:105, 4] = 0.6
    found["signals"][900:, 5] = 1.0
    found["signals"][400:, 6] = 2.0
    return found


def test_errors_at_the_end_are_means_of_its_last_quarter_second_and_the_others_the_worst_there_was(ticks, seen):
    found = probing(seen(ticks), TaskSignals(ticks, ALL))
    assert found == pytest.approx(
        {
            "mark_error": 2.1,
            "target_error": 20.0 * 124.5 / 1999.0,
            "axis_error": 1.5,
            "deflection": 0.7,
            "lateral_force": 0.6,
            "overshoots": 1.0,
            "passes": 2.0,
        }
    )


def test_the_end_is_the_moment_of_success(ticks, seen):
    ticks["success"][999:] = 1
    found = probing(seen(ticks), TaskSignals(ticks, ALL))
    assert found["target_error"] == pytest.approx(20.0 * (1999.0 - 874.5) / 1999.0)


def test_what_never_was_a_number_or_is_not_declared_is_left_out(ticks, seen):
    ticks["signals"][:, 0] = np.nan
    assert "mark_error" not in probing(seen(ticks), TaskSignals(ticks, ALL))
    assert probing(seen(ticks), TaskSignals(ticks, ())) == {}
    assert probing(seen(ticks), TaskSignals(ticks, (("mark_error", "mm"), *ALL[1:5], *COUNTS))).keys() == {
        *(name for name, _ in ALL[1:])
    }
