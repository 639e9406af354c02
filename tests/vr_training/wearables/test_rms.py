import numpy as np
import pytest

from vr_training.wearables.rms import FadingRms


def test_a_sine_settles_at_its_root_mean_square_and_a_constant_at_itself():
    t = np.arange(0.0, 5.0, 1e-3)
    assert FadingRms(0.5).update(2.0 * np.sin(2 * np.pi * 80.0 * t), t) == pytest.approx(np.sqrt(2.0), rel=0.01)
    assert FadingRms(0.1).update(np.full(t.size, -3.0), t) == pytest.approx(3.0)


def test_pieces_give_the_same_as_the_whole():
    rng = np.random.default_rng(1)
    t = np.cumsum(rng.uniform(1e-4, 3e-3, 1000))
    x = rng.standard_normal(1000)
    whole, pieces = FadingRms(0.05), FadingRms(0.05)
    for cut in np.split(np.arange(1000), [1, 7, 8, 500]):
        value = pieces.update(x[cut], t[cut])
    assert value == pytest.approx(whole.update(x, t))


def test_the_past_fades_by_the_time_constant():
    fading = FadingRms(0.2)
    fading.update(np.full(2000, 1.0), np.arange(2000) * 1e-3)
    assert fading.update(np.zeros(1), np.array([1.999 + 0.2])) == pytest.approx(np.sqrt(np.exp(-1.0)))
