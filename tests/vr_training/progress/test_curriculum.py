"""The curriculum: what is unlocked for whom, and why."""

from __future__ import annotations

from tests.vr_training.progress.conftest import attempt
from vr_training.progress.curriculum import ENOUGH_PASSES, in_the_way, standings
from vr_training.progress.proficiency import Bar

LEVELS = {"reach": 1, "track": 1, "pick": 2, "peg": 4}
NEEDED = {"reach": (Bar("time", 10.0, "lower", 8.0, 2.0),)}


def tries(lesson, count, success=True, time=20.0, **more):
    return [attempt(i, lesson=lesson, success=success, measures={"time": time}, **more) for i in range(count)]


def unlocked(found):
    return {each.lesson for each in standings(LEVELS, found, NEEDED) if each.unlocked}


def test_a_beginner_finds_the_first_level_alone_unlocked():
    assert unlocked([]) == {"reach", "track"}


def test_passes_of_every_lesson_below_unlock_the_next_level():
    most = tries("reach", ENOUGH_PASSES) + tries("track", ENOUGH_PASSES - 1)
    assert unlocked(most) == {"reach", "track"}
    assert unlocked(most + tries("track", 1)) == {"reach", "track", "pick"}


def test_failed_tries_unlock_nothing():
    assert unlocked(tries("reach", 9, success=False) + tries("track", 9, success=False)) == {"reach", "track"}


def test_proficiency_unlocks_sooner_than_passes():
    assert "pick" in unlocked(tries("reach", 2, time=9.0) + tries("track", ENOUGH_PASSES))
    assert "pick" not in unlocked(tries("reach", 2, time=11.0) + tries("track", ENOUGH_PASSES))


def test_levels_may_have_gaps_but_none_is_skipped():
    first = tries("reach", ENOUGH_PASSES) + tries("track", ENOUGH_PASSES)
    assert "peg" not in unlocked(first)
    assert "peg" in unlocked(first + tries("pick", ENOUGH_PASSES))


def test_whoever_passed_a_lesson_may_go_on_with_it():
    assert "peg" in unlocked(tries("peg", 1))
    assert "peg" not in unlocked(tries("peg", 1, success=False))


def test_what_is_in_the_way_is_named():
    found = standings(LEVELS, tries("reach", ENOUGH_PASSES), NEEDED)
    by_name = {each.lesson: each for each in found}
    assert in_the_way(by_name["peg"], found) == ("track", "pick")
    assert in_the_way(by_name["track"], found) == ()


def test_a_standing_counts_tries_passes_and_points():
    found = tries("reach", 1, points=50.0) + tries("reach", 1, success=False, points=20.0)
    (reach, *_) = standings(LEVELS, found, NEEDED)
    assert (reach.tries, reach.passes, reach.best, reach.last, reach.proficient) == (2, 1, 50.0, 20.0, False)
    assert standings(LEVELS, [], NEEDED)[1].proficient is None  # no reference
