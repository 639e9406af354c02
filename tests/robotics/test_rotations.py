import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation, Slerp

from robotics import rotations
from robotics.errors import ArgumentError
from robotics.kernels import rotation as kernels

seeds = st.integers(0, 2**32 - 1)
# Angles where formulas lose digits: near nothing, near a right angle, near half a turn.
angles = st.sampled_from([0.0, 1e-14, 1e-9, 1e-5, 1e-4, 0.1, np.pi / 2, 2.0, np.pi - 1e-5, np.pi - 1e-9, np.pi])


def vector(seed, angle):
    """A rotation vector of an angle about a random direction; about an axis of the frame for every fourth seed."""
    rng = np.random.default_rng(seed)
    axis = rng.normal(size=3) if seed % 4 else np.eye(3)[rng.integers(3)] * rng.choice([-1.0, 1.0])
    return axis / np.linalg.norm(axis) * angle


@settings(max_examples=200, deadline=None)
@given(seeds, angles)
def test_matrices_and_quaternions_equal_scipy_at_every_angle(seed, angle):
    w = vector(seed, angle)
    expected = Rotation.from_rotvec(w)
    R = rotations.matrix_from_rotation_vector(w)
    np.testing.assert_allclose(R, expected.as_matrix(), atol=1e-15)
    quat = rotations.quaternion_from_rotation_vector(w)
    np.testing.assert_allclose(quat, expected.as_quat(scalar_first=True), atol=1e-15)
    np.testing.assert_allclose(rotations.matrix_from_quaternion(3.0 * quat), R, atol=1e-15)
    again = rotations.quaternion_from_matrix(R)
    assert again[0] >= 0.0
    assert min(np.abs(again - quat).max(), np.abs(again + quat).max()) < 1e-15


@settings(max_examples=200, deadline=None)
@given(seeds, angles)
def test_logarithm_undoes_exponential_at_every_angle(seed, angle):
    w = vector(seed, angle)
    R = rotations.matrix_from_rotation_vector(w)
    for back in (
        rotations.rotation_vector(R),
        rotations.rotation_vector_from_quaternion(rotations.quaternion_from_rotation_vector(w)),
        rotations.rotation_vector_from_quaternion(-rotations.quaternion_from_rotation_vector(w)),
    ):
        # At half a turn both signs of the axis are the same rotation.
        sign = np.sign(back @ w) if angle > np.pi - 1e-8 else 1.0
        np.testing.assert_allclose(sign * back, w, atol=1e-13)


@settings(max_examples=200, deadline=None)
@given(seeds, seeds, angles)
def test_the_rotation_between_two_orientations_turns_one_into_the_other(seed, other, angle):
    start = Rotation.random(random_state=other).as_matrix()
    w = vector(seed, angle)
    end = rotations.matrix_from_rotation_vector(w) @ start
    between = rotations.rotation_between(start, end)
    assert np.linalg.norm(between) <= np.pi + 1e-12
    np.testing.assert_allclose(rotations.matrix_from_rotation_vector(between) @ start, end, atol=1e-14)


@settings(max_examples=100, deadline=None)
@given(seeds)
def test_poses_survive_the_way_there_and_back(seed):
    rng = np.random.default_rng(seed)
    T = np.eye(4)
    T[:3, :3] = Rotation.random(random_state=seed).as_matrix()
    T[:3, 3] = rng.normal(size=3)
    pose = rotations.pose_from_matrix(T)
    assert np.linalg.norm(pose[3:]) == pytest.approx(1.0, abs=1e-15)
    np.testing.assert_allclose(rotations.matrix_from_pose(pose), T, atol=1e-15)
    np.testing.assert_allclose(rotations.inverse(T) @ T, np.eye(4), atol=1e-15)


@settings(max_examples=100, deadline=None)
@given(seeds, seeds)
def test_products_of_quaternions_compose_rotations(seed, other):
    a, b = Rotation.random(random_state=seed), Rotation.random(random_state=other)
    product = rotations.quaternion_product(a.as_quat(scalar_first=True), b.as_quat(scalar_first=True))
    np.testing.assert_allclose(rotations.matrix_from_quaternion(product), (a * b).as_matrix(), atol=1e-14)


@settings(max_examples=100, deadline=None)
@given(seeds, seeds, st.floats(0.0, 1.0))
def test_slerp_takes_the_shorter_arc_at_constant_speed(seed, other, share):
    pair = Rotation.concatenate([Rotation.random(random_state=seed), Rotation.random(random_state=other)])
    a, b = pair.as_quat(scalar_first=True)
    expected = Slerp([0.0, 1.0], pair)(share).as_matrix()
    for sign in (1.0, -1.0):
        quat = rotations.slerp(a, sign * b, share)
        np.testing.assert_allclose(rotations.matrix_from_quaternion(quat), expected, atol=1e-9)


def test_results_may_overwrite_arguments_of_a_quaternion_product():
    a, b = np.array([0.5, 0.5, -0.5, 0.5]), np.array([0.8, 0.0, 0.6, 0.0])
    expected = rotations.quaternion_product(a, b)
    kernels.quaternion_product(a, b, a)
    np.testing.assert_array_equal(a, expected)


def test_what_cannot_be_a_rotation_is_refused():
    with pytest.raises(ArgumentError, match="a quaternion must have a length"):
        rotations.matrix_from_quaternion([0.0, 0.0, 0.0, 0.0])
    with pytest.raises(ArgumentError, match=r"R has shape \(2, 2\)"):
        rotations.rotation_vector(np.eye(2))
    with pytest.raises(ArgumentError, match="must have a length"):
        rotations.matrix_from_pose(np.zeros(7))
