"""From hand to target: clutch, motion scaling, orientation, and no surprise at either end.

The hand moves the target relative to where both were when the clutch was released, so nothing jumps. When a limit keeps
the tip from following, the anchor moves along instead of the gap growing past a short leash, so nothing winds up: the
tip turns back at the very moment the hand does.

The operator's frame is that of the camera. One that is carried by an arm may have another orientation at each
engagement: the frame is read then, and stays for as long as the hand drives. Nothing jumps at it, for the hand's motion
is counted from that moment on.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

import numpy as np
from msgspec import Meta

from robotics.config import Config
from robotics.contracts import POSE_SIZE, Vector
from robotics.kernels.compiled import kernel
from robotics.kernels.rotation import (
    quaternion_from_matrix,
    quaternion_from_rotation_vector,
    quaternion_product,
    rotation_vector_from_quaternion,
)


class TeleoperationConfig(Config, frozen=True, kw_only=True):
    """How a hand drives a tip.

    Attributes:
        scale: Metres of tip motion per metre of hand motion.
        drives: What goes the hand's way: ``"tip"``, or ``"scene"`` for a tip that is the camera itself. The hand then
            holds the scene that it sees and the camera moves and turns the other way, as under the camera pedal of a
            surgeon's console.
        rotation_scale: Tip rotation per hand rotation.
        leash_m: How far the target may run ahead of a tip that cannot follow [m].
        leash_deg: The same for orientation [deg].
        orientation: ``"relative"``: the tip turns as the hand turns; ``"absolute"``: the tip takes the hand's own
            orientation, and follows only once the hand has been aligned with it.
        align_start_deg: Misalignment up to which an absolute hand may engage for the first time [deg].
        align_clutch_deg: The same after a clutch [deg].
        align_rate_deg_s: How fast the misalignment left at engagement is worked off [deg/s].
        jaw_open_deg: Jaw angle of an open grip; the jaw's own limit where that is less [deg].
        jaw_closed_deg: Jaw angle of a closed grip; below zero the jaws press on what they hold [deg].
        jaw_rate_deg_s: Fastest jaw motion [deg/s].
        jaw_rate_after_clutch_deg_s: Fastest jaw motion until it has caught up with the grip after a clutch [deg/s].
    """

    scale: Annotated[float, Meta(gt=0, le=10)]
    drives: Literal["tip", "scene"] = "tip"
    rotation_scale: Annotated[float, Meta(ge=0, le=2)] = 1.0
    leash_m: Annotated[float, Meta(gt=0, le=0.05)] = 0.002
    leash_deg: Annotated[float, Meta(gt=0, le=45)] = 5.0
    orientation: Literal["relative", "absolute"] = "relative"
    align_start_deg: Annotated[float, Meta(gt=0, le=45)] = 5.0
    align_clutch_deg: Annotated[float, Meta(gt=0, le=45)] = 2.0
    align_rate_deg_s: Annotated[float, Meta(gt=0)] = 20.0
    jaw_open_deg: Annotated[float, Meta(gt=0, le=180)] = 40.0
    jaw_closed_deg: Annotated[float, Meta(ge=-60, le=0)] = -20.0
    jaw_rate_deg_s: Annotated[float, Meta(gt=0)] = 720.0
    jaw_rate_after_clutch_deg_s: Annotated[float, Meta(gt=0)] = 36.0

    def __post_init__(self) -> None:
        if self.drives == "scene" and self.orientation == "absolute":
            raise ValueError(
                'drives: "scene" needs orientation = "relative": a camera never has the hand\'s orientation'
            )

    @property
    def sense(self) -> float:
        """1 where the tip goes the hand's way, -1 where it goes the other way."""
        return -1.0 if self.drives == "scene" else 1.0


