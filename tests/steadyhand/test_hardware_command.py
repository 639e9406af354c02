"""The bench's commands on a joint board, with the program as a person has it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hardware.emulation.devices import EmulatedBoard
from hardware.emulation.native_board import NativeBoard
from hardware.joint_board import lines
from steadyhand.commands import powering
from tests.hardware.boards import Deaf
from tests.steadyhand import program
from tests.steadyhand.in_process import ask

pytestmark = pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is not installed")

LONG_S = 60.0


def steadyhand(*words: str) -> subprocess.CompletedProcess[str]:
    return program.ask(*words, timeout=LONG_S)


@pytest.fixture
def board() -> Iterator[EmulatedBoard]:
    with EmulatedBoard("native") as running:
        yield running


def test_monitor_shows_every_joint_and_leaves_the_board_as_it_is(board: EmulatedBoard):
    done = steadyhand("hardware", "monitor", board.path, "--seconds", "1")
    assert done.returncode == 0, done.stderr
    assert "psm, firmware 1" in done.stdout
    assert "IDLE, none, emergency stop line closed" in done.stdout
    assert done.stdout.count(" rad/s ") >= 6


def test_monitor_meets_a_board_that_is_still_starting(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lines, "SerialLine", lambda *_: lines.VirtualLine(Deaf(NativeBoard())))
    done = ask("hardware", "monitor", "/dev/board", "--seconds", "0.3", cwd=Path.cwd())
    assert done.returncode == 0, done.stderr
    assert "IDLE, none, emergency stop line closed" in done.stdout


def test_there_is_nothing_to_clear_on_a_board_that_is_well(board: EmulatedBoard):
    done = steadyhand("hardware", "clear", board.path)
    assert done.returncode == 0, done.stderr
    assert "the board is idle; there is nothing to clear" in " ".join(done.stdout.split())


@pytest.mark.slow
def test_joints_that_do_not_know_where_they_are_are_homed_before_they_are_driven(tmp_path: Path):
    with EmulatedBoard("native", incremental=True) as board:
        plant, sessions = f"serial:{board.path}", str(tmp_path)
        words = ("--plant", plant, "--input", "expert", "--headless", "--sessions", sessions)
        refused = steadyhand("run", "needle_reach", *words)
        assert refused.returncode == 2
        assert f"steadyhand hardware home {board.path}" in " ".join(refused.stderr.split())
        shown = steadyhand("hardware", "monitor", board.path, "--seconds", "0.5")
        assert "reference" in shown.stdout
        for _ in range(4):  # a machine so busy that the board hears no word for 50 ms
            done = steadyhand("hardware", "home", board.path, "--json", "-")
            if done.returncode == 0:
                break
            assert "SAFE: watchdog" in " ".join(done.stderr.split())
            assert steadyhand("hardware", "clear", board.path).returncode == 0
        assert "Drives will be powered" in done.stderr
        assert "it is IDLE, its drives are off" in " ".join(done.stderr.split())
        assert json.loads(done.stdout)["homed"]
        again = steadyhand("hardware", "home", board.path)
        assert again.returncode == 0, again.stderr
        assert "all joints had their references" in " ".join(again.stdout.split())
        assert "nothing was armed" in " ".join(again.stdout.split())


def test_a_real_arm_is_moved_by_nothing_that_was_not_named():
    refused = steadyhand("run", "needle_reach", "--plant", "serial:/dev/nothing", "--headless")
    assert refused.returncode == 2
    assert "moves a real arm: say what is to move it, with --input" in " ".join(refused.stderr.split())


def test_a_run_on_a_board_warns_before_and_says_afterwards_how_it_was_left(tmp_path: Path):
    words = ("--input", "expert", "--headless", "--duration", "0.5", "--sessions", str(tmp_path))
    for _ in range(4):  # a machine that is too busy may leave a tty unread for too long
        with EmulatedBoard("native") as board:
            for _ in range(2):  # a run that came to its end leaves nothing that has to be cleared
                done = steadyhand("run", "needle_reach", "--plant", f"serial:{board.path}", *words)
                said = " ".join(done.stdout.split())
                if "the loop ended in a fault" in done.stderr:
                    assert f"steadyhand hardware clear {board.path}" in said
                    break
                assert done.returncode == 1, done.stderr  # half a second is too short for the lesson
                assert "Drives will be powered, and the arm goes to its home position" in said
                assert f"{board.path}: the board is idle, its drives are off" in said
            else:
                return
    raise AssertionError(done.stderr)


def test_an_emulated_board_is_there_until_it_is_ended(tmp_path: Path):
    link = tmp_path / "board"
    code = "from steadyhand.cli import main; main()"
    words = [sys.executable, "-c", code, "hardware", "emulate", "joint_board", "--link", str(link)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as running:
        try:
            end = time.monotonic() + LONG_S
            while not link.is_symlink() and time.monotonic() < end:
                time.sleep(0.05)
            assert "psm on native" in running.stdout.readline()
            assert steadyhand("hardware", "monitor", str(link), "--seconds", "0.5").returncode == 0
        finally:
            running.terminate()
        running.wait(LONG_S)
    assert not link.is_symlink()


@pytest.mark.parametrize("command", ["monitor", "home", "clear"])
@pytest.mark.parametrize(("place", "speed"), [("/dev/board", 1_000_000), ("/dev/board@2000000", 2_000_000)])
def test_a_port_is_opened_at_the_speed_that_is_named_with_it(
    command: str, place: str, speed: int, monkeypatch: pytest.MonkeyPatch
):
    opened = []

    def line(path: str, baud: int) -> lines.VirtualLine:
        opened.append((path, baud))
        return lines.VirtualLine(NativeBoard())

    for module in (lines, powering):
        monkeypatch.setattr(module, "SerialLine", line)
    words = ("--seconds", "0.1") if command == "monitor" else ()
    done = ask("hardware", command, place, *words, cwd=Path.cwd())
    assert done.returncode == 0, done.stderr
    assert opened == [("/dev/board", speed)]


def test_the_simulated_avr_is_said_to_need_a_fast_core():
    told = ask("hardware", "emulate", "joint_board", "--help", cwd=Path.cwd())
    assert "the simulated AVR needs a fast core" in " ".join(told.stdout.replace("│", " ").split())


def test_a_line_is_named_as_a_person_names_it():
    assert lines.SerialLine("/dev/board", 2_000_000).name == "/dev/board@2000000"
    assert lines.SerialLine("/dev/board", lines.BAUD).name == "/dev/board"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("monitor", "/dev/nothing"), "there is no such port"),
        (("home", "/dev/nothing"), "there is no such port"),
        (("clear", "/dev/nothing"), "there is no such port"),
        (("clear", "/dev/nothing@fast"), "must be PORT or PORT@BAUD"),
        (("emulate", "joint_board", "--target", "pentium", "--link", "/tmp/never"), "unknown target 'pentium'"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(words: tuple[str, ...], said: str):
    done = steadyhand("hardware", *words)
    assert done.returncode != 0
    assert said in " ".join((done.stdout + done.stderr).split())
    assert "Traceback" not in done.stderr
