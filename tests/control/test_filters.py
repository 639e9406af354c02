"""Every filter in the folder keeps the contract; the classical ones do what their papers say."""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba.core.dispatcher import Dispatcher
from numba.core.runtime import rtsys
from numba.core.runtime._nrt_python import memsys_enable_stats

from control.filters import available, create, describe
from control.filters.butterworth import Butterworth
from control.filters.hand import HandFilter
from control.filters.one_euro import OneEuro
from robotics.contracts import Trust
from robotics.errors import ArgumentError, ConfigError, UnknownNameError


def gain(filter_, frequency_hz: float, rate_hz: float) -> float:
    """Measured amplitude ratio of a filter on a sine, after settling."""
    t = np.arange(int(20 * rate_hz / frequency_hz)) / rate_hz
    x = np.sin(2 * np.pi * frequency_hz * t)
    y = np.array([filter_.update([value])[0] for value in x])
    half = len(t) // 2
    basis = np.exp(-2j * np.pi * frequency_hz * t[half:])
    return float(abs(y[half:] @ basis) / abs(x[half:] @ basis))


def smooths(name: str) -> bool:
    """Whether a filter can be given a lag."""
    try:
        create(name, 1000.0, 1, 0.02)
    except ArgumentError:
        return False
    return True


@pytest.mark.parametrize("name", available())
@pytest.mark.parametrize("rate_hz", [100.0, 1000.0, 4000.0])
def test_a_hand_at_rest_stays_where_it_is_from_the_first_sample(name: str, rate_hz: float) -> None:
    f = create(name, rate_hz, axes=3)
    for _ in range(50):
        np.testing.assert_allclose(f.update([0.3, -0.2, 0.1]), [0.3, -0.2, 0.1], atol=1e-12)


@pytest.mark.parametrize("name", available())
@given(bad=st.sampled_from([np.nan, np.inf, -np.inf]), axis=st.integers(0, 2))
@settings(max_examples=10, deadline=None)
def test_a_sample_that_is_not_finite_is_refused_and_changes_nothing(name: str, bad: float, axis: int) -> None:
    clean, poked = create(name, 1000.0, 3), create(name, 1000.0, 3)
    rng = np.random.default_rng(1)
    for x in np.cumsum(rng.normal(0, 1e-4, (40, 3)), axis=0):
        broken = x.copy()
        broken[axis] = bad
        with pytest.raises(ArgumentError, match="not finite"):
            poked.update(broken)
        np.testing.assert_array_equal(clean.update(x), poked.update(x))


