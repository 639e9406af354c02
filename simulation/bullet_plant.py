"""Arms in PyBullet behind the plant contract."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol

import numpy as np
import pybullet as pb

from robotics.arm_config import ArmConfig
from robotics.chain import Chain
from robotics.contracts import (
    Command,
    CuffMount,
    DriveMode,
    JointGroup,
    Measurement,
    PlantDescription,
    StopKind,
    Vector,
)
from robotics.errors import DeviceError
from simulation.drives import Drives
from simulation.grasping import ArmBodies
from simulation.loaded_arm import JointStates, LoadedArm, load_arm
from simulation.world import BulletWorld

_JAW_FREE_NM = 1e-3
"""Torque that moves a jaw which nothing holds: a hundredth of a newton at its point would stop it [Nm]."""


@dataclass(frozen=True)
class PlacedArm:
    """An arm, its name in the rig, where its base stands in world, shape (4, 4), and where its joints start, (n,)."""

    name: str
    config: ArmConfig
    chain: Chain
    T_world_base: Vector
    start: Vector


class CuffForces(Protocol):
    """What holds a patient's arm to the plant's, and knows what passes there.

    Attributes:
        mounts: Where the cuffs are.
        wrench: Force then moment of the patient on each cuff, about its middle, in world, shape (cuffs, 6); live.
    """

    mounts: tuple[CuffMount, ...]
    wrench: Vector


class BulletPlant:
    """All arms of a rig in one world, as one vector of joints: each arm's chain, then its jaw.

    Args:
        world: Where the arms stand; connected by the caller before the plant.
        arms: The arms, in order.
        period_s: Control period, a whole multiple of the physics step [s].
        cuffs: What holds a patient; None where nobody is held.

    Raises:
        ConfigError: The periods do not fit each other.
    """

    def __init__(
        self, world: BulletWorld, arms: Sequence[PlacedArm], period_s: float, cuffs: CuffForces | None = None
    ) -> None:
        self._world, self._arms, self._period = world, tuple(arms), period_s
        self._substeps = world.settings.substeps(period_s)
        self._mode = DriveMode.TORQUE if world.settings.drive == "torque" else DriveMode.POSITION
        self._cuffs = cuffs
        self._describe()
        n, groups = len(self._description.joints), len(arms)
        self._measurement = Measurement(
            np.full(n, np.nan), np.full(n, np.nan), np.full(n, np.nan), np.zeros((groups, 6)), 0.0, 0, 0, False, 0.0
        )
        self._measurement.wrench[:, 3:] = np.nan  # moments are not measured
        if cuffs is not None:
            self._measurement.cuffs = cuffs.wrench
        self._loaded: list[LoadedArm] = []
        self._looked_at = -1  # the world's step at which their joints were looked at
        self._tips: dict[tuple[int, int], int] = {}  # bodies and links of tips and jaws, and which arm's they are
        self._drives = (
            Drives([a.chain for a in arms], self._description.groups, world.settings)
            if world.settings.drives == "real"
            else None
        )
        self._steps = 0
        self._stopped = False

    def describe(self) -> PlantDescription:
        """What the plant is; works while disconnected."""
        return self._description

    def __enter__(self) -> BulletPlant:
        for arm in self._arms:
            self._load(arm)
        self._settle()
        return self

    @property
    def world(self) -> BulletWorld:
        """The world that the arms stand in."""
        return self._world

    def bodies(self) -> tuple[ArmBodies, ...]:
        """The arms as PyBullet has them, in the rig's order; empty while disconnected."""
        return tuple(
            ArmBodies(
                each.arm.name,
                each.body,
                (each.joints[-2], each.joints[-1]) if each.arm.config.jaw else None,
                each.driven[-1],
                each.arm.chain.T_link_tip,
            )
            for each in self._loaded
        )

    def joints(self, arm: int) -> list[int]:
        """Indices that PyBullet has for an arm's joints; only while connected."""
        return self._loaded[arm].joints

    def joint_states(self, arm: int) -> JointStates:
        """An arm's joints after the last physics step, as PyBullet gives them: a step's are asked for once."""
        if self._looked_at != self._world.steps:
            self._look()
        return self._loaded[arm].states

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loaded.clear()
        self._tips.clear()
        self._looked_at = -1
        if self._drives is not None:
            self._drives.clear()
        self._measurement.valid = False

    def read(self) -> Measurement:
        """The state after the last physics step."""
        if not self._loaded:
            raise DeviceError("the simulated arms are not connected; use the plant in a with block")
        out = self._measurement
        q, dq, torque_drive = out.q, out.dq, self._mode is DriveMode.TORQUE
        self._look()
        for each in self._loaded:
            group, states = each.group, each.states
            for k, state in zip(range(group.start, group.stop), states, strict=False):
                q[k], dq[k] = state[0], state[1]
                if not torque_drive:
                    out.tau[k] = state[3]
            if group.jaw is not None:
                left, right = states[-2], states[-1]
                out.q[group.jaw] = left[0] - right[0]
                out.dq[group.jaw] = left[1] - right[1]
                out.tau[group.jaw] = 0.5 * (left[3] - right[3])
        if self._drives is not None:
            self._drives.look(out)
        self._feel()
        out.sequence = self._steps
        out.device_time_s = self._steps * self._world.settings.physics_period_s
        out.host_time_ns = time.monotonic_ns()
        out.valid = True
        return out

    def write(self, command: Command) -> Command:
        """Drive the joints and advance the world by one control period."""
        if command.mode is not self._mode:
            raise DeviceError(f"the plant is driven by {self._mode.name.lower()}, not {command.mode.name.lower()}")
        if self._stopped:
            self._let_go()
        if command.mode is DriveMode.POSITION and self._drives is None:
            self._follow(command)
        for k, jaw in self._jaws:
            self._drive_jaw(k, jaw, command.q[jaw])
        if self._drives is not None:
            self._drives.send(command.q, command.dq)
        for _ in range(self._substeps):
            if self._drives is not None:
                self._drives.step()
            if command.mode is DriveMode.TORQUE:
                self._apply_torque(command.tau)
            self._world.step()
        self._steps += self._substeps
        return command

    def glide(self, dq: Vector, jaws: Vector, steps: int) -> None:
        """Move all joints at constant rates for some physics steps: one command for all of them.

        For environments and whatever else has no loop of its own; commands of a loop go through `write`.

        Args:
            dq: Joint rates, jaws ignored, shape (n,) [rad/s or m/s].
            jaws: Angle between each arm's jaws, shape (groups,) [rad].
            steps: How many.
        """
        client = self._world.client
        if self._drives is None:
            for each in self._loaded:
                client.setJointMotorControlArray(
                    each.body,
                    each.driven,
                    pb.VELOCITY_CONTROL,
                    targetVelocities=dq[each.group.chain].tolist(),
                    forces=each.efforts,
                )
        else:
            self._drives.send(self._measurement.q, dq)
        for k, jaw in self._jaws:
            self._drive_jaw(k, jaw, float(jaws[k]))
        for _ in range(steps):
            if self._drives is not None:
                self._drives.step(glides_s=self._world.settings.physics_period_s)
            self._world.step()
        self._steps += steps

    def stop(self, kind: StopKind) -> None:
        """Hold the joints where they are, or let them go, for one control period."""
        if not self._loaded:
            return
        client, self._stopped = self._world.client, True
        if self._drives is not None:
            self._drives.stop(kind)
        for each in self._loaded if self._drives is None else ():
            forces = [0.0] * len(each.driven) if kind.cuts_power else each.efforts
            client.setJointMotorControlArray(each.body, each.driven, pb.VELOCITY_CONTROL, forces=forces)
        for _ in range(self._substeps):
            if self._drives is not None:
                self._drives.step()
            self._world.step()
        self._steps += self._substeps

    def _describe(self) -> None:
        names: list[str] = []
        groups: list[JointGroup] = []
        limits: list[list[float]] = [[], [], [], []]
        for arm in self._arms:
            start = len(names)
            names += [f"{arm.name}/{joint}" for joint in arm.chain.joint_names]
            for values, column in zip(
                limits, (arm.chain.lower, arm.chain.upper, arm.chain.velocity, arm.chain.effort), strict=True
            ):
                values += list(column)
            jaw = arm.config.jaw
            if jaw is not None:
                names.append(f"{arm.name}/jaw")
                for values, value in zip(limits, (jaw.lower, jaw.upper, jaw.velocity, jaw.effort), strict=True):
                    values.append(value)
            stop = start + arm.chain.size
            groups.append(JointGroup(arm.name, start, stop, stop if jaw is not None else None))
        lower, upper, velocity, effort = (np.array(values) for values in limits)
        self._description = PlantDescription(
            "simulation",
            "pybullet",
            tuple(names),
            tuple(groups),
            lower,
            upper,
            velocity,
            effort,
            (self._mode,),
            self._cuffs.mounts if self._cuffs else (),
        )
        self._jaws = [(k, group.jaw) for k, group in enumerate(groups) if group.jaw is not None]

    def _look(self) -> None:
        client, self._looked_at = self._world.client, self._world.steps
        for each in self._loaded:
            each.states = client.getJointStates(each.body, each.joints)

    def _follow(self, command: Command) -> None:
        """Have PyBullet's own motors follow a command."""
        client, settings = self._world.client, self._world.settings
        for each in self._loaded:
            chain, n = each.group.chain, len(each.driven)
            client.setJointMotorControlArray(
                each.body,
                each.driven,
                pb.POSITION_CONTROL,
                targetPositions=command.q[chain].tolist(),  # PyBullet reads lists twice as fast
                targetVelocities=command.dq[chain].tolist(),
                forces=each.efforts,
                positionGains=[settings.position_gain] * n,
                velocityGains=[settings.velocity_gain] * n,
            )

    def _drive_jaw(self, arm: int, jaw: int, angle: float) -> None:
        """Drive an arm's two jaws, coupled, towards an angle between them [rad].

        The drive has a spring's torque for what it is held off, within its limit. In a motor that follows a position
        this is a bound, not a force: a jaw that nothing holds arrives all the same.
        """
        each, settings = self._loaded[arm], self._world.settings
        config = each.arm.config.jaw
        assert config is not None  # a group with a jaw was made from one
        held_off = abs(self._measurement.q[jaw] - angle)
        effort = min(_JAW_FREE_NM + config.stiffness * held_off, config.effort)
        self._world.client.setJointMotorControlArray(
            each.body,
            each.joints[-2:],
            pb.POSITION_CONTROL,
            targetPositions=(0.5 * angle, -0.5 * angle),
            forces=(effort, effort),
            positionGains=(settings.position_gain,) * 2,
            velocityGains=(settings.velocity_gain,) * 2,
        )

    def _load(self, arm: PlacedArm) -> None:
        index, client = len(self._loaded), self._world.client
        each = load_arm(client, arm, self._description.groups[index], visuals=self._world.gui)
        if self._drives is not None:
            self._drives.add(client, each.body, each.driven, arm.chain, arm.start)
        self._loaded.append(each)
        self._tips |= {(each.body, link): index for link in each.tips}

    def _settle(self) -> None:
        """Put all joints where they start, and nothing but their own friction on them."""
        client = self._world.client
        for each in self._loaded:
            for index, value in zip(each.joints, [*each.arm.start, 0.0, 0.0], strict=False):
                client.resetJointState(each.body, index, value, 0.0)
            if self._mode is DriveMode.TORQUE:
                for index, viscous in zip(each.driven, each.arm.chain.viscous, strict=True):
                    client.changeDynamics(each.body, index, jointDamping=viscous)
        self._let_go()
        self._steps = 0

    def _let_go(self) -> None:
        """Switch the motors off.

        Where torques drive the joints, a motor at rest that is as strong as a joint's Coulomb friction is that
        friction: the controller reckons with it. Joints that follow positions have a drive that hides it.
        """
        client = self._world.client
        for each in self._loaded:
            forces = np.zeros(len(each.joints))
            if self._mode is DriveMode.TORQUE:
                forces[: len(each.driven)] = each.arm.chain.coulomb
            client.setJointMotorControlArray(each.body, each.joints, pb.VELOCITY_CONTROL, forces=forces)
        self._stopped = False

    def _apply_torque(self, tau: Vector) -> None:
        client, applied = self._world.client, self._measurement.tau
        for each in self._loaded:
            chain = each.group.chain
            forces = applied[chain] = tau[chain]
            client.setJointMotorControlArray(each.body, each.driven, pb.TORQUE_CONTROL, forces=forces.tolist())

    def _feel(self) -> None:
        """Force on each arm's last link and jaws, in world: contacts, and forces of our own in the last step."""
        wrench = self._measurement.wrench
        wrench[:, :3] = 0.0
        if self._world.client.getNumBodies() > 1:  # else there is nothing to touch
            self._add_contacts(wrench)
        for body, link, force in self._world.applied():
            arm = self._tips.get((body, link))
            if arm is not None:
                for axis in range(3):
                    wrench[arm, axis] += force[axis]

    def _add_contacts(self, wrench: Vector) -> None:
        client = self._world.client
        for k, each in enumerate(self._loaded):
            body, tips = each.body, each.tips
            touched = client.getContactPoints(bodyA=body)
            if not any(contact[3] in tips and contact[2] != body for contact in touched):
                continue
            # Asked for one body, PyBullet turns its normals about but leaves friction as it is on whichever of the two
            # comes first in the pair; asked for all contacts it turns nothing.
            for contact in client.getContactPoints():
                a, b = contact[1] == body and contact[3] in tips, contact[2] == body and contact[4] in tips
                if a == b:
                    continue
                force = contact[9] * np.array(contact[7])
                force += contact[10] * np.array(contact[11]) + contact[12] * np.array(contact[13])
                wrench[k, :3] += force if a else -force
