from dataclasses import replace

import numpy as np
import pinocchio as pin
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robotics import dynamics
from robotics.chain import load_arm
from robotics.config import names
from robotics.kinematics import link_poses
from tests.robotics.oracle import pinocchio_model, random_chain, random_state

seeds = st.integers(0, 2**32 - 1)
conventions = st.sampled_from(["modified_dh", "standard_dh"])


def assert_close(actual, desired):
    """Equal to 1e-10, of the largest entry where that is above one."""
    np.testing.assert_allclose(actual, desired, rtol=0.0, atol=1e-10 * max(1.0, np.abs(desired).max()))


@settings(max_examples=100, deadline=None)
@given(seeds, conventions)
def test_inverse_dynamics_with_any_gravity_equals_pinocchio(seed, convention):
    rng = np.random.default_rng(seed)
    chain = random_chain(rng, convention=convention)
    q, dq, ddq = random_state(rng, chain)
    gravity = rng.normal(scale=9.81, size=3)
    model = pinocchio_model(chain)
    model.gravity.linear = gravity
    assert_close(
        dynamics.inverse_dynamics(chain, q, dq, ddq, gravity=gravity), pin.rnea(model, model.createData(), q, dq, ddq)
    )


@settings(max_examples=50, deadline=None)
@given(seeds)
def test_a_wrench_on_the_tip_is_carried_as_pinocchio_carries_it(seed):
    rng = np.random.default_rng(seed)
    chain = random_chain(rng)
    q, dq, ddq = random_state(rng, chain)
    wrench = rng.normal(scale=10.0, size=6)
    model = pinocchio_model(chain)
    model.gravity.linear = np.zeros(3)
    data = model.createData()
    pin.framesForwardKinematics(model, data, q)
    # The wrench at the tip along base axes, restated at the last joint along the joint's axes.
    at_tip = pin.SE3(np.eye(3), data.oMf[model.getFrameId("tip")].translation)
    force = data.oMi[chain.size].actInv(at_tip.act(pin.Force(wrench)))
    forces = pin.StdVec_Force()
    for i in range(chain.size + 1):
        forces.append(force if i == chain.size else pin.Force.Zero())
    expected = pin.rnea(model, data, q, dq, ddq, forces)
    assert_close(dynamics.inverse_dynamics(chain, q, dq, ddq, gravity=np.zeros(3), wrench=wrench), expected)


@settings(max_examples=100, deadline=None)
@given(seeds, conventions)
def test_the_mass_matrix_equals_pinocchio(seed, convention):
    rng = np.random.default_rng(seed)
    chain = random_chain(rng, convention=convention)
    q, _, _ = random_state(rng, chain)
    model = pinocchio_model(chain)
    upper = np.triu(pin.crba(model, model.createData(), q))
    assert_close(dynamics.mass_matrix(chain, q), upper + np.triu(upper, 1).T)


@settings(max_examples=50, deadline=None)
@given(seeds, conventions)
def test_gravity_torques_equal_pinocchio(seed, convention):
    rng = np.random.default_rng(seed)
    chain = random_chain(rng, convention=convention)
    q, _, _ = random_state(rng, chain)
    gravity = rng.normal(scale=9.81, size=3)
    model = pinocchio_model(chain)
    model.gravity.linear = gravity
    assert_close(
        dynamics.gravity_torque(chain, q, gravity=gravity),
        pin.computeGeneralizedGravity(model, model.createData(), q),
    )


@settings(max_examples=50, deadline=None)
@given(seeds)
def test_forward_dynamics_undoes_inverse_dynamics(seed):
    rng = np.random.default_rng(seed)
    chain = random_chain(rng)
    q, dq, ddq = random_state(rng, chain)
    wrench = rng.normal(size=6)
    tau = dynamics.inverse_dynamics(chain, q, dq, ddq, wrench=wrench)
    np.testing.assert_allclose(dynamics.forward_dynamics(chain, q, dq, tau, wrench=wrench), ddq, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", names("arms"))
def test_a_falling_arm_keeps_its_energy(name):
    chain = load_arm(name)
    q, dq, h = chain.home.copy(), 0.3 * chain.velocity, 1e-5

    def energy(q, dq):
        T = link_poses(chain, q)
        heights = [(T[i, :3, :3] @ chain.com[i] + T[i, :3, 3])[2] for i in range(chain.size)]
        return 0.5 * dq @ dynamics.mass_matrix(chain, q) @ dq + 9.80665 * chain.mass @ heights

    def slope(q, dq):
        return dq, dynamics.forward_dynamics(chain, q, dq, np.zeros(chain.size))

    start = energy(q, dq)
    for _ in range(200):  # classical Runge-Kutta
        k1 = slope(q, dq)
        k2 = slope(q + 0.5 * h * k1[0], dq + 0.5 * h * k1[1])
        k3 = slope(q + 0.5 * h * k2[0], dq + 0.5 * h * k2[1])
        k4 = slope(q + h * k3[0], dq + h * k3[1])
        q = q + h / 6.0 * (k1[0] + 2 * k2[0] + 2 * k3[0] + k4[0])
        dq = dq + h / 6.0 * (k1[1] + 2 * k2[1] + 2 * k3[1] + k4[1])
    kinetic = 0.5 * dq @ dynamics.mass_matrix(chain, q) @ dq
    assert abs(energy(q, dq) - start) <= 1e-9 * max(kinetic, 1e-6) + 1e-12 * abs(start) + 1e-14


@settings(max_examples=50, deadline=None)
@given(seeds)
def test_friction_brakes_every_motion_and_reaches_its_coulomb_level_over_the_smoothing_rate(seed):
    rng = np.random.default_rng(seed)
    chain = random_chain(rng)
    chain = replace(chain, viscous=rng.uniform(0.1, 2.0, chain.size), coulomb=rng.uniform(0.1, 2.0, chain.size))
    _, dq, _ = random_state(rng, chain)
    tau = dynamics.friction_torque(chain, dq)
    assert np.all(tau * dq > 0.0)
    assert_close(dynamics.friction_torque(chain, -dq), -tau)
    assert_close(dynamics.friction_torque(chain, np.full(chain.size, 50.0)), 50.0 * chain.viscous + chain.coulomb)
    slow = dynamics.friction_torque(chain, np.full(chain.size, 0.02), smooth=0.02)
    assert_close(slow, 0.02 * chain.viscous + np.tanh(1.0) * chain.coulomb)
