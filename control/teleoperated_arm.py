"""One arm that follows one hand: the stations of a tick, a method each, in the order in which they are called."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from control.controller_config import ControllerConfig
from control.filters.hand import FilterPair, HandFilter
from control.guard import InputGuard, JawGuard, JointGuard
from control.joint_servo import JointServo
from control.page import Page
from control.states import INPUT_LOST
from control.teleoperation import JawFollower, Teleoperation
from control.tick import Flag, State, arm_dtype
from robotics.arm_config import JawConfig
from robotics.chain import Chain
from robotics.constrained import ConstrainedMotion, HalfSpace
from robotics.contracts import (
    POSE_SIZE,
    Command,
    DriveMode,
    HandPose,
    JointGroup,
    Measurement,
    OperatorInput,
    OperatorView,
    Outcome,
    Trust,
    Vector,
)
from robotics.kernels.compiled import kernel
from robotics.kernels.kinematics import compose, place_tip
from robotics.kernels.rotation import (
    matrix_from_pose,
    matrix_from_quaternion,
    quaternion_from_matrix,
    quaternion_product,
)
from robotics.kernels.servo import approach_speed, pose_rate, servo_twist

AT_REST = 1e-6
"""Joint rate below which a joint counts as standing still [rad/s or m/s]."""

HOMED = 1e-4
"""Distance from home at which a joint counts as there [rad or m]."""

_INPUT_LOST, _ALIGNING = int(INPUT_LOST), int(Flag.ALIGNING)
_UNTRUSTED = {Trust.SETTLING: int(Flag.FILTER_SETTLING), Trust.NO_TREMOR: int(Flag.NO_TREMOR), Trust.TRUSTED: 0}
_MOTION_BITS = int(
    Flag.POSITION_LIMIT
    | Flag.VELOCITY_LIMIT
    | Flag.ACCELERATION_LIMIT
    | Flag.TARGET_INFEASIBLE
    | Flag.REMOTE_CENTRE
    | Flag.WORKSPACE
)


class TeleoperatedArm:
    """An arm, its operator, and everything between the two.

    Args:
        name: Name in the rig.
        index: Which of the plant's groups it is.
        chain: The arm.
        group: Its joints in the plant.
        jaw: Its jaws, or None.
        T_world_base: Where its base stands, shape (4, 4).
        home: Joint positions to go to before the operator may take over, shape (n,).
        operator: The hand.
        filter_name: Tremor filter.
        R_operator_world: Rotation from world into the operator's frame, shape (3, 3).
        config: The controller.
        dt: Control period [s].
        remote_centre: Trocar in base, shape (3,), for arms without one in their mechanism.
        half_spaces: Where the tip may be, in base.
        gravity_m_s2: Gravity along world z.

    Attributes:
        flags: `Flag` bits of what limited or stopped this arm in the present tick; plain, as a tick counts in them.
        hand: The operator's hand as read.
        homed: Whether the arm has been home.
        at_rest: Whether its commanded motion is zero.
    """

    def __init__(
        self,
        name: str,
        index: int,
        chain: Chain,
        group: JointGroup,
        jaw: JawConfig | None,
        T_world_base: Vector,
        home: Vector,
        operator: OperatorInput,
        filter_name: str,
        R_operator_world: Vector,
        config: ControllerConfig,
        dt: float,
        remote_centre: Vector | None = None,
        half_spaces: tuple[HalfSpace, ...] = (),
        gravity_m_s2: float = -9.81,
    ) -> None:
        n = chain.size
        self.name, self.joints, self.operator = name, n, operator
        self.flags, self.homed, self.at_rest = 0, False, True
        self.hand = HandPose(np.full(POSE_SIZE, np.nan), 0.0, False, math.inf, False)
        self._chain, self._index, self._group, self._config, self._dt = chain, index, group, config, dt
        self._home = np.array(home, dtype=float)
        self._filter = HandFilter(filter_name, 1.0 / dt)
        self._teleoperation = Teleoperation(config.teleoperation, np.asarray(R_operator_world).T, dt)
        self._motion = ConstrainedMotion(chain, config.motion, dt, remote_centre, half_spaces)
        self._input_guard = InputGuard(config.guard, dt)
        self._joint_guard = JointGuard(
            config.guard, chain.kind, chain.lower, chain.upper, chain.velocity, chain.acceleration, chain.effort, dt
        )
        gravity = np.asarray(T_world_base)[:3, :3].T @ np.array([0.0, 0.0, gravity_m_s2])
        self._servo = JointServo(config.joint_servo, chain, gravity, dt)
        opened = math.radians(config.teleoperation.jaw_open_deg)
        closed = math.radians(config.teleoperation.jaw_closed_deg)
        self._jaw_follower = (
            JawFollower(config.teleoperation, max(jaw.lower, closed), min(jaw.upper, opened), dt) if jaw else None
        )
        self._T_world_base = np.ascontiguousarray(T_world_base, dtype=float)
        self._T_base_world = np.ascontiguousarray(np.linalg.inv(T_world_base))
        servo = config.servo
        self._gains = np.minimum([servo.position_gain_1_s, servo.rotation_gain_1_s], 1.0 / dt)

        # Everything below is written in place, every tick; what a tick's record has of it is written there.
        self._page = Page(arm_dtype(n))
        logged = self._page.fields
        self._q, self._dq, self._tau = np.zeros(n), logged["dq"], logged["tau"]
        self._q_joint = logged["q"]
        self._q_cmd, self._dq_cmd = np.zeros(n), np.zeros(n)
        self._q_next, self._dq_next, self._dq_wanted = np.zeros(n), np.zeros(n), np.zeros(n)
        self._torque = np.zeros(n)
        self._jaw_guard = JawGuard(jaw.lower, jaw.upper, jaw.velocity, dt) if jaw else None
        self._jaw, self._jaw_cmd, self._jaw_wanted = math.nan, math.nan, math.nan
        self._wrench, self._smooth = logged["wrench"], logged["hand_filtered"]
        self._smooth[:] = np.nan
        self._tip, self._setpoint, self._target = logged["tip"], logged["setpoint"], logged["target"]
        self._links, self._T_base_tip = np.zeros((n, 4, 4)), np.eye(4)
        self._set_links, self._T_base_set = np.zeros((n, 4, 4)), np.eye(4)
        self._T_world_target, self._T_base_target = np.eye(4), np.eye(4)
        self._T_base_last, self._engaged, self._tracking = np.eye(4), False, False
        self._T_world_tip = np.eye(4)
        self._camera: Vector | None = None
        self._q_camera_operator, self._q_world_operator = np.zeros(4), np.zeros(4)
        self._twist, self._rate = np.zeros(6), np.zeros(6)
        self._view = OperatorView(
            0.0,
            self._tip,
            np.full(POSE_SIZE, np.nan),
            self._wrench[:3],
            0,
            False,
            np.array(R_operator_world, dtype=float),
            config.teleoperation.scale,
            sense=config.teleoperation.sense,
        )

    @property
    def tip(self) -> Vector:
        """Measured tip in world, shape (7,); live: every `measure` writes it anew."""
        return self._tip

    def look_through(self, carrier: Vector, R_operator_carrier: Vector) -> None:
        """Have the operator look through a camera that an arm carries: at each engagement the frame is read from it.

        Args:
            carrier: The arm's `tip`, shape (7,), kept and read again at every tick in which the hand drives nothing.
            R_operator_carrier: Rotation from the frame of that tip into the operator's frame, shape (3, 3).
        """
        self._camera = carrier
        quaternion_from_matrix(np.ascontiguousarray(np.asarray(R_operator_carrier).T), self._q_camera_operator)

    def prepare_filter(self, name: str) -> FilterPair:
        """Make a tremor filter for `exchange_filter`, outside of the tick; see `HandFilter.prepare`."""
        return self._filter.prepare(name)

    def exchange_filter(self, new: FilterPair) -> None:
        """Exchange the tremor filter while the arm follows, without a jump; see `HandFilter.exchange`."""
        self._filter.exchange(new)

    def self_test(self, measurement: Measurement) -> list[str]:
        """What keeps this arm from starting, in sentences; empty where all is well."""
        q = measurement.q[self._group.chain]
        if q.shape != (self.joints,):
            return [f"{self.name}: the plant has {q.size} joints, the arm {self.joints}"]
        return self._joint_guard.self_test(self.name, self._chain, self._group.chain, measurement)

    def start(self, measurement: Measurement) -> None:
        """Command what is, so that the arm stays where it stands, and show the operator where that is."""
        self._q_cmd[:] = np.clip(measurement.q[self._group.chain], self._chain.lower, self._chain.upper)
        self._dq_cmd[:] = 0.0
        if self._group.jaw is not None:
            self._jaw_cmd = float(measurement.q[self._group.jaw])
        self._servo.start()
        self._filter.reset()
        self.homed = False
        self.measure(measurement)
        self.show(0.0, None)

    def measure(self, measurement: Measurement) -> None:
        """Take this arm's part of the measurement, and see where that puts the tip."""
        chain = self._group.chain
        q, dq = measurement.q[chain], measurement.dq[chain]
        self.flags = self._joint_guard.check_measurement(q, dq, measurement.valid, measurement.age_s)
        if not self.flags:
            # A measurement that is not believed is not taken: the last good one holds the arm up meanwhile.
            self._q[:], self._dq[:], self._tau[:] = q, dq, measurement.tau[chain]
            self._wrench[:] = measurement.wrench[self._index]
            if self._group.jaw is not None:
                self._jaw = float(measurement.q[self._group.jaw])
            self.flags = self._joint_guard.check_tracking(self._q, self._q_cmd)
            # The tip is where the joints have it, whatever the motors' encoders say: as a camera sees it.
            joint = measurement.q if measurement.q_joint is None else measurement.q_joint
            self._q_joint[:] = joint[chain]
            self._place(self._q_joint, self._links, self._T_base_tip, self._tip)
        self._place(self._q_cmd, self._set_links, self._T_base_set, self._setpoint)

    def read_intent(self) -> None:
        """Read the operator's hand, and see whether it may be believed."""
        self.hand = self.operator.read()
        self.flags |= self._input_guard.check(self.hand)

    def filter_tremor(self) -> None:
        """Take the tremor out of a hand that may be believed, and say when the filter may not."""
        if self.flags & _INPUT_LOST:
            self._filter.reset()
        else:
            self._filter.update(self.hand.pose, self._smooth, self.hand.age_s)
        self.flags |= _UNTRUSTED[self._filter.trust()]

    def clutch_and_scale(self, state: State) -> None:
        """Turn the hand's motion into a target for the tip."""
        engaged = state is State.ENGAGED and not self.hand.clutch and not self.flags & _INPUT_LOST
        self._engaged = engaged
        if self._camera is not None and not self._teleoperation.following:
            _look_along(self._camera, self._q_camera_operator, self._q_world_operator, self._view.operator_from_world)
            self._teleoperation.look_along(self._q_world_operator)
        self._teleoperation.update(self._smooth, engaged, self._setpoint, self._target)
        if not self._teleoperation.aligned:
            self.flags |= _ALIGNING
        if self._jaw_follower is not None:
            self._jaw_wanted = self._jaw_follower.update(self.hand.grip, engaged, self._jaw_cmd)

    def constrain(self, state: State) -> None:
        """Find the joint rates that bring the tip nearest to the target within every limit."""
        if state is State.HOMING:
            self._go_home()
            return
        servo = self._config.servo
        if self._engaged:
            self._T_base_last[:] = self._T_base_target
            matrix_from_pose(self._target, self._T_world_target)
            compose(self._T_base_world, self._T_world_target, self._T_base_target)
            # The target's own motion is fed forward, so that planning to brake does not make the tip lag behind it.
            if self._tracking:
                pose_rate(self._T_base_last, self._T_base_target, self._dt, self._rate)
            else:
                self._rate[:] = 0.0
            servo_twist(
                self._T_base_set,
                self._T_base_target,
                self._gains,
                servo.max_speed_m_s,
                math.radians(servo.max_turn_deg_s),
                self._twist,
                servo.max_acceleration_m_s2,
                math.radians(servo.max_turn_acceleration_deg_s2),
                self._rate,
            )
        else:
            self._twist[:] = 0.0
        self._tracking = self._engaged
        motion = self._motion.step(self._q_cmd, self._dq_cmd, self._twist)
        self._dq_wanted[:] = motion.dq
        self.flags |= motion.flags & _MOTION_BITS

    def guard(self, command: Command) -> None:
        """Let through only what the limits allow, and write it into the plant's command."""
        self.flags |= self._joint_guard.limit_motion(
            self._q_cmd, self._dq_cmd, self._dq_wanted, self._q_next, self._dq_next
        )
        self._q_cmd[:], self._dq_cmd[:] = self._q_next, self._dq_next
        self.at_rest = _rests(self._dq_cmd, AT_REST)
        chain = self._group.chain
        command.q[chain], command.dq[chain] = self._q_cmd, self._dq_cmd
        if command.mode is DriveMode.TORQUE:
            self._servo.torque(
                self._links, self._T_base_tip[:3, 3], self._q, self._dq, self._q_cmd, self._dq_cmd, self._torque
            )
            self.flags |= self._joint_guard.limit_torque(self._torque)
            command.tau[chain] = self._torque
        if self._jaw_guard is not None and self._group.jaw is not None:
            self._jaw_cmd = self._jaw_guard.limit(self._jaw_cmd, self._jaw_wanted)
            command.q[self._group.jaw] = self._jaw_cmd

    def log(self, sent: Command, slot: NDArray[np.void]) -> None:
        """Write what this arm knew and did into its part of the tick record (`control.tick.arm_dtype`), shape (1,)."""
        chain, hand, fields = self._group.chain, self.hand, self._page.fields
        fields["q_cmd"][:], fields["dq_cmd"][:] = sent.q[chain], sent.dq[chain]
        fields["jaw"][0], fields["jaw_cmd"][0] = self._jaw, self._jaw_cmd
        fields["hand"][:], fields["grip"][0] = hand.pose, hand.grip
        fields["input_age"][0], fields["clutch"][0] = hand.age_s, hand.clutch
        fields["flags"][0] = self.flags
        self._page.copy_to(slot)

    def show(self, time_s: float, outcome: Outcome | None) -> None:
        """Let the operator see what this tick came to."""
        view = self._view
        view.time_s, view.following = time_s, self._engaged
        if outcome is not None:
            asked = outcome.arm == self._index
            view.target[:] = outcome.target if asked else math.nan
            view.grip, view.phase = outcome.grip if asked else math.nan, outcome.phase
        self.operator.feedback(view)

    def _place(self, q: Vector, links: Vector, T_base_tip: Vector, pose: Vector) -> None:
        chain = self._chain
        place_tip(
            chain.placement, chain.kind, chain.T_link_tip, self._T_world_base, q, links, T_base_tip, self._T_world_tip,
            pose,
        )  # fmt: skip

    def _go_home(self) -> None:
        self.homed = True
        for i, rest in enumerate(self._home - self._q_cmd):
            # A third of the limits: homing is seen by people who stand near.
            speed = approach_speed(abs(rest), 10.0, self._chain.acceleration[i] / 3.0, self._chain.velocity[i] / 3.0)
            self._dq_wanted[i] = math.copysign(speed, rest)
            self.homed &= abs(rest) < HOMED
        if self.homed:
            self._dq_wanted[:] = 0.0


@kernel
def _look_along(
    carrier: Vector, q_carrier_operator: Vector, q_world_operator: Vector, R_operator_world: Vector
) -> None:
    """Orientation of the operator's frame in world, and the rotation from world into it, for a camera on a tip."""
    inverse = np.empty(4)
    quaternion_product(carrier[3:], q_carrier_operator, q_world_operator)
    inverse[0] = q_world_operator[0]
    for i in range(1, 4):
        inverse[i] = -q_world_operator[i]
    matrix_from_quaternion(inverse, R_operator_world)


@kernel
def _rests(dq: Vector, threshold: float) -> bool:
    """Whether no joint moves faster than the threshold; a rate that is no number is no rest."""
    rests = True
    for i in range(dq.shape[0]):
        rests &= abs(dq[i]) < threshold
    return rests
