"""A controller as configured: everything between hand and joints that may be tuned, in one file."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from control.guard import GuardConfig
from control.joint_servo import JointServoConfig
from control.teleoperation import TeleoperationConfig
from robotics.config import Config
from robotics.constrained import ConstrainedMotionConfig


class ServoConfig(Config, frozen=True, kw_only=True):
    """How the tip is brought onto the target.

    Attributes:
        position_gain_1_s: Share of the way to the target taken per second; 1000 at 1 kHz is dead beat [1/s].
        rotation_gain_1_s: The same for orientation [1/s].
        max_speed_m_s: Largest tip speed [m/s].
        max_turn_deg_s: Largest rate of turn [deg/s].
        max_acceleration_m_s2: Deceleration to plan an arrival with [m/s^2].
        max_turn_acceleration_deg_s2: The same for orientation [deg/s^2].
    """

    position_gain_1_s: Annotated[float, Meta(gt=0)]
    rotation_gain_1_s: Annotated[float, Meta(gt=0)]
    max_speed_m_s: Annotated[float, Meta(gt=0, le=3)]
    max_turn_deg_s: Annotated[float, Meta(gt=0, le=2000)]
    max_acceleration_m_s2: Annotated[float, Meta(gt=0)]
    max_turn_acceleration_deg_s2: Annotated[float, Meta(gt=0)]


class ControllerConfig(Config, frozen=True, kw_only=True):
    """Everything between hand and joints.

    Attributes:
        title: What it is for, in a sentence.
        teleoperation: Clutch, scale, orientation.
        servo: From target to twist.
        motion: From twist to joint rates, within limits.
        guard: Bounds of the guard.
        joint_servo: Gains where the plant is driven by torque.
    """

    title: str
    teleoperation: TeleoperationConfig
    servo: ServoConfig
    motion: ConstrainedMotionConfig = ConstrainedMotionConfig()
    guard: GuardConfig = GuardConfig()
    joint_servo: JointServoConfig = JointServoConfig()
