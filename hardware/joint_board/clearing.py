"""A board that has become safe is let go, by hand: it tells what it was, and is idle from then on."""

from __future__ import annotations

from hardware.joint_board.conversation import Conversation, Refused
from hardware.joint_board.lines import Line
from hardware.joint_board.messages import Clear, Outcome, State
from robotics.errors import DeviceError

ANSWER_US = 2_000_000
"""Longest wait for the board [us]; ours."""


def clear_board(line: Line) -> str:
    """Clear the board behind a line that is not open yet; what was done, in a sentence.

    Raises:
        Refused: Its cause is still there.
        DeviceError: No board answers.
    """
    talk, until = Conversation(), 0
    with line:
        until = line.now_us() + ANSWER_US
        line.write(talk.greet())
        while not (talk.met and talk.told is not None):
            _wait(line, talk, until)
        told, hello = talk.told, talk.hello
        assert told is not None
        assert hello is not None
        state, fault = told.telemetry.state, told.telemetry.fault
        if state not in {State.SAFE, State.ESTOP}:
            return f"{line.name}: the board is {state.name.lower()}; there is nothing to clear"
        line.write(talk.say(Clear(hello.boot, told.telemetry.entered)))
        sequence = talk.said
        while (result := talk.result(sequence)) is None:
            _wait(line, talk, until)
        if result.outcome is not Outcome.DONE:
            raise Refused("clear", result.outcome)
        was = fault.name.lower().replace("_", " ")
        return f"{line.name}: the board was {state.name.lower()}, {was}; it is idle now"


def _wait(line: Line, talk: Conversation, until: int) -> None:
    if line.now_us() >= until:
        raise DeviceError(f"{line.name}: no joint board answers; is it powered, and the speed right?")
    line.pass_time(0.01)
    while (piece := line.read())[1]:
        talk.hear(piece[1], piece[0])
