"""What is seen is seen late; a target that moves evenly is met where it will be, one that leaps is not."""

import numpy as np
import pytest

from robotics.contracts import OperatorView
from vr_training.inputs.sight import _LEAD_S, Sight

DT, DELAY = 1e-3, 0.2
STILL = np.array([0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0])


def error_after(target_at, seconds=1.0, turned=None, scale=0.5):
    """The missing displacement that is seen, of a target that is at a place at a time; tip and hand stand still."""
    sight, target = Sight(DELAY, DT), STILL.copy()
    frame = np.eye(3) if turned is None else turned
    for k in range(round(seconds / DT)):
        target[:3] = target_at(k * DT)
        view = OperatorView(k * DT, STILL, target.copy(), np.zeros(3), 0, True, frame, scale)
        sight.see(view, STILL, True)
    assert sight.ready
    return sight.error(view, STILL, STILL)[0]


@pytest.mark.parametrize("velocity", [(0.01, 0.0, 0.0), (-0.02, 0.03, 0.01)])
def test_a_target_that_moves_evenly_is_aimed_at_where_it_will_be(velocity):
    velocity = np.array(velocity)
    error = error_after(lambda time: velocity * time)
    # Where it is now, and as far ahead as a short submovement takes.
    np.testing.assert_allclose(error, velocity * (1.0 - DT + _LEAD_S), atol=2 * DT * np.abs(velocity).max())


def test_what_is_ahead_is_seen_in_the_operators_frame():
    turned = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
    velocity = np.array([0.01, 0.02, -0.01])
    plain = error_after(lambda time: velocity * time)
    np.testing.assert_allclose(error_after(lambda time: velocity * time, turned=turned), turned @ plain, atol=1e-12)


def test_a_target_that_stands_is_aimed_at_where_it_is():
    place = np.array([0.01, -0.02, 0.03])
    np.testing.assert_allclose(error_after(lambda time: place), place, atol=1e-12)


def test_a_leap_is_not_taken_for_a_velocity():
    before, after = np.zeros(3), np.array([0.03, 0.0, 0.0])
    for ago in np.arange(0.0, 0.45, 0.01):
        error = error_after(lambda time, ago=ago: after if time >= 1.0 - ago else before)
        # It is seen in its old place or in its new one, never beyond.
        assert np.min(np.linalg.norm([error - before, error - after], axis=1)) < 1e-12
    seen = [error_after(lambda time, ago=ago: after if time >= 1.0 - ago else before)[0] for ago in (0.15, 0.35)]
    assert seen == pytest.approx([0.0, 0.03])


def test_nothing_is_known_before_a_reaction_time_has_passed():
    sight = Sight(DELAY, DT)
    view = OperatorView(0.0, STILL, STILL, np.zeros(3), 0, True, np.eye(3), 1.0)
    for _ in range(round(DELAY / DT)):
        sight.see(view, STILL, True)
    assert not sight.ready
    for _ in range(round(0.1 / DT)):
        sight.see(view, STILL, True)
    assert sight.ready


def test_a_target_that_vanishes_is_out_of_sight_before_any_look_holds_half_of_it():
    sight, gone = Sight(DELAY, DT), np.full(7, np.nan)
    for k in range(1000):
        target = STILL if k < 500 else gone
        sight.see(OperatorView(k * DT, STILL, target.copy(), np.zeros(3), 0, True, np.eye(3), 0.5), STILL, True)
        if sight.ready:
            shift, turn = sight.error(sight_view(k), STILL, STILL)
            assert np.isfinite(shift).all()
            assert np.isfinite(turn).all()
    assert not sight.ready


def sight_view(k):
    return OperatorView(k * DT, STILL, STILL, np.zeros(3), 0, True, np.eye(3), 0.5)
