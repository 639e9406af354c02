"""Cuffs between PyBullet's robot and a patient's limb: what they pass on, and that both sides feel the same."""

import numpy as np
import pytest

from robotics.arm_config import load_arm_config
from robotics.chain import chain_from_config
from robotics.config import load_named
from robotics.dynamics import forward_dynamics, gravity_torque
from robotics.fitting import fitted, person_lengths
from robotics.guidance import Coordinates, Space
from robotics.human_arm import human_arm
from robotics.kinematics import link_poses, point_jacobian
from robotics.mirror import mirrored
from simulation.bullet_plant import BulletPlant, PlacedArm
from simulation.patients import seating
from simulation.patients.config import PatientConfig
from simulation.patients.coupling import Cuffs
from simulation.patients.patient import Patient
from simulation.settings import SimulationConfig
from simulation.world import BulletWorld

DT = 0.001
SETTINGS = SimulationConfig(drive="torque")


def placed(side: str) -> PlacedArm:
    config = load_arm_config("arm_exo")
    config = config if side == "right" else mirrored(config)
    chain = chain_from_config(config)
    T = np.eye(4)
    T[:3, 3] = 0.1, -0.2, 0.3
    return PlacedArm("arm", config, chain, T, np.array([0.4, 0.3, 0.2, 1.2, 0.3]))


def patient_in(arm: PlacedArm, side: str) -> Patient:
    patient = Patient(load_named("patients", "stroke_flaccid", PatientConfig), side, DT, DT)
    patient.instruct(Coordinates(Space.JOINT, ("elbow_flexion",)))
    q = np.zeros(7)
    q[:5] = arm.start
    patient.reset(np.random.default_rng(0), q, arm.T_world_base)
    return patient


@pytest.mark.parametrize("side", ["right", "left"])
@pytest.mark.parametrize("link", [2, 4])
def test_a_force_and_a_moment_of_ours_move_pybullet_s_arm_as_the_equations_say(side, link):
    arm = placed(side)
    force, moment = np.array([3.0, -5.0, 4.0]), np.array([0.6, 0.4, -0.5])
    world = BulletWorld(SETTINGS)
    with world, BulletPlant(world, (arm,), DT) as plant:
        joint = plant.joints(0)[link]
        T_link = arm.T_world_base @ link_poses(arm.chain, arm.start)[link]
        point = T_link[:3, 3] + np.array([0.03, 0.02, -0.05])

        def push() -> None:
            world.apply_wrench(plant.bodies()[0].body, joint, [*force, *moment], point.tolist())

        world.push(push)
        world.client.setJointMotorControlArray(
            plant.bodies()[0].body, plant.joints(0), 0, targetVelocities=[0.0] * 5, forces=[0.0] * 5
        )
        world.step()
        rates = np.array([s[1] for s in world.client.getJointStates(plant.bodies()[0].body, plant.joints(0))])
    in_link = np.linalg.inv(T_link) @ np.append(point, 1.0)
    J = point_jacobian(arm.chain, arm.start, link, in_link[:3])
    ddq = forward_dynamics(
        arm.chain, arm.start, np.zeros(5), J.T @ np.concatenate([force, moment]), gravity=(0.0, 0.0, -9.81)
    )
    ddq = np.asarray(ddq)
    # PyBullet damps the joints with their viscous friction within the step, too.
    assert rates == pytest.approx(DT * ddq, rel=0.06, abs=2e-4)


@pytest.mark.parametrize("side", ["right", "left"])
def test_cuffs_that_were_just_put_on_strain_nothing(side):
    arm = placed(side)
    patient = patient_in(arm, side)
    cuffs = Cuffs(arm, 0, patient)
    world = BulletWorld(SETTINGS)
    with world, BulletPlant(world, (arm,), DT, cuffs) as plant:
        cuffs.put_on(arm.start)
        cuffs.connect(plant)
        world.step()
        assert np.abs(cuffs.wrench).max() < 0.2


def test_what_the_robot_feels_is_what_the_limb_feels_the_other_way():
    arm = placed("right")
    patient = patient_in(arm, "right")
    cuffs = Cuffs(arm, 0, patient)
    world = BulletWorld(SETTINGS)
    with world, BulletPlant(world, (arm,), DT, cuffs) as plant:
        cuffs.put_on(arm.start)
        cuffs.connect(plant)
        for _ in range(150):
            segments = patient.T_world_segment.copy()
            world.step()
        on_robot = np.zeros(6)
        for wrench, point in zip(cuffs.wrench, cuffs._points, strict=True):
            on_robot[:3] += wrench[:3]
            on_robot[3:] += wrench[3:] + np.cross(point, wrench[:3])
        on_limb = np.zeros(6)
        for T, wrench in zip(segments, cuffs._on_limb, strict=True):
            on_limb[:3] += wrench[:3]
            on_limb[3:] += wrench[3:] + np.cross(T[:3, 3], wrench[:3])
    assert np.abs(on_robot).max() > 1.0  # the limb hangs in them
    assert on_limb == pytest.approx(-on_robot, abs=1e-9)


def test_a_limp_arm_in_a_robot_that_holds_still_comes_to_rest_with_its_weight_in_the_cuffs():
    arm = placed("right")
    patient = patient_in(arm, "right")
    cuffs = Cuffs(arm, 0, patient)
    settings = SimulationConfig(drive="position")
    world = BulletWorld(settings)
    with world, BulletPlant(world, (arm,), DT, cuffs) as plant:
        cuffs.put_on(arm.start)
        cuffs.connect(plant)
        client, body, joints = world.client, plant.bodies()[0].body, plant.joints(0)
        client.setJointMotorControlArray(
            body, joints, 2, targetPositions=arm.start.tolist(), forces=[500.0] * 5, positionGains=[0.3] * 5
        )
        for _ in range(3000):
            world.step()
        assert np.abs(patient.dq).max() < 1e-2
        # What the cuffs make of it about shoulder and elbow is what holds the limb up against its weight.
        tau = np.zeros(7)
        for link, wrench in zip((2, 4, 6), cuffs._on_limb, strict=True):
            J = point_jacobian(patient.chain, patient.q, link, np.zeros(3))
            tau += J.T @ wrench  # base and world have the same axes here
        held = gravity_torque(patient.chain, patient.q, gravity=(0.0, 0.0, -9.81))
        assert held[0] > 4.0
        assert tau[[0, 3]] == pytest.approx(held[[0, 3]], abs=0.25)


@pytest.mark.parametrize("side", ["right", "left"])
def test_in_the_wrist_module_the_axes_of_the_wrist_are_those_of_the_robot(side):
    config = load_arm_config("wrist_exo")
    config, _ = fitted(config if side == "right" else mirrored(config), person_lengths(1.75))
    chain = chain_from_config(config)
    arm = PlacedArm("arm", config, chain, np.eye(4), chain.home)
    person = human_arm("male", 75.0, 1.75, side)
    q, T_world_shoulder = seating.at_tip(person, arm, {"elbow_flexion": 1.3})
    robot = arm.T_world_base @ link_poses(chain, chain.home)
    limb = T_world_shoulder @ link_poses(person, q)
    for ours, theirs in zip(robot, limb[4:], strict=True):
        assert ours[:3, 2] == pytest.approx(theirs[:3, 2], abs=1e-9)  # the same axis, the same sense
    assert robot[2, :3, 3] == pytest.approx(limb[6, :3, 3], abs=2e-3)
