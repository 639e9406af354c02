"""Simulated arms are the arms of the TOML, to the last digit, and keep the plant contract."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from robotics.arm_config import load_arm_config
from robotics.chain import chain_from_config
from robotics.config import names
from robotics.contracts import Command, DriveMode, Plant, StopKind
from robotics.dynamics import inverse_dynamics, mass_matrix
from robotics.errors import ConfigError, DeviceError
from robotics.kinematics import link_poses
from simulation.bullet_plant import BulletPlant, PlacedArm
from simulation.settings import SimulationConfig
from simulation.world import BulletWorld


@contextmanager
def plant_of(name: str, **settings: object) -> Iterator[tuple[BulletPlant, PlacedArm, BulletWorld]]:
    config = load_arm_config(name)
    chain = chain_from_config(config)
    T = np.eye(4)
    T[:3, 3] = [0.1, -0.2, 0.3]
    arm = PlacedArm("arm", config, chain, T, chain.home)
    world = BulletWorld(SimulationConfig(**settings))
    with world, BulletPlant(world, [arm], 0.001) as plant:
        yield plant, arm, world


def command(plant: BulletPlant, mode: DriveMode = DriveMode.POSITION) -> Command:
    n = len(plant.describe().joints)
    made = Command(mode, np.zeros(n), np.zeros(n), np.zeros(n))
    made.q[:] = plant.read().q
    return made


@pytest.mark.parametrize("name", names("arms"))
def test_every_link_stands_where_our_kinematics_puts_it(name: str) -> None:
    with plant_of(name) as (_plant, arm, world):
        rng = np.random.default_rng(2)
        q = rng.uniform(arm.chain.lower, arm.chain.upper)
        client = world.client
        for index, value in enumerate(q):
            client.resetJointState(0, index, value)
        ours = [arm.T_world_base @ T for T in link_poses(arm.chain, q)[-arm.chain.size :]]
        for index, T in enumerate(ours):
            state = client.getLinkState(0, index, computeForwardKinematics=True)
            R = np.array(client.getMatrixFromQuaternion(state[5])).reshape(3, 3)
            np.testing.assert_allclose(state[4], T[:3, 3], atol=1e-7)
            np.testing.assert_allclose(R, T[:3, :3], atol=1e-6)


@pytest.mark.parametrize("name", [name for name in names("arms") if load_arm_config(name).jaw is None])
def test_bullet_weighs_an_arm_without_jaws_as_we_do(name: str) -> None:
    with plant_of(name) as (_plant, arm, world):
        chain, client = arm.chain, world.client
        rng = np.random.default_rng(5)
        q, dq, ddq = rng.uniform(chain.lower, chain.upper), rng.normal(0, 0.3, chain.size), rng.normal(0, 1, chain.size)
        np.testing.assert_allclose(
            np.array(client.calculateMassMatrix(0, q.tolist())), mass_matrix(chain, q), rtol=1e-4, atol=1e-6
        )
        ours = inverse_dynamics(chain, q, dq, ddq, gravity=[0, 0, -9.81])
        theirs = client.calculateInverseDynamics(0, q.tolist(), dq.tolist(), ddq.tolist())
        np.testing.assert_allclose(theirs, ours, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", names("arms"))
def test_an_arm_that_is_told_to_stay_stays(name: str) -> None:
    with plant_of(name) as (plant, _arm, _):
        order = command(plant)
        for _ in range(300):
            plant.write(order)
        drift = np.abs(plant.read().q - order.q)
        assert drift.max() < 2e-3


def test_a_position_drive_follows_a_slow_sine_closely() -> None:
    with plant_of("psm") as (plant, arm, _):
        order = command(plant)
        worst = 0.0
        for k in range(1500):
            phase = 2 * np.pi * 0.5 * k * 0.001
            order.q[:6] = arm.chain.home + [0.1, 0.05, 0.02, 0.3, 0.2, 0.2] * np.array(np.sin(phase))
            order.dq[:6] = [0.1, 0.05, 0.02, 0.3, 0.2, 0.2] * np.array(2 * np.pi * 0.5 * np.cos(phase))
            before = order.q.copy()
            plant.write(order)
            if k > 200:
                worst = max(worst, np.abs(plant.read().q - before)[:6].max())
        assert worst < 2e-3


def test_describe_works_before_connecting_and_reading_does_not() -> None:
    config = load_arm_config("psm")
    chain = chain_from_config(config)
    world = BulletWorld(SimulationConfig())
    plant = BulletPlant(world, [PlacedArm("psm1", config, chain, np.eye(4), chain.home)], 0.001)
    assert isinstance(plant, Plant)
    description = plant.describe()
    assert description.joints[-1] == "psm1/jaw"
    assert description.groups[0].jaw == 6
    np.testing.assert_array_equal(description.lower[:6], chain.lower)
    with pytest.raises(DeviceError, match="not connected"):
        plant.read()


def test_a_physics_period_that_does_not_divide_the_control_period_is_refused() -> None:
    config = load_arm_config("psm")
    chain = chain_from_config(config)
    world = BulletWorld(SimulationConfig(physics_period_s=0.0007))
    with pytest.raises(ConfigError, match=r"whole multiple of it, is 0\.0007"):
        BulletPlant(world, [PlacedArm("psm1", config, chain, np.eye(4), chain.home)], 0.001)


def test_a_command_of_another_mode_is_refused_before_anything_moves() -> None:
    with plant_of("planar_reach") as (plant, _, _), pytest.raises(DeviceError, match="driven by position"):
        plant.write(command(plant, DriveMode.TORQUE))


def test_power_off_lets_an_arm_drop_and_hold_keeps_it() -> None:
    fallen = {}
    for kind in (StopKind.POWER_OFF, StopKind.HOLD):
        with plant_of("arm_exo") as (plant, _, _):
            start = plant.read().q.copy()
            for _ in range(200):
                plant.stop(kind)
            fallen[kind] = float(np.abs(plant.read().q - start).max())
    assert fallen[StopKind.HOLD] < 1e-3
    assert fallen[StopKind.POWER_OFF] > 0.05


def test_joints_driven_by_torque_have_the_friction_of_their_configuration_also_after_a_stop() -> None:
    with plant_of("planar_reach", drive="torque", gravity_m_s2=0.0) as (plant, arm, _world):
        order = command(plant, DriveMode.TORQUE)

        def moved(share: float) -> float:
            """How far the first joint moves in 50 ms under a share of its Coulomb friction [rad]."""
            order.tau[:] = 0.0
            order.tau[0] = share * arm.chain.coulomb[0]
            before = plant.read().q[0]
            for _ in range(50):
                plant.write(order)
            return abs(plant.read().q[0] - before)

        assert arm.chain.coulomb[0] > 0.0
        assert moved(0.8) < 1e-6
        assert moved(3.0) > 1e-4
        plant.stop(StopKind.HOLD)
        assert abs(plant.read().dq[0]) < 1e-6
        assert moved(0.8) < 1e-6
        assert moved(3.0) > 1e-4


def test_the_joints_of_a_step_are_those_after_the_last_one_and_a_reading_is_always_a_new_one() -> None:
    with plant_of("arm_exo", drive="torque") as (plant, arm, world):
        client, indices = world.client, plant.joints(0)
        order = command(plant, DriveMode.TORQUE)
        order.tau[:] = 1.0
        for _ in range(3):
            plant.write(order)
            there = plant.joint_states(0)
            assert there == client.getJointStates(0, indices)
            assert plant.joint_states(0) is there  # one step is asked for once
            assert [state[0] for state in there] == plant.read().q.tolist()
        client.resetJointState(0, indices[3], arm.start[3] + 0.25)  # somebody moves it between two steps
        assert plant.read().q[3] == arm.start[3] + 0.25
        assert plant.joint_states(0)[3][0] == arm.start[3] + 0.25


def test_an_arm_that_was_alone_feels_what_comes_into_its_world_later() -> None:
    with plant_of("psm_probe") as (plant, _arm, world):
        order = command(plant)
        plant.write(order)
        assert not plant.read().wrench[0, :3].any()
        client = world.client
        low, high = (np.array(corner) for corner in client.getAABB(0, plant.bodies()[0].link))
        half = 0.5 * (high - low) + 0.01
        box = client.createCollisionShape(client.GEOM_BOX, halfExtents=half)  # about the whole tip
        client.createMultiBody(0.0, box, basePosition=0.5 * (low + high))
        plant.write(order)
        assert np.linalg.norm(plant.read().wrench[0, :3]) > 1.0
