"""Hands without an aim: one rests, one wanders as its seed says, and neither looks."""

import numpy as np
import pytest

from robotics.contracts import OperatorInput, OperatorView
from vr_training.inputs.aimless import IdleHand, RandomHand

DT = 1e-3


def motion(hand, seed, seconds, dt=DT):
    """Pose, grip and clutch of every tick."""
    hand.reset(np.random.default_rng(seed), dt)
    reads = (hand.read() for _ in range(round(seconds / dt)))
    return np.array([(*read.pose, read.grip, read.clutch) for read in reads])


@pytest.mark.parametrize("kind", [IdleHand, RandomHand])
def test_it_takes_hold_with_the_clutch_pressed_for_half_a_second_and_does_not_move_meanwhile(kind):
    hand = kind()
    assert isinstance(hand, OperatorInput)
    for dt in (1e-3, 2e-3):
        rows = motion(hand, 0, 1.0, dt)
        assert dt * np.sum(rows[:, 8]) == pytest.approx(0.5, abs=2 * dt)
        assert np.all(np.diff(rows[:, 8]) <= 0.0)  # pressed once
        held = rows[rows[:, 8] == 1.0]
        np.testing.assert_array_equal(held[:, :8], np.tile([0, 0, 0, 1, 0, 0, 0, 0], (len(held), 1)))


def test_an_idle_hand_never_moves_or_grips():
    rows = motion(IdleHand(), 3, 5.0)
    np.testing.assert_array_equal(rows[:, :8], np.tile([0, 0, 0, 1, 0, 0, 0, 0], (len(rows), 1)))


def test_a_random_hand_wanders_smoothly_within_its_reach_and_opens_and_closes():
    rows = motion(RandomHand(), 3, 60.0)
    place, velocity = rows[:, :3], np.diff(rows[:, :3], axis=0) / DT
    assert np.all(np.ptp(place, axis=0) > 0.01)
    assert np.abs(place).max() < 0.1
    assert np.linalg.norm(velocity, axis=1).max() < 0.15
    assert np.linalg.norm(np.diff(velocity, axis=0), axis=1).max() / DT < 3.0
    assert (rows[:, 7].min(), rows[:, 7].max()) == (0.0, 1.0)
    assert np.abs(np.diff(rows[:, 7])).max() <= DT / 0.3 + 1e-12


def test_one_seed_gives_one_wandering_and_another_gives_another():
    hand = RandomHand()
    first, again, other = (motion(hand, seed, 5.0) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 1e-3


def test_a_random_hand_does_the_same_whatever_there_is_to_see():
    seen = []
    for target in (0.0, 0.1):
        hand = RandomHand()
        hand.reset(np.random.default_rng(3), DT)
        pose = np.array([target, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0])
        rows = []
        for _ in range(2000):
            hand.feedback(OperatorView(0.0, pose, pose, np.zeros(3), 0, True, np.eye(3), 1.0))
            rows.append(hand.read().pose.copy())
        seen.append(np.array(rows))
    np.testing.assert_array_equal(seen[0], seen[1])
