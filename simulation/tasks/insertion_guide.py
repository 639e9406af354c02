"""What a good operator does next with a bevelled needle: line it up, go in, turn the bevel in time, stop at the target.

A needle with a bevel never goes straight. The guide sees its tip, as imaging would show it, and knows the needle's
usual curvature. With the rest r of the way to go, a bend to one side carries the tip aside by curvature r^2 / 2. So it
lets the needle bend until what is missing at the target is just as much, and then turns the bevel to that side: half a
turn at 29 % of the way for a needle that entered on its axis.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from robotics.contracts import Outcome, Vector
from robotics.kernels.rotation import quaternion_from_matrix
from simulation.needle_tissue import NeedleInTissue

ALIGN, ENTER, ADVANCE, TURN, HOLD, DONE = range(6)
"""Phases."""

PHASES = (
    "Line the needle up with the planned axis",
    "Puncture the surface",
    "Advance",
    "Turn the bevel over",
    "Hold at the target",
    "Done",
)
"""What a person reads in each phase."""

# Ours.
_ABOVE_M = 0.012  # of the entry point, while lining up
_ASIDE_M = 0.0007  # from the planned axis: lined up
_ANGLE = 0.06  # from it [rad]
_SETTLED_S = 0.3
_ENTER_M = 0.012  # below the surface, pressed on to until it is punctured
_LEAD_M = 0.006  # the target runs at most so far ahead of the tip
_TURNED = 0.12  # of the bevel from where it is to point [rad]
_WORTH_TURNING = 0.8  # [rad]; less than that is made up for by the next look at what is missing
_WORTH_M = 0.0004  # of what is missing at the target: a turn corrects no less
_SHORT_M = 0.008  # of the rest of the way: no turns any more
_STOP_M = 0.0003  # before the target's depth
_ROOM = (-1.4, 4.5)  # of the wrist's turn from where it started [rad]
_WAYPOINT = 1.6  # the wrist is asked for so much at a time [rad]
_REST_S = 0.4  # between two such turns


@dataclass(slots=True)
class Insertion:
    """How an insertion stands in a tick.

    Attributes:
        time: Time of the episode [s].
        place: Where the tip of a straight needle would be, shape (3,) [m].
        axes: The holder's axes in world, one a column, the needle along the third, shape (3, 3).
        needle: The needle.
    """

    time: float
    place: Vector
    axes: Vector
    needle: NeedleInTissue


class InsertionGuide:
    """The next thing to do with the needle.

    Args:
        entry: Planned entry point on the surface, shape (3,).
        axis: Planned direction, shape (3,).
        target: Where the tip is to come, shape (3,).
        curvature_1_m: The needle's usual curvature [1/m].
        pace_m_s: How fast to advance.
        axes: The holder's axes at the start, shape (3, 3): the needle is turned about itself as little as may be.
    """

    def __init__(
        self, entry: Vector, axis: Vector, target: Vector, curvature_1_m: float, pace_m_s: float, axes: Vector
    ) -> None:
        self._entry, self._axis, self._target = entry, axis, target
        self._curvature, self._pace = curvature_1_m, pace_m_s
        self._planned = frame_along(axis, axes[:, 1])
        self.phase, self.turns = ALIGN, 0
        self._since = self._last = math.nan
        self._reach, self._rolled = -_ABOVE_M, 0.0
        self._goal: Vector = np.eye(3)
        self._left, self._hold_depth, self._rest_until = 0.0, 0.0, math.nan

    def step(self, now: Insertion, outcome: Outcome) -> None:
        """See how far it has come and write target and phase into ``outcome``."""
        dt = 0.0 if math.isnan(self._last) else now.time - self._last
        self._last = now.time
        if self.phase > ENTER and not now.needle.entered:
            self.phase, self._reach, self._since = ALIGN, -_ABOVE_M, math.nan  # drawn out: once more
        if self.phase == ALIGN:
            self._align(now, outcome)
        elif self.phase == ENTER:
            self._enter(now, outcome, dt)
        elif self.phase == ADVANCE:
            self._advance(now, outcome, dt)
        elif self.phase == TURN:
            self._turn(now, outcome)
        else:
            self._keep(now, outcome, self._hold_depth, now.axes)
        outcome.phase = self.phase

    def _align(self, now: Insertion, outcome: Outcome) -> None:
        self._ask(outcome, self._entry - _ABOVE_M * self._axis, self._planned)
        away = now.place - self._entry
        aside = away - float(away @ self._axis) * self._axis
        angle = math.acos(min(1.0, float(now.axes[:, 2] @ self._axis)))
        if float(np.linalg.norm(aside)) > _ASIDE_M or angle > _ANGLE:
            self._since = math.nan
        elif math.isnan(self._since):
            self._since = now.time
        if now.time - self._since > _SETTLED_S:
            self.phase, self._reach = ENTER, float(away @ self._axis)

    def _enter(self, now: Insertion, outcome: Outcome, dt: float) -> None:
        self._reach = min(self._reach + self._pace * dt, _ENTER_M)
        # Along the needle as it points, through the entry point: what is left of the misalignment must not bend it.
        self._ask(outcome, self._entry + self._reach * now.axes[:, 2], now.axes)
        if now.needle.entered:
            self.phase = ADVANCE

    def _advance(self, now: Insertion, outcome: Outcome, dt: float) -> None:
        needle = now.needle
        left, missing = self._ahead(needle)
        # No faster near the end: the target's depth is reached by a hand that slows down.
        self._reach = min(self._reach + self._pace * dt, needle.depth + min(_LEAD_M, max(left, 0.0)))
        self._keep(now, outcome, self._reach, now.axes)
        if left <= _STOP_M:
            self.phase, self._hold_depth = HOLD, needle.depth + left
            return
        size = float(np.linalg.norm(missing))
        if left < _SHORT_M or size < max(0.95 * 0.5 * self._curvature * left**2, _WORTH_M):
            return
        angle = math.atan2(float(np.cross(needle.bevel, missing) @ needle.heading), float(needle.bevel @ missing))
        if abs(angle) > _WORTH_TURNING:
            self._begin_turn(now, angle)

    def _begin_turn(self, now: Insertion, angle: float) -> None:
        """Turn the bevel by an angle, or the other way round where the wrist has room for that alone."""
        ways = [angle + k * 2.0 * math.pi for k in (-1, 0, 1)]
        # Less than a whole turn of room leaves a small gap: what falls into it goes to its nearer edge.
        low, high = (bound - self._rolled for bound in _ROOM)
        way = min(ways, key=lambda w: (round(max(low - w, w - high, 0.0), 1), abs(w)))
        self._left = min(max(way, low), high)
        self._rolled += self._left
        self._hold_depth = self._reach
        self.phase, self.turns = TURN, self.turns + 1
        self._next_waypoint(now)

    def _next_waypoint(self, now: Insertion) -> None:
        part = self._left if abs(self._left) < 1.5 * _WAYPOINT else math.copysign(_WAYPOINT, self._left)
        self._left -= part
        c, s = math.cos(part), math.sin(part)
        self._goal = now.axes @ np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])

    def _turn(self, now: Insertion, outcome: Outcome) -> None:
        if not math.isnan(self._rest_until):
            self._keep(now, outcome, self._hold_depth, now.axes)
            if now.time >= self._rest_until:
                self._rest_until = math.nan
                self._next_waypoint(now)
            return
        # The turn that was asked for, about the needle as it points now.
        goal = frame_along(now.axes[:, 2], self._goal[:, 1])
        self._keep(now, outcome, self._hold_depth, goal)
        angle = math.acos(min(1.0, max(-1.0, float(now.axes[:, 1] @ goal[:, 1]))))
        if angle > (_TURNED if self._left == 0.0 else 0.3):
            return
        if self._left != 0.0:
            self._rest_until = now.time + _REST_S
        else:
            self.phase, self._reach = ADVANCE, self._hold_depth

    def _ahead(self, needle: NeedleInTissue) -> tuple[float, Vector]:
        """How much is left to go along the heading [m], and what would be missing across it, shape (3,) [m]."""
        gap = self._target - needle.tip
        left = float(gap @ needle.heading)
        return left, gap - left * needle.heading

    def _keep(self, now: Insertion, outcome: Outcome, depth: float, axes: Vector) -> None:
        """Ask for a depth, the shaft through where it entered."""
        self._ask(outcome, now.needle.entry + depth * now.axes[:, 2], axes)

    def _ask(self, outcome: Outcome, place: Vector, axes: Vector) -> None:
        outcome.target[:3] = place
        quaternion_from_matrix(np.ascontiguousarray(axes), outcome.target[3:])


def frame_along(axis: Vector, side: Vector) -> Vector:
    """Axes with the third along ``axis`` and the second as near to ``side`` as that allows, shape (3, 3)."""
    y = side - float(side @ axis) * axis
    y /= math.sqrt(float(y @ y))
    return np.column_stack([np.cross(y, axis), y, axis])
