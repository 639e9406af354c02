import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from multiprocessing import Pipe
from pathlib import Path

import msgspec
import numpy as np
import pytest

from control.tick import Flag, State
from robotics.errors import DeviceError, StaleError
from tests.vr_training.view import guided_stage, view_stage
from vr_training.stream.client import StreamClient
from vr_training.stream.messages import Endpoints
from vr_training.view.age import Age
from vr_training.view.app import ViewRequest, run_view
from vr_training.view.contracts import Frame
from vr_training.view.display import why_no_window
from vr_training.view.events import Button, ButtonChanged
from vr_training.view.guided.hud import GuidedHud
from vr_training.view.hand_process import STALL_S, HandProcess, _Alive, serve_hand
from vr_training.view.hands_input import HandsInput
from vr_training.view.hud import Hud
from vr_training.view.live import Ending, LiveView
from vr_training.view.pace import LEVELS, MOVING, STEADY_S, Pace, Paces
from vr_training.view.presenter import Presenter
from vr_training.view.settings import load_view_settings
from vr_training.view.still import Album

ROOT = Path(__file__).resolve().parents[3]
SMALL = msgspec.structs.replace(load_view_settings("small"), width_px=320, height_px=240, lost_s=1.5)


@contextmanager
def hub(seconds, inputs=False):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.vr_training.view.view_hub", str(seconds), str(int(inputs))]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT)
    try:
        yield process, msgspec.json.decode(process.stdout.readline(), type=Endpoints)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def show(endpoints, said=None, **request):
    said = [] if said is None else said
    return run_view(endpoints, SMALL, ViewRequest(window="never", **request), said.append)


@contextmanager
def watched(monkeypatch):
    """Times and words of every display that is drawn."""
    shown = []
    panels = Hud.panels

    def watch(self, status, help_shown=False):
        made = panels(self, status, help_shown)
        shown.append((time.monotonic(), " ".join(text.text for panel in made for text in panel.texts)))
        return made

    monkeypatch.setattr(Hud, "panels", watch)
    yield shown


def test_off_screen_it_follows_the_session_to_its_end_and_leaves_no_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = []
    with hub(10.0) as (_, endpoints), watched(monkeypatch) as shown:
        assert show(endpoints, said, folder=tmp_path) == 0
    assert sum("LIVE" in words for _, words in shown) > 5
    assert not said
    assert not list(tmp_path.iterdir())


def test_a_session_whose_last_word_was_missed_ends_all_the_same(monkeypatch):
    """The newest state replaces the one before: a busy view may never get the one that says it is over."""
    newest = StreamClient.newest

    def deaf(self):
        state = newest(self)
        return state if state is None or state.running else None

    monkeypatch.setattr(StreamClient, "newest", deaf)
    said = []
    with hub(3.0) as (_, endpoints):
        assert show(endpoints, said) == 0
    assert not said


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_hub_that_dies_or_stalls_is_marked_stale_waited_for_and_left_in_good_order(monkeypatch, number):
    ended = []

    def end(process):
        while not shown:
            time.sleep(0.02)
        time.sleep(1.0)
        process.send_signal(number)
        ended.append(time.monotonic())

    said = []
    with hub(60.0) as (process, endpoints), watched(monkeypatch) as shown:
        thread = threading.Thread(target=end, args=(process,))
        thread.start()
        assert show(endpoints, said) == 1
        thread.join()
        process.send_signal(signal.SIGCONT)
    assert any("LIVE" in words for at, words in shown if at < ended[0])
    stale = [words for at, words in shown if at > ended[0] + 0.4]
    assert stale
    assert all("STALE" in words for words in stale)
    assert "CONNECTION LOST" in stale[-1]
    assert "silent" in said[-1]


class SlowRenderer:
    """A renderer that needs a while to stand ready, and then draws a plain picture at once."""

    name, busy, cameras = "slow", False, ()

    def __init__(self, start_s):
        self._ready_at = time.monotonic() + start_s

    @property
    def ready(self):
        return time.monotonic() > self._ready_at

    def submit(self, poses, cameras, quality, bent=()):
        self.busy, self.cameras = True, cameras

    def collect(self, wait_s=0.0):
        if not self.busy:
            return None
        self.busy = False
        return [
            Frame(np.zeros((c.height, c.width, 3), np.uint8), np.full((c.height, c.width), np.inf, np.float32))
            for c in self.cameras
        ]


