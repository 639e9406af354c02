"""A board as a plant: it is met before it is trusted, armed once, followed, and safe by itself when nobody speaks."""

from __future__ import annotations

import random
from collections import deque
from dataclasses import replace

import numpy as np
import pytest
from boards import bench_board, needs_avr, needs_gcc, psm_description

from hardware.emulation.avr.avr_board import AvrBoard
from hardware.emulation.bench_motors import BenchMotors
from hardware.emulation.native_board import ESTOP_CLOSED, FAILED, POWER, SUPPLY_GOOD, SURE, NativeBoard
from hardware.firmware.build import build
from hardware.firmware.joint_table import joints_of
from hardware.joint_board.conversation import Refused
from hardware.joint_board.frame import Receiver
from hardware.joint_board.lines import VirtualLine
from hardware.joint_board.messages import Arm, Disarm, Fault, State
from hardware.joint_board.messages import Command as BoardCommand
from hardware.joint_board.messages import Mode as BoardMode
from hardware.joint_board.plant import WATCHDOG_MS, JointBoardPlant, LinkState
from robotics.arm_config import load_arm_config
from robotics.contracts import Command, DriveMode, StopKind, Vector
from robotics.errors import DeviceError

pytestmark = needs_gcc

DESCRIPTION = psm_description()
N = len(DESCRIPTION.joints)
TABLE = joints_of(load_arm_config("psm"))


def plant_of(board: NativeBoard) -> JointBoardPlant:
    return JointBoardPlant(DESCRIPTION, VirtualLine(board), 0.001)


def is_arm(frame: bytes) -> bool:
    """Whether a frame of a host asks the board to arm."""
    return any(isinstance(found.message, Arm) for found in Receiver().feed(frame))


def motion(k: int) -> tuple[Vector, Vector]:
    """Positions and velocities of a slow wave after k milliseconds, shape (n,) each."""
    phase = 2.0 * np.pi * 1e-3 * k
    wide = np.array([0.05, 0.05, 0.03, 0.05, 0.05, 0.05, 0.05])
    return wide * (1.0 - np.cos(phase)), wide * 2.0 * np.pi * np.sin(phase)


def moved(plant: JointBoardPlant, ticks: int, begin: int = 0) -> Vector:
    """Errors of a plant that follows the wave, shape (ticks, n)."""
    errors = []
    for k in range(begin, begin + ticks):
        q, dq = motion(k)
        errors.append(plant.read().q - q)
        plant.write(Command(DriveMode.POSITION, q, dq, np.zeros(N)))
    return np.array(errors)


def test_a_board_follows_positions_closely_and_says_what_it_was_given():
    with plant_of(bench_board()) as plant:
        assert plant.state is LinkState.IDLE
        errors = moved(plant, 1000)
        assert np.abs(errors).max() < 3e-3  # rad and m: what is read is a millisecond old
        q, dq = motion(1000)
        sent = plant.write(Command(DriveMode.POSITION, q, dq, np.zeros(N)))
        np.testing.assert_allclose(sent.q, q, atol=1e-7)
        np.testing.assert_allclose(sent.dq, dq, atol=1e-3)
        assert plant.state is LinkState.ACTIVE
        assert plant.fault == (Fault.NONE, "")


def test_a_reading_has_the_age_and_the_count_that_it_has():
    with plant_of(bench_board()) as plant:
        counts = []
        for _ in range(20):
            measurement = plant.read()
            counts.append(measurement.sequence)
            assert measurement.valid
            assert 0.0 <= measurement.age_s <= 0.0015
            plant.write(Command(DriveMode.POSITION, measurement.q.copy(), np.zeros(N), np.zeros(N)))
        assert counts == sorted(counts)
    assert plant.state is LinkState.DISCONNECTED


def test_who_falls_silent_finds_the_board_safe_within_its_watchdog_and_a_frame():
    board = bench_board()
    line = VirtualLine(board)
    with JointBoardPlant(DESCRIPTION, line, 0.001) as plant:
        moved(plant, 300)
        silent = 0
        while plant.state is LinkState.ACTIVE and silent < 200:
            line.period(0.001)
            plant.read()
            silent += 1
        assert WATCHDOG_MS <= silent <= WATCHDOG_MS + 2
        assert plant.fault[0] is Fault.WATCHDOG
        with pytest.raises(DeviceError, match="the board is safe: watchdog"):
            moved(plant, 1, 300)


