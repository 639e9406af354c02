import numpy as np
import pytest

from vr_training.scoring.turning import orientation_change


def turned(ticks, angle):
    tip = ticks["arms"]["a"]["tip"]
    tip[:, 3], tip[:, 4:6], tip[:, 6] = np.cos(0.5 * angle), 0.0, np.sin(0.5 * angle)
    return ticks


@pytest.mark.parametrize("degrees", [1.0, 90.0, 400.0, 720.0])
def test_a_steady_turn_counts_its_angle_over_any_number_of_rounds(made, seen, degrees):
    ticks = turned(made(np.zeros((4000, 3))), np.radians(degrees) * np.linspace(0.0, 1.0, 4000))
    assert orientation_change(seen(ticks)) == pytest.approx(degrees, rel=2e-3)


def test_there_and_back_counts_twice(made, seen):
    angle = 0.5 * (1.0 - np.cos(2.0 * np.pi * np.linspace(0.0, 1.0, 4000)))
    assert orientation_change(seen(turned(made(np.zeros((4000, 3))), angle))) == pytest.approx(
        np.degrees(2.0), rel=2e-3
    )


def test_the_other_quaternion_of_a_rotation_is_no_turn(made, seen):
    ticks = turned(made(np.zeros((4000, 3))), np.linspace(0.0, 1.0, 4000))
    whole = orientation_change(seen(ticks))
    ticks["arms"]["a"]["tip"][1000:1700, 3:] *= -1.0
    assert orientation_change(seen(ticks)) == pytest.approx(whole, rel=1e-9)


def test_a_still_wrist_did_not_turn(made, reach, seen):
    assert orientation_change(seen(made(reach(3.0, 0.05, 2.0)))) == pytest.approx(0.0, abs=1e-6)


def test_of_two_arms_the_turns_of_both_count(made, seen):
    ticks = made(np.zeros((4000, 3)), other=np.zeros((4000, 3)))
    for arm, degrees in (("a", 40.0), ("b", 70.0)):
        half = 0.5 * np.radians(degrees) * np.clip(np.linspace(-0.5, 1.5, 4000), 0.0, 1.0)
        ticks["arms"][arm]["tip"][:, 3], ticks["arms"][arm]["tip"][:, 6] = np.cos(half), np.sin(half)
    assert orientation_change(seen(ticks)) == pytest.approx(110.0, rel=5e-3)
