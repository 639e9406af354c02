"""What a good operator does next to hand a thing over: the giver brings it, the taker takes it, and it is let go."""

from __future__ import annotations

import math

import numpy as np

from robotics.contracts import Outcome, Vector
from simulation.passage import BOTH, PASSED, WAITING, Passage
from simulation.tasks.transfer_guide import (
    ABOVE,
    CARRY,
    CLOSE,
    DOWN,
    LIFT,
    LOWER,
    OPEN,
    RISE,
    Stand,
    TransferGuide,
    glide,
)

BRING, TAKE, LET_GO, DELIVER, RETAKE, GIVE_BACK, MAKE_ROOM = range(7)
"""Who does what: the giver brings it to the meeting place, the taker takes it there, the giver lets go and leaves, the
taker delivers it. Where the giver lost it before both had held it, he takes it again from the taker, and where that is
not what makes it handed over, the taker gives it back: lets go and leaves. Where it fell from between them and the
taker stands at the meeting place still, he makes room before it is brought again."""

GIVER, TAKER = range(2)

STEPS = (
    (TAKER, "make room"),
    (GIVER, "go above it"),
    (GIVER, "go down to it"),
    (GIVER, "close the jaws"),
    (GIVER, "lift it"),
    (GIVER, "bring it to the middle"),
    (TAKER, "go above it"),
    (TAKER, "go down to it"),
    (TAKER, "close the jaws"),
    (GIVER, "open the jaws"),
    (GIVER, "rise"),
    (TAKER, "carry it"),
    (TAKER, "lower it"),
    (TAKER, "open the jaws"),
    (TAKER, "rise"),
)
"""Who is asked in each phase, and for what; the last phase, when all is done, comes after them."""

# Which of them is shown in each stage, for each phase of the guide that is asked; phases beyond count as the last one.
# To lift what one took in the air is to carry it.
_BRINGING = {ABOVE: 1, DOWN: 2, CLOSE: 3, LIFT: 4, CARRY: 5, OPEN: 9, RISE: 10}
_TAKING = {ABOVE: 6, DOWN: 7, CLOSE: 8}
_SHOWN = {
    MAKE_ROOM: {ABOVE: 0},
    BRING: _BRINGING,
    TAKE: _TAKING,
    LET_GO: {OPEN: 9, RISE: 10},
    DELIVER: {**_TAKING, LIFT: 11, CARRY: 11, LOWER: 12, OPEN: 13, RISE: 14},
    RETAKE: _BRINGING,
    GIVE_BACK: {OPEN: 13, RISE: 14},
}

_NEAR_M = 0.003  # of the meeting place: near enough, for the taker goes where the thing is
_STILL_S = 0.15  # there for so long, so that the hand has come to rest
_LOST_S = 0.1  # in nobody's jaws for so long: lost,
_FALLEN_M = 0.01  # so far below the meeting place; there, jaws that push from opposite sides may well hold it
_UNHELD_S = 1.0  # or in nobody's jaws for so long
_CENTRE_S = 2.0  # given to the taker to bring it back between both of the giver's jaws
_ROOM_M = 0.015  # so near the meeting place to the side, the taker is in the giver's way
_ASIDE_M = 0.005  # so near where it started, it no longer is
_SLIPPED_S = 0.5  # closed again because the taker lost hold of it: he takes it anew


