"""A PSM over a world, jaws down, around a thing: what the tests of grasps start from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pybullet as pb

from robotics.contracts import Command, DriveMode
from robotics.ik import InverseKinematics
from robotics.kernels.rotation import matrix_from_pose
from robotics.shape_config import Capsule, Pad
from simulation.bullet_plant import BulletPlant
from simulation.grasping import GraspWatch, grasp_pose
from simulation.needle import NeedleConfig
from simulation.props import Grasp, PropConfig, turned
from simulation.settings import SimulationConfig
from simulation.tissue import Tissue, TissuePad
from simulation.world import BulletWorld
from steadyhand.rig import plan

DT = 1e-3
CLOSING = 5.0
"""How fast the jaws are asked to close, as a hand does [rad/s]."""
FIRM = Tissue(stiffness_n_m=20000.0, damping_n_s_m=100.0, friction=1.0)
PAD = Pad(material="tissue", size_m=(0.17, 0.15, 0.02))


RADIUS = 0.001


def bar(**changes: object) -> PropConfig:
    """A round bar along x that jaws meet in one line each: 8 mm long, 2 mm thick, 5 g."""
    values: dict[str, object] = {
        "parts": (
            Capsule(
                material="ring",
                radius_m=RADIUS,
                length_m=0.008,
                xyz_m=(-0.004, 0.0, 0.0),
                rpy_rad=(0.0, 0.5 * np.pi, 0.0),
            ),
        ),
        "mass_kg": 0.005,
        "friction": 0.8,
        "crush_n": 50.0,
        "grasps": (Grasp(point_m=(0.0, 0.0, -0.0005), along=(1.0, 0.0, 0.0)),),
        "rest_m": RADIUS,
    }
    return PropConfig(**(values | changes))


class Bench:
    """A thing on a pad between the open jaws of an arm; nothing has moved yet."""

    def __init__(
        self, world: BulletWorld, plant: BulletPlant, body: int, prop: PropConfig | NeedleConfig, pad: TissuePad
    ) -> None:
        self.world, self.plant, self.body, self.prop, self.pad = world, plant, body, prop, pad
        self.client, self.arms = world.client, plant.bodies()
        self.watch = GraspWatch(world.client, body, prop.crush_n)
        self.time = 0.0
        self.jaw = plant.describe().groups[0].jaw
        n = len(plant.describe().joints)
        self.command = Command(DriveMode.POSITION, np.zeros(n), np.zeros(n), np.zeros(n))
        self.command.q[:] = plant.read().q

    def run(
        self, seconds: float, jaw: float | None = None, force: tuple[float, float, float] = (0.0, 0.0, 0.0)
    ) -> np.ndarray:
        """Ask the jaws for an angle, push the thing with a force in world, and say how it moved, (ticks, 7)."""
        wanted = self.command.q[self.jaw] if jaw is None else jaw
        rows = np.zeros((round(seconds / DT), 7))
        for row in rows:
            self.command.q[self.jaw] += np.clip(wanted - self.command.q[self.jaw], -CLOSING * DT, CLOSING * DT)
            self.plant.read()
            if any(force):
                at = self.client.getBasePositionAndOrientation(self.body)[0]
                self.client.applyExternalForce(self.body, -1, force, at, pb.WORLD_FRAME)
            self.plant.write(self.command)
            self.time += DT
            self.watch.look(self.arms, self.time)
            self.prop.pose(self.client, self.body, row)
        return rows

    def jaws(self) -> tuple[float, float]:
        """Angles of the left and right jaw [rad]."""
        arm = self.arms[0]
        left, right = (state[0] for state in self.client.getJointStates(arm.body, arm.jaws))
        return left, right

    def take(self, jaw: float) -> None:
        """Close the jaws on it, and take the pad away from under it."""
        self.run(0.4, jaw)
        self.client.removeBody(self.pad.body)
        self.run(0.2)


@contextmanager
def bench(
    prop: PropConfig | NeedleConfig | None = None,
    aside_m: float = 0.0,
    open_rad: float = 0.8,
    above_m: float = 0.0,
    simulation: SimulationConfig | None = None,
    first: bool = False,
) -> Iterator[Bench]:
    """Put a thing on a pad between open jaws.

    Args:
        prop: The thing; a `bar` where None.
        aside_m: How far off the jaws' middle it stands, across the jaws.
        open_rad: Angle between the jaws.
        above_m: How far above its grasp the jaws stand.
        simulation: How the physics runs; as by default where None.
        first: Whether it is in the world before the arm: PyBullet keeps pairs in that order.
    """
    prop = prop or bar()
    world = BulletWorld(simulation or SimulationConfig())
    placed = plan("needle_pick").arms[0]
    grasp, thing, target = prop.grasps[0], np.array([0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]), np.zeros(7)
    grasp_pose(thing, np.array(grasp.point_m), np.array(grasp.along), np.array([0, 0, 0, 0, 1.0, 0, 0]), target)
    target[2] += above_m
    T = np.empty((4, 4))
    matrix_from_pose(target, T)
    found = InverseKinematics(placed.chain).solve(np.linalg.inv(placed.T_world_base) @ T)
    assert found.success
    with world:
        client = world.client
        pad = TissuePad(client, PAD, FIRM)
        place = np.array([0.0, aside_m, prop.rest_m])
        body = prop.load(client, place, turned(0.0)) if first else -1
        with BulletPlant(world, [replace(placed, start=found.q)], DT) as plant:
            (arm,) = plant.bodies()
            for link, side in zip(arm.jaws, (0.5, -0.5), strict=True):
                client.resetJointState(arm.body, link, side * open_rad)
            body = body if first else prop.load(client, place, turned(0.0))
            plant.read()
            yield Bench(world, plant, body, prop, pad)
