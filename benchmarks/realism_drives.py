"""Drives: the friction that a joint has, how fast it goes and how hard it holds, and what a real arm has besides."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial

import numpy as np
import pybullet as pb

from benchmarks._published import Row
from robotics.contracts import Command, DriveMode, Vector
from simulation.bullet_plant import BulletPlant, PlacedArm
from simulation.settings import SimulationConfig
from simulation.world import BulletWorld
from steadyhand.environments import make
from steadyhand.rig import plan

DT = 1e-3
INSERTION = 2

PERIOD_S = 2.0
"""Period of the motion by which friction is identified."""

SWING = (0.6, 0.5, 0.05)
"""Its amplitude, of the first three joints [rad, rad, m]."""

GAINS = ((60.0, 3.0), (60.0, 3.0), (3000.0, 120.0), (3.0, 0.03), (3.0, 0.03), (3.0, 0.03))
"""Of the controller that moves the arm meanwhile; they do not matter."""

GIVES = (1e-3, 1e-3, 2e-4)
"""How far a joint is pushed before its drive counts as giving way [rad, rad, m]."""

MOVED = 1e-6
"""How far a joint has moved when its friction counts as overcome [rad or m]."""

DVRK = "dVRK PSM.json, mtsIntuitiveResearchKit"
WPI = "WPI-AIM/dvrk_dynamics_identification"


@contextmanager
def _arm(settings: SimulationConfig, placed: PlacedArm | None = None) -> Iterator[tuple[BulletPlant, Command]]:
    """A PSM alone, where needle_pick has it start; outside of any trocar unless it is said how it is placed."""
    placed = placed or plan("needle_pick").arms[0]
    with BulletWorld(settings) as world, BulletPlant(world, [placed], DT) as plant:
        n = len(plant.describe().joints)
        command = Command(plant.describe().modes[0], np.zeros(n), np.zeros(n), np.zeros(n))
        command.q[:] = plant.read().q
        yield plant, command


@cache
def _friction(joint: int) -> tuple[float, float]:
    """Coulomb and viscous friction of a joint: moved to and fro by torques, without gravity, fitted as on the arm."""
    rows = []
    with _arm(SimulationConfig(drive="torque", gravity_m_s2=0.0)) as (plant, command):
        start = plant.read().q.copy()
        assert command.mode is DriveMode.TORQUE
        for k in range(round(2.0 * PERIOD_S / DT)):
            t = k * DT
            measured, wanted = plant.read(), start.copy()
            wanted[joint] += SWING[joint] * math.sin(2.0 * math.pi * t / PERIOD_S)
            for i, (stiff, damp) in enumerate(GAINS):
                command.tau[i] = stiff * (wanted[i] - measured.q[i]) - damp * measured.dq[i]
            plant.write(command)
            rows.append((command.tau[joint], float(plant.read().dq[joint])))
    tau, dq = np.array(rows[round(PERIOD_S / DT) :]).T
    ddq = np.gradient(dq, DT)
    fast = np.abs(dq) > 0.2 * np.abs(dq).max()
    # Inertia differs little with the angle; that of gravity is not there.
    terms = np.stack([ddq, dq, np.sign(dq), np.ones_like(dq)], axis=1)[fast]
    _, viscous, coulomb, _ = np.linalg.lstsq(terms, tau[fast], rcond=None)[0]
    return float(coulomb), float(viscous)


def _holds(joint: int) -> list[float]:
    """Torque or force that pushes a joint away from where its drive holds it, mean of both directions."""
    found = []
    for sign in (1.0, -1.0):
        with _arm(SimulationConfig()) as (plant, command):
            client, body = plant.world.client, plant.bodies()[0].body
            names = {client.getJointInfo(body, i)[1].decode(): i for i in range(client.getNumJoints(body))}
            chain = plan("needle_pick").arms[0].chain
            links = [names[name] for name in chain.joint_names[:3]]
            start, load = float(plant.read().q[joint]), 0.0
            push = np.zeros(1)
            plant.world.push(partial(_push, client, body, links, joint, push))
            most = float(plant.describe().effort[joint])
            while abs(float(plant.read().q[joint]) - start) < GIVES[joint]:
                load += 0.3 * most * DT  # slowly: its inertia holds on, too
                push[0] = sign * load
                plant.write(command)
                if load > 3.0 * most:
                    return [math.inf]
            found.append(load)
    return [float(np.mean(found))]


def _push(client: object, body: int, links: list[int], joint: int, load: Vector) -> None:
    """Put a load on one of the first three joints, as a force on the carriage of the instrument."""
    state = client.getLinkState(body, links[joint], computeForwardKinematics=1)  # type: ignore[attr-defined]
    R = np.array(pb.getMatrixFromQuaternion(state[5])).reshape(3, 3)
    axis, origin = R[:, 2], np.array(state[4])
    place = np.array(client.getLinkState(body, links[2], computeForwardKinematics=1)[0])  # type: ignore[attr-defined]
    way = axis if joint == 2 else np.cross(axis, place - origin)
    lever = 1.0 if joint == 2 else float(np.linalg.norm(way))
    force = float(load[0]) / lever * way / np.linalg.norm(way)
    client.applyExternalForce(body, links[2], force.tolist(), place.tolist(), pb.WORLD_FRAME)  # type: ignore[attr-defined]


@cache
def _speeds() -> Vector:
    """Highest speed of each joint under a hand that always asks for more, and of the jaws."""
    env = make("needle_reach", speed_m_s=1.0, turn_rad_s=30.0, time_limit_s=600.0)
    env.reset(seed=0)
    rng, most = np.random.default_rng(0), np.zeros(len(env.plant.describe().joints))
    for _ in range(150):
        before = env.plant.read().q.copy()
        action = rng.choice([-1.0, 1.0], env.action_space.shape)  # type: ignore[arg-type]
        for _ in range(2):
            env.step(action)
            q = env.plant.read().q
            # Over the whole step: single readings have the servo's own ringing.
            most, before = np.maximum(most, np.abs(q - before) / env.step_s), q.copy()
    env.close()
    return most


def _tip_error(drives: str) -> list[float]:
    """Mean distance of the tip from where it is commanded, in two lessons of the expert [mm]."""
    from benchmarks.realism_hands import expert

    runs = [expert(lesson, 2000, drives=drives) for lesson in ("needle_pick", "needle_reach")]
    return [1e3 * float(np.linalg.norm(run.tip - run.commanded, axis=1).mean()) for run in runs]


def _breaks_away(joint: int, placed: PlacedArm | None = None) -> list[float]:
    """Torque or force that moves a joint of real drives within its play, mean of both directions; see `_arm`."""
    found = []
    for sign in (1.0, -1.0):
        with _arm(SimulationConfig(gravity_m_s2=0.0, drives="real"), placed) as (plant, command):
            client, body = plant.world.client, plant.bodies()[0].body
            names = {client.getJointInfo(body, i)[1].decode(): i for i in range(client.getNumJoints(body))}
            chain = (placed or plan("needle_pick").arms[0]).chain
            push, load, start = np.zeros(1), 0.0, float(command.q[joint])
            plant.world.push(partial(_push, client, body, [names[n] for n in chain.joint_names[:3]], joint, push))
            while True:
                joints = plant.read().q_joint
                assert joints is not None  # known of real drives
                if abs(float(joints[joint]) - start) > MOVED:
                    break
                load += 0.1 * float(chain.coulomb[joint]) * DT  # slowly: its inertia holds on, too
                push[0] = sign * load
                plant.write(command)
            found.append(load)
    return [float(np.mean(found))]


def _trocar() -> list[float]:
    """What the insertion of real drives takes more to be moved in a trocar than outside of one [N]."""
    inside = plan("needle_pick", drives="real").arms[0]
    return [_breaks_away(INSERTION, inside)[0] - _breaks_away(INSERTION)[0]]


ROWS = (
    *(
        Row(f"{kind}_{name}", f"{title} friction of the PSM's {name}", value, value, unit, WPI,
            (lambda joint=joint, k=k: [_friction(joint)[k]]),
            "identified in the simulation as it was on the arm, where torques drive it; the lessons drive positions, "
            "which hides friction")
        for joint, (name, coulomb, viscous, unit_c, unit_v) in enumerate((
            ("yaw", 0.050, 0.091, "Nm", "Nm s/rad"),
            ("pitch", 0.067, 0.218, "Nm", "Nm s/rad"),
            ("insertion", 0.448, 1.204, "N", "N s/m"),
        ))
        for k, (kind, title, value, unit) in enumerate((
            ("coulomb", "Coulomb", coulomb, unit_c), ("viscous", "viscous", viscous, unit_v)))
    ),
    Row("holds_yaw", "torque that the yaw's drive gives way to", 3.32, 3.32, "Nm", DVRK, lambda: _holds(0)),
    Row("holds_pitch", "torque that the pitch's drive gives way to", 3.32, 3.32, "Nm", DVRK, lambda: _holds(1)),
    Row("holds_insertion", "force that the insertion's drive gives way to", 9.88, 9.88, "N", DVRK, lambda: _holds(2)),
    Row("speed_yaw", "highest speed of yaw and pitch", 0.0, 1.571, "rad/s", DVRK, lambda: list(_speeds()[:2]),
        "under a hand that asks for 1 m/s; upper end: the trajectory limit"),
    Row("speed_insertion", "highest speed of the insertion", 0.0, 0.2, "m/s", DVRK, lambda: [float(_speeds()[2])],
        "likewise"),
    Row("speed_wrist", "highest speed of roll and wrist", 0.0, 18.85, "rad/s", DVRK, lambda: list(_speeds()[3:6]),
        "likewise"),
    Row("speed_jaw", "highest speed of the jaws", 0.0, 12.57, "rad/s", DVRK, lambda: [float(_speeds()[6])],
        "as the environments close them: like a hand, 60 degrees in 0.3 s"),
    Row("tip_error", "tip: distance from where it is commanded, with drives as they are unless asked", 0.65, 5.0, "mm",
        "cable backlash and hysteresis of a dVRK: 3 to 5 mm, calibrated 0.65 to 2", lambda: _tip_error("ideal"),
        "drives are ideal: tips go where they are sent"),
    Row("tip_error_real", "the same with `--drives real`", 0.65, 2.96, "mm",
        "a dVRK: 2.96 mm on average, 0.65 mm calibrated (Hwang et al. 2020)", lambda: _tip_error("real"),
        "needle pick and needle reach; the play of each joint was chosen for this, for none is published by joint "
        "that we found; cables do not stretch"),
    *(
        Row(f"breaks_away_{name}", f"what moves the PSM's {name} within its play, with `--drives real`", value, value,
            unit, WPI, (lambda joint=joint: _breaks_away(joint)), "without gravity; published: its Coulomb friction")
        for joint, (name, value, unit) in enumerate((
            ("yaw", 0.050, "Nm"), ("pitch", 0.067, "Nm"), ("insertion", 0.448, "N")))
    ),
    Row("trocar", "friction of a 5 mm shaft in its trocar, with `--drives real`", 0.25, 3.0, "N",
        "van den Dobbelsteen et al. 2007", _trocar,
        "what the insertion takes more to be moved; ideal drives overcome it unseen; the force on a trocar stands on "
        "the scorecard"),
)  # fmt: skip
