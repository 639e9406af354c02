"""A session in front of its window and at its terminal, as a therapist has it: seen, stopped by a key, asked, saved."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest

from control.guided_arm import RELEASE_TICKS
from control.tick import Flag, State
from tests.steadyhand.pixels import Pixels, changed_share, is_drawn
from tests.steadyhand.rehab.conftest import ROOT, assess
from tests.steadyhand.rehab.terminal import Terminal, at_terminal
from tests.steadyhand.virtual_display import MISSING, VIEW, GaveUp, virtual_display
from vr_training.records.reader import Recording
from vr_training.stream.client import StreamClient
from vr_training.stream.endpoints import live_sessions

pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(bool(MISSING), reason=f"needs a virtual display: {', '.join(MISSING)} not installed"),
]

PATIENCE_S = 180.0
"""How long the therapist waits for each thing that is to come: two busy cores take minutes for what takes seconds."""

PLAN = """
title = "An elbow is bent slowly"
arm = "arm_exo"
side = "right"

[stops]
cuff_force_n = 50.0
joint_torque_nm = 20.0
joint_speed_deg_s = 120.0
hand_speed_cm_s = 80.0
trunk_cm = 6.0

[[blocks]]
exercise = "elbow_flexion"
law = "passive"
relaxed = true
repetitions = 2
arm_weight_support = 1.0
ranges.elbow_flexion.deg = [20.0, 110.0]
speed_deg_s = 15.0
torque_nm = 10.0
progression = { assistance = [1.0, 1.0], hold = ["assistance", "amplitude", "speed"] }

[[blocks]]
exercise = "elbow_flexion"
law = "passive"
relaxed = true
repetitions = 1
arm_weight_support = 1.0
ranges.elbow_flexion.deg = [20.0, 110.0]
speed_deg_s = 15.0
torque_nm = 10.0
progression = { assistance = [1.0, 1.0], hold = ["assistance", "amplitude", "speed"] }
"""
"""Slow enough that a busy machine draws several pictures of one movement; a second block, as nobody is asked after the
last one."""


def until(what: str, seen: Callable[[], bool], terminal: Terminal) -> None:
    """Look until something is there, as long as the program runs."""
    end = time.monotonic() + PATIENCE_S
    while not seen():
        if time.monotonic() > end or terminal.process.poll() is not None:
            raise GaveUp(f"waited in vain for {what}; it said: {terminal.said}")
        time.sleep(0.1)


@pytest.mark.slow
@pytest.mark.timeout(2000)
def test_a_therapist_sees_the_arm_move_stops_it_in_the_window_and_answers_at_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "slow.toml").write_text(PLAN)
    records = assess(tmp_path, "p07")
    words = ("rehab", "start", "--patient", "healthy", "--as", "p07", "--plan", "slow.toml", "--view", VIEW)
    command = [sys.executable, "-m", "steadyhand.cli", *words, "--sessions", str(tmp_path / "sessions")]
    with virtual_display(pixels=tmp_path) as display:
        environment = {"DISPLAY": display, "WAYLAND_DISPLAY": "", "PYTHONPATH": str(ROOT)}
        with at_terminal(command, tmp_path, environment) as terminal:
            terminal.wait_for("Enter to begin", PATIENCE_S)
            assert not live_sessions(tmp_path / "sessions"), "something began before it was let"
            terminal.type("")
            terminal.wait_for("Starting the view", 2.0 * PATIENCE_S)  # two processes stand ready by then
            stop_in_the_window(Pixels(display, tmp_path), terminal, tmp_path / "sessions")
            terminal.wait_for("Go on with block 2, elbow_flexion? y or n:", PATIENCE_S)
            assert terminal.process.poll() is None, "nothing goes on, and nothing ends, before he has answered"
            terminal.type("n")
            code = terminal.wait(PATIENCE_S)
    assert code == 1, terminal.said
    assert "Stopped (therapist) at" in terminal.said
    assert "Traceback" not in terminal.said

    (record,) = records.sessions()
    (result,) = record.results  # the second block was not done
    assert (result.exercise, result.stop) == ("elbow_flexion", "therapist")
    assert len(result.repetitions) < result.planned
    folder = tmp_path / "sessions" / result.session
    told = msgspec.json.decode((folder / "session.json").read_bytes())
    assert told["stop"] == "therapist"
    assert not (folder / "live.json").exists()
    check_let_go(Recording.open(folder))


def stop_in_the_window(pixels: Pixels, terminal: Terminal, sessions: Path) -> None:
    """See the picture, see it change while the arm moves, and press Esc."""
    until("a window", lambda: pixels.window("Elbow flexion.*Steadyhand") is not None, terminal)
    window = pixels.window("Elbow flexion.*Steadyhand")
    assert window is not None
    until("a picture", lambda: is_drawn(pixels.picture(window)), terminal)
    (endpoints,) = live_sessions(sessions).values()
    with StreamClient(endpoints, "onlooker") as client:
        elbow: list[float] = []

        def moved(degrees: float) -> bool:
            state = client.newest()
            if state is not None and state.guided is not None:
                elbow.append(np.degrees(state.guided.x[0]))
            return bool(elbow) and abs(elbow[-1] - elbow[0]) > degrees

        client.snapshot(timeout_s=PATIENCE_S)
        until("the arm to begin", lambda: moved(1.0), terminal)
        before = pixels.picture(window)
        elbow[:] = elbow[-1:]
        until("the arm to move on", lambda: moved(25.0), terminal)
        until("a picture of it", lambda: changed_share(before, pixels.picture(window)) > 0.03, terminal)
        pixels.press(window, "Escape")


def check_let_go(recording: Recording) -> None:
    """The law acted until the stop, was gone within its ticks, and the arm came to rest where it was."""
    ticks = recording.ticks
    assert recording.complete
    caused = (ticks["cause"] & np.uint64(Flag.OPERATOR_STOP)) != 0
    assert caused.any(), "the recording does not know who stopped it"
    first = int(np.argmax(caused))
    assert ticks["state"][first - 1] == State.ENGAGED
    assert not np.isin(ticks["state"][first:], (State.ENGAGED, State.CLUTCHED, State.READY)).any()
    arm = ticks["guided"][ticks["guided"].dtype.names[0]]
    law = np.abs(arm["robot"][:, 0])
    assert law[:first].max() > 0.1
    assert not law[first + RELEASE_TICKS - 1 :].any()
    elbow = np.degrees(arm["x"][:, 0])
    assert np.ptp(elbow[:first]) > 20.0, "the arm was not moved"
    assert np.ptp(elbow[first:]) < 5.0, "the arm went on after the stop"
