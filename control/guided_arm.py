"""One arm that guides a patient's arm under a law: the stations of a tick, in the order in which they are called.

An arm that can be back-driven is driven by torque: the law's force goes to the joints as it is (impedance). One that
cannot is driven by position: what the law and the patient do together moves a virtual inertia, and the arm follows it
(admittance). All else is the same.

Only while the exercise runs does a law's force act. In every other state the arm holds the patient's up and damps it;
after a stop the force is gone within `RELEASE_TICKS`, and nothing comes back by itself. That goes for the way home as
well: the spring that takes the arm there is gone at a stop, and begins anew from where the arm is then. Whoever brings
the arm to rest before the exercise is over has stopped it, too: it is let go, and carried until it has come to rest.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from control.energy_tank import EnergyTank
from control.filters.hand import HandFilter
from control.guard import JointGuard
from control.guided_config import GuidedConfig
from control.guided_kernels import (
    add_brakes,
    add_carried,
    add_drive,
    add_posture,
    add_transposed,
    add_walls,
    admit,
    cuff_torque,
    direction_asked,
    dot,
    give,
    locate,
    own_force,
    rests,
    take_cuffs,
    without,
)
from control.laws import Law, LawState
from control.laws.weight_support import WeightSupport
from control.lingering import Lingering
from control.motion_bounds import MotionBounds
from control.page import Page
from control.patient_guard import PatientGuard
from control.settling import Settling
from control.tick import PATIENT_STOPS, Flag, GuidedLayout, State, arm_dtype, guided_dtype
from robotics.chain import Chain
from robotics.contracts import (
    POSE_SIZE,
    Command,
    DriveMode,
    HandPose,
    JointGroup,
    Measurement,
    Outcome,
    PlantDescription,
    Vector,
)
from robotics.dynamics import mass_matrix
from robotics.errors import ArgumentError
from robotics.guidance import Bedside, BedsideReading, Coordinates, Cue, Guidance, Moment, Space
from robotics.human_arm import RANGES_DEG
from robotics.kernels.dynamics import gravity_torque

RELEASE_TICKS = 3
"""Ticks within which a law's force is gone after a stop."""

AT_REST_RAD_S = 0.02
"""Joint speed below which an arm with a patient in it counts as standing still; ours [rad/s]."""

STILL_S = 0.3
"""Time over which it is that slow before it does: where it turns round, it is so for a moment; ours [s]."""

MOST_DAMPING = 0.4
"""Share of a joint's inertia over the period up to which it is damped: explicit damping is unstable from 2 on; ours."""

LAWS_EFFORT_NM = 42.0
"""Effort of the joint that the laws' gains are for: the elbow of the exoskeleton [Nm]."""

FULL_BRAKE = 0.9
"""Share of a speed limit at which the brake is full; ours."""

BRAKE_LEVER_M = 0.2
"""Lever of a cuff about a joint that its brake reckons with; ours [m]."""

AT_HOME_RAD = 0.05
"""Distance from the start at which a joint counts as there; ours [rad]."""

OLD_S = 0.5
"""Age from which on a bedside counts as lost; ours [s]."""

_STOPS = int(PATIENT_STOPS)
_STALE, _INVALID = int(Flag.INPUT_STALE), int(Flag.MEASUREMENT_INVALID)
_MOVE, _RELAX = Moment.MOVE, Moment.RELAX  # a member of an enum that is looked up costs a tick more than a name