class Teleoperation:
    """Clutch and scale for one hand and one tip.

    Args:
        config: How the hand drives the tip.
        R_world_operator: Rotation from the operator's frame (that of the camera) into world, shape (3, 3).
        dt: Control period [s].

    Attributes:
        aligned: False while an absolute hand waits to be aligned.
    """

    def __init__(self, config: TeleoperationConfig, R_world_operator: Vector, dt: float) -> None:
        self.config = config
        self.aligned = True
        self._q_world_operator = np.zeros(4)
        quaternion_from_matrix(np.ascontiguousarray(R_world_operator, dtype=float), self._q_world_operator)
        self._absolute = config.orientation == "absolute"
        self._scale, self._rotation_scale = config.sense * config.scale, config.sense * config.rotation_scale
        self._leash_rad = math.radians(config.leash_deg)
        self._dt = dt
        self._following = False
        self._met = False
        self._hand = np.zeros(POSE_SIZE)
        self._tip = np.zeros(POSE_SIZE)
        self._offset = np.array([1.0, 0.0, 0.0, 0.0])

    @property
    def following(self) -> bool:
        """Whether the hand has driven the tip since the last engagement."""
        return self._following

    def look_along(self, q_world_operator: Vector) -> None:
        """Take another orientation of the operator's frame in world, shape (4,); only while not `following`."""
        self._q_world_operator[:] = q_world_operator

    def update(self, hand: Vector, engaged: bool, setpoint: Vector, target: Vector) -> None:
        """Work out where the tip should be.

        Args:
            hand: Filtered hand in the operator's frame, shape (7,).
            engaged: Whether the hand is to drive the tip: clutch released, state permitting.
            setpoint: Where the commanded joints put the tip, in world, shape (7,).
            target: Result in world, shape (7,); equals ``setpoint`` while not engaged.
        """
        if not engaged:
            self._following = False
            self.aligned = True
            target[:] = setpoint
            return
        if not self._following:
            self._hand[:] = hand
            self._tip[:] = setpoint
            if self._absolute and not self._align(hand, setpoint):
                target[:] = setpoint
                return
            self._following = self._met = True
        _follow(
            hand,
            setpoint,
            self._q_world_operator,
            self._hand,
            self._tip,
            self._offset,
            self._scale,
            self._rotation_scale,
            self.config.leash_m,
            self._leash_rad,
            math.radians(self.config.align_rate_deg_s) * self._dt if self._absolute else -1.0,
            target,
        )

    def _align(self, hand: Vector, setpoint: Vector) -> bool:
        """Whether an absolute hand may engage; sets the offset that is left."""
        tolerance = self.config.align_clutch_deg if self._met else self.config.align_start_deg
        angle = _misalignment(hand, setpoint, self._q_world_operator, self._offset)
        self.aligned = angle <= math.radians(tolerance)
        return self.aligned


@kernel
def _rotate(q: Vector, x: float, y: float, z: float) -> tuple[float, float, float]:
    """A vector turned by a unit quaternion."""
    w, a, b, c = q[0], q[1], q[2], q[3]
    s, t, u = 2.0 * (b * z - c * y), 2.0 * (c * x - a * z), 2.0 * (a * y - b * x)
    return x + w * s + b * u - c * t, y + w * t + c * s - a * u, z + w * u + a * t - b * s


@kernel
def _misalignment(hand: Vector, setpoint: Vector, q_world_operator: Vector, offset: Vector) -> float:
    """Angle between an absolute hand and the tip [rad]; ``offset`` maps the hand's orientation onto the tip's."""
    mapped, inverse, w = np.empty(4), np.empty(4), np.empty(3)
    quaternion_product(q_world_operator, hand[3:], mapped)
    inverse[0], inverse[1], inverse[2], inverse[3] = mapped[0], -mapped[1], -mapped[2], -mapped[3]
    quaternion_product(inverse, setpoint[3:], offset)
    rotation_vector_from_quaternion(offset, w)
    return math.sqrt(w[0] * w[0] + w[1] * w[1] + w[2] * w[2])


@kernel
def _follow_position(
    hand: Vector,
    setpoint: Vector,
    q_world_operator: Vector,
    anchor_hand: Vector,
    anchor_tip: Vector,
    scale: float,
    leash_m: float,
    target: Vector,
) -> None:
    """Anchor plus scaled hand motion, held on the leash by moving the anchor."""
    moved = _rotate(q_world_operator, hand[0] - anchor_hand[0], hand[1] - anchor_hand[1], hand[2] - anchor_hand[2])
    square = 0.0
    for i in range(3):
        target[i] = anchor_tip[i] + scale * moved[i]
        square += (target[i] - setpoint[i]) ** 2
    gap = math.sqrt(square)
    if gap > leash_m:
        for i in range(3):
            pull = (target[i] - setpoint[i]) * (1.0 - leash_m / gap)
            target[i] -= pull
            anchor_tip[i] -= pull


