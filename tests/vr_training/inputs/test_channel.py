import math

import numpy as np
import pytest

from control.guard import GuardConfig, InputGuard
from control.tick import Flag
from robotics.contracts import HandPose, OperatorInput
from robotics.line_config import LineConfig
from vr_training.inputs.channel import DelayedHand, over

DT = 1e-3


class Ramp:
    """A hand that counts its readings: its x is ``speed`` times the time, its grip the number of the reading."""

    def __init__(self, speed=0.1, silent_from=10**9, every=1):
        self.speed, self.silent_from, self.every = speed, silent_from, every
        self.hand = HandPose(np.array([0.0, 0, 0, 1, 0, 0, 0]), 0.0, False, 0.0, True)
        self.count = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def reset(self, rng, dt):
        self.count, self.drawn = 0, rng.integers(2**40)

    def feedback(self, view):
        return None

    def read(self):
        sensed = min(self.count, self.silent_from) // self.every * self.every
        self.hand.pose[0] = self.speed * sensed * DT
        self.hand.grip = float(sensed)
        self.hand.clutch = sensed % 2 == 1
        self.hand.age_s = (self.count - sensed) * DT
        self.count += 1
        return self.hand


def play(line, ticks, seed=0, **hand):
    delayed = DelayedHand(Ramp(**hand), LineConfig(**line))
    delayed.reset(np.random.default_rng(seed), DT)
    rows, flags, guard = [], [], InputGuard(GuardConfig(), DT)
    for _ in range(ticks):
        read = delayed.read()
        rows.append((read.pose[0], read.grip, read.clutch, read.age_s, read.valid))
        flags.append(guard.check(read))
    return np.array(rows), np.array(flags)


def test_it_keeps_the_contract_and_a_line_that_does_nothing_is_no_line():
    assert isinstance(DelayedHand(Ramp(), LineConfig(delay_ms=1.0)), OperatorInput)
    hand = Ramp()
    assert over(LineConfig(), hand) is hand
    assert over(LineConfig(loss=0.1), hand) is not hand


@pytest.mark.parametrize("delay", [1, 100, 500])
def test_a_constant_delay_gives_the_same_hand_so_much_later_and_the_guard_believes_it(delay):
    rows, flags = play({"delay_ms": float(delay)}, delay + 300)
    assert not rows[:delay, 4].any()
    np.testing.assert_array_equal(rows[delay:, 1], np.arange(300))
    np.testing.assert_array_equal(rows[delay:, 2], np.arange(300) % 2)
    np.testing.assert_array_equal(rows[delay:, 3], 0.0)
    assert not flags[delay:].any()


def test_the_same_seed_gives_the_same_line_bit_for_bit_and_another_gives_another():
    line = {"delay_ms": 50.0, "jitter_ms": 20.0, "loss": 0.2}
    first, second, other = (play(line, 2000, seed)[0] for seed in (1, 1, 2))
    assert first.tobytes() == second.tobytes()
    assert first.tobytes() != other.tobytes()


def test_the_hand_draws_the_same_with_and_without_a_line():
    plain, delayed = Ramp(), Ramp()
    rngs = [np.random.default_rng(3) for _ in range(2)]
    plain.reset(rngs[0], DT)
    DelayedHand(delayed, LineConfig(delay_ms=10.0, jitter_ms=5.0)).reset(rngs[1], DT)
    assert plain.drawn == delayed.drawn
    assert rngs[0].integers(2**40) == rngs[1].integers(2**40)  # nor does a second arm's hand draw anything else


def test_the_newest_wins_and_nothing_that_was_overtaken_comes_after_it():
    rows, _ = play({"delay_ms": 20.0, "jitter_ms": 15.0}, 5000)
    shown = rows[rows[:, 4] > 0.0, 1]
    steps = np.diff(shown)
    assert steps.min() >= 0.0
    assert steps.max() > 1.0, "some overtook others"
    assert (steps == 0.0).any(), "some came late"


def test_the_age_is_what_the_line_took_beyond_its_known_delay():
    rows, _ = play({"delay_ms": 30.0, "jitter_ms": 10.0, "loss": 0.1}, 20000)
    there = rows[:, 4] > 0.0
    took = (np.arange(len(rows)) - rows[:, 1])[there]
    np.testing.assert_allclose(rows[there, 3], (took - 30.0) * DT, atol=1e-12)
    assert rows[there, 3].min() >= 0.0
    # The newest wins, so what is shown has waited less than a packet does in the mean, 0.8 of the jitter.
    assert 0.2 * 10.0 < np.mean(took - 30.0) < 0.8 * 10.0


def test_a_lost_packet_repeats_the_last_pose_which_grows_older():
    rows, _ = play({"loss": 0.3}, 20000)
    steps = np.diff(rows[:, 1])
    repeated = steps == 0.0
    assert np.mean(repeated) == pytest.approx(0.3, abs=0.02)
    np.testing.assert_allclose(np.diff(rows[:, 3])[repeated], DT)


def test_jitter_of_a_fast_hand_is_no_jump_but_a_jump_over_the_line_still_is():
    _, flags = play({"delay_ms": 100.0, "jitter_ms": 20.0, "loss": 0.01}, 20000, speed=1.0)
    late = np.flatnonzero(flags)
    assert late.size == 0 or late.max() < 200, "a brisk hand over an uneven line counts as implausible"
    rows, flags = play({"delay_ms": 100.0, "jitter_ms": 20.0}, 2000, speed=8.0)
    assert (flags & Flag.INPUT_IMPLAUSIBLE).any()
    assert rows[-1, 0] > 1.0


def test_when_what_feeds_the_line_falls_silent_the_guard_sees_it_as_soon_as_without_a_line():
    silent = 1000
    for line in ({"delay_ms": 0.0, "loss": 0.0}, {"delay_ms": 500.0}):
        _, flags = play(line, silent + 700, silent_from=silent)
        first = np.flatnonzero(flags[600:] & Flag.INPUT_STALE)[0] + 600
        assert silent + 100 <= first <= silent + 102


def test_a_line_that_stalls_is_seen_by_the_guard():
    delayed = DelayedHand(Ramp(), LineConfig(delay_ms=200.0))
    delayed.reset(np.random.default_rng(0), DT)
    guard = InputGuard(GuardConfig(), DT)
    delayed._send = lambda now, send=delayed._send: send(now) if now < 1000 else None
    flags = np.array([guard.check(delayed.read()) for _ in range(1600)])
    assert not flags[200:1299].any()
    stale = np.flatnonzero(flags[200:])[0] + 200
    assert 1200 + 100 <= stale <= 1200 + 102  # the last one came 200 ms late, and 100 ms after it the hand is stale


def test_a_slow_device_s_own_age_travels_with_its_pose():
    rows, _ = play({"delay_ms": 40.0}, 400, every=10)
    np.testing.assert_allclose(rows[40:, 3], (np.arange(360) % 10) * DT, atol=1e-12)


def test_a_line_says_what_it_is():
    assert LineConfig().describe() == ""
    assert LineConfig(delay_ms=200.0, jitter_ms=20.0, loss=0.01).describe() == "200 ms, jitter 20 ms, 1 % lost"
    assert math.isclose(LineConfig(loss=0.01).loss, 0.01)
