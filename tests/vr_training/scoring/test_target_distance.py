import numpy as np
import pytest

from vr_training.scoring.target_distance import target_distance
from vr_training.scoring.task_signals import TaskSignals

DISTANCE = (("distance", "m"),)


def test_a_sine_of_distance_has_two_over_pi_of_its_peak_for_mean(made, seen):
    ticks = made(np.zeros((4000, 3)), signals=("distance",))
    ticks["signals"][:, 0] = 0.003 * np.abs(np.sin(2.0 * np.pi * np.arange(4000) * 1e-3))
    found = target_distance(seen(ticks), TaskSignals(ticks, DISTANCE))
    assert found["mean_distance"] == pytest.approx(3.0 * 2.0 / np.pi, rel=1e-3)
    assert found["max_distance"] == pytest.approx(3.0, rel=1e-6)


def test_the_way_to_the_start_does_not_count_and_the_clutch_does(made, seen):
    ticks = made(np.zeros((4000, 3)), signals=("distance",))
    ticks["arms"]["a"]["clutch"][:1000] = ticks["arms"]["a"]["clutch"][2000:3000] = 1
    ticks["signals"][:1000, 0], ticks["signals"][2000:3000, 0] = 1.0, 0.009
    found = target_distance(seen(ticks), TaskSignals(ticks, DISTANCE))
    assert found["mean_distance"] == pytest.approx(3.0)
    assert found["max_distance"] == pytest.approx(9.0)


def test_without_the_signal_there_is_nothing(made, seen):
    ticks = made(np.zeros((100, 3)))
    assert target_distance(seen(ticks), TaskSignals(ticks)) == {}
