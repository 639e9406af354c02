"""A mirrored arm goes into the simulator as it stands in our kinematics, and is touched where the mirror shows it."""

from __future__ import annotations

import numpy as np
import pytest

from robotics.arm_config import ArmConfig, load_arm_config
from robotics.chain import chain_from_config
from robotics.config import names
from robotics.contracts import Vector
from robotics.kinematics import link_poses
from robotics.mirror import mirrored
from simulation.bullet_plant import BulletPlant, PlacedArm
from simulation.settings import SimulationConfig
from simulation.world import BulletWorld

S = np.diag([1.0, -1.0, 1.0])


def simulated(config: ArmConfig, q: Vector) -> tuple[Vector, Vector]:
    """Poses of the links and corners of what they touch with as PyBullet has them, for a base at the origin."""
    chain = chain_from_config(config)
    world = BulletWorld(SimulationConfig())
    with world, BulletPlant(world, [PlacedArm("arm", config, chain, np.eye(4), chain.home)], 0.001):
        client = world.client
        for index, value in enumerate(q):
            client.resetJointState(0, index, float(value))
        poses = np.tile(np.eye(4), (chain.size, 1, 1))
        for index in range(chain.size):
            state = client.getLinkState(0, index, computeForwardKinematics=True)
            poses[index, :3, :3] = np.reshape(client.getMatrixFromQuaternion(state[5]), (3, 3))
            poses[index, :3, 3] = state[4]
        client.performCollisionDetection()
        boxes = np.array([client.getAABB(0, index) for index in range(chain.size)])
    return poses, boxes


@pytest.mark.parametrize("name", names("arms"))
def test_links_stand_where_our_kinematics_puts_them_on_both_sides(name: str) -> None:
    config = load_arm_config(name)
    chain = chain_from_config(config)
    q = np.random.default_rng(2).uniform(chain.lower, chain.upper)
    for side in (config, mirrored(config)):
        poses, _ = simulated(side, q)
        ours = link_poses(chain_from_config(side), q)[-chain.size :]
        np.testing.assert_allclose(poses, ours, atol=1e-6)


def test_what_an_arm_touches_with_is_mirrored_too() -> None:
    config = load_arm_config("psm")
    q = np.array([0.3, -0.2, 0.12, 0.5, 0.4, -0.3])
    assert config.collisions
    _, one = simulated(config, q)
    _, image = simulated(mirrored(config), q)
    reflected = one @ S
    np.testing.assert_allclose(image[..., 1], np.sort(reflected[..., 1], axis=1), atol=2e-4)
    np.testing.assert_allclose(image[..., ::2], one[..., ::2], atol=2e-4)
