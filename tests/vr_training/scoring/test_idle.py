import numpy as np
import pytest

from vr_training.scoring.idle import STILL_M_S, idle_time


def test_rest_before_and_after_a_reach_is_idle(made, reach, seen):
    # The tip is faster than 2 mm/s for all but the ends of the two seconds.
    assert idle_time(seen(made(reach(6.0, 0.05, 2.0, start=2.0)))) == pytest.approx(4.3, abs=0.3)


@pytest.mark.parametrize(("speed", "idle"), [(0.5 * STILL_M_S, 2.0), (2.0 * STILL_M_S, 0.0)])
def test_the_stated_speed_is_the_border(made, seen, speed, idle):
    tip = np.zeros((2000, 3))
    tip[:, 1] = speed * np.arange(2000) * 1e-3
    assert idle_time(seen(made(tip))) == pytest.approx(idle, abs=1e-9)


def test_tremor_is_no_motion(made, seen):
    tip = np.zeros((3000, 3))
    tip[:, 0] = 1e-4 * np.sin(2.0 * np.pi * 9.0 * np.arange(3000) * 1e-3)  # up to 5.7 mm/s
    assert idle_time(seen(made(tip))) == pytest.approx(3.0, abs=0.2)


def test_nothing_is_idle_while_either_arm_moves(made, seen):
    moving = np.zeros((2000, 3))
    moving[:, 2] = 0.01 * np.arange(2000) * 1e-3
    still = np.zeros((2000, 3))
    assert idle_time(seen(made(still, other=moving))) == 0.0
    assert idle_time(seen(made(still, other=still))) == pytest.approx(2.0)


def test_it_counts_from_the_first_following_until_success(made, seen):
    ticks = made(np.zeros((3000, 3)))
    ticks["arms"]["a"]["clutch"][:1000] = 1
    ticks["success"][2499:] = 1
    assert idle_time(seen(ticks)) == pytest.approx(1.5)
