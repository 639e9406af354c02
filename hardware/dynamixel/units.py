"""Joints in rad, rad/s and Nm from the registers of their servos, and back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hardware.dynamixel.bus_config import BusConfig
from hardware.dynamixel.feedback import CURRENT, POSITION, VELOCITY, Flags
from hardware.dynamixel.servo_config import ServoConfig
from robotics.contracts import DriveMode, Vector
from robotics.kernels.compiled import kernel


class Units:
    """The scales of all joints of a bus, n in all.

    Args:
        config: The bus.
        models: Model of each servo.
    """

    def __init__(self, config: BusConfig, models: Sequence[ServoConfig]) -> None:
        joints = config.joints
        sign = np.array([joint.sign for joint in joints], dtype=float)
        gear = np.array([joint.gear for joint in joints])
        per_count = np.array([model.rad_per_count for model in models])
        per_velocity = np.array([model.rad_s_per_unit for model in models])
        self._zero = np.array([joint.zero_count for joint in joints], dtype=float)
        self._position, self._velocity = sign * per_count / gear, sign * per_velocity / gear
        self._torque = (
            sign * gear * np.array([joint.nm_per_unit(model) for joint, model in zip(joints, models, strict=True)])
        )
        self._low = np.array([joint.lower for joint in joints]) - config.plausible_rad
        self._high = np.array([joint.upper for joint in joints]) + config.plausible_rad
        self._lower, self._upper = _goal_bounds(config)
        self._drive = config.drive

    def joints(self, raw: NDArray[np.int64], got: Flags, q: Vector, dq: Vector, tau: Vector) -> bool:
        """Fill in what joints read, shape (n,) each; NaN where a servo did not report, or what cannot be.

        Returns:
            Whether all of them reported what can be.
        """
        scales = self._position, self._velocity, self._torque
        return _joints(raw, got, self._zero, *scales, self._low, self._high, q, dq, tau)

    def goals(self, wanted: Vector, goals: NDArray[np.int64], sent: Vector) -> bool:
        """Goals as registers have them, inside of the joints' limits, and what they really ask for, shape (n,) each.

        Returns:
            Whether all that was wanted is finite; where not, nothing is filled in.
        """
        if not np.isfinite(wanted).all():
            return False
        scale, zero = self._velocity, 0.0 * self._zero
        if self._drive is DriveMode.POSITION:
            scale, zero = self._position, self._zero
        elif self._drive is DriveMode.TORQUE:
            scale = self._torque
        np.clip(wanted, self._lower, self._upper, out=sent)
        goals[:] = np.rint(sent / scale + zero)
        np.multiply(goals - zero, scale, out=sent)
        return True


def _goal_bounds(config: BusConfig) -> tuple[Vector, Vector]:
    joints = config.joints
    if config.drive is DriveMode.POSITION:
        return np.array([joint.lower for joint in joints]), np.array([joint.upper for joint in joints])
    most = np.array([joint.velocity if config.drive is DriveMode.VELOCITY else joint.effort for joint in joints])
    return -most, most


@kernel
def _joints(
    raw: NDArray[np.int64],
    got: Flags,
    zero: Vector,
    position: Vector,
    velocity: Vector,
    torque: Vector,
    low: Vector,
    high: Vector,
    q: Vector,
    dq: Vector,
    tau: Vector,
) -> bool:
    good = True
    for k in range(len(got)):
        q[k], dq[k], tau[k] = np.nan, np.nan, np.nan
        if got[k]:
            value = (raw[k, 2] - zero[k]) * position[k]
            if low[k] <= value <= high[k]:
                q[k], dq[k], tau[k] = value, raw[k, 1] * velocity[k], raw[k, 0] * torque[k]
        good = good and not np.isnan(q[k])
    return good


assert (CURRENT, VELOCITY, POSITION) == (0, 1, 2)
