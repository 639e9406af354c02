"""The switching filter tells holds from reaches, serves both scales with one preset, and keeps within its bounds."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from control.filters import create
from control.filters.imm import Imm, Settings
from control.tremor.bound import bound
from control.tremor.metrics import reference, score
from control.tremor.records import Record, records, stationary
from control.tremor.trials import run
from robotics import config
from robotics.contracts import Trust, Vector
from robotics.errors import ArgumentError

RATE_HZ = 1000.0


def preset(**changes: object) -> Settings:
    """The default's settings, with changes."""
    return msgspec.structs.replace(config.load(config.find("filters", "default"), Settings), **changes)


def reach(length_m: float, seconds: float, rate_hz: float = RATE_HZ) -> Vector:
    """Rest, a minimum-jerk reach along a slant, rest; shape (n, 3) [m]."""
    s = np.clip((np.arange(round((seconds + 4.0) * rate_hz)) / rate_hz - 2.0) / seconds, 0.0, 1.0)
    return length_m * (10 * s**3 - 15 * s**4 + 6 * s**5)[:, None] * np.array([0.6, -0.64, 0.48])


def shake(hz: Vector, rms_m: float, rate_hz: float = RATE_HZ) -> Vector:
    """A tremor of the given frequency at each sample, out of phase between the axes; shape (n, 3) [m]."""
    phase = 2.0 * np.pi * np.cumsum(hz) / rate_hz
    return np.sqrt(2.0) * rms_m * np.sin(phase[:, None] + np.array([0.0, 1.0, 2.5]))


def of_kind(kind: str, scale: str) -> Record:
    """A record of the train split whose motion is ``kind``."""
    return next(record for record in records(scale, "train", 6) if record.kind == kind)


@pytest.mark.parametrize(("scale", "kind", "least_db"), [
    ("surgical", "holds", 12.0), ("surgical", "gestures", 8.0), ("rehab", "holds", 14.0), ("rehab", "gestures", 9.0),
])  # fmt: skip
def test_one_preset_serves_a_surgeon_and_a_patient(scale: str, kind: str, least_db: float) -> None:
    record = of_kind(kind, scale)
    scores = score(reference(record), run(create("default", RATE_HZ, 3), record.measured))
    assert scores.attenuation_db > least_db
    assert scores.error_ratio < 0.6


@pytest.mark.parametrize(("speed_m_s", "suits"), [(0.02, 0), (0.005, 0), (0.0, 1)], ids=["glides", "creeps", "stays"])
def test_a_bank_of_both_kinds_serves_a_hand_that_glides_and_one_that_stays(speed_m_s: float, suits: int) -> None:
    draws, t = np.random.default_rng(1), np.arange(7000) / RATE_HZ
    meant = np.outer(np.maximum(t - 1.0, 0.0) * speed_m_s, [0.6, -0.64, 0.48])
    x = meant + shake(5.0 + 0.01 * np.cumsum(draws.normal(size=len(t))), 40e-6) + draws.normal(0.0, 4e-6, meant.shape)

    def left(settings: Settings) -> float:
        return float(np.std((run(Imm(settings, RATE_HZ, 3), x) - meant)[3000:]))

    # The kinds alone are tried: a tremor is taken for as strong as it is heard.
    both = preset(fainter=1.0)
    alone = [left(preset(fainter=1.0, forgetting_s=(kind,))) for kind in both.forgetting_s]
    assert alone[suits] < 0.4 * alone[1 - suits]
    assert left(both) < min(3.0 * alone[suits], 0.5 * alone[1 - suits])


def test_a_faint_tremor_that_comes_in_bursts_is_taken_for_stronger_than_it_is_heard() -> None:
    draws, n = np.random.default_rng(2), 12000
    burst = 1.0 + 3.0 * np.exp(-(((np.arange(n) / RATE_HZ - 8.0) / 0.5) ** 2))
    wander = np.cumsum(draws.normal(0.0, 0.02, n))
    noise = draws.normal(0.0, 4e-6, (n, 3))

    def left(rms_m: float, fainter: float) -> float:
        f = Imm(preset(fainter=fainter), RATE_HZ, 3)
        return float(np.std(run(f, burst[:, None] * shake(4.2 + wander, rms_m) + noise)[4000:])) / rms_m

    # A hand at rest: what is taken for motion is left over. At a millimetre the strength is the other one.
    assert left(18e-6, fainter=2.0) < 0.9 * left(18e-6, fainter=1.0)
    assert left(1e-3, fainter=2.0) == pytest.approx(left(1e-3, fainter=1.0), rel=1e-2)


@pytest.mark.parametrize("lag_s", [0.0, 0.02])
def test_it_comes_near_the_bound_of_a_hand_that_it_was_not_told_about(lag_s: float) -> None:
    for record in stationary("surgical", "train", 4)[1:3]:
        y = run(create("default", RATE_HZ, 3, lag_s), record.measured)
        late = round(lag_s * RATE_HZ)
        v = record.voluntary[4000 - late : len(y) - late]
        error = np.sum((y[4000:] - v) ** 2) / np.sum((record.measured - record.voluntary)[4000:] ** 2)
        gap = bound(record.stationary, lag_s).decibels + 10.0 * np.log10(error)
        assert -0.8 < gap < 2.5