class HandoffGuide:
    """The next thing to do with one thing that is to be handed over, and by whom.

    Args:
        guides: Of the giver and of the taker.
        arms: Their indices among the rig's arms.
        aside: Where the taker's tip is out of the giver's way, shape (7,), in world.
        meet: Where the thing is handed over, shape (3,), in world.
        low_m: Height at which the tips carry things, in world [m].
        high_m: Height at which they come to the meeting place and leave it, in world [m]; where a thing is held higher
            or lower than there, they keep as far above it.
    """

    def __init__(
        self,
        guides: tuple[TransferGuide, TransferGuide],
        arms: tuple[int, int],
        aside: Vector,
        meet: Vector,
        low_m: float,
        high_m: float,
    ) -> None:
        self._giver, self._taker = guides
        self._arms, self._meet, self._low_m, self._high_m = arms, meet, low_m, high_m
        self._aside = aside.copy()
        self._aside[2] = high_m
        self._spot, self._kept = np.zeros(3), math.nan
        self.begin()

    @property
    def away(self) -> bool:
        """Whether nothing is under way that should be finished first."""
        return (
            (self.stage == BRING and self._giver.away)
            or (self.stage == DELIVER and self._taker.away)
            or self.stage == MAKE_ROOM
        )

    def begin(self) -> None:
        """Turn to another thing."""
        self.stage = BRING
        self._giver.carry_m, self._taker.carry_m = self._low_m, self._low_m
        self._giver.follows = self._taker.follows = False
        self._giver.begin()
        self._taker.begin()
        self._since = self._free_since = self._slips_since = math.nan

    def step(self, gives: Stand, takes: Stand, passage: Passage, outcome: Outcome) -> None:
        """See how far it has come and write arm, target, grip and phase into ``outcome``.

        Args:
            gives: How things stand for the giver.
            takes: How things stand for the taker.
            passage: How far the thing has been handed over.
            outcome: What is written to.
        """
        self._turn(gives, takes, passage)
        self._turn_for_room(takes)
        who = GIVER if self.stage in (BRING, LET_GO, RETAKE) else TAKER
        guide = self._giver if who == GIVER else self._taker
        outcome.arm = self._arms[who]
        if self.stage in (TAKE, LET_GO, RETAKE, GIVE_BACK):
            guide.carry_m = gives.thing[2] + self._high_m - self._meet[2]
        if self.stage == MAKE_ROOM:
            outcome.target[:], outcome.grip, outcome.phase = self._aside, guide.open_grip, ABOVE
        elif who == GIVER:
            gives.goal, gives.release = self._meet, False
            self._giver.step(gives, outcome)
        else:
            self._taker.step(takes, outcome)
        if self.stage == TAKE:
            self._keep(gives, takes, outcome)
        elif self.stage == LET_GO and self._giver.phase == OPEN and self._slips(takes):
            self._giver.let_go(gives)  # from the start again, as soon as the taker has it
            outcome.grip = self._giver.full_grip
        shown = _SHOWN[self.stage]
        outcome.phase = shown.get(outcome.phase, max(shown.values()))

    def _turn(self, gives: Stand, takes: Stand, passage: Passage) -> None:
        """Turn to the next stage where the present one is over."""
        if self.stage == BRING:
            if passage.passed and self._giver.away:
                self._deliver_from(takes)
            elif self._brought(gives):
                self._take()
        elif self.stage == TAKE:
            self._turn_from_taking(gives, takes, passage)
        elif self.stage == LET_GO:
            slipped = self._giver.phase == OPEN and gives.held and not takes.held
            if self._giver.phase not in (OPEN, RISE) or self._falls(gives, takes):
                self._deliver_from(takes)
            elif self._lasts(slipped, gives.time, _SLIPPED_S):
                self._take()
        elif self.stage == RETAKE:
            self._turn_from_taking_again(gives, takes, passage)
        elif self.stage == GIVE_BACK:
            if self._taker.phase not in (OPEN, RISE):
                self._bring_on()
        elif self.stage == DELIVER and self._taker.away and not passage.passed:
            self.begin()

    def _turn_for_room(self, takes: Stand) -> None:
        """The taker makes room first where the giver is about to go for something."""
        if self.stage == MAKE_ROOM and _beside(takes.tip, self._aside) < _ASIDE_M:
            self._enter(BRING)
        fetches = self.stage == BRING and self._giver.away and not takes.held
        if fetches and _beside(takes.tip, self._meet) < _ROOM_M:
            self._enter(MAKE_ROOM)

    def _turn_from_taking(self, gives: Stand, takes: Stand, passage: Passage) -> None:
        taken, time = self._taker.phase == LIFT, gives.time
        if taken and takes.held and passage.stage in (BOTH, PASSED):
            self._let_go(gives)
        elif self._falls(gives, takes):
            self.begin()
        elif taken and self._lasts(not gives.held, time, _CENTRE_S):
            self._enter(RETAKE)
            self._giver.begin()
            self._giver.follows = True
        elif gives.held and taken and passage.stage == WAITING:
            self._give_back(takes)

    def _turn_from_taking_again(self, gives: Stand, takes: Stand, passage: Passage) -> None:
        if self._giver.phase == LIFT:
            if takes.held and passage.stage in (BOTH, PASSED):
                self._let_go(gives)
            elif self._lasts(gives.held, gives.time, _LOST_S):
                self._give_back(takes)
        elif self._falls(gives, takes):
            self.begin()

    def _slips(self, takes: Stand) -> bool:
        """Whether the taker has lost hold of it, and not for a moment only."""
        if takes.held:
            self._slips_since = math.nan
        elif math.isnan(self._slips_since):
            self._slips_since = takes.time
        return takes.time - self._slips_since > _LOST_S

    def _falls(self, gives: Stand, takes: Stand) -> bool:
        """Whether it is in nobody's jaws, and not for a moment only."""
        free = not (gives.held or takes.held)
        if not free:
            self._free_since = math.nan
        elif math.isnan(self._free_since):
            self._free_since = gives.time
        fallen = gives.thing[2] < self._meet[2] - _FALLEN_M
        return gives.time - self._free_since > (_LOST_S if fallen else _UNHELD_S)

    def _keep(self, gives: Stand, takes: Stand, outcome: Outcome) -> None:
        """The taker, who has it, stays; what he pushed aside in the giver's jaws he brings back between them."""
        if self._taker.phase == LIFT:
            if not gives.held:
                glide(self._spot, self._spot - self._giver.beside(gives), takes.time - self._kept)
            outcome.target[:3] = self._spot
        self._spot[:], self._kept = outcome.target[:3], takes.time

    def _take(self) -> None:
        """The taker takes it out of the giver's jaws."""
        self._enter(TAKE)
        self._taker.begin()
        self._taker.follows = True

    def _let_go(self, gives: Stand) -> None:
        self._enter(LET_GO)
        self._giver.follows = True  # opens as far as it goes, so that what hangs askew is not dragged along
        self._giver.let_go(gives)

    def _give_back(self, takes: Stand) -> None:
        self._enter(GIVE_BACK)
        self._taker.let_go(takes)

    def _bring_on(self) -> None:
        """The giver, who has it in his jaws again, brings it to the meeting place."""
        self._enter(BRING)
        self._giver.carry_m, self._giver.follows = self._low_m, False

    def _brought(self, gives: Stand) -> bool:
        near = self._giver.phase == CARRY and math.dist(gives.thing[:3], self._meet) < _NEAR_M
        return self._lasts(near, gives.time, _STILL_S)

    def _deliver_from(self, takes: Stand) -> None:
        """The taker goes on from where it holds the thing, at that height; or takes it anew from where it lies."""
        self._enter(DELIVER)
        self._giver.follows = self._taker.follows = False
        self._taker.carry_m = max(takes.tip[2], self._low_m) if takes.held else self._low_m

    def _enter(self, stage: int) -> None:
        self.stage, self._since, self._free_since, self._slips_since = stage, math.nan, math.nan, math.nan

    def _lasts(self, true: bool, time: float, seconds: float) -> bool:
        """Whether something has been true for longer than so many seconds."""
        if not true:
            self._since = math.nan
        elif math.isnan(self._since):
            self._since = time
        return time - self._since > seconds


def _beside(tip: Vector, place: Vector) -> float:
    """How far to the side of a place a tip is [m]."""
    return math.hypot(tip[0] - place[0], tip[1] - place[1])
