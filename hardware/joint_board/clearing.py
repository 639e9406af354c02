"""A board that has become safe is let go, by hand: it tells what it was, and is idle from then on."""

from __future__ import annotations

from hardware.joint_board.arming import ANSWER_S, ASKED_TIMES
from hardware.joint_board.conversation import Refused
from hardware.joint_board.examining import Examination
from hardware.joint_board.lines import Line
from hardware.joint_board.messages import Clear, Outcome, Result, State
from robotics.errors import DeviceError


def clear_board(line: Line) -> str:
    """Clear the board behind a line that is not open yet; what was done, in a sentence.

    Raises:
        Refused: Its cause is still there.
        DeviceError: No board answers.
    """
    with Examination(line) as examination:
        seen = examination.telemetry
        state, fault = seen.state, seen.fault
        if state not in {State.SAFE, State.ESTOP}:
            return f"{line.name}: the board is {state.name.lower()}; there is nothing to clear"
        result = _ask(examination, Clear(examination.hello.boot, seen.entered))
        if result.outcome is not Outcome.DONE and result.state is not State.IDLE:  # idle: a first answer was lost
            raise Refused("clear", result.outcome)
        was = fault.name.lower().replace("_", " ")
        return f"{line.name}: the board was {state.name.lower()}, {was}; it is idle now"


def _ask(examination: Examination, clear: Clear) -> Result:
    """What the board answers, asked the same again where nothing came."""
    line, talk = examination.line, examination.conversation
    for _ in range(ASKED_TIMES):
        line.write(talk.say(clear))
        asked = talk.said
        until = line.now_us() + round(1e6 * ANSWER_S)
        while (now := line.now_us()) < until:
            examination.wait(now + 1000)
            if (result := talk.result(asked)) is not None:
                return result
    raise DeviceError(f"{line.name}: the board does not answer")
