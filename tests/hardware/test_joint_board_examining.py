"""A board is examined without being armed, and its watchdog is proven by silence: in virtual time, on the firmware."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from boards import needs_gcc

from hardware.emulation.native_board import BRAKE, ESTOP_CLOSED, HOT, POWER, SUPPLY_GOOD, SURE, NativeBoard
from hardware.firmware.build import build
from hardware.joint_board.conversation import Refused
from hardware.joint_board.examining import Examination
from hardware.joint_board.frame import encode
from hardware.joint_board.lines import VirtualLine
from hardware.joint_board.messages import Arm, Fault, Ping, State
from hardware.joint_board.plant import WATCHDOG_MS
from hardware.joint_board.round_trips import RoundTrips
from hardware.joint_board.watchdog import KEPT_WATCHDOGS, WORDS, prove
from robotics.errors import DeviceError

pytestmark = needs_gcc

N = 7


def board_without(guard: str = "") -> NativeBoard:
    return NativeBoard(library=build("library", without=guard) if guard else None)


def flags(board: NativeBoard) -> set[int]:
    return {each.flags for each in board.driven[:N]}


def test_an_examination_says_who_is_there_and_powers_nothing():
    board, seen = board_without(), set()
    with Examination(VirtualLine(board, lambda: seen.update(flags(board)))) as examination:
        assert examination.hello.joints == len(examination.joints) == N
        exchange = examination.exchange(0.5)
    assert seen == {BRAKE}
    assert examination.left == "nothing was armed; the board is IDLE"
    assert exchange.commands == exchange.telemetry == 500  # each millisecond one, as the board offers
    assert exchange.asked == exchange.trips.count == 50
    assert (exchange.lost, exchange.corrupt_here, exchange.corrupt_there, exchange.unsent) == (0, 0, 0, 0)
    assert exchange.clock == 1.0


def test_a_board_whose_clock_is_slow_is_told_by_how_much():
    board = board_without()
    step, count = board.step, 0

    def slow() -> bytes:
        nonlocal count
        count += 1
        return step() if count % 10 else b""

    board.step = slow  # type: ignore[method-assign]
    with Examination(VirtualLine(board)) as examination:
        exchange = examination.exchange(0.5)
    assert exchange.clock == pytest.approx(0.9, abs=0.01)
    assert exchange.telemetry == pytest.approx(450, abs=2)
    assert exchange.lost == 0


def test_a_board_whose_telemetry_no_longer_comes_is_known_by_what_it_tells_of_its_changes():
    board = board_without()
    with Examination(VirtualLine(board)) as examination:
        step = board.step
        board.step = lambda: b"\0".join(  # type: ignore[method-assign]
            each for each in step().split(b"\0") if len(each) < 40
        )
        proof = prove(examination)
        assert proof.holds
        assert examination.telemetry.state is State.IDLE  # the last that came
        assert examination.state is State.SAFE
    assert examination.left.startswith("the board is left SAFE")


def test_commands_that_measure_are_followed_by_no_board_that_is_armed_either():
    board = board_without()
    with Examination(VirtualLine(board)) as examination:
        examination.armed = True
        talk = examination.conversation
        examination.line.write(talk.say(Arm(examination.hello.boot, examination.telemetry.entered, 50)))
        exchange = examination.exchange(0.2)
        assert examination.telemetry.state is State.ARMED  # never active
        assert examination.telemetry.late >= exchange.commands - 3
    assert examination.telemetry.state is State.IDLE


def test_a_line_that_eats_answers_is_told():
    board = board_without()
    step, count = board.step, 0

    def eaten() -> bytes:
        nonlocal count
        count += 1
        data = step()
        return data[:-9] + data[-8:] if count % 20 == 0 else data

    board.step = eaten  # type: ignore[method-assign]
    with Examination(VirtualLine(board)) as examination:
        exchange = examination.exchange(0.5)
    assert exchange.corrupt_here > 10
    assert exchange.lost > 10


def test_a_board_to_which_nobody_speaks_makes_itself_safe_within_its_watchdog_and_a_frame():
    board, powered = board_without(), 0

    def count() -> None:
        nonlocal powered
        powered += flags(board) == {POWER}

    with Examination(VirtualLine(board, count)) as examination:
        proof = prove(examination)
    assert proof.holds
    assert proof.state is State.SAFE
    assert proof.fault is Fault.WATCHDOG
    assert 1000 * WATCHDOG_MS < proof.silent_us <= proof.bound_us == 1000 * (WATCHDOG_MS + 2)
    assert proof.kept_ms >= KEPT_WATCHDOGS * WATCHDOG_MS  # time alone does not bite
    assert powered >= (KEPT_WATCHDOGS + 1 - 1 / WORDS) * WATCHDOG_MS  # the last word came so long before at most
    assert examination.left.startswith("the board is left SAFE")


def test_a_board_whose_watchdog_is_left_out_is_found_out_and_disarmed():
    board = board_without("watchdog")
    with Examination(VirtualLine(board)) as examination:
        proof = prove(examination)
        assert not proof.holds
        assert proof.state is State.ARMED
        assert proof.silent_us is None
        assert examination.telemetry.state is State.IDLE
    assert flags(board) == {BRAKE}
    assert examination.left == "the board was disarmed: it is IDLE, its drives are off"


def test_a_watchdog_that_bites_late_or_early_or_for_another_cause_is_none():
    with Examination(VirtualLine(board_without())) as examination:
        proof = prove(examination)
    assert not replace(proof, silent_us=round(proof.bound_us) + 1).holds
    assert not replace(proof, silent_us=1000 * WATCHDOG_MS - 1001).holds
    assert not replace(proof, fault=Fault.OVERRUN).holds
    assert not replace(proof, state=State.ESTOP).holds


@pytest.mark.parametrize("after_ms", [1, 20, 100, 170])
def test_what_is_broken_off_while_the_board_is_armed_leaves_it_disarmed(after_ms: int):
    board, armed_ms = board_without(), 0

    def watch() -> None:
        nonlocal armed_ms
        armed_ms += flags(board) == {POWER}
        if armed_ms >= after_ms:
            raise KeyboardInterrupt

    examination = Examination(VirtualLine(board), watch)
    with pytest.raises(KeyboardInterrupt), examination:
        prove(examination)
    assert flags(board) == {BRAKE}
    assert examination.left == "the board was disarmed: it is IDLE, its drives are off"


def test_a_board_that_does_not_let_itself_be_armed_is_not_said_to_be():
    board = NativeBoard(bench=False)
    with Examination(VirtualLine(board)) as examination:
        board.sensed[2].flags = SURE | HOT
        examination.exchange(0.01)
        with pytest.raises(Refused, match="refuses arm: cause stands"):
            prove(examination)
    assert flags(board) == {BRAKE}
    assert examination.left == "nothing was armed; the board is IDLE"


def test_a_board_that_is_stopped_is_not_armed():
    board = NativeBoard()
    with Examination(VirtualLine(board)) as examination:
        board.inputs = SUPPLY_GOOD
        examination.exchange(0.01)
        board.inputs = ESTOP_CLOSED | SUPPLY_GOOD
        with pytest.raises(DeviceError, match="the board is ESTOP, and is armed from IDLE alone"):
            prove(examination)


class _Says:
    """A board that says the same each millisecond, whatever it is told."""

    def __init__(self, said: bytes) -> None:
        self._said = said

    def give(self, data: bytes) -> None: ...

    def step(self) -> bytes:
        return self._said


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        (b"", r"no joint board answers; is it powered, and the speed right\?$"),
        (b"\x11\x22\x00", r"is it powered, and the speed right\? \d+ pieces came that are none of its frames"),
        (encode(Ping(1), 1, version=2), "speaks version 2 of the protocol, this program 1"),
    ],
)
def test_what_is_no_joint_board_of_ours_is_refused(said: bytes, refused: str):
    examination = Examination(VirtualLine(_Says(said)))
    with pytest.raises(DeviceError, match=refused), examination:
        pass


def test_round_trips_are_counted_once_each_and_a_percentile_is_one_of_them():
    trips = RoundTrips([*range(1, 100), 10_000])
    assert [trips.percentile(share) for share in (0.5, 0.95, 0.99)] == [50, 95, 99]
    assert trips.percentile(1.0) == 10_000
    bins = trips.bins()
    assert sum(each.trips for each in bins) == trips.count == 100
    assert all(one.to_us == other.from_us for one, other in pairwise(bins))
    assert bins[-1].from_us < 10_000 <= bins[-1].to_us
    assert RoundTrips([]).bins() == ()
