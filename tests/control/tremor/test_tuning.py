"""Fitting: halves that share nothing, a fit that is better on what it has not seen, and none that is worse."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from control.filters import create
from control.tremor import records
from control.tremor.campaign import Order
from control.tremor.metrics import reference, score
from control.tremor.preset_file import preset_text
from control.tremor.recording_facts import peak_frequency, recording_facts
from control.tremor.search import Found
from control.tremor.trials import run, run_watched
from control.tremor.tuning import Fit, Halves, fit, gain, halves_of_file, preset_for, worth_of
from robotics.errors import InputFileError


def hand(path, frequencies=(8.0, 8.0), seconds=20.0, amplitude=0.2e-3):
    """Positions of a hand whose tremor has one frequency in either half [mm]."""
    t = np.arange(0.0, seconds, 0.005)
    f = np.where(t < seconds / 2, *frequencies)
    x = 0.02 * np.sin(0.8 * t) + amplitude * np.sin(2 * np.pi * f * t)
    y = amplitude * np.cos(2 * np.pi * f * t)
    columns = np.column_stack([t, 1e3 * x, 1e3 * y])
    np.savetxt(path, columns, delimiter=",", header="time_s,x_mm,y_mm", comments="")
    return path


def test_the_halves_are_the_halves_of_the_recording(tmp_path):
    halves = halves_of_file(hand(tmp_path / "hand.csv", (6.0, 10.0)))
    assert {round(peak_frequency(r.tremor, r.rate_hz)) for r in halves.train} == {6}
    assert {round(peak_frequency(r.tremor, r.rate_hz)) for r in halves.validation} == {10}
    assert {r.kind for r in halves.train} == {r.kind for r in halves.validation} == {"holds", "gestures", "pursuit"}
    paths = [r.voluntary.tobytes() for r in (*halves.train, *halves.validation)]
    assert len(set(paths)) == len(paths)
    assert halves.scale == "surgical"


def test_a_third_of_the_motion_is_that_of_a_hand_that_drives_an_instrument_at_a_quarter(tmp_path):
    path = hand(tmp_path / "hand.csv")
    plain = [Order("real", "surgical", "test", k, path).record() for k in (0, 7)]
    near, far = (halves_of_file(path).validation[k] for k in (0, 7))
    size = [float(np.ptp(r.voluntary[:, 0])) for r in (near, far)]
    assert near.name == plain[0].name
    assert far.name == f"{plain[1].name}, far"
    assert size[1] > 2.0 * size[0]
    np.testing.assert_allclose(far.measured, far.voluntary + far.tremor, atol=6 * 4e-6)


def test_a_hand_that_does_not_tremble_is_nothing_to_fit_to(tmp_path):
    with pytest.raises(InputFileError, match="nothing to fit"):
        halves_of_file(hand(tmp_path / "still.csv", amplitude=1e-6))


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    halves = halves_of_file(hand(tmp_path_factory.mktemp("hand") / "hand.csv", amplitude=0.15e-3))
    small = Halves(halves.train[:3], halves.validation[:3])
    asked = iter(range(1000))
    return small, fit(preset_for("one_euro", "surgical"), small, lambda: next(asked) >= 6)


def test_a_fit_is_better_on_the_half_that_it_has_not_seen(fitted):
    halves, found = fitted
    assert found.accepted
    assert found.gain_db.mean > 1.0
    # Its figures are those of the filter that its file makes.
    first = halves.validation[0]
    y = run(found.fitted.build(first.rate_hz, 3), first.measured)
    assert repr(score(reference(first), y)) == repr(found.after[0])  # a hold has no delay: NaN is not NaN
    plain = run(create("one_euro", first.rate_hz, 3), first.measured)
    assert repr(score(reference(first), plain)) == repr(found.before[0])


def test_a_fits_file_makes_the_same_filter(fitted, tmp_path):
    halves, found = fitted
    path = tmp_path / "filter.toml"
    path.write_text(preset_text(found.fitted.values, ("of a test",)))
    x = halves.train[0].measured[:3000]
    np.testing.assert_array_equal(run(create(str(path), 1000.0, 3), x), run(found.fitted.build(1000.0, 3), x))


@pytest.mark.parametrize(
    ("attenuation", "error", "said"),
    [(-1.0, 1.0, "worth 1.0 dB less"), (6.0, 1.3, "total error would grow from 0.50 to 0.65"), (1.0, 1.0, "")],
)
def test_settings_that_are_worse_on_the_validation_half_are_not_accepted_and_why_is_said(
    fitted, attenuation, error, said
):
    _, found = fitted
    before = tuple(replace(s, attenuation_db=5.0, error_ratio=0.5) for s in found.before)
    after = tuple(replace(s, attenuation_db=5.0 + attenuation, error_ratio=0.5 * error) for s in found.before)
    judged = Fit(found.start, found.fitted, before, after, found.found)
    assert judged.accepted == (not said)
    assert said in judged.why_not


def test_a_search_that_found_nothing_is_not_accepted(fitted):
    _, found = fitted
    same = Fit(found.start, found.start, found.before, found.before, Found(found.start.values, 0, 0, 1, 2, False))
    assert not same.accepted
    assert "nothing better" in same.why_not


def test_the_gain_is_that_of_the_means_and_its_interval_holds_it(fitted):
    _, found = fitted
    whole = gain(found.before, found.after)
    assert whole.mean == pytest.approx(worth_of(found.after) - worth_of(found.before))
    assert whole.low <= whole.mean <= whole.high
    assert gain(found.before, found.before).high == 0.0


def test_the_preset_to_start_from_is_that_of_the_hands_scale():
    assert preset_for("kalman", "surgical").name == "kalman"
    assert preset_for("kalman", "rehab").name == "kalman_rehab"
    assert preset_for("kalman_rehab", "rehab").name == "kalman_rehab"


def test_a_recordings_facts_say_what_it_is(tmp_path):
    facts = recording_facts(hand(tmp_path / "hand.csv", (7.0, 7.0), amplitude=1e-3))
    assert facts.seconds == pytest.approx(20.0, abs=0.01)
    assert facts.rate_hz == pytest.approx(200.0)
    assert facts.frequency_hz == pytest.approx(7.0, abs=0.25)
    assert facts.rms_m == pytest.approx(1e-3 / np.sqrt(3.0), rel=0.03)  # one of three axes is empty
    assert (facts.kind, facts.scale, facts.size) == ("position", "rehab", "577 µm")


def test_records_of_a_recording_are_the_same_alone_and_in_a_row(tmp_path):
    path = hand(tmp_path / "hand.csv")
    orders = [Order("real", "surgical", "test", k, path) for k in (1, 4)]
    one, four = (order.record() for order in orders)
    assert one.kind == four.kind == orders[1].kind == "gestures"
    assert not np.array_equal(one.voluntary, four.voluntary)


def test_a_watched_run_gives_the_same_output_and_says_how_long_the_filter_was_trusted():
    record = records("surgical", "train", 1, seconds=6.0)[0]
    y, trusted = run_watched(create("kalman", record.rate_hz, 3), record.measured, record.rate_hz)
    np.testing.assert_array_equal(y, run(create("kalman", record.rate_hz, 3), record.measured))
    assert 0.0 < trusted <= 1.0
    _, still = run_watched(create("kalman", 1000.0, 3), np.zeros((6000, 3)), 1000.0)
    assert still == 0.0