class Silence:
    def newest(self):
        return None

    def stop(self):
        raise AssertionError("nobody asked for a stop")


def test_a_session_that_waits_for_the_first_picture_is_waited_for_and_silence_counts_from_then_on(tmp_path):
    scene, settings = view_stage.scene(), msgspec.structs.replace(SMALL, lost_s=0.3)
    presenter, album, ready = Presenter(scene, settings), Album(tmp_path), []
    began = time.monotonic()
    view = LiveView(
        scene, settings, Silence(), presenter, SlowRenderer(1.0), album, None, None,
        ready=lambda: ready.append(time.monotonic()),
    )  # fmt: skip
    assert view.run() is Ending.LOST
    assert len(ready) == 1
    assert ready[0] - began > 1.0
    assert time.monotonic() - ready[0] > 0.3


def test_a_view_that_stood_still_itself_does_not_take_that_for_silence(tmp_path):
    scene, settings = view_stage.scene(), msgspec.structs.replace(SMALL, lost_s=0.3)
    renderer, asked, stalls = SlowRenderer(0.0), [], []
    collect = renderer.collect

    def stall(wait_s=0.0):
        if len(asked) > 20 and not stalls:
            stalls.append(len(asked))
            time.sleep(1.0)
        return collect(wait_s)

    class Talking(Silence):
        def newest(self):
            asked.append(time.monotonic())
            return view_stage.state(scene, 0.1, running=len(asked) < 60)

    renderer.collect = stall
    view = LiveView(scene, settings, Talking(), Presenter(scene, settings), renderer, Album(tmp_path), None, None)
    assert view.run() is Ending.OVER
    assert stalls


class StuckRenderer(SlowRenderer):
    """A renderer whose second picture takes for ever, as one that compiles or hangs."""

    drawn = 0

    def submit(self, poses, cameras, quality, bent=()):
        super().submit(poses, cameras, quality, bent)
        self.drawn += 1

    def collect(self, wait_s=0.0):
        return super().collect(wait_s) if self.drawn < 2 else None


class Bedside(Silence):
    """States of a guided exercise that is stopped by the patient after a while."""

    def __init__(self, scene, ends_s):
        self.scene, self.began, self.ends_s = scene, time.monotonic(), ends_s
        self.stops = 0

    def newest(self):
        t = time.monotonic() - self.began
        held = {"loop": State.HOLD, "cause": int(Flag.PAIN)} if t > 0.3 else {}
        told = guided_stage.state(self.scene, (0.9,), (2.0,), time_s=t, running=t < self.ends_s, **held)
        return msgspec.structs.replace(told, sent_ns=time.time_ns())

    def stop(self):
        self.stops += 1


class FakeWindow:
    """A window that a person closes after a while."""

    def __init__(self, closed_after_s):
        self._closes_at = time.monotonic() + closed_after_s

    @property
    def open(self):
        return time.monotonic() < self._closes_at

    def poll(self):
        return ()

    def show(self, picture):
        return


def guided_view(tmp_path, renderer, window=None, ends_s=60.0, **asked):
    scene = guided_stage.scene()
    link = Bedside(scene, ends_s)
    return link, LiveView(
        scene, SMALL, link, Presenter(scene, SMALL), renderer, Album(tmp_path), window, None, **asked
    )  # fmt: skip


def test_a_stop_is_read_at_once_and_the_age_counts_up_where_the_picture_itself_stands_still(tmp_path, monkeypatch):
    said = []
    panels = GuidedHud.panels

    def watch(self, status, help_shown=False):
        made = panels(self, status, help_shown)
        said.append((status.age_s, " ".join(text.text for panel in made for text in panel.texts)))
        return made

    monkeypatch.setattr(GuidedHud, "panels", watch)
    _, view = guided_view(tmp_path, StuckRenderer(0.0), FakeWindow(2.0))
    assert view.run() is Ending.CLOSED
    ages = [age for age, _ in said]
    assert ages == sorted(ages)
    assert ages[-1] > 1.0
    last = said[-1][1]
    assert "Stopped: pain button" in last  # of the newest state, over the old picture
    assert "STALE" in last
    assert "LIVE" not in last
    assert "THE PICTURE STANDS STILL" in last
    assert "CONNECTION LOST" not in last


