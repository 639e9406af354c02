import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robotics.contracts import Score
from robotics.score_config import LessonScoring, ScoreRow
from vr_training.scoring.points import NOT_ACHIEVED, default_rows, lesson_rows, points

TIME = ScoreRow(measure="time", weight=3.0, good=10.0, poor=30.0)
ECONOMY = ScoreRow(measure="economy_of_motion", weight=1.0, good=0.9, poor=0.4)
ROWS = (TIME, ECONOMY)


def card(time=10.0, economy=0.9):
    return [Score("time", "Time to success", time, "s"), Score("economy_of_motion", "Economy of motion", economy, "")]


@pytest.mark.parametrize(
    ("time", "economy", "expected"),
    [
        (10.0, 0.9, 100.0),
        (2.0, 1.0, 100.0),
        (20.0, 0.9, 62.5),
        (10.0, 0.65, 87.5),
        (30.0, 0.9, 25.0),
        (300.0, 0.0, 0.0),
    ],
)
def test_each_row_costs_its_weight_between_good_and_poor(time, economy, expected):
    assert points(card(time, economy), ROWS, True, True).points == pytest.approx(expected)


def test_costs_and_points_add_up_and_the_dearest_comes_first():
    won = points(card(20.0, 0.65), ROWS, True, True)
    assert won.points == pytest.approx(50.0)
    assert won.costs[0] == (
        "Time to success: 20 s, good up to 10 s; cost 38 of 100 points. "
        "Plan the whole path before the first move, then travel in a few long strokes."
    )
    assert won.costs[1].startswith("Economy of motion: 0.65, good from 0.9; cost 12 of 100 points. Aim at")
    assert len(won.costs) == 2


def test_no_more_than_three_are_named_and_what_cost_nothing_is_not():
    rows = [
        ScoreRow(measure=name, weight=1.0, good=0.0, poor=1.0) for name in ("drops", "crushed", "collisions", "limits")
    ]
    lines = [Score(row.measure, row.measure, 1.0, "") for row in rows]
    assert len(points(lines, rows, True, True).costs) == 3
    assert points(card(), ROWS, True, True).costs == ()


def test_a_lesson_that_was_not_achieved_keeps_at_most_two_fifths_and_loses_its_time():
    assert points([card()[1]], [ECONOMY], False, True).points == pytest.approx(100.0 * NOT_ACHIEVED)
    assert points(card(time=1.0), ROWS, False, True).points == pytest.approx(100.0 * NOT_ACHIEVED * 0.25)


def test_of_a_lesson_that_was_not_achieved_as_much_is_left_as_was_done():
    def won(done):
        return points([*card(), Score("work_done", "Work", done, "%")], [ECONOMY], False, True)

    assert [won(done).points for done in (0.0, 50.0, 100.0)] == pytest.approx([0.0, 20.0, 40.0])
    assert won(50.0).costs == (
        "Not achieved: 50 % of the work done; cost 80 of 100 points. Finish first: what is left undone costs most.",
    )
    assert won(100.0).costs == (
        "Not achieved: all of the work was done, but not as the lesson asks; cost 60 of 100 points.",
    )
    assert points(card(), [ECONOMY], False, True).costs[0].startswith("Not achieved; cost 60 of 100 points.")
    assert points([*card(), Score("work_done", "Work", 100.0, "%")], [ECONOMY], True, True).costs == ()


def test_whoever_never_took_hold_gets_nothing():
    assert points(card(), ROWS, False, False) == points([card()[0]], ROWS, False, False)
    assert points(card(), ROWS, False, False).points == 0.0


def test_a_row_without_its_measure_leaves_its_weight_to_the_others():
    drops = ScoreRow(measure="drops", weight=50.0, good=0.0, poor=1.0)
    assert points(card(20.0), (*ROWS, drops), True, True) == points(card(20.0), ROWS, True, True)
    assert math.isnan(points(card(), (drops,), True, True).points)


@given(
    values=st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=2),
    good=st.floats(-100, 100),
    poor=st.floats(-100, 100),
    achieved=st.booleans(),
)
def test_a_worse_figure_never_gets_more_points(values, good, poor, achieved):
    if good == poor:
        return
    row = ScoreRow(measure="sparc", weight=2.0, good=good, poor=poor)
    best, worst = sorted(values, reverse=row.better == "higher")
    scored = [
        points([*card(), Score("sparc", "", value, "")], (*ROWS, row), achieved, True).points for value in (best, worst)
    ]
    assert 0.0 <= scored[1] <= scored[0] <= 100.0


@given(time=st.floats(0.0, 1e4), economy=st.floats(0.0, 1.0))
def test_success_is_never_worth_less_than_failure(time, economy):
    lines = card(time, economy)
    assert points(lines, ROWS, True, True).points >= points(lines, ROWS, False, True).points


def test_a_lesson_without_rows_gets_those_that_suit_any():
    assert lesson_rows(LessonScoring(score=ROWS)) == ROWS
    assert lesson_rows(LessonScoring(time_limit_s=90.0)) == default_rows(90.0)
    (time,) = [row for row in default_rows(90.0) if row.measure == "time"]
    assert (time.good, time.poor) == (45.0, 90.0)
