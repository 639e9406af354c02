import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vr_training.scoring.economy import economy_of_motion


def circle(radius=0.02, share=1.0, seconds=4.0):
    angle = 2.0 * np.pi * share * np.linspace(0.0, 1.0, round(seconds * 1e3))
    return radius * np.stack([np.cos(angle), np.sin(angle), 0.0 * angle], axis=1)


def test_a_straight_line_is_all_economy(made, reach, seen):
    assert economy_of_motion(seen(made(reach(3.0, 0.05, 2.0)))) == pytest.approx(1.0, abs=1e-3)


def test_half_a_circle_has_two_over_pi(made, seen):
    assert economy_of_motion(seen(made(circle(share=0.5)))) == pytest.approx(2.0 / np.pi, rel=5e-3)


def test_a_closed_circle_went_nowhere(made, seen):
    assert economy_of_motion(seen(made(circle()))) == pytest.approx(0.0, abs=0.01)


def test_there_and_back_is_economic_where_the_task_asked_for_both(made, reach, seen):
    there = reach(6.0, 0.05, 2.0) - reach(6.0, 0.05, 2.0, start=3.0)
    ticks = made(there)
    assert economy_of_motion(seen(ticks)) == pytest.approx(0.0, abs=1e-3)
    ticks["target"][:, :3] = 0.0
    ticks["target"][:2500, 0] = 0.05
    assert economy_of_motion(seen(ticks)) == pytest.approx(1.0, abs=2e-3)


def test_a_target_that_glides_or_pauses_makes_no_legs(made, reach, seen):
    there = reach(6.0, 0.05, 2.0) - reach(6.0, 0.05, 2.0, start=3.0)
    ticks = made(there)
    ticks["target"][:, :3] = there
    ticks["target"][2000:2100] = np.nan
    assert economy_of_motion(seen(ticks)) == pytest.approx(0.0, abs=1e-3)


def test_a_tip_that_never_moved_has_none(made, seen):
    assert np.isnan(economy_of_motion(seen(made(np.zeros((500, 3))))))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000), jumps=st.integers(0, 8))
def test_it_stays_between_nothing_and_one_whatever_the_path(made, seen, seed, jumps):
    rng = np.random.default_rng(seed)
    ticks = made(np.cumsum(rng.normal(0.0, 1e-4, (2000, 3)), axis=0))
    ticks["target"][:, :3] = 0.0
    for i in rng.integers(1, 2000, jumps):
        ticks["target"][i:, :3] = rng.normal(0.0, 0.1, 3)
    assert 0.0 <= economy_of_motion(seen(ticks)) <= 1.0 + 1e-9


def test_of_two_arms_the_legs_of_both_stand_over_the_paths_of_both(made, reach, seen):
    straight, there_and_back = reach(6.0, 0.06, 2.0), reach(6.0, 0.03, 2.0) - reach(6.0, 0.03, 2.0, start=3.0)
    ticks = made(straight, other=there_and_back)
    ticks["target"][:, :3] = 0.0
    assert economy_of_motion(seen(ticks)) == pytest.approx(0.06 / 0.12, abs=2e-3)
    ticks["asked"][2500:] = 1  # the way back of the other arm was asked for
    assert economy_of_motion(seen(ticks)) == pytest.approx(1.0, abs=2e-3)
