import numpy as np
import pinocchio as pin
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robotics.arm_config import ArmConfig
from robotics.chain import chain_from_config, load_arm
from robotics.config import convert
from robotics.errors import ArgumentError, JointLimitError
from robotics.kinematics import check_limits, forward, jacobian, link_poses, point_jacobian
from robotics.rotations import rotation_between
from tests.robotics.oracle import dh_transform, pinocchio_model, random_arm, random_chain, random_state

seeds = st.integers(0, 2**32 - 1)
conventions = st.sampled_from(["modified_dh", "standard_dh"])
TOLERANCE = 1e-10


@settings(max_examples=100, deadline=None)
@given(seeds, conventions)
def test_forward_kinematics_is_the_product_of_the_textbook_dh_matrices(seed, convention):
    rng = np.random.default_rng(seed)
    arm = random_arm(rng, int(rng.integers(1, 9)), convention)
    chain = chain_from_config(convert(arm, ArmConfig))
    q, _, _ = random_state(rng, chain)
    T = np.eye(4)
    for row, value in zip(arm["joints"], q, strict=True):
        T = T @ dh_transform(row, value, convention)
    tip = pin.SE3(pin.rpy.rpyToMatrix(*arm["tip"]["rpy_rad"]), np.array(arm["tip"]["xyz_m"])).homogeneous
    np.testing.assert_allclose(forward(chain, q), T @ tip, atol=TOLERANCE)


@settings(max_examples=100, deadline=None)
@given(seeds, conventions)
def test_link_and_tip_poses_equal_pinocchio(seed, convention):
    rng = np.random.default_rng(seed)
    chain = random_chain(rng, convention=convention)
    q, _, _ = random_state(rng, chain)
    model = pinocchio_model(chain)
    data = model.createData()
    pin.framesForwardKinematics(model, data, q)
    for i, T in enumerate(link_poses(chain, q)):
        np.testing.assert_allclose(T, data.oMi[i + 1].homogeneous, atol=TOLERANCE)
    np.testing.assert_allclose(forward(chain, q), data.oMf[model.getFrameId("tip")].homogeneous, atol=TOLERANCE)


@settings(max_examples=100, deadline=None)
@given(seeds, conventions)
def test_the_tip_jacobian_equals_pinocchio(seed, convention):
    rng = np.random.default_rng(seed)
    chain = random_chain(rng, convention=convention)
    q, _, _ = random_state(rng, chain)
    model = pinocchio_model(chain)
    data = model.createData()
    J = pin.computeFrameJacobian(model, data, q, model.getFrameId("tip"), pin.LOCAL_WORLD_ALIGNED).reshape(
        6, chain.size
    )
    np.testing.assert_allclose(jacobian(chain, q), J, atol=TOLERANCE)


@settings(max_examples=50, deadline=None)
@given(seeds)
def test_the_jacobian_of_a_point_is_the_rate_at_which_it_moves(seed):
    rng = np.random.default_rng(seed)
    chain = random_chain(rng)
    q, dq, _ = random_state(rng, chain)
    link = int(rng.integers(chain.size))
    p_link = rng.normal(scale=0.2, size=3)
    h = 1e-6
    before, after = link_poses(chain, q - h * dq)[link], link_poses(chain, q + h * dq)[link]
    twist = point_jacobian(chain, q, link, p_link) @ dq
    np.testing.assert_allclose(
        twist[:3], ((after - before)[:3, :3] @ p_link + (after - before)[:3, 3]) / (2 * h), atol=1e-7
    )
    np.testing.assert_allclose(twist[3:], rotation_between(before, after) / (2 * h), atol=1e-7)


def test_a_point_on_an_early_link_is_not_moved_by_later_joints():
    chain = load_arm("psm")
    J = point_jacobian(chain, chain.home, 1, [0.0, 0.1, 0.0])
    assert np.all(J[:, 2:] == 0.0)
    assert np.linalg.norm(J[:, 0]) > 0.5


def test_wrong_shapes_and_values_that_are_not_finite_are_refused_by_name():
    chain = load_arm("psm")
    with pytest.raises(ArgumentError, match=r"q has shape \(5,\); arm 'psm' needs \(6,\)"):
        forward(chain, np.zeros(5))
    with pytest.raises(ArgumentError, match="finite"):
        jacobian(chain, [0.0, np.nan, 0.1, 0.0, 0.0, 0.0])
    with pytest.raises(ArgumentError, match="links 0 to 5"):
        point_jacobian(chain, chain.home, 6, [0.0, 0.0, 0.0])


def test_a_joint_outside_of_its_limits_is_named_with_its_bounds():
    chain = load_arm("psm")
    check_limits(chain, chain.home)
    with pytest.raises(JointLimitError, match=r"joint 'insertion' at 0\.3 is outside of \[0, 0\.24\]") as caught:
        check_limits(chain, [0.0, 0.0, 0.3, 0.0, 0.0, 0.0])
    assert caught.value.joint == "insertion"