class FakeHand:
    """Counts how often it is told that a fresh picture was shown."""

    engaged, driven, name = False, 0, "view"

    def __init__(self):
        self.told = 0

    def alive(self):
        self.told += 1

    def listen(self):
        pass

    def look(self, *_):
        pass

    def release(self):
        pass


class SlowWindow(FakeWindow):
    """A window in which showing a picture takes longer than a lag that people notice."""

    shows = 0

    def show(self, picture):
        self.shows += 1
        time.sleep(1.5 * SMALL.stale_s)


def test_a_display_that_is_slow_to_show_its_pictures_does_not_let_go_of_the_hand(tmp_path):
    scene, hand, window = view_stage.scene(), FakeHand(), SlowWindow(2.5)

    class Talking(Silence):
        def newest(self):
            return view_stage.state(scene, time.monotonic() % 10.0)

    presenter = Presenter(scene, SMALL)
    view = LiveView(scene, SMALL, Talking(), presenter, SlowRenderer(0.0), Album(tmp_path), window, hand)
    assert view.run() is Ending.CLOSED
    assert window.shows > 3
    assert hand.told >= window.shows - 2


@pytest.mark.parametrize(("closing_stops", "ends_s", "stops"), [(True, 60.0, 1), (False, 60.0, 0), (True, 0.2, 0)])
def test_closing_the_window_that_an_exercise_is_guided_through_is_a_stop_unless_it_is_over(
    tmp_path, closing_stops, ends_s, stops
):
    link, view = guided_view(tmp_path, SlowRenderer(0.0), FakeWindow(0.6), ends_s, closing_stops=closing_stops)
    assert view.run() is Ending.CLOSED
    assert link.stops == stops


def test_a_hub_that_is_not_there_is_one_clear_error():
    nowhere = {name: f"ipc:///tmp/steadyhand-nowhere-{name}" for name in ("state", "request", "command", "stop")}
    with pytest.raises(StaleError, match="does not answer"):
        show(Endpoints(session="gone", pid=1, **nowhere))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_termination_end_it_in_good_order(tmp_path, number):
    program = (
        "import signal, sys, msgspec\n"
        "from pathlib import Path\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a job in the background starts without it
        "from tests.vr_training.view.test_live import SMALL\n"
        "from vr_training.stream.messages import Endpoints\n"
        "from vr_training.view.app import ViewRequest, run_view\n"
        "if __name__ == '__main__':\n"
        "    where = msgspec.json.decode(sys.argv[1], type=Endpoints)\n"
        "    first = Path(sys.argv[2]) / 'ready'\n"
        "    sys.exit(run_view(where, SMALL, ViewRequest(window='never'), ready=first.touch))\n"
    )
    script = tmp_path / "view.py"
    script.write_text(program)
    with hub(60.0) as (_, endpoints):
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, str(script), msgspec.json.encode(endpoints).decode(), str(tmp_path)]
        view = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 100
        while not (tmp_path / "ready").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(1.0)
        view.send_signal(number)
        _, errors = view.communicate(timeout=20)
    assert view.returncode == 0, errors
    assert "Traceback" not in errors


