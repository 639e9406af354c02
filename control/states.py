"""The states of the loop and the only ways between them.

Escalation never reverses by itself: a hold ends when the operator presses the clutch (afresh, where the hold was asked
for, or a patient's pain, spasm or another of his limits brought it about), a latched fault only by a local reset and a
new self-test. The arm moves with the hand in ENGAGED alone, and a hand engages only after its clutch was seen pressed:
nothing starts to move because a program was started.

Where several operators drive an arm each, the state is of all arms. They take the arms when each of them has pressed
his own clutch, at once or one after the other: who has agreed is remembered. But an arm follows only a hand whose
clutch was seen pressed since all had agreed (`StateMachine.of_arm`): nobody's arm starts to move because another
pressed.

With a patient in the arm all that comes before his exercise is watched as well. On the way home a lost hand, which is
the bedside, is a reason to hold as his pain is. Whatever held the arm before the exercise began goes on only with a
clutch that is pressed afresh, and goes back to where it was: home, or to the wait for the press that begins it.
"""

from __future__ import annotations

from control.tick import PATIENT_STOPS, Flag, State
from robotics.contracts import StopKind

INPUT_LOST = Flag.INPUT_STALE | Flag.INPUT_IMPLAUSIBLE
"""What brings the arm to a hold."""

# Plain integers, as a tick counts in them.
_LOST, _STALE = int(INPUT_LOST), int(Flag.INPUT_STALE)
_ASKED = int(Flag.OPERATOR_STOP)
_PATIENT = int(PATIENT_STOPS)
_AFRESH = _ASKED | _PATIENT  # a hold for one of these ends only with a clutch that is pressed anew
_INVALID, _TRACKING = int(Flag.MEASUREMENT_INVALID), int(Flag.TRACKING_ERROR)
_DEVICE = int(Flag.DEVICE_FAULT)

PATIENT_REASONS = {
    Flag.PAIN: "the patient pressed the pain button",
    Flag.SPASM: "a spasm",
    Flag.FATIGUE: "the patient is tired",
    Flag.PATIENT_FORCE: "too much force on the patient",
    Flag.PATIENT_RANGE: "the patient's arm left its range",
    Flag.PATIENT_SPEED: "the patient's arm moved too fast",
    Flag.COMPENSATION: "the patient compensates with the trunk",
    Flag.WEARABLE: "a wearable's limit was passed",
    Flag.TONE: "the arm resists being moved too much",
}
"""What ended a patient's movement, in words."""

POWERED = frozenset({State.HOMING, State.READY, State.ENGAGED, State.CLUTCHED, State.HOLD, State.SOFT_STOP})
"""States in which the drives hold the arm."""

_RANK = {
    StopKind.HOLD: State.HOLD,
    StopKind.SOFT: State.SOFT_STOP,
    StopKind.POWER_OFF: State.POWER_OFF,
    StopKind.END: State.POWER_OFF,
}


