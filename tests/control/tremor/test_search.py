"""The search: climbs to a known top, never ends lower than it began, and gives the best so far however it ends."""

from __future__ import annotations

import math

import pytest

from control.tremor.dials import Dial
from control.tremor.search import search

DIALS = [Dial(("a",), 0.01, 100.0, stride=2.0), Dial(("b",), 0.01, 100.0, stride=2.0)]
START = {"a": 1.0, "b": 20.0}


def hill(values):
    """Top of 10 dB at a = 7, b = 0.5, along a ridge that lies across both."""
    x, y = math.log(values["a"] / 7.0), math.log(values["b"] / 0.5)
    return 10.0 - (x + y) ** 2 - 0.3 * (x - y) ** 2


def test_it_finds_the_top_of_a_hill():
    found = search(START, DIALS, lambda several: [hill(v) for v in several], lambda: False)
    assert found.best > 9.8
    assert found.best == hill(found.values)
    assert found.start == hill(START)
    assert found.step < 1.1
    assert not found.interrupted


@pytest.mark.parametrize("count", [0, 1, 5])
def test_out_of_time_it_gives_the_best_so_far(count):
    asked = iter(range(1000))
    found = search(START, DIALS, lambda several: [hill(v) for v in several], lambda: next(asked) >= count)
    assert found.best == hill(found.values) >= found.start
    assert found.tried <= 1 + 2 * count


def test_an_interrupt_keeps_the_best_so_far():
    calls = []

    def worth(several):
        calls.append(len(several))
        if len(calls) == 6:
            raise KeyboardInterrupt
        return [hill(v) for v in several]

    found = search(START, DIALS, worth, lambda: False)
    assert found.interrupted
    assert found.tried == sum(calls[:5])
    assert found.best == hill(found.values) > found.start


def test_settings_that_no_filter_can_have_are_passed_by_and_progress_is_told():
    told = []
    found = search(
        START,
        DIALS,
        lambda several: [hill(v) if v["b"] > 1.0 else -math.inf for v in several],
        lambda: False,
        lambda best, tried: told.append((best, tried)),
    )
    assert found.values["b"] > 1.0
    assert told == sorted(told)
    assert told[-1] == (found.best, found.tried)
