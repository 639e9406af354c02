"""A PSM over a pad, jaws down, around a thing: the scene in which grasps are measured, here and by the tests."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pybullet as pb
from numpy.typing import NDArray

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
"""Control period, where the physics has no longer one [s]."""

CLOSING = 5.0
"""How fast the jaws are asked to close, as a hand does [rad/s]."""

FULL = -0.698
"""Jaw angle that a full grip asks for [rad]."""

FIRM = Tissue(stiffness_n_m=20000.0, damping_n_s_m=100.0, friction=1.0)
PAD = Pad(material="tissue", size_m=(0.17, 0.15, 0.02))
RADIUS = 0.001

_GAP_M = 5e-5
_DRAW_M_S, _FARTHEST_M = 1e-3, 4e-3  # ours: slowly, and farther than the thing is thick

Force = tuple[float, float, float]


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
    return PropConfig(**(values | changes))  # type: ignore[arg-type]


class Bench:
    """A thing on a pad between the open jaws of an arm; nothing has moved yet."""

    def __init__(
        self,
        world: BulletWorld,
        plant: BulletPlant,
        body: int,
        prop: PropConfig | NeedleConfig,
        pad: TissuePad,
        dt: float = DT,
    ) -> None:
        self.world, self.plant, self.body, self.prop, self.pad, self.dt = world, plant, body, prop, pad, dt
        self.client, self.arms = world.client, plant.bodies()
        self.watch = GraspWatch(world.client, body, prop.crush_n)
        self.time = 0.0
        jaw = plant.describe().groups[0].jaw
        assert jaw is not None  # the arm of this scene has one
        self.jaw: int = jaw
        n = len(plant.describe().joints)
        self.command = Command(DriveMode.POSITION, np.zeros(n), np.zeros(n), np.zeros(n))
        self.command.q[:] = plant.read().q
        self._force: Force = (0.0, 0.0, 0.0)
        self._point: NDArray[np.float64] | None = None
        world.push(self._push)

    def run(
        self,
        seconds: float,
        jaw: float | None = None,
        force: Force = (0.0, 0.0, 0.0),
        point: NDArray[np.float64] | None = None,
    ) -> NDArray[np.float64]:
        """Ask the jaws for an angle, push the thing, and say how it moved.

        Args:
            seconds: For how long.
            jaw: Angle between the jaws that is asked for; as before where None [rad].
            force: On the thing, in world [N].
            point: Where that acts, in the thing's frame, shape (3,) [m]; its centre of mass where None.

        Returns:
            Its pose after each control period, shape (ticks, 7).
        """
        wanted = self.command.q[self.jaw] if jaw is None else jaw
        rows = np.zeros((max(round(seconds / self.dt), 1), 7))
        self._force, self._point = force, point
        step = CLOSING * self.dt
        for row in rows:
            self.command.q[self.jaw] += np.clip(wanted - self.command.q[self.jaw], -step, step)
            self.plant.read()
            self.plant.write(self.command)
            self.time += self.dt
            self.watch.look(self.arms, self.time)
            self.prop.pose(self.client, self.body, row)
        self._force = (0.0, 0.0, 0.0)
        return rows

    def jaws(self) -> tuple[float, float]:
        """Angles of the left and right jaw [rad]."""
        arm = self.arms[0]
        assert arm.jaws is not None  # see above
        left, right = (state[0] for state in self.client.getJointStates(arm.body, arm.jaws))
        return left, right

    def take(self, jaw: float) -> None:
        """Close the jaws on it, and take the pad away from under it."""
        self.run(0.4, jaw)
        self.client.removeBody(self.pad.body)
        self.run(0.2)

    def sunk_m(self) -> float:
        """How deep the thing lies in both jaws together: the deepest overlap with each, added [m]."""
        deepest = dict.fromkeys(self.arms[0].jaws or (), 0.0)
        for contact in self.client.getContactPoints(self.body, self.arms[0].body):
            if contact[4] in deepest:
                deepest[contact[4]] = max(deepest[contact[4]], -contact[8])
        return sum(deepest.values())

    def place(self, point: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where a point of the thing's frame is in world, shape (3,) [m]."""
        pose, T = np.zeros(7), np.empty((4, 4))
        self.prop.pose(self.client, self.body, pose)
        matrix_from_pose(pose, T)
        place: NDArray[np.float64] = T[:3, :3] @ point + T[:3, 3]
        return place

    def slip_n(self, along: NDArray[np.float64], point: NDArray[np.float64] | None = None, most: float = 4.0) -> float:
        """Pull harder and harder, by twice the pinch a second, until the thing has slipped by half a millimetre.

        Args:
            along: Direction of the pull in world, shape (3,), of unit length.
            point: Where it acts, in the thing's frame, shape (3,) [m]; its frame's origin where None.
            most: Pull to give up at, over the pinch.

        Returns:
            The pull [N]; infinite where it never slipped.
        """
        at = np.zeros(3) if point is None else point
        pinch, start, pull = self.watch.pinch_n, self.place(at), 0.0
        while float((self.place(at) - start) @ along) < 5e-4:
            pull += 2.0 * pinch * self.dt
            if pull > most * pinch:
                return math.inf
            x, y, z = (pull * along).tolist()
            self.run(self.dt, force=(x, y, z), point=at)
        return pull

    def coulomb_n(self) -> float:
        """Coulomb's limit for a pull downwards: two faces, each leaning outwards by half of the jaw angle [N]."""
        left, right = self.jaws()
        lean = 0.5 * (left - right)
        return 2.0 * self.watch.pinch_n * (self.prop.friction * math.cos(lean) - math.sin(lean))

    def drawn_n(self, along_m: float, over_m: float) -> float:
        """Draw the arm back while the thing's ends stay under two stops, until the jaws have lost it.

        Unlike in `slip_n` nothing is put on the thing: what pulls it is contact, as that with a peg or a wall.

        Args:
            along_m: How far along its x axis from its frame the stops stand, to either side.
            over_m: How far above its frame they are.

        Returns:
            The most that the stops had to hold [N].
        """
        client, arm = self.client, self.arms[0].body
        half = (0.0006, 0.003, 0.001)
        shape = client.createCollisionShape(pb.GEOM_BOX, halfExtents=half)
        stops = []
        for x in (along_m, -along_m):
            place = self.place(np.array([x, 0.0, 0.0]))
            place[2] += over_m + half[2] + _GAP_M
            stop = client.createMultiBody(baseMass=0.0, baseCollisionShapeIndex=shape, basePosition=place.tolist())
            client.changeDynamics(stop, -1, lateralFriction=0.0)
            for link in range(-1, client.getNumJoints(arm)):
                client.setCollisionFilterPair(stop, arm, -1, link, 0)
            stops.append(stop)
        most, back = 0.0, self.plant.describe().joints.index("psm1/insertion")
        for _ in range(round(_FARTHEST_M / (_DRAW_M_S * self.dt))):
            self.command.q[back] -= _DRAW_M_S * self.dt
            self.run(self.dt)
            if self.watch.holder != 0:
                return most
            touching = (touch for stop in stops for touch in client.getContactPoints(stop, self.body))
            most = max(most, sum(touch[9] * abs(touch[7][2]) for touch in touching))
        return math.inf

    def _push(self) -> None:
        # Before every physics step: PyBullet forgets external forces after each.
        if any(self._force):
            if self._point is None:
                at = self.client.getBasePositionAndOrientation(self.body)[0]
            else:
                at = self.place(self._point).tolist()
            self.client.applyExternalForce(self.body, -1, self._force, at, pb.WORLD_FRAME)


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
    dt = max(DT, world.settings.physics_period_s)
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
        with BulletPlant(world, [replace(placed, start=found.q)], dt) as plant:
            (arm,) = plant.bodies()
            assert arm.jaws is not None  # see above
            for link, side in zip(arm.jaws, (0.5, -0.5), strict=True):
                client.resetJointState(arm.body, link, side * open_rad)
            body = body if first else prop.load(client, place, turned(0.0))
            plant.read()
            yield Bench(world, plant, body, prop, pad, dt)
