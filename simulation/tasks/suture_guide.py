"""What a good operator does next in a suture: take the needle, bring it to the mark, turn it through, draw it out.

A curved needle is driven by turning it about the centre of its own arc. The guide says where the jaws should be for the
needle to be where it should be, from how the needle really lies in them: a needle that has turned in the jaws is led
back. It goes from station to station in leaps of a few millimetres, as a hand does.
"""

from __future__ import annotations

import math

import numpy as np

from robotics.contracts import Outcome, Vector
from simulation.tasks.suture_plan import Plan
from simulation.tasks.suture_station import AT_M, AT_RAD, LOOK_S, Stand, Stations, about, turned_by

TAKE, REACH, CLOSE, LIFT, READY, DRIVE, OPEN, BACK, DRAW, LAY, DONE = range(11)

PHASES = (
    "Go to the needle",
    "Reach for it",
    "Close the jaws",
    "Lift it",
    "Bring its point to the entry mark",
    "Turn it through to the exit mark",
    "Open the jaws",
    "Back off",
    "Draw it out along its curve",
    "Lay it down, to take it by its tail again",
    "Done",
)
"""What a person reads in each phase."""

LYING, HEAD, TAIL = range(3)
"""How the needle is taken: from where it lies, by the point that has come out, by its tail that is still in."""

# Ours, from a CT-1 and from jaws 3 mm wide.
_BACK_M = 0.014  # from the needle: before it is taken, and after it was let go
_LOST_S = 0.12
_POINT_M = 0.0008  # of the point before the entry mark
_LEAP_RAD = math.radians(27.0)  # 5.4 mm at the jaws
_MORE_RAD, _FARTHER = math.radians(2.0), 8  # tried on top of that: how much at a time, and how often
_TURN_RAD = math.radians(75.0)  # in the air
_REFINE_S = 0.8
_PATIENCE_S = 3.0
_LATE_S = 10.0  # at the entry: it will not get any better
_GRIPPED_S = 0.35
_OPENED_S = 0.6
_BEFORE_RAD = math.radians(12.0)  # the point waits as far before the entry
_ABOVE_M = 0.016  # over its place, before it comes down to the entry
_OUT_RAD = math.radians(33.0)  # the point is driven as far out of the exit
_CLEAR_RAD = math.radians(20.0)  # past the exit its tail is drawn
_LAY_M = (0.015, -0.0002, -0.0017)  # over the tissue, on its way down onto it until it rests there
_ROLLS = {LYING: math.radians(-194.0), HEAD: math.radians(-118.0), TAIL: math.radians(-118.0)}


