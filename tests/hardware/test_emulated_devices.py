"""The firmware as a process behind a real tty: met, followed, lost, and found again as one that started anew."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from boards import needs_avr, needs_gcc, psm_description, until

from hardware.emulation.devices import TARGETS, EmulatedBoard
from hardware.joint_board.lines import SerialLine
from hardware.joint_board.plant import JointBoardPlant, LinkState
from robotics.contracts import Command, DriveMode
from robotics.errors import DeviceError, LinkLost, UnknownNameError

pytestmark = needs_gcc

DESCRIPTION = psm_description()
N = len(DESCRIPTION.joints)
BAUD = 1_000_000

GOAL = np.array([0.02, 0.02, 0.01, 0.02, 0.02, 0.02, 0.02])

RUNS = [
    "native",
    pytest.param("avr", marks=needs_avr),
    pytest.param(
        "cortex_m3",
        marks=pytest.mark.skipif(
            shutil.which("qemu-system-arm") is None or shutil.which("arm-none-eabi-gcc") is None,
            reason="qemu-system-arm or gcc-arm-none-eabi is not installed",
        ),
    ),
]


def goes_on(plant: JointBoardPlant) -> None:
    """One tick of a host that wants the arm at its goal."""
    plant.read()
    plant.write(Command(DriveMode.POSITION, GOAL, np.zeros(N), np.zeros(N)))


@pytest.fixture
def board() -> Iterator[EmulatedBoard]:
    with EmulatedBoard("native") as running:
        yield running


def arrives(target: str) -> bool:
    """Whether a board is met, armed and takes its arm to the goal; not where this machine was too busy for it."""
    pace = 0.5 if target == "avr" else 1.0  # a chip is not simulated as fast as the clock goes everywhere
    try:
        with (
            EmulatedBoard(target, pace=pace) as running,
            JointBoardPlant(DESCRIPTION, SerialLine(running.path, BAUD, pace), 0.001) as plant,
        ):

            def there() -> bool:
                goes_on(plant)
                return bool(np.abs(plant.read().q - GOAL).max() < 2e-3)

            return until(there) and plant.conversation.corrupt == 0
    except DeviceError as error:
        # What was late for the board makes it jump as well: a chip that hears a second's bytes at once senses late.
        late = ("safe: watchdog", "safe: overrun", "safe: encoder", "does not answer", "no joint board")
        if any(busy in str(error) for busy in late):
            return False
        raise


@pytest.mark.parametrize("target", RUNS)
def test_a_board_behind_a_tty_takes_its_arm_where_it_is_told(target: str):
    assert any(arrives(target) for _ in range(6))


def test_a_board_that_dies_is_a_lost_link_and_nothing_else(board: EmulatedBoard):
    plant = JointBoardPlant(DESCRIPTION, SerialLine(board.path, BAUD), 0.001)

    def lost() -> bool:
        goes_on(plant)
        return False

    with plant:
        for _ in range(50):
            goes_on(plant)
        board.process.kill()
        board.process.wait()
        os.close(board._kept.pop())
        with pytest.raises(LinkLost, match=board.path):
            until(lost)
    assert plant.state is LinkState.DISCONNECTED


def test_a_host_that_dies_leaves_a_board_that_makes_itself_safe_and_stays_so(board: EmulatedBoard):
    line = SerialLine(board.path, BAUD)
    plant = JointBoardPlant(DESCRIPTION, line, 0.001)
    plant.__enter__()
    goes_on(plant)
    assert until(lambda: goes_on(plant) is None and plant.state is LinkState.ACTIVE)
    line.__exit__(None, None, None)  # gone without a word
    time.sleep(0.2)

    def refused() -> bool:
        with pytest.raises(DeviceError) as told:
            JointBoardPlant(DESCRIPTION, SerialLine(board.path, BAUD), 0.001).__enter__()
        return "the board is safe: watchdog" in str(told.value)

    assert until(refused)


def test_a_frozen_board_is_seen_to_age(board: EmulatedBoard):
    with JointBoardPlant(DESCRIPTION, SerialLine(board.path, BAUD), 0.001) as plant:
        assert until(lambda: plant.read().valid)
        board.freeze()
        try:
            assert until(lambda: plant.read().age_s > 0.1)
        finally:
            board.thaw()
        assert until(lambda: plant.read().age_s < 0.1)


def test_a_line_has_one_host(board: EmulatedBoard):
    with JointBoardPlant(DESCRIPTION, SerialLine(board.path, BAUD), 0.001):
        second = JointBoardPlant(DESCRIPTION, SerialLine(board.path, BAUD), 0.001)
        with pytest.raises(DeviceError, match="another program has it"):
            second.__enter__()


def test_a_link_stands_while_the_board_does(tmp_path: Path):
    link = tmp_path / "board"
    with EmulatedBoard("native", link=link) as running:
        assert os.readlink(link) == running.path
    assert not link.is_symlink()
    link.write_text("something of somebody's")
    with pytest.raises(DeviceError, match="is there already"), EmulatedBoard("native", link=link):
        pass
    assert link.read_text() == "something of somebody's"


def test_another_target_is_refused():
    with pytest.raises(UnknownNameError, match="native"):
        EmulatedBoard("pentium")
    assert TARGETS == ("native", "avr", "cortex_m3")
