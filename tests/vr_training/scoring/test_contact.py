import numpy as np
import pytest

from vr_training.scoring.contact import contact


def test_a_constant_force_has_itself_for_peak_and_mean_and_its_time_for_impulse(made, seen):
    ticks = made(np.zeros((3000, 3)))
    ticks["arms"]["a"]["wrench"][500:1500, :3] = [0.0, 1.2, 1.6]
    touched = contact(seen(ticks), limit_n=1.5)
    assert touched.peak_n == pytest.approx(2.0)
    assert touched.mean_n == pytest.approx(2.0)
    assert touched.integral_n_s == pytest.approx(2.0)
    assert touched.over_limit_s == pytest.approx(1.0)


def test_only_what_is_above_the_limit_counts_as_above(made, seen):
    ticks = made(np.zeros((1000, 3)))
    ticks["arms"]["a"]["wrench"][:, 2] = np.linspace(0.0, 4.0, 1000)
    assert contact(seen(ticks), limit_n=3.0).over_limit_s == pytest.approx(0.25, abs=2e-3)
    assert contact(seen(ticks), limit_n=4.0).over_limit_s == 0.0


def test_without_a_limit_nothing_is_above_it(made, seen):
    assert np.isnan(contact(seen(made(np.zeros((10, 3))))).over_limit_s)


def test_the_arm_that_presses_hardest_counts_and_not_their_sum(made, seen):
    ticks = made(np.zeros((1000, 3)), other=np.zeros((1000, 3)))
    ticks["arms"]["a"]["wrench"][:, 2], ticks["arms"]["b"]["wrench"][:, 2] = 1.0, -3.0
    assert contact(seen(ticks)).peak_n == 3.0
    assert contact(seen(ticks)).integral_n_s == pytest.approx(3.0)


def test_what_was_not_measured_is_not_zero(made, seen):
    ticks = made(np.zeros((1000, 3)))
    ticks["arms"]["a"]["wrench"] = np.nan
    assert contact(seen(ticks)) is None
    ticks["arms"]["a"]["wrench"][:100] = 0.0
    ticks["arms"]["a"]["wrench"][:100, 0] = 0.5
    assert contact(seen(ticks)).mean_n == pytest.approx(0.5)
