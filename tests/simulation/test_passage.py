"""A thing has been handed over where one arm held it in the air, then both, then the other one alone."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from simulation.grasping import GraspWatch
from simulation.passage import BOTH, FIRM_S, LIFTED, PASSED, WAITING, Passage

GIVER, TAKER, DT = 1, 0, 0.001


class Way:
    """A thing that is touched as one says, for as long as one says."""

    def __init__(self) -> None:
        self.passage, self.time = Passage(GIVER, TAKER), 0.0

    def go(self, seconds: float, *holders: int, supported: bool = False, at_home: bool = True) -> int:
        watch = cast(GraspWatch, SimpleNamespace(supported=supported, holds=lambda arm: arm in holders))
        for _ in range(round(seconds / DT)):
            self.time += DT
            self.passage.look(watch, at_home, self.time)
        return self.passage.stage

    def pass_on(self) -> None:
        assert self.go(0.3, GIVER, supported=True) == WAITING
        assert self.go(0.3, GIVER) == LIFTED
        assert self.go(0.3, GIVER, TAKER) == BOTH
        assert not self.passage.passed
        assert self.go(0.3, TAKER) == PASSED
        assert self.passage.passed


def test_it_passes_from_the_giver_through_both_to_the_taker_in_the_air() -> None:
    way = Way()
    way.pass_on()
    assert way.passage.passed


@pytest.mark.parametrize("arm", [GIVER, TAKER])
def test_one_arm_alone_hands_nothing_over(arm: int) -> None:
    way = Way()
    way.go(1.0, arm)
    way.go(1.0, supported=True, at_home=False)
    way.go(5.0, arm)
    assert not way.passage.passed


def test_what_both_hold_while_it_touches_something_has_not_passed() -> None:
    way = Way()
    way.go(0.3, GIVER)
    way.go(1.0, GIVER, TAKER, supported=True)
    way.go(1.0, TAKER, supported=True)
    way.go(1.0, TAKER)
    assert not way.passage.passed


def test_what_is_thrown_across_or_set_down_in_between_has_not_passed() -> None:
    thrown, set_down = Way(), Way()
    thrown.go(0.3, GIVER)
    thrown.go(0.2)
    thrown.go(0.5, TAKER)
    assert not thrown.passage.passed
    set_down.go(0.3, GIVER)
    set_down.go(0.3, GIVER, TAKER)
    set_down.go(0.3, GIVER, TAKER, supported=True)
    set_down.go(0.5, TAKER)
    assert not set_down.passage.passed


def test_the_wrong_way_round_does_not_count() -> None:
    way = Way()
    way.go(0.3, TAKER)
    way.go(0.3, GIVER, TAKER)
    way.go(0.3, GIVER)
    assert not way.passage.passed


def test_a_moment_with_both_arms_is_no_hold_and_a_moment_s_graze_is_no_support() -> None:
    way = Way()
    way.go(0.3, GIVER)
    way.go(0.6 * FIRM_S, GIVER, TAKER)
    way.go(0.5, TAKER)
    assert not way.passage.passed
    way = Way()
    way.go(0.3, GIVER)
    way.go(0.6 * FIRM_S, GIVER, supported=True)
    way.go(0.3, GIVER, TAKER)
    assert way.go(0.3, TAKER) == PASSED


def test_what_has_passed_stays_so_where_it_belongs_and_not_where_it_came_from() -> None:
    way = Way()
    way.pass_on()
    assert way.go(1.0, TAKER, supported=True, at_home=False) == PASSED
    assert way.go(1.0, supported=True, at_home=False) == PASSED
    assert way.go(1.0, supported=True, at_home=True) == WAITING


def test_what_is_handed_back_has_to_be_handed_over_again() -> None:
    way = Way()
    way.pass_on()
    way.go(0.3, GIVER, TAKER)
    assert way.go(0.3, GIVER) == LIFTED
    way.go(0.3, GIVER, TAKER)
    assert way.go(0.3, TAKER) == PASSED


def test_what_falls_from_between_the_arms_begins_anew() -> None:
    way = Way()
    way.go(0.3, GIVER)
    way.go(0.3, GIVER, TAKER)
    way.go(0.1)
    assert way.go(0.3, supported=True, at_home=False) == WAITING
