"""`steadyhand doctor --port`, with the firmware behind a real tty: what it tells, proves and refuses."""

from __future__ import annotations

import json
import os
import pty
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hardware.dynamixel import inspection
from hardware.emulation.devices import EmulatedBoard
from hardware.firmware.build import target_of
from hardware.joint_board.lines import SerialLine
from steadyhand import board_health
from steadyhand.commands import powering
from tests.steadyhand.in_process import ask

pytestmark = pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is not installed")

LONG_S = 60.0
HOST_BUSY_US = 5e6


@pytest.fixture
def board() -> Iterator[EmulatedBoard]:
    with EmulatedBoard("native") as running:
        yield running


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(powering, "GRACE_S", 0.0)


def examined(
    board: EmulatedBoard, folder: Path, *words: str, speed: str = ""
) -> tuple[int, str, dict[str, dict[str, Any]]]:
    """Exit code, what a person reads, and the findings by name."""
    done = ask("doctor", "--port", f"{board.path}{speed}", "--seconds", "0.5", "--json", "-", *words, cwd=folder)
    return done.returncode, done.stderr, {each["name"]: each for each in json.loads(done.stdout)}


def test_a_board_is_told_with_its_figures_and_is_not_armed(board: EmulatedBoard, tmp_path: Path) -> None:
    code, told, found = examined(board, tmp_path)
    assert code == (1 if any(each["level"] == "bad" for each in found.values()) else 0)
    assert list(found) == ["firmware", "state", "telemetry", "commands", "round trip", "latency timer", "watchdog"]
    who = found["firmware"]["figures"]
    assert (who["board"], who["protocol"], who["joints"], who["rate_hz"]) == ("psm", 1, 7, 1000)
    assert who["build"] in told
    assert who["built_for"] == "native"
    assert "of the sources here for native" in told
    assert found["state"]["figures"]["state"] == "IDLE"
    assert found["telemetry"]["figures"]["reached_hz"] > 0
    assert found["commands"]["figures"]["sent"] > 0
    trips = found["round trip"]["figures"]
    assert sum(each["trips"] for each in trips["histogram"]) == trips["count"] > 0
    assert trips["median_us"] <= trips["p95_us"] <= trips["p99_us"] <= trips["worst_us"]
    assert "█" in told
    assert "not told here" in found["latency timer"]["said"]
    assert found["watchdog"]["level"] == "note"
    assert found["watchdog"]["figures"]["proven"] is None
    assert "--prove-watchdog" in found["watchdog"]["fix"]
    assert "nothing was armed; the board is IDLE" in told


def test_firmware_of_other_sources_is_told_from_that_of_these() -> None:
    assert target_of(b"steady00") == ""


def test_the_watchdog_is_proven_and_the_board_left_safe_until_it_is_cleared(
    board: EmulatedBoard, tmp_path: Path, at_once: None
) -> None:
    place = f"{board.path}@2000000"
    for _ in range(5):  # a machine so busy that the board hears no word for 50 ms proves nothing
        _, told, found = examined(board, tmp_path, "--prove-watchdog", speed="@2000000")
        if found["watchdog"]["level"] != "bad":
            break
        ask("hardware", "clear", place, cwd=tmp_path)
    assert "Drives will be powered and joints held" in told
    proof = found["watchdog"]["figures"]
    assert proof["proven"] is True, found["watchdog"]
    assert (proof["state"], proof["fault"]) == ("SAFE", "WATCHDOG")
    assert 1e3 * proof["watchdog_ms"] < proof["silent_us"] <= proof["bound_us"]
    assert proof["host_us"] < proof["bound_us"] + HOST_BUSY_US
    assert found["watchdog"]["fix"].endswith(f"steadyhand hardware clear {place}")
    assert f"{place}: the board is left SAFE" in told
    code, _, again = examined(board, tmp_path, "--prove-watchdog", speed="@2000000")
    assert code == 1
    assert "the board is SAFE, watchdog; it is armed from IDLE alone" in again["watchdog"]["said"]
    assert again["watchdog"]["fix"].endswith(f"steadyhand hardware clear {place}")
    assert again["state"]["level"] == "note"
    assert again["state"]["fix"].endswith(f"steadyhand hardware clear {place}")
    assert "it is idle now" in ask("hardware", "clear", place, cwd=tmp_path).stdout


def test_a_board_that_has_to_be_homed_is_told_how(tmp_path: Path) -> None:
    with EmulatedBoard("native", incremental=True) as board:
        _, _, found = examined(board, tmp_path, speed="@2000000")
        again = f"steadyhand doctor --port {board.path}@2000000 --prove-watchdog"
        assert found["watchdog"]["fix"].endswith(again)
        assert found["firmware"]["fix"].endswith(f"steadyhand hardware home {board.path}@2000000")


def test_a_board_without_a_watchdog_is_bad(tmp_path: Path, at_once: None) -> None:
    with EmulatedBoard("native", without="watchdog") as board:
        code, told, found = examined(board, tmp_path, "--prove-watchdog")
    assert code == 1
    assert found["watchdog"]["level"] == "bad"
    assert found["watchdog"]["figures"]["proven"] is False
    assert "DOES NOT make itself safe" in told
    assert "the board was disarmed: it is IDLE" in told


def test_a_slow_latency_timer_is_told_with_its_fix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    timer = tmp_path / "latency_timer"
    for module, name in ((inspection, "latency_timer"), (board_health, "timer_of")):
        monkeypatch.setattr(module, name, lambda _: timer)
    timer.write_text("16\n")
    slow = board_health.latency_timer("/dev/ttyUSB0")
    assert (slow.level, slow.figures["latency_timer_ms"]) == ("note", 16)
    assert f"echo 1 | sudo tee {timer}" in slow.fix
    timer.write_text("1\n")
    assert board_health.latency_timer("/dev/ttyUSB0").level == "ok"


def test_what_cannot_be_is_said_in_a_line(board: EmulatedBoard, tmp_path: Path) -> None:
    def refused(*words: str) -> str:
        done = ask("doctor", *words, cwd=tmp_path)
        assert done.returncode in {1, 2}
        assert "Traceback" not in done.stderr
        return done.stderr

    assert "there is no such port" in refused("--port", "/dev/nothing")
    assert "must be PORT or PORT@BAUD" in refused("--port", f"{board.path}@fast")
    assert "Give its --port" in refused("--prove-watchdog")
    with SerialLine(board.path, 1_000_000):
        assert "another program has it" in refused("--port", board.path)
    silent, line = pty.openpty()
    try:
        assert "no joint board answers" in refused("--port", os.ttyname(line))
    finally:
        os.close(line)
        os.close(silent)


def test_who_thinks_better_of_it_has_armed_nothing(board: EmulatedBoard, tmp_path: Path) -> None:
    code = "from steadyhand.cli import main; from steadyhand.commands import powering as d; d.GRACE_S = 50.0; main()"
    words = [sys.executable, "-c", code, "doctor", "--port", board.path, "--seconds", "0.2", "--prove-watchdog"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as running:
        assert running.stdout is not None
        try:
            told = []
            for said in running.stdout:
                told.append(said)
                if "Drives will be powered" in said:
                    running.send_signal(signal.SIGINT)
            assert running.wait(LONG_S) == 130
        finally:
            running.kill()
    assert "nothing was armed; the board is IDLE" in "".join(told)
