"""A force on the tip, as a pad's two motors let it be felt."""

from __future__ import annotations

import math

import pytest

from vr_training.inputs.rumble import APART_S, TOUCH_S, Rumble, RumbleConfig

CONFIG = RumbleConfig(from_n=0.1, full_n=1.6, weakest=0.2, touch=0.5)
LATER = 10.0 * TOUCH_S


def settled(force_n: float) -> tuple[float, float]:
    """Strengths once a touch is long over."""
    rumble = Rumble(CONFIG)
    for k in range(round(LATER / 0.01)):
        strengths = rumble.feel(force_n, 0.01 * k)
    return strengths


def test_equal_ratios_of_force_are_equal_steps_from_the_weakest_to_full_strength() -> None:
    steps = [settled(0.1 * 2.0**k)[0] for k in range(5)]
    assert steps == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert settled(0.09) == (0.0, 0.0)
    assert settled(50.0) == (1.0, 1.0)
    assert settled(1.59)[1] == 0.0


@pytest.mark.parametrize("force", [math.nan, math.inf, -1.0, 0.0])
def test_a_force_that_is_none_is_not_felt(force: float) -> None:
    assert Rumble(CONFIG).feel(force, 1.0) == (0.0, 0.0)


def test_a_touch_is_a_moment_of_the_quick_motor_and_again_only_after_the_tip_was_free() -> None:
    rumble = Rumble(CONFIG)
    assert rumble.feel(0.3, 1.0)[1] == 0.5
    assert rumble.feel(0.3, 1.0 + 0.9 * TOUCH_S)[1] == 0.5
    assert rumble.feel(0.3, 1.0 + 1.1 * TOUCH_S)[1] == 0.0
    now = 1.0 + 1.1 * TOUCH_S + 0.5 * APART_S
    rumble.feel(0.0, now)
    assert rumble.feel(0.3, now)[1] == 0.0, "it only bounced"
    assert rumble.feel(0.3, now + 1.1 * APART_S)[1] == 0.5


def test_a_configuration_whose_forces_are_the_wrong_way_round_is_refused() -> None:
    with pytest.raises(ValueError, match="from_n: 2 is not below full_n 1"):
        RumbleConfig(from_n=2.0, full_n=1.0, weakest=0.2, touch=0.5)