class SutureGuide(Stations):
    """The next thing to do in a pass.

    Args:
        arc_rad: Arc of the needle.
        radius_m: Its radius.
        tail_share: Where it is taken for the drive, as a share of the arc from the swage.
        head_share: Where it is taken to be drawn out.
        depth_m: How far the jaws' point goes beyond the wire.
        open_grip: Grip around it before it is taken.
        lift_m: How high it is lifted off the tissue.
        place: Where it is laid down between two passes, in world, shape (3,).
    """

    def __init__(
        self,
        arc_rad: float,
        radius_m: float,
        tail_share: float,
        head_share: float,
        depth_m: float,
        open_grip: float,
        lift_m: float,
        place: Vector,
    ) -> None:
        super().__init__()
        self._arc, self._radius = arc_rad, radius_m
        self._shares = {LYING: tail_share, TAIL: tail_share, HEAD: head_share}
        self._depth, self._open, self._lift_m = depth_m, open_grip, lift_m
        self._place, self._laying = np.array(place), 0
        self._steps = {
            TAKE: self._take,
            REACH: self._reach,
            CLOSE: self._close,
            LIFT: self._lift,
            READY: self._ready,
            DRIVE: self._drive,
            OPEN: self._let_go,
            BACK: self._back,
            DRAW: self._draw,
            LAY: self._lay_down,
            DONE: self._done,
        }
        self.phase, self.way, self._roll = TAKE, LYING, _ROLLS[LYING]
        self._angle = self._target_angle = 0.0
        self._rolling = self._lowered = self._fresh = self._askew = False
        self._looked_at, self._since = -math.inf, 0.0

    def begin(self, plan: Plan, now: Stand | None = None) -> None:
        """Turn to a pass: with a needle that is held already, where a time is given."""
        self.plan = plan
        if now is not None:
            self._look(now)
            self._enter(LIFT, now)

    def step(self, now: Stand, outcome: Outcome) -> None:
        """See how far it has come and write target, grip and phase into ``outcome``."""
        since = now.time - self._looked_at
        if since > LOOK_S - 1e-6:  # of rounding in times
            self._looked_at = now.time
            self._look(now)
            self._steps[self.phase](now)
            self._move(outcome.target, round(since / LOOK_S) if math.isfinite(since) else 1)
        outcome.grip = self._open if self.phase in (TAKE, REACH, OPEN, BACK) else 1.0
        outcome.phase = self.phase

    # What is seen, and what is asked.

    def _look(self, now: Stand) -> None:
        self._see(now)
        x = self._R_tip[:, 0]
        roll = math.atan2(float(x @ self.plan.up), float(x @ self.plan.across))
        self._roll += math.remainder(roll - self._roll, 2.0 * math.pi)
        self._angle = self.plan.angle(self._R_needle)

    def _grasp(self, now: Stand, back_m: float) -> tuple[Vector, Vector, float]:
        """Orientation and place of jaws that take the needle, and the roll that this needs of the instrument."""
        angle = (self._shares[self.way] - 0.5) * self._arc
        R = self._R_needle
        radial = math.cos(angle) * R[:, 0] + math.sin(angle) * R[:, 1]
        along = -math.sin(angle) * R[:, 0] + math.cos(angle) * R[:, 1]
        z = -R[:, 2]
        roll = math.atan2(float(along @ self.plan.up), float(along @ self.plan.across))
        turns = round((_ROLLS[self.way] - roll) / math.pi)
        x = along if turns % 2 == 0 else -along
        place = now.needle[:3] + self._radius * radial + (self._depth - back_m) * z
        return np.stack([x, np.cross(z, x), z], axis=1), place, roll + turns * math.pi

    def _enter(self, phase: int, now: Stand) -> None:
        self.phase, self._since, self._rolling, self._fresh = phase, now.time, False, True
        self._goal[:] = now.tip
        if phase == BACK:
            self._goal[:3] -= _BACK_M * self._R_tip[:, 2]
        elif phase == LIFT:
            self._goal[2] += self._lift_m
        self._station(now)

    # Taking it.

    def _take(self, now: Stand) -> None:
        R, place, roll = self._grasp(now, _BACK_M)
        missing = roll - self._roll
        if self._rolling and not (self._arrived(now, 0.005) or now.time - self._station_since > _PATIENCE_S):
            return
        if abs(missing) > _TURN_RAD:  # the shorter way round would wind the instrument up
            turn = math.copysign(abs(missing) - 0.85 * _TURN_RAD, missing)
            self._ask(about(self.plan.normal, turn) @ R, place)
            self._rolling = True
            self._station(now)
            return
        self._ask(R, place)
        if self._rolling or self._fresh:
            self._rolling = self._fresh = False
            self._station(now)
        if self._arrived(now, 2.0 * AT_M, 1.5 * AT_RAD):
            self._enter(REACH, now)

    def _reach(self, now: Stand) -> None:
        R, place, _ = self._grasp(now, 0.0)
        self._ask(R, place)
        since = now.time - self._since
        if self._fresh:
            self._fresh = False
            self._station(now)
        elif self._arrived(now, 0.7 * AT_M, 1.5 * AT_RAD) or (since > _PATIENCE_S and self._away_m < 2.0 * AT_M):
            self._enter(CLOSE, now)
        elif since > 3.0 * _PATIENCE_S:
            self._enter(BACK, now)

    def _close(self, now: Stand) -> None:
        if now.time - self._held_since > _GRIPPED_S:
            if not now.inside:
                self._enter(LIFT, now)
            elif now.emerged:
                self._enter(DRAW, now)
                self._target_angle = self._angle
                self._turn_on(now)
            else:
                self._enter(DRIVE, now)
                self._target_angle = self._angle
                self._drive_on(now)
        elif now.time - self._since > _PATIENCE_S:
            self._enter(BACK, now)

    # Bringing it, and driving it.

    def _lift(self, now: Stand) -> None:
        if self._lost(now):
            return
        if self._arrived(now, 4.0 * AT_M, 1.0):
            self._enter(LAY if self.way == HEAD or self._askew else READY, now)
            self._lowered, self._askew, self._laying = False, False, 0
            self._target_angle = -self.plan.half_rad - _BEFORE_RAD
            self._with_needle_at(now, *self.plan.needle(self._target_angle, _ABOVE_M))

    def _ready(self, now: Stand) -> None:
        if self._lost(now):
            return
        still = now.time - self._station_since
        if not self._lowered:
            if self._arrived(now, 3.0 * AT_M, 1.5 * AT_RAD) or still > 2.0 * _PATIENCE_S:
                self._lowered = True
                self._with_needle_at(now, *self.plan.needle(self._target_angle))
                self._station(now)
            return
        R, centre = self.plan.needle(self._target_angle)
        point = centre + self._radius * R[:, 1]
        seen = now.needle[:3] + self._radius * self._R_needle[:, 1]
        off, turn = float(np.linalg.norm(point - seen)), turned_by(R, self._R_needle)
        late = now.time - self._since
        if (off < _POINT_M and turn < 0.12 and still > 0.5) or (late > _LATE_S and off < 2.0 * _POINT_M) or now.inside:
            self._enter(DRIVE, now)
            self._drive_on(now)
        elif late > 2.0 * _LATE_S:  # the jaws hold it so that they cannot bring it there
            self._askew = True
            self._enter(LIFT, now)
        elif still > _REFINE_S and turn < 0.12:
            self._goal[:3] = now.tip[:3] + point - seen
        elif still > 3.0 * _REFINE_S:
            self._with_needle_at(now, R, centre)
            self._station(now)

    def _turn_by(self, now: Stand, angle: float) -> None:
        """The next station along the circle, far enough off to be leapt to: creeping turns the needle elsewhere."""
        for more in range(_FARTHER):
            self._with_needle_at(now, *self.plan.needle(self._target_angle + angle + more * _MORE_RAD))
            if self._leaps():
                break
        self._target_angle += angle + more * _MORE_RAD
        self._station(now)

    def _drive_on(self, now: Stand) -> None:
        left = self.plan.half_rad + _OUT_RAD - self._target_angle
        self._turn_by(now, left / max(math.floor(left / _LEAP_RAD), 1) if left > 0.05 else _LEAP_RAD)

    def _drive(self, now: Stand) -> None:
        if self._lost(now):
            return
        if now.emerged and now.out_m >= 0.9 * _OUT_RAD * self._radius:
            self._enter(OPEN, now)
        elif self._arrived(now, 1.2 * AT_M) or now.time - self._station_since > _PATIENCE_S:
            if not now.inside and self._target_angle > _LEAP_RAD - self.plan.half_rad:
                # Its point has missed the tissue: it lies so in the jaws that they cannot bring it there. Take it anew.
                self._askew = True
                self._enter(LIFT, now)
            elif self._target_angle < self.plan.half_rad + _OUT_RAD + 1.5 * _LEAP_RAD:
                self._drive_on(now)
            else:
                self._with_needle_at(now, *self.plan.needle(self._target_angle))
                self._station(now)

    # Letting it go, and drawing it out.

    def _let_go(self, now: Stand) -> None:
        since = now.time - self._since
        if since > _PATIENCE_S or (since > _OPENED_S and not now.held):
            self._enter(BACK, now)

    def _back(self, now: Stand) -> None:
        if not self._arrived(now, 4.0 * AT_M, 0.5):
            return
        if not now.inside:
            self.way = LYING
        elif now.emerged and self._angle < 0.75 * math.pi:
            self.way = HEAD
        else:
            self.way = TAIL
        self._enter(TAKE, now)

    def _turn_on(self, now: Stand) -> None:
        left = self._arc + self.plan.half_rad + _CLEAR_RAD - self._target_angle
        self._turn_by(now, left / max(math.floor(left / _LEAP_RAD), 1) if left > 0.05 else _CLEAR_RAD)

    def _draw(self, now: Stand) -> None:
        if self._lost(now):
            return
        if not now.inside:
            self._enter(LIFT, now)
            self.phase = DONE
        elif self._arrived(now, 1.5 * AT_M) or now.time - self._station_since > _PATIENCE_S:
            self._turn_on(now)

    def _lay_down(self, now: Stand) -> None:
        """Turn it as if for the next entry, tilt it flat over its place, and lower it."""
        if self._lost(now):
            return
        late = now.time - self._station_since > 2.0 * _PATIENCE_S
        last = self._laying == len(_LAY_M)  # it creeps down
        if not (self._arrived(now, (0.4 if last else 2.0) * AT_M, 1.5 * AT_RAD) or (last and now.resting) or late):
            return
        self._laying += 1
        if self._laying > len(_LAY_M) or (self._laying == len(_LAY_M) and now.resting):
            self._enter(OPEN, now)
            return
        # Flat as it lay at first, turned as it now stands: tilting it about the way across is all that is left.
        R = about(np.array([0.0, 0.0, 1.0]), self._target_angle + math.atan2(self.plan.across[1], -self.plan.across[0]))
        self._with_needle_at(now, R, self._place + np.array([0.0, 0.0, _LAY_M[self._laying - 1]]))
        self._station(now)

    def _done(self, now: Stand) -> None:
        """It is held up where it is; one that is dropped is taken again."""
        self._lost(now)

    def _lost(self, now: Stand) -> bool:
        """Go back to a needle that has left the jaws."""
        if now.held or now.time - self._unheld_since < _LOST_S:
            return False
        self._enter(BACK, now)
        return True