def test_without_a_display_a_window_is_refused_with_the_reason_and_auto_goes_on_off_screen(monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert why_no_window() == "there is no display"
    monkeypatch.setenv("DISPLAY", ":4711")
    assert "does not answer" in why_no_window()
    said = []
    with hub(3.0) as (_, endpoints):
        with pytest.raises(DeviceError, match="no window"):
            run_view(endpoints, SMALL, ViewRequest(window="always"), said.append)
        assert run_view(endpoints, SMALL, ViewRequest(), said.append) == 0
    assert "off-screen" in said[0]


def test_the_age_counts_from_the_sender_s_stamp_and_from_arrival_where_the_clocks_differ():
    age = Age()
    assert age.seconds(0) == float("inf")
    age.arrived(1, 1_000_000_000, 1_020_000_000)
    assert age.seconds(1_100_000_000) == pytest.approx(0.1)
    age.arrived(1, 1_000_000_000, 1_200_000_000)
    assert age.seconds(1_300_000_000) == pytest.approx(0.3)
    age.arrived(2, 90_000_000_000, 1_400_000_000)
    assert age.seconds(1_450_000_000) == pytest.approx(0.05)


def test_the_pace_settles_on_the_finest_level_that_the_host_can_keep_up():
    for speed, fine in ((0.004, 0), (0.05, None), (10.0, len(LEVELS) - 1)):
        pace = Pace(1 / 30, level=2)
        for _ in range(400):
            level = pace.level
            pace.took(speed * level.scale**2 * (2.2 if level.quality == "live" else 1.0))
        index = LEVELS.index(pace.level)
        assert fine is None or index == fine
        changes = set()
        for _ in range(200):
            level = pace.level
            changes.add(level)
            pace.took(speed * level.scale**2 * (2.2 if level.quality == "live" else 1.0))
        assert len(changes) == 1


def test_pictures_are_coarser_while_the_camera_moves_and_at_their_finest_as_soon_as_it_rests():
    presenter, paces = Presenter(view_stage.scene(), SMALL), Paces(1 / 30)
    assert paces.of(presenter.cameras(), 0.0).level == LEVELS[0]
    for k in range(1, 60):
        presenter.orbit(3.0, 1.0)
        pace = paces.of(presenter.cameras(), 0.04 * k)
        assert LEVELS.index(pace.level) >= MOVING
        assert paces.of(presenter.cameras(), 0.04 * k + 0.01) is pace  # a hand may pause
        pace.took(0.2)
    assert pace.level == LEVELS[-1]
    rested = paces.of(presenter.cameras(), 0.04 * 59 + STEADY_S + 0.01)
    assert rested.level == LEVELS[0]  # however slow the pictures were before


def test_a_view_ends_a_turn_of_its_camera_with_a_picture_of_full_size(tmp_path):
    scene = view_stage.scene()
    presenter, renderer, drawn = Presenter(scene, SMALL), SlowRenderer(0.0), []
    submit = renderer.submit

    def watch(poses, cameras, quality, bent=()):
        drawn.append((cameras[0].width, quality))
        submit(poses, cameras, quality)

    class Orbiting(Silence):
        def newest(self):
            if 1 < len(drawn) < 6:
                presenter.orbit(4.0, 0.0)
            turned = len(drawn) >= 6 and drawn[-1][0] == SMALL.width_px
            assert len(drawn) < 100
            return view_stage.state(scene, 0.1, running=not turned)

    renderer.submit = watch
    view = LiveView(scene, SMALL, Orbiting(), presenter, renderer, Album(tmp_path), None, None)
    assert view.run() is Ending.OVER
    assert drawn[0] == (SMALL.width_px, "live")
    assert max(width for width, _ in drawn[2:6]) < SMALL.width_px
    assert drawn[-1] == (SMALL.width_px, "live")


def test_the_hand_is_sent_all_the_time_and_lets_go_when_no_picture_comes():
    heard = []
    here, there = Pipe()
    hand = HandsInput(SMALL.hand)
    arguments = (there, hand, lambda pose, grip, clutch, arm: heard.append((time.monotonic(), clutch)), 200.0, "me")
    thread = threading.Thread(target=serve_hand, args=arguments)
    thread.start()
    here.send(ButtonChanged(Button.LEFT, True))
    start = time.monotonic()
    while time.monotonic() - start < STALL_S + 0.6:
        if time.monotonic() - start < 0.4:
            here.send(_Alive())
        time.sleep(0.01)
    told = []
    while here.poll():
        told.append(here.recv())
    here.close()
    thread.join(5.0)
    assert not thread.is_alive()
    assert [word.engaged for word in told] == [False, True, False]
    assert {word.name for word in told} == {"me"}
    engaged = [at for at, clutch in heard if not clutch]
    assert engaged[-1] - start > 0.35
    assert heard[-1][1] is True
    assert len(heard) > 30 * (STALL_S + 0.6)  # the right to command lasts 100 ms


def test_a_hand_that_reaches_no_hub_is_an_error():
    nowhere = {name: f"ipc:///tmp/steadyhand-nowhere-{name}" for name in ("state", "request", "command", "stop")}
    with HandProcess(Endpoints(session="gone", pid=1, **nowhere), SMALL.hand, 1.0) as hand:

        def listen():
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline:
                hand.listen()
                time.sleep(0.05)

        with pytest.raises(DeviceError, match="does not answer"):
            listen()
