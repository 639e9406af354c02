"""Real drives: the published consequences of play and friction, and none of them where drives are ideal."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pybullet as pb
import pytest

from control.tick import without_host_time
from robotics.arm_config import load_arm_config
from robotics.chain import chain_from_config
from robotics.contracts import Command, DriveMode, StopKind
from robotics.errors import ConfigError, UnknownNameError
from simulation.bullet_plant import BulletPlant, PlacedArm
from simulation.settings import SimulationConfig
from simulation.world import BulletWorld
from steadyhand.environments import make
from steadyhand.rig import build, plan
from vr_training import inputs

DT = 1e-3
CHAIN = chain_from_config(load_arm_config("psm"))
START = np.array([0.0, 0.0, 0.12, 0.0, 0.0, 0.0])


@contextmanager
def psm(name: str = "psm", **settings: object) -> Iterator[tuple[BulletPlant, Command]]:
    """A PSM alone and weightless, with real drives, and a command that keeps it where it is."""
    config = load_arm_config(name)
    arm = PlacedArm("psm1", config, chain_from_config(config), np.eye(4), START[: len(config.joints)])
    asked = SimulationConfig(**{"gravity_m_s2": 0.0, "drives": "real", **settings})
    with BulletWorld(asked) as world, BulletPlant(world, [arm], DT) as plant:
        n = len(plant.describe().joints)
        command = Command(DriveMode.POSITION, np.zeros(n), np.zeros(n), np.zeros(n))
        command.q[:] = plant.read().q
        yield plant, command


def swing(joint: int, turns: float, period_s: float = 8.0) -> np.ndarray:
    """Motor and joint, shape (n, 2), while one motor goes to and fro slowly by so many times its play."""
    amplitude, w, rows = turns * CHAIN.backlash[joint], 2.0 * math.pi / period_s, []
    with psm() as (plant, command):
        for k in range(round(1.5 * period_s / DT)):
            command.q[joint] = START[joint] + amplitude * math.sin(w * k * DT)
            command.dq[joint] = amplitude * w * math.cos(w * k * DT)
            plant.write(command)
            measured = plant.read()
            rows.append((measured.q[joint], measured.q_joint[joint]))
    return np.array(rows[round(0.5 * period_s / DT) :]) - START[joint]


@pytest.mark.parametrize("joint", range(6))
def test_the_loop_that_a_joint_makes_about_its_motor_is_as_wide_as_its_play(joint: int) -> None:
    motor, at = swing(joint, turns=3.0).T
    rising = np.gradient(motor) > 0.0
    middle = np.abs(motor) < 0.3 * np.abs(motor).max()
    width = (at - motor)[middle & ~rising].mean() - (at - motor)[middle & rising].mean()
    assert width == pytest.approx(CHAIN.backlash[joint], rel=0.05)


@pytest.mark.parametrize("joint", [0, 3, 5])
def test_a_joint_does_not_follow_a_motor_that_moves_within_its_play(joint: int) -> None:
    motor, at = swing(joint, turns=0.4).T
    assert np.ptp(motor) == pytest.approx(0.8 * CHAIN.backlash[joint], rel=0.01)
    assert np.ptp(at) < 0.02 * CHAIN.backlash[joint]


@pytest.mark.parametrize(("share", "moves"), [(0.8, False), (1.3, True)])
def test_within_the_play_a_joint_gives_way_to_what_is_more_than_its_friction(share: float, moves: bool) -> None:
    with psm() as (plant, command):
        client, body = plant.world.client, plant.bodies()[0].body
        names = {client.getJointInfo(body, i)[1].decode(): i for i in range(client.getNumJoints(body))}
        load = share * CHAIN.coulomb[2]

        def push() -> None:
            carriage = names["insertion"]
            state = client.getLinkState(body, carriage, computeForwardKinematics=1)
            along = np.array(pb.getMatrixFromQuaternion(state[5])).reshape(3, 3)[:, 2]
            client.applyExternalForce(body, carriage, (load * along).tolist(), state[0], pb.WORLD_FRAME)

        plant.world.push(push)
        for _ in range(400):
            plant.write(command)
        measured = plant.read()
        gone = abs(measured.q_joint[2] - START[2])
        assert measured.q[2] == pytest.approx(START[2], abs=1e-9)  # the encoder, on the motor, sees nothing of it
        if moves:
            assert gone == pytest.approx(0.5 * CHAIN.backlash[2], rel=0.05)  # as far as the play goes, and no farther
        else:
            assert gone < 1e-6


def test_a_joint_that_its_load_holds_at_one_end_of_the_play_shows_none() -> None:
    with psm(gravity_m_s2=-9.81) as (plant, command):  # the carriage weighs ten times its friction
        off = []
        for k in range(3000):
            w = 2.0 * math.pi / 3.0
            command.q[2] = START[2] + 0.005 * math.sin(w * k * DT)
            command.dq[2] = 0.005 * w * math.cos(w * k * DT)
            plant.write(command)
            measured = plant.read()
            off.append(measured.q_joint[2] - measured.q[2])
        assert np.ptp(off[300:]) < 0.05 * CHAIN.backlash[2]
        assert off[-1] == pytest.approx(0.5 * CHAIN.backlash[2], rel=0.05)


def test_motors_that_are_held_hold_and_those_without_power_leave_the_joints_to_their_friction() -> None:
    with psm() as (plant, command):
        for _ in range(100):
            plant.write(command)
        before = plant.read().q_joint.copy()
        for kind in (StopKind.HOLD, StopKind.POWER_OFF):
            for _ in range(100):
                plant.stop(kind)
            np.testing.assert_allclose(plant.read().q_joint[:6], before[:6], atol=1e-6)
        command.q[5] += 2.0 * CHAIN.backlash[5]
        for _ in range(200):
            plant.write(command)
        assert plant.read().q_joint[5] - before[5] == pytest.approx(1.5 * CHAIN.backlash[5], rel=0.02)


def test_drives_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="needs drive = 'position'"):
        SimulationConfig(drives="real", drive="torque")
    with pytest.raises(UnknownNameError, match="unknown drives 'soft'; choose one of: ideal, real"):
        plan("needle_reach", drives="soft")
    with (
        pytest.raises(ConfigError, match=r"iiwa.*backlash: no joint has any"),
        build(plan("needle_insertion", drives="real"), {}, 0),
    ):
        pass


def episode(drives: str | None, ticks: int = 5000) -> np.ndarray:
    rig, kept = plan("needle_reach", drives=drives), []
    with build(rig, {name: inputs.create("expert") for name in rig.operated}, 5) as (loop, _):
        loop.power_on()
        for _ in range(ticks):
            kept.append(loop.tick().copy())
    return without_host_time(np.concatenate(kept))


def test_ideal_drives_change_no_bit_and_real_ones_repeat_theirs_and_put_the_tip_where_a_camera_would_see_it() -> None:
    plain, ideal, real, again = (episode(drives) for drives in (None, "ideal", "real", "real"))
    assert plain.tobytes() == ideal.tobytes()
    assert real.tobytes() == again.tobytes() != plain.tobytes()
    off = {}
    for name, ticks in (("ideal", plain), ("real", real)):
        arm = ticks["arms"]["psm1"][2500:]  # under way
        off[name] = np.linalg.norm(arm["tip"][:, :3] - arm["setpoint"][:, :3], axis=1)
    # A dVRK's tip is 2.96 mm off on average, 0.65 mm once it is calibrated (Hwang et al. 2020).
    assert np.median(off["ideal"]) < 1e-4
    assert 0.65e-3 < np.median(off["real"]) < 2.96e-3


def test_an_environment_may_have_real_drives_too() -> None:
    env = make("needle_reach", drives="real")
    env.reset(seed=1)
    action = np.zeros(7)
    action[5] = 1.0
    for sign in (1.0, -1.0):
        for _ in range(5):
            env.step(sign * action)
    measured = env.plant.read()
    assert measured.q_joint is not None
    gap = np.abs(measured.q_joint[:6] - measured.q[:6])
    assert (gap <= 0.5 * CHAIN.backlash + 1e-6).all()
    assert gap.max() > 1e-3
    np.testing.assert_array_equal(env.tick["arms"]["psm1"]["q"], measured.q_joint[:6])
    env.close()
