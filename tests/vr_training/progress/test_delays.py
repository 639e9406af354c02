"""What an added line costs: beside the same person's tries without one."""

import pytest

from robotics.line_config import LineConfig
from tests.vr_training.progress.conftest import attempt
from vr_training.progress.delays import OwnLine, delayed
from vr_training.records.attempt import from_results


def with_delay(number, delay_ms, points, **more):
    return attempt(number, delay_ms=delay_ms, points=points, **more)


def test_a_cost_is_the_newest_tries_beside_the_newest_without():
    tries = [with_delay(i, 300.0, p) for i, p in enumerate((10.0, 40.0, 50.0, 60.0))] + [with_delay(9, 100.0, 78.0)]
    near, far = delayed(tries, (20.0, 70.0, 80.0, 90.0), "points", "higher")
    assert (near.line.delay_ms, near.tries, near.median, near.cost) == (100.0, 1, 78.0, 2.0)
    assert (far.line.delay_ms, far.tries, far.median, far.cost) == (300.0, 4, 50.0, 30.0)


def test_where_less_is_better_more_is_the_cost():
    (one,) = delayed([with_delay(0, 200.0, 1.0, measures={"time": 90.0})], (60.0,), "time", "lower")
    assert one.cost == pytest.approx(30.0)


def test_without_tries_to_compare_with_no_cost_is_told():
    tries = [with_delay(0, 200.0, 70.0)]
    assert [each.cost for each in delayed(tries, (), "points", "higher")] == [None]
    assert [each.cost for each in delayed(tries, (80.0,), "points", "")] == [None]
    assert delayed([with_delay(0, 200.0, None)], (80.0,), "points", "higher") == ()


@pytest.mark.parametrize(
    ("line", "own"),
    [
        (LineConfig(delay_ms=40.0), True),
        (LineConfig(delay_ms=80.0), True),
        (LineConfig(delay_ms=81.0), False),
        (LineConfig(), False),  # easier than the lesson
        (LineConfig(delay_ms=60.0, loss=0.1), False),
        (LineConfig(delay_ms=60.0, jitter_ms=5.0), False),
    ],
)
def test_what_the_lesson_draws_itself_is_its_own(line, own):
    assert OwnLine((40.0, 80.0)).is_of(line) == own


def test_tries_whose_delay_was_but_drawn_are_put_together():
    own = OwnLine((40.0, 80.0))
    tries = [with_delay(i, delay, 70.0, loss=0.1) for i, delay in enumerate((41.0, 55.0, 79.0))]
    (one,) = delayed(tries, (80.0,), "points", "higher", own)
    assert (one.tries, one.cost, one.line.loss, one.line.delay_ms) == (3, 10.0, 0.1, 60.0)


def test_a_try_takes_its_line_from_the_results():
    results = {
        **{"task": "peg_transfer", "input": "mouse", "seed": 1, "success": True, "points": 1.0, "filter": "default"},
        **{"digest": "ab", "line": {"delay_ms": 120.0, "jitter_ms": 3.0, "loss": 0.01}},
    }
    found = from_results("20260101-120000-peg_transfer", results)
    assert found is not None
    assert found.line == LineConfig(delay_ms=120.0, jitter_ms=3.0, loss=0.01)
    old = from_results("20260101-120000-peg_transfer", {k: v for k, v in results.items() if k != "line"})
    assert old is not None
    assert not old.line.active
