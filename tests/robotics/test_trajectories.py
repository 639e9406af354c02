"""Minimum-jerk moves against the published polynomial, online moves against their limits."""

import math

import numpy as np
import pytest

from robotics.chain import load_arm
from robotics.errors import ArgumentError, JointLimitError
from robotics.human_arm import human_arm
from robotics.rotations import matrix_from_rotation_vector, rotation_vector
from robotics.trajectories import (
    PEAK_ACCELERATION,
    PEAK_VELOCITY,
    MinimumJerkMove,
    MinimumJerkPoseMove,
    OnlineMove,
    blend,
    shortest_duration,
)

DT = 1e-3


def pose(rng):
    T = np.eye(4)
    T[:3, :3] = matrix_from_rotation_vector(rng.normal(size=3))
    T[:3, 3] = rng.normal(size=3)
    return T


def test_a_minimum_jerk_move_has_the_published_peaks():
    move = MinimumJerkMove(0.0, 0.3, 1.2)
    samples = np.array([[part[0] for part in move.at(t)] for t in np.linspace(0.0, 1.2, 24001)])
    assert samples[:, 1].max() == pytest.approx(1.875 * 0.3 / 1.2, rel=1e-9)
    assert np.abs(samples[:, 2]).max() == pytest.approx(5.7735 * 0.3 / 1.2**2, rel=1e-5)
    assert samples[:, 1].argmax() == 12000  # halfway, where half of the way is done
    assert samples[12000, 0] == pytest.approx(0.15, abs=1e-12)
    assert pytest.approx(1.875) == PEAK_VELOCITY
    assert pytest.approx(5.7735, abs=1e-4) == PEAK_ACCELERATION


def test_minimum_jerk_velocity_and_acceleration_are_the_derivatives_of_position():
    h = 1e-6
    for s in np.linspace(0.01, 0.99, 50):
        (x0, v0, _), (_, v1, a1), (x2, v2, _) = blend(s - h), blend(s), blend(s + h)
        assert (x2 - x0) / (2 * h) == pytest.approx(v1, abs=1e-8)
        assert (v2 - v0) / (2 * h) == pytest.approx(a1, abs=1e-7)


def test_no_smooth_rest_to_rest_move_has_less_jerk():
    # Add any bump that keeps position, velocity and acceleration at both ends: the integral of squared jerk grows.
    s = np.linspace(0.0, 1.0, 4001)
    jerk = 60.0 - 360.0 * s + 360.0 * s**2
    least = np.trapezoid(jerk**2, s)
    assert least == pytest.approx(720.0, rel=1e-5)  # known in closed form
    rng = np.random.default_rng(0)
    for _ in range(20):
        bump = np.polynomial.Polynomial(rng.normal(size=4)) * np.polynomial.Polynomial([0, 1, -1]) ** 3
        assert np.trapezoid((jerk + bump.deriv(3)(s)) ** 2, s) > least


def test_a_move_is_at_rest_before_its_start_and_after_its_end():
    move = MinimumJerkMove([1.0, -2.0], [3.0, 0.5], 2.0)
    for t, at in ((-1.0, move.start), (0.0, move.start), (2.0, move.goal), (9.0, move.goal)):
        x, dx, ddx = move.at(t)
        np.testing.assert_array_equal(x, at)
        assert not dx.any()
        assert not ddx.any()


def test_a_vector_moves_on_a_straight_line():
    move = MinimumJerkMove([1.0, -2.0, 0.0], [3.0, 0.5, 1.0], 2.0)
    way = move.goal - move.start
    for t in np.linspace(0.0, 2.0, 21):
        x, dx, _ = move.at(t)
        assert np.linalg.norm(np.cross(x - move.start, way)) < 1e-12
        assert np.linalg.norm(np.cross(dx, way)) < 1e-12


def test_a_pose_turns_about_one_axis_and_its_twist_is_its_derivative():
    rng, h = np.random.default_rng(1), 1e-6
    for _ in range(10):
        move = MinimumJerkPoseMove(pose(rng), pose(rng), 1.5)
        np.testing.assert_allclose(move.at(0.0)[0], move.T_base_start, atol=1e-12)
        np.testing.assert_array_equal(move.at(1.5)[0], move.T_base_goal)
        axis = rotation_vector(move.T_base_goal[:3, :3] @ move.T_base_start[:3, :3].T)
        assert move.angle == pytest.approx(np.linalg.norm(axis))
        for t in (0.2, 0.75, 1.2):
            before, after = move.at(t - h)[0].copy(), move.at(t + h)[0].copy()
            T, twist, _ = move.at(t)
            np.testing.assert_allclose(T[:3, :3] @ T[:3, :3].T, np.eye(3), atol=1e-12)
            np.testing.assert_allclose(twist[:3], (after - before)[:3, 3] / (2 * h), atol=1e-7)
            np.testing.assert_allclose(
                twist[3:], rotation_vector(after[:3, :3] @ before[:3, :3].T) / (2 * h), atol=1e-7
            )
            assert np.linalg.norm(np.cross(twist[3:], axis)) < 1e-9


