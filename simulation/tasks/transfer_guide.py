"""What a good operator does next in a transfer: go above, go down, close, lift, carry, lower, open, rise."""

from __future__ import annotations

import math

import numpy as np

from robotics.contracts import POSE_SIZE, Outcome, Vector
from simulation.grasping import grasp_pose
from simulation.props import Grasp

ABOVE, DOWN, CLOSE, LIFT, CARRY, LOWER, OPEN, RISE, DONE = range(9)

PHASES = (
    "Go above it",
    "Go down to it",
    "Close the jaws",
    "Lift it",
    "Carry it",
    "Lower it",
    "Open the jaws",
    "Rise",
    "Done",
)
"""What a person reads in each phase."""

# Ours, from the jaws' size: 3 mm wide, 7 mm apart when open.
_OVER_M = 0.0025  # above its grasp, the tip may go down from within this
_CLEAR_M = 0.006  # but only from this far above, so that jaws that missed it open first
_AT_M = 0.0012  # of its grasp: close
_ASTRAY_M = 0.005  # to the side on the way down: go up again
_GOAL_M = 0.0012  # of a thing above its goal: lower
_HEIGHT_M = 0.0015
_GRIPPED_S = 0.25  # held for so long: lift
_PATIENCE_S = 2.0  # jaws closed on nothing for so long: try again
_LOST_S = 0.1  # out of the jaws for so long: lost
_TURN = 0.2  # of the wrist [rad]


class TransferGuide:
    """The next thing to do with one thing, from where it, the tip and its goal are.

    Args:
        grasps: Where the thing may be taken.
        carry_m: Height at which the tip carries it, in world [m].
        open_grip: Grip around it before it is taken.
        full_grip: Grip with which it is held.
        depth_m: How far below the grasp's point the jaws' point goes [m].
    """

    def __init__(
        self, grasps: tuple[Grasp, ...], carry_m: float, open_grip: float, full_grip: float, depth_m: float
    ) -> None:
        self._depth_m = depth_m
        self._grasps = [(np.array(g.point_m), np.array(g.along)) for g in grasps]
        self._carry_m, self._open_grip, self._full_grip = carry_m, open_grip, full_grip
        self._pose, self._trial = np.zeros(POSE_SIZE), np.zeros(POSE_SIZE)
        self._quat = np.array([1.0, 0.0, 0.0, 0.0])
        self._place = np.zeros(3)
        self.begin()

    @property
    def away(self) -> bool:
        """Whether nothing is under way that should be finished first."""
        return self.phase in (ABOVE, DOWN, CLOSE, DONE)

    def begin(self) -> None:
        """Turn to another thing."""
        self.phase = ABOVE
        self._chosen = -1
        self._since = self._unheld_since = self._held_since = math.nan

    def step(
        self,
        time: float,
        tip: Vector,
        tip_start: Vector,
        thing: Vector,
        goal: Vector,
        held: bool,
        release: bool,
        outcome: Outcome,
    ) -> None:
        """See how far it has come and write target, grip and phase into ``outcome``.

        Args:
            time: Time of the episode [s].
            tip: Measured tip in world, shape (7,).
            tip_start: Where it started, shape (7,): of all grasps the one that turns the wrist least is taken.
            thing: Pose of the thing in world, shape (7,).
            goal: Where it belongs, shape (3,).
            held: Whether jaws hold it.
            release: Whether it is to be let go there.
            outcome: Result.
        """
        self._lose(time, held)
        self._aim(thing, tip_start)
        target = outcome.target
        target[3:] = self._pose[3:] if self.phase <= CLOSE else self._quat
        grip = self._full_grip
        aside = math.hypot(tip[0] - self._pose[0], tip[1] - self._pose[1])
        if self.phase == ABOVE:
            grip = self._open_grip
            target[:3] = self._pose[:3]
            target[2] = self._carry_m
            if aside < _OVER_M and tip[2] > self._pose[2] + _CLEAR_M and _turn(tip, target) < _TURN:
                self._enter(DOWN, time)
            elif aside > _ASTRAY_M and tip[2] < self._carry_m - 0.003:
                target[:2] = tip[:2]  # straight up first, so that nothing is swept aside
        elif self.phase == DOWN:
            grip = self._open_grip
            target[:3] = self._pose[:3]
            gap = math.hypot(aside, tip[2] - self._pose[2])
            if gap < _AT_M:
                self._enter(CLOSE, time)
            elif aside > _ASTRAY_M:
                self._enter(ABOVE, time)
        elif self.phase == CLOSE:
            target[:3] = self._place
            if not held:
                self._held_since = math.nan
            if held and self._held_for(time) > _GRIPPED_S:
                self._quat[:] = tip[3:]
                self._enter(LIFT, time)
                self._place[:] = tip[:3]
            elif not held and time - self._since > _PATIENCE_S:
                self._enter(ABOVE, time)
        elif self.phase == LIFT:
            target[:3] = self._place
            target[2] = self._carry_m
            if tip[2] > self._carry_m - _HEIGHT_M:
                self._enter(CARRY, time)
        elif self.phase == CARRY:
            target[:3] = tip[:3] + goal - thing[:3]
            if release:
                target[2] = self._carry_m
            if release and math.hypot(thing[0] - goal[0], thing[1] - goal[1]) < _GOAL_M:
                self._enter(LOWER, time)
                self._place[:] = tip[:3] + goal - thing[:3]
        elif self.phase == LOWER:
            target[:2] = self._place[:2]
            target[2] = tip[2] + goal[2] - thing[2]
            if thing[2] - goal[2] < _HEIGHT_M:
                self._place[:] = tip[:3]
                self._enter(OPEN, time)
        elif self.phase == OPEN:
            grip = self._open_grip
            target[:3] = self._place
            if not held and time - self._since > _PATIENCE_S * 0.4:
                self._enter(RISE, time)
        elif self.phase == RISE:
            grip = self._open_grip
            target[:2], target[2] = self._place[:2], self._carry_m
            if tip[2] > self._carry_m - 2.0 * _HEIGHT_M:
                self.begin()
        outcome.phase, outcome.grip = self.phase, grip

    def _enter(self, phase: int, time: float) -> None:
        if phase == CLOSE:
            self._place[:] = self._pose[:3]
        self.phase, self._since = phase, time
        self._held_since = math.nan

    def _held_for(self, time: float) -> float:
        if math.isnan(self._held_since):
            self._held_since = time
        return time - self._held_since

    def _lose(self, time: float, held: bool) -> None:
        """Start over with a thing that has left the jaws on its way."""
        if held or self.phase not in (LIFT, CARRY, LOWER):
            self._unheld_since = math.nan
        elif math.isnan(self._unheld_since):
            self._unheld_since = time
        elif time - self._unheld_since > _LOST_S:
            self.begin()

    def _aim(self, thing: Vector, tip_start: Vector) -> None:
        """Where the jaws take the thing: of all grasps the one that turns the wrist least, kept until it is lost."""
        if self.phase > DOWN:
            return
        if self._chosen < 0:
            turns = []
            for point, along in self._grasps:
                grasp_pose(thing, point, along, tip_start, self._trial)
                turns.append(_turn(tip_start, self._trial))
            self._chosen = int(np.argmin(turns))
        grasp_pose(thing, *self._grasps[self._chosen], tip_start, self._pose)
        self._pose[2] -= self._depth_m


def _turn(a: Vector, b: Vector) -> float:
    """Angle between two poses [rad]."""
    cos = abs(float(a[3:] @ b[3:]))
    return 2.0 * math.acos(min(cos, 1.0))
