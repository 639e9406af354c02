"""Hands from elsewhere drive a whole session in real time: a program of thirty lines, and a tracker."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import numpy as np
import pytest
import zmq

from control.states import INPUT_LOST
from control.tick import State
from vr_training.records.reader import Recording
from vr_training.records.session import sessions
from vr_training.stream.client import StreamClient
from vr_training.stream.endpoints import read_endpoints
from vr_training.stream.messages import ArmState

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "drive_arm.py"
FEEL = ROOT / "docs" / "examples" / "feel_force.py"
START_S = 240.0
"""How long a session may take to stand: kernels may have to be compiled first [s]."""


@contextmanager
def session(folder: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """A headless session in real time, and its announcement."""
    command = [sys.executable, "-m", "steadyhand", "run", "needle_reach", "--headless", "--sessions", str(folder)]
    process = subprocess.Popen(
        [*command, *options], cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    try:
        end = time.monotonic() + START_S
        live = None
        while live is None and time.monotonic() < end and process.poll() is None:
            live = next((each.live for each in sessions(folder) if each.live.exists()), None)
            time.sleep(0.05)
        assert live is not None, process.communicate()[0]
        yield process, live
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(60.0)
        if process.stdout is not None:
            process.stdout.close()


def wait_for(client: StreamClient, state: State) -> None:
    """Look until the session is in a state; its first one comes once the loop runs."""
    end = time.monotonic() + 60.0
    while time.monotonic() < end:
        newest = client.newest()
        if newest is not None and newest.state == state:
            return
        time.sleep(0.01)
    raise AssertionError(f"{state.name} did not come")


def drive_until_it_has_moved(client: StreamClient, live: Path, arm: int) -> None:
    """Run the example; again where a machine that was held up for 100 ms took the arm out of its hand."""
    for _ in range(4):
        before = tip(client, arm)
        example = subprocess.run(
            [sys.executable, str(EXAMPLE), str(live), "4", str(arm)],
            capture_output=True, text=True, timeout=60.0, check=True,
        )  # fmt: skip
        assert "'granted': True" in example.stdout, example.stdout + example.stderr
        time.sleep(0.3)
        if abs(tip(client, arm) - before) > 2e-3:  # its last word is far to the right
            return


def tip(client: StreamClient, arm: int) -> float:
    """Where an arm's tip is now, along world's x [m]."""
    state = client.snapshot().state
    assert state is not None
    return state.arms[arm].tip[0]


def ended(process: subprocess.Popen[str], live: Path) -> np.ndarray:
    """End the run in good order; the ticks of its recording."""
    with StreamClient(read_endpoints(live), "test") as client:
        client.quit()
    said = process.communicate(timeout=90.0)[0]
    assert "Traceback" not in said, said
    return Recording.open(live.parent).ticks


@pytest.mark.slow
def test_a_program_of_thirty_lines_drives_either_arm_and_when_it_ends_the_arm_holds(tmp_path: Path) -> None:
    with session(tmp_path, "--input", "remote", "--rig", "psms_over_tissue") as (process, live):
        with StreamClient(read_endpoints(live), "looker") as client:
            wait_for(client, State.READY)
            for arm in (0, 1):
                drive_until_it_has_moved(client, live, arm)
        ticks = ended(process, live)
    states = ticks["state"]
    moved = {
        name: np.ptp(ticks["arms"][name]["tip"][np.isin(states, (State.ENGAGED, State.CLUTCHED)), 0])
        for name in ("psm1", "psm2")
    }
    assert moved["psm1"] > 2e-3
    assert moved["psm2"] > 2e-3
    engaged = states == State.ENGAGED
    followed = {name: np.flatnonzero((ticks["arms"][name]["clutch"] == 0) & engaged) for name in moved}
    assert followed["psm1"].max() < followed["psm2"].min(), "one arm at a time"
    held = np.flatnonzero(states == State.HOLD)
    assert held.size, "the program ended and nothing held the arm"
    assert int(ticks["cause"][held[-1]]) & int(INPUT_LOST)
    for name in moved:
        parked = ticks["arms"][name]["clutch"] == 1
        settled = engaged & parked & np.roll(engaged & parked, 200)
        assert np.abs(ticks["arms"][name]["dq_cmd"][settled]).max(initial=0.0) < 1e-9


def test_a_program_reads_the_force_on_a_tip_in_the_operators_frame_and_none_while_the_clutch_is_pressed(
    tmp_path: Path,
) -> None:
    arms = [
        ArmState(name=name, q=(), tip=(), target=(), force_n=force[0], grip=0.0, clutch=clutch, flags=0, force=force)
        for name, force, clutch in (
            ("driven", (2.0, 0.0, 0.0), False),
            ("strong", (0.0, 0.0, -40.0), False),
            ("left", (2.0, 0.0, 0.0), True),
            ("unknown", (math.nan,) * 3, False),
        )
    ]
    state = msgspec.msgpack.encode({"arms": arms})
    turned = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
    with zmq.Context() as context, context.socket(zmq.REP) as scene, context.socket(zmq.PUB) as states:
        for socket in (scene, states):
            socket.setsockopt(zmq.LINGER, 0)
        live = {}
        for name, socket in (("request", scene), ("state", states)):
            live[name] = f"ipc://{tmp_path}/{name}"
            socket.bind(live[name])
        (tmp_path / "live.json").write_text(json.dumps(live), encoding="utf-8")
        read = []
        for arm in range(len(arms)):
            process = subprocess.Popen(
                [sys.executable, str(FEEL), str(tmp_path / "live.json"), "1", str(arm)],
                text=True, stdout=subprocess.PIPE,
            )  # fmt: skip
            assert scene.poll(30_000)
            assert msgspec.msgpack.decode(scene.recv()) == {"what": "scene"}
            scene.send(msgspec.msgpack.encode({"operator_from_world": turned.tobytes()}))
            while process.poll() is None:
                states.send(state)
                time.sleep(1.0 / 60.0)
            assert process.stdout is not None
            with process.stdout:
                read.append([float(part) for part in process.stdout.read().splitlines()[-1].split()])
    np.testing.assert_allclose(read, [[0.0, 0.0, 1.0], [0.0, -3.0, 0.0], [0.0] * 3, [0.0] * 3], atol=0.01)


@pytest.mark.slow
def test_a_tracker_drives_the_arm_and_an_end_of_its_stream_holds_it(tmp_path: Path) -> None:
    pytest.importorskip("pyigtl")
    from tests.vr_training.inputs.igtl_tracker import Playing

    with Playing() as tracker, session(tmp_path, "--input", f"igtl:127.0.0.1:{tracker.port}") as (process, live):
        with StreamClient(read_endpoints(live), "looker") as client:
            client.scene()

            wait_for(client, State.CLUTCHED)
            tracker.release_and_move()
            wait_for(client, State.ENGAGED)
            time.sleep(2.0)
            tracker.fall_silent()
            wait_for(client, State.HOLD)
        ticks = ended(process, live)
    engaged = ticks["state"] == State.ENGAGED
    assert np.ptp(ticks["arms"]["psm1"]["tip"][engaged, 0]) > 2e-3
    assert ticks["arms"]["psm1"]["hand"][engaged, 0].max() > 0.01
