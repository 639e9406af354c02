"""Free while the movement is right, a pull back where it is not."""

from __future__ import annotations

import numpy as np
import pytest

from control.laws import create
from robotics.guidance import Moment, Space
from tests.control.laws.conftest import DT, run, state


def beside(distance: float, v: tuple[float, float], moment: Moment = Moment.MOVE) -> np.ndarray:
    law = create("corrective", Space.TIP, 2, DT)
    known = state(2, moment=moment, tangent=[1.0, 0.0], progress=0.5)
    known.x[1], known.v[:] = distance, v
    return run(law, known, 1.0)[-1]


def test_right_movement_is_free() -> None:
    np.testing.assert_array_equal(beside(0.019, (0.4, 0.3)), 0.0)
    np.testing.assert_array_equal(beside(-0.019, (-0.02, -0.3)), 0.0)


def test_outside_of_the_dead_band_it_pulls_back() -> None:
    np.testing.assert_allclose(beside(0.05, (0.4, 0.0)), [0.0, -800.0 * 0.03], atol=1e-12)
    np.testing.assert_allclose(beside(0.04, (0.0, 0.5)), [0.0, -800.0 * 0.02 - 20.0 * 0.5], atol=1e-12)


def test_who_returns_by_himself_is_let_alone() -> None:
    assert beside(0.05, (0.0, -0.025))[1] == pytest.approx(-0.5 * 800.0 * 0.03)
    np.testing.assert_array_equal(beside(0.05, (0.0, -0.05)), 0.0)


def test_the_wrong_way_is_braked_only_while_a_movement_is_asked_for() -> None:
    np.testing.assert_allclose(beside(0.0, (-0.32, 0.0)), [60.0 * 0.3, 0.0])
    np.testing.assert_array_equal(beside(0.0, (-0.32, 0.0), Moment.HOLD), 0.0)
