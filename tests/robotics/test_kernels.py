import numpy as np
import pytest
from numba import njit
from numba.core.runtime import _nrt_python, rtsys

from robotics.chain import load_arm
from robotics.kernels import cholesky, dynamics, ik, kinematics, rotation
from robotics.kinematics import forward
from robotics.psm_ik import PsmInverse, solve_psm

n = 6


@pytest.fixture
def arrays():
    chain = load_arm("psm")
    rng = np.random.default_rng(0)
    T_link, T_tip = np.empty((n, 4, 4)), np.empty((4, 4))
    kinematics.link_poses(chain.placement, chain.kind, chain.home, T_link)
    kinematics.tip_pose(T_link, chain.T_link_tip, T_tip)
    return chain, T_link, T_tip, rng.normal(size=n), rng.normal(size=n)


@pytest.fixture(autouse=True)
def counted():
    """Numba counts heap allocations for the time of a test."""
    _nrt_python.memsys_enable_stats()
    yield
    _nrt_python.memsys_disable_stats()


def allocations(function, *arguments):
    """Numba's own count of heap allocations that a hundred calls make beyond those of one call.

    The calls are made from compiled code: a call from Python also counts one small block for each array it hands over.
    """

    @njit
    def repeat(times, *arguments):
        for _ in range(times):
            function(*arguments)

    def count(times):
        before = rtsys.get_allocation_stats().alloc
        repeat(times, *arguments)
        return rtsys.get_allocation_stats().alloc - before

    count(1)  # compile
    return count(101) - count(1)


def test_the_count_of_allocations_sees_an_allocation():
    @njit
    def wasteful(values):
        values[:] = values + np.ones(len(values))

    assert allocations(wasteful, np.ones(3)) >= 100


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
    links = (T_link, chain.kind)
    placed = (chain.placement, chain.kind)
    calls = [
        (kinematics.link_poses, *placed, chain.home, T_link),
        (kinematics.tip_pose, T_link, chain.T_link_tip, T_tip),
        (kinematics.place_tip, *placed, chain.T_link_tip, np.eye(4), chain.home, T_link, T_tip, np.eye(4), pose),
        (kinematics.jacobian, *links, p, J),
        (kinematics.point_jacobian, *links, 2, p, J),
        (dynamics.inverse_dynamics, *links, *body, dq, ddq, g, p, wrench, tau, work),
        (dynamics.mass_matrix, *links, *body, M),
        (dynamics.gravity_torque, *links, chain.mass, chain.com, g, tau),
        (dynamics.forward_dynamics, *links, *body, dq, ddq, g, p, wrench, tau, M, work),
        (dynamics.friction_torque, chain.viscous, chain.coulomb, dq, 0.01, tau),
        (cholesky.factorise, 3, R, H, 0.0),
        (cholesky.solve_factorised, np.eye(3), w),
        (cholesky.solve_positive_definite, np.eye(3), w),
        (rotation.quaternion_from_matrix, T_tip, quat),
        (rotation.matrix_from_quaternion, quat, R),
        (rotation.quaternion_product, quat, quat, quat),
        (rotation.rotation_vector, R, w),
        (rotation.matrix_from_rotation_vector, w, R),
        (rotation.rotation_vector_from_quaternion, quat, w),
        (rotation.quaternion_from_rotation_vector, w, quat),
        (rotation.rotation_between, R, T_tip, w),
        (rotation.slerp, quat, quat, 0.5, quat),
        (rotation.is_pose, T_tip, 1e-6),
        (rotation.pose_from_matrix, T_tip, pose),
        (rotation.matrix_from_pose, pose, T_tip),
        (solve_psm, goal, *psm.parameters, chain.lower, chain.upper, chain.home, q),
        (
            ik.solve_with_restarts, *placed, chain.T_link_tip, chain.lower, chain.upper, goal, 0.3, 1e-9, 1e-9, 20, 3,
            state, q, *scratch[:2], T_link, T_tip, error, J, H, scratch[2],
        ),
    ]  # fmt: skip
    counts = {call[0].__name__: allocations(*call) for call in calls}
    assert counts == dict.fromkeys(counts, 0)
    public = {
        name
        for module in (kinematics, dynamics, cholesky, rotation)
        for name, value in vars(module).items()
        if hasattr(value, "py_func") and value.__module__ == module.__name__
    }
    assert public <= {*counts, "compose"}  # which is called by others above


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
    assert not cholesky.solve_positive_definite(np.array([[1.0, 2.0], [2.0, 1.0]]), b)
    A, x = np.array([[4.0, 1.0], [1.0, 3.0]]), np.array([1.0, 2.0])
    assert cholesky.solve_positive_definite(A.copy(), x)
    np.testing.assert_allclose(A @ x, [1.0, 2.0])


def test_the_factor_times_its_transpose_is_the_matrix_and_a_pivot_too_small_is_refused():
    B = np.random.default_rng(3).normal(size=(5, 5))
    A, L = B @ B.T, np.zeros((7, 7))
    assert cholesky.factorise(5, A, L, 1e-14)
    np.testing.assert_allclose(L[:5, :5] @ L[:5, :5].T, A, atol=1e-12)
    nearly = np.array([[1.0, 1.0], [1.0, 1.0 + 1e-9]])
    assert cholesky.factorise(2, nearly, L, 1e-10)
    assert not cholesky.factorise(2, nearly, L, 1e-8)


def test_the_generator_is_splitmix64():
    # First output of SplitMix64 from state 0, in the authors' reference implementation: 0xE220A8397B1DCDAF.
    state = np.zeros(1, dtype=np.uint64)
    assert ik.next_uniform(state) == (0xE220A8397B1DCDAF >> 11) / 2.0**53
