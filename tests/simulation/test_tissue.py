"""The pad carries what lies on it, feels what presses on it, and what falls off it lands beside it."""

from __future__ import annotations

import msgspec
import numpy as np
import pybullet as pb
import pytest

from simulation.grasping import ArmBodies
from simulation.props import turned
from simulation.settings import SimulationConfig
from simulation.tissue import Tissue, TissuePad
from simulation.world import BulletWorld
from tests.simulation.held import FIRM, PAD
from tests.simulation.test_props import block, place


def ball(world: BulletWorld, mass: float, x: float, z: float) -> int:
    shape = world.client.createCollisionShape(pb.GEOM_SPHERE, radius=0.006)
    body: int = world.client.createMultiBody(mass, shape, basePosition=[x, 0.0, z])
    return body


def test_what_falls_off_the_pad_comes_to_rest_beside_it_at_its_foot() -> None:
    prop = block()
    with BulletWorld(SimulationConfig()) as world:
        TissuePad(world.client, PAD, FIRM)
        body = prop.load(world.client, np.array([0.5 * PAD.size_m[0] + 0.02, 0.0, 0.01]), turned(0.0))
        place(world, prop, body, 0.7)
        first, last = place(world, prop, body, 0.1), place(world, prop, body, 0.5)
        assert last[2] == pytest.approx(-PAD.size_m[2], abs=5e-4)
        assert np.linalg.norm(last[:3] - first[:3]) < 1e-4


def test_the_top_of_the_pad_is_where_its_shape_says() -> None:
    prop = block()
    with BulletWorld(SimulationConfig()) as world:
        TissuePad(world.client, msgspec.structs.replace(PAD, xyz_m=(0.01, 0.02, 0.03)), FIRM)
        body = prop.load(world.client, np.array([0.01, 0.02, 0.032]), turned(0.0))
        assert place(world, prop, body, 0.6)[2] == pytest.approx(0.03, abs=3e-4)


def test_pressing_is_the_force_of_the_arms_alone() -> None:
    with BulletWorld(SimulationConfig()) as world:
        pad = TissuePad(world.client, PAD, FIRM)
        arm, thing = ball(world, 0.05, -0.03, 0.0062), ball(world, 0.02, 0.03, 0.0062)
        for _ in range(500):
            world.step()
        assert pad.pressing(()) == 0.0
        assert pad.pressing((ArmBodies("arm", arm, None),)) == pytest.approx(0.05 * 9.81, rel=0.05)
        both = (ArmBodies("arm", arm, None), ArmBodies("other", thing, None))
        assert pad.pressing(both) == pytest.approx(0.07 * 9.81, rel=0.05)


def test_a_softer_pad_gives_way_as_much_more_as_it_is_softer() -> None:
    depths = []
    for stiffness in (200.0, 400.0):
        with BulletWorld(SimulationConfig()) as world:
            TissuePad(world.client, PAD, Tissue(stiffness_n_m=stiffness, damping_n_s_m=2.0, friction=0.5))
            body = ball(world, 0.05, 0.0, 0.006)
            for _ in range(1500):
                world.step()
            depths.append(0.006 - world.client.getBasePositionAndOrientation(body)[0][2])
    assert depths[0] == pytest.approx(0.05 * 9.81 / 200.0, rel=0.1)
    assert depths[0] / depths[1] == pytest.approx(2.0, rel=0.1)