def test_a_safe_board_moves_again_only_once_it_was_cleared_and_armed_anew():
    board = bench_board()
    with plant_of(board) as plant:
        moved(plant, 200)
        plant.stop(StopKind.SOFT)
        for k in range(200):
            with pytest.raises(DeviceError, match="the board is safe: stop"):
                moved(plant, 1, 200 + k)
            plant._line.period(0.001)
        rest = plant.read().q.copy()
        plant._line.period(0.05)
        np.testing.assert_allclose(plant.read().q, rest, atol=5e-4)
    with pytest.raises(DeviceError, match="the board is safe: stop"), plant_of(board):
        pass  # another session does not make it forget


@pytest.mark.parametrize("kind", list(StopKind))
def test_a_stop_powers_nothing_that_had_no_power(kind: StopKind):
    board = bench_board()
    with plant_of(board) as plant:
        plant.stop(kind)
        for _ in range(100):
            plant._line.period(0.001)
            assert not any(each.flags & POWER for each in board.driven[:N])
        plant.read()
        assert plant.state is (LinkState.IDLE if kind is StopKind.END else LinkState.SAFE)


def test_a_run_that_ended_in_good_order_leaves_nothing_to_be_cleared():
    board = bench_board()
    with plant_of(board) as plant:
        moved(plant, 100)
        plant.stop(StopKind.END)
        plant._line.period(0.002)
        assert not any(each.flags & POWER for each in board.driven[:N])
        plant.read()
        with pytest.raises(DeviceError, match="not armed any more"):
            moved(plant, 1, 100)  # nothing goes on by itself
    assert plant.left == "virtual board: the board is idle, its drives are off"
    with plant_of(board) as again:
        moved(again, 100)
        assert again.state is LinkState.ACTIVE
        again.stop(StopKind.POWER_OFF)
        again._line.period(0.002)
    assert "virtual board: the board is safe, stop" in again.left
    assert "Look at the arm, then: steadyhand hardware clear" in again.left


@needs_avr
@pytest.mark.parametrize("kind", [None, *StopKind])
def test_how_a_board_was_left_is_not_what_it_was_before(kind: StopKind | None):
    """The chip tells of itself four milliseconds apart: what it answered comes before its next telemetry."""
    board = AvrBoard("psm", N)
    motors = BenchMotors(TABLE)
    line = VirtualLine(board, lambda: motors.step(board.driven, board.sensed))
    line.period(0.03)
    with JointBoardPlant(DESCRIPTION, line, 0.001) as plant:
        moved(plant, 100)
        assert plant.state is LinkState.ACTIVE
        if kind is not None:
            plant.stop(kind)
    said = "is idle, its drives are off" if kind in (None, StopKind.END) else "is safe, stop; its joints may be held"
    assert said in plant.left


@pytest.mark.parametrize("lost", [1, 2])
def test_a_disarm_that_is_lost_is_said_again_before_the_watchdog_bites(lost: int):
    board = bench_board()
    with plant_of(board) as plant:
        moved(plant, 100)
        give, left = board.give, lost

        def gives(data: bytes) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                give(data)

        board.give = gives  # type: ignore[method-assign]
    assert plant.left == "virtual board: the board is idle, its drives are off"


@pytest.mark.parametrize("after", ["disarmed", "cleared"])
@pytest.mark.parametrize("without", ["", "arm overtaken"])
def test_a_wish_to_arm_that_comes_late_arms_nothing(after: str, without: str):
    """The very bytes that armed it come once more, after it was disarmed, or stopped and cleared."""
    board = NativeBoard(library=build("library", without=without))
    with plant_of(board) as plant:
        given: list[bytes] = []
        give = board.give
        board.give = lambda data: (given.append(data), give(data))[1]  # type: ignore[method-assign]
        moved(plant, 20)
        armed = next(each for each in given if is_arm(each))
        if after == "disarmed":
            plant._ask(Disarm())
        else:
            plant.stop(StopKind.HOLD)
            plant.read()
            plant.clear()
        plant._line.period(0.002)
        give(armed)
        plant._line.period(0.003)
        plant.read()
        assert (plant.state is LinkState.ARMED) is bool(without)
        assert any(each.flags & POWER for each in board.driven[:N]) is bool(without)


def test_a_board_of_another_arm_is_refused():
    with pytest.raises(DeviceError, match=r"joint psm/roll goes from .* on the board, .* built for another arm"):
        plant_of(NativeBoard("iiwa_laparoscope")).__enter__()
    slides = [True, *([False] * (N - 1))]
    plant = JointBoardPlant(DESCRIPTION, VirtualLine(bench_board()), 0.001, prismatic=slides)
    with pytest.raises(DeviceError, match="joint psm/yaw turns on the board and slides in the rig"), plant:
        pass


