"""A person with mouse and keyboard: real X events on a virtual display, through window, hub and mailbox to the arm."""

from __future__ import annotations

import math
import time
from pathlib import Path

import numpy as np
import pytest

from control.tick import State
from tests.steadyhand.mouse_driver import patient, person_at
from tests.steadyhand.virtual_display import MISSING, close_window, results_of, steadyhand_run, virtual_display
from vr_training.records.reader import Recording

pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(bool(MISSING), reason=f"needs a virtual display: {', '.join(MISSING)} not installed"),
]

END_S = 90.0
"""How long a run may take to close its recording, draw its pictures and write its report [s]."""


def ticks_within(ticks: np.ndarray, spans: list[tuple[int, int]]) -> np.ndarray:
    """Which ticks lie within any of some spans of the host's monotonic clock."""
    when = ticks["timing"]["host_time_ns"]
    return np.any([(when >= start) & (when <= end) for start, end in spans], axis=0)


def motion(ticks: np.ndarray) -> np.ndarray:
    """How fast each tick tells the joints to move, the fastest of them [rad/s or m/s]."""
    return np.abs(ticks["arms"]["psm1"]["dq_cmd"]).max(axis=1)


def check_saved(folder: Path, said: str) -> Recording:
    """Whether everything a session should leave behind is there and whole."""
    recording = Recording.open(folder)
    assert recording.complete
    assert recording.chain.intact
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "in the view&#39;s window" in page or "in the view's window" in page
    assert (folder / "video.mp4").stat().st_size > 0
    assert list((folder / "frames").glob("*.png"))
    assert not (folder / "live.json").exists()
    assert "Traceback" not in said
    return recording


def check_at_rest_in_the_end(ticks: np.ndarray) -> None:
    assert ticks["state"][-1] == State.POWER_OFF
    assert motion(ticks)[-1] == 0.0
    stopped = int(np.argmax(np.isin(ticks["state"], (State.SOFT_STOP, State.POWER_OFF))))
    tip = ticks["arms"]["psm1"]["setpoint"][stopped:, :3]
    assert np.linalg.norm(tip[-1] - tip[0]) < 5e-3, "the arm went on after the stop"


@pytest.mark.slow
@patient
def test_a_mouse_brings_the_tip_to_the_needle_and_the_arm_moves_only_while_its_button_is_held(tmp_path: Path) -> None:
    with virtual_display() as display, steadyhand_run(display, tmp_path, "--input", "mouse") as run:
        with person_at(display, run) as person:
            person.reach()
        code = run.wait(END_S)
    folder, results = results_of(run)
    assert code == 0, run.said
    assert results["success"] is True
    assert results["input"] == "mouse"
    assert "PASSED" in run.said
    for figure in ("tremor_hand", "tremor_tip", "tremor_removed"):
        assert math.isfinite(results["scores"][figure])
    recording = check_saved(folder, run.said)
    assert "tremor" in (folder / "report.html").read_text(encoding="utf-8").lower()

    ticks = recording.ticks
    arm = ticks["arms"]["psm1"]
    assert ticks["success"][-1]
    assert len(person.held) >= 2, "the way is longer than the mouse pad: the person had to let go and press again"
    way = float(np.linalg.norm(ticks["target"][0, :3] - arm["tip"][0, :3]))
    assert way > 0.03
    assert np.linalg.norm(np.ptp(arm["hand"][:, :3], axis=0)) > 0.8 * way / recording.scene.scale
    assert np.linalg.norm(arm["tip"][-1, :3] - arm["tip"][0, :3]) > 0.8 * way
    held, idle = ticks_within(ticks, person.held), ticks_within(ticks, person.idle)
    assert not np.any(~held & (arm["clutch"] == 0) & (ticks["state"] == State.ENGAGED))
    assert motion(ticks)[held].max() > 0.01
    assert motion(ticks)[~held].max() == 0.0
    # While the pointer went back to the middle, the button up, neither hand nor arm moved.
    assert idle.sum() > 500
    assert motion(ticks)[idle].max() == 0.0
    for start, end in person.idle:
        apart = ticks_within(ticks, [(start, end)])
        if apart.any():
            assert np.ptp(arm["hand"][apart, :3], axis=0).max() == 0.0


@pytest.mark.slow
@patient
def test_keys_drive_the_arm_while_the_hand_is_engaged_and_escape_stops_it_in_full_motion(tmp_path: Path) -> None:
    with (
        virtual_display() as display,
        steadyhand_run(display, tmp_path, "--input", "keyboard") as run,
        person_at(display, run) as person,
    ):
        person.put(0.0, 0.0)
        began = np.array(person.look().arms[0].tip[:3])
        person.hold_key("q", 0.5)  # not engaged: nothing may move
        assert np.linalg.norm(np.array(person.look().arms[0].tip[:3]) - began) < 1e-4
        _, down, into = person.gap()
        person.along("q", down - 0.02)
        person.along("w", into - 0.005)
        person.along("q", down - 0.04, let_go=False)
        stopped_ns = time.monotonic_ns()
        person.do("key", "Escape")
        code = run.wait(END_S)
        person.do("keyup", "q")
    folder, results = results_of(run)
    assert code == 1
    assert results["success"] is False
    assert results["state"] == "POWER_OFF"
    assert results["reason"] == "the operator asked for it"
    assert "the run was stopped: the operator asked for it" in run.said
    ticks = check_saved(folder, run.said).ticks
    check_at_rest_in_the_end(ticks)
    after = ticks[ticks["timing"]["host_time_ns"] > stopped_ns]
    assert len(after) < 2500, "the stop took seconds"
    # Down 40 mm and 5 mm into the picture, and nowhere else.
    tip = ticks["arms"]["psm1"]["tip"][[0, -1], :3]
    right, down_way, into = (tip[1] - tip[0]) @ person.eye.T_world_camera[:3, :3]
    assert 0.038 < down_way < 0.07
    assert 0.004 < into < 0.02
    assert abs(right) < 2e-3


@patient
def test_closing_the_window_in_mid_drag_brings_the_arm_to_rest_and_saves_the_session(tmp_path: Path) -> None:
    with (
        virtual_display() as display,
        steadyhand_run(display, tmp_path, "--input", "mouse") as run,
        person_at(display, run) as person,
    ):
        person.start_over()
        person.press()
        person.stroke(0.4)
        person.release()
        person.start_over()
        person.press()
        person.stroke(0.1)
        close_window(display, person.window)
        code = run.wait(END_S)
    folder, results = results_of(run)
    assert code == 1
    assert results["success"] is False
    assert results["reason"] == "its window was closed"
    assert "the run was stopped: its window was closed" in run.said
    ticks = check_saved(folder, run.said).ticks
    check_at_rest_in_the_end(ticks)
    assert ticks["time"][-1] < 45.0, "the run waited for a window that was gone"
