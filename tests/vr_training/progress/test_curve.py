"""Learning curves of known parameters are found, and the band is honest."""

from __future__ import annotations

import numpy as np
import pytest

from tests.vr_training.progress.conftest import attempt
from vr_training.progress.curve import LEAST_TRIES, learning_curve
from vr_training.progress.peers import better_of, past, peers, series


def learner(count, plateau, drop, tau, noise, seed):
    n = np.arange(count)
    truth = plateau - drop * np.exp(-n / tau)
    return truth, truth + np.random.default_rng(seed).normal(0.0, noise, count)


def test_a_curve_of_known_parameters_is_found():
    truth, values = learner(30, 90.0, 60.0, 5.0, 0.0, 0)
    curve = learning_curve(values, np.random.default_rng(0))
    assert curve.method == "exponential"
    assert curve.plateau == pytest.approx(90.0, abs=0.5)
    assert curve.tau == pytest.approx(5.0, rel=0.05)
    assert np.allclose(curve.mean, truth, atol=1.0)


def test_a_falling_measure_is_found_as_well():
    _, values = learner(30, 60.0, -100.0, 4.0, 3.0, 1)
    curve = learning_curve(values, np.random.default_rng(0))
    assert curve.plateau == pytest.approx(60.0, abs=5.0)
    assert curve.mean[0] > curve.mean[-1] + 50.0


def test_the_band_holds_the_truth_about_as_often_as_it_says():
    held = []
    for seed in range(40):
        truth, values = learner(20, 90.0, 50.0, 5.0, 5.0, seed)
        curve = learning_curve(values, np.random.default_rng(seed))
        held.append(np.mean((curve.low <= truth) & (truth <= curve.high)))
    assert 0.88 <= np.mean(held) <= 0.995


def test_a_noisier_learner_has_a_wider_band():
    widths = []
    for noise in (1.0, 8.0):
        _, values = learner(20, 90.0, 50.0, 5.0, noise, 3)
        curve = learning_curve(values, np.random.default_rng(0))
        widths.append(np.mean(curve.high - curve.low))
    assert widths[1] > 3.0 * widths[0]


def test_the_same_tries_and_seed_give_the_same_band():
    _, values = learner(12, 90.0, 50.0, 5.0, 5.0, 0)
    a, b = (learning_curve(values, np.random.default_rng(0)) for _ in range(2))
    assert np.array_equal(a.low, b.low)


def test_few_tries_give_a_running_mean_and_say_so():
    curve = learning_curve([10.0, 20.0, 60.0, 70.0], np.random.default_rng(0))
    assert curve.method == "running mean"
    assert curve.mean == pytest.approx([10.0, 15.0, 30.0, 50.0])
    assert np.all(curve.low < curve.mean)
    assert np.all(curve.mean < curve.high)
    assert curve.plateau is None
    assert learning_curve([1.0] * LEAST_TRIES, np.random.default_rng(0)).method == "exponential"


@pytest.mark.parametrize("values", [[], [5.0]])
def test_one_try_is_no_curve(values):
    curve = learning_curve(values, np.random.default_rng(0))
    assert curve.method == "none"
    assert len(curve.mean) == len(values)


def test_tries_that_are_all_alike_are_a_flat_curve():
    curve = learning_curve([70.0] * 12, np.random.default_rng(0))
    assert curve.mean == pytest.approx([70.0] * 12)
    assert curve.plateau == pytest.approx(70.0)


def test_points_are_of_all_tries_and_time_of_the_passed_ones():
    tries = [attempt(0, success=False, points=20.0, measures={"time": 300.0}), attempt(1, points=None), attempt(2)]
    assert series(tries, "points") == (20.0, 80.0)
    assert series(tries, "time") == (60.0, 60.0)


def test_the_past_is_last_best_and_median():
    assert past([70.0, 50.0, 60.0], "lower").best == 50.0
    assert past([70.0, 50.0, 60.0], "higher").best == 70.0
    found = past([70.0, 50.0, 60.0], "")
    assert (found.last, found.best, found.median) == (60.0, None, 60.0)
    assert past([], "higher") is None


@pytest.mark.parametrize(
    ("own", "better", "percentile"), [(75.0, "higher", 75.0), (75.0, "lower", 25.0), (70.0, "higher", 62.5)]
)
def test_the_percentile_is_the_share_of_others_that_do_worse(own, better, percentile):
    others = {"a": [10.0], "b": [0.0, 0.0, 40.0, 50.0, 60.0], "c": [70.0], "d": [99.0], "e": []}
    found = peers([0.0, own, own], others, better)
    assert found.people == 4
    assert found.percentile == percentile


def test_nobody_is_compared_with_nobody():
    assert peers([50.0], {}, "higher").percentile is None
    assert peers([], {"a": [1.0]}, "higher") is None


def test_points_are_better_higher_and_times_lower():
    assert (better_of("points", ()), better_of("time", ()), better_of("sparc", ())) == ("higher", "lower", "")