def test_limits_that_were_narrow_once_are_those_of_the_next_rig_again():
    board = bench_board()
    narrow = replace(DESCRIPTION, lower=0.5 * DESCRIPTION.lower, upper=0.5 * DESCRIPTION.upper)
    with JointBoardPlant(narrow, VirtualLine(board), 0.001) as plant:
        moved(plant, 5)
    with plant_of(board) as plant:
        wanted = DESCRIPTION.upper + 1.0
        for _ in range(20):
            plant.read()
            sent = plant.write(Command(DriveMode.POSITION, wanted, np.zeros(N), np.zeros(N)))
        np.testing.assert_allclose(sent.q, DESCRIPTION.upper, atol=2e-7)


def test_what_is_fed_forward_is_made_ready_before_the_board_waits_for_it():
    asked: list[LinkState] = []
    plant = JointBoardPlant(
        DESCRIPTION, VirtualLine(bench_board()), 0.001,
        feed_forward=lambda q, dq: (asked.append(plant.state), np.zeros(N))[1],
    )  # fmt: skip
    with plant:
        assert asked == [LinkState.DISCONNECTED]


def test_a_board_that_started_anew_is_not_armed_by_an_old_wish():
    board = bench_board()
    with plant_of(board) as plant:
        moved(plant, 50)
        board.start(2)
        with pytest.raises(DeviceError):
            moved(plant, 100, 50)
        with pytest.raises(Refused, match="wrong boot"):
            plant._ask(Arm(1, 0, WATCHDOG_MS))


def test_a_board_whose_answers_are_lost_as_it_is_armed_hears_enough_to_stay_so():
    """What it says for twice its watchdog's time is lost."""
    board = bench_board()
    with plant_of(board) as plant:
        plant.conversation.ping(plant._line.now_us())  # none is due for as long as its watchdog bears
        said = board.step
        left = 2 * WATCHDOG_MS

        def lost() -> bytes:
            nonlocal left
            data, left = said(), left - 1
            return b"" if left >= 0 else data

        board.step = lost  # type: ignore[method-assign]
        for _ in range(2 * WATCHDOG_MS + 20):
            plant.read()
            q, dq = motion(0)
            plant.write(Command(DriveMode.POSITION, q, dq, np.zeros(N)))
        assert plant.state is LinkState.ACTIVE


class LateLine(VirtualLine):
    """A line on which what is said is up to so many milliseconds late, in its order, before a board of another pace."""

    def __init__(self, board: NativeBoard, late_ms: int, pace: float) -> None:
        super().__init__(board, self._millisecond)
        self._draws, self._late, self._pace, self._ahead = random.Random(5), late_ms, pace, 0.0
        self._there: deque[tuple[int, bytes]] = deque()
        self._back: deque[tuple[int, bytes]] = deque()
        self._said = board.step
        board.step = self._step  # type: ignore[method-assign]

    def write(self, data: bytes) -> bool:
        """Say something, which comes later."""
        self._there.append((self._ms + self._draws.randint(0, self._late), data))
        return True

    def _millisecond(self) -> None:
        while self._there and self._there[0][0] <= self._ms:
            self._board.give(self._there.popleft()[1])

    def _step(self) -> bytes:
        self._ahead += 1000.0 * (self._pace - 1.0)
        whole = int(self._ahead)
        self._ahead -= whole
        self._board.time_us += whole
        self._back.append((self._ms + self._draws.randint(0, self._late), self._said()))
        come = b""
        while self._back and self._back[0][0] <= self._ms:
            come += self._back.popleft()[1]
        return come


@pytest.mark.parametrize("pace", [0.83, 0.995, 1.005])
def test_a_clock_of_a_resonator_or_of_a_slow_machine_on_a_late_line_stops_no_arm(pace: float):
    board = bench_board()
    with JointBoardPlant(DESCRIPTION, LateLine(board, 2, pace), 0.001) as plant:
        moved(plant, 8000)
        assert plant.state is LinkState.ACTIVE
        assert plant.conversation.told.telemetry.late < 40


def test_commands_that_waited_in_the_line_while_nobody_listened_move_nothing():
    board = bench_board()
    line = VirtualLine(board)
    with JointBoardPlant(DESCRIPTION, line, 0.001) as plant:
        moved(plant, 100)
        talk, now = plant.conversation, line.now_us()
        burst = b""
        for k in range(20):
            goal = plant._units.positions(np.full(N, 0.1))
            expires = talk.clock.board_us(now + 1000 * k) + 8000
            burst += talk.say(BoardCommand(expires, BoardMode.POSITION, goal, (0,) * N, (0,) * N))
        for _ in range(45):
            line.period(0.001)  # the board is alone; the burst is somewhere in a buffer
        before = plant.read().q.copy()
        line.write(burst)
        line.period(0.02)
        plant.read()
        assert plant.conversation.told.telemetry.late == 20
        assert (plant.read().q < before + 1e-4).all()  # they would have taken it to 0.1


