import numpy as np
import pytest

from vr_training.scoring import events
from vr_training.scoring.clutching import clutch_share, clutches


def test_taking_the_arm_up_is_no_clutching(made, seen):
    ticks = made(np.zeros((5000, 3)))
    pressed = ticks["arms"]["a"]["clutch"]
    pressed[:1000] = pressed[2000:2500] = pressed[3000:3500] = 1
    assert clutches(seen(ticks), events(ticks, "a")) == 2
    assert clutch_share(seen(ticks)) == pytest.approx(25.0)


def test_what_comes_after_success_does_not_count_as_time(made, seen):
    ticks = made(np.zeros((4000, 3)))
    ticks["arms"]["a"]["clutch"][1000:1500] = ticks["arms"]["a"]["clutch"][2500:] = 1
    ticks["success"][1999:] = 1
    assert clutch_share(seen(ticks)) == pytest.approx(25.0)


def test_of_two_arms_the_share_is_the_mean_of_both(made, seen):
    ticks = made(np.zeros((4000, 3)), other=np.zeros((4000, 3)))
    ticks["arms"]["b"]["clutch"][1000:3000] = 1
    assert clutch_share(seen(ticks)) == pytest.approx(25.0)
