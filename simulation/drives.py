"""Drives as real arms have them: play between motor and joint, and the friction of the joint behind it.

A motor stands where it is sent, and its encoder says so; the joint hangs on it by cables. Within the play nothing but
friction acts on the joint, so it stays behind when the motor turns back: the tip is then elsewhere than the encoders
have it. At an end of the play the cable pulls, one way alone. Source of the figures: the arm's configuration.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pybullet as pb

from robotics.chain import Chain
from robotics.contracts import JointGroup, Measurement, StopKind, Vector
from robotics.errors import ConfigError
from robotics.kernels.compiled import Indices, kernel
from simulation.settings import SimulationConfig


class CableDrive:
    """The drives of one arm's chain.

    The cable is stiff and the motor as good as its servo's limit: it does not stretch. Its jaws have none of this.

    Args:
        client: The PyBullet client.
        body: The arm's body.
        joints: PyBullet's indices of its chain joints.
        chain: The chain, with its friction and its backlash.
        settings: How its servos are tuned.

    Attributes:
        motor: Where the motors stand, as their encoders say, shape (n,) [rad or m].
        joint: Where the joints stand, shape (n,).
        motor_rate: Rates of the motors, shape (n,).
        pull: Torque or force of the cables on the joints in the last step, shape (n,) [Nm or N].
    """

    def __init__(self, client: Any, body: int, joints: list[int], chain: Chain, settings: SimulationConfig) -> None:
        self._client, self._body, self._joints, self._chain = client, body, joints, chain
        n = chain.size
        self._half = 0.5 * chain.backlash
        self._gain, self._damp = settings.position_gain, [settings.velocity_gain] * n
        self._taut: Indices = np.zeros(n, np.int64)  # the end of the play at which the cable pulls; 0 within it
        self._target, self._rate, self._force, self._gains = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
        self.motor, self.joint, self.motor_rate, self.pull = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
        self._joint_rate = np.zeros(n)

    def look(self, commanded: Vector, rate: Vector) -> None:
        """See where joints and motors are.

        Args:
            commanded: Where the motors are sent, shape (n,).
            rate: How fast, shape (n,).
        """
        for k, state in enumerate(self._client.getJointStates(self._body, self._joints)):
            self.joint[k], self._joint_rate[k], self.pull[k] = state[0], state[1], state[3]
        _stand(commanded, rate, self.joint, self._joint_rate, self._half, self._taut, self.pull,
               self.motor, self.motor_rate)  # fmt: skip

    def drive(self, commanded: Vector, rate: Vector) -> None:
        """Set the joints' motors in PyBullet for the coming physics step; see `look`."""
        self.look(commanded, rate)
        chain = self._chain
        _pull(
            commanded, rate, self.joint, self._joint_rate, self.pull, self._half, chain.effort, chain.coulomb,
            chain.viscous, self._gain, self._taut, self._target, self._rate, self._force, self._gains,
        )  # fmt: skip
        self._client.setJointMotorControlArray(
            self._body,
            self._joints,
            pb.POSITION_CONTROL,
            targetPositions=self._target,
            targetVelocities=self._rate,
            forces=self._force,
            positionGains=self._gains,
            velocityGains=self._damp,
        )

    def let_go(self) -> None:
        """Leave the joints to their friction."""
        self._taut[:] = 0
        self._client.setJointMotorControlArray(
            self._body, self._joints, pb.VELOCITY_CONTROL, forces=self._chain.coulomb
        )


