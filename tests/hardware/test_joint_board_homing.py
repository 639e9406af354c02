"""Joints whose encoders count from where they were switched on find their references, and do nothing else before."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from boards import needs_avr, needs_gcc, psm_description

from hardware.emulation.avr.avr_board import AvrBoard
from hardware.emulation.bench_motors import BenchMotors
from hardware.emulation.native_board import AT_HOME, BRAKE, NativeBoard
from hardware.firmware.build import build
from hardware.firmware.joint_table import joints_of
from hardware.joint_board.arming import Arming
from hardware.joint_board.examining import Examination
from hardware.joint_board.frame import Receiver
from hardware.joint_board.homing import home, without_reference
from hardware.joint_board.lines import VirtualLine
from hardware.joint_board.messages import Arm, Command, Disarm, Fault, Greet, Home, Mode, State
from hardware.joint_board.plant import JointBoardPlant
from hardware.joint_board.units import POSITION
from robotics.arm_config import load_arm_config
from robotics.contracts import Command as Wanted
from robotics.contracts import DriveMode
from robotics.errors import DeviceError

pytestmark = needs_gcc

TABLE = joints_of(load_arm_config("psm"), incremental=True)
N = len(TABLE)
LOWER = np.array([joint.lower for joint in TABLE])
SPEED = np.array([joint.velocity * joint.dq_unit * 1e-9 for joint in TABLE])


class Bench:
    """A board with reckoned motors, of which each millisecond is kept; things hang on them, and switches are broken."""

    def __init__(
        self, weights: tuple[int, ...] = (0,) * N, broken: int = -1, endless: int = -1, without: str = ""
    ) -> None:
        motors = [replace(joint, lower=-(2**31) if j == endless else joint.lower) for j, joint in enumerate(TABLE)]
        self.board = NativeBoard(bench=False, library=build("library", without=without, incremental=True))
        self._motors, self._broken = BenchMotors(tuple(motors), weights), broken
        self.blind = -1
        self.q: list[list[int]] = []
        self.efforts: list[list[int]] = []

    def world(self) -> None:
        """A millisecond of the motors."""
        self._motors.step(self.board.driven, self.board.sensed)
        if self._broken >= 0:
            self.board.sensed[self._broken].flags &= ~AT_HOME
        if self.blind >= 0:
            self.board.sensed[self.blind].flags = 0
        self.q.append([each.q for each in self.board.sensed[:N]])
        self.efforts.append([each.effort for each in self.board.driven[:N]])

    def line(self) -> VirtualLine:
        """A line to it."""
        return VirtualLine(self.board, self.world)


def test_each_joint_finds_its_switch_one_after_the_other_and_the_others_stay():
    bench = Bench()
    with Examination(bench.line()) as examination:
        assert without_reference(examination) == tuple(range(N))
        assert examination.telemetry.invalid == (1 << N) - 1
        shares: list[float] = []
        found = home(examination, shares.append)
        assert examination.state is State.IDLE
        assert without_reference(examination) == ()
        assert examination.telemetry.invalid == 0
    assert found.joints == tuple(range(N))
    np.testing.assert_allclose(found.q, LOWER * POSITION, atol=2e-3)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    moved = np.abs(np.diff(np.array(bench.q), axis=0)) > 20
    assert moved.any(axis=0).all()
    begins = [int(np.argmax(moved[:, j])) for j in range(N)]
    assert begins == sorted(begins)
    for j, ends in enumerate([*begins[1:], len(moved)]):
        assert not moved[ends + 100 :, j].any()  # it comes to rest as the next begins
    assert (np.abs(bench.efforts).max(axis=0) <= np.array([joint.effort for joint in TABLE]) // 2 + 1).all()


def test_a_board_that_has_its_references_is_not_powered():
    board = NativeBoard()
    with Examination(VirtualLine(board)) as examination:
        assert home(examination).joints == ()
        assert not examination.was_armed


def test_an_arm_is_not_driven_before_it_knows_where_it_is():
    bench = Bench()
    with pytest.raises(DeviceError, match=r"no reference yet of psm/yaw, .*hardware home"), plant(bench):
        pass
    with Examination(bench.line()) as examination:
        home(examination)
    with plant(bench) as driven:
        goal = driven.read().q + 0.02
        for _ in range(400):
            driven.read()
            driven.write(Wanted(DriveMode.POSITION, goal, np.zeros(N), np.zeros(N)))
        np.testing.assert_allclose(driven.read().q, goal, atol=2e-3)


@pytest.mark.parametrize("without", ["", "reference"])
def test_the_firmware_follows_no_positions_without_references(without: str):
    bench = Bench(without=without)
    with Examination(bench.line()) as examination:
        armed(examination)
        line, talk = examination.line, examination.conversation
        for _ in range(30):
            expires = talk.clock.board_us(line.now_us()) + 8000
            line.write(talk.say(Command(expires, Mode.POSITION, (0,) * N, (0,) * N, (0,) * N)))
            examination.wait(line.now_us() + 1000)
        assert examination.state is (State.ACTIVE if without else State.ARMED)
        if not without:
            assert np.abs(np.diff(np.array(bench.q), axis=0)).max() <= 20


@pytest.mark.parametrize("sign", [-1, 1])
def test_joints_go_to_their_switches_whatever_hangs_on_them(sign: int):
    """What hangs there lets a held joint sag by a fiftieth of its range: down, or up."""
    sag = [(joint.upper - joint.lower) / 50 * joint.stiffness / 2**20 for joint in TABLE]
    weights = tuple(sign * round(min(each, joint.effort / 4)) for each, joint in zip(sag, TABLE, strict=True))
    assert max(map(abs, weights)) > 4000
    bench = Bench(weights)
    with Examination(bench.line()) as examination:
        home(examination)
        assert examination.state is State.IDLE
    way = np.abs(np.diff(np.array(bench.q), axis=0)) * 1000.0 * POSITION
    held = bench.efforts.index(next(each for each in bench.efforts if any(each))) + 200
    assert (way[held:].max(axis=0) < 0.1 * SPEED).all()


@pytest.mark.parametrize("joint", [0, 2, 6])
def test_a_joint_whose_switch_is_broken_is_not_pressed_against_its_end_for_long(joint: int):
    bench = Bench(broken=joint)
    with Examination(bench.line()) as examination:
        with pytest.raises(DeviceError, match=f"SAFE: homing at joint {joint}"):
            home(examination)
        examination.wait(examination.line.now_us() + 1000)
    q, efforts = np.array(bench.q)[:, joint], np.array(bench.efforts)[:, joint]
    at_end = q == q[-1]
    assert np.abs(efforts[at_end]).max() <= TABLE[joint].effort // 2 + 1
    assert 10 <= at_end.sum() < 500
    assert bench.board.driven[joint].flags == BRAKE
    assert examination.left == "the board is left SAFE, where it moves no more until somebody clears it"


def test_without_a_guard_of_its_own_the_cause_would_be_the_encoder():
    bench = Bench(broken=2, without="homing stuck")
    with Examination(bench.line()) as examination, pytest.raises(DeviceError, match="SAFE: encoder at joint 2"):
        home(examination)


@pytest.mark.parametrize("without", ["", "homing ends"])
def test_a_joint_that_turns_on_and_on_is_not_led_for_ever(without: str):
    bench = Bench(broken=0, endless=0, without=without)
    with Examination(bench.line()) as examination:

        def long() -> None:
            if len(bench.q) > 62_000:
                raise TimeoutError

        examination._watch = long
        with pytest.raises((DeviceError, TimeoutError)) as ended:
            home(examination)
    assert ended.type is (TimeoutError if without else DeviceError)
    if not without:
        assert "SAFE: homing at joint 0" in str(ended.value)
        assert 60_000 <= len(bench.q) < 60_100


@pytest.mark.parametrize("without", ["", "reference lost"])
def test_an_encoder_that_failed_has_lost_its_reference(without: str):
    bench = Bench(without=without)
    with Examination(bench.line()) as examination:
        home(examination)
        bench.blind = 3
        examination.wait(examination.line.now_us() + 1000)
        bench.blind = -1
        examination.wait(examination.line.now_us() + 1000)
        assert examination.telemetry.invalid == (0 if without else 1 << 3)
        examination.line.write(examination.conversation.greet())
        while not (examination.conversation.met and examination.conversation.told):
            examination.wait(examination.line.now_us() + 1000)
        assert home(examination).joints == (() if without else (3,))


def test_ctrl_c_on_the_way_leaves_the_drives_off():
    bench = Bench()

    def pressed() -> None:
        if len(bench.q) > 300:
            raise KeyboardInterrupt

    examination = Examination(bench.line(), pressed)
    with pytest.raises(KeyboardInterrupt), examination:
        home(examination)
    assert examination.left == "the board was disarmed: it is IDLE, its drives are off"
    assert all(each.flags == BRAKE for each in bench.board.driven[:N])
    assert 0 < len(bench.q) < 400


def test_a_host_that_falls_silent_on_the_way_has_the_board_safe():
    bench = Bench()

    def silent() -> None:
        if examination.state is State.HOMING and len(bench.q) > 300:
            raise RuntimeError("silent")

    with Examination(bench.line()) as examination:
        examination._watch = silent
        with pytest.raises(RuntimeError, match="silent"):
            home(examination)
        examination._watch = lambda: None
        before = len(bench.q)
        while examination.state is State.HOMING and len(bench.q) < before + 200:
            examination.wait(examination.line.now_us() + 1000)
        assert examination.state is State.SAFE
        assert examination.telemetry.fault is Fault.WATCHDOG
        assert 40 <= len(bench.q) - before <= 60


@pytest.mark.parametrize("way", ["there", "back"])
def test_frames_that_are_doubled_while_it_is_homed_change_nothing(way: str):
    bench = Bench()
    give, step = bench.board.give, bench.board.step
    if way == "there":
        bench.board.give = lambda data: give(data + data)  # type: ignore[method-assign]
    else:
        bench.board.step = lambda: 2 * step()  # type: ignore[method-assign]
    with Examination(bench.line()) as examination:
        assert home(examination).joints == tuple(range(N))
    assert examination.left == "the board was disarmed: it is IDLE, its drives are off"


@pytest.mark.parametrize("message", [Arm, Home, Disarm, Greet])
def test_a_word_of_the_host_that_is_lost_is_said_again(message: type):
    bench = Bench()
    give, lost = bench.board.give, 0

    def gives(data: bytes) -> None:
        nonlocal lost
        if lost < 2 and any(isinstance(frame.message, message) for frame in Receiver().feed(data)):
            lost += 1
            return
        give(data)

    with Examination(bench.line()) as examination:
        bench.board.give = gives  # type: ignore[method-assign]
        assert home(examination).joints == tuple(range(N))
        assert lost == 2
        assert examination.state is State.IDLE
        assert without_reference(examination) == ()


@pytest.mark.parametrize("without", ["", "home overtaken"])
def test_a_wish_to_home_that_comes_late_moves_nothing(without: str):
    """The very bytes that had it homed come once more, after it was disarmed and armed anew."""
    bench = Bench(without=without)
    given: list[bytes] = []
    give = bench.board.give
    with Examination(bench.line()) as examination:
        bench.board.give = lambda data: (given.append(data), give(data))[1]  # type: ignore[method-assign]
        home(examination)
        wish = next(each for each in given if any(isinstance(frame.message, Home) for frame in Receiver().feed(each)))
        armed(examination)
        before = examination.telemetry.entered
        give(wish)
        for _ in range(6):
            examination.wait(examination.line.now_us() + 1000)
        assert (examination.telemetry.entered != before) is bool(without)


@pytest.mark.parametrize("mode", list(Mode))
def test_no_command_of_any_kind_drives_an_arm_that_does_not_know_where_it_is(mode: Mode):
    """Not even no torque: the walls at the ends of a range that means nothing yet would push."""
    bench = Bench()
    with Examination(bench.line()) as examination:
        armed(examination)
        line, talk = examination.line, examination.conversation
        for _ in range(30):
            expires = talk.clock.board_us(line.now_us()) + 8000
            line.write(talk.say(Command(expires, mode, (0,) * N, (0,) * N, (0,) * N)))
            examination.wait(line.now_us() + 1000)
        assert examination.state is State.ARMED
        assert examination.telemetry.late >= 29
    assert np.abs(bench.efforts).max() < 100


@needs_avr
def test_an_avr_finds_its_references():
    board = AvrBoard("psm", N, incremental=True)
    motors = BenchMotors(TABLE)
    line = VirtualLine(board, lambda: motors.step(board.driven, board.sensed))
    line.period(0.03)
    with Examination(line) as examination:
        found = home(examination)
        np.testing.assert_allclose(found.q, LOWER * POSITION, atol=5e-3)
        assert found.joints == tuple(range(N))


def armed(examination: Examination) -> None:
    """Have a board armed, in an examination that knows of it."""
    examination.armed = examination.was_armed = True
    arming = Arming(50)
    while not arming.go_on(examination.conversation, examination.line):
        examination.wait(examination.line.now_us() + 1000)


def plant(bench: Bench) -> JointBoardPlant:
    """The surgical arm behind a board."""
    return JointBoardPlant(psm_description(), bench.line(), 0.001)
