"""Help comes where the patient gets no further, goes as he moves, and only ever leads to the goal."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from control.laws import LawState, create
from robotics.guidance import Moment, Space
from tests.control.laws.conftest import DT, Arm, Reach, run, state


def test_who_moves_is_free_and_who_hesitates_is_pulled_after_a_second() -> None:
    law = create("assist_on_hesitation", Space.TIP, 2, DT)
    known = state(2, moment=Moment.MOVE, goal=[0.3, 0.4], tangent=[0.6, 0.8])
    known.v[:] = 0.13 * np.array([0.6, 0.8])
    np.testing.assert_array_equal(run(law, known, 3.0), 0.0)
    known.v[:] = 0.0
    forces = run(law, known, 6.0)
    np.testing.assert_array_equal(forces[:990], 0.0)
    # The average of the speed takes half a second to fall below that of hesitation; half of 3 s later, half the pull.
    assert 1000 < np.flatnonzero(forces[:, 0])[0] < 1700
    rise = np.diff(np.linalg.norm(forces, axis=1))
    assert rise.max() == pytest.approx(40.0 * DT / 3.0)
    np.testing.assert_allclose(forces[-1], 40.0 * np.array([0.6, 0.8]))
    known.v[:] = 0.13 * np.array([0.6, 0.8])
    np.testing.assert_array_equal(run(law, known, 4.0), 0.0)
    known.v[:] = 0.0
    np.testing.assert_array_equal(run(law, known, 0.99)[-1], 0.0)  # he moved by himself: it waits anew


def test_within_the_dead_band_about_the_goal_there_is_no_help() -> None:
    law = create("assist_on_hesitation", Space.JOINT, 1, DT)
    known = state(1, moment=Moment.MOVE, goal=[np.radians(1.99)], tangent=[1.0])
    np.testing.assert_array_equal(run(law, known, 6.0), 0.0)


@given(seed=st.integers(0, 10**6), m=st.integers(1, 3))
@settings(max_examples=25, deadline=None)
def test_help_never_leads_away_from_the_goal(seed: int, m: int) -> None:
    rng = np.random.default_rng(seed)
    law = create("assist_on_hesitation", Space.TIP, m, DT)
    known = state(m, moment=Moment.MOVE, goal=rng.normal(size=m), tangent=rng.normal(size=m))
    known.guidance.tangent /= np.linalg.norm(known.guidance.tangent)
    force = run(law, known, 2.0)[-1]
    if np.linalg.norm(known.guidance.goal) > 0.011:
        assert force @ known.guidance.goal > 0.0
    else:
        np.testing.assert_allclose(force, 0.0, atol=1.0)


def test_it_brings_a_patient_who_stops_half_way_to_the_goal() -> None:
    law, arm = create("assist_on_hesitation", Space.TIP, 1, DT), Arm(1)
    reach = Reach(np.zeros(1), np.array([0.2]), duration_s=8.0, hold_s=1.0)
    known, force = LawState(arm.x, arm.v, np.zeros(1), reach.asks), np.zeros(1)
    for k in range(8000):
        reach.at(k * DT, arm.x)
        law.update(known, force)
        # He can go as far as half of it, where something pulls him back.
        own = 3.0 if arm.x[0] < 0.1 else -8.0
        arm.step(force + own)
    assert arm.x[0] > 0.18
    assert 0.1 < law.assistance < 0.5


def test_a_bound_on_help_is_a_bound_on_the_pull() -> None:
    law = create("assist_on_hesitation", Space.TIP, 1, DT)
    known = state(1, moment=Moment.MOVE, goal=[0.3], tangent=[1.0], assistance=0.25)
    assert run(law, known, 8.0)[-1, 0] == pytest.approx(10.0)