class Drives:
    """The drives of all arms of a plant.

    Args:
        chains: The arms' chains, in the plant's order.
        groups: Where their joints are in the plant's vectors.
        settings: How their servos are tuned.

    Raises:
        ConfigError: No arm has any play.
    """

    def __init__(self, chains: Sequence[Chain], groups: Sequence[JointGroup], settings: SimulationConfig) -> None:
        if not any(chain.backlash.any() for chain in chains):
            names = ", ".join(sorted({chain.name for chain in chains}))
            raise ConfigError(names, "backlash", "no joint has any: real drives would have nothing to be real by")
        self._groups, self._settings = tuple(groups), settings
        n = max(max(group.stop, -1 if group.jaw is None else group.jaw + 1) for group in groups)
        self._sent, self._rate, self._joint = np.zeros(n), np.zeros(n), np.zeros(n)
        self._arms: list[CableDrive] = []
        self._powered = True

    def add(self, client: Any, body: int, joints: list[int], chain: Chain, start: Vector) -> None:
        """Put drives onto the next arm, whose motors start where its joints do, shape (n,)."""
        self._sent[self._groups[len(self._arms)].chain] = start
        self._rate[:], self._powered = 0.0, True
        self._arms.append(CableDrive(client, body, joints, chain, self._settings))

    def clear(self) -> None:
        """Forget all arms."""
        self._arms.clear()

    def send(self, q: Vector, dq: Vector) -> None:
        """Send all motors somewhere, shape (n,) [rad or m], at rates, shape (n,)."""
        self._sent[:], self._rate[:], self._powered = q, dq, True

    def stop(self, kind: StopKind) -> None:
        """Hold the motors where they are, or leave the joints to their friction."""
        for group, arm in zip(self._groups, self._arms, strict=True):
            self._sent[group.chain] = arm.motor
        self._rate[:], self._powered = 0.0, not kind.cuts_power

    def step(self, glides_s: float = 0.0) -> None:
        """Drive all joints for the coming physics step.

        Args:
            glides_s: For how long the motors have gone on at their rates since the last step [s].
        """
        self._sent += glides_s * self._rate
        for group, arm in zip(self._groups, self._arms, strict=True):
            if self._powered:
                arm.drive(self._sent[group.chain], self._rate[group.chain])
            else:
                arm.let_go()

    def look(self, out: Measurement) -> None:
        """Tell apart where the joints are, as ``out`` has them, and where encoders on their motors say they are."""
        self._joint[:] = out.q
        out.q_joint = self._joint
        for group, arm in zip(self._groups, self._arms, strict=True):
            chain = group.chain
            arm.look(self._sent[chain], self._rate[chain])
            out.q[chain], out.dq[chain], out.tau[chain] = arm.motor, arm.motor_rate, arm.pull


@kernel
def _stand(
    commanded: Vector,
    rate: Vector,
    joint: Vector,
    joint_rate: Vector,
    half: Vector,
    taut: Indices,
    pull: Vector,
    motor: Vector,
    motor_rate: Vector,
) -> None:
    """Where the motors are: as they are sent, but within the play about the joints, which hold taut cables back."""
    for i in range(joint.shape[0]):
        motor[i] = min(max(commanded[i], joint[i] - half[i]), joint[i] + half[i])
        held = taut[i] != 0 or half[i] == 0.0
        motor_rate[i] = joint_rate[i] if held else rate[i]
        if not held:
            pull[i] = 0.0  # what PyBullet's motor did was friction


@kernel
def _pull(
    commanded: Vector,
    rate: Vector,
    joint: Vector,
    joint_rate: Vector,
    pull: Vector,
    half: Vector,
    effort: Vector,
    coulomb: Vector,
    viscous: Vector,
    gain: float,
    taut: Indices,
    target: Vector,
    target_rate: Vector,
    force: Vector,
    gains: Vector,
) -> None:
    """What PyBullet's motor of each joint is to be in the coming step: the cable at an end of the play, or friction."""
    for i in range(joint.shape[0]):
        slack = commanded[i] - joint[i]
        friction = coulomb[i] + viscous[i] * abs(joint_rate[i])
        side = 1 if slack > 0.0 else -1
        if half[i] == 0.0 or abs(slack) > half[i]:
            taut[i] = side
        elif taut[i] != 0:
            # A cable cannot push; and where it is paid out, a load follows it only if friction does not hold it.
            least = coulomb[i] if rate[i] * taut[i] < 0.0 else 0.0
            if taut[i] != side or pull[i] * taut[i] <= least:
                taut[i] = 0
        if taut[i] != 0:
            target[i] = commanded[i] - taut[i] * half[i]
            target_rate[i], gains[i] = rate[i], gain
            force[i] = max(effort[i] - friction, 0.0)
        else:
            target[i], target_rate[i], gains[i], force[i] = joint[i], 0.0, 0.0, friction
