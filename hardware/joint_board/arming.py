"""A board is armed without anybody waiting for it: asked once, asked again where the answer is lost, then given up."""

from __future__ import annotations

from hardware.joint_board.conversation import Conversation, Refused
from hardware.joint_board.lines import Line
from hardware.joint_board.messages import Arm, Outcome, State
from robotics.errors import DeviceError

ANSWER_S, ASKED_TIMES = 0.25, 3
"""Longest wait for an answer of a board [s], and how often it is asked: a frame may be lost; ours."""

AGAIN_S = 0.02
"""After so long without an answer a board is asked anew [s]: an armed one has to hear something within its watchdog's
time; ours."""


class Arming:
    """One board's, from the first time it is asked for.

    Args:
        watchdog_ms: Longest silence that the board is to bear [ms].

    Attributes:
        done: Whether the board is armed by this. It holds its joints from then on.
    """

    def __init__(self, watchdog_ms: int) -> None:
        self.done = False
        self._watchdog_ms = watchdog_ms
        self._asked: list[int] = []  # counts of the frames that asked
        self._asked_us = self._began_us = 0
        self._answered = False

    def go_on(self, talk: Conversation, line: Line) -> bool:
        """Ask, or look whether it has come about; whether it has.

        Raises:
            Refused: The board will not.
            DeviceError: It does not answer, or does not become armed.
        """
        now, armed = line.now_us(), talk.told is not None and talk.told.telemetry.state is State.ARMED
        for answer in [found for sequence in self._asked if (found := talk.result(sequence)) is not None]:
            # Where the state is wrong as it is armed, it did what was asked first.
            was = answer.outcome is Outcome.WRONG_STATE and answer.state is State.ARMED
            if answer.outcome is Outcome.DONE or was:
                self._answered = True
            elif answer.outcome is not Outcome.OVERTAKEN:  # that one is asked again, by what is told since
                raise Refused("arm", answer.outcome)
        if self._answered and armed:
            self.done = True
        elif not self._asked or now - self._asked_us >= round(1e6 * AGAIN_S):
            self._ask(talk, line, now)
        return self.done

    def _ask(self, talk: Conversation, line: Line, now: int) -> None:
        assert talk.hello is not None
        assert talk.told is not None
        self._began_us = self._began_us or now
        if now - self._began_us >= round(1e6 * ANSWER_S * ASKED_TIMES):
            does = "become armed" if self._answered else "answer, or goes from state to state"
            raise DeviceError(f"{line.name}: the board does not {does}")
        if line.write(talk.say(Arm(talk.hello.boot, talk.told.telemetry.entered, self._watchdog_ms))):
            self._asked.append(talk.said)
            self._asked_us = now
