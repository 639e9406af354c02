from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robotics.errors import ArgumentError, UnknownNameError
from vr_training.stream.messages import CameraView
from vr_training.view.cameras import FreeCamera, camera, carried, find_camera, look_at, operator_axes, project, stereo

place = st.tuples(*[st.floats(-2.0, 2.0) for _ in range(3)])


def a_view(**change: object) -> CameraView:
    values: dict[str, object] = {
        "name": "scope",
        "eye_m": (0.1, -0.2, 0.3),
        "look_at_m": (0.0, 0.0, 0.0),
        "up": (0.0, 0.0, 1.0),
        "fov_y_rad": 0.8,
        "baseline_m": 0.006,
    }
    return CameraView(**{**values, **change})  # type: ignore[arg-type]


@given(eye=place, target=place, up=place)
def test_a_camera_is_a_right_handed_frame_that_has_its_target_ahead(
    eye: tuple[float, ...], target: tuple[float, ...], up: tuple[float, ...]
) -> None:
    distance = np.linalg.norm(np.subtract(target, eye))
    if distance < 1e-3:
        return
    T = look_at(eye, target, up)
    np.testing.assert_allclose(T[:3, :3].T @ T[:3, :3], np.eye(3), atol=1e-9)
    assert np.linalg.det(T[:3, :3]) == pytest.approx(1.0)
    np.testing.assert_allclose((np.asarray(target) - T[:3, 3]) @ T[:3, :3], [0, 0, distance], atol=1e-9)


def test_up_is_up_in_the_picture_and_right_is_right() -> None:
    eye = camera(a_view(), 640, 480)
    middle, above, right = project(eye, [(0, 0, 0), (0, 0, 0.01), (0.01, 0.005, 0)])
    np.testing.assert_allclose(middle[:2], [320, 240], atol=1e-9)
    assert above[1] < middle[1]
    assert right[0] > middle[0]


def test_the_field_of_view_spans_the_picture_from_top_to_bottom() -> None:
    eye = camera(a_view(eye_m=(0.0, 0.0, 1.0), up=(0.0, 1.0, 0.0)), 640, 480)
    top = project(eye, (0.0, np.tan(0.4), 0.0))
    np.testing.assert_allclose(top, [320, 0, 1.0], atol=1e-9)


def test_behind_the_camera_nothing_is_projected() -> None:
    assert np.isnan(project(camera(a_view(), 64, 48), (0.2, -0.4, 0.6))[:2]).all()


def test_two_eyes_stand_a_baseline_apart_and_agree_at_the_point_looked_at() -> None:
    view = a_view()
    left, right = stereo(view, 640, 480)
    apart = right.T_world_camera[:3, 3] - left.T_world_camera[:3, 3]
    assert np.linalg.norm(apart) == pytest.approx(view.baseline_m)
    np.testing.assert_allclose((left.T_world_camera[:3, 3] + right.T_world_camera[:3, 3]) / 2, view.eye_m)
    for eye in (left, right):
        np.testing.assert_allclose(project(eye, view.look_at_m)[:2], [320, 240], atol=1e-6)
    # Nearer things lie further right for the left eye than for the right one.
    near = np.asarray(view.eye_m) * 0.5
    assert project(left, near)[0] > project(right, near)[0]


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1)), max_size=20))
def test_a_free_camera_stays_upright_and_at_its_distance_however_it_is_turned(turns: list[tuple[float, float]]) -> None:
    free = FreeCamera.of(a_view())
    distance = free.distance_m
    for azimuth, elevation in turns:
        free = free.orbit(azimuth, elevation)
        T = free.camera(64, 48).T_world_camera
        assert np.linalg.norm(T[:3, 3] - free.target_m) == pytest.approx(distance)
        assert T[2, 1] < 0.0  # the picture's down is the world's down
        assert abs(T[2, 0]) < 1e-9  # the horizon is level


def test_a_free_camera_starts_where_the_view_is_even_straight_down() -> None:
    np.testing.assert_allclose(FreeCamera.of(a_view()).view().eye_m, a_view().eye_m, atol=1e-9)
    down = a_view(eye_m=(0.0, 0.0, 0.5), up=(0.0, 1.0, 0.0))
    free = FreeCamera.of(down).camera(640, 480)
    ahead, behind = project(free, [(0, 0.05, 0), (0, -0.05, 0)])
    assert ahead[1] < behind[1]


def test_zoom_and_pan_do_what_a_hand_expects() -> None:
    free = FreeCamera.of(a_view())
    assert free.zoom(1).distance_m < free.distance_m
    assert free.zoom(1000).distance_m >= 0.01
    shifted = free.pan(0.25, 0.0)
    np.testing.assert_allclose(project(shifted.camera(640, 480), free.target_m)[:2], [320 - 0.25 * 480, 240], atol=1e-6)


def test_a_camera_cannot_look_at_its_own_position() -> None:
    with pytest.raises(ArgumentError, match="own position"):
        look_at((1, 2, 3), (1, 2, 3), (0, 0, 1))


def test_a_camera_is_found_by_name_and_an_unknown_one_is_answered_with_those_there_are() -> None:
    views = [a_view(name="endoscope"), a_view(name="room")]
    assert [find_camera(views, name) for name in ("", "endoscope", "room")] == [0, 0, 1]
    with pytest.raises(UnknownNameError, match="unknown camera 'rooom'; choose one of: endoscope, room"):
        find_camera(views, "rooom")


def test_a_camera_that_an_arm_carries_stands_where_the_tip_has_it_and_before_there_is_a_tip_at_the_origin() -> None:
    view = a_view(arm="ecm", eye_m=(0.0, 0.0, 0.01), look_at_m=(0.0, 0.0, 0.07), up=(0.0, -1.0, 0.0))
    tip = np.array([0.3, 0.2, 0.1, np.sqrt(0.5), np.sqrt(0.5), 0.0, 0.0])  # z along world's -y
    seen = carried(view, tip)
    assert seen.arm == ""
    np.testing.assert_allclose(seen.eye_m, (0.3, 0.19, 0.1), atol=1e-12)
    np.testing.assert_allclose(seen.look_at_m, (0.3, 0.13, 0.1), atol=1e-12)
    np.testing.assert_allclose(seen.up, (0.0, 0.0, -1.0), atol=1e-12)
    R = operator_axes(seen)
    np.testing.assert_allclose(R @ (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), atol=1e-12)  # back towards the operator
    np.testing.assert_allclose(R @ (0.0, 0.0, -1.0), (0.0, 1.0, 0.0), atol=1e-12)
    for missing in ((), np.full(7, np.nan), np.zeros(7)):
        np.testing.assert_allclose(carried(view, missing).eye_m, view.eye_m)
