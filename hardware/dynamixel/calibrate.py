"""Calibration: from now on the pose in which the joints stand reads as a pose that is stated.

It is kept in the servos themselves, as their homing offset, so that whatever reads them agrees.

Source:
    ROBOTIS e-Manual, Homing Offset(20): present position = actual position + offset; in position mode an offset
    beyond 1024 counts either way is ignored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hardware.dynamixel.bus_config import BusConfig, JointConfig
from hardware.dynamixel.servo_config import MODES, ServoConfig
from hardware.dynamixel.vendor import VendorPort
from robotics.errors import ArgumentError, DeviceError

MOST_IN_POSITION_MODE = 1024
"""Greatest offset that counts in position mode."""

CLOSE_COUNTS = 3
"""How far a position that is read back may be off: a joint without torque is not still to the count; ours."""


@dataclass(frozen=True)
class Calibrated:
    """What calibration did to one joint.

    Attributes:
        joint: The joint.
        servo: Id of its servo.
        q: What the joint reads from now on [rad].
        before: Homing offset before.
        after: Homing offset now.
    """

    joint: str
    servo: int
    q: float
    before: int
    after: int


def calibrate(
    path: str, config: BusConfig, models: tuple[ServoConfig, ...], pose: Mapping[str, float]
) -> list[Calibrated]:
    """Have joints read a stated pose where they stand now. All are looked at before the first is changed.

    Args:
        path: Path of the port.
        config: The bus.
        models: Model of each joint's servo.
        pose: Joint positions by ``arm/joint`` [rad]; others keep their offset.

    Raises:
        ArgumentError: There is no such joint, or the pose is beyond its limits.
        DeviceError: A servo has torque, moves, or would need an offset that its mode ignores.
    """
    named = {f"{arm.name}/{joint.name}": joint for arm in config.arms for joint in arm.joints}
    for name, q in pose.items():
        if name not in named:
            raise ArgumentError(f"no joint '{name}' on this bus; choose one of: {', '.join(named)}")
        if not named[name].lower <= q <= named[name].upper:
            raise ArgumentError(
                f"{name}: {q:g} rad is outside of [{named[name].lower:g}, {named[name].upper:g}], its limits"
            )
    by_joint = {joint.servo: model for joint, model in zip(config.joints, models, strict=True)}
    with VendorPort(path, config.baud) as port:
        plans = [
            (name, joint, by_joint[joint.servo], *_offsets(port, joint, by_joint[joint.servo], pose[name]))
            for name, joint in named.items()
            if name in pose
        ]
        done = []
        for name, joint, model, before, after in plans:
            port.write(joint.servo, model.register("homing_offset"), after)
            _look_again(port, joint, model, pose[name])
            done.append(Calibrated(name, joint.servo, pose[name], before, after))
        return done


def _offsets(port: VendorPort, joint: JointConfig, model: ServoConfig, q: float) -> tuple[int, int]:
    """Homing offset of a servo as it is, and as it has to be."""
    who = f"servo {joint.servo} (joint '{joint.name}')"
    if port.read(joint.servo, model.register("torque_enable")):
        raise DeviceError(f"{who} has torque; a pose is shown by hand: take the torque away first")
    if port.read(joint.servo, model.register("moving")):
        raise DeviceError(f"{who} moves; hold the arm still")
    before = port.read(joint.servo, model.register("homing_offset"))
    in_position_mode = port.read(joint.servo, model.register("operating_mode")) == MODES["position"]
    counted = 0 if in_position_mode and abs(before) > MOST_IN_POSITION_MODE else before
    actual = port.read(joint.servo, model.register("present_position")) - counted
    after = joint.count(q, model) - actual
    if in_position_mode and abs(after) > MOST_IN_POSITION_MODE:
        zero = actual - (joint.count(q, model) - joint.zero_count)
        raise DeviceError(
            f"{who} would need a homing offset of {after}; in position mode it ignores more than "
            f"{MOST_IN_POSITION_MODE} either way: mount its horn by a quarter turn otherwise, or set "
            f"zero_count = {zero} of this joint in the bus's file"
        )
    return before, after


def _look_again(port: VendorPort, joint: JointConfig, model: ServoConfig, q: float) -> None:
    found, wanted = port.read(joint.servo, model.register("present_position")), joint.count(q, model)
    if abs(found - wanted) > CLOSE_COUNTS:
        raise DeviceError(
            f"servo {joint.servo} (joint '{joint.name}') was calibrated to count {wanted} and reads {found}: "
            "it moved meanwhile; calibrate it again"
        )
