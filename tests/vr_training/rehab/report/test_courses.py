import dataclasses
import math

import numpy as np
import pytest
from made_records import sessions
from msgspec.structs import replace

from vr_training.rehab.change import Verdict, change, trend
from vr_training.rehab.courses import courses
from vr_training.rehab.report.dose import dose
from vr_training.rehab.report.patient_words import better, stem, tells
from vr_training.rehab.report.reading import chance, on_error


@pytest.fixture(scope="module")
def found():
    return courses(sessions(), 3)


def test_the_first_sessions_are_the_baseline_and_the_others_are_judged(found):
    for course in found:
        assert [done.session for done in course.sessions] == list(range(1, 13))
        for each in course.measures:
            assert [point.baseline for point in each.points] == [True] * 3 + [False] * 9
            base = [point.value for point in each.points[:3]]
            for point in each.later:
                assert point.verdict is change(each.measure.name, base, point.value).verdict


def test_the_trend_is_of_all_sessions_but_the_first_and_its_line_has_its_slope(found):
    share = found[0].of("patient_share")
    days = [7.0 * point.done.week for point in share.points[1:]]
    assert share.trend == trend(days, [point.value for point in share.points[1:]])
    (first, last), (low, high) = share.line()
    assert (high - low) / (last - first) == pytest.approx(share.trend.per_week)
    # Sen's line leaves as much above as below.
    residual = [point.value - low - share.trend.per_week * (point.done.week - first) for point in share.points[1:]]
    assert abs(sum(np.sign(residual))) <= 3


def test_one_exercise_under_two_laws_is_told_apart_by_its_title(found):
    assert not any("assist as needed" in course.title for course in found)
    helped, moved = (sessions(names=("elbow_flexion",), law=law) for law in ("wolbrecht", "passive"))
    both = courses([replace(a, results=(*a.results, *b.results)) for a, b in zip(helped, moved, strict=True)], 3)
    titles = [course.title for course in both]
    assert titles[0].endswith(", assist as needed")
    assert titles[1].endswith(", passive")


def test_of_who_is_to_let_his_arm_be_moved_no_share_of_the_work_is_compared():
    lets = [
        replace(each, results=tuple(replace(result, relaxed=True) for result in each.results))
        for each in sessions(names=("elbow_flexion",), law="passive")
    ]
    moves = sessions(names=("elbow_flexion",), law="passive")
    both = courses([replace(a, results=(*a.results, *b.results)) for a, b in zip(moves, lets, strict=True)], 3)
    assert [bool(course.of("patient_share")) for course in both] == [True, False]
    assert [bool(course.of("range_deg")) for course in both] == [True, True]
    assert both[1].title.endswith(", relaxed")


def test_sums_that_grow_with_repetitions_are_not_compared(found):
    names = {each.measure.name for course in found for each in course.measures}
    assert not names & {"patient_moving_work", "robot_moving_work"}
    assert "patient_share" in names


def test_lasting_asks_for_two_sessions_in_a_row_and_a_certain_trend():
    steady = courses(sessions(change=1.0, names=("elbow_flexion",), seed=5), 3)[0].of("patient_share")
    assert steady.in_a_row >= 2
    assert steady.lasting(Verdict.BETTER)
    assert not steady.lasting(Verdict.WORSE)
    short = courses(sessions(count=5, names=("elbow_flexion",)), 3)[0].of("patient_share")
    assert short.trend is None
    assert not short.lasting(Verdict.BETTER)


def test_a_patient_who_does_not_change_is_seldom_told_that_he_got_better():
    told = compared = 0
    for seed in range(20):
        for course in courses(sessions(seed=seed, change=0.0), 3):
            compared += sum(bool(each.measure.better) for each in course.measures)
            told += sum(each.lasting(Verdict.BETTER) for each in course.measures)
    assert compared > 400
    assert told / compared < 0.03


@pytest.mark.parametrize("baselines", [3, 4, 6])
def test_the_chance_of_being_beyond_the_error_without_a_change_is_what_draws_show(baselines):
    rng = np.random.default_rng(1)
    draws = rng.normal(50.0, 4.0, (4000, baselines + 1))
    beyond = sum(change("range_deg", list(row[:-1]), row[-1]).verdict is not Verdict.NONE for row in draws)
    assert beyond / len(draws) == pytest.approx(chance(baselines - 1), abs=0.025)


def test_the_chance_never_exceeds_what_95_percent_leaves():
    chances = [chance(k) for k in (2, 3, 5, 10, 1000)]
    assert chances == sorted(chances, reverse=True)
    assert chances[0] < 0.05
    assert chances[-1] > 0.005


def test_the_page_says_how_far_a_short_baseline_goes(found):
    (said,) = [text for text in on_error(found) if "of 100 comparisons" in text]
    assert f"about {100.0 * chance(2):.0f} of 100" in said
    assert not any("of 100" in text for text in on_error(()))


def test_a_dose_counts_what_was_done_and_at_least_how_long():
    records = sessions(count=2, names=("elbow_flexion",))
    found = dose(records)
    assert (found.sessions, found.repetitions, found.planned, found.stopped) == (2, 30, 30, 0)
    times = [each.measures["movement_time"] for record in records for each in record.results[0].repetitions]
    assert found.minutes == pytest.approx(math.fsum(times) / 60.0)
    assert dose(()).minutes is None


def test_a_dose_tells_how_often_he_came_and_what_stopped_him():
    found = dose(sessions())  # twice a week, on the first and the fourth day
    assert (found.days, found.gap) == (39, 4)
    assert found.a_week == pytest.approx(7.0 * 11 / 38)
    assert found.causes == (("pain", 1), ("fatigue", 1))
    few = dose(sessions(count=2))
    assert (few.days, few.gap, few.a_week, few.causes) == (4, 3, None, ())
    assert (dose(()).days, dose(()).gap, dose(()).a_week) == (0, None, None)


def test_what_got_better_names_the_exercise_in_plain_words(found):
    said = better(found)
    assert said[0] == "You need less help from the robot (bending and straightening your elbow)."
    assert not any("by yourself" in each for each in said)  # under a law that helps nobody knows
    assert len(said) <= 5


def test_an_assessment_tells_a_patient_what_it_assesses_and_nothing_of_help_or_speed(found):
    course = next(each for each in found if each.of("patient_share") is not None)
    assessed = dataclasses.replace(course, kind=course.kind._replace(exercise="range_of_motion"))
    names = {each.measure.name for each in course.measures}
    assert {"patient_share", "mean_assistance"} <= names
    its_own = {"active_range", "passive_range", "tone", "strength"}
    for each in course.measures:
        assert tells(course, each)
        assert tells(assessed, each) == (stem(each.measure.name) in its_own)
