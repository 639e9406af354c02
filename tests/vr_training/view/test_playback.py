import functools
import time

import av
import msgspec
import numpy as np
import pytest
from PIL import Image

from robotics.errors import ArgumentError, DeviceError, InputFileError
from tests.vr_training.view import view_stage
from vr_training.records.info import SessionInfo
from vr_training.records.reader import Recording
from vr_training.records.writer import Recorder
from vr_training.view import probe
from vr_training.view.events import KEY_HOME, KEY_LEFT, KEY_RIGHT
from vr_training.view.filming import Look, Span, film, render_recording
from vr_training.view.playback import Player
from vr_training.view.presenter import Presenter, poses_of
from vr_training.view.reel import Reel
from vr_training.view.render_process import RenderProcess
from vr_training.view.settings import load_view_settings
from vr_training.view.software import SoftwareRenderer
from vr_training.view.status import ViewInfo

SMALL = msgspec.structs.replace(load_view_settings("small"), width_px=320, height_px=240)
INFO = ViewInfo(camera="endoscope", renderer="software")


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    path = tmp_path_factory.mktemp("session") / "recording.mcap"
    info = SessionInfo(
        session="stage",
        task="needle_reach",
        rig="stage",
        input="script",
        filter="none",
        seed=0,
        lockstep=True,
        period_s=0.001,
        start_ns=0,
        version="test",
    )
    with Recorder(path, view_stage.scene(), info) as recorder:
        recorder.write(np.array([view_stage.tick(k * 1e-3, 1.6) for k in range(2001)]))
        recorder.close()
    return Recording.open(path)


def presenter_of(recording, layout="off"):
    return Presenter(recording.scene, SMALL, layout)


def test_a_recording_becomes_stills_of_its_moments_and_a_video_as_long_as_itself(recording, tmp_path):
    told = []
    made = render_recording(recording, SMALL, tmp_path, progress=told.append)
    assert [path.stem[3:] for path in made.stills] == ["start", "touch", "hold", "success", "end"]
    for path in made.stills:
        picture = np.asarray(Image.open(path))
        assert picture.shape == (240, 320, 3)
        assert picture.std() > 20
    with av.open(str(made.video)) as container:
        frames = sum(1 for _ in container.decode(video=0))
    assert frames == 51
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_a_part_of_a_recording_is_filmed_slowly_with_another_camera_and_a_second_one_in_it(recording, tmp_path):
    path, told = tmp_path / "slow.mp4", []
    look = Look("top_bottom", "side", "endoscope")
    frames = film(recording, SMALL, path, look, Span(0.5, 0.9, 0.5), told.append)
    with av.open(str(path)) as container:
        pictures = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(pictures) == frames == 21
    assert pictures[0].shape == (240, 320, 3)
    assert told[-1] == 1.0
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("span", [Span(3.0), Span(1.0, 1.0), Span(speed=0.0), Span(speed=-1.0)])
def test_a_part_that_holds_nothing_is_refused_and_leaves_no_file(recording, tmp_path, span):
    with pytest.raises(ArgumentError, match=r"nothing lies between|speed"):
        film(recording, SMALL, tmp_path / "x.mp4", span=span)
    assert not list(tmp_path.iterdir())


def test_a_recording_without_ticks_is_refused(recording):
    with pytest.raises(InputFileError, match="no ticks"):
        Reel(recording.scene, recording.ticks[:0])


def test_a_reel_shows_the_tick_of_each_time_and_ends_where_the_recording_does(recording):
    reel = Reel(recording.scene, recording.ticks)
    state = reel.state(reel.index(1.2344))
    assert state.time_s == pytest.approx(1.234)
    assert state.arms[0].tip[:3] == tuple(recording.ticks[1234]["arms"]["arm"]["tip"][:3])
    assert reel.index(-5.0) == 0
    assert reel.state(reel.index(99.0)).running is False
    assert reel.state(0).running is True
    assert np.linalg.norm(reel.state(2000).arms[0].force) == pytest.approx(reel.state(2000).arms[0].force_n)


def test_the_player_pauses_seeks_and_changes_its_speed(recording):
    presenter = presenter_of(recording)
    player = Player(Reel(recording.scene, recording.ticks), speed=0.5)
    player.advance(1.0, presenter)
    assert player.time_s == pytest.approx(0.5)
    player.key(ord(" "), presenter)
    player.advance(1.0, presenter)
    assert player.time_s == pytest.approx(0.5)
    assert player.label == "PAUSED"
    player.key(ord(" "), presenter)
    player.key(ord("="), presenter)
    player.advance(0.25, presenter)
    assert player.time_s == pytest.approx(0.75)
    player.key(KEY_RIGHT, presenter)
    assert player.time_s == 2.0
    player.key(KEY_LEFT, presenter)
    assert player.time_s == 0.0
    player.advance(9.0, presenter)
    assert player.index == 2000
    player.key(KEY_HOME, presenter)
    assert player.index == 0


