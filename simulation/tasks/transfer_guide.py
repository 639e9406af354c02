"""What a good operator does next in a transfer: go above, go down, close, lift, carry, lower, open, rise."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from robotics.contracts import POSE_SIZE, Outcome, Vector
from robotics.kernels.rotation import matrix_from_pose
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
AT_M = 0.0012
"""How near a thing's grasp the jaws may close."""

_RESTED_S = 0.15  # there for so long, so that the hand has come to rest: jaws that close on the way drag it along
_GLIDE_M_S = 0.0005  # of a target that a hand at rest keeps to; where 0.4 s ahead of it is no farther than it trembles
_GIVES_WAY_M = 0.001  # pushed by open jaws, where another arm holds it: go up again
_ASTRAY_M = 0.005  # to the side on the way down: go up again
_GOAL_M = 0.0012  # of a thing above its goal: lower
_HEIGHT_M = 0.0015
_GRIPPED_S = 0.25  # held for so long: lift
_NEARER_M, _BARRED_S = 0.0005, 3.0  # no nearer than that for so long on the way down: barred, try another grasp,
_PRESSED_N, _IDLE_S = 0.5, 8.0  # where the tip presses on something so hard; where it does not, after so long
_PATIENCE_S = 2.0  # jaws closed on nothing for so long: try again; open and not free of it: open them further
_OPENED_S = 0.6  # for so long the jaws are given to open
_HANGS_S = 0.3  # in open jaws that rise or look for it, for so long: it came along with them
_LOST_S = 0.1  # out of the jaws for so long: lost
_TURN = 0.2  # of the wrist [rad]


Choice = Callable[[Vector], int]
"""Says where a thing that lies so, shape (7,), is to be taken: an index of its grasps."""


class Guide(Protocol):
    """What leads through a lesson with several things, one after the other."""

    @property
    def away(self) -> bool:
        """Whether nothing is under way that should be finished first."""
        ...

    def begin(self) -> None:
        """Turn to another thing."""
        ...


@dataclass(slots=True)
class Stand:
    """How things stand in a tick.

    Attributes:
        time: Time of the episode [s].
        tip: Measured tip in world, shape (7,).
        thing: Pose of the thing in world, shape (7,).
        goal: Where it belongs, shape (3,).
        held: Whether jaws hold it.
        release: Whether it is to be let go there.
        force_n: Contact force on the tip [N]; not a number where it is not known.
    """

    time: float
    tip: Vector
    thing: Vector
    goal: Vector
    held: bool
    release: bool
    force_n: float = math.nan


