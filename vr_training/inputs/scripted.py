"""A scripted expert: a hand that solves any reach lesson by looking, the way a person does.

It sees the scene one reaction time late, reaches in minimum-jerk submovements that fall a little short and a little
off, corrects them, clutches when its hand runs out of room, turns its wrist to the target, and trembles all the while.
The tremor is generated, or comes from a recording.
"""

from __future__ import annotations

import functools
import math
from enum import Enum
from types import TracebackType

import numpy as np

from control.tremor.generated import GeneratedTremor, TremorSource
from robotics.contracts import POSE_SIZE, HandPose, OperatorView, Vector
from robotics.rotations import quaternion_from_matrix, quaternion_product
from vr_training.inputs.quaternion import turn, turn_between
from vr_training.inputs.scripted_config import ScriptedConfig
from vr_training.inputs.sight import Sight
from vr_training.inputs.submovements import Submovements

_WORTH_A_STROKE = 0.25  # of the workspace radius: with less room than that in the wanted direction, clutch first
_AFAR = 3.0  # times as far as it eases off: a reach to another place
_GLANCE = 0.02  # between looks while nothing is due [s]
_ANOTHER = 3.0  # of the tolerance: an orientation that is so far from the one before is another one
_FUTILE_TURNS = 3  # turns of the wrist without a fifth of improvement, after which an orientation is let go


class _Doing(Enum):
    REACHING = "reaching"
    PRESSING = "pressing"
    RETURNING = "returning"
    RELEASING = "releasing"


