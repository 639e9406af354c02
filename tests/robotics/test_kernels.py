import numpy as np
import pytest
from numba import njit
from numba.core.runtime import rtsys

from robotics.chain import load_arm
from robotics.kernels import dynamics, ik, kinematics, rotation
from robotics.kinematics import forward
from robotics.psm_ik import PsmInverse

n = 6


@pytest.fixture
def arrays():
    chain = load_arm("psm")
    rng = np.random.default_rng(0)
    T_link, T_tip = np.empty((n, 4, 4)), np.empty((4, 4))
    kinematics.link_poses(chain.placement, chain.kind, chain.home, T_link)
    kinematics.tip_pose(T_link, chain.T_link_tip, T_tip)
    return chain, T_link, T_tip, rng.normal(size=n), rng.normal(size=n)


def allocations(call):
    """Numba's own count of heap allocations in 100 calls, after a first one that may compile."""
    call()
    before = rtsys.get_allocation_stats().alloc
    for _ in range(100):
        call()
    return rtsys.get_allocation_stats().alloc - before


def test_the_count_of_allocations_sees_an_allocation():
    @njit
    def wasteful(size):
        return np.empty(size).size

    assert allocations(lambda: wasteful(3)) == 100


def test_no_kernel_allocates(arrays):
    chain, T_link, T_tip, dq, ddq = arrays
    J, M, tau, work = np.empty((6, n)), np.empty((n, n)), np.empty(n), np.empty((n, 6))
    g, p, wrench = np.array([0.0, 0.0, -9.81]), T_tip[:3, 3].copy(), np.zeros(6)
    body = (chain.mass, chain.com, chain.inertia)
    quat, w, pose, R = np.array([1.0, 0.0, 0.0, 0.0]), np.array([0.1, 0.2, 0.3]), np.empty(7), np.eye(3)
    state, error, H = np.zeros(1, dtype=np.uint64), np.empty(6), np.empty((n, n))
    q, scratch = chain.home.copy(), [np.empty(n) for _ in range(3)]
    goal = forward(chain, chain.home + 0.05)
    psm = PsmInverse(chain)
    rotation.pose_from_matrix(T_tip, pose)
    calls = {
        "link_poses": lambda: kinematics.link_poses(chain.placement, chain.kind, chain.home, T_link),
        "tip_pose": lambda: kinematics.tip_pose(T_link, chain.T_link_tip, T_tip),
        "jacobian": lambda: kinematics.jacobian(T_link, chain.kind, p, J),
        "point_jacobian": lambda: kinematics.point_jacobian(T_link, chain.kind, 2, p, J),
        "inverse_dynamics": lambda: dynamics.inverse_dynamics(
            T_link, chain.kind, *body, dq, ddq, g, p, wrench, tau, work
        ),
        "mass_matrix": lambda: dynamics.mass_matrix(T_link, chain.kind, *body, M),
        "gravity_torque": lambda: dynamics.gravity_torque(T_link, chain.kind, chain.mass, chain.com, g, tau),
        "forward_dynamics": lambda: dynamics.forward_dynamics(
            T_link, chain.kind, *body, dq, ddq, g, p, wrench, tau, M, work
        ),
        "friction_torque": lambda: dynamics.friction_torque(chain.viscous, chain.coulomb, dq, 0.01, tau),
        "quaternion_from_matrix": lambda: rotation.quaternion_from_matrix(T_tip, quat),
        "matrix_from_quaternion": lambda: rotation.matrix_from_quaternion(quat, R),
        "rotation_vector": lambda: rotation.rotation_vector(R, w),
        "matrix_from_rotation_vector": lambda: rotation.matrix_from_rotation_vector(w, R),
        "rotation_between": lambda: rotation.rotation_between(R, T_tip, w),
        "slerp": lambda: rotation.slerp(quat, quat, 0.5, quat),
        "pose_from_matrix": lambda: rotation.pose_from_matrix(T_tip, pose),
        "matrix_from_pose": lambda: rotation.matrix_from_pose(pose, T_tip),
        "solve_psm": lambda: psm.solve_into(goal, chain.home, q),
        "solve_with_restarts": lambda: ik.solve_with_restarts(
            chain.placement, chain.kind, chain.T_link_tip, chain.lower, chain.upper, goal, 0.3, 1e-9, 1e-9, 20, 3,
            state, q, *scratch[:2], T_link, T_tip, error, J, H, scratch[2],
        ),
    }  # fmt: skip
    assert {name: allocations(call) for name, call in calls.items() if allocations(call)} == {}


def test_kernels_give_the_same_bits_every_time(arrays):
    chain, T_link, T_tip, dq, ddq = arrays
    first, again, work = np.empty(n), np.empty(n), np.empty((n, 6))
    g, p, wrench = np.array([0.0, 0.0, -9.81]), T_tip[:3, 3].copy(), np.ones(6)
    for tau in (first, again):
        work.fill(np.nan)  # scratch must be written before it is read
        dynamics.inverse_dynamics(
            T_link, chain.kind, chain.mass, chain.com, chain.inertia, dq, ddq, g, p, wrench, tau, work
        )
    assert np.array_equal(first, again)


def test_a_matrix_that_is_not_positive_definite_is_not_solved():
    b = np.ones(2)
    assert not dynamics.solve_positive_definite(np.array([[1.0, 2.0], [2.0, 1.0]]), b)
    A, x = np.array([[4.0, 1.0], [1.0, 3.0]]), np.array([1.0, 2.0])
    assert dynamics.solve_positive_definite(A.copy(), x)
    np.testing.assert_allclose(A @ x, [1.0, 2.0])


def test_the_generator_is_splitmix64():
    # First output of SplitMix64 from state 0, in the authors' reference implementation: 0xE220A8397B1DCDAF.
    state = np.zeros(1, dtype=np.uint64)
    assert ik.next_uniform(state) == (0xE220A8397B1DCDAF >> 11) / 2.0**53