class TransferGuide:
    """The next thing to do with one thing, from where it, the tip and its goal are.

    Args:
        grasps: Where the thing may be taken.
        tip_start: Where the tip started, shape (7,): of all grasps the one that turns the wrist least is taken.
        carry_m: Height at which the tip carries it, in world [m].
        open_grip: Grip around it before it is taken.
        full_grip: Grip with which it is held.
        depth_m: How far below the grasp's point the jaws' point goes [m].
        choose: Which grasp to take, where not the one that turns the wrist least.

    Attributes:
        open_grip: Grip around it before it is taken.
        full_grip: Grip with which the thing is held.
        phase: What is under way.
        grasp: Index of the grasp that is taken; -1 before it is chosen.
        carry_m: Height at which the tip comes, carries and leaves, in world [m]; may be set at any time.
        follows: Whether it is taken out of another arm's jaws; may be set at any time. Nothing stands around it there:
            the jaws open as far as they do. What lies comes to the middle of closing jaws by itself; what another arm
            holds does not, and jaws beside it would only push it: they come down to where it was seen, and glide to its
            middle until both touch it, at that height. A hand that is to be still must not see its target leap.
    """

    def __init__(
        self,
        grasps: tuple[Grasp, ...],
        tip_start: Vector,
        carry_m: float,
        open_grip: float,
        full_grip: float,
        depth_m: float,
        choose: Choice | None = None,
    ) -> None:
        self._grasps = [(np.array(g.point_m), np.array(g.along)) for g in grasps]
        self._tip_start, self.carry_m, self._depth_m = tip_start, carry_m, depth_m
        self._choose = choose or self._least_turn
        self.open_grip, self.full_grip = open_grip, full_grip
        self._pose, self._trial, self._T = np.zeros(POSE_SIZE), np.zeros(POSE_SIZE), np.eye(4)
        self._quat, self._place, self._seen = np.array([1.0, 0.0, 0.0, 0.0]), np.zeros(3), np.zeros(3)
        self._steps = {
            ABOVE: self._above,
            DOWN: self._down,
            CLOSE: self._close,
            LIFT: self._lift,
            CARRY: self._carry,
            LOWER: self._lower,
            OPEN: self._open,
            RISE: self._rise,
        }
        self.follows = False
        self.begin()

    @property
    def away(self) -> bool:
        """Whether nothing is under way that should be finished first."""
        return self.phase in (ABOVE, DOWN, CLOSE, DONE)

    def begin(self) -> None:
        """Turn to another thing."""
        self.phase = ABOVE
        self.grasp = -1
        self._tried: set[int] = set()
        self._since = self._unheld_since = self._held_since = self._near_since = self._glided = math.nan
        self._nearest, self._barred_since = math.inf, math.nan
        self._hangs_since = math.nan

    def let_go(self, now: Stand) -> None:
        """Open the jaws where they are, and rise."""
        self._enter(OPEN, now)

    def beside(self, now: Stand) -> Vector:
        """How far to the side of the middle between the jaws the thing's grasp lies, in world, shape (3,) [m]."""
        grasp_pose(now.thing, *self._grasps[self.grasp], self._tip_start, self._trial)
        matrix_from_pose(now.tip, self._T)
        across = self._T[:3, 1]
        return np.asarray(across * float(across @ (self._trial[:3] - now.tip[:3])))

    def step(self, now: Stand, outcome: Outcome) -> None:
        """See how far it has come and write target, grip and phase into ``outcome``."""
        self._lose(now)
        self._shake_off(now)
        self._aim(now)
        target = outcome.target
        target[3:] = self._pose[3:] if self.phase <= CLOSE else self._quat
        outcome.grip = self._around(now) if self.phase in (ABOVE, DOWN, OPEN, RISE) else self.full_grip
        self._steps[self.phase](now, target)
        outcome.phase = self.phase

    def _above(self, now: Stand, target: Vector) -> None:
        tip, aside = now.tip, self._aside(now)
        target[:3] = self._pose[:3]
        # What fell may lie high, across a wall or on a peg.
        target[2] = max(self.carry_m, self._pose[2] + _CLEAR_M + _HEIGHT_M)
        if aside < _OVER_M and tip[2] > self._pose[2] + _CLEAR_M and _turn(tip, target) < _TURN:
            self._enter(DOWN, now)
            self._seen[:] = self._pose[:3]
        elif aside > _ASTRAY_M and tip[2] < self.carry_m - 2.0 * _HEIGHT_M:
            target[:2] = tip[:2]  # straight up first, so that nothing is swept aside

    def _down(self, now: Stand, target: Vector) -> None:
        aside = self._aside(now)
        target[:3] = self._seen if self.follows else self._pose[:3]
        gap = math.hypot(aside, now.tip[2] - target[2])
        self._near_since = _since(gap < AT_M, now.time, self._near_since)
        if gap < max(self._nearest - _NEARER_M, AT_M) or now.tip[2] > self.carry_m - 2.0 * _HEIGHT_M:
            self._nearest, self._barred_since = gap, now.time
        if now.time - self._near_since >= _RESTED_S:
            self._enter(CLOSE, now)
        elif aside > _ASTRAY_M or (self.follows and math.dist(self._pose[:3], self._seen) > _GIVES_WAY_M):
            self._enter(ABOVE, now)
        elif not self.follows and now.time - self._barred_since > _barred_s(now.force_n):
            self._try_another()
            self._enter(ABOVE, now)

    def _close(self, now: Stand, target: Vector) -> None:
        if not now.held:
            self._held_since = math.nan
            if self.follows:
                glide(self._place, self._pose, now.time - self._glided)
        elif math.isnan(self._held_since):
            self._held_since = now.time
        self._glided = now.time
        target[:3] = self._place
        if now.time - self._held_since > _GRIPPED_S:
            self._quat[:] = now.tip[3:]
            self._enter(LIFT, now)
        elif not now.held and now.time - self._since > _PATIENCE_S:
            self._enter(ABOVE, now)

    def _lift(self, now: Stand, target: Vector) -> None:
        target[:2], target[2] = self._place[:2], self.carry_m
        if now.tip[2] > self.carry_m - _HEIGHT_M:
            self._enter(CARRY, now)

    def _carry(self, now: Stand, target: Vector) -> None:
        target[:3] = now.tip[:3] + now.goal - now.thing[:3]
        if not now.release:
            return
        target[2] = self.carry_m
        if math.hypot(now.thing[0] - now.goal[0], now.thing[1] - now.goal[1]) < _GOAL_M:
            self._enter(LOWER, now)
            self._place[:] = target[:3]

    def _lower(self, now: Stand, target: Vector) -> None:
        target[:2], target[2] = self._place[:2], now.tip[2] + now.goal[2] - now.thing[2]
        if now.thing[2] - now.goal[2] < _HEIGHT_M:
            self._enter(OPEN, now)

    def _open(self, now: Stand, target: Vector) -> None:
        target[:3] = self._place
        if not now.held and now.time - self._since > _OPENED_S:
            self._enter(RISE, now)

    def _rise(self, now: Stand, target: Vector) -> None:
        target[:2], target[2] = self._place[:2], self.carry_m
        if now.tip[2] > self.carry_m - 2.0 * _HEIGHT_M:
            self.begin()

    def _around(self, now: Stand) -> float:
        """Grip with which the jaws are open: as far as they go in the air, and where it hangs in them nevertheless."""
        hangs = self.phase == OPEN and now.time - self._since > _PATIENCE_S
        return 0.0 if self.follows or hangs else self.open_grip

    def _aside(self, now: Stand) -> float:
        return math.hypot(now.tip[0] - self._pose[0], now.tip[1] - self._pose[1])

    def _enter(self, phase: int, now: Stand) -> None:
        if phase == CLOSE:
            self._place[:] = self._seen if self.follows else self._pose[:3]
        else:
            self._place[:] = now.tip[:3]
        self._glided = now.time
        self.phase, self._since, self._held_since = phase, now.time, math.nan
        self._near_since, self._nearest, self._barred_since = math.nan, math.inf, now.time

    def _lose(self, now: Stand) -> None:
        """Start over with a thing that has left the jaws on its way."""
        if now.held or self.phase not in (LIFT, CARRY, LOWER):
            self._unheld_since = math.nan
        elif math.isnan(self._unheld_since):
            self._unheld_since = now.time
        elif now.time - self._unheld_since > _LOST_S:
            self.begin()

    def _shake_off(self, now: Stand) -> None:
        """Open further where a thing came along with open jaws: above it they would never get."""
        if not now.held or self.follows or self.phase not in (ABOVE, RISE):
            self._hangs_since = math.nan
        elif math.isnan(self._hangs_since):
            self._hangs_since = now.time
        elif now.time - self._hangs_since > _HANGS_S:
            self._hangs_since = math.nan
            self._quat[:] = now.tip[3:]
            self.let_go(now)

    def _aim(self, now: Stand) -> None:
        """Where the jaws take the thing: at one and the same of its grasps, until it is lost."""
        if self.phase > (CLOSE if self.follows else DOWN):
            return
        if self.grasp < 0:
            self.grasp = self._choose(now.thing)
        grasp_pose(now.thing, *self._grasps[self.grasp], self._tip_start, self._pose)
        self._pose[2] -= self._depth_m

    def _try_another(self) -> None:
        """Of the grasps that were not tried yet the one nearest to that where something is in the way."""
        self._tried.add(self.grasp)
        if len(self._tried) == len(self._grasps):
            self._tried.clear()
        barred = self._grasps[self.grasp][0]
        rest = [i for i in range(len(self._grasps)) if i not in self._tried]
        self.grasp = min(rest, key=lambda i: math.dist(self._grasps[i][0], barred))

    def _least_turn(self, thing: Vector) -> int:
        """Of all grasps the one that turns the wrist least."""
        turns = []
        for point, along in self._grasps:
            grasp_pose(thing, point, along, self._tip_start, self._trial)
            turns.append(_turn(self._tip_start, self._trial))
        return int(np.argmin(turns))


def glide(place: Vector, to: Vector, seconds: float) -> None:
    """Move a target evenly to the side, shape (3,), and so slowly that no hand runs ahead of it."""
    x, y = to[0] - place[0], to[1] - place[1]
    share = min(_GLIDE_M_S * seconds / max(math.hypot(x, y), 1e-9), 1.0)
    place[0] += share * x
    place[1] += share * y


def _barred_s(force_n: float) -> float:
    """How long jaws may get no nearer on their way down before something counts as in their way [s]."""
    return _BARRED_S if force_n > _PRESSED_N else _IDLE_S


def _since(true: bool, time: float, since: float) -> float:
    """Since when something has been true; not a number where it is not."""
    return (time if math.isnan(since) else since) if true else math.nan


def _turn(a: Vector, b: Vector) -> float:
    """Angle between two poses [rad]."""
    cos = abs(float(a[3:] @ b[3:]))
    return 2.0 * math.acos(min(cos, 1.0))