class StateMachine:
    """Walks through the states, one step a tick.

    Args:
        grace_ticks: Ticks for which an invalid measurement is bridged by a hold before it latches a fault.
        operators: How many drive an arm each.
        attended: Whether a patient is in an arm, so that none goes home without somebody who can stop it.

    Attributes:
        state: The present state.
        reason: Why the last stop or fault happened, empty where there was none.
        cause: The same in `Flag` bits, 0 where there was none or the run simply ended.
    """

    def __init__(self, grace_ticks: int = 20, operators: int = 1, attended: bool = False) -> None:
        self.state = State.OFF
        self.reason = ""
        self.cause = 0
        self._grace, self._attended = grace_ticks, attended
        self._blind = 0
        self._homed = self._begun = False
        # Bits, one for each operator: all; whose clutch is up; whose was seen up since a hold was asked for; who has
        # agreed to take the arms; whose clutch was seen pressed since all had.
        self._all = (1 << operators) - 1
        self._up = self._let_go = self._agreed = self._took = 0

    def power_on(self) -> None:
        """From OFF to the self-test."""
        if self.state is State.OFF:
            self.state = State.SELF_TEST

    def self_test(self, problems: tuple[str, ...]) -> None:
        """Leave the self-test: to IDLE where there is no problem, else into a latched fault."""
        if self.state is State.SELF_TEST:
            self.reason, self.cause = "; ".join(problems), _DEVICE if problems else 0
            self.state = State.LATCHED_FAULT if problems else State.IDLE

    def enable(self) -> None:
        """From IDLE to homing."""
        if self.state is State.IDLE:
            self.state = State.HOMING

    def reset(self) -> None:
        """A local reset after a stop or fault: back to OFF, so that a new self-test must follow."""
        if self.state in (State.LATCHED_FAULT, State.POWER_OFF):
            self.state, self.reason, self.cause, self._blind = State.OFF, "", 0, 0
            self._homed = self._begun = False

    def stop(self, kind: StopKind, reason: str, cause: int = 0) -> None:
        """Stop; a stop never lowers one that already stands, but one that is asked for gives it its reason.

        Before the drives are on there is nothing to hold or to bring to rest: a hold does nothing then, and anything
        stronger leaves the power off.

        Args:
            kind: How.
            reason: Why, in words; empty where the run simply ends, which forgets no reason that stands.
            cause: Why, in `Flag` bits.
        """
        asked = _RANK[kind]
        if self.state in (State.LATCHED_FAULT, State.POWER_OFF) or self.state is State.OFF:
            return
        if self.state not in POWERED:
            if asked is State.HOLD:
                return
            asked = State.POWER_OFF
        if self.state is State.SOFT_STOP and asked is State.HOLD:
            return
        if cause & _AFRESH:
            # What was agreed to before is void, and so is a press that is under way.
            self._agreed, self._let_go = 0, self._let_go & self._up
        if self.state is not asked or cause & _AFRESH & ~self.cause:
            self.state, self._let_go, self._agreed = asked, 0, 0
            if reason:
                self.reason, self.cause = reason, cause

    def fail(self, reason: str, cause: int) -> None:
        """Latch a fault that no flag of a tick tells of: a plant that failed, or that could not be stopped.

        A fault that stands already stays as it is. What has not been powered on has nothing to latch.
        """
        if self.state not in (State.LATCHED_FAULT, State.OFF):
            self._fault(reason, cause)

    def of_arm(self, operator: int) -> State:
        """The state as an operator's own arm has it: it is not engaged before he himself pressed since all agreed."""
        waits = self.state is State.ENGAGED and not self._took >> operator & 1
        return State.CLUTCHED if waits else self.state

    def step(self, flags: int, clutch: int, homed: bool, at_rest: bool) -> State:
        """One tick.

        Args:
            flags: `Flag` bits of what the guard found in input and measurement.
            clutch: Whose clutch is pressed: bit i for operator i, so that of one operator it is simply whether.
            homed: Whether homing is done.
            at_rest: Whether the commanded motion has come to rest.

        Returns:
            The state that holds for this tick.
        """
        if self.state in POWERED:
            self._watch_plant(flags)
        state = self.state
        if state is State.HOMING and self._attended and flags & _LOST:
            self._lose(flags)
        elif state is State.HOMING and homed:
            self.state, self._homed, self._agreed, self._let_go = State.READY, True, 0, 0
        elif state in (State.READY, State.ENGAGED, State.CLUTCHED):
            self._follow_operator(flags, clutch)
        elif state is State.HOLD:
            self._hold(flags, clutch, at_rest)
        elif state is State.SOFT_STOP and at_rest:
            self.state = State.POWER_OFF
        taken = self.state in (State.ENGAGED, State.CLUTCHED)
        self._begun = self._begun or taken
        self._took, self._up = self._took | clutch if taken else 0, ~clutch & self._all
        return self.state

    def _watch_plant(self, flags: int) -> None:
        if flags & _INVALID:
            self._blind += 1
            if self._blind > self._grace:
                self._fault("measurement invalid for too long", _INVALID)
            elif self.state is not State.SOFT_STOP:
                self.stop(StopKind.HOLD, "measurement invalid", _INVALID)
        else:
            self._blind = 0
            if flags & _TRACKING:
                self._fault("the arm is not where it was told to be", _TRACKING)
            elif flags & _PATIENT:
                found = [(int(flag), said) for flag, said in PATIENT_REASONS.items() if flags & flag]
                self.stop(StopKind.HOLD, "; ".join(said for _, said in found), sum(flag for flag, _ in found))

    def _hold(self, flags: int, clutch: int, at_rest: bool) -> None:
        early = self._attended and not self._begun
        lasting = _PATIENT | _LOST | _INVALID if early else _PATIENT
        if flags & lasting:
            self._let_go = 0  # a press counts that begins once the cause has passed
        elif early or self.cause & _AFRESH:
            # A hold that somebody asked for is not over because the clutch happened to be down.
            self._let_go |= ~clutch & self._all
        else:
            self._let_go = self._all
        if self._all_agree(flags, clutch & self._let_go if at_rest else 0):
            # A hold in the middle of homing goes back to it: nobody drives an arm that has not been home. And a press
            # that ends a patient's stop is none that lets his exercise begin.
            if not self._homed:
                self.state = State.HOMING
            else:
                self.state = State.READY if early else State.CLUTCHED
            self.reason, self.cause, self._agreed, self._let_go = "", 0, 0, 0

    def _all_agree(self, flags: int, clutch: int) -> bool:
        """Whether each operator has pressed since there was something to agree to and no hand was lost meanwhile."""
        self._agreed = 0 if flags & (_LOST | _INVALID) else self._agreed | clutch
        return self._agreed == self._all

    def _fault(self, reason: str, cause: int) -> None:
        self.state, self.reason, self.cause = State.LATCHED_FAULT, reason, cause

    def _follow_operator(self, flags: int, clutch: int) -> None:
        if self.state is State.READY:
            # Before anyone has taken the arm there is nothing to hold against. A press that let an arm with a patient
            # in it go home is none that lets his exercise begin, nor is one of a bedside that is not heard.
            if not self._attended:
                self._let_go = self._all
            elif flags & (_LOST | _INVALID):
                self._let_go = 0
            else:
                self._let_go |= ~clutch & self._all
            if self._all_agree(flags, clutch & self._let_go):
                self.state = State.CLUTCHED
        elif flags & _LOST:
            self._lose(flags)
        elif clutch == self._all:
            self.state = State.CLUTCHED
        elif self.state is State.CLUTCHED:
            self.state = State.ENGAGED

    def _lose(self, flags: int) -> None:
        reason = "the operator is gone" if flags & _STALE else "the hand's motion is not plausible"
        self.stop(StopKind.HOLD, reason, flags & _LOST)
