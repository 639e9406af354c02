"""Two eyes in one picture, in every layout, and a second camera within it."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from robotics.errors import UnknownNameError
from steadyhand.commands.options import stereo_layout
from tests.vr_training.view import view_stage
from vr_training.view import stereo
from vr_training.view.cameras import camera
from vr_training.view.inset import Inset
from vr_training.view.presenter import Presenter, poses_of
from vr_training.view.settings import load_view_settings
from vr_training.view.software import SoftwareRenderer
from vr_training.view.status import ViewInfo

SETTINGS = replace(load_view_settings("small"), width_px=320, height_px=240)
WIDTH, HEIGHT = SETTINGS.width_px, SETTINGS.height_px


def picture_of(presenter: Presenter) -> np.ndarray:
    """What a presenter makes of a state."""
    state = view_stage.state(presenter.scene, 1.0)
    renderer = SoftwareRenderer("fast", threads=1)
    renderer.load(presenter.scene)
    presenter.look(state)
    cameras = presenter.cameras()
    frames = [renderer.render(poses_of(presenter.scene, state), camera) for camera in cameras]
    before = [frame.colour.copy() for frame in frames]
    picture = presenter.compose(frames, cameras, state, ViewInfo(camera="endoscope", renderer="software"))
    for frame, earlier in zip(frames, before, strict=True):
        np.testing.assert_array_equal(frame.colour, earlier)
    return picture


def eyes_of(layout: stereo.StereoLayout, picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The two eyes in a picture."""
    axis = 0 if layout == "top_bottom" else 1
    left, right = np.split(picture, 2, axis=axis)
    return left, right


@pytest.mark.parametrize("layout", ["half", "full", "top_bottom", "windows"])
def test_two_eyes_see_two_pictures_of_the_layouts_size(layout: stereo.StereoLayout) -> None:
    presenter = Presenter(view_stage.scene(), SETTINGS, layout)
    picture = picture_of(presenter)
    assert presenter.size == ((2 * WIDTH if layout in ("full", "windows") else WIDTH), HEIGHT)
    assert picture.shape == (presenter.size[1], presenter.size[0], 3)
    left, right = eyes_of(layout, picture)
    assert 0.02 < (left != right).mean() < 0.9
    assert left.std() > 10
    assert right.std() > 10


def test_one_above_the_other_keeps_all_of_either_eye() -> None:
    left = np.array([[[10, 0, 0]], [[20, 0, 0]], [[30, 0, 0]], [[50, 0, 0]]], np.uint8)
    picture = stereo.above(left, left + 100)
    assert picture[:, 0, 0].tolist() == [15, 40, 115, 140]


def test_red_glasses_see_the_left_eye_and_cyan_ones_the_right() -> None:
    bright, dark = np.full((4, 4, 3), 200, np.uint8), np.zeros((4, 4, 3), np.uint8)
    left_alone, right_alone = stereo.anaglyph(bright, dark)[0, 0], stereo.anaglyph(dark, bright)[0, 0]
    assert left_alone[0] > 150
    assert left_alone[1:].max() < 20
    assert right_alone[0] < 20
    assert right_alone[1:].min() > 150
    both = stereo.anaglyph(bright, bright)[0, 0].astype(int)
    assert abs(both - 200).max() < 12  # what both see alike stays nearly the grey that it is


def test_an_anaglyph_is_one_picture_with_both_eyes_in_it() -> None:
    alone = picture_of(Presenter(view_stage.scene(), SETTINGS))
    mixed = picture_of(Presenter(view_stage.scene(), SETTINGS, "anaglyph"))
    assert mixed.shape == alone.shape
    assert (mixed != alone).mean() > 0.3


def test_a_key_goes_through_the_layouts_that_keep_the_size_of_the_window() -> None:
    presenter = Presenter(view_stage.scene(), SETTINGS)
    seen = []
    for _ in range(4):
        presenter.next_stereo()
        seen.append(presenter.layout)
        assert presenter.size == (WIDTH, HEIGHT)
    assert seen == ["half", "top_bottom", "anaglyph", "off"]
    for fixed in ("full", "windows"):
        assert stereo.after(fixed) == fixed


def test_a_display_floats_in_front_of_what_is_looked_at() -> None:
    view = view_stage.scene().cameras[0]
    left, right = stereo.eyes(view, 640, 480, "half")
    assert stereo.hud_shift(view, left) == pytest.approx(-stereo.hud_shift(view, right), abs=0.05)
    assert stereo.hud_shift(view, left) > 0.5 > stereo.hud_shift(view, right)


def test_people_name_a_layout_and_a_wrong_name_lists_them() -> None:
    assert stereo_layout(False, "") == "off"
    assert stereo_layout(True, "") == "half"
    assert stereo_layout(False, "top-bottom") == "top_bottom"
    with pytest.raises(UnknownNameError, match="anaglyph"):
        stereo_layout(True, "crossed")


@pytest.mark.parametrize("layout", ["off", "half", "anaglyph"])
def test_a_second_camera_is_seen_small_at_the_edge_and_all_else_as_before(layout: stereo.StereoLayout) -> None:
    roomy = load_view_settings("small")
    plain = picture_of(Presenter(view_stage.scene(), roomy, layout))
    presenter = Presenter(view_stage.scene(), roomy, layout, inset="side")
    assert sum(c.width * c.height for c in presenter.cameras()) <= presenter.room_px
    both = picture_of(presenter)
    inset = Inset.of(*stereo.eye_size(roomy.width_px, roomy.height_px, layout))
    changed = np.flatnonzero((plain != both).any(axis=(1, 2)))
    assert inset.y - 2 <= changed.min() < inset.y + 3
    assert inset.y + inset.height - 3 < changed.max() < inset.y + inset.height + 2
    if layout == "off":
        small = both[inset.y : inset.y + inset.height, inset.x : inset.x + inset.width]
        renderer = SoftwareRenderer("fast", threads=1)
        renderer.load(presenter.scene)
        poses = poses_of(presenter.scene, view_stage.state(presenter.scene, 1.0))
        alone = renderer.render(poses, camera(presenter.scene.cameras[1], inset.width, inset.height)).colour
        assert np.corrcoef(small.mean(axis=2).ravel(), alone.mean(axis=2).ravel())[0, 1] > 0.7


def test_a_key_goes_through_the_cameras_and_then_shows_none() -> None:
    presenter = Presenter(view_stage.scene(), SETTINGS)
    counts = []
    for _ in range(3):
        presenter.next_inset()
        counts.append(len(presenter.cameras()))
    assert counts == [2, 2, 1]


def test_a_second_camera_that_is_not_there_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="side"):
        Presenter(view_stage.scene(), SETTINGS, inset="ceiling")
