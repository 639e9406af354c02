"""The window on a virtual display, with a virtual mouse."""

import io
import os
import shutil
import subprocess
import sys
import time

import msgspec
import numpy as np
import pytest
from PIL import Image

from tests.vr_training.view.test_live import hub

MISSING = [tool for tool in ("Xvfb", "xdotool", "import") if shutil.which(tool) is None]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"needs a virtual display: {', '.join(MISSING)} not installed")

VIEW = """
import sys
import msgspec
from tests.vr_training.view.test_live import SMALL
from vr_training.stream.messages import Endpoints
from vr_training.view.app import ViewRequest, run_view
if __name__ == '__main__':
    where = msgspec.json.decode(sys.argv[1], type=Endpoints)
    settings = msgspec.structs.replace(SMALL, width_px=640, height_px=480, linger_s=0.2, lost_s=20.0)
    sys.exit(run_view(where, settings, ViewRequest(window='always')))
"""


@pytest.fixture
def display(monkeypatch):
    """A virtual display; its name stands in DISPLAY."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1024x768x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=(write,), stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as pipe:
        name = f":{pipe.readline().strip()}"
    monkeypatch.setenv("DISPLAY", name)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    yield name
    server.terminate()
    server.wait()


def xdotool(*words):
    done = subprocess.run(["xdotool", *map(str, words)], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def screen():
    shot = subprocess.run(["import", "-window", "root", "png:-"], capture_output=True, check=True)
    return np.asarray(Image.open(io.BytesIO(shot.stdout)).convert("RGB")).astype(int)


def until(condition, seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.2)
    return False


def test_a_drag_moves_the_hand_with_the_clutch_released_and_a_bare_move_does_not(display, tmp_path):
    script = tmp_path / "view.py"
    script.write_text(VIEW)
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    with hub(120.0, inputs=True) as (process, endpoints):
        command = [sys.executable, str(script), msgspec.json.encode(endpoints).decode()]
        view = subprocess.Popen(command, env=environment)
        try:
            assert until(lambda: xdotool("search", "--name", "Needle reach - stage - Steadyhand"), 90)
            assert until(lambda: screen().std() > 20, 90), "the window shows no picture"
            one = screen()
            assert until(lambda: (np.abs(screen() - one).sum(axis=2) > 30).mean() > 1e-3, 10), (
                "the picture stands still"
            )
            xdotool("mousemove", 300, 300)
            for x in range(300, 361, 10):
                xdotool("mousemove", x, 320)
            time.sleep(0.5)
            xdotool("mousedown", 1)
            for x in range(360, 421, 10):
                xdotool("mousemove", x, 320)
                time.sleep(0.03)
            time.sleep(0.5)
            xdotool("mouseup", 1)
            time.sleep(0.5)
            xdotool("mousemove", 500, 200)
            time.sleep(0.5)
            xdotool("key", "Escape")
            time.sleep(0.5)
            picture = screen()
        finally:
            view.terminate()
            assert view.wait(20) == 0
        process.send_signal(2)
        told = msgspec.json.decode(process.stdout.readline())
    heard = np.array(told["heard"])
    assert told["stop"] == "soft"
    assert picture.std() > 20
    clutch, position = heard[:, 4], heard[:, 1:4]
    engaged = np.flatnonzero(clutch == 0.0)
    assert len(engaged), "the drag never released the clutch"
    first, last = engaged[0], engaged[-1]
    assert np.all(clutch[first : last + 1] == 0.0)
    np.testing.assert_array_equal(position[:first], 0.0)
    assert np.ptp(position[last + 1 :], axis=0).max(initial=0.0) < 1e-12
    moved = position[last] - position[first]
    assert moved[0] > 0.005, "a drag to the right moves the hand to the right"
    assert abs(moved[1]) + abs(moved[2]) < 0.1 * moved[0]
    steps = np.linalg.norm(np.diff(position, axis=0), axis=1)
    assert steps.max() < 0.3 * np.linalg.norm(moved), "the hand jumped"
