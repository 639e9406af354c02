"""The door: exit codes, messages, JSON; bad input leaves nothing behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from control.realtime import loop_core
from tests.steadyhand import program
from tests.steadyhand.in_process import ask
from vr_training.stream.keys import read_key

ROOT = Path(__file__).parents[2]


def steadyhand(*arguments: object, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return program.ask(*arguments, cwd=cwd, environment=environment, timeout=240.0)


def test_the_scripted_form_writes_its_results_and_the_report_gives_the_same_figures(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    ran = steadyhand("run", "needle_reach", "--lockstep", "--seed", 7, "--headless", "--json", out, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    results = json.loads(out.read_text())
    assert results["success"] is True
    assert {"scores", "timing", "session", "digest"} <= set(results)
    assert len(results["digest"]) == 64
    folder = tmp_path / results["session"]
    assert {path.name for path in folder.iterdir()} >= {"recording.mcap", "report.html", "session.json"}
    again = steadyhand("report", "newest", "--json", tmp_path / "again.json", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    scored = json.loads((tmp_path / "again.json").read_text())
    assert (scored["scores"], scored["digest"]) == (results["scores"], results["digest"])
    refused = steadyhand("replay", "newest", "--out", out, cwd=tmp_path)
    assert refused.returncode == 2, refused.stdout + refused.stderr
    assert f"--out {out}: File exists" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "needle_rech"), "needle_reach"),
        (("run", "needle_reach", "--filter", "kalmann"), "default, ebmflc_kalman"),
        (("run", "needle_reach", "--rig", "nope"), "psm_over_tissue"),
        (("run", "needle_reach", "--input", "telepathy"), "scripted"),
        (("run", "needle_reach", "--input", "recorded:nowhere.csv"), "nowhere.csv"),
        (("run", "needle_reach", "--seed", "-3", "--headless"), "-3"),
        (("run", "needle_reach", "--duration", "0"), "duration"),
        (("run", "needle_reach", "--input", "mouse", "--headless"), "needs the view"),
        (("run", "needle_reach", "--gain", "2", "--headless"), "input 'scripted' has none"),
        (("run", "needle_reach", "--view", "materials"), "choose one of: default, small"),
        (("run", "needle_reach", "--headless", "--json", "no/such/folder/x.json"), "no/such/folder"),
        (("run", "needle_reach", "--headless", "--lockstep", "--sessions", "bad.toml"), "bad.toml: File exists"),
        (("run", "needle_reach", "--filter", "bad.toml"), "cutoff_hz"),
        (("run", "needle_reach", "--rig", "broken.toml"), "not valid TOML"),
        (("train", "peg_transfr"), "choose one of: active_track, "),
        (("train", "tremor_calibration", "--headless"), "choose one of: active_track, "),
        (("train", "static_track", "--input", "telepathy", "--headless"), "expert, gamepad, idle"),
        (("list", "robots"), "arms, exercises, filters"),
        (("report", "20990101"), "20990101"),
        (("view", "20990101"), "no session runs here"),
        (("view", "--connect", "192.168.1.5"), "go together"),
        (("view", "--keys", "bad.toml"), "go together"),
        (("view", "--connect", "here:x", "--keys", "bad.toml"), "chmod 600"),
        (("view", "--stereo-as", "crossed"), "anaglyph"),
        (("run", "needle_reach", "--headless", "--listen", "here:x"), "HOST:PORT"),
        (("run", "needle_reach", "--headless", "--listen", "127.0.0.1", "--lockstep"), "needs real time"),
        (("keys", "make", "../a", "--folder", "sessions"), "no name"),
        (("keys", "revoke", "nobody", "--folder", "sessions"), "nobody"),
        (("replay", "20990101"), "20990101"),
        (("video", "20990101"), "20990101"),
        (("run",), "task"),
    ],
)
def test_bad_input_gives_one_clear_message_exit_code_two_and_nothing_half_written(
    tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    (tmp_path / "bad.toml").write_text('kind = "butterworth"\ncutoff_hz = -1.0\n')
    (tmp_path / "broken.toml").write_text("title = [")
    ran = ask(*arguments, cwd=tmp_path)
    assert ran.returncode == 2, ran.stdout + ran.stderr
    assert said in ran.stderr
    assert "Traceback" not in ran.stderr
    left = {path.name for path in tmp_path.rglob("*")} - {"bad.toml", "broken.toml"}
    assert left <= {"sessions"}


@pytest.mark.slow
def test_the_expert_trains_a_lesson_and_leaves_a_session_of_its_name(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    flags = ("--input", "expert", "--lockstep", "--headless", "--json", out)
    ran = steadyhand("train", "static_track", *flags, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    results = json.loads(out.read_text())
    assert results["success"] is True
    assert "static_track" in Path(results["session"]).name
    assert (tmp_path / results["session"] / "recording.mcap").is_file()


def test_the_list_of_lessons_says_what_a_program_wants_to_know(tmp_path: Path) -> None:
    ran = ask("list", "lessons", "--json", "-", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    rows = {row["name"]: row for row in json.loads(ran.stdout)}
    assert {"needle_reach", "static_track", "peg_transfer"} <= set(rows)
    assert "tremor_calibration" not in rows  # a task, no lesson
    levels = [row["level"] for row in rows.values()]
    assert levels == sorted(levels)
    for row in rows.values():
        assert row["arms"]
        assert row["thresholds"]["time_limit_s"] > 0.0
    assert rows["peg_transfer"]["arms"] == ["psm1"]
    assert rows["peg_transfer_handoff"]["arms"] == ["psm1", "psm2"]
    assert rows["static_track"]["thresholds"] == {
        "goal_radius_m": 0.003,
        "time_limit_s": 90.0,
        "targets": 4,
        "track_s": 3.0,
        "inside_share": 0.95,
    }


@pytest.mark.parametrize("what", ["arms", "filters", "tasks", "lessons", "rigs", "inputs", "sessions"])
def test_every_list_says_what_there_is(tmp_path: Path, what: str) -> None:
    ran = ask("list", what, "--json", "-", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    rows = json.loads(ran.stdout)
    assert rows or what == "sessions"
    assert all(row["name"] and row["title"] for row in rows)


@pytest.mark.parametrize("command", ["run", "train", "view", "replay", "video", "report", "list", "doctor"])
def test_every_command_teaches_itself(tmp_path: Path, command: str) -> None:
    ran = ask(command, "--help", cwd=tmp_path)
    assert ran.returncode == 0
    assert f"steadyhand {command}" in ran.stdout
    assert "--json" in ran.stdout


def test_a_key_is_made_listed_and_taken_back_and_no_session_listens_while_nobody_has_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    listening = ("run", "needle_reach", "--headless", "--listen", "127.0.0.1")
    refused = ask(*listening, cwd=tmp_path)
    assert refused.returncode == 2
    assert "keys make NAME" in refused.stderr
    made = ask("keys", "make", "bedside", "--operate", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert read_key(tmp_path / "bedside.key").role == "operate"
    again = ask("keys", "make", "bedside", cwd=tmp_path)
    assert again.returncode == 2
    taken = ask("keys", "make", "other", "-o", "bedside.key", cwd=tmp_path)
    assert taken.returncode == 2
    assert json.loads(ask("keys", "list", "--json", "-", cwd=tmp_path).stdout) == {"bedside": "operate"}
    assert ask("keys", "revoke", "bedside", cwd=tmp_path).returncode == 0
    assert ask(*listening, cwd=tmp_path).returncode == 2
    assert not (tmp_path / "sessions").exists()


def test_the_doctor_examines_the_machine(tmp_path: Path) -> None:
    ran = steadyhand("doctor", "--json", "-", cwd=tmp_path)
    findings = {finding["name"]: finding for finding in json.loads(ran.stdout)}
    assert {"renderer", "real time", "serial ports", "display"} <= set(findings)
    assert ran.returncode == (1 if any(f["level"] == "bad" for f in findings.values()) else 0)
    assert all(finding["fix"] for finding in findings.values() if finding["level"] == "bad")


def test_a_stranger_called_control_is_refused(tmp_path: Path) -> None:
    (tmp_path / "control").mkdir()
    (tmp_path / "control" / "__init__.py").write_text("")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from steadyhand.cli import main; main()"
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": f"{tmp_path}:{ROOT}"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 2
    assert "is not Steadyhand's" in ran.stderr


def test_an_interrupt_within_a_command_is_said_and_gives_its_own_exit_code(tmp_path: Path) -> None:
    code = """
from steadyhand import cli

@cli.app.command("wait")
def wait() -> None:
    raise KeyboardInterrupt

import sys
sys.argv = ["steadyhand", "wait"]
cli.main()
"""
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 130, ran.stderr
    assert "Interrupted." in ran.stderr
    assert "Traceback" not in ran.stderr


def test_the_loop_has_a_core_to_itself_where_there_are_two() -> None:
    core = loop_core()
    assert (core is None) == (len(os.sched_getaffinity(0)) == 1)