@pytest.mark.parametrize("name", available())
@given(seed=st.integers(0, 10**6))
@settings(max_examples=10, deadline=None)
def test_output_never_leaves_the_range_of_the_motion_by_more_than_a_tenth(name: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    f = create(name, 1000.0, 2)
    x = np.cumsum(np.cumsum(rng.normal(0, 1e-6, (1500, 2)), axis=0), axis=0)
    y = np.array([f.update(row) for row in x])
    span = x.max(axis=0) - x.min(axis=0)
    assert np.all(y <= x.max(axis=0) + 0.1 * span)
    assert np.all(y >= x.min(axis=0) - 0.1 * span)


@pytest.mark.parametrize("name", available())
def test_reset_makes_a_filter_new(name: str) -> None:
    f, fresh = create(name, 1000.0, 1), create(name, 1000.0, 1)
    for k in range(100):
        f.update([0.001 * k])
    f.reset()
    for k in range(100):
        x = [0.01 * np.sin(0.01 * k)]
        np.testing.assert_array_equal(f.update(x), fresh.update(x))


@pytest.mark.parametrize("name", available())
def test_the_stated_delay_bounds_the_lag_behind_slow_motion(name: str) -> None:
    f = create(name, 1000.0, 1)
    speed = 1e-3
    for k in range(4000):
        y = f.update([speed * k / 1000.0])
    lag = 3.999 - y[0] / speed
    assert -1e-3 <= lag <= f.delay() + 1e-3


JUDGING = [name for name in available() if hasattr(create(name, 1000.0, 1), "limit")]
"""Filters that look for a tremor and take it away, within a bound of the correction; the others are low-passes."""

ALONE = [name for name in available() if name not in {"default", "one_euro", "one_euro_rehab"}]
"""Filters of single axes. The one-euro filter opens to the speed of all of them, the default hears them together."""

LAGS = [(name, lag_s) for name in JUDGING for lag_s in ((None, 0.02) if smooths(name) else (None,))]
"""The same, and again with a lag, where they can smooth."""


def hand(name: str, rate_hz: float, seconds: float, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Voluntary motion and tremor of a filter's own scale, each shape (samples,) [m]; the same at each rate."""
    rng = np.random.default_rng(seed)
    reach, rms, hz = (60e-3, 1.5e-3, 5.3) if name.endswith("_rehab") else (5e-3, 80e-6, 9.4)
    t = np.arange(int(seconds * rate_hz)) / rate_hz
    meant = sum(rng.normal() * np.sin(2 * np.pi * (f * t + rng.random())) for f in rng.uniform(0.1, 0.8, 8))
    tremor = np.sqrt(2) * rms * np.sin(2 * np.pi * hz * t + 0.3 * np.sin(2 * np.pi * 0.3 * t))
    return reach / 8 * (meant - meant[0]), tremor


def run(name: str, x: np.ndarray, rate_hz: float) -> np.ndarray:
    f = create(name, rate_hz, 1)
    return np.array([f.update([value])[0] for value in x])


@pytest.mark.parametrize("name", available())
@given(seed=st.integers(0, 10**6))
@settings(max_examples=4, deadline=None)
def test_voluntary_motion_passes_with_a_gain_near_one(name: str, seed: int) -> None:
    meant, _ = hand(name, 500.0, 12.0, seed)
    y = run(name, meant, 500.0)
    settled = slice(1000, None)
    assert 0.8 <= y[settled].std() / meant[settled].std() <= 1.1


def wild(seed: int, size: float, samples: int = 2500, rate_hz: float = 500.0) -> np.ndarray:
    """Noise, a shake and a jump such as no hand makes, shape (samples, 2) [m]."""
    rng = np.random.default_rng(seed)
    t = np.arange(samples)[:, None] / rate_hz
    x = size * (rng.normal(size=(samples, 2)) + np.sin(2 * np.pi * rng.uniform(3, 15, 2) * t))
    x[samples // 2 :] += size * rng.normal(size=2) * 5
    return x


@pytest.mark.parametrize("name", available())
@given(seed=st.integers(0, 10**6), size=st.sampled_from([1e-4, 1e-2, 1.0]), square=st.booleans())
@settings(max_examples=6, deadline=None)
def test_no_motion_however_wild_takes_the_output_past_the_stated_bound(
    name: str, seed: int, size: float, square: bool
) -> None:
    x = wild(seed, size)
    if square:
        x = size * np.sign(x)
    f = create(name, 500.0, 2)
    y = np.array([f.update(row) for row in x])
    low, high = np.minimum.accumulate(x), np.maximum.accumulate(x)
    most = np.vectorize(f.bound)(high - low)
    assert np.all(np.isfinite(y))
    assert np.all(np.maximum(y - high, low - y) <= most * (1 + 1e-9) + 1e-12 * size)


@pytest.mark.parametrize("order", [2, 5, 9])
def test_the_bound_of_butterworth_is_reached_by_the_worst_motion(order: int) -> None:
    f = Butterworth(12.0, order, rate_hz=1000.0, axes=1)
    heard = np.array([f.update([value])[0] for value in [0.0, 1.0, *np.zeros(1200)]])[1:]
    worst = Butterworth(12.0, order, rate_hz=1000.0, axes=1)
    for value in (heard >= 0.0)[::-1]:
        y = worst.update([float(value)])
    assert y[0] - 1.0 == pytest.approx(worst.bound(1.0), rel=1e-3)


@pytest.mark.parametrize(("name", "lag_s"), LAGS)
@given(seed=st.integers(0, 10**6), size=st.sampled_from([1e-4, 1e-2, 1.0]))
@settings(max_examples=6, deadline=None)
def test_no_motion_however_wild_is_corrected_beyond_the_limit(
    name: str, lag_s: float | None, seed: int, size: float
) -> None:
    x = wild(seed, size)
    f = create(name, 500.0, 2, lag_s)
    y = np.array([f.update(row) for row in x])
    late = round((lag_s or 0.0) * 500.0)
    assert np.all(np.isfinite(y))
    assert np.abs(y[late:] - x[: len(x) - late]).max() <= f.limit * (1 + 1e-9) + 1e-15 * size


@pytest.mark.parametrize("name", [name for name in JUDGING if name != "default"])
def test_a_tremor_past_the_limit_is_corrected_by_the_limit(name: str) -> None:
    _, tremor = hand(name, 1000.0, 6.0)
    f = create(name, 1000.0, 1)
    x = 20 * tremor
    y = np.array([f.update([value])[0] for value in x])
    assert np.abs(y - x).max() == pytest.approx(f.limit)


@pytest.mark.parametrize("name", available())
def test_the_same_motion_gives_the_same_bits(name: str) -> None:
    meant, tremor = hand(name, 1000.0, 3.0)
    np.testing.assert_array_equal(run(name, meant + tremor, 1000.0), run(name, meant + tremor, 1000.0))


@pytest.mark.parametrize("name", available())
def test_a_filter_does_the_same_at_every_rate(name: str) -> None:
    outputs = []
    for rate_hz in (250.0, 1000.0, 4000.0):
        meant, tremor = hand(name, rate_hz, 6.0)
        # The clock of the slowest, at the end of its hold: a filter can know nothing of what came in between.
        outputs.append(run(name, meant + tremor, rate_hz)[:: int(rate_hz / 250)])
    scale = tremor[: 6 * 4000].std()
    for other in (outputs[0], outputs[2]):
        assert (other - outputs[1])[1000:].std() < 0.15 * scale


@pytest.mark.parametrize("name", ALONE)
def test_an_axis_is_filtered_as_if_it_were_alone(name: str) -> None:
    meant, tremor = hand(name, 1000.0, 3.0)
    other, _ = hand(name, 1000.0, 3.0, seed=9)
    f = create(name, 1000.0, 3)
    x = np.stack([other, meant + tremor, 10 * tremor], axis=1)
    together = np.array([f.update(row) for row in x])
    np.testing.assert_array_equal(together[:, 1], run(name, x[:, 1], 1000.0))


@pytest.mark.parametrize("name", JUDGING)
def test_a_tremor_is_found_and_most_of_it_taken_away(name: str) -> None:
    meant, tremor = hand(name, 1000.0, 8.0)
    f = create(name, 1000.0, 1)
    assert f.trust() is Trust.SETTLING
    y = np.array([f.update([value])[0] for value in meant + tremor])
    assert f.trust() is Trust.TRUSTED
    # Least mean squares on a grid are blind half-way between two of its frequencies.
    most = 0.9 if name.startswith("bmflc") and "kalman" not in name else 0.7
    assert (y - meant)[3000:].std() < most * tremor.std()


@pytest.mark.parametrize("name", available())
def test_an_axis_at_rest_stays_at_rest_whatever_the_others_do(name: str) -> None:
    meant, tremor = hand(name, 1000.0, 6.0)
    f = create(name, 1000.0, 3)
    x = np.stack([meant + tremor, np.zeros_like(meant), meant - 2 * tremor], axis=1)
    y = np.array([f.update(row) for row in x])
    assert np.abs(y[:, 1]).max() < 0.01 * tremor.std()


@pytest.mark.parametrize("name", available())
@pytest.mark.parametrize("rate_hz", [250.0, 1000.0])
def test_a_steady_hand_without_tremor_passes_as_it_is(name: str, rate_hz: float) -> None:
    f = create(name, rate_hz, 1)
    t = np.arange(round(6 * rate_hz)) / rate_hz
    x = 1e-3 * np.sin(2 * np.pi * 0.2 * t)
    y = np.array([f.update([value])[0] for value in x])
    assert f.trust() is (Trust.NO_TREMOR if name in JUDGING else Trust.TRUSTED)
    fastest = 1e-3 * 2 * np.pi * 0.2
    assert np.abs(y - x)[round(3 * rate_hz) :].max() < f.delay() * fastest + 1e-6


@pytest.mark.parametrize("name", JUDGING)
def test_where_there_is_no_tremor_noise_costs_the_motion_nothing(name: str) -> None:
    rng = np.random.default_rng(4)
    f = create(name, 1000.0, 3)
    t = np.arange(8000)[:, None] / 1000.0
    meant = 1e-3 * np.sin(2 * np.pi * 0.2 * t + np.arange(3))
    noise = rng.normal(0.0, 2e-6, meant.shape)
    y = np.array([f.update(row) for row in meant + noise])
    assert f.trust() is Trust.NO_TREMOR
    assert (y - meant)[4000:].std() <= 1.001 * noise.std()


@pytest.mark.parametrize("name", available())
def test_a_sample_makes_no_array(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Numba makes a handle of each array that Python hands to a kernel; a kernel that makes an array makes one more."""
    f, y = create(name, 1000.0, 3), np.empty(3)
    x = np.random.default_rng(0).normal(0.0, 1e-4, (1500, 3)).cumsum(axis=0)
    for row in x[:500]:
        f.update(row, y)
    handles = 0

    def counting(kernel: Dispatcher) -> Callable[..., object]:
        def call(*values: object) -> object:
            nonlocal handles
            handles += sum(isinstance(value, np.ndarray) for value in values)
            return kernel(*values)

        return call

    for module in [module for at, module in sys.modules.items() if at.startswith("control.filters")]:
        for at, value in vars(module).items():
            if isinstance(value, Dispatcher):
                monkeypatch.setattr(module, at, counting(value))
    memsys_enable_stats()
    before = rtsys.get_allocation_stats()
    for row in x[500:]:
        f.update(row, y)
    made = rtsys.get_allocation_stats().mi_alloc - before.mi_alloc
    assert made == handles > 0


@pytest.mark.parametrize("name", JUDGING)
def test_a_tremor_that_comes_and_goes_leaves_no_jump_in_the_correction(name: str) -> None:
    meant, tremor = hand(name, 1000.0, 9.0)
    t = np.arange(len(meant)) / 1000.0
    tremor = tremor * ((t > 3.0) & (t < 6.0))
    y = run(name, meant + tremor, 1000.0)
    # Four times the fastest that a tremor of this size itself moves in a sample; its peak is sixteen times that.
    steepest = np.abs(np.diff(tremor)[(t[1:] > 3.1) & (t[1:] < 5.9)]).max()
    leaps = np.abs(np.diff(tremor)) > steepest
    about = np.convolve(leaps, np.ones(5))[: len(leaps)] > 0  # into a leap the default eases for some milliseconds
    assert np.abs(np.diff(meant + tremor - y))[~about].max() < 4.0 * steepest
    assert np.abs(np.diff(y)).max() < 2.0 * np.abs(np.diff(meant + tremor)).max()


@pytest.mark.parametrize("name", available())
def test_a_reset_at_a_sample_starts_there(name: str) -> None:
    meant, tremor = hand(name, 1000.0, 2.0)
    f = create(name, 1000.0, 1)
    for value in meant + tremor:
        f.update([value])
    f.reset([0.25])
    assert f.update([0.25])[0] == pytest.approx(0.25, abs=1e-12)


@pytest.mark.parametrize("order", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("cutoff_hz", [3.0, 25.0])
def test_butterworth_is_3_db_down_at_its_cutoff(order: int, cutoff_hz: float) -> None:
    f = Butterworth(cutoff_hz, order, rate_hz=1000.0, axes=1)
    assert 20 * np.log10(gain(f, cutoff_hz, 1000.0)) == pytest.approx(-3.0103, abs=0.02)


def test_butterworth_falls_by_its_order_per_decade() -> None:
    f = Butterworth(2.0, 2, rate_hz=4000.0, axes=1)
    assert 20 * np.log10(gain(f, 20.0, 4000.0)) == pytest.approx(-40.0, abs=0.3)


def test_one_euro_is_a_first_order_low_pass_at_rest_and_opens_with_speed() -> None:
    still = OneEuro(1.0, 0.0, 1.0, rate_hz=1000.0, axes=1)
    assert gain(still, 10.0, 1000.0) == pytest.approx(0.1, rel=0.06)
    lags = []
    for beta in (0.0, 100.0):
        f = OneEuro(1.0, beta, 1.0, rate_hz=1000.0, axes=1)
        for k in range(3000):
            y = f.update([0.1 * k / 1000.0])
        lags.append(0.1 * 2.999 - y[0])
    assert lags[1] < lags[0] / 8


def test_a_hand_that_turns_past_the_wrap_is_followed_without_a_jump() -> None:
    f = HandFilter("butterworth", 1000.0)
    out, last = np.zeros(7), None
    for k in range(4000):
        angle = np.pi * k / 1000.0
        sign = 1.0 if k % 3 else -1.0  # either quaternion of the double cover is a fair answer of a device
        pose = np.array([0, 0, 0, sign * np.cos(angle / 2), 0, 0, sign * np.sin(angle / 2)])
        f.update(pose, out)
        assert np.linalg.norm(out[3:]) == pytest.approx(1.0)
        if last is not None:
            assert abs(out[3:] @ last) > np.cos(np.pi / 1000.0)
        last = out[3:].copy()


def test_unknown_names_list_the_choices() -> None:
    with pytest.raises(UnknownNameError, match=r"butterworth, .*none, one_euro"):
        create("kalmann", 1000.0, 3)


def test_every_filter_says_in_a_sentence_what_it_is() -> None:
    assert all(len(describe(name)) > 10 for name in available())


def test_a_bad_config_names_file_key_and_value(tmp_path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('kind = "butterworth"\ncutoff_hz = -2.0\n')
    with pytest.raises(ConfigError, match=r"mine\.toml: cutoff_hz: .*-2\.0"):
        create(str(path), 1000.0, 3)
    path.write_text('kind = "wiener"\n')
    with pytest.raises(ConfigError, match=r"unknown filter kind 'wiener'; choose one of: .*butterworth"):
        create(str(path), 1000.0, 3)


@pytest.mark.parametrize(("rate_hz", "axes"), [(50.0, 3), (5000.0, 3), (1000.0, 0)])
def test_rates_and_axes_out_of_range_are_refused(rate_hz: float, axes: int) -> None:
    with pytest.raises(ArgumentError):
        create("none", rate_hz, axes)
