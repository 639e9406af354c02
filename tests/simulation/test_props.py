"""Props lie where they are put, touch with what they say they touch with, and rub as Coulomb has it."""

from __future__ import annotations

import numpy as np
import pybullet as pb
import pytest

from robotics.shape_config import Box, Lathe, Sphere
from simulation import tasks
from simulation.props import Grasp, PropConfig, load_parts, turned
from simulation.settings import SimulationConfig
from simulation.tissue import Tissue, TissuePad
from simulation.world import BulletWorld
from tests.simulation.held import DT, FIRM, PAD

G = 9.81
KEPT = [pytest.param(SimulationConfig(rigid_bodies=rigid), id="rigid" if rigid else "links") for rigid in (False, True)]
PROPS = {name: s.prop for name, s in tasks.lessons().items() if getattr(s, "prop", None) is not None}
BLOCK = Box(material="gauze", size_m=(0.02, 0.02, 0.004), xyz_m=(0.0, 0.0, 0.002))
FEET = tuple(
    Sphere(material="gauze", radius_m=0.001, xyz_m=(x, y, 0.001))
    for x, y in ((0.008, 0.008), (0.008, -0.008), (-0.008, 0.0))
)


def block(**changes: object) -> PropConfig:
    """A flat block of 10 g."""
    values: dict[str, object] = {
        "parts": (BLOCK,),
        "mass_kg": 0.01,
        "friction": 0.5,
        "crush_n": 10.0,
        "grasps": (Grasp(point_m=(0.0, 0.0, 0.001), along=(1.0, 0.0, 0.0)),),
        "rest_m": 0.0,
    }
    return PropConfig(**(values | changes))


def place(world: BulletWorld, prop: PropConfig, body: int, seconds: float, force: float = 0.0) -> np.ndarray:
    """Where a prop is after a while, pushed along x."""
    pose = np.zeros(7)
    for _ in range(round(seconds / DT)):
        if force:
            at = world.client.getBasePositionAndOrientation(body)[0]
            world.client.applyExternalForce(body, -1, (force, 0.0, 0.0), at, pb.WORLD_FRAME)
        world.step()
    prop.pose(world.client, body, pose)
    return pose


@pytest.mark.parametrize("name", PROPS)
def test_every_prop_of_a_lesson_comes_to_rest_upright_at_its_height(name: str) -> None:
    prop, settings = PROPS[name], tasks.load(name)
    with BulletWorld(SimulationConfig()) as world:
        TissuePad(world.client, settings.pad, settings.tissue)
        body = prop.load(world.client, np.array([0.0, 0.0, prop.rest_m + 0.002]), turned(0.3))
        place(world, prop, body, 0.8)
        first, last = place(world, prop, body, DT), place(world, prop, body, 0.5)
        assert last[2] == pytest.approx(prop.rest_m, abs=3e-4)
        assert abs(last[3:] @ turned(0.3)) > 0.998  # within 7 degrees
        assert np.linalg.norm(last[:3] - first[:3]) < 5e-5


def test_a_prop_with_feet_touches_with_its_feet_alone() -> None:
    for collisions, points in ((FEET, 3), ((), 4)):
        prop = block(collisions=collisions)
        with BulletWorld(SimulationConfig()) as world:
            pad = TissuePad(world.client, PAD, FIRM)
            body = prop.load(world.client, np.array([0.0, 0.0, 0.0005]), turned(0.0))
            place(world, prop, body, 0.5)
            found = world.client.getContactPoints(body, pad.body)
            assert len(found) == points
            assert sum(c[9] for c in found) == pytest.approx(prop.mass_kg * G, rel=0.02)
            if collisions:
                at = sorted(tuple(np.round(np.array(c[6][:2]) * 1e3).astype(int)) for c in found)
                assert at == [(-8, 0), (8, -8), (8, 8)]


def test_what_is_only_seen_is_not_touched() -> None:
    with BulletWorld(SimulationConfig()) as world:
        seen = Lathe(material="steel", profile_m=((0.0, 0.0), (0.01, 0.0), (0.01, 0.01)))
        body = load_parts(world.client, (seen,), 0.0, np.zeros(3), turned(0.0))
        assert world.client.getCollisionShapeData(body, -1) == ()


@pytest.mark.parametrize(("friction", "support"), [(0.5, 1.0), (0.8, 1.0), (1.0, 0.5)])
@pytest.mark.parametrize("collisions", [(), FEET])
@pytest.mark.parametrize("kept", KEPT)
def test_a_prop_on_the_pad_withstands_a_push_below_mu_m_g_and_slides_above(
    friction: float, support: float, collisions: tuple[Sphere, ...], kept: SimulationConfig
) -> None:
    prop = block(friction=friction, collisions=collisions)
    tissue = Tissue(stiffness_n_m=20000.0, damping_n_s_m=100.0, friction=support)
    limit = friction * support * prop.mass_kg * G
    for share, slides in ((0.85, False), (1.15, True)):
        with BulletWorld(kept) as world:
            TissuePad(world.client, PAD, tissue)
            body = prop.load(world.client, np.array([0.0, 0.0, 0.0]), turned(0.0))
            start = place(world, prop, body, 0.3)
            gone = float((place(world, prop, body, 0.25, share * limit) - start)[0])
            if slides:
                # What friction does not take away accelerates it.
                assert gone == pytest.approx(0.5 * (share - 1.0) * limit / prop.mass_kg * 0.25**2, rel=0.25)
            else:
                assert abs(gone) < 2e-4


@pytest.mark.parametrize(("share", "slides"), [(0.85, False), (1.15, True)])
@pytest.mark.parametrize("kept", KEPT)
def test_a_prop_lies_still_on_a_slope_up_to_the_angle_of_friction(
    share: float, slides: bool, kept: SimulationConfig
) -> None:
    prop = block()
    slope = np.arctan(share * prop.friction)
    with BulletWorld(kept) as world:
        TissuePad(world.client, PAD, FIRM)
        body = prop.load(world.client, np.array([0.0, 0.0, 0.0]), turned(0.0))
        start = place(world, prop, body, 0.3)
        world.client.setGravity(G * np.sin(slope), 0.0, -G * np.cos(slope))
        world.client.changeDynamics(body, -1, activationState=pb.ACTIVATION_STATE_WAKE_UP)
        gone = float((place(world, prop, body, 0.25) - start)[0])
        assert gone > 5e-3 if slides else abs(gone) < 2e-4
