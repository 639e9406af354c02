"""The arm follows the sound side, no faster than is set, and holds where that is not measured."""

from __future__ import annotations

import numpy as np
import pytest

from control.laws import LawState, create
from robotics.guidance import Moment, Space
from tests.control.laws.conftest import DT, Arm, state


def follow(mirror, seconds: float) -> tuple[np.ndarray, np.ndarray]:
    """Where an arm of two coordinates goes, and its velocity, shape (ticks, 2)."""
    law, arm = create("passive_mirrored", Space.JOINT, 2, DT), Arm(2, 0.1, 0.5)
    known, force = state(2, moment=Moment.MOVE), np.zeros(2)
    known = LawState(arm.x, arm.v, np.zeros(2), known.guidance)
    x, v = [], []
    for k in range(round(seconds / DT)):
        known.guidance.mirror = mirror(k * DT)
        law.update(known, force)
        arm.step(force)
        x.append(arm.x.copy())
        v.append(arm.v.copy())
    return np.array(x), np.array(v)


def test_slow_motion_of_the_sound_side_is_followed() -> None:
    t = np.arange(12000) * DT
    x, _ = follow(lambda at: np.array([0.5 * np.sin(0.5 * at), 0.0]), 12.0)
    # Two poles at 2 Hz are 2 / (2 pi 2) = 0.16 s late.
    late = 0.5 * np.sin(0.5 * (t - 1.0 / (2.0 * np.pi)))
    assert np.abs(x[2000:, 0] - late[2000:]).max() < 0.02


def test_a_leap_of_the_sound_side_is_followed_no_faster_than_is_set() -> None:
    x, v = follow(lambda at: np.array([2.0, 0.0]) if at > 1.0 else np.zeros(2), 5.0)
    assert 0.9 < np.abs(v).max() < 1.15  # 1 rad/s, and what the spring adds
    assert x[-1, 0] == pytest.approx(2.0, abs=0.01)


def test_where_it_is_not_measured_the_arm_holds() -> None:
    x, _ = follow(lambda at: np.array([0.3, 0.2]) if at < 2.0 else np.array([np.nan, 0.4]), 5.0)
    assert x[2000, 0] == pytest.approx(0.3, abs=0.01)
    assert np.abs(x[2000:, 0] - x[2000, 0]).max() < 0.005
    assert x[-1, 1] == pytest.approx(0.4, abs=0.01)


def test_where_it_was_never_measured_the_arm_stays() -> None:
    x, _ = follow(lambda at: np.full(2, np.nan), 1.0)
    np.testing.assert_array_equal(x, 0.0)
