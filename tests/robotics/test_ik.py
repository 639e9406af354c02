import dataclasses

import numpy as np
import pytest

from robotics.chain import load_arm
from robotics.config import names
from robotics.errors import ArgumentError
from robotics.ik import InverseKinematics, solve
from robotics.kinematics import forward
from robotics.rotations import rotation_between

ARMS = names("arms")
POSES = 2500


def distance(T_a, T_b):
    return np.linalg.norm(T_a[:3, 3] - T_b[:3, 3]), np.linalg.norm(rotation_between(T_a, T_b))


@pytest.mark.parametrize("name", ARMS)
def test_999_of_1000_reachable_poses_are_reached_within_the_limits(name):
    chain, rng = load_arm(name), np.random.default_rng(7)
    ik = InverseKinematics(chain)
    missed = 0
    for _ in range(POSES):
        T = forward(chain, rng.uniform(chain.lower, chain.upper))
        result = ik.solve(T, rng.uniform(chain.lower, chain.upper))
        position, rotation = distance(forward(chain, result.q), T)
        reached = position <= 1e-4 and rotation <= 1e-3
        assert result.success == reached
        assert np.all((chain.lower <= result.q) & (result.q <= chain.upper))
        missed += not reached
    assert missed <= POSES // 1000


@pytest.mark.parametrize("name", ARMS)
def test_the_errors_it_reports_are_the_errors_there_are(name):
    chain, rng = load_arm(name), np.random.default_rng(3)
    T = forward(chain, rng.uniform(chain.lower, chain.upper))
    T[:3, 3] += [0.0, 0.0, 5.0]  # far out of reach of every arm
    result = solve(chain, T)
    assert not result.success
    position, rotation = distance(forward(chain, result.q), T)
    assert result.position_error == pytest.approx(position, rel=1e-12)
    assert result.rotation_error == pytest.approx(rotation, rel=1e-9)


def test_the_general_solver_reaches_what_the_closed_form_reaches():
    chain = dataclasses.replace(load_arm("psm"), inverse="")
    ik, rng = InverseKinematics(chain), np.random.default_rng(5)
    found = [ik.solve(forward(chain, rng.uniform(chain.lower, chain.upper))).success for _ in range(1000)]
    assert np.mean(found) >= 0.999


def test_the_same_call_gives_the_same_answer_bit_for_bit():
    chain, rng = load_arm("iiwa_laparoscope"), np.random.default_rng(11)
    ik = InverseKinematics(chain)
    goals = [forward(chain, rng.uniform(chain.lower, chain.upper)) for _ in range(50)]
    first = [ik.solve(T).q for T in goals]
    again = [solve(chain, T).q for T in goals]
    assert np.array_equal(first, again)
    elsewhere = InverseKinematics(chain, random_seed=1)
    assert not np.array_equal(first, [elsewhere.solve(T).q for T in goals])


def test_tighter_tolerances_are_met():
    chain, rng = load_arm("iiwa_laparoscope"), np.random.default_rng(13)
    ik = InverseKinematics(chain, position_tolerance=1e-10, rotation_tolerance=1e-10)
    for _ in range(100):
        T = forward(chain, rng.uniform(chain.lower, chain.upper))
        position, rotation = distance(forward(chain, ik.solve(T).q), T)
        assert position <= 1e-10
        assert rotation <= 1.1e-10  # the angle between two nearly equal matrices is itself known to 1e-15 or so


def test_a_pose_near_the_seed_is_reached_near_the_seed():
    chain, rng = load_arm("iiwa_laparoscope"), np.random.default_rng(17)
    ik = InverseKinematics(chain)
    for _ in range(100):
        q = chain.home + rng.uniform(-0.2, 0.2, 7)
        result = ik.solve(forward(chain, q + rng.uniform(-0.01, 0.01, 7)), q)
        assert result.success
        assert np.abs(result.q - q).max() < 0.1


def test_the_position_alone_can_be_asked_for():
    chain, rng = load_arm("planar_reach"), np.random.default_rng(19)
    ik = InverseKinematics(chain, orientation=False)
    for _ in range(200):
        T = forward(chain, rng.uniform(chain.lower, chain.upper))
        T[:3, :3] = np.eye(3)
        result = ik.solve(T)
        assert result.success
        np.testing.assert_allclose(forward(chain, result.q)[:3, 3], T[:3, 3], atol=1e-4)
    psm = InverseKinematics(load_arm("psm"), orientation=False)
    goal = forward(load_arm("psm"), load_arm("psm").home)
    goal[:3, :3] = np.diag([1.0, -1.0, -1.0]) @ goal[:3, :3]  # an orientation that the wrist cannot have
    assert psm.solve(goal).success


def test_out_of_reach_it_comes_as_near_as_a_straight_arm_can():
    chain = load_arm("planar_reach")
    T = forward(chain, [1.0, chain.lower[1]])
    farthest = np.linalg.norm(T[:3, 3])
    T[:3, 3] *= 2.0
    result = InverseKinematics(chain, orientation=False).solve(T)
    assert not result.success
    assert result.position_error == pytest.approx(farthest, rel=1e-6)


def test_a_chain_without_position_limits_is_solved_too():
    chain = load_arm("iiwa_laparoscope")
    free = dataclasses.replace(chain, lower=np.full(7, -np.inf), upper=np.full(7, np.inf))
    ik, rng = InverseKinematics(free), np.random.default_rng(23)
    for _ in range(200):
        result = ik.solve(forward(chain, rng.uniform(-3.0, 3.0, 7)))
        assert result.success
        assert np.all(np.isfinite(result.q))


@pytest.mark.parametrize(
    ("goal", "message"),
    [
        (np.eye(3), r"shape \(3, 3\)"),
        (np.diag([1.0, 1.0, -1.0, 1.0]), "no pose"),
        (2.0 * np.eye(4), "no pose"),
        (np.full((4, 4), np.nan), "no pose"),
    ],
)
def test_what_is_no_pose_is_refused(goal, message):
    with pytest.raises(ArgumentError, match=message):
        solve(load_arm("psm"), goal)


def test_settings_out_of_range_are_refused():
    chain = load_arm("psm")
    with pytest.raises(ArgumentError, match=r"position_tolerance is 0\.0, must be above 0"):
        InverseKinematics(chain, position_tolerance=0.0)
    with pytest.raises(ArgumentError, match="restarts"):
        InverseKinematics(chain, restarts=-1)
    with pytest.raises(ArgumentError, match=r"inverse is 'none'; choose one of: psm"):
        InverseKinematics(dataclasses.replace(chain, inverse="none"))
