import math

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm, t

from robotics.errors import ArgumentError, UnknownNameError
from vr_training.rehab.change import (
    MDC95,
    Change,
    Verdict,
    change,
    mdc95_over_sem,
    standard_error,
    trend,
)

# Three count, so t of 2 degrees of freedom, 4.303, and not 1.96: MDC95 is 4.303 sqrt(2) times their deviation of 0.5.
BASELINES = (60.0, 40.5, 41.0, 41.5)
MOST = 4.30265 * math.sqrt(2.0) * 0.5


def test_the_error_is_that_of_the_sessions_after_the_first():
    found = change("range_deg", BASELINES, 45.0)
    assert found.sem == pytest.approx(0.5)
    assert found.mdc95 == pytest.approx(MOST, rel=1e-5)
    assert found.before == pytest.approx(41.0)
    assert (found.baselines, found.df) == (3, 2)
    assert found.source == "own baselines"


@pytest.mark.parametrize(
    ("measure", "after", "verdict"),
    [
        ("range_deg", 41.01 + MOST, Verdict.BETTER),
        ("range_deg", 40.99 + MOST, Verdict.NONE),
        ("range_deg", 41.01 - MOST, Verdict.NONE),
        ("range_deg", 40.99 - MOST, Verdict.WORSE),
        ("hold_error_cm", 37.0, Verdict.BETTER),
        ("hold_error_cm", 45.0, Verdict.WORSE),
        ("robot_work", 45.0, Verdict.CHANGED),
    ],
)
def test_a_verdict_goes_by_the_measures_direction_and_the_error(measure, after, verdict):
    assert change(measure, BASELINES, after).verdict is verdict


def test_too_few_baselines_are_told():
    for baselines in ((), (40.0,), (40.0, 42.0)):
        found = change("range_deg", baselines, 90.0)
        assert found.verdict is Verdict.UNKNOWN
        assert found.verdict.value in found.sentence
        assert found.mdc95 is None
    assert change("range_deg", BASELINES[:3], 90.0, least=4).verdict is Verdict.UNKNOWN


def test_baselines_that_do_not_differ_show_no_error():
    found = change("speed_peaks", (5.0, 3.0, 3.0, 3.0), 2.0)
    assert found.verdict is Verdict.UNKNOWN
    assert "do not scatter" in found.sentence
    assert "not enough" not in found.sentence
    assert found.mdc95 is None


@pytest.mark.parametrize("sessions", [3, 4, 6])
def test_who_has_not_changed_is_beyond_his_own_error_in_no_more_than_one_of_twenty(sessions):
    rng = np.random.default_rng(11)
    draws = rng.normal(50.0, 3.0, (4000, sessions + 1))
    beyond = np.mean(
        [change("range_deg", each[:-1], each[-1]).verdict in (Verdict.BETTER, Verdict.WORSE) for each in draws]
    )
    # MDC95 is for two single sessions; the mean of k of them is steadier by sqrt((1 + 1/k) / 2).
    k = sessions - 1
    assert beyond == pytest.approx(2.0 * t.sf(mdc95_over_sem(k - 1) / math.sqrt(1.0 + 1.0 / k), k - 1), abs=0.01)
    assert 0.01 < beyond < 0.055
    assert (
        np.mean(  # a t of 1.96 would call this many changed
            [abs(each[-1] - each[1:-1].mean()) > MDC95 * each[1:-1].std(ddof=1) for each in draws]
        )
        > 1.3 * beyond
    )


@pytest.mark.parametrize("sessions", [3, 4, 6])
def test_of_two_single_sessions_one_of_twenty_pairs_is_beyond_the_error(sessions):
    rng = np.random.default_rng(5)
    draws = rng.standard_normal((20_000, sessions + 2))
    sem = draws[:, 1:sessions].std(axis=1, ddof=1)
    beyond = np.abs(draws[:, -1] - draws[:, -2]) > mdc95_over_sem(sessions - 2) * sem
    assert np.mean(beyond) == pytest.approx(0.05, abs=0.007)