class ScriptedExpert:
    """An operator's hand that solves reach lessons from what it sees.

    The same generator state gives the same hand for the same views, bit for bit.

    Args:
        config: Its character.
        tremor: Where its tremor comes from; generated as the configuration says where None.
    """

    def __init__(self, config: ScriptedConfig, tremor: TremorSource | None = None) -> None:
        self.config = config
        self.tremor: TremorSource = tremor if tremor is not None else GeneratedTremor(config.tremor)
        self._motion = Submovements()
        self._centre = np.array(config.centre_m)
        self._hand = HandPose(np.zeros(POSE_SIZE), config.grip.rest, False, 0.0, True)
        self._view: OperatorView | None = None
        self.reset(np.random.default_rng(0), 1e-3)

    def __enter__(self) -> ScriptedExpert:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def describe(self) -> str:
        """What the hand does, in words."""
        return f"{self.config.title} with {self.tremor.describe()}"

    def reset(self, rng: np.random.Generator, dt: float) -> None:
        """Start afresh in the middle of the workspace.

        Args:
            rng: Everything that varies from one hand to another comes from here.
            dt: Control period [s].
        """
        _compile()
        tremor_seed, hand_seed = rng.integers(2**63, size=2)
        self._rng = np.random.default_rng(int(hand_seed))
        self.tremor.reset(np.random.default_rng(int(tremor_seed)), dt)
        self._dt, self._tick, self._time = dt, 0, 0.0
        self._motion.reset(np.array([*self.config.centre_m, 1.0, 0.0, 0.0, 0.0]))
        self._sight = Sight(self.config.look.reaction_s, dt)
        self._view = None
        self._doing = _Doing.RELEASING  # a hand takes the handles with the clutch pressed
        self._until = self.config.start_pause_s
        self._idle_since = 0.0
        self._last_turn = math.inf
        self._futile = 0
        self._turned_to = np.array([1.0, 0.0, 0.0, 0.0])
        self._aim: Vector = np.zeros(3)
        self._eased = -math.inf
        self._grip_wanted = self.config.grip.rest
        self._hand.grip, self._hand.clutch = self.config.grip.rest, True

    def feedback(self, view: OperatorView) -> None:
        """Look at the scene, and think about it."""
        if self._view is None:  # hands are laid on the handles turned as the instrument is seen
            start = self._motion.pose.copy()
            start[3:] = _seen_orientation(view)
            self._motion.reset(start)
        self._view = view
        following = view.following and not self._hand.clutch
        self._sight.see(view, self._motion.pose, following)
        if following or self._hand.clutch:
            self._idle_since = self._time
        if self._time >= self._until:
            self._until = self._time + _GLANCE
            self._decide(view, following)

    def read(self) -> HandPose:
        """Where the hand is now; advances its time by one period."""
        self._tick += 1
        self._time = self._tick * self._dt
        self._motion.advance(self._time)
        sample, pose = self.tremor.read(), self._hand.pose
        pose[:] = self._motion.pose
        pose[:3] += sample[:3]
        turn(pose[3:], sample[3], sample[4], sample[5])
        self._squeeze()
        return self._hand

    def _squeeze(self) -> None:
        """Move the grip towards what the task asks; it stays where nothing is asked."""
        grip = self.config.grip
        if self._view is not None and math.isfinite(self._view.grip):
            self._grip_wanted = grip.rest + self._view.grip * (grip.closed - grip.rest)
        step = self._dt / grip.time_s
        self._hand.grip += min(max(self._grip_wanted - self._hand.grip, -step), step)

    def _decide(self, view: OperatorView, following: bool) -> None:
        """Begin whatever comes next, now that the last thing is done."""
        clutch = self.config.clutch
        if self._doing is _Doing.PRESSING:
            self._return(view)
        elif self._doing is _Doing.RETURNING:
            self._doing, self._until = _Doing.RELEASING, self._time + clutch.release_s
        elif self._doing is _Doing.RELEASING:
            self._hand.clutch = False
            self._doing, self._until = _Doing.REACHING, self._time + clutch.release_s
        elif following:
            self._reach(view)
        elif self._time - self._idle_since > clutch.regrip_after_s:
            self._press()

    def _press(self) -> None:
        self._hand.clutch = True
        self._doing, self._until = _Doing.PRESSING, self._time + self.config.clutch.press_s

    def _return(self, view: OperatorView) -> None:
        """Bring the hand back to the middle, and the wrist to where the instrument points."""
        clutch, hand = self.config.clutch, self._motion.end()
        shift = self._centre + clutch.spread_m * self._rng.standard_normal(3) - hand[:3]
        rotation = np.empty(3)
        turn_between(hand[3:], _seen_orientation(view), rotation)
        duration = max(
            float(np.linalg.norm(shift)) / clutch.return_speed_m_s,
            float(np.linalg.norm(rotation)) / self.config.move.turn_rate_rad_s,
            0.3,
        )
        self._motion.begin(self._time, duration, shift, rotation)
        self._doing, self._until = _Doing.RETURNING, self._time + duration

    def _reach(self, view: OperatorView) -> None:
        """Begin a submovement towards the target where one is due, or clutch where there is no room for it."""
        look, move, motion = self.config.look, self.config.move, self._motion
        if motion.full or motion.progress(self._time) < move.overlap or not self._sight.ready:
            return
        end = motion.end()
        shift, rotation = self._sight.error(view, end, motion.pose)
        if float(np.linalg.norm(shift)) > _AFAR * look.ease_limit_m:
            self._aim = np.zeros(3)  # whatever it pressed on is not where it goes now
        shift = shift + self._aim
        distance, angle = float(np.linalg.norm(shift)), float(np.linalg.norm(rotation))
        fine = max(4.0 * look.tolerance_m, 0.2 * move.precision_m)
        if distance < fine and (motion.active or self._sight.speed() > move.still_speed_m_s):
            return
        if self._pressing(view):
            return
        turning = self._worth_turning(angle, view.target[3:])
        if distance < look.tolerance_m and not turning:
            return
        share, clutch_first = self._room(end[:3], shift / view.scale)
        if clutch_first:
            if motion.active == 0:
                self._press()
            return
        wanted = shift * (share * move.primary_share)
        wanted = self._imprecise(wanted)
        if turning:
            self._remember_turn(angle)
        rotation = rotation * (share * move.primary_share if turning else 0.0)
        bits = math.log2(share * distance / move.precision_m + 1.0)
        duration = max(
            move.intercept_s + move.slope_s * bits, 0.3 + float(np.linalg.norm(rotation)) / move.turn_rate_rad_s
        )
        motion.begin(self._time, duration, wanted / view.scale, rotation)
        self._until = self._time + move.overlap * duration

    def _pressing(self, view: OperatorView) -> bool:
        """Whether the tip presses on something: the hand then aims a little off, where the force points."""
        look = self.config.look
        if self._motion.active or self._time < self._eased + 2.0 * look.reaction_s:
            return False
        force = self._sight.force()
        size = float(np.linalg.norm(force))
        if size <= look.press_n:
            return False
        aim = self._aim + look.ease_m / size * view.sense * (view.operator_from_world @ force)
        self._aim = aim * min(1.0, look.ease_limit_m / float(np.linalg.norm(aim)))
        self._eased = self._time
        return True

    def _worth_turning(self, angle: float, target_wxyz: Vector) -> bool:
        """Whether to turn the wrist: not for a small angle, and not for one that turning has not reduced.

        What was let go says nothing of another orientation that is asked for.
        """
        change = np.empty(3)
        turn_between(self._turned_to, target_wxyz, change)
        if np.linalg.norm(change) > _ANOTHER * self.config.look.tolerance_rad:
            self._turned_to[:] = target_wxyz
            self._last_turn, self._futile = math.inf, 0
        if angle < self.config.look.tolerance_rad:
            self._last_turn, self._futile = math.inf, 0
            return False
        return self._futile < _FUTILE_TURNS

    def _remember_turn(self, angle: float) -> None:
        """Keep count of turns that were begun without the angle having shrunk since the one before."""
        self._futile = self._futile + 1 if angle > 0.8 * self._last_turn else 0
        self._last_turn = angle

    def _room(self, hand: Vector, shift: Vector) -> tuple[float, bool]:
        """Share of ``shift`` that the workspace has room for, and whether to clutch instead."""
        radius = self.config.workspace_radius_m
        offset = hand - self._centre
        length = float(np.linalg.norm(shift))
        if length == 0.0 or float(np.linalg.norm(offset + shift)) <= radius:
            return 1.0, False
        along = float(offset @ shift) / length
        inside = radius**2 - float(offset @ offset) + along**2
        reach = max(math.sqrt(max(inside, 0.0)) - along, 0.0)
        return min(reach / length, 1.0), reach < _WORTH_A_STROKE * radius

    def _imprecise(self, shift: Vector) -> Vector:
        """A submovement's displacement as a hand carries it out: length and direction vary."""
        move = self.config.move
        length = float(np.linalg.norm(shift)) * move.direction_spread_rad
        scatter = self._rng.standard_normal(4)
        return np.asarray(shift * (1.0 + move.amplitude_spread * scatter[3]) + length * scatter[:3])


def _seen_orientation(view: OperatorView) -> Vector:
    """Orientation of the tip in the operator's frame, shape (4,)."""
    return quaternion_product(quaternion_from_matrix(view.operator_from_world), view.tip[3:])


@functools.cache
def _compile() -> None:
    """Compile every kernel that a tick calls, so that no tick of a run has to wait for it."""
    motion, sight, still = Submovements(), Sight(0.0, 1e-3), np.array([0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0])
    view = OperatorView(0.0, still, still, np.zeros(3), 0, True, np.eye(3), 1.0)
    motion.begin(0.0, 1.0, np.zeros(3), np.zeros(3))
    motion.advance(0.5)
    for _ in range(2):
        sight.see(view, motion.pose, True)
    sight.error(view, motion.end(), motion.pose)
    turn(motion.pose[3:], 0.0, 0.0, 0.0)
    turn_between(still[3:], _seen_orientation(view), np.empty(3))
