"""What a good operator does next with a ring on a wire: take it by its tab, lift it clear, guide it along, hold it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from robotics.contracts import POSE_SIZE, Outcome, Vector
from robotics.kernels.compiled import kernel
from robotics.kernels.rotation import matrix_from_quaternion, quaternion_from_matrix
from simulation.grasping import grasp_pose
from simulation.props import Grasp
from simulation.wire import Wire

ABOVE, DOWN, CLOSE, LIFT, GUIDE, HOLD, DONE = range(7)

PHASES = (
    "Go above the ring",
    "Go down to its tab",
    "Close the jaws",
    "Lift it clear of the wire",
    "Guide it along the wire",
    "Hold it at the end",
    "Done",
)
"""What a person reads in each phase."""

# Ours, from the sizes of jaws, ring and wire.
_RISE_M = 0.012  # above the tab the jaws come in
_OVER_M = 0.002  # to the side of it: go down
_ASTRAY_M = 0.005  # go up again
AT_M = 0.0012
"""How near the tab's grasp the jaws may close."""

_TURN = 0.2  # of the wrist [rad]
_GRIPPED_S = 0.3  # held for so long: lift
_PATIENCE_S = 2.0  # jaws closed on nothing for so long: try again
_LOST_S = 0.1  # out of the jaws for so long: lost
_CENTRED_M = 0.001  # of the wire: lifted
_LEAD_M = 0.003  # ahead of the ring's middle it is led to
_EASE_S = 0.4  # time constant with which what is asked changes: people look about as far ahead of a target that moves
_LIFTED = 0.97  # share of the way up that has been asked for
_SLACK_M = 0.002  # off the wire no further ahead at all: to the middle first
_SWING_M = 0.001  # that a turn still to come is allowed for
_PAST_M = 0.002  # beyond the beginning of the end zone it is held


@dataclass(slots=True)
class Stand:
    """How things stand in a tick.

    Attributes:
        time: Time of the episode [s].
        tip: Measured tip in world, shape (7,).
        ring: Pose of the ring in world, shape (7,).
        along: Where its middle is along the wire [m].
        off: How far its middle is from the wire [m].
        held: Whether jaws hold it.
        clear: Whether it touches nothing else.
    """

    time: float
    tip: Vector
    ring: Vector
    along: float
    off: float
    held: bool
    clear: bool


class RailGuide:
    """The next thing to do with the ring, from where it, the tip and the wire are.

    Args:
        wire: The wire.
        grasp: Where the ring may be taken.
        tip_start: Where the tip started, shape (7,): of the two ways round, the nearer one is taken.
        end_m: Where the end zone begins, along the wire.
        open_grip: Grip around the tab before it is taken.
    """

    def __init__(self, wire: Wire, grasp: Grasp, tip_start: Vector, end_m: float, open_grip: float) -> None:
        self._wire, self._tip_start, self._end_m, self._open_grip = wire, tip_start, end_m, open_grip
        self._point, self._along = np.array(grasp.point_m), np.array(grasp.along)
        self._pose, self._place = np.zeros(POSE_SIZE), np.zeros(3)
        self._where, self._tangent = np.zeros(3), np.zeros(3)
        self.begin()

    def begin(self) -> None:
        """Start over."""
        self.phase = ABOVE
        self._since = self._held_since = self._unheld_since = math.nan
        self._eased, self._last_s = 0.0, math.nan

    def step(self, now: Stand, outcome: Outcome) -> None:
        """See how far it has come and write target, grip and phase into ``outcome``."""
        self._lose(now)
        target = outcome.target
        if self.phase <= CLOSE:
            self._take(now, target)
        else:
            self._lead(now, target)
        outcome.grip = self._open_grip if self.phase in (ABOVE, DOWN) else 1.0
        outcome.phase = self.phase

    def _take(self, now: Stand, target: Vector) -> None:
        if self.phase != CLOSE:
            grasp_pose(now.ring, self._point, self._along, self._tip_start, self._pose)
        target[:] = self._pose
        aside = math.hypot(now.tip[0] - target[0], now.tip[1] - target[1])
        if self.phase == ABOVE:
            target[2] += _RISE_M
            if aside < _OVER_M and _turn(now.tip, target) < _TURN:
                self._enter(DOWN, now)
        elif self.phase == DOWN:
            if math.hypot(aside, now.tip[2] - target[2]) < AT_M:
                self._enter(CLOSE, now)
            elif aside > _ASTRAY_M:
                self._enter(ABOVE, now)
        elif not now.held:
            self._held_since = math.nan
            if now.time - self._since > _PATIENCE_S:
                self._enter(ABOVE, now)
        elif math.isnan(self._held_since):
            self._held_since = now.time
        elif now.time - self._held_since > _GRIPPED_S:
            self._enter(LIFT, now)

    def _lead(self, now: Stand, target: Vector) -> None:
        """Bring the ring's middle onto the wire, and along it while it is there, its axis along the wire."""
        if self.phase == LIFT and now.off < _CENTRED_M and now.clear and self._eased > _LIFTED:
            self._enter(GUIDE, now)
        last = self._end_m + _PAST_M
        if self.phase == GUIDE and now.along > last - 0.75 * _PAST_M:
            self._enter(HOLD, now)
        wanted = 1.0 if self.phase == LIFT else max(1.0 - now.off / _SLACK_M, 0.0)
        self._eased += (wanted - self._eased) * min((now.time - self._last_s) / _EASE_S, 1.0)
        self._last_s = now.time
        lead = _LEAD_M * self._eased if self.phase == GUIDE else 0.0
        self._wire.at(last if self.phase == HOLD else min(now.along + lead, last), self._where, self._tangent)
        _carry(now.tip, now.ring, self._where, self._tangent, target)
        if self.phase == LIFT:
            target[:3] = self._place + self._eased * (target[:3] - self._place)

    def _enter(self, phase: int, now: Stand) -> None:
        self.phase, self._since, self._held_since = phase, now.time, math.nan
        self._place[:], self._eased, self._last_s = now.tip[:3], 0.0, now.time

    def _lose(self, now: Stand) -> None:
        """Start over with a ring that has left the jaws on its way."""
        if now.held or self.phase <= CLOSE:
            self._unheld_since = math.nan
        elif math.isnan(self._unheld_since):
            self._unheld_since = now.time
        elif now.time - self._unheld_since > _LOST_S:
            self.begin()


