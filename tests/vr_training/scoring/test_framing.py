import numpy as np
import pytest

from vr_training.scoring.framing import framing
from vr_training.scoring.task_signals import TaskSignals

SIGNALS = (("off_centre", "rad"), ("roll_error", "rad"))


def test_angles_are_averaged_by_their_size_from_the_start_to_success(made, seen):
    ticks = made(np.zeros((4000, 3)), signals=("off_centre", "roll_error"))
    ticks["arms"]["a"]["clutch"][:1000] = 1
    ticks["success"][3000:] = 1
    ticks["signals"][:, 0] = np.radians(10.0)
    ticks["signals"][:1000, 0] = ticks["signals"][3001:, 0] = 1.0
    ticks["signals"][1000:2000, 1], ticks["signals"][2000:3001, 1] = np.radians(4.0), -np.radians(4.0)
    found = framing(seen(ticks), TaskSignals(ticks, SIGNALS))
    assert found["off_centre"] == pytest.approx(10.0)
    assert found["horizon_error"] == pytest.approx(4.0)


def test_without_the_signals_or_a_hand_there_is_nothing(made, seen):
    ticks = made(np.zeros((100, 3)), signals=("off_centre", "roll_error"))
    assert framing(seen(ticks), TaskSignals(ticks)) == {}
    ticks["state"] = 0
    assert framing(seen(ticks), TaskSignals(ticks, SIGNALS)) == {}
