import numpy as np
import pytest

from control.tremor.bound import bound
from control.tremor.linear import LinearHand
from control.tremor.oscillators import Oscillators
from vr_training.scoring.causal_bound import bound_of

RATE_HZ = 1000.0


def trembling(jerk_psd, rng, own=0.4, rms_m=35e-6):
    """A hand with two lines of tremor, a part of them common to the axes."""
    size = rms_m * np.sqrt(2.0) * np.array([0.8, 0.6])
    phase = np.exp(2j * np.pi * rng.random((3, 2)))
    bank = Oscillators(
        np.array([8.8, 10.6]),
        np.array([1.0, 2.0]),
        np.sqrt(1.0 - own) * size * phase,
        np.sqrt(own) * size * np.ones((3, 2)),
    )
    return LinearHand(RATE_HZ, jerk_psd, bank, 1e-6, 0.2)


@pytest.mark.parametrize("jerk_psd", [1e-4, 1e-3, 1e-2, 1e-1])
def test_the_bound_fitted_to_a_record_of_the_model_is_that_of_the_model(jerk_psd):
    rng = np.random.default_rng(3)
    hand = trembling(jerk_psd, rng)
    fitted = bound_of([sum(hand.draw(rng, 15_000)) for _ in range(2)], RATE_HZ)
    true = bound(hand)
    assert fitted.decibels == pytest.approx(true.decibels, abs=1.0)
    assert fitted.raw_m == pytest.approx(np.sqrt(3.0) * true.raw_m, rel=0.25)
    assert fitted.hands[0].noise_m == pytest.approx(hand.noise_m, rel=0.5)
    assert sum(fitted.shares) == pytest.approx(1.0)


def test_the_spectrum_of_the_least_error_adds_up_to_it():
    rng = np.random.default_rng(4)
    fitted = bound_of([sum(trembling(1e-3, rng).draw(rng, 15_000))], RATE_HZ)
    f = np.geomspace(0.05, 499.0, 3000)
    assert np.sqrt(np.trapezoid(fitted.spectrum(f), f)) == pytest.approx(fitted.error_m, rel=0.02)


def test_a_hand_that_moves_slowly_can_be_made_steadier():
    rng = np.random.default_rng(5)
    slow, fast = (bound_of([sum(trembling(psd, rng).draw(rng, 15_000))], RATE_HZ) for psd in (1e-4, 1e-1))
    assert slow.decibels > fast.decibels + 3.0


def test_the_scale_of_the_motion_does_not_matter():
    rng = np.random.default_rng(6)
    x = sum(trembling(1e-3, rng).draw(rng, 10_000))
    full, quarter = bound_of([x], RATE_HZ), bound_of([0.25 * x], RATE_HZ)
    assert quarter.decibels == pytest.approx(full.decibels, abs=0.05)
    assert quarter.error_m == pytest.approx(0.25 * full.error_m, rel=0.01)


def test_a_hand_without_tremor_has_no_bound():
    rng = np.random.default_rng(7)
    calm = trembling(1e-3, rng, rms_m=0.0).draw(rng, 10_000)
    assert bound_of([calm[0] + calm[2]], RATE_HZ) is None
    assert bound_of([], RATE_HZ) is None
    assert bound_of([np.zeros((2000, 3))], RATE_HZ) is None
