"""A session over what a real camera saw: all lies where it belongs, and what is there hides what is behind it."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from msgspec.structs import replace

from robotics.errors import ArgumentError, ConfigError, InputFileError, MissingFileError
from tests.vr_training.view import view_stage
from vr_training.records.info import SessionInfo
from vr_training.records.reader import Recording
from vr_training.records.writer import Recorder
from vr_training.view import stand_in
from vr_training.view.augment import Augmented, simulated
from vr_training.view.cameras import camera, project
from vr_training.view.clip import Calibration, Clip, distorted, filling, pose7, remapped, undistortion
from vr_training.view.contracts import Frame
from vr_training.view.presenter import Presenter, poses_of
from vr_training.view.settings import load_view_settings
from vr_training.view.software import SoftwareRenderer
from vr_training.view.status import ViewInfo
from vr_training.view.video import VideoWriter

SMALL = replace(load_view_settings("small"), width_px=320, height_px=240, video_rate_hz=4)
AT = (0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0)
PLAIN = Calibration(width_px=320, height_px=240, fx_px=300.0, fy_px=300.0, cx_px=160.0, cy_px=120.0, poses=(AT,))


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    path = tmp_path_factory.mktemp("recording") / "recording.mcap"
    info = SessionInfo(
        session="stage", task="needle_reach", rig="stage", input="script", filter="none", seed=0,
        lockstep=True, period_s=0.001, start_ns=0, version="test",
    )  # fmt: skip
    with Recorder(path, view_stage.scene(), info) as recorder:
        recorder.write(np.array([view_stage.tick(k * 1e-3, 1.6) for k in range(200)]))
        recorder.close()
    return Recording.open(path)


@pytest.fixture(scope="module")
def made(recording, tmp_path_factory):
    return stand_in.make_clip(recording, SMALL, tmp_path_factory.mktemp("clip") / "theatre.mp4", seed=3)


def test_a_film_of_the_scene_lies_pixel_on_pixel_over_the_scene(recording, made):
    clip, index = Clip(made.path), 5
    hidden = simulated(recording.scene)
    seen = clip.camera(index, 320, 240)
    renderer = SoftwareRenderer("live", threads=1)
    renderer.load(recording.scene)
    poses = poses_of(recording.scene, view_stage.state(recording.scene, 0.0)).copy()
    poses[list(hidden), 2] = -1e3
    drawn = renderer.render(poses, seen).colour[20:-20, 20:-20].mean(axis=2)
    film = clip.picture(index, 320, 240).mean(axis=2)

    def alike(dx: int, dy: int) -> float:
        shifted = film[20 + dy : 220 + dy, 20 + dx : 300 + dx]
        return float(np.corrcoef(drawn.ravel(), shifted.ravel())[0, 1])

    assert alike(0, 0) > 0.9
    best = max((alike(dx, dy), dx, dy) for dx in range(-3, 4) for dy in range(-3, 4))
    assert best[1:] == (0, 0)
    raw = clip._frames[index].mean(axis=2)[20:-20, 20:-20]
    assert np.corrcoef(drawn.ravel(), raw.ravel())[0, 1] < alike(0, 0) - 0.01  # the lens has to be taken out


def test_the_picture_shows_the_film_with_the_instrument_as_a_ghost_in_it(recording, made):
    presenter = Presenter(recording.scene, SMALL, clip=Clip(made.path))
    state = view_stage.state(recording.scene, 1.0)
    presenter.look(state)
    cameras = presenter.cameras()
    assert cameras[0].hidden == ()
    assert cameras[1].hidden == simulated(recording.scene)
    renderer = SoftwareRenderer("fast", threads=1)
    renderer.load(recording.scene)
    poses = poses_of(recording.scene, state)
    without = poses.copy()
    without[list(cameras[1].hidden), 2] = -1e3
    frames = [renderer.render(poses, cameras[0]), renderer.render(without, cameras[1])]
    mixed = Augmented(Clip(made.path), recording.scene).mix(*frames, state)
    film = Clip(made.path).picture(Clip(made.path).index(state.time_s), 320, 240)
    ghost = frames[0].depth < frames[1].depth - 1e-3
    assert 0.005 < ghost.mean() < 0.5
    np.testing.assert_array_equal(mixed.colour[~ghost & (frames[0].depth >= frames[1].depth)],
                                  film[~ghost & (frames[0].depth >= frames[1].depth)])  # fmt: skip
    expected = 0.72 * frames[0].colour[ghost].astype(float) + 0.28 * film[ghost]
    assert np.abs(mixed.colour[ghost] - expected).max() <= 1.0
    np.testing.assert_array_equal(mixed.depth, frames[1].depth)
    picture = presenter.compose(frames, cameras, state, ViewInfo(camera=presenter.view.name, renderer="software"))
    assert presenter.view.name == "theatre"
    target = project(cameras[0], state.target[:3])
    around = picture[int(target[1]) - 12 : int(target[1]) + 12, int(target[0]) - 12 : int(target[0]) + 12].astype(int)
    bare = mixed.colour[int(target[1]) - 12 : int(target[1]) + 12, int(target[0]) - 12 : int(target[0]) + 12]
    assert (np.abs(around - bare) > 25).mean() > 0.02  # the goal's mark is where the goal is


def test_what_is_there_for_the_camera_hides_a_ghost_behind_it(recording, made):
    clip = Clip(made.path)
    near, far = np.full((240, 320), 0.1, np.float32), np.full((240, 320), 0.2, np.float32)
    red = np.full((240, 320, 3), (255, 0, 0), np.uint8)
    state = view_stage.state(recording.scene, 0.0)
    over = Augmented(clip, recording.scene)
    film = clip.picture(0, 320, 240)
    np.testing.assert_array_equal(over.mix(Frame(red, near), Frame(red, near), state).colour, film)
    assert (over.mix(Frame(red, near), Frame(red, far), state).colour[..., 0] >= 183).all()


def test_a_clip_repeats_and_goes_by_the_sessions_time(made):
    clip = Clip(made.path)
    assert len(clip) == made.frames == 16
    assert [clip.index(t) for t in (-1.0, 0.0, 0.25, 3.99, 4.0)] == [0, 0, 1, 15, 0]
    assert not np.array_equal(clip.camera(0, 32, 24).T_world_camera, clip.camera(4, 32, 24).T_world_camera)


def test_the_same_seed_gives_the_same_calibration(recording, made, tmp_path):
    again = stand_in.make_clip(recording, replace(SMALL, width_px=160, height_px=160), tmp_path / "a.mp4", seed=3)
    assert Clip(again.path).calibration.poses == Clip(made.path).calibration.poses


def test_without_distortion_a_picture_of_the_same_size_is_itself():
    picture = np.random.default_rng(1).integers(0, 255, (240, 320, 3)).astype(np.uint8)
    focal = filling(PLAIN, 320, 240)
    assert focal == pytest.approx(300.0)
    np.testing.assert_array_equal(remapped(picture, *undistortion(PLAIN, 320, 240, focal)), picture)


@pytest.mark.parametrize("size", [(320, 240), (640, 360), (240, 320)])
def test_a_picture_of_any_shape_is_filled(size):
    bent = replace(PLAIN, distortion=(-0.25, 0.08, 0.001, -0.002, 0.0), cx_px=150.0)
    columns, rows = undistortion(bent, *size, filling(bent, *size))
    assert -0.5 <= columns.min() < columns.max() <= 319.5
    assert -0.5 <= rows.min() < rows.max() <= 239.5


def test_a_lens_bends_as_the_model_says_and_the_way_back_is_found():
    x, y = distorted(np.array(0.3), np.array(-0.2), (0.1, -0.05, 0.002, 0.003, 0.01))
    r2 = 0.13
    radial = 1.0 + 0.1 * r2 - 0.05 * r2**2 + 0.01 * r2**3
    assert float(x) == pytest.approx(0.3 * radial + 2 * 0.002 * 0.3 * -0.2 + 0.003 * (r2 + 2 * 0.09))
    assert float(y) == pytest.approx(-0.2 * radial + 0.002 * (r2 + 2 * 0.04) + 2 * 0.003 * 0.3 * -0.2)
    columns, rows = stand_in._bent(320, 240, 300.0, 161.0, 118.0)
    wide = 300.0 / stand_in.WIDER
    there_x, there_y = distorted((columns + 0.5 - 160.0) / wide, (rows + 0.5 - 120.0) / wide, stand_in.LENS)
    np.testing.assert_allclose(300.0 * there_x[10] + 161.0 - 0.5, np.arange(320), atol=0.01)
    np.testing.assert_allclose(300.0 * there_y[:, 10] + 118.0 - 0.5, np.arange(240), atol=0.01)


def test_a_pose_is_written_as_it_is_read():
    view = view_stage.scene().cameras[0]
    T = camera(view, 320, 240).T_world_camera
    known = replace(PLAIN, poses=(pose7(T),))
    text = stand_in.calibration_text(known)
    read = msgspec.toml.decode(text, type=Calibration)
    np.testing.assert_allclose(read.poses[0], known.poses[0], atol=1e-8)
    assert read.fx_px == known.fx_px


def film(path, count=3, size=(320, 240)):
    with VideoWriter(path, *size, 25) as writer:
        for k in range(count):
            writer.write(np.full((size[1], size[0], 3), 40 * k, np.uint8))
    return path


def test_a_clip_that_cannot_be_used_says_why(tmp_path):
    path = film(tmp_path / "a.mp4")
    with pytest.raises(MissingFileError, match=r"nowhere\.mp4"):
        Clip(tmp_path / "nowhere.mp4")
    with pytest.raises(MissingFileError, match=r"a\.toml"):
        Clip(path)
    beside = path.with_suffix(".toml")
    text = stand_in.calibration_text(PLAIN)
    for wrong, error, said in (
        (text.replace("320", "322"), InputFileError, "calibrated are"),
        (text.replace("poses = [", "poses = [ [0,0,0,1,0,0,0],"), InputFileError, "3 pictures, but 2 poses"),
        (text.replace("fx_px = 300", "fx_px = -300"), ConfigError, "fx_px"),
        (text.replace("[0, 0, 0, 1, 0, 0, 0]", "[0, 0, 0, 2, 0, 0, 0]"), ConfigError, "length"),
        (text.replace("cx_px = 160", "cx_px = 900"), ConfigError, "principal"),
    ):
        beside.write_text(wrong, encoding="utf-8")
        with pytest.raises(error, match=said):
            Clip(path)
    beside.write_text(text, encoding="utf-8")
    assert len(Clip(path)) == 3
    path.write_bytes(b"no film")
    with pytest.raises(InputFileError, match="cannot be read"):
        Clip(path)


def test_a_clip_has_one_camera_of_its_own(recording, made):
    clip = Clip(made.path)
    for wrong in ({"layout": "half"}, {"camera": "side"}):
        with pytest.raises(ArgumentError, match="camera of its own"):
            Presenter(recording.scene, SMALL, clip=clip, **wrong)
    presenter = Presenter(recording.scene, SMALL, clip=clip)
    before = presenter.cameras()
    presenter.next_camera()
    presenter.next_stereo()
    presenter.orbit(20.0, 10.0)
    assert [c.hidden for c in presenter.cameras()] == [c.hidden for c in before]
    np.testing.assert_array_equal(presenter.cameras()[0].T_world_camera, before[0].T_world_camera)
