"""The board's clock as the host knows it: no farther off than is said, however it goes and however late answers are."""

from __future__ import annotations

import random

import pytest

from hardware.joint_board.clock import WRAP, BoardClock

PING_US = 50_000


def answers(clock: BoardClock, rate: float, late_us: float, seconds: float, seed: int) -> list[tuple[float, float]]:
    """Errors of a clock and their bounds [us], halfway between questions, with answers that are late each way."""
    draws, found = random.Random(seed), []
    begins = draws.randrange(WRAP)
    for now in range(PING_US, round(1e6 * seconds), PING_US):
        there = now + draws.expovariate(1.0 / late_us) if late_us else now
        back = there + 100 + (draws.expovariate(1.0 / late_us) if late_us else 0.0)

        def board(at: float) -> int:
            return round(begins + rate * at) % WRAP

        clock.learn(now, board(there), board(there + 100), round(back))
        then = now + PING_US // 2
        if then > back:
            off = (clock.board_us(then) - board(then) + WRAP // 2) % WRAP - WRAP // 2
            found.append((abs(off), clock.bound_us(then)))
    return found


@pytest.mark.parametrize("late_us", [0.0, 300.0, 1000.0, 3000.0])
@pytest.mark.parametrize("rate", [0.9951, 0.9999, 1.0, 1.0002, 1.005])
def test_the_bound_holds_for_clocks_of_crystals_and_of_resonators(rate: float, late_us: float):
    for seed in range(20):
        found = answers(BoardClock(), rate, late_us, 10.0, seed)
        assert len(found) > 100
        assert all(off <= bound + 3.0 for off, bound in found)
        assert found[-1][1] < max(3.0 * late_us, 200.0)


@pytest.mark.parametrize("rate", [0.7, 0.83, 0.93, 1.08])
def test_a_clock_that_goes_as_no_clock_should_is_followed_once_that_is_seen(rate: float):
    for seed in range(20):
        clock = BoardClock()
        found = answers(clock, rate, 200.0, 10.0, seed)
        assert all(off <= 1.5 * bound + 3.0 for off, bound in found[20:])
        assert found[-1][0] < 500.0
        assert clock.rate == pytest.approx(rate, abs=2e-3)


def test_a_clock_that_leaps_is_known_again_by_the_second_answer():
    clock = BoardClock()
    for now in range(0, 2_000_000, PING_US):
        clock.learn(now, now, now, now + 200)
    for k in range(4):
        now = 2_000_000 + k * PING_US
        clock.learn(now, now + 1_000_000, now + 1_000_000, now + 200)
        off = clock.board_us(now + 10_000) - (now + 10_000)
        assert abs(off - (1_000_000 if k else 0)) < 300
    assert abs(clock.rate - 1.0) < 1e-2


@pytest.mark.parametrize("held_us", [-20_000, -5_000, -1_000])
def test_a_board_that_is_held_up_for_a_moment_has_no_other_clock_after_it(held_us: int):
    """As an emulated one is on a busy machine: it was behind as it answered, and makes up for it at once."""
    clock = BoardClock()
    for k, now in enumerate(range(0, 5_000_000, PING_US)):
        behind = held_us if k % 7 == 5 else 0
        clock.learn(now, now + behind, now + behind, now + 200)
        assert abs(clock.board_us(now + 40_000) - (now + 40_000)) < 300
        assert clock.rate == pytest.approx(1.0, abs=5e-3)


def test_a_time_of_the_board_is_one_of_the_host_at_the_pace_of_its_clock():
    clock = BoardClock()
    answers(clock, 0.9, 0.0, 5.0, 1)
    now = 5_000_000
    there = clock.board_us(now)
    assert clock.host_us((there - 900_000) % WRAP, now) == pytest.approx(now - 1_000_000, abs=100)
    assert clock.host_us((there + 900) % WRAP, now) == pytest.approx(now + 1000, abs=5)


def test_nothing_is_known_before_an_answer():
    clock = BoardClock()
    assert not clock.known
    assert clock.bound_us(0) == float("inf")
