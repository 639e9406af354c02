import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robotics.config import convert, decode
from robotics.errors import ConfigError
from vr_training.rehab.adaptation import KNOBS, MOST_NEEDED, Difficulty, Progression

shares = st.floats(0.0, 1.0)
pairs = st.tuples(shares, shares).map(lambda pair: (min(pair), max(pair)))
moving = st.tuples(st.floats(0.05, 1.0), st.floats(0.05, 1.0)).map(lambda pair: (min(pair), max(pair)))
progressions = st.builds(
    Progression,
    assistance=pairs,
    amplitude=moving,
    speed=moving,
    assistance_step=st.floats(0.01, 1.0),
    amplitude_step=st.floats(0.01, 1.0),
    speed_step=st.floats(0.01, 1.0),
    successes=st.integers(1, 5),
    hold=st.frozensets(st.sampled_from(KNOBS)),
)
outcomes = st.lists(st.booleans(), max_size=120)


def after(difficulty, *outcomes):
    for outcome in outcomes:
        difficulty = difficulty.step(outcome)
    return difficulty


def level(difficulty):
    """How hard it is: more is harder."""
    return difficulty.amplitude + difficulty.speed - difficulty.assistance


def turns(levels):
    """How often a course of levels turns round."""
    moves = np.diff(levels)
    signs = np.sign(moves[np.abs(moves) > 1e-9])
    return int(np.sum(signs[1:] != signs[:-1]))


def test_three_successes_in_a_row_take_a_tenth_of_the_help_away():
    start = Difficulty.start(Progression(), assistance=0.8)
    assert after(start, True, True).assistance == 0.8
    assert after(start, True, True, True).assistance == pytest.approx(0.7)
    assert after(start, True, True, False, True, True).assistance == pytest.approx(0.9)


def test_a_failure_gives_a_tenth_back():
    assert Difficulty.start(Progression(), assistance=0.5).step(False).assistance == pytest.approx(0.6)


def test_amplitude_grows_once_help_is_at_its_floor_and_speed_once_amplitude_is_full():
    start = Difficulty.start(Progression(assistance=(0.2, 1.0)), assistance=0.3, amplitude=0.9, speed=0.5)
    first, second, third = (after(start, *[True] * (3 * k)) for k in (1, 2, 3))
    assert (first.assistance, first.amplitude, first.speed) == (pytest.approx(0.2), 0.9, 0.5)
    assert (second.assistance, second.amplitude, second.speed) == (pytest.approx(0.2), 1.0, 0.5)
    assert (third.assistance, third.amplitude, third.speed) == (pytest.approx(0.2), 1.0, pytest.approx(0.6))


def test_whoever_fails_is_helped_before_speed_and_amplitude_are_taken_away():
    hard = Difficulty.start(Progression(), assistance=0.9, amplitude=0.6, speed=0.6)
    one, two, three = (after(hard, *[False] * k) for k in (1, 2, 3))
    assert (one.assistance, one.speed, one.amplitude) == (1.0, 0.6, 0.6)
    assert (two.assistance, two.speed, two.amplitude) == (1.0, 0.5, 0.6)
    assert (three.assistance, three.speed, three.amplitude) == (1.0, 0.5, 0.5)


def test_always_passed_ends_at_the_hardest_and_always_failed_at_the_easiest():
    top = after(Difficulty.start(Progression()), *[True] * 200)
    assert (top.assistance, top.amplitude, top.speed) == (0.0, 1.0, 1.0)
    bottom = after(top, *[False] * 200)
    assert (bottom.assistance, bottom.amplitude, bottom.speed) == (1.0, 0.5, 0.5)


def test_a_step_that_was_failed_at_once_takes_twice_as_many_successes_again():
    back = after(Difficulty.start(Progression(), assistance=0.5), True, True, True, False)
    assert back.assistance == pytest.approx(0.5)
    assert after(back, *[True] * 5).assistance == pytest.approx(0.5)
    assert after(back, *[True] * 6).assistance == pytest.approx(0.4)


def test_a_level_that_is_mastered_makes_it_three_again():
    back = after(Difficulty.start(Progression(), assistance=0.5), True, True, True, False)
    assert after(back, *[True] * 6).needed == 6
    assert after(back, *[True] * 12).needed == 3


