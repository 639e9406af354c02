"""The firmware's guards one by one, on a board in this process: each is there, and without it the test would fail."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from boards import needs_gcc, psm_description

from hardware.emulation.native_board import BRAKE, ESTOP_CLOSED, FAILED, HOT, POWER, SUPPLY_GOOD, SURE, NativeBoard
from hardware.firmware.build import build
from hardware.firmware.guards import GUARDS, core_without
from hardware.joint_board.lines import VirtualLine
from hardware.joint_board.messages import Clear, Fault, Outcome, SafeBehaviour, State
from hardware.joint_board.plant import JointBoardPlant
from robotics.contracts import Command, DriveMode
from robotics.errors import DeviceError, UnknownNameError

pytestmark = needs_gcc

DESCRIPTION = psm_description()
N = len(DESCRIPTION.joints)
JOINT = 1

Bench = tuple[NativeBoard, JointBoardPlant]


def bench(without: str = "", safe: SafeBehaviour = SafeBehaviour.HOLD) -> Bench:
    """A board whose sensors say what a test wants, and which is active and holds the arm at zero."""
    board = NativeBoard(bench=False, library=build("library", without=without) if without else None)
    return board, JointBoardPlant(DESCRIPTION, VirtualLine(board), 0.001, safe)


def goes_on(plant: JointBoardPlant, ticks: int = 1) -> None:
    for _ in range(ticks):
        plant.read()
        plant.write(Command(DriveMode.POSITION, np.zeros(N), np.zeros(N), np.zeros(N)))


def sensed(board: NativeBoard, **said: int) -> None:
    for name, value in said.items():
        setattr(board.sensed[JOINT], name, value)


def past_range(board: NativeBoard, plant: JointBoardPlant) -> None:
    with suppress(DeviceError):
        for q in range(0, 10_600_000, 120_000):  # no faster than what a joint can do, and sooner than it is behind
            sensed(board, q=q)
            goes_on(plant)


def too_fast(board: NativeBoard, _: JointBoardPlant) -> None:
    sensed(board, dq=32_000)


def too_late(board: NativeBoard, _: JointBoardPlant) -> None:
    board.time_us += 8_000


Strike = Callable[[NativeBoard, JointBoardPlant], None]
STRIKES: dict[str, tuple[Strike, Fault]] = {
    "position": (past_range, Fault.POSITION),
    "velocity": (too_fast, Fault.VELOCITY),
    "overrun": (too_late, Fault.OVERRUN),
    "encoder jump": (lambda board, _: sensed(board, q=400_000), Fault.ENCODER),
    "encoder sure": (lambda board, _: sensed(board, flags=0), Fault.ENCODER),
    "drive": (lambda board, _: sensed(board, flags=SURE | FAILED), Fault.DRIVE),
    "temperature": (lambda board, _: sensed(board, flags=SURE | HOT), Fault.TEMPERATURE),
    "emergency stop": (lambda board, _: setattr(board, "inputs", SUPPLY_GOOD), Fault.EMERGENCY_STOP),
    "supply": (lambda board, _: setattr(board, "inputs", ESTOP_CLOSED), Fault.SUPPLY),
}


def fault_after(strike: Strike, without: str) -> Fault:
    """What the board says a few milliseconds after something struck while it was active."""
    board, plant = bench(without)
    with plant:
        goes_on(plant, 20)
        strike(board, plant)
        for _ in range(4):
            plant.read()
            plant._line.period(0.001)
        plant.read()
        return plant.fault[0]


@pytest.mark.parametrize("guard", STRIKES)
def test_what_a_guard_is_for_makes_the_board_safe_and_without_it_would_not(guard: str):
    strike, fault = STRIKES[guard]
    assert fault_after(strike, "") is fault
    assert fault_after(strike, guard) is not fault


def test_each_guard_is_a_line_that_stands_there_once(tmp_path: Path):
    core = Path(build("library")).parents[4] / "hardware" / "firmware" / "core"
    for guard in GUARDS:
        core_without(guard, core, tmp_path / guard.replace(" ", "-"))
    with pytest.raises(UnknownNameError, match="watchdog"):
        core_without("none of them", core, tmp_path / "none")
    (tmp_path / "changed").mkdir()
    (tmp_path / "changed" / "watch.c").write_text("another text")
    with pytest.raises(DeviceError, match="is not the one line"):
        core_without("velocity", tmp_path / "changed", tmp_path / "out")


def test_a_joint_whose_encoder_fails_is_braked_and_the_others_are_held():
    board, plant = bench()
    with plant:
        goes_on(plant, 20)
        sensed(board, flags=0)
        plant._line.period(0.002)
        flags = [each.flags for each in board.driven[:N]]
    assert flags[JOINT] == BRAKE
    assert flags[:JOINT] + flags[JOINT + 1 :] == [POWER] * (N - 1)


def test_what_lies_while_the_board_is_safe_holds_nothing_either():
    board, plant = bench()
    with plant:
        goes_on(plant, 20)
        plant._line.period(0.06)  # a host that is silent
        assert [each.flags for each in board.driven[:N]] == [POWER] * N
        sensed(board, q=300_000)
        plant._line.period(0.002)
        assert board.driven[JOINT].flags == BRAKE
        sensed(board, q=0)
        plant._line.period(0.05)
        assert board.driven[JOINT].flags == BRAKE  # it stays so
        plant.read()
        assert plant.fault[0] is Fault.WATCHDOG  # the first cause is the one that is told


@pytest.mark.parametrize(("guard", "strike"), [
    ("hot in safe", lambda board: sensed(board, flags=SURE | HOT)),
    ("carried away", lambda board: sensed(board, dq=32_000, q=1)),
    ("supply in safe", lambda board: setattr(board, "inputs", ESTOP_CLOSED)),
])  # fmt: skip
def test_a_safe_board_that_holds_spares_what_may_not_be_driven(guard: str, strike: Callable[[NativeBoard], None]):
    """It was made safe by something else, and holds its joints: a guard of its own takes the power away, for good."""
    for without in ("", guard):
        board, plant = bench(without)
        with plant:
            goes_on(plant, 20)
            plant._line.period(0.06)  # a host that is silent
            assert [each.flags for each in board.driven[:N]] == [POWER] * N
            strike(board)
            plant._line.period(0.002)
            braked = [each.flags == BRAKE for each in board.driven[:N]]
            whole = guard == "supply in safe"
            assert braked == ([False] * N if without else [whole or j == JOINT for j in range(N)])
            board.inputs = ESTOP_CLOSED | SUPPLY_GOOD
            sensed(board, flags=SURE, dq=0, q=0)
            plant._line.period(0.05)
            stays = [each.flags == BRAKE for each in board.driven[:N]]
            assert without or stays == braked
            plant.read()
            assert plant.fault[0] is Fault.WATCHDOG


def test_a_hot_stage_does_not_hide_an_encoder_that_is_not_sure():
    board, plant = bench()
    with plant:
        goes_on(plant, 20)
        sensed(board, flags=HOT)
        plant._line.period(0.002)
        measurement = plant.read()
        assert plant.fault[0] is Fault.ENCODER
        assert not measurement.valid
        assert np.isnan(measurement.q[JOINT])


def test_an_encoder_that_says_the_same_while_the_drive_pushes_otherwise_is_stuck():
    def after(tau: float, moves: bool) -> Fault:
        board, plant = bench()
        with plant:
            goes_on(plant, 20)
            for k in range(30):
                sensed(board, q=k % 2 if moves else 0)
                plant.read()
                if plant.fault[0] is not Fault.NONE:
                    break
                pushed = np.zeros(N)
                pushed[JOINT] = tau
                plant.write(Command(DriveMode.TORQUE, np.zeros(N), np.zeros(N), pushed))
            return plant.fault[0]

    most = DESCRIPTION.effort[JOINT]
    assert after(0.5 * most, moves=False) is Fault.ENCODER
    assert after(-0.5 * most, moves=False) is Fault.ENCODER
    assert after(0.5 * most, moves=True) is Fault.NONE
    assert after(0.01 * most, moves=False) is Fault.NONE  # friction bears as much


@pytest.mark.parametrize("without", ["", "boot"])
def test_a_clear_that_was_meant_for_another_start_clears_nothing(without: str):
    _, plant = bench(without)
    with plant:
        goes_on(plant, 20)
        plant._line.period(0.06)
        plant.read()
        talk = plant.conversation
        plant._line.write(talk.say(Clear(talk.hello.boot + 1, talk.told.telemetry.entered)))
        asked = talk.said
        plant._line.period(0.002)
        plant.read()
        cleared = talk.result(asked).outcome is Outcome.DONE
        assert cleared is (without == "boot")
        assert (talk.told.telemetry.state is State.SAFE) is not cleared


def test_a_command_that_was_overtaken_is_not_followed():
    def after(without: str) -> int:
        board, plant = bench(without)
        given: list[bytes] = []
        with plant:
            goes_on(plant, 20)
            give = board.give
            board.give = lambda data: (given.append(data), give(data))[1]  # type: ignore[method-assign]
            goes_on(plant, 2)
            commands = [each for each in given if len(each) > 40]
            plant._line.write(commands[0])
            plant._line.period(0.001)
            plant.read()
            return plant.conversation.told.telemetry.late

    assert after("") == 1
    assert after("order") == 0


def fuzzed(without: str, seed: int, count: int = 100_000) -> subprocess.CompletedProcess[str]:
    program = build("fuzz", without=without)
    return subprocess.run(
        [str(program), str(count), str(seed)], capture_output=True, text=True, check=False, timeout=120
    )


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_is_said_to_the_board_it_does_nothing_that_it_may_not(seed: int):
    done = fuzzed("", seed)
    assert done.returncode == 0, done.stderr
    shares = dict(part.split() for part in done.stdout.split("thousandths:")[1].strip().split(", "))
    assert int(shares["active"]) > 100
    assert int(shares["homing"]) > 20
    assert int(shares["safe"]) > 100


@pytest.mark.parametrize(("guard", "said"), [
    ("watchdog", "active for longer than the watchdog"),
    ("boot", "a stop that nobody cleared is over"),
    ("arm overtaken", "armed by a wish of another state"),
    ("clear overtaken", "a stop that nobody cleared is over"),
    ("reference", "commands are followed without references"),
    ("supply in safe", "power from a supply that is not good"),
    ("hot in safe", "power for a stage that is hot"),
    ("range", "a reference left its range"),
])  # fmt: skip
def test_the_fuzzer_finds_a_guard_that_is_missing(guard: str, said: str):
    assert any(said in fuzzed(guard, seed, 300_000).stderr for seed in (1, 2, 3))
