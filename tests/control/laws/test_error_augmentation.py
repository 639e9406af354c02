"""Errors are pushed at, up to a cap, and less again before they get large."""

from __future__ import annotations

import numpy as np
import pytest

from control.laws import create, load
from control.laws.error_augmentation import Settings
from robotics.config import decode
from robotics.errors import ConfigError
from robotics.guidance import Moment, Space
from tests.control.laws.conftest import DT, run, state


def pushed(off: float, moment: Moment = Moment.MOVE) -> np.ndarray:
    law = create("error_augmentation", Space.TIP, 2, DT)
    known = state(2, moment=moment, tangent=[0.0, 1.0], nearest=[0.0, 0.2])
    known.x[:] = off, 0.2
    known.v[1] = 0.5  # along the path: no matter
    return run(law, known, 1.0)[-1]


def test_a_small_error_is_pushed_away_from_the_path_in_proportion() -> None:
    np.testing.assert_allclose(pushed(0.005), [150.0 * 0.005, 0.0], rtol=0.01)
    np.testing.assert_allclose(pushed(-0.01), [-150.0 * 0.01, 0.0], rtol=0.01)
    np.testing.assert_array_equal(pushed(0.0), 0.0)


def test_the_push_levels_off_and_is_gone_at_the_limit() -> None:
    sizes = np.array([pushed(off)[0] for off in np.linspace(0.0, 0.12, 61)])
    assert 5.0 < sizes.max() < 12.0
    np.testing.assert_array_equal(sizes[50:], 0.0)
    assert np.abs(np.diff(sizes)).max() < 0.7


def test_it_pushes_while_the_patient_moves_alone() -> None:
    np.testing.assert_array_equal(pushed(0.02, Moment.HOLD), 0.0)


def test_of_a_single_coordinate_the_error_is_that_from_the_reference() -> None:
    law = create("error_augmentation", Space.JOINT, 1, DT)
    known = state(1, moment=Moment.MOVE, reference=[0.1], tangent=[1.0])
    assert run(law, known, 1.0)[-1, 0] == pytest.approx(-8.0 * 0.1, rel=0.03)
    assert load("error_augmentation").joint.stiffness == 8.0


def test_a_fade_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"fade_from: 0\.2 must be below limit, 0\.1"):
        decode("stiffness = 1.0\ndamping = 0.0\nfade_from = 0.2\nlimit = 0.1\nmax_force = 1.0", Settings)
