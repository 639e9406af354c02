"""The bound is what theory says, a Kalman filter reaches it, and nothing beats it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from control.tremor import stationary
from control.tremor.bound import apart, bound, bounds, error_spectrum, steady_state
from control.tremor.linear import UNIT, LinearHand
from control.tremor.oscillators import Oscillators
from robotics.errors import ArgumentError


def hand(jerk_um: float, axes: int = 1, own: float = 1.0) -> LinearHand:
    """Tremor of 70 um at 8.5 and 10.5 Hz, 1 and 2 Hz wide, half of the power in each; 4 um of noise."""
    amplitude = 70e-6 * np.ones((axes, 2))
    bank = Oscillators(
        centre_hz=np.array([8.5, 10.5]),
        linewidth_hz=np.array([1.0, 2.0]),
        shared=amplitude * np.sqrt(1.0 - own) * np.exp(1j * np.arange(2 * axes).reshape(axes, 2)),
        own=amplitude * np.sqrt(own),
    )
    return LinearHand(1000.0, 1e-12 * jerk_um, bank, 4e-6)


def optimal(record) -> np.ndarray:
    """Output of the Kalman filter that knows the record's statistics."""
    found = steady_state(record.stationary)
    system = found.system
    gain = system.V @ found.P @ system.H.T @ np.linalg.inv(found.S)
    x, y = np.zeros(len(found.P)), np.empty_like(record.measured)
    for k, measured in enumerate(record.measured / UNIT):
        surprise = measured - system.H @ x
        y[k] = system.V @ x + gain @ surprise
        x = system.F @ x + found.K @ surprise
    return UNIT * y


@pytest.mark.parametrize(
    ("jerk_um", "at_once", "after_20_ms"),
    [(1e6, 14.5, 15.6), (1e8, 10.5, 12.9), (1e10, 6.5, 11.2), (4e11, 4.1, 8.2)],
)
def test_the_bound_agrees_with_figures_worked_out_elsewhere(jerk_um, at_once, after_20_ms):
    # Neither the share of power of the oscillators nor one-sided or two-sided was stated there: half each and one-sided
    # come closest, within 0.5 dB.
    found = bounds(hand(jerk_um), (0.0, 0.02))
    assert found[0].decibels == pytest.approx(at_once, abs=0.55)
    assert found[1].decibels == pytest.approx(after_20_ms, abs=0.55)


def test_the_bound_of_white_noise_on_a_still_line_needs_no_computer():
    # With next to no tremor and voluntary motion the error vanishes; with motion beyond all bounds it is the noise.
    quiet = replace(hand(1e-6), tremor=replace(hand(1.0).tremor, own=1e-9 * np.ones((1, 2))))
    assert bound(quiet).ratio < 0.05
    wild = replace(quiet, jerk_psd=1e12)
    assert bound(wild).ratio == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("jerk_um", [1e6, 1e10])
def test_more_delay_never_hurts_and_more_motion_never_helps(jerk_um):
    errors = [found.error_m for found in bounds(hand(jerk_um), tuple(0.001 * k for k in range(0, 80, 5)))]
    assert np.all(np.diff(errors) < 0.0)
    assert bound(hand(10.0 * jerk_um)).error_m > bound(hand(jerk_um)).error_m


@pytest.mark.parametrize("lag_s", [0.0, 0.02])
def test_the_spectrum_of_the_error_adds_up_to_the_error(lag_s):
    frequency = np.geomspace(0.002, 499.99, 3000)
    fine = replace(hand(1e10), leak_hz=0.3)
    power = np.trapezoid(error_spectrum(fine, frequency, lag_s), frequency)
    assert np.sqrt(power) == pytest.approx(bound(fine, lag_s).error_m, rel=0.01)


@pytest.mark.parametrize("index", [1, 2, 3])
def test_the_filter_that_knows_the_hand_reaches_the_bound(index):
    record = stationary("surgical", "train", 1, first=index, seconds=40.0)[0]
    error = (optimal(record) - record.voluntary)[4000:]
    assert np.sqrt(np.mean(error**2)) == pytest.approx(bound(record.stationary).error_m, rel=0.07)


def test_axes_that_share_their_tremor_tell_on_each_other():
    together, separate = bound(hand(1e10, 3, own=0.0)), apart(hand(1e10, 3, own=0.0))
    assert together.decibels > separate.decibels + 1.0
    assert separate.decibels == pytest.approx(bound(hand(1e10)).decibels, abs=1e-6)
    assert bound(hand(1e10, 3, own=1.0)).decibels == pytest.approx(separate.decibels, abs=1e-6)


def test_a_stationary_record_has_the_power_that_its_model_says():
    for k in range(2):
        record = stationary("rehab", "train", 1, first=k, seconds=60.0)[0]
        assert np.sqrt(np.mean(record.tremor**2)) == pytest.approx(
            np.sqrt(np.mean(record.stationary.tremor_rms() ** 2)), rel=0.15
        )


def test_a_negative_lag_is_refused():
    with pytest.raises(ArgumentError, match="none may be negative"):
        bound(hand(1e8), -0.01)
