"""One arm that follows one hand: the stations of a tick, each a method of a few lines, in the order they are called."""

from __future__ import annotations

import numpy as np

from control.filters.hand import HandFilter
from control.guard import GuardConfig, InputGuard, JointGuard
from control.joint_servo import JointServo
from control.teleoperation import JawFollower, Teleoperation, TeleoperationConfig
from control.tick import Flag, State
from robotics.chain import Chain
from robotics.constrained import ConstrainedMotion, ServoGains, servo_twist
from robotics.contracts import (
    POSE_SIZE,
    Command,
    HandPose,
    JointGroup,
    Measurement,
    OperatorInput,
    OperatorView,
    Outcome,
    Vector,
)
from robotics.kernels.kinematics import compose, link_poses, tip_pose
from robotics.kernels.rotation import matrix_from_pose, pose_from_matrix
