"""Recorded hands, from file to report: what was read is said, bad files are refused before anything is started."""

from __future__ import annotations

import html
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from control.tick import State
from control.tremor.real import RECORDINGS_ENV, own_recordings
from steadyhand import results
from steadyhand.order import Order
from steadyhand.run import run
from tests.steadyhand import program
from vr_training.inputs import ReadingOptions
from vr_training.inputs.recorded import RecordedTremor

ROOT = Path(__file__).parents[2]
REAL = own_recordings()
RECORDINGS = sorted(REAL.glob("*.csv")) if REAL else []
G = 9.80665


def trembling(seconds: float = 12.0, rate: float = 200.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times, shape (n,) [s], positions of a hand that wanders and trembles by 0.3 mm at 9 Hz, and accelerations."""
    t = np.arange(round(seconds * rate)) / rate
    w, slow = 2.0 * np.pi * 9.0, 2.0 * np.pi * 0.2
    phase = np.array([0.0, 1.0, 2.0])
    shake = 3e-4 * np.sin(w * t[:, None] + phase)
    return t, shake + 0.03 * np.sin(slow * t[:, None]), -(w**2) * shake - slow**2 * 0.03 * np.sin(slow * t[:, None])


def positions_in_mm(path: Path) -> Path:
    t, x, _ = trembling()
    rows = np.column_stack([t, 1e3 * x])
    np.savetxt(path, rows, delimiter=",", header="time_s,x_mm,y_mm,z_mm", comments="", fmt="%.6f")
    return path


def accelerations_in_g(path: Path) -> Path:
    """As a phone that lies on the back of the hand logs them: no header, gravity included."""
    t, _, a = trembling(rate=100.0)
    rows = np.column_stack([1e3 * t, a / G + (0.0, 0.0, 1.0)])
    np.savetxt(path, rows, delimiter=",", fmt="%.7f")
    return path


def steadyhand(*words: object) -> subprocess.CompletedProcess[str]:
    """The program, asked as a person would ask it."""
    return program.ask(*words, environment={"COLUMNS": "200"}, timeout=250.0)


def one_line(text: str) -> str:
    return " ".join(text.split())


def check_tremor(outcome: results.Results, page: str, source: RecordedTremor) -> None:
    """Whether the file's tremor drove the hand, less of it reached the tip, and the report shows both."""
    card = outcome.scorecard
    scale = outcome.recording.scene.scale
    arrived = scale * float(np.linalg.norm(source.rms))
    assert card.value("tremor_hand") == pytest.approx(1e6 * arrived, rel=0.5)
    assert 0.0 < card.value("tremor_tip") < 0.9 * card.value("tremor_hand")
    assert card.value("tremor_removed") > 1.0
    for title in ("Hand tremor, scaled to the tip", "Tremor left at the tip", "Tremor removed, 3 to 15 Hz"):
        assert title in page


@pytest.mark.skipif(not RECORDINGS, reason=f"no recordings of real tremor; name a folder of them in {RECORDINGS_ENV}")
@pytest.mark.parametrize(
    "file",
    [*RECORDINGS[:1], *(pytest.param(each, marks=pytest.mark.slow) for each in RECORDINGS[1:])],
    ids=lambda path: path.stem,
)
def test_real_tremor_drives_the_lesson_to_success_and_its_report_shows_it_before_and_after(
    tmp_path: Path, file: Path
) -> None:
    said: list[str] = []
    order = Order(
        task="needle_reach", input=f"recorded:{file}", seed=3, lockstep=True, headless=True, sessions=tmp_path
    )
    ran = run(order, said.append, lambda *_: None)
    outcome = results.evaluate(ran.session)
    page = html.unescape(results.report(outcome, ran.timing).read_text(encoding="utf-8"))
    assert outcome.scorecard.success
    check_tremor(outcome, page, RecordedTremor(file))
    # Everything that was guessed about the file is told: columns, units, kind and rate.
    for words in (
        f"of {file.name}",
        "without header",
        "time in column 1, axes in 2, 3, 4, ignored 5",
        "time in ns (guessed from its steps), about ",
        "accelerations in m/s2, gravity included (guessed",
    ):
        assert any(words in line for line in said), words
        assert words in page
        assert words in results.as_json(outcome, ran.timing)["hand"]
    assert any("--columns, --units, --kind or --rate-hz" in line for line in said)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (positions_in_mm, ["columns by their names: time 'time_s'", "200 Hz", "positions in mm (by the header)"]),
        (
            accelerations_in_g,
            ["without header", "time in ms (guessed", "100 Hz", "accelerations in g, gravity included"],
        ),
    ],
)
def test_a_recording_runs_from_the_command_line_and_what_was_read_stands_on_the_terminal_and_in_the_report(
    tmp_path: Path, make: Callable[[Path], Path], told: list[str]
) -> None:
    file, answer = make(tmp_path / "hand.csv"), tmp_path / "out.json"
    words = ("--lockstep", "--headless", "--seed", 5, "--json", answer, "--sessions", tmp_path / "sessions")
    done = steadyhand("run", "needle_reach", "--input", f"recorded:{file}", *words)
    assert done.returncode == 0, done.stderr
    assert "PASSED" in done.stdout
    data = json.loads(answer.read_text())
    assert data["success"] is True
    folder = Path(data["session"])
    page = html.unescape((folder / "report.html").read_text(encoding="utf-8"))
    for words in ("recorded tremor, 3 to 15 Hz of hand.csv", *told):
        assert words in one_line(done.stdout)
        assert words in data["hand"]
        assert words in page
    from vr_training.records.session import Session

    check_tremor(results.evaluate(Session(folder)), page, RecordedTremor(file))