class GuidedArm:
    """An arm, the patient in it, and everything between the two.

    Args:
        name: Name in the rig.
        index: Which of the plant's groups it is.
        chain: The arm.
        plant: The plant: which joints are its own, and where its cuffs are.
        T_world_base: Where its base stands, shape (4, 4).
        home: Joint positions of the start, shape (n,) [rad].
        coordinates: What the exercise moves.
        bedside: What stands at the patient's side.
        law: The law.
        tank: What the law may give.
        support: Support of the weight of the patient's arm.
        level: How much of it is carried, 0 to 1.
        limits: Watches over the patient, and knows where his arm may be.
        config: The controller.
        filter_name: Tremor filter of what is shown and logged of the hand; None where nobody looks at it.
        mode: How the plant is driven.
        dt: Control period [s].
        gravity_m_s2: Gravity along world z.

    Attributes:
        flags: `Flag` bits of what limited or stopped this arm in the present tick.
        hand: The therapist's key, as the loop has it: its clutch is his consent.
        homed: Whether the arm has been at the start.
        at_rest: Whether, let go or done, it has stood still for `STILL_S`, or trembles where it is.
    """

    def __init__(
        self,
        name: str,
        index: int,
        chain: Chain,
        plant: PlantDescription,
        T_world_base: Vector,
        home: Vector,
        coordinates: Coordinates,
        bedside: Bedside,
        law: Law,
        tank: EnergyTank,
        support: WeightSupport,
        level: float,
        limits: PatientGuard,
        config: GuidedConfig,
        filter_name: str | None,
        mode: DriveMode,
        dt: float,
        wearables: int = 0,
        gravity_m_s2: float = -9.81,
    ) -> None:
        n, m = chain.size, coordinates.size
        self.name, self.joints, self.bedside = name, n, bedside
        self.flags, self.homed, self.at_rest = 0, False, True
        self.hand = HandPose(np.full(POSE_SIZE, np.nan), 0.0, False, math.inf, False)
        self._index, self._chain, self._config, self._dt, self._mode = index, chain, config, dt, mode
        self._group: JointGroup = plant.groups[index]
        self._home = np.array(home, dtype=float)
        self._coordinates, self._law, self._tank = coordinates, law, tank
        self._support, self._level, self._limits = support, level, limits
        self._walls = limits.range
        self._filter = None if filter_name is None else HandFilter(filter_name, 1.0 / dt)
        self._joint_guard = JointGuard(
            config.guard, chain.kind, chain.lower, chain.upper, chain.velocity, chain.acceleration, chain.effort, dt
        )
        mounts = [(k, cuff) for k, cuff in enumerate(plant.cuffs) if cuff.group == index]
        self._cuff_rows = np.array([k for k, _ in mounts], dtype=np.int64)
        self._cuff_links = np.array([cuff.link for _, cuff in mounts], dtype=np.int64)
        self._cuff_points = np.array([cuff.point for _, cuff in mounts]).reshape(-1, 3)
        self.guided = GuidedLayout(name, m, len(mounts), wearables)
        self._moved = np.array([chain.joint_names.index(joint) for joint in coordinates.joints], dtype=np.int64)
        self._axes = np.array(coordinates.axes, dtype=np.int64)
        self._person = np.array([_PERSON.index(joint) for joint in coordinates.joints if joint in _PERSON])
        joint_space = coordinates.space is Space.JOINT
        self._joint_space = joint_space
        self._all = np.ones(n)
        self._held_share = np.zeros(n)  # of the joints that an exercise of joints does not move
        if joint_space:
            self._held_share[:] = 1.0
            self._held_share[self._moved] = 0.0
        self._T_world_base = np.ascontiguousarray(T_world_base, dtype=float)
        self._R_world_base = np.ascontiguousarray(self._T_world_base[:3, :3])
        self._gravity = np.ascontiguousarray(self._R_world_base.T @ np.array([0.0, 0.0, gravity_m_s2]))

        # A weaker joint is held less firmly, and no damping is more than its inertia can bear in a period.
        strength = chain.effort / chain.effort.max()
        bearable = MOST_DAMPING * np.diag(mass_matrix(chain, home)) / dt
        if mode is DriveMode.POSITION:
            bearable = np.full(n, MOST_DAMPING * config.virtual_inertia_kgm2 / dt)
        self._stiffness, self._damping = (
            config.posture_nm_rad * strength,
            np.minimum(config.posture_nms_rad * strength, bearable),
        )
        self._redundant = config.redundant_nm_rad * strength
        self._redundant_damping = np.minimum(0.3 * self._redundant, bearable)
        self._nothing, self._release_damping = np.zeros(n), np.minimum(config.release_nms_rad * strength, bearable)
        self._always_damping = np.minimum(config.damping_nms_rad * strength, bearable)
        self._wall = config.wall_nm_rad * strength
        self._wall_damping = np.minimum(config.wall_nms_rad * strength, bearable)
        watched, share = limits.limits, config.brake_share
        pressed = config.brake_force_share * watched.cuff_force_n
        joint_limit = math.radians(watched.joint_speed_deg_s)
        self._joint_from, self._tip_from = share * joint_limit, share * watched.tip_speed_m_s
        self._home_speed = min(config.home_speed_rad_s, self._joint_from)  # a slow plan brakes nobody on his way home
        self._joint_most = np.minimum(BRAKE_LEVER_M * pressed, 0.25 * chain.effort)
        self._joint_gain = np.minimum(self._joint_most / (FULL_BRAKE * joint_limit - self._joint_from), bearable)
        self._tip_gain, self._tip_most = pressed / (FULL_BRAKE * watched.tip_speed_m_s - self._tip_from), pressed
        self._bounds = MotionBounds(
            chain, watched, self._walls, config.virtual_inertia_kgm2 if mode is DriveMode.POSITION else None
        )
        # A law's gains are those of an elbow; other joints have them as they are stronger or weaker.
        self._law_share = chain.effort[self._moved] / LAWS_EFFORT_NM if joint_space else np.ones(m)

        # Everything below is written in place, every tick; what a tick's record has of it is written there.
        self._page, self._guided_page = Page(arm_dtype(n)), Page(guided_dtype(self.guided))
        logged, guided = self._page.fields, self._guided_page.fields
        logged["jaw"][0], logged["jaw_cmd"][0] = np.nan, np.nan
        self._q, self._dq, self._tau = logged["q"], logged["dq"], logged["tau"]
        self._q_cmd, self._dq_cmd = np.zeros(n), np.zeros(n)
        self._q_next, self._dq_next, self._dq_wanted = np.zeros(n), np.zeros(n), np.zeros(n)
        self._held = self._home.copy()
        self._links, self._T_base_tip = np.zeros((n, 4, 4)), np.eye(4)
        self._T_world_tip, self._tip = np.eye(4), logged["tip"]
        self._smooth = logged["hand_filtered"]
        self._smooth[:] = np.nan
        self._J_base, self._J, self._J_tip = np.zeros((6, n)), np.zeros((m, n)), np.zeros((3, n))
        if joint_space:
            self._J[np.arange(m), self._moved] = 1.0
        self._gram, self._lost = np.zeros((m, m)), np.zeros(m)
        self._cuffs = guided["cuffs"]
        self._cuff_torque, self._weight, self._own = np.zeros(n), np.zeros(n), np.zeros(n)
        self._robot_weight = np.zeros(n)
        self._carried, self._point = np.zeros(n), np.zeros(3)
        self._pushes = np.zeros(n)
        self._free, self._tip_velocity, self._tip_speed = np.zeros(n), np.zeros(3), 0.0
        x = guided["x"]
        self._state = LawState(x, guided["v"], guided["patient"], Guidance.at_rest(x))
        self._direction = np.zeros(m)
        self._force, self._given = np.zeros(m), guided["robot"]
        self._engaged, self._share, self._stopped, self._rests = False, 0.0, False, True
        self._over, self._ending, self._lingering = False, False, Lingering(n, dt)
        self._settling = Settling(config.settle_nm * strength, dt)
        self._still, self._still_ticks = 0, round(STILL_S / dt)
        self._energy = 0.0
        self._reading = BedsideReading.unknown(wearables)
        self._wrench, self._begun = logged["wrench"], np.zeros(3)
        self._cue = Cue(0.0, self._state.guidance, False, self._state.x)

    def self_test(self, measurement: Measurement) -> list[str]:
        """What keeps this arm from starting, in sentences; empty where all is well."""
        problems = self._joint_guard.self_test(self.name, self._chain, self._group.chain, measurement)
        if self._cuff_rows.size == 0:
            problems.append(f"{self.name}: has no cuff, so nobody can be held and no force is measured")
        elif measurement.cuffs is None or not np.isfinite(measurement.cuffs[self._cuff_rows]).all():
            problems.append(f"{self.name}: the cuffs measure no force")
        return problems

    def start(self, measurement: Measurement) -> None:
        """Command what is: the arm stays where it stands."""
        self._q_cmd[:] = np.clip(measurement.q[self._group.chain], self._chain.lower, self._chain.upper)
        self._dq_cmd[:] = 0.0
        self._held[:] = self._q_cmd
        self.homed, self._share, self._engaged, self._stopped = False, 0.0, False, False
        self._over = self._ending = False
        self._still = 0
        self._lingering.begin()
        self._settling.begin(self._q_cmd)
        self._energy = 0.0
        if self._filter is not None:
            self._filter.reset()
        self._law.reset()
        self._tank.reset()
        self._limits.reset()
        self._limits.set_out(self._q_cmd)
        self._bounds.follow()
        self._support.settle()
        self.measure(measurement)
        self._begun[:] = self._tip[:3]
        self._state.guidance = Guidance.at_rest(self._state.x)  # until the exercise asks for something
        self.show(0.0, None)

    def measure(self, measurement: Measurement) -> None:
        """Take this arm's part of the measurement: joints, cuffs, and what the patient does in the coordinates."""
        chain = self._group.chain
        q, dq = measurement.q[chain], measurement.dq[chain]
        self.flags = self._joint_guard.check_measurement(q, dq, measurement.valid, measurement.age_s)
        cuffs = measurement.cuffs
        if not self.flags and (cuffs is None or not take_cuffs(cuffs, self._cuff_rows, self._cuffs)):
            self.flags |= _INVALID  # a force that is no number is none that could be found too large
        if self.flags:
            self._still, self.at_rest = 0, False  # what is not known to stand still is not at rest
            return
        self._q[:], self._dq[:], self._tau[:] = q, dq, measurement.tau[chain]
        self._wrench[:] = measurement.wrench[self._index]
        if self._mode is DriveMode.POSITION:
            self.flags |= self._joint_guard.check_tracking(self._q, self._q_cmd)
        c = self._chain
        self._tip_speed = locate(
            c.placement, c.kind, c.T_link_tip, self._T_world_base, self._q, self._dq, self._links, self._T_base_tip,
            self._T_world_tip, self._tip, self._J_base, self._J_tip, self._tip_velocity,
        )  # fmt: skip
        state = self._state
        if self._joint_space:
            for row, joint in enumerate(self._moved):
                state.x[row], state.v[row] = self._q[joint], self._dq[joint]
        else:
            for row, axis in enumerate(self._axes):
                state.x[row] = self._tip[axis]
                self._J[row] = self._J_tip[axis]
                state.v[row] = self._tip_velocity[axis]
        cuff_torque(
            self._links, c.kind, self._R_world_base, self._cuff_links, self._cuff_points, self._cuffs,
            self._J_base, self._point, self._cuff_torque,
        )  # fmt: skip
        # What the patient does himself is what passes at the cuffs and what his arm weighs.
        self._support.weight(self._links, self._weight)
        own_force(self._J, self._cuff_torque, self._weight, self._joint_space, self._own, self._gram, state.patient)
        self._still = self._still + 1 if rests(self._dq, AT_REST_RAD_S) else 0
        # What a law or a spring still holds is not at rest, however still it stands: it has to be let go first.
        self.at_rest = self._still >= self._still_ticks and (self._stopped or self._over)
        if self._ending:  # let go, it may tremble for as long as it likes
            self.at_rest = self._lingering.feel(self._q) or self.at_rest
        if self._walls.wide:
            self._limits.come_in(self._q)
            self._bounds.follow()

    def read_intent(self) -> None:
        """Read the bedside, and see whether anything ends the patient's movement."""
        reading = self._reading = self.bedside.read()
        guidance = self._state.guidance
        self.hand.clutch, self.hand.age_s, self.hand.valid = reading.consent, reading.age_s, reading.age_s < OLD_S
        self.hand.pose[:] = self._tip
        if not self.hand.valid:
            self.flags |= _STALE
        if self.flags & _INVALID:
            return
        moment = guidance.moment
        direction_asked(
            guidance.rate, guidance.tangent, moment is _MOVE or moment is _RELAX, moment is _MOVE, self._direction
        )
        found = self._limits.check_bedside(reading)
        found |= self._limits.check_arm(
            self._q,
            self._dq,
            self._tip_speed,
            self._cuffs,
            self._cuff_torque,
            self._state.patient,
            self._direction,
            moment,
            self._engaged,
        )
        relaxes = self._engaged and guidance.moment is Moment.RELAX
        found |= self._limits.check_tone(self._q, self._dq, self._own, relaxes)
        found |= self._limits.check_fatigue(guidance, self._engaged)
        self.flags |= found

    def filter_tremor(self) -> None:
        """Take the tremor out of the hand's motion, for what is shown to the patient and logged beside the raw one."""
        if self._filter is None:
            self._smooth[:] = self._tip
        else:
            self._filter.update(self._tip, self._smooth, 0.0)

    def clutch_and_scale(self, state: State) -> None:
        """Let the law's force come in while the exercise runs, and let it go at once where it does not."""
        engaged = state is State.ENGAGED and not self.flags & (_STOPS | _INVALID)
        rests = not engaged or self._state.guidance.moment is Moment.REST
        if rests is not self._rests or engaged is not self._engaged:
            self._held[:] = self._q  # whatever holds from now on holds the arm where it is
        self._engaged, self._rests = engaged, rests
        if engaged:
            self._share = min(1.0, self._share + self._dt / self._config.engage_s)
            self._stopped = False
            return
        self._share = self._share - 1.0 / RELEASE_TICKS
        if self._share < 1e-9:  # rounding, too
            self._share = 0.0
        if self._stopped and (state is State.HOMING or state is State.READY):
            self._stopped = False  # the therapist let it go on, from where it is
            self.homed = state is State.READY
            self._held[:] = self._q
        ends = state is State.SOFT_STOP
        stops = state is State.HOLD or (ends and not self._over) or bool(self.flags & _STOPS)
        if stops and not self._stopped:
            self._settling.begin(self._q)
            self._stopped, self._still = True, 0
        self._ending = ends and self._stopped

    def constrain(self, state: State) -> None:
        """Find the joint torques of law, support, posture and walls."""
        law, tau = self._state, self._free
        tau.fill(0.0)
        if self._engaged:
            self._law.update(law, self._force)
        give(self._force, self._law_share, self._share, self._given)
        self._tank.scale(self._given, law.v)
        self._energy += dot(self._given, law.v) * self._dt
        if state is State.HOMING:
            self._approach_home()
        if self._stopped:
            add_posture(self._q, self._dq, self._held, self._all, self._nothing, self._release_damping, tau)
            self._settling.add(self._q, self._own, tau)
        elif self._rests:
            add_posture(self._q, self._dq, self._held, self._all, self._stiffness, self._damping, tau)
        elif self._joint_space:
            add_posture(self._q, self._dq, self._held, self._held_share, self._stiffness, self._damping, tau)
        else:
            add_posture(self._q, self._dq, self._held, self._all, self._redundant, self._redundant_damping, tau)
            without(self._J, tau, self._gram, self._lost)
        add_transposed(self._J, self._given, tau)
        self._carry(tau)
        add_walls(self._q, self._dq, self._walls.lower, self._walls.upper, self._wall, self._wall_damping, tau)
        add_brakes(
            self._dq, self._joint_from, self._joint_gain, self._joint_most, self._J_tip, self._tip_velocity,
            self._tip_from, self._tip_gain, self._tip_most, tau,
        )  # fmt: skip

    def guard(self, command: Command) -> None:
        """Let through only what the limits allow, and write it into the plant's command."""
        chain, config, c = self._group.chain, self._config, self._chain
        tau = self._free
        if self._mode is DriveMode.TORQUE:
            pushes = self._pushes
            pushes[:] = self._cuff_torque
            pushes += config.inertia_share * self._cuff_torque
            pushes += config.inertia_share * self._carried
            pushes -= self._always_damping * self._dq
            self._bounds.hold_back(self._q, self._dq, self._links, self._J_tip, pushes, tau)
            gravity_torque(self._links, c.kind, c.mass, c.com, self._gravity, self._robot_weight)
            add_drive(
                self._dq, self._always_damping, self._cuff_torque, self._carried, config.inertia_share,
                self._robot_weight, c.viscous, c.coulomb, config.friction_share, tau,
            )  # fmt: skip
            self.flags |= self._joint_guard.limit_torque(tau)
            command.tau[chain] = tau
            self._q_cmd[:], self._dq_cmd[:] = self._q, self._dq
        else:
            tau += self._cuff_torque
            self._bounds.hold_back(self._q, self._dq_cmd, self._links, self._J_tip, self._nothing, tau)
            damping = config.release_nms_rad if self._stopped else config.virtual_damping_nms_rad
            admit(self._dq_cmd, tau, config.virtual_inertia_kgm2, damping, self._dt, self._dq_wanted)
            self.flags |= self._joint_guard.limit_motion(
                self._q_cmd, self._dq_cmd, self._dq_wanted, self._q_next, self._dq_next
            )
            self._q_cmd[:], self._dq_cmd[:] = self._q_next, self._dq_next
        command.q[chain], command.dq[chain] = self._q_cmd, self._dq_cmd

    def log(self, sent: Command, slot: NDArray[np.void]) -> None:
        """Write what this arm knew and did into its part of the tick record (`control.tick.arm_dtype`), shape (1,)."""
        chain, fields = self._group.chain, self._page.fields
        fields["q_cmd"][:], fields["dq_cmd"][:] = sent.q[chain], sent.dq[chain]
        fields["hand"][:] = fields["setpoint"][:] = self._tip
        fields["target"][:] = self._smooth
        fields["input_age"][0], fields["clutch"][0] = self._reading.age_s, self._reading.consent
        fields["flags"][0] = self.flags
        self._page.copy_to(slot)

    def log_guidance(self, slot: NDArray[np.void]) -> None:
        """Write what this arm and its patient did into its part of the record (`control.tick.guided_dtype`), (1,)."""
        reading, guidance, fields = self._reading, self._state.guidance, self._guided_page.fields
        fields["start"][:], fields["goal"][:] = guidance.start, guidance.goal
        fields["reference"][:] = guidance.reference
        fields["trunk"][:], fields["assistance"][0] = reading.trunk, self._law.assistance if self._engaged else 0.0
        fields["energy"][0], fields["tank"][0] = self._energy, self._tank.energy_j
        fields["moment"][0], fields["movement"][0] = guidance.moment, guidance.movement
        fields["repetition"][0] = guidance.repetition
        if self.guided.wearables:
            fields["wearables"][:] = reading.wearables
        self._guided_page.copy_to(slot)

    def show(self, time_s: float, outcome: Outcome | None) -> None:
        """Take what the exercise asks for next, and show it to the patient."""
        self._over = outcome is not None and outcome.done
        if outcome is not None and outcome.guidance is not None:
            if outcome.guidance.start.size != self._coordinates.size:
                raise ArgumentError(
                    f"the exercise has {outcome.guidance.start.size} coordinates, the arm {self._coordinates.size}"
                )
            self._state.guidance = outcome.guidance
            self._mirror(outcome.guidance.mirror)
        cue = self._cue
        cue.time_s, cue.guidance, cue.following = time_s, self._state.guidance, self._engaged
        self.bedside.show(cue)

    def _mirror(self, mirror: Vector) -> None:
        """Where the sound side would have this one be, shape (m,)."""
        reading = self._reading
        if self._joint_space:
            for row, joint in enumerate(self._person):
                mirror[row] = reading.sound_side[joint]
        else:
            for row, axis in enumerate(self._axes):
                mirror[row] = self._begun[axis] + reading.sound_hand[axis]

    def _carry(self, tau: Vector) -> None:
        """Add the support of the weight of the patient's arm."""
        self._support.torque(self._links, self._level if self._engaged else 1.0, self._carried)
        # Joints that are held are carried whole: only what is trained may be heavy.
        add_carried(self._weight, self._held_share, self._carried, tau)

    def _approach_home(self) -> None:
        most = self._home_speed * self._dt
        step = np.clip(self._home - self._held, -most, most)
        speed = math.sqrt(float(np.sum(np.square(self._J_tip @ step)))) / self._dt
        if speed > self._tip_from:
            step *= self._tip_from / speed
        self._held += step
        if np.abs(self._home - self._q).max() < AT_HOME_RAD:
            self.homed = True


_PERSON = tuple(RANGES_DEG)
