"""Forces of our own on an arm: measured like contacts, felt by its joints, and gone after the step."""

from __future__ import annotations

import numpy as np
import pytest

from robotics.kinematics import forward, jacobian
from simulation.tip import TipSensor
from tests.simulation.test_bullet_plant import command, plant_of

FORCE = np.array([0.3, -0.4, 1.2])


@pytest.mark.parametrize("name", ["psm_probe", "psm", "iiwa_needle"])
def test_what_is_put_on_a_tip_is_measured_and_borne_by_the_joints(name: str) -> None:
    with plant_of(name) as (plant, arm, world):
        body, n = plant.bodies()[0], arm.chain.size
        sensor, order = TipSensor(world.client, body), command(plant)
        torques = []
        on = False

        def push() -> None:
            sensor.read()
            if on:
                world.apply_force(body.body, body.link, FORCE, sensor.place)

        world.push(push)
        for on in (False, True):
            for _ in range(200):
                plant.write(order)
            read = plant.read()
            np.testing.assert_allclose(read.wrench[0, :3], FORCE if on else 0.0, atol=1e-12)
            torques.append(read.tau[:n].copy())
        J = arm.T_world_base[:3, :3] @ jacobian(arm.chain, order.q[:n])[:3]
        expected = -J.T @ FORCE
        found = torques[1] - torques[0]
        assert np.abs(found - expected).max() < 0.03 * max(1.0, np.abs(expected).max())


def test_the_sensor_has_the_tip_where_our_kinematics_puts_it_and_its_velocity() -> None:
    with plant_of("psm_probe") as (plant, arm, world):
        sensor, order = TipSensor(world.client, plant.bodies()[0]), command(plant)
        last = sensor.place.copy()
        for k in range(300):
            order.q[:6] = arm.chain.home + np.array([0.1, 0.05, 0.02, 0.3, 0.2, 0.2]) * np.sin(6.0 * k * 1e-3)
            order.dq[:6] = 6.0 * np.array([0.1, 0.05, 0.02, 0.3, 0.2, 0.2]) * np.cos(6.0 * k * 1e-3)
            plant.write(order)
            last[:] = sensor.place
            sensor.read()
        T = arm.T_world_base @ forward(arm.chain, plant.read().q)
        np.testing.assert_allclose(sensor.place, T[:3, 3], atol=1e-6)
        np.testing.assert_allclose(sensor.axes, T[:3, :3], atol=1e-6)
        np.testing.assert_allclose(sensor.velocity, (sensor.place - last) / 1e-3, atol=2e-3)
        assert np.linalg.norm(sensor.velocity) > 0.02


def test_a_force_lasts_for_one_step_and_one_on_another_body_is_not_the_arm_s() -> None:
    with plant_of("psm_probe") as (plant, _arm, world):
        body, order = plant.bodies()[0], command(plant)
        world.apply_force(body.body, body.link, FORCE, np.zeros(3))
        plant.write(order)
        assert not plant.read().wrench[0, :3].any()  # what a step starts with is what pushes put there
        other = world.client.createMultiBody(1.0, -1, basePosition=(1.0, 1.0, 1.0))
        world.push(lambda: world.apply_force(other, -1, FORCE, np.array([1.0, 1.0, 1.0])))
        world.push(lambda: world.apply_force(body.body, 0, FORCE, np.zeros(3)))  # not the tip's link
        plant.write(order)
        assert len(world.applied()) == 2
        assert not plant.read().wrench[0, :3].any()
