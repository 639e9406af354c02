"""A board that became safe is let go, in virtual time: once its cause is gone, however much is lost on the line."""

from __future__ import annotations

import pytest
from boards import Deaf, needs_gcc

from hardware.emulation.native_board import ESTOP_CLOSED, SUPPLY_GOOD, NativeBoard
from hardware.firmware.build import build
from hardware.joint_board.clearing import clear_board
from hardware.joint_board.conversation import Conversation, Refused
from hardware.joint_board.frame import decode
from hardware.joint_board.lines import VirtualLine
from hardware.joint_board.messages import Clear, Halt, State, Stop
from robotics.errors import DeviceError

pytestmark = needs_gcc

CLEARED = "virtual board: the board was estop, emergency stop; it is idle now"


def stopped() -> NativeBoard:
    """A board whose emergency stop was pressed, and is closed again."""
    board = NativeBoard()
    board.inputs = SUPPLY_GOOD
    for _ in range(20):
        board.step()
    board.inputs = ESTOP_CLOSED | SUPPLY_GOOD
    return board


class Losing:
    """A line that loses the first question to be cleared, or the answer to it."""

    def __init__(self, board: NativeBoard, answer: bool) -> None:
        self._board, self._answer, self.asked, self._mute = board, answer, 0, False

    def give(self, data: bytes) -> None:
        if data and isinstance(decode(data[:-1]).message, Clear):
            self.asked += 1
            self._mute = self._answer and self.asked == 1
            if self.asked == 1 and not self._answer:
                return
        self._board.give(data)

    def step(self) -> bytes:
        said, mute, self._mute = self._board.step(), self._mute, False
        return b"" if mute else said


def test_a_board_that_is_stopped_no_longer_is_cleared():
    board = stopped()
    assert clear_board(VirtualLine(board)) == CLEARED
    assert clear_board(VirtualLine(board)) == "virtual board: the board is idle; there is nothing to clear"


def test_a_board_that_was_still_starting_is_met_and_cleared():
    assert clear_board(VirtualLine(Deaf(stopped()))) == CLEARED


@pytest.mark.parametrize("answer", [False, True], ids=["question", "answer"])
def test_a_question_or_an_answer_that_is_lost_does_not_matter(answer: bool):
    line = Losing(stopped(), answer)
    assert clear_board(VirtualLine(line)) == CLEARED
    assert line.asked == 2


@pytest.mark.parametrize("without", ["", "clear overtaken"])
def test_a_wish_to_clear_that_comes_late_clears_no_other_stop(without: str):
    """The very bytes that cleared it once come again, as it is stopped for another reason."""
    board = NativeBoard(library=build("library", without=without))
    line, talk = VirtualLine(board), Conversation()

    def heard() -> State:
        line.period(0.003)
        talk.hear(*reversed(line.read()))
        assert talk.told is not None
        return talk.told.telemetry.state

    line.write(talk.greet())
    heard()
    line.write(talk.say(Halt(Stop.HOLD)))
    assert heard() is State.SAFE
    wish = talk.say(Clear(talk.hello.boot, talk.told.telemetry.entered))
    line.write(wish)
    assert heard() is State.IDLE
    line.write(talk.say(Halt(Stop.POWER_OFF)))
    assert heard() is State.SAFE
    line.write(wish)
    assert heard() is (State.IDLE if without else State.SAFE)


def test_a_board_whose_stop_is_open_is_not_cleared():
    board = stopped()
    board.inputs = SUPPLY_GOOD
    with pytest.raises(Refused, match="refuses clear: cause stands"):
        clear_board(VirtualLine(board))


def test_a_line_on_which_nobody_answers_is_told():
    with pytest.raises(DeviceError, match="no joint board answers"):
        clear_board(VirtualLine(Deaf(stopped(), 1_000_000)))