def test_a_whole_recorded_motion_takes_the_handles_and_then_moves_the_tip_as_the_hand_moved(tmp_path: Path) -> None:
    order = Order(
        task="needle_reach", input=f"recorded:{positions_in_mm(tmp_path / 'hand.csv')}", use="motion", gain=0.5,
        filter="none", duration_s=6.0, lockstep=True, headless=True, sessions=tmp_path / "sessions",
    )  # fmt: skip
    outcome = results.evaluate(run(order, lambda _: None, lambda *_: None).session)
    ticks, scene = outcome.recording.ticks[:5900], outcome.recording.scene  # in the end the run brings it to rest
    arm = ticks["arms"]["psm1"]
    engaged = ticks["state"] == State.ENGAGED
    assert not engaged[:300].any()
    assert engaged[1000:].all()
    assert np.ptp(arm["hand"][~engaged, :3], axis=0).max() < 1e-6
    R_operator_world = np.frombuffer(scene.operator_from_world).reshape(3, 3)
    tip = (arm["tip"][engaged, :3] - arm["tip"][0, :3]) @ R_operator_world.T
    hand = scene.scale * (arm["hand"][engaged, :3] - arm["hand"][0, :3])
    assert np.ptp(hand, axis=0).min() > 0.25 * 0.5 * 0.05
    assert np.abs(tip - hand).max() < 1e-3


BAD = {
    "missing": (None, (), "no recording at"),
    "empty": ("", (), "is empty"),
    "prose": ("Dear doctor,\nmy hand trembles.\n", (), "no table of numbers"),
    "still": ("t,x,y,z\n" + "".join(f"{k / 100:.2f},1,1,1\n" for k in range(500)), (), "constant"),
    "unit": ("t,x\n" + "".join(f"{k / 100:.2f},{k % 7}\n" for k in range(500)), ("--units", "s,furlong"), "m/s2"),
    "gain": ("t,x\n" + "".join(f"{k / 100:.2f},{k % 7}\n" for k in range(500)), ("--gain", "0"), "0 to 100"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_file_that_cannot_be_used_is_one_clear_message_and_leaves_nothing_behind(tmp_path: Path, case: str) -> None:
    text, options, message = BAD[case]
    file = tmp_path / "hand.csv"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    before = sorted(tmp_path.iterdir())
    sessions, answer = tmp_path / "sessions", tmp_path / "out.json"
    where = ("--lockstep", "--headless", "--json", answer, "--sessions", sessions)
    done = steadyhand("run", "needle_reach", "--input", f"recorded:{file}", *options, *where)
    said = done.stdout + done.stderr
    assert done.returncode == 2, said
    assert "Traceback" not in said
    assert len(re.findall(r"Error:", said)) == 1
    assert message in one_line(done.stderr)
    assert sorted(tmp_path.iterdir()) == before


def test_what_is_stated_about_a_file_is_taken_and_said_to_be_stated(tmp_path: Path) -> None:
    said: list[str] = []
    file = accelerations_in_g(tmp_path / "hand.csv")
    order = Order(
        task="needle_reach", input=f"recorded:{file}", reading=ReadingOptions("t,x,-,z", "ms,g", "acceleration"),
        duration_s=0.5, lockstep=True, headless=True, sessions=tmp_path / "sessions",
    )  # fmt: skip
    run(order, said.append, lambda *_: None)
    assert "columns as stated: t,x,-,z" in said[0]
    assert "time in ms (as stated)" in said[0]
    assert "accelerations in g (as stated)" in said[0]
    assert not any("guess" in line for line in said)
