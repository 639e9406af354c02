"""The expert shows the way: once for each scene, through that very scene, and only where he masters it."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from steadyhand.commands.train import command
from steadyhand.expert_path import STEP_M, of_expert, thinned
from steadyhand.order import Order
from vr_training.records.reader import Recording
from vr_training.records.session import sessions
from vr_training.stream.messages import array


def train(folder: Path, seed: int, *more: str) -> None:
    app = typer.Typer()
    app.command()(command)
    words = ["needle_reach", "--input", "idle", "--lockstep", "--headless", "--duration", "0.3"]
    ran = CliRunner().invoke(app, [*words, "--seed", str(seed), "--sessions", str(folder), "--expert-path", *more])
    assert ran.exit_code == 1, ran.output  # nobody moves it


def test_the_expert_goes_once_for_each_scene_and_his_way_is_in_the_recording(tmp_path: Path) -> None:
    train(tmp_path, 5)
    train(tmp_path, 5)
    train(tmp_path, 6)
    recordings = [Recording.open(session.recording) for session in sessions(tmp_path)]
    hands = sorted((recording.info.seed, recording.info.input) for recording in recordings)
    assert hands == [(5, "expert"), (5, "idle"), (5, "idle"), (6, "expert"), (6, "idle")]
    expert, first, second = (
        next(r for r in recordings if (r.info.seed, r.info.input) == asked)
        for asked in ((5, "expert"), (5, "idle"), (6, "idle"))
    )
    (path,) = first.scene.paths
    points = np.asarray(array(path.points, "<f4", -1, 3), float)
    tip = expert.ticks["arms"]["psm1"]["tip"][:, :3]
    assert path.arm == "psm1"
    assert np.abs(points[0] - tip[0]).max() < 1e-5
    assert np.abs(points[-1] - tip[-1]).max() < 2 * STEP_M
    assert expert.scene.paths == ()
    assert second.scene.paths != first.scene.paths


@pytest.mark.slow
def test_another_scene_has_another_way(tmp_path: Path) -> None:
    train(tmp_path, 5)
    train(tmp_path, 5, "--difficulty", "hard")
    inputs = [Recording.open(session.recording).info for session in sessions(tmp_path)]
    assert sorted((info.difficulty, info.input) for info in inputs) == [
        ("hard", "expert"), ("hard", "idle"), ("standard", "expert"), ("standard", "idle"),
    ]  # fmt: skip


def test_whoever_stops_the_expert_is_not_asked_to_drive_but_keeps_the_session(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "steadyhand.cli", "train", "peg_transfer", "--input", "idle", "--lockstep", "--headless",
         "--expert-path", "--sessions", str(tmp_path)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        end = time.monotonic() + 120.0
        while not any(
            (each.recording.exists() and each.recording.stat().st_size > 10**6) for each in sessions(tmp_path)
        ):
            assert time.monotonic() < end, "the expert did not begin"
            time.sleep(0.1)
        child.send_signal(signal.SIGINT)
        said, _ = child.communicate(timeout=60.0)
    finally:
        child.kill()
    assert child.returncode == 1
    assert "The expert was stopped" in said
    (kept,) = sessions(tmp_path)
    assert Recording.open(kept.recording).complete
    assert kept.read_results()["input"] == "expert"


def test_the_expert_is_asked_for_the_same_scene_without_what_is_the_trainees(tmp_path: Path) -> None:
    asked = of_expert(Order(task="needle_reach", input="mouse", arm="psm1", seed=3, delay_ms=200.0, sessions=tmp_path))
    assert (asked.seed, asked.input, asked.delay_ms, asked.lockstep, asked.headless) == (3, "expert", 0.0, True, True)


def test_a_way_is_thinned_to_what_is_drawn_and_keeps_its_pauses() -> None:
    p = np.zeros((400, 3))
    p[:100, 0] = np.linspace(0.0, 0.01, 100)
    p[100:, 0] = 0.01
    p[50] = np.nan
    kept = thinned(p, 0.01 * np.arange(400))
    steps = np.linalg.norm(np.diff(p[kept], axis=0), axis=1)
    assert 50 not in kept
    assert np.all((steps >= STEP_M) | (np.diff(kept) >= 50))
    assert 20 <= len(kept) <= 30