def test_the_shortest_duration_just_meets_the_limit_that_binds():
    fast, slow = shortest_duration(0.2, 0.5), shortest_duration(0.2, 0.5, 0.1)
    assert PEAK_VELOCITY * 0.2 / fast == pytest.approx(0.5)
    assert PEAK_ACCELERATION * 0.2 / slow**2 == pytest.approx(0.1)
    assert slow > fast
    assert shortest_duration(0.0, 1.0) == 0.0


def test_nonsense_is_refused():
    with pytest.raises(ArgumentError, match="above zero, is 0"):
        MinimumJerkMove(0.0, 1.0, 0.0)
    with pytest.raises(ArgumentError, match="shape"):
        MinimumJerkMove([0.0, 1.0], [1.0], 1.0)
    with pytest.raises(ArgumentError, match="finite"):
        MinimumJerkMove(0.0, math.nan, 1.0)
    with pytest.raises(ArgumentError, match="T_base_goal"):
        MinimumJerkPoseMove(np.eye(4), np.eye(3), 1.0)
    with pytest.raises(ArgumentError, match="limits"):
        shortest_duration(1.0, 0.0)


@pytest.mark.parametrize("arm", ["psm", "iiwa_laparoscope", "planar_reach", "arm_exo"])
def test_online_moves_never_pass_a_limit_however_often_the_target_changes(arm):
    chain, rng = load_arm(arm), np.random.default_rng(7)
    move = OnlineMove(chain, DT)
    move.reset(chain.home)
    ddq = np.zeros(chain.size)
    for k in range(6000):
        if k % 250 == 0:
            move.target(rng.uniform(chain.lower, chain.upper))
        if k % 1700 == 1000:
            move.stop()
        q, dq = move.state.q.copy(), move.state.dq.copy()
        state = move.step()
        slack = 1.0 + 1e-9
        assert ((chain.lower - 1e-9 <= state.q) & (state.q <= chain.upper + 1e-9)).all()
        assert (np.abs(state.dq) <= chain.velocity * slack).all()
        assert (np.abs(state.ddq) <= chain.acceleration * slack).all()
        # Continuous through every change of target: no step is larger than the limits allow within a period.
        assert (np.abs(state.q - q) <= chain.velocity * DT * slack).all()
        assert (np.abs(state.dq - dq) <= chain.acceleration * DT * slack).all()
        assert (np.abs(state.ddq - ddq) <= chain.jerk * DT * (1.0 + 1e-6)).all()
        ddq = state.ddq.copy()


def test_an_online_move_arrives_at_rest_and_in_no_more_time_than_it_needs():
    chain = load_arm("planar_reach")
    move, goal = OnlineMove(chain, DT), chain.home + np.array([0.4, 0.0])
    move.reset(chain.home)
    assert move.step().arrived
    move.target(goal)
    ticks = 0
    while not move.step().arrived:
        ticks += 1
        assert ticks < 2000
    np.testing.assert_allclose(move.state.q, goal, atol=1e-9)
    np.testing.assert_allclose(move.state.dq, 0.0, atol=1e-9)
    # Rest to rest over d with all three limits reached: T = d/v + v/a + a/j.
    v, a, j = chain.velocity[0], chain.acceleration[0], chain.jerk[0]
    assert v * (v / a + a / j) < 0.4
    assert ticks * DT == pytest.approx(0.4 / v + v / a + a / j, abs=2 * DT)


def test_a_stop_ends_at_rest_without_turning_back():
    chain = load_arm("iiwa_laparoscope")
    move = OnlineMove(chain, DT)
    move.reset(chain.home)
    move.target(chain.home + 0.5)
    for _ in range(200):
        move.step()
    moving = move.state.dq.copy()
    assert (moving > 0.1).all()
    move.stop()
    lowest = moving
    for _ in range(2000):
        if move.step().arrived:
            break
        lowest = np.minimum(lowest, move.state.dq)
    assert move.state.arrived
    np.testing.assert_allclose(move.state.dq, 0.0, atol=1e-9)
    assert (lowest > -1e-9).all()


def test_a_slower_move_uses_that_share_of_the_limits():
    chain = load_arm("iiwa_laparoscope")
    move = OnlineMove(chain, DT, speed=0.25)
    move.reset(chain.lower)
    move.target(chain.upper)
    fastest = np.max([np.abs(move.step().dq) for _ in range(4000)], axis=0)
    assert (fastest <= 0.25 * chain.velocity * (1.0 + 1e-9)).all()
    assert (fastest / chain.velocity).max() == pytest.approx(0.25)


def test_a_move_starts_from_a_moving_joint_and_refuses_what_no_limit_allows():
    chain = load_arm("planar_reach")
    move = OnlineMove(chain, DT)
    move.reset(chain.home, [0.5, -0.5])
    state = move.step()
    assert (np.abs(state.dq - [0.5, -0.5]) <= chain.acceleration * DT).all()
    with pytest.raises(ArgumentError, match="velocity limits"):
        move.reset(chain.home, [100.0, 0.0])
    with pytest.raises(JointLimitError, match=chain.joint_names[1]):
        move.target([chain.home[0], 9.0])
    with pytest.raises(ArgumentError, match="2 finite numbers"):
        move.target([0.0, math.nan])
    with pytest.raises(ArgumentError, match="above zero"):
        OnlineMove(human_arm("male", 75.0, 1.75, "left"), DT)
    with pytest.raises(ArgumentError, match="speed"):
        OnlineMove(chain, DT, speed=0.0)
