"""From movement to movement help is kept in part, added to by the error, and lost where all is well."""

from __future__ import annotations

import numpy as np
import pytest

from control.laws import create
from control.laws.emken import Settings
from robotics.config import decode
from robotics.errors import ConfigError
from robotics.guidance import Space
from tests.control.laws.conftest import DT, Reach, state


def movements(law, errors: list[float]) -> list[np.ndarray]:
    """Stiffness after each movement along x in which the arm is ``error`` behind all the time."""
    reach, force, seen = Reach(np.zeros(2), np.array([0.2, 0.0]), duration_s=1.0, hold_s=0.1), np.zeros(2), []
    known = state(2)
    known.guidance = reach.asks
    for k in range(round(len(errors) * 1.1 / DT)):
        asks = reach.at(k * DT, known.x)
        known.x[:] = asks.reference
        known.x[0] -= errors[min(int(k * DT / 1.1), len(errors) - 1)]
        law.update(known, force)
        if k % 1100 == 0:
            seen.append(law.stiffness())
    return seen[1:]


def test_help_follows_the_last_error_and_forgets() -> None:
    errors = [0.03, 0.03, 0.0, 0.0, 0.05, 0.02]
    seen = movements(create("trial_by_trial", Space.TIP, 2, DT), errors)
    expected = 0.0
    for error, stiffness in zip(errors, seen, strict=False):
        expected = 0.7 * expected + 8000.0 * max(0.0, error - 0.01)  # R' = f R + g e
        np.testing.assert_allclose(stiffness[:, 0], expected, rtol=1e-9)
        np.testing.assert_array_equal(stiffness[:, 1], 0.0)


def test_variability_within_the_dead_zone_lets_help_fade_to_nothing() -> None:
    seen = movements(create("trial_by_trial", Space.TIP, 2, DT), [0.05] + 25 * [0.009])
    assert seen[0][0, 0] == pytest.approx(320.0)
    assert seen[-1].max() < 0.1


def test_the_same_error_for_ever_brings_help_to_its_balance() -> None:
    seen = movements(create("trial_by_trial", Space.TIP, 2, DT), 30 * [0.02])
    assert seen[-1][5, 0] == pytest.approx(8000.0 * 0.01 / (1.0 - 0.7), rel=1e-3)


def test_help_is_given_in_the_phase_that_it_is_needed_in() -> None:
    law = create("trial_by_trial", Space.TIP, 1, DT)
    reach, known, force = Reach(np.zeros(1), np.array([0.2]), duration_s=1.0, hold_s=0.1), state(1), np.zeros(1)
    known.guidance = reach.asks
    for k in range(1150):
        asks = reach.at(k * DT, known.x)
        known.x[:] = asks.reference - (0.04 if 0.4 < asks.elapsed_s <= 0.6 and k < 1100 else 0.0)
        law.update(known, force)
    needed = np.flatnonzero(law.stiffness()[:, 0] > 100.0)
    np.testing.assert_array_equal(needed, [4, 5])


def test_a_robot_that_relaxes_no_faster_than_the_patient_learns_is_refused() -> None:
    text = (
        "retention = 0.9\npatient_retention = 0.9\nlearning = 1.0\ndead_zone = 0.0\nmost_stiffness = 1.0\n"
        "damping_s = 0.0\nmax_force = 1.0"
    )
    with pytest.raises(ConfigError, match="relax faster than the patient learns"):
        decode(text, Settings)
