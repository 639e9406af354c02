"""A filter is exchanged in full motion, and the output does not jump."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from control.filters import available, create
from control.filters.exchange import FADE_S, LONGEST_S, STEEPEST, WARM_S, Exchange, fade_share
from robotics.contracts import Filter, Trust, Vector
from robotics.errors import ArgumentError

RATE_HZ = 500.0
DT = 1.0 / RATE_HZ


def motion(rng: np.random.Generator, ticks: int) -> Vector:
    """A hand in motion with a tremor, shape (ticks, 3) [m]."""
    t = np.arange(ticks)[:, None] * DT
    x = sum(
        a * np.sin(2 * np.pi * f * t + rng.uniform(0, 6.28, 3))
        for f, a in [(0.3, 0.05), (1.1, 0.01), (rng.uniform(5, 12), 2e-4)]
    )
    return np.asarray(x + np.cumsum(rng.normal(0, 2e-6, (ticks, 3)), axis=0))


class Slow:
    """A filter that passes everything on and takes its time to settle."""

    def __init__(self, settles_after: float, axes: int = 3, offset: float = 0.0) -> None:
        self.axes, self._after, self._offset, self._heard = axes, settles_after, offset, 0

    def update(self, x: ArrayLike, y: Vector | None = None) -> Vector:
        self._heard += 1
        y = np.empty(self.axes) if y is None else y
        y[:] = np.asarray(x) + self._offset
        return y

    def reset(self, x: ArrayLike | None = None) -> None:
        self._heard = 0

    def delay(self) -> float:
        return 0.0

    def bound(self, span: float) -> float:
        return float("inf")

    def trust(self) -> Trust:
        return Trust.TRUSTED if self._heard >= self._after else Trust.SETTLING


def check_bounds(old: str, new: str, seed: int) -> None:
    """Exchange two filters in full motion and hold the output against both of them, running on their own."""
    rng = np.random.default_rng(seed)
    x = motion(rng, int((LONGEST_S + 2.0) * RATE_HZ))
    at = int(rng.integers(1, RATE_HZ))
    exchange = Exchange(create(old, RATE_HZ, 3), RATE_HZ)
    alone, other = create(old, RATE_HZ, 3), create(new, RATE_HZ, 3)
    y, a, b = np.zeros_like(x), np.zeros_like(x), np.full_like(x, np.nan)
    done = len(x)
    for k, row in enumerate(x):
        if k == at:
            exchange.hand_over(create(new, RATE_HZ, 3))
        exchange.update(row, y[k])
        alone.update(row, a[k])
        if k >= at:
            other.update(row, b[k])
            if not exchange.exchanging:
                done = min(done, k)
        if k == done + 50:
            break
    begun, end = done - round(FADE_S * RATE_HZ) + 1, done + 51
    assert end <= len(x)
    assert begun - at >= WARM_S * RATE_HZ - 1
    np.testing.assert_array_equal(y[:begun], a[:begun])
    np.testing.assert_array_equal(y[done + 1 : end], b[done + 1 : end])
    fade = slice(begun, done + 1)
    low, high = np.minimum(a[fade], b[fade]), np.maximum(a[fade], b[fade])
    assert np.all((y[fade] >= low - 1e-12) & (y[fade] <= high + 1e-12))
    # The stated bound: a tick moves no more than the faster of the two, plus the cross-fade's share of their distance.
    for k in range(begun, done + 1):
        faster = max(np.linalg.norm(a[k] - a[k - 1]), np.linalg.norm(b[k] - b[k - 1]))
        gap = np.linalg.norm(b[k - 1] - a[k - 1])
        assert np.linalg.norm(y[k] - y[k - 1]) <= faster + STEEPEST / FADE_S * DT * gap + 1e-12
    # Nor does the velocity jump: no more than theirs do, plus what the cross-fade adds in a tick.
    span = slice(begun - 1, done + 2)
    bend = np.linalg.norm(np.diff(y[span], 2, axis=0), axis=1).max()
    own = max(np.linalg.norm(np.diff(z[span], 2, axis=0), axis=1).max() for z in (a, b))
    gap = np.linalg.norm(b[span] - a[span], axis=1).max()
    drift = np.linalg.norm(np.diff(b[span] - a[span], axis=0), axis=1).max()
    assert bend <= own + 2 * STEEPEST / FADE_S * DT * drift + 6.0 / FADE_S**2 * DT**2 * gap + 1e-12


@pytest.mark.parametrize(("old", "new"), [*itertools.product(available(), repeat=2)])
def test_between_any_two_filters_the_output_lies_between_them_and_moves_as_they_do(old: str, new: str) -> None:
    check_bounds(old, new, seed=len(old) + 100 * len(new))


@given(old=st.sampled_from(available()), new=st.sampled_from(available()), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=12, deadline=None)
def test_so_it_does_in_any_motion_and_at_any_moment(old: str, new: str, seed: int) -> None:
    check_bounds(old, new, seed)


def test_the_share_rises_from_none_to_all_without_a_kink() -> None:
    s = np.array([fade_share(p) for p in np.linspace(0, 1, 1001)])
    assert s[0] == 0.0
    assert s[-1] == pytest.approx(1.0, abs=1e-15)
    slope = np.diff(s) * 1000
    assert np.all(slope >= 0.0)
    assert slope.max() == pytest.approx(STEEPEST, abs=1e-5)
    assert slope[0] < 1e-5
    assert slope[-1] < 1e-5


def driven(exchange: Exchange, ticks: int) -> int:
    """Ticks until an exchange of a hand at zero is done, at most so many."""
    for k in range(ticks):
        exchange.update(np.zeros(3))
        if not exchange.exchanging:
            return k + 1
    return ticks


def test_a_filter_that_settles_slowly_listens_until_it_has_and_no_longer_than_the_limit() -> None:
    fade = round(FADE_S * RATE_HZ)
    for after, expected in ((0, WARM_S * RATE_HZ), (1.0 * RATE_HZ, 1.0 * RATE_HZ), (np.inf, LONGEST_S * RATE_HZ)):
        exchange = Exchange(Slow(0), RATE_HZ)
        exchange.update(np.zeros(3))
        exchange.hand_over(Slow(after))
        assert exchange.trust() is Trust.TRUSTED  # the old one drives
        assert driven(exchange, 10_000) == pytest.approx(expected + fade, abs=2)
        assert exchange.trust() is (Trust.SETTLING if after == np.inf else Trust.TRUSTED)


def test_a_filter_that_gives_no_numbers_is_never_let_in() -> None:
    exchange = Exchange(Slow(0), RATE_HZ)
    exchange.update(np.zeros(3))
    exchange.hand_over(Slow(0, offset=np.nan))
    for _ in range(int(2 * RATE_HZ)):
        np.testing.assert_array_equal(exchange.update(np.ones(3)), np.ones(3))
    assert not exchange.exchanging


def test_of_several_filters_handed_over_in_a_row_the_last_one_stays() -> None:
    exchange = Exchange(Slow(0), RATE_HZ)
    exchange.update(np.zeros(3))
    exchange.hand_over(Slow(0, offset=1.0))
    exchange.update(np.zeros(3))
    exchange.hand_over(Slow(0, offset=2.0))  # the first one has not been heard yet: dropped
    y = [exchange.update(np.zeros(3))[0] for _ in range(int((WARM_S + 0.5 * FADE_S) * RATE_HZ))]
    exchange.hand_over(Slow(0, offset=3.0))  # in the middle of a cross-fade: waits
    y += [exchange.update(np.zeros(3))[0] for _ in range(int(3 * RATE_HZ))]
    assert not exchange.exchanging
    assert y[-1] == 3.0
    assert np.any(np.abs(np.array(y) - 2.0) < 1e-12)
    assert np.abs(np.diff(y)).max() <= STEEPEST / FADE_S * DT * 2.0
    assert np.all(np.diff(y) >= 0.0)


def test_a_reset_ends_an_exchange_at_once_with_the_new_filter() -> None:
    exchange = Exchange(Slow(0), RATE_HZ)
    exchange.update(np.zeros(3))
    exchange.hand_over(Slow(0, offset=1.0))
    exchange.reset()
    assert not exchange.exchanging
    assert exchange.update(np.zeros(3))[0] == 1.0


def test_before_the_first_sample_a_filter_is_just_replaced() -> None:
    exchange = Exchange(Slow(0), RATE_HZ)
    exchange.hand_over(Slow(0, offset=1.0))
    assert not exchange.exchanging
    assert exchange.update(np.zeros(3))[0] == 1.0


def test_it_is_a_filter_like_any_other_and_may_itself_be_exchanged() -> None:
    inner = Exchange(Slow(0), RATE_HZ)
    assert isinstance(inner, Filter)
    outer = Exchange(inner, RATE_HZ)
    outer.update(np.zeros(3))
    outer.hand_over(Exchange(Slow(0, offset=1.0), RATE_HZ))
    driven(outer, 1000)
    assert outer.update(np.zeros(3))[0] == 1.0


def test_a_filter_that_is_in_use_is_refused_and_goes_on_undisturbed() -> None:
    first, second = create("butterworth", RATE_HZ, 3), create("one_euro", RATE_HZ, 3)
    exchange, alone = Exchange(first, RATE_HZ), create("butterworth", RATE_HZ, 3)
    for k, row in enumerate(motion(np.random.default_rng(1), 200)):
        if k == 100:
            exchange.hand_over(second)
        if k > 100:
            for used in (first, second):
                with pytest.raises(ArgumentError, match="in use already"):
                    exchange.hand_over(used)
        np.testing.assert_array_equal(exchange.update(row), alone.update(row))


def test_a_filter_with_other_axes_is_refused() -> None:
    with pytest.raises(ArgumentError, match="4 axes, the present one 3"):
        Exchange(Slow(0), RATE_HZ).hand_over(Slow(0, axes=4))
    with pytest.raises(ArgumentError, match="fade_s"):
        Exchange(Slow(0), RATE_HZ, fade_s=0.0)


def test_a_sample_that_is_not_finite_is_refused_in_the_middle_of_an_exchange_and_changes_nothing() -> None:
    x = motion(np.random.default_rng(3), 1500)
    clean, poked = (Exchange(create("butterworth", RATE_HZ, 3), RATE_HZ) for _ in range(2))
    for k, row in enumerate(x):
        if k == 100:
            for exchange in (clean, poked):
                exchange.hand_over(create("one_euro", RATE_HZ, 3))
        with pytest.raises(ArgumentError, match="not finite"):
            poked.update([np.nan, 0.0, 0.0])
        np.testing.assert_array_equal(clean.update(row), poked.update(row))
    assert not poked.exchanging
