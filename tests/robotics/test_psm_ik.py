import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robotics.chain import load_arm
from robotics.errors import ArgumentError
from robotics.kinematics import forward, link_poses
from robotics.psm_ik import OUT_OF_LIMITS, SOLVED, PsmInverse

ARMS = ["psm", "psm_si"]
CHAINS = {name: load_arm(name) for name in ARMS}
SOLVERS = {name: PsmInverse(chain) for name, chain in CHAINS.items()}


def solve(name, T, seed):
    q = np.empty(6)
    return SOLVERS[name].solve_into(np.ascontiguousarray(T), np.asarray(seed, dtype=float), q), q


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(ARMS), st.integers(0, 2**32 - 1))
def test_every_reachable_pose_is_reached_exactly_from_any_seed(name, seed):
    chain, rng = CHAINS[name], np.random.default_rng(seed)
    T = forward(chain, rng.uniform(chain.lower, chain.upper))
    status, q = solve(name, T, rng.uniform(chain.lower, chain.upper))
    assert status == SOLVED
    assert np.all((chain.lower <= q) & (q <= chain.upper))
    np.testing.assert_allclose(forward(chain, q), T, atol=1e-12)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(ARMS), st.integers(0, 2**32 - 1))
def test_seeded_with_the_answer_it_returns_the_answer(name, seed):
    chain, rng = CHAINS[name], np.random.default_rng(seed)
    q_true = rng.uniform(chain.lower, chain.upper)
    status, q = solve(name, forward(chain, q_true), q_true)
    assert status == SOLVED
    np.testing.assert_allclose(q, q_true, atol=1e-6)


def test_the_roll_follows_the_seed_through_more_than_a_turn():
    chain = CHAINS["psm"]
    for roll in (-3.5, 2.0 * np.pi - 3.5):
        q_true = np.array([0.1, 0.2, 0.15, roll, 0.3, -0.2])
        _, q = solve("psm", forward(chain, q_true), q_true)
        np.testing.assert_allclose(q, q_true, atol=1e-9)


def test_a_smooth_path_gives_smooth_joints():
    chain = CHAINS["psm"]
    q = chain.home.copy()
    for t in np.linspace(0.0, 2.0 * np.pi, 2000):
        q_true = chain.home + np.array([0.3, 0.3, 0.05, 3.0, 0.8, 0.8]) * np.sin(np.array([1, 2, 1, 1, 3, 2]) * t)
        status, q_next = solve("psm", forward(chain, q_true), q)
        assert status == SOLVED
        assert np.abs(q_next - q).max() < 0.05
        q = q_next


def test_on_the_limits_rounding_costs_no_pose():
    for name, chain in CHAINS.items():
        for corner in range(64):
            bits = [(corner >> i) & 1 for i in range(6)]
            q_true = np.where(bits, chain.upper, chain.lower)
            status, q = solve(name, forward(chain, q_true), q_true)
            assert status == SOLVED
            np.testing.assert_allclose(forward(chain, q), forward(chain, q_true), atol=1e-8)


def test_a_wrist_in_the_remote_centre_keeps_the_seeds_shaft():
    chain = CHAINS["psm"]
    q_true = np.array([0.4, -0.3, 0.0156, 0.7, 0.5, -0.6])
    assert np.linalg.norm(link_poses(chain, q_true)[4, :3, 3]) < 1e-12
    status, q = solve("psm", forward(chain, q_true), q_true)
    assert status == SOLVED
    np.testing.assert_allclose(q, q_true, atol=1e-6)
    np.testing.assert_allclose(forward(chain, q), forward(chain, q_true), atol=1e-9)


def test_a_yaw_axis_through_the_remote_centre_is_solved_too():
    chain = CHAINS["psm"]
    # That is where the wrist, still before the remote centre, has depth = -a / cos(pitch).
    for pitch in (-0.8, 0.0, 0.5):
        q_true = np.array([0.2, 0.1, 0.0156 - 0.0091 / np.cos(pitch), 0.4, pitch, 0.3])
        T = link_poses(chain, q_true)[5]
        assert np.linalg.norm(np.cross(T[:3, 2], T[:3, 3])) < 1e-12
        status, q = solve("psm", forward(chain, q_true), chain.home)
        assert status == SOLVED
        np.testing.assert_allclose(forward(chain, q), forward(chain, q_true), atol=1e-8)


def test_a_pose_out_of_reach_says_so_and_stays_within_the_limits():
    chain = CHAINS["psm"]
    T = forward(chain, chain.home)
    T[2, 3] = -0.5
    status, q = solve("psm", T, chain.home)
    assert status == OUT_OF_LIMITS
    assert np.all((chain.lower <= q) & (q <= chain.upper))


def test_an_arm_that_is_built_differently_is_refused():
    with pytest.raises(ArgumentError, match="inverse 'psm' does not fit arm 'iiwa_laparoscope'"):
        PsmInverse(load_arm("iiwa_laparoscope"))
    bent = CHAINS["psm"].placement.copy()
    bent[4, 1, 3] = 0.002
    with pytest.raises(ArgumentError, match="inverse 'psm' does not fit arm 'psm'"):
        PsmInverse(dataclasses.replace(CHAINS["psm"], placement=bent))
