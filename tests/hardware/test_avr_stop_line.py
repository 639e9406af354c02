"""The emergency stop line of the ATmega2560's board: to ground while it is closed, a stop where nothing is there."""

from __future__ import annotations

from boards import needs_avr

from hardware.emulation.avr.avr_board import AvrBoard
from hardware.emulation.native_board import ESTOP_CLOSED, SUPPLY_GOOD
from hardware.joint_board.conversation import Conversation
from hardware.joint_board.messages import Fault, State

pytestmark = needs_avr

STARTS_MS = 20
"""Until then it has started, and listens."""


def told(board: AvrBoard, talk: Conversation, ms: int) -> tuple[State, Fault]:
    """State and fault after so long."""
    for now in range(ms):
        if now == STARTS_MS and talk.hello is None:
            board.give(talk.greet())
        talk.hear(board.step(), 1000 * now)
    assert talk.told is not None
    return talk.told.telemetry.state, talk.told.telemetry.fault


def test_a_line_that_is_closed_is_no_stop_and_an_open_one_is_at_once():
    board, talk = AvrBoard(), Conversation()
    assert told(board, talk, 60)[0] is State.IDLE
    board.inputs = SUPPLY_GOOD
    assert told(board, talk, 10) == (State.ESTOP, Fault.EMERGENCY_STOP)
    board.inputs = SUPPLY_GOOD | ESTOP_CLOSED
    assert told(board, talk, 20)[0] is State.ESTOP  # nothing leaves it by itself


def test_a_board_that_starts_with_its_line_open_is_stopped():
    board = AvrBoard()
    board.inputs = SUPPLY_GOOD
    board.start()
    assert told(board, Conversation(), 60)[0] is State.ESTOP


def test_where_nothing_is_connected_the_pull_up_makes_it_a_stop():
    board = AvrBoard()
    board.start()
    board._library.harness_leave_estop()
    assert told(board, Conversation(), 60)[0] is State.ESTOP