@kernel
def _turn_relative(
    hand: Vector,
    q_world_operator: Vector,
    anchor_hand: Vector,
    anchor_tip: Vector,
    rotation_scale: float,
    target: Vector,
) -> None:
    """Turn of the hand since the anchor, its axis carried into world: exp(scale log(q q0*)) times the anchor."""
    turn, inverse, w = np.empty(4), np.empty(4), np.empty(3)
    inverse[0], inverse[1], inverse[2], inverse[3] = anchor_hand[3], -anchor_hand[4], -anchor_hand[5], -anchor_hand[6]
    quaternion_product(hand[3:], inverse, turn)
    rotation_vector_from_quaternion(turn, w)
    x, y, z = _rotate(q_world_operator, w[0], w[1], w[2])
    w[0], w[1], w[2] = rotation_scale * x, rotation_scale * y, rotation_scale * z
    quaternion_from_rotation_vector(w, turn)
    quaternion_product(turn, anchor_tip[3:], target[3:])


@kernel
def _turn_absolute(hand: Vector, q_world_operator: Vector, offset: Vector, step: float, target: Vector) -> None:
    """The hand's own orientation, behind what is left of the misalignment at engagement."""
    mapped, w = np.empty(4), np.empty(3)
    rotation_vector_from_quaternion(offset, w)
    angle = math.sqrt(w[0] * w[0] + w[1] * w[1] + w[2] * w[2])
    left = max(0.0, 1.0 - step / angle) if angle > 0.0 else 0.0
    for i in range(3):
        w[i] *= left
    quaternion_from_rotation_vector(w, offset)
    quaternion_product(q_world_operator, hand[3:], mapped)
    quaternion_product(mapped, offset, target[3:])


@kernel
def _leash_orientation(setpoint: Vector, leash_rad: float, target: Vector) -> bool:
    """Shorten the turn from setpoint to target to the leash; whether it had to."""
    inverse, turn, w = np.empty(4), np.empty(4), np.empty(3)
    inverse[0], inverse[1], inverse[2], inverse[3] = setpoint[3], -setpoint[4], -setpoint[5], -setpoint[6]
    quaternion_product(target[3:], inverse, turn)
    rotation_vector_from_quaternion(turn, w)
    angle = math.sqrt(w[0] * w[0] + w[1] * w[1] + w[2] * w[2])
    if angle <= leash_rad:
        return False
    for i in range(3):
        w[i] *= leash_rad / angle
    quaternion_from_rotation_vector(w, turn)
    quaternion_product(turn, setpoint[3:], target[3:])
    return True


@kernel
def _follow(
    hand: Vector,
    setpoint: Vector,
    q_world_operator: Vector,
    anchor_hand: Vector,
    anchor_tip: Vector,
    offset: Vector,
    scale: float,
    rotation_scale: float,
    leash_m: float,
    leash_rad: float,
    align_step: float,
    target: Vector,
) -> None:
    """Move the target with the hand; see `Teleoperation`. ``align_step`` is negative for relative orientation."""
    _follow_position(hand, setpoint, q_world_operator, anchor_hand, anchor_tip, scale, leash_m, target)
    if align_step >= 0.0:
        _turn_absolute(hand, q_world_operator, offset, align_step, target)
        _leash_orientation(setpoint, leash_rad, target)
    else:
        _turn_relative(hand, q_world_operator, anchor_hand, anchor_tip, rotation_scale, target)
        if _leash_orientation(setpoint, leash_rad, target):
            # The shortened target is the new anchor, at the hand of this moment.
            for i in range(3, 7):
                anchor_tip[i] = target[i]
                anchor_hand[i] = hand[i]


class JawFollower:
    """From grip to jaw angle: rate limited, and slow after a clutch until the jaw has caught up with the hand.

    Args:
        config: The jaw's rates.
        closed: Jaw angle of a closed grip [rad].
        opened: Jaw angle of an open grip [rad].
        dt: Control period [s].
    """

    def __init__(self, config: TeleoperationConfig, closed: float, opened: float, dt: float) -> None:
        self._closed, self._opened = closed, opened
        self._fast = math.radians(config.jaw_rate_deg_s) * dt
        self._slow = math.radians(config.jaw_rate_after_clutch_deg_s) * dt
        self._caught_up = False

    def update(self, grip: float, engaged: bool, jaw: float) -> float:
        """The next jaw angle.

        Args:
            grip: 0 open to 1 closed.
            engaged: Whether the hand drives the jaw; it stays where it is otherwise.
            jaw: Jaw angle commanded last [rad].

        Returns:
            Jaw angle to command [rad].
        """
        if not engaged:
            self._caught_up = False
            return jaw
        wanted = self._opened + min(max(grip, 0.0), 1.0) * (self._closed - self._opened)
        step = self._fast if self._caught_up else self._slow
        if abs(wanted - jaw) <= step:
            self._caught_up = True
            return wanted
        return jaw + math.copysign(step, wanted - jaw)