def test_published_changes_stand_in_and_are_named():
    slow = change("maximum_speed_cm_s", (9.0, 10.0), 20.0)
    assert slow.mdc95 == pytest.approx(10.28)
    assert slow.sem is None
    assert "PMC7523068" in slow.sentence
    assert slow.verdict is Verdict.NONE
    assert change("maximum_speed_cm_s", (9.0, 10.0), 20.5).verdict is Verdict.BETTER


def test_ones_own_baselines_count_more_than_what_was_published():
    assert change("maximum_speed_cm_s", (30.0, 10.0, 10.5, 10.25), 12.0).verdict is Verdict.BETTER


def test_a_sentence_has_all_the_figures():
    sentence = change("movement_time", (9.0, 3.0, 3.1, 3.2), 1.5).sentence
    assert sentence == (
        "Movement time: better than measurement error (3.1 to 1.5 s, -1.6; MDC95 0.608, own baselines, 2 df)."
    )


def test_a_change_survives_json():
    found = change("range_deg", BASELINES, 45.0)
    assert msgspec.json.decode(msgspec.json.encode(found), type=Change) == found


def test_errors_of_several_people_are_pooled_by_their_degrees_of_freedom():
    # 2 of 1 and 18 of 2 degrees of freedom; the third has only one session left.
    assert standard_error((0.0, 1.0, 3.0), (9.0, 0.0, 3.0, -3.0), (1.0, 2.0)) == pytest.approx(math.sqrt(20.0 / 3.0))


@given(
    values=st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=8),
    after=st.floats(-1e3, 1e3),
    shift=st.floats(-100.0, 100.0),
)
def test_the_first_session_decides_nothing_where_there_are_more(values, after, shift):
    other = [values[0] + shift, *values[1:]]
    assert change("range_deg", values, after) == change("range_deg", other, after)


def test_who_does_not_change_is_called_changed_in_one_of_twenty():
    # Against one session of a known error, as MDC95 is defined: |N(0, 2 SEM^2)| > 1.96 sqrt(2) SEM.
    rng = np.random.default_rng(7)
    sem = standard_error(*rng.standard_normal((400, 4)))
    differences = np.diff(rng.standard_normal((20_000, 2)), axis=1)
    assert np.mean(np.abs(differences) > MDC95 * sem) == pytest.approx(2.0 * norm.sf(1.96), abs=0.01)


def test_what_cannot_be_judged_is_refused():
    with pytest.raises(UnknownNameError, match="path_ratio"):
        change("grace", BASELINES, 1.0)
    with pytest.raises(ArgumentError, match="least must be 3"):
        change("range_deg", BASELINES, 1.0, least=2)
    with pytest.raises(ArgumentError, match="finite"):
        change("range_deg", BASELINES, math.nan)
    with pytest.raises(ArgumentError, match="each value has its day"):
        trend([0.0], [1.0, 2.0])


def test_a_trend_is_the_slope_a_week_whatever_one_odd_session_says():
    days = [0.0, 3.0, 7.0, 10.0, 14.0, 17.0, 21.0, 24.0]
    values = [50.0 + 2.5 * day / 7.0 for day in days]
    values[3] = 5.0
    found = trend(days, values)
    assert found.per_week == pytest.approx(2.5)
    assert found.low <= 2.5 <= found.high


def test_a_trend_needs_sessions_of_several_days():
    assert trend([0.0, 7.0, 14.0, 21.0], [1.0, 2.0, 3.0, 4.0]) is None
    assert trend([2.0] * 6, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]) is None


def test_a_clear_trend_is_certain_and_noise_is_so_in_few_cases():
    assert trend(range(0, 42, 7), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).certain
    rng = np.random.default_rng(3)
    certain = [trend(range(10), rng.standard_normal(10)).certain for _ in range(400)]
    assert np.mean(certain) < 0.08
