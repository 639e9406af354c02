"""The evaluation set repeats bit for bit, its splits never mix, and hands move and tremble as hands do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import periodogram

from control.tremor import SCALES, records, stationary
from control.tremor.draws import ROOT, STRIPS, Draws
from control.tremor.scales import scale_named
from control.tremor.voluntary import KINDS, voluntary
from robotics.errors import ArgumentError, UnknownNameError

SHORT = 6.0


@pytest.mark.parametrize("make", [records, stationary])
@pytest.mark.parametrize("scale", list(SCALES))
def test_the_same_record_comes_out_bit_for_bit_whatever_else_is_made(make, scale):
    many = make(scale, "test", 3, seconds=SHORT)
    alone = make(scale, "test", 1, first=2, seconds=SHORT)[0]
    for name in ("voluntary", "tremor", "measured", "holds"):
        np.testing.assert_array_equal(getattr(many[2], name), getattr(alone, name))
    assert not np.array_equal(many[1].measured, many[2].measured)


@given(key=st.integers(0, 10**6), other=st.integers(0, 10**6))
@settings(max_examples=50, deadline=None)
def test_no_parameter_of_one_split_is_ever_drawn_by_the_other(key, other):
    train, test = Draws("train", key), Draws("test", other)
    for draws in (train, test):
        for _ in range(40):
            draws.uniform((3.0, 8.0))
            draws.log_uniform((1e-3, 1.0))
            draws.direction(3)
    strips = [{int(2 * STRIPS * share) for share in draws.taken} for draws in (train, test)]
    assert strips[0] <= set(range(0, 2 * STRIPS, 2))
    assert strips[1] <= set(range(1, 2 * STRIPS, 2))


def test_the_random_numbers_of_the_splits_come_from_different_seeds():
    states = set()
    for split in ("train", "test"):
        for index in range(50):
            states.add(Draws(split, 0, 0, index).rng.bit_generator.state["state"]["state"])
    assert len(states) == 100
    assert np.random.default_rng(ROOT).bit_generator.state["state"]["state"] not in states


def test_both_splits_cover_a_range_alike():
    for split in ("train", "test"):
        draws = Draws(split, 9)
        shares = np.array([draws.share() for _ in range(4000)])
        assert shares.mean() == pytest.approx(0.5, abs=0.02)
        assert shares.min() < 0.04
        assert shares.max() > 0.96


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("scale", list(SCALES))
def test_voluntary_motion_starts_at_rest_and_moves_as_hands_can(kind, scale):
    speed_limit, acceleration_limit = {"surgical": (0.2, 4.0), "rehab": (1.5, 15.0)}[scale]
    for index in range(3):
        x, still = voluntary(kind, scale_named(scale).voluntary, Draws("train", 5, index), 12_000, 3, 1000.0)
        speed = np.linalg.norm(np.diff(x, axis=0), axis=1) * 1000.0
        acceleration = np.linalg.norm(np.diff(x, 2, axis=0), axis=1) * 1e6
        assert np.all(x[0] == 0.0)
        assert speed.max() < speed_limit
        assert acceleration.max() < acceleration_limit
        if still.any():
            # A hold is not the drift's doing alone: the tail of the movement before it has all but died down.
            assert np.percentile(speed[still[1:]], 90) < 0.1 * speed.max()


def test_holds_are_still_but_for_a_slow_wander():
    record = records("surgical", "train", 1, first=2, seconds=20.0)[0]
    assert record.kind == "holds"
    assert record.holds.mean() > 0.5
    speed = np.linalg.norm(np.gradient(record.voluntary, axis=0), axis=1) * 1000.0
    assert speed[record.holds].max() < 0.25 * speed.max()


@pytest.mark.parametrize("scale", list(SCALES))
def test_ninety_nine_percent_of_voluntary_power_lies_below_two_hertz(scale):
    for record in records(scale, "train", 4, seconds=20.0):
        frequency, power = periodogram(record.voluntary, 1000.0, "hann", detrend="linear", axis=0)
        power = power.sum(axis=1)
        assert power[frequency < 2.0].sum() > 0.989 * power.sum()


@pytest.mark.parametrize(
    ("scale", "low_m", "high_m", "low_hz", "high_hz"),
    [("surgical", 30e-6, 115e-6, 7.0, 13.0), ("rehab", 0.4e-3, 2.6e-3, 2.5, 12.5)],
)
def test_tremor_has_the_size_and_the_frequencies_of_its_scale(scale, low_m, high_m, low_hz, high_hz):
    for record in records(scale, "test", 6, seconds=12.0):
        assert low_m < np.sqrt(np.mean(record.tremor**2)) < high_m
        power = np.sum(np.abs(np.fft.rfft(record.tremor, axis=0)) ** 2, axis=1)
        frequency = np.fft.rfftfreq(len(record.tremor), 1e-3)
        assert low_hz < frequency[np.argmax(power)] < high_hz


def test_the_sensor_adds_its_noise_and_reads_in_whole_steps():
    record, scale = records("surgical", "test", 1, seconds=SHORT)[0], SCALES["surgical"]
    steps = record.measured / scale.step_m
    np.testing.assert_allclose(steps, np.round(steps), atol=1e-6)
    noise = record.measured - record.voluntary - record.tremor
    assert noise.std() == pytest.approx(np.hypot(scale.noise_m, scale.step_m / np.sqrt(12.0)), rel=0.03)


@pytest.mark.parametrize(("axes", "rate_hz"), [(1, 250.0), (2, 1000.0), (7, 100.0)])
def test_any_number_of_axes_and_any_rate_is_made(axes, rate_hz):
    for record in [*records("rehab", "train", 6, seconds=3.0, axes=axes, rate_hz=rate_hz),
                   *stationary("rehab", "train", 2, seconds=3.0, axes=axes, rate_hz=rate_hz)]:  # fmt: skip
        assert record.measured.shape == (round(3.0 * rate_hz), axes)
        assert np.isfinite(record.measured).all()


def test_what_cannot_be_made_is_refused():
    with pytest.raises(UnknownNameError, match="choose one of: rehab, surgical"):
        records("dental", "test", 1)
    with pytest.raises(UnknownNameError, match="choose one of: test, train"):
        records("rehab", "validation", 1)
    for bad in ({"count": 0}, {"count": 1, "axes": 0}, {"count": 1, "seconds": 0.0}, {"count": 1, "first": -1}):
        with pytest.raises(ArgumentError):
            records("rehab", "test", **bad)