def test_seeking_gives_the_same_trail_as_playing_there(recording):
    reel = Reel(recording.scene, recording.ticks)
    played, sought = presenter_of(recording), presenter_of(recording)
    reel.follow(played, 0.0, 1.5)
    reel.rewind(sought, 0.3)
    reel.rewind(sought, 1.5)
    np.testing.assert_allclose(
        played.overlays.trails["arm"].points(1.5)[0], sought.overlays.trails["arm"].points(1.5)[0], atol=1e-12
    )


def test_a_picture_rendered_small_is_finished_at_full_size(recording):
    presenter = presenter_of(recording)
    state = view_stage.state(recording.scene, 1.0)
    renderer = SoftwareRenderer("fast", threads=1)
    renderer.load(recording.scene)
    pictures = []
    for scale in (1.0, 0.5):
        cameras = presenter.cameras(scale)
        frames = [renderer.render(poses_of(recording.scene, state), camera) for camera in cameras]
        pictures.append(presenter.compose(frames, cameras, state, INFO).astype(float))
    assert pictures[0].shape == pictures[1].shape
    assert np.abs(pictures[0] - pictures[1]).mean() < 8


def test_cameras_are_cycled_and_the_free_one_turns(recording):
    presenter = presenter_of(recording)
    assert presenter.view.name == "endoscope"
    presenter.next_camera()
    assert presenter.view.name == "side"
    presenter.next_camera()
    free = presenter.view
    presenter.orbit(50.0, 0.0)
    presenter.zoom(1.0)
    assert presenter.view.eye_m != free.eye_m
    presenter.next_camera()
    assert presenter.view.name == "endoscope"


@pytest.mark.parametrize(
    ("renderer", "problem"), [(view_stage.CrashingRenderer, "died"), (view_stage.HangingRenderer, "no answer")]
)
def test_a_renderer_that_crashes_or_hangs_is_an_error_and_takes_nothing_else_with_it(
    recording, renderer, problem, monkeypatch
):
    monkeypatch.setattr("vr_training.view.render_process.START_TIMEOUT_S", 20.0)
    camera = presenter_of(recording).cameras()
    poses = poses_of(recording.scene, None)
    with RenderProcess(renderer, recording.scene, 320 * 240, frame_timeout_s=0.5) as process:
        while not process.ready:
            time.sleep(0.01)
        monkeypatch.setattr("vr_training.view.render_process.START_TIMEOUT_S", 0.5)
        with pytest.raises(DeviceError, match=problem):
            process.render(poses, camera)


@pytest.mark.parametrize("renderer", [view_stage.CrashingRenderer, view_stage.HangingRenderer])
def test_a_plainer_renderer_draws_the_picture_that_one_which_crashed_or_hung_still_owes(
    recording, renderer, monkeypatch
):
    cameras, poses, told = presenter_of(recording).cameras(), poses_of(recording.scene, None), []
    with RenderProcess(
        renderer, recording.scene, 320 * 240, 0.5, lower=(SoftwareRenderer,), fell=lambda *what: told.append(what)
    ) as process:
        while not process.ready:
            time.sleep(0.01)
        failed = process.name
        monkeypatch.setattr("vr_training.view.render_process.START_TIMEOUT_S", 1.0)
        process.submit(poses, cameras, "fast")
        while not told:
            assert process.collect(0.1) is None
        monkeypatch.setattr("vr_training.view.render_process.START_TIMEOUT_S", 60.0)
        assert process.busy
        frames = None
        while frames is None:
            frames = process.collect(0.5)
        assert process.name == SoftwareRenderer.name != failed
        alone = SoftwareRenderer("fast")
        alone.load(recording.scene)
        np.testing.assert_array_equal(frames[0].colour, alone.render(poses, cameras[0]).colour)
        assert not process.busy
        process.render(poses, cameras)
    ((name, problem),) = told
    assert name == failed
    assert "died" in problem or "no answer" in problem


def test_a_renderer_that_failed_in_a_session_is_not_taken_again_on_this_host(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(probe, "has_graphics_device", lambda: True)
    probe.distrust("filament", "it hung")
    assert not probe.verdict("filament").works
    assert "it hung" in probe.verdict("filament").reason
    before = list(tmp_path.rglob("*.json"))
    probe.distrust("", "it never started")
    assert list(tmp_path.rglob("*.json")) == before


def test_a_renderer_that_cannot_start_says_why(recording):
    make = functools.partial(SoftwareRenderer, "glorious")
    with RenderProcess(make, recording.scene, 1) as process, pytest.raises(DeviceError, match="glorious"):
        process.render(poses_of(recording.scene, None), ())