def test_the_emergency_stop_line_takes_the_power_away_and_is_latched():
    board = bench_board()
    with plant_of(board) as plant:
        moved(plant, 100)
        board.inputs = SUPPLY_GOOD
        plant._line.period(0.002)
        plant.read()
        assert plant.state is LinkState.ESTOP
        assert not any(each.flags & 1 for each in board.driven)
        with pytest.raises(Refused, match="cause stands"):
            plant.clear()
        board.inputs = SUPPLY_GOOD | ESTOP_CLOSED
        plant._line.period(0.002)
        with pytest.raises(DeviceError, match="the board is estop: emergency stop"):
            moved(plant, 1, 100)
        plant.clear()
        assert plant.state is not LinkState.ACTIVE
        plant._line.period(0.002)
        plant.read()
        assert plant.state is LinkState.IDLE


def test_a_position_that_may_not_be_acted_on_is_no_number():
    board = NativeBoard(bench=False)
    with plant_of(board) as plant:
        assert plant.read().valid
        board.sensed[2].flags = 0
        plant._line.period(0.002)
        measurement = plant.read()
        assert not measurement.valid
        assert np.isnan(measurement.q[2])
        assert np.isfinite(np.delete(measurement.q, 2)).all()
        board.sensed[2].flags = SURE | FAILED
        plant._line.period(0.002)
        assert np.isnan(plant.read().q[2])


def test_a_command_that_is_no_number_stops_the_board():
    board = bench_board()
    with plant_of(board) as plant:
        moved(plant, 50)
        q, dq = motion(50)
        q[3] = np.nan
        with pytest.raises(DeviceError, match="not a number"):
            plant.write(Command(DriveMode.POSITION, q, dq, np.zeros(N)))
        plant.read()
        assert plant.state is LinkState.SAFE


def test_what_is_asked_for_is_kept_within_the_limits_of_the_rig():
    with plant_of(bench_board()) as plant:
        moved(plant, 20)
        sent = plant.write(Command(DriveMode.POSITION, np.full(N, 100.0), np.full(N, 100.0), np.full(N, 100.0)))
        assert (sent.q <= DESCRIPTION.upper + 1e-6).all()
        assert (sent.dq <= DESCRIPTION.velocity + 1e-3).all()
        assert (sent.tau <= DESCRIPTION.effort + 1e-3).all()


def test_another_number_of_joints_is_refused():
    fewer = replace(
        DESCRIPTION,
        joints=DESCRIPTION.joints[:-1],
        **{name: getattr(DESCRIPTION, name)[:-1] for name in ("lower", "upper", "velocity", "effort")},
    )
    with pytest.raises(DeviceError, match="the board has 7 joints, the rig 6"):
        JointBoardPlant(fewer, VirtualLine(bench_board()), 0.001).__enter__()


def test_a_board_that_says_nothing_is_told_as_such():
    class Deaf:
        def give(self, data: bytes) -> None: ...

        def step(self) -> bytes:
            return b""

    with pytest.raises(DeviceError, match="no joint board answers"):
        JointBoardPlant(DESCRIPTION, VirtualLine(Deaf()), 0.001).__enter__()


def test_whoever_leaves_leaves_the_drives_off():
    board = bench_board()
    with plant_of(board) as plant:
        moved(plant, 50)
    for _ in range(3):
        board.step()
    assert not any(each.flags & 1 for each in board.driven)


def test_a_reading_before_it_is_connected_is_refused():
    with pytest.raises(DeviceError, match="not connected"):
        plant_of(bench_board()).read()


@pytest.mark.parametrize("mode", [DriveMode.VELOCITY, DriveMode.TORQUE])
def test_velocities_and_torques_move_it_too(mode: DriveMode):
    with plant_of(bench_board()) as plant:
        for _ in range(60):
            plant.read()
            plant.write(Command(mode, np.zeros(N), 0.1 * DESCRIPTION.velocity, 0.01 * DESCRIPTION.effort))
        assert plant.state is LinkState.ACTIVE, plant.fault
        assert (plant.read().q > 1e-5).all()


def test_states_of_the_board_are_states_of_the_link():
    assert {state.name for state in LinkState} == {state.name for state in State} - {"HOMING"} | {"DISCONNECTED"}
