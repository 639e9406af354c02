"""Trials of filters: the hand's own step, known low-passes, intervals, and the campaign over many records."""

from __future__ import annotations

import numpy as np
import pytest

from control.filters import create
from control.tremor import records
from control.tremor.campaign import Contender, Order, campaign, real_orders, with_lags
from control.tremor.real import RECORDINGS_ENV, own_recordings, recorded, recordings, scale_of
from control.tremor.records import RATE_HZ
from control.tremor.trials import interval, locking, run, step_response, trial
from robotics.errors import InputFileError, MissingFileError

REAL = own_recordings()


def shake(path, seconds=20.0, amplitude=0.05):
    """An accelerometer's recording of a sine of 8 Hz on one axis."""
    t = np.arange(0.0, seconds, 0.01)
    columns = [t, 9.81 + 0.0 * t, amplitude * np.sin(2 * np.pi * 8 * t), 0.01 * np.cos(t)]
    np.savetxt(path, np.column_stack(columns), delimiter=",", header="time_s,ax,ay,az", comments="")
    return path


def test_a_hand_without_a_filter_settles_after_216_ms_and_never_overshoots():
    found = step_response("none", RATE_HZ)
    assert found.overshoot.mean == 0.0
    assert found.settling_s.mean == pytest.approx(0.2162, abs=2e-4)


def test_a_low_pass_is_tried_as_theory_says():
    # Second-order Butterworth: a step as slow as a hand's still overshoots, and settles the later for its delay.
    found = step_response("butterworth", RATE_HZ)
    assert 0.005 < found.overshoot.mean < 0.043
    assert found.settling_s.mean > 0.25
    shakes = np.stack([r.tremor for r in records("surgical", "train", 2, seconds=6.0)])
    under_way = step_response("butterworth", RATE_HZ, tremor=shakes)
    assert under_way.overshoot.mean == pytest.approx(found.overshoot.mean, abs=1e-6)
    assert under_way.overshoot.low <= under_way.overshoot.mean <= under_way.overshoot.high


def test_a_filter_is_run_sample_by_sample_and_scored():
    record = records("rehab", "train", 1, seconds=8.0)[0]
    y = run(create("butterworth", RATE_HZ, 3), record.measured)
    f = create("butterworth", RATE_HZ, 3)
    np.testing.assert_array_equal(y[:20], [f.update(x) for x in record.measured[:20]])
    assert trial("none", record).attenuation_db == pytest.approx(0.0, abs=1e-9)


def test_a_low_pass_knows_tremor_from_the_first_sample_and_no_filter_never_does():
    found = locking("butterworth", "surgical", count=3)
    assert found.low <= found.mean <= found.high < 0.2
    assert np.isnan(locking("none", "surgical", count=2).mean)


def test_an_interval_holds_the_mean_of_its_population_as_often_as_it_says():
    rng = np.random.default_rng(0)
    hits = [found.low <= 3.0 <= found.high for found in (interval(3.0 + rng.normal(size=30)) for _ in range(200))]
    assert 0.88 < np.mean(hits) < 0.985


def test_an_interval_of_a_designed_set_holds_its_mean_as_often_as_it_says_and_is_narrower():
    rng = np.random.default_rng(1)
    cells = [0, 1, 2, 3] * 6
    means = np.array([0.0, 5.0, 10.0, 20.0])[cells]
    drawn = [means + rng.normal(size=24) for _ in range(300)]
    found = [interval(values, cells) for values in drawn]
    assert 0.9 < np.mean([f.low <= 8.75 <= f.high for f in found]) < 0.985
    assert np.mean([f.high - f.low for f in found]) < 0.2 * np.mean([f.high - f.low for f in map(interval, drawn)])


def test_a_cell_of_one_record_says_nothing_of_its_spread():
    values = [1.0, 2.0, 3.0, 10.0]
    assert interval(values, [0, 0, 0, 1]) == interval(values)
    assert interval([1.0, np.nan, 2.0, 3.0, 5.0], [0, 0, 0, 1, 1]) == interval([1.0, 2.0, 3.0, 5.0], [0, 0, 1, 1])


def test_an_interval_repeats_and_leaves_out_what_is_unknown():
    assert interval([1.0, np.nan, 3.0]) == interval([1.0, 3.0])
    assert interval([1.0, 3.0]).mean == 2.0
    assert interval([np.nan]).count == 0


def test_a_campaign_gives_the_same_in_one_process_and_in_two():
    orders = [Order("made", "surgical", "train", 0), Order("stationary", "surgical", "train", 1)]
    contenders = [Contender("none"), Contender("butterworth")]
    one, two = campaign(orders, contenders, jobs=1), campaign(orders, contenders, jobs=2)
    assert [repr(r) for r in one] == [repr(r) for r in two]
    assert [r.contender.name for r in one] == ["none", "butterworth"] * 2
    assert one[0].bound_ratio is None
    assert one[2].bound_ratio < 1.0


def test_no_filter_beats_the_bound_on_a_stationary_record():
    results = campaign([Order("stationary", "rehab", "test", k) for k in (1, 2)], [Contender("none")], jobs=1)
    assert all(r.scores.error_ratio > r.bound_ratio for r in results)


def test_only_filters_that_smooth_are_given_a_lag():
    assert with_lags(["none", "butterworth"], (0.02,)) == [Contender("none"), Contender("butterworth")]


def test_a_recording_gives_its_tremor_to_every_kind_of_motion_and_halves_never_mix(tmp_path):
    t = np.arange(0.0, 24.0, 0.01)
    # 8 Hz in the first half and 5 Hz in the second, all of it on one axis.
    hertz = np.where(t < 12.0, 8.0, 5.0)
    a = 0.3 * np.sin(2 * np.pi * np.cumsum(hertz) * 0.01)
    path = tmp_path / "both.csv"
    np.savetxt(path, np.column_stack([t, 9.81 + 0 * t, a, 0.01 * np.cos(t)]), delimiter=",", header="t,ax,ay,az")
    for split, expected in (("train", 8.0), ("test", 5.0)):
        made = recorded(path, split, seconds=8.0)
        assert [record.kind for record in made] == ["holds", "gestures", "pursuit"]
        for record in made:
            power = np.abs(np.fft.rfft(record.tremor[:, 1] * np.hanning(8000))) ** 2
            assert np.fft.rfftfreq(8000, 1e-3)[np.argmax(power)] == pytest.approx(expected, abs=0.2)


def test_large_tremor_is_laid_on_large_motion():
    assert scale_of(np.full((10, 3), 20e-6)).name == "surgical"
    assert scale_of(np.full((10, 3), 1e-3)).name == "rehab"


def test_a_folder_without_recordings_is_named(tmp_path):
    with pytest.raises(MissingFileError, match="no recordings"):
        recordings(tmp_path)
    with pytest.raises(MissingFileError, match="no recordings"):
        real_orders(tmp_path / "nowhere", "test")


def test_a_recording_too_short_for_two_halves_is_refused(tmp_path):
    with pytest.raises(InputFileError, match="too short"):
        recorded(shake(tmp_path / "short.csv", seconds=4.0), "test")


@pytest.mark.skipif(REAL is None, reason=f"no recordings of real tremor; name a folder of them in {RECORDINGS_ENV}")
def test_real_tremor_is_laid_on_voluntary_motion():
    for order in real_orders(REAL, "test")[::3]:
        record = order.record()
        assert np.isfinite(record.measured).all()
        assert 5e-6 < np.sqrt(np.mean(record.tremor**2)) < 5e-3