def _turn(a: Vector, b: Vector) -> float:
    """Angle between two poses [rad]."""
    return 2.0 * math.acos(min(abs(float(a[3:] @ b[3:])), 1.0))


@kernel
def _carry(tip: Vector, ring: Vector, where: Vector, tangent: Vector, target: Vector) -> None:
    """Tip pose that puts the middle of what it holds at a place, the jaws upright and closing along a direction.

    Args:
        tip: The tip, shape (7,).
        ring: What it holds, shape (7,).
        where: Where the middle of that is to be, shape (3,).
        tangent: Unit vector along which the jaws are to close, shape (3,); either way round.
        target: Result, shape (7,).
    """
    R, goal = np.empty((3, 3)), np.empty((3, 3))
    matrix_from_quaternion(tip[3:], R)
    side = 1.0 if R[0, 1] * tangent[0] + R[1, 1] * tangent[1] + R[2, 1] * tangent[2] >= 0.0 else -1.0
    flat = np.sqrt(max(1.0 - tangent[2] ** 2, 1e-12))
    for i in range(3):
        goal[i, 1] = side * tangent[i]
        goal[i, 2] = ((1.0 if i == 2 else 0.0) - tangent[2] * tangent[i]) / -flat
    goal[0, 0] = goal[1, 1] * goal[2, 2] - goal[2, 1] * goal[1, 2]
    goal[1, 0] = goal[2, 1] * goal[0, 2] - goal[0, 1] * goal[2, 2]
    goal[2, 0] = goal[0, 1] * goal[1, 2] - goal[1, 1] * goal[0, 2]
    # The middle as the tip has it, carried along; how far the turn still to come will swing it is bounded, so that a
    # hand that lets a turn go is led on all the same.
    swing, square = np.zeros(3), 0.0
    for i in range(3):
        for j in range(3):
            lever = R[0, j] * (ring[0] - tip[0]) + R[1, j] * (ring[1] - tip[1]) + R[2, j] * (ring[2] - tip[2])
            swing[i] += (goal[i, j] - R[i, j]) * lever
        square += swing[i] ** 2
    share = min(_SWING_M / max(np.sqrt(square), 1e-12), 1.0)
    for i in range(3):
        target[i] = tip[i] + where[i] - ring[i] - share * swing[i]
    quaternion_from_matrix(goal, target[3:])