@given(limit=st.integers(1, 9))
def test_a_patient_with_a_limit_rests_beside_it(limit):
    """Passes with help above the limit, fails below: the plain rule fails every fourth time for ever."""
    difficulty, failures, levels = Difficulty.start(Progression(amplitude=(1.0, 1.0), speed=(1.0, 1.0))), 0, []
    for trial in range(400):
        success = difficulty.assistance > limit / 10.0 - 0.05
        if trial >= 100:
            failures += not success
            levels.append(difficulty.assistance)
        difficulty = difficulty.step(success)
    assert max(levels) - min(levels) == pytest.approx(0.1)
    assert failures <= 300 / (3 * MOST_NEEDED) + 1


@given(p=st.floats(0.0, 1.0), seed=st.integers(0, 2**32 - 1))
def test_constant_success_does_not_make_it_swing(p, seed):
    rng = np.random.default_rng(seed)
    difficulty = Difficulty.start(Progression(), assistance=0.5, amplitude=0.7, speed=0.7)
    levels = []
    for success in rng.random(400) < p:
        difficulty = difficulty.step(bool(success))
        levels.append(level(difficulty))
    assert turns(levels) <= 400 / 8


@given(progression=progressions, outcomes=outcomes, start=st.tuples(shares, shares, shares))
def test_nothing_leaves_the_bounds_of_the_prescription(progression, outcomes, start):
    difficulty = Difficulty.start(progression, *start)
    for outcome in [None, *outcomes]:
        difficulty = difficulty if outcome is None else difficulty.step(outcome)
        for knob in KNOBS:
            low, high = progression.bounds(knob)
            assert low <= getattr(difficulty, knob) <= high


@given(progression=progressions, outcomes=outcomes, start=st.tuples(shares, shares, shares))
def test_what_the_therapist_holds_stays(progression, outcomes, start):
    first = Difficulty.start(progression, *start)
    last = after(first, *outcomes)
    for knob in progression.hold:
        assert getattr(last, knob) == getattr(first, knob)


@given(progression=progressions, outcomes=outcomes)
def test_a_success_never_makes_it_easier_and_a_failure_never_harder(progression, outcomes):
    difficulty = Difficulty.start(progression)
    for outcome in outcomes:
        following = difficulty.step(outcome)
        change = level(following) - level(difficulty)
        assert change >= 0.0 if outcome else change <= 0.0
        difficulty = following


@given(progression=progressions, outcomes=outcomes)
def test_it_goes_on_from_json_as_if_nothing_had_been(progression, outcomes):
    difficulty = after(Difficulty.start(progression), *outcomes)
    again = msgspec.json.decode(msgspec.json.encode(difficulty), type=Difficulty)
    assert again == difficulty
    assert after(again, True, False) == after(difficulty, True, False)


def test_a_hold_can_be_put_on_and_let_go_and_a_knob_moved_by_hand():
    start = Difficulty.start(Progression(), assistance=0.5)
    held = start.held("assistance")
    assert after(held, False).assistance == 0.5
    assert after(held, True, True, True).amplitude == pytest.approx(0.6)
    assert after(held.held(), False).assistance == pytest.approx(0.6)
    assert held.turned(False, "assistance").assistance == pytest.approx(0.6)  # who holds it may turn it himself
    assert held.turned(True).amplitude == pytest.approx(0.6)


@given(progression=progressions, outcomes=outcomes, harder=st.booleans(), knob=st.sampled_from((None, *KNOBS)))
def test_a_step_by_hand_stays_within_the_bounds_and_counting_starts_anew(progression, outcomes, harder, knob):
    before = after(Difficulty.start(progression), *outcomes)
    turned = before.turned(harder, knob)
    changed = [each for each in KNOBS if getattr(turned, each) != getattr(before, each)]
    assert len(changed) <= 1
    for each in changed:
        assert each == knob or (knob is None and each not in progression.hold)
        low, high = progression.bounds(each)
        assert low <= getattr(turned, each) <= high
        step = getattr(turned, each) - getattr(before, each)
        assert (step > 0.0) is (harder is (each != "assistance"))
        assert abs(step) <= progression.step(each) + 1e-9
        assert (turned.streak, turned.needed, turned.climbed) == (0, progression.successes, False)
    assert changed or turned is before


def test_a_progression_that_cannot_be_is_refused():
    with pytest.raises(ConfigError, match="must not be above the second"):
        convert({"assistance": [0.8, 0.2]}, Progression)
    with pytest.raises(ConfigError, match="nothing would move"):
        convert({"speed": [0.0, 1.0]}, Progression)
    with pytest.raises(ConfigError, match="hold"):
        decode('hold = ["gravity"]', Progression)