def test_a_lag_is_rewarded_and_owned_up_to() -> None:
    record = of_kind("gestures", "surgical")
    prompt = score(reference(record), run(create("default", RATE_HZ, 3), record.measured))
    f = create("default", RATE_HZ, 3, 0.02)
    late = score(reference(record), run(f, record.measured), 0.02)
    assert f.delay() == pytest.approx(0.02)
    assert late.attenuation_db > prompt.attenuation_db + 1.5


@pytest.mark.parametrize("rate_hz", [250.0, 1000.0, 4000.0])
def test_it_does_as_well_at_any_rate(rate_hz: float) -> None:
    v = reach(5e-3, 0.8, rate_hz)
    t = shake(np.full(len(v), 9.0), 70e-6, rate_hz)
    y = run(create("default", rate_hz, 3), v + t)
    settled = slice(round(3.2 * rate_hz), None)
    assert np.std((y - v)[settled]) < 0.25 * np.std(t[settled])


def test_it_follows_a_tremor_that_drifts() -> None:
    hz = np.linspace(7.0, 10.0, 16000)
    f = Imm(preset(), RATE_HZ, 3)
    heard = []
    for k, x in enumerate(shake(hz, 100e-6)):
        f.update(x)
        if k > 3000:
            heard.append(f.tremor()[0][0] - hz[k])
    assert np.max(np.abs(heard)) < 0.8


def test_it_takes_up_a_tremor_that_sets_in_and_lets_it_go_again() -> None:
    n = 24000
    t = shake(np.full(n, 6.0), 1e-3) * ((np.arange(n) > 6000) & (np.arange(n) < 14000))[:, None]
    y, f, trust = np.empty_like(t), create("default", RATE_HZ, 3), []
    for k in range(n):
        f.update(t[k], y[k])
        trust.append(f.trust())
    assert trust[5999] == Trust.NO_TREMOR
    assert trust[13999] == Trust.TRUSTED
    assert np.std(y[11000:14000]) < 0.1 * np.std(t[11000:14000])
    assert np.max(np.abs(y[19000:])) < 0.1e-3


def test_at_first_the_motion_passes_as_it_is() -> None:
    f = create("default", RATE_HZ, 3)
    for x in shake(np.full(700, 9.0), 100e-6):
        np.testing.assert_allclose(f.update(x), x, atol=1e-12)
        assert f.trust() == Trust.SETTLING


@pytest.mark.parametrize("length_m", [5e-3, 60e-3])
def test_a_hand_without_tremor_goes_where_it_wants(length_m: float) -> None:
    v = reach(length_m, 0.6)
    y = run(create("default", RATE_HZ, 3), v)
    assert np.max(np.abs(y - v)) < 5e-3 * length_m


@given(seed=st.integers(0, 2**32 - 1), rough=st.floats(1e-7, 1e-3))
@settings(max_examples=15, deadline=None)
def test_no_motion_takes_the_output_beyond_its_bound(seed: int, rough: float) -> None:
    rng = np.random.default_rng(seed)
    x = np.cumsum(rng.normal(0.0, rough, (3000, 3)), axis=0)
    x[1500:] += rng.normal(0.0, 100.0 * rough, 3)  # a jump, as of a tracker that lost its marker
    f = Imm(preset(limit_mm=0.5), RATE_HZ, 3)
    y = run(f, x)
    assert np.all(np.isfinite(y))
    assert np.max(np.abs(y - x)) <= 0.5e-3 + 1e-12


@pytest.mark.parametrize("lag_ms", [0.0, 20.0])
@given(seed=st.integers(0, 2**32 - 1), rough=st.floats(1e-7, 1e-4))
@settings(max_examples=8, deadline=None)
def test_no_correction_is_larger_than_a_few_times_the_tremor_and_noise_that_are_heard(
    lag_ms: float, seed: int, rough: float
) -> None:
    rng, used = np.random.default_rng(seed), preset(lag_ms=lag_ms)
    x = reach(5e-3, 0.3) + rng.normal(0.0, rough, 3)
    x = x + shake(rng.uniform(4.0, 12.0) * np.ones(len(x)), 3.0 * rough) + rng.normal(0.0, rough, x.shape)
    f = Imm(used, RATE_HZ, 3)
    hears, late, samples = f.groups[0].monitor, round(lag_ms), 4
    y, most = np.empty_like(x), np.empty_like(x)
    for k, row in enumerate(x):
        most[k] = 1e-6 * used.limit_rms * np.sqrt(hears.power.sum(axis=0) + samples * hears.noise)
        f.update(row, y[k])
    correction = np.abs(y[late:] - x[: len(x) - late])
    assert np.all(correction <= most[late:] + 1e-12)
    assert correction.max() > rough


def test_axes_beyond_three_are_filtered_apart() -> None:
    v = reach(5e-3, 0.8)
    x = v + shake(np.full(len(v), 9.0), 70e-6)
    both = run(create("default", RATE_HZ, 6), np.hstack([x, 2.0 * x]))
    np.testing.assert_array_equal(both[:, :3], run(create("default", RATE_HZ, 3), x))
    np.testing.assert_array_equal(both[:, 3:], run(create("default", RATE_HZ, 3), 2.0 * x))


@pytest.mark.parametrize(
    "bad", [{"faint_um": (50.0, 20.0)}, {"densities": (1e9, 1e4)}, {"lowest_hz": 9.0, "highest_hz": 10.0}]
)
def test_settings_that_make_no_sense_are_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ArgumentError):
        Imm(preset(**bad), RATE_HZ, 3)
