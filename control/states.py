"""The states of the loop and the only ways between them.

Escalation never reverses by itself: a hold ends when the operator presses the clutch, a latched fault only by a local
reset and a new self-test. The arm moves with the hand in ENGAGED alone, and a hand engages only after its clutch was
seen pressed: nothing starts to move because a program was started.
"""

from __future__ import annotations

from control.tick import Flag, State
from robotics.contracts import StopKind

INPUT_LOST = Flag.INPUT_STALE | Flag.INPUT_IMPLAUSIBLE
"""What brings the arm to a hold."""

# Plain integers, as a tick counts in them.
_LOST, _STALE = int(INPUT_LOST), int(Flag.INPUT_STALE)
_INVALID, _TRACKING = int(Flag.MEASUREMENT_INVALID), int(Flag.TRACKING_ERROR)

POWERED = frozenset({State.HOMING, State.READY, State.ENGAGED, State.CLUTCHED, State.HOLD, State.SOFT_STOP})
"""States in which the drives hold the arm."""

_RANK = {StopKind.HOLD: State.HOLD, StopKind.SOFT: State.SOFT_STOP, StopKind.POWER_OFF: State.POWER_OFF}


class StateMachine:
    """Walks through the states, one step a tick.

    Args:
        grace_ticks: Ticks for which an invalid measurement is bridged by a hold before it latches a fault.

    Attributes:
        state: The present state.
        reason: Why the last stop or fault happened, empty where there was none.
    """

    def __init__(self, grace_ticks: int = 20) -> None:
        self.state = State.OFF
        self.reason = ""
        self._grace = grace_ticks
        self._blind = 0
        self._homed = False

    def power_on(self) -> None:
        """From OFF to the self-test."""
        if self.state is State.OFF:
            self.state = State.SELF_TEST

    def self_test(self, problems: tuple[str, ...]) -> None:
        """Leave the self-test: to IDLE where there is no problem, else into a latched fault."""
        if self.state is State.SELF_TEST:
            self.reason = "; ".join(problems)
            self.state = State.LATCHED_FAULT if problems else State.IDLE

    def enable(self) -> None:
        """From IDLE to homing."""
        if self.state is State.IDLE:
            self.state = State.HOMING

    def reset(self) -> None:
        """A local reset after a stop or fault: back to OFF, so that a new self-test must follow."""
        if self.state in (State.LATCHED_FAULT, State.POWER_OFF):
            self.state, self.reason, self._blind, self._homed = State.OFF, "", 0, False

    def stop(self, kind: StopKind, reason: str) -> None:
        """Stop; a stop never lowers one that already stands."""
        asked = _RANK[kind]
        if self.state in (State.LATCHED_FAULT, State.POWER_OFF) or self.state is State.OFF:
            return
        if self.state is State.SOFT_STOP and asked is State.HOLD:
            return
        if self.state is not asked:
            self.state, self.reason = asked, reason or self.reason

    def step(self, flags: int, clutch: bool, homed: bool, at_rest: bool) -> State:
        """One tick.

        Args:
            flags: `Flag` bits of what the guard found in input and measurement.
            clutch: Whether the operator's clutch is pressed; with several operators, whether all of them are.
            homed: Whether homing is done.
            at_rest: Whether the commanded motion has come to rest.

        Returns:
            The state that holds for this tick.
        """
        if self.state in POWERED:
            self._watch_plant(flags)
        state = self.state
        if state is State.HOMING and homed:
            self.state, self._homed = State.READY, True
        elif state in (State.READY, State.ENGAGED, State.CLUTCHED):
            self._follow_operator(flags, clutch)
        elif state is State.HOLD and at_rest and clutch and not flags & (_LOST | _INVALID):
            # A hold in the middle of homing goes back to it: nobody drives an arm that has not been home.
            self.state, self.reason = State.CLUTCHED if self._homed else State.HOMING, ""
        elif state is State.SOFT_STOP and at_rest:
            self.state = State.POWER_OFF
        return self.state

    def _watch_plant(self, flags: int) -> None:
        if flags & _INVALID:
            self._blind += 1
            if self._blind > self._grace:
                self.state, self.reason = State.LATCHED_FAULT, "measurement invalid for too long"
            elif self.state is not State.SOFT_STOP:
                self.stop(StopKind.HOLD, "measurement invalid")
        else:
            self._blind = 0
            if flags & _TRACKING:
                self.state, self.reason = State.LATCHED_FAULT, "the arm is not where it was told to be"

    def _follow_operator(self, flags: int, clutch: bool) -> None:
        if flags & _LOST:
            # Before anyone has taken the arm there is nothing to hold against.
            if self.state is not State.READY:
                lost = flags & _STALE
                self.stop(StopKind.HOLD, "the operator is gone" if lost else "the hand's motion is not plausible")
        elif clutch:
            self.state = State.CLUTCHED
        elif self.state is State.CLUTCHED:
            self.state = State.ENGAGED
