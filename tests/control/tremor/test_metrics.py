"""Metrics give what is known beforehand: nothing for doing nothing, the known figure for a known filter."""

from __future__ import annotations

import numpy as np
import pytest

from control.tremor import records
from control.tremor.metrics import band_pass, decibels, delay, inner, reference, score, shifted
from control.tremor.records import Record

RATE = 1000.0


@pytest.fixture(scope="module")
def record():
    return records("surgical", "train", 1, seconds=16.0)[0]


def late(x, samples):
    return np.concatenate((np.repeat(x[:1], samples, axis=0), x[:-samples]))


def test_doing_nothing_takes_nothing_away_and_is_not_late(record):
    found = score(reference(record), record.measured)
    assert found.attenuation_db == pytest.approx(0.0, abs=1e-9)
    assert found.hold_db == pytest.approx(0.0, abs=1e-9)
    assert found.error_ratio == pytest.approx(1.0)
    assert found.delay_s == pytest.approx(0.0, abs=1e-3)
    assert found.hold_rms_m == pytest.approx(found.raw_hold_rms_m)


@pytest.mark.parametrize("left", [0.5, 0.1, 2.0])
def test_a_known_share_of_the_error_gives_the_known_decibels(record, left):
    y = record.voluntary + left * (record.measured - record.voluntary)
    found = score(reference(record), y)
    expected = -20.0 * np.log10(left)
    assert found.attenuation_db == pytest.approx(expected, abs=1e-6)
    assert found.hold_db == pytest.approx(expected, abs=1e-6)
    assert found.error_ratio == pytest.approx(left)


def test_the_perfect_filter_leaves_no_error(record):
    found = score(reference(record), record.voluntary)
    assert found.attenuation_db > 200.0
    assert found.error_ratio == 0.0


@pytest.mark.parametrize("samples", [1, 20, 38, 120])
def test_a_pure_delay_is_found_and_taken_out_again(record, samples):
    y = late(record.voluntary, samples)
    found = score(reference(record), y)
    assert found.delay_s == pytest.approx(samples / RATE, abs=2e-4)
    assert found.aligned_ratio < 0.02
    assert found.error_ratio > found.aligned_ratio


def test_an_allowed_lag_is_not_held_against_a_filter(record):
    y = late(record.voluntary, 20)
    known = reference(record)
    assert score(known, y, 0.02).error_ratio < 1e-9
    assert score(known, y).error_ratio > 0.3


def test_a_hand_that_hardly_moves_tells_no_delay():
    record = records("surgical", "train", 1, first=2, seconds=12.0)[0]
    assert np.isnan(score(reference(record), record.measured).delay_s)


def test_a_delay_between_two_samples_is_found():
    time = np.arange(12_000) / RATE
    v = np.stack([np.sin(2.0 * np.pi * 0.5 * time), np.sin(2.0 * np.pi * 0.3 * time)], axis=1)
    y = np.stack([np.sin(2.0 * np.pi * 0.5 * (time - 0.0304)), np.sin(2.0 * np.pi * 0.3 * (time - 0.0304))], axis=1)
    assert delay(v, y, time > 1.0, RATE) == pytest.approx(0.0304, abs=1e-5)


def test_the_start_and_the_holds_edges_do_not_count(record):
    known = reference(record)
    y = record.measured.copy()
    y[:2500] += 1.0
    changed = score(known, y)
    assert changed.error_ratio == pytest.approx(1.0)
    begins = np.flatnonzero(np.diff(record.holds.astype(int)) == 1) + 1
    for begin in begins[begins > 4000]:
        assert not known.held[begin : begin + 299].any()


@pytest.mark.parametrize(("hertz", "kept"), [(0.5, 0.0), (1.0, 0.0), (3.0, 0.5), (7.0, 1.0), (15.0, 0.5), (40.0, 0.0)])
def test_the_band_is_kept_in_phase_and_nothing_else(hertz, kept):
    time = np.arange(20_000) / RATE
    x = np.sin(2.0 * np.pi * hertz * time)[:, None]
    y = band_pass(x, RATE)[5000:15_000]
    np.testing.assert_allclose(y, kept * x[5000:15_000], atol=0.02)


def test_slow_errors_a_thousand_times_larger_stay_out_of_the_band():
    time = np.arange(16_000) / RATE
    tremor = 1e-4 * np.sin(2.0 * np.pi * 9.0 * time)[:, None]
    slow = 0.1 * np.sin(2.0 * np.pi * 0.4 * time)[:, None]
    inside = (time > 4.0) & (time < 15.0)
    assert decibels(band_pass(tremor, RATE), band_pass(tremor + slow, RATE), inside) == pytest.approx(0.0, abs=0.05)


def test_shifting_forward_undoes_a_delay():
    x = np.cumsum(np.ones((100, 1)), axis=0)
    np.testing.assert_allclose(shifted(x, 2.5)[:90], x[:90] + 2.5)


def test_stretches_lose_their_ends_and_short_ones_vanish():
    mask = np.zeros(40, dtype=bool)
    mask[5:20] = mask[30:34] = True
    np.testing.assert_array_equal(np.flatnonzero(inner(mask, 3, 2)), np.arange(8, 18))


def test_axes_are_pooled_by_power():
    n = 8000
    time = np.arange(n) / RATE
    tremor = np.stack([np.sin(2 * np.pi * 9 * time), 0.1 * np.sin(2 * np.pi * 9 * time)], axis=1) * 1e-4
    zeros = np.zeros((n, 2))
    made = Record("two", "surgical", "holds", RATE, zeros, tremor, tremor, np.ones(n, dtype=bool))
    y = tremor.copy()
    y[:, 1] = 0.0
    # Taking all of the weak axis away takes a hundredth of the power.
    assert score(reference(made), y).attenuation_db == pytest.approx(10.0 * np.log10(1.01), abs=1e-3)
