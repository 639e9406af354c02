import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from vr_training.view.events import KEY_LEFT_SHIFT, Button, ButtonChanged, KeyChanged, PointerMoved, Scrolled
from vr_training.view.hand_input import HandInput
from vr_training.view.settings import load_view_settings

DT = 0.005
HAND = load_view_settings().hand
PIXEL = 1e-4


def fresh(scale=0.5):
    hand = HandInput(HAND, scale)
    hand.look(np.eye(3), PIXEL)
    return hand


def press(hand, button=Button.LEFT, pressed=True):
    hand.handle(ButtonChanged(button, pressed))


def key(hand, code, pressed=True):
    hand.handle(KeyChanged(ord(code) if isinstance(code, str) else code, pressed))


def run(hand, seconds):
    return np.array([hand.advance(DT)[0] for _ in range(round(seconds / DT))])


def test_without_a_held_button_nothing_moves_the_hand_and_the_clutch_is_pressed():
    hand = fresh()
    hand.handle(PointerMoved(10.0, 10.0))
    hand.handle(PointerMoved(300.0, 200.0))
    hand.handle(Scrolled(3.0))
    key(hand, "D")
    pose, _, clutch = hand.advance(DT)
    assert clutch
    np.testing.assert_array_equal(run(hand, 0.3)[-1], pose)
    np.testing.assert_array_equal(pose, (0, 0, 0, 1, 0, 0, 0))


def test_a_drag_moves_the_tip_as_far_as_the_pointer_at_the_tip_s_depth():
    hand = fresh(scale=0.5)
    hand.handle(PointerMoved(100.0, 100.0))
    press(hand)
    assert not hand.advance(DT)[2]
    hand.handle(PointerMoved(150.0, 80.0))
    tip = run(hand, 0.5)[-1, :3] * 0.5
    np.testing.assert_allclose(tip, (50 * PIXEL, 20 * PIXEL, 0.0), atol=1e-9)


def test_a_drag_follows_the_picture_when_the_camera_is_turned():
    hand = fresh(1.0)
    turned = Rotation.from_rotvec((0.0, 0.0, math.pi / 2)).as_matrix()
    hand.look(turned, PIXEL)
    hand.handle(PointerMoved(0.0, 0.0))
    press(hand)
    hand.handle(PointerMoved(40.0, 0.0))
    np.testing.assert_allclose(run(hand, 0.5)[-1, :3], (0.0, 40 * PIXEL, 0.0), atol=1e-9)


def test_the_wheel_moves_in_depth_away_from_the_operator():
    hand = fresh(0.5)
    press(hand)
    hand.handle(Scrolled(2.0))
    np.testing.assert_allclose(run(hand, 0.5)[-1, :3] * 0.5, (0, 0, -2e-3 * HAND.wheel_step_mm), atol=1e-9)


def test_a_right_drag_turns_the_hand_and_leaves_it_in_place():
    hand = fresh()
    hand.handle(PointerMoved(0.0, 0.0))
    press(hand, Button.RIGHT)
    hand.handle(PointerMoved(100.0, 0.0))
    pose = run(hand, 0.6)[-1]
    angle = math.radians(100 * HAND.rotation_deg_per_px)
    np.testing.assert_allclose(pose, (0, 0, 0, math.cos(angle / 2), 0, math.sin(angle / 2), 0), atol=1e-6)


def test_a_held_key_ramps_up_to_its_speed_and_shift_makes_it_fine():
    hand = fresh(0.5)
    key(hand, " ")
    key(hand, "D")
    path = run(hand, 1.0)[:, 0] * 0.5
    speed = np.diff(path) / DT
    assert speed[0] < 0.1 * HAND.key_speed_mm_s * 1e-3
    assert np.all(np.diff(speed) > -1e-9)
    assert speed[-1] == pytest.approx(HAND.key_speed_mm_s * 1e-3, rel=1e-3)
    key(hand, KEY_LEFT_SHIFT)
    speed = np.diff(run(hand, 1.0)[:, 0] * 0.5) / DT
    assert speed[-1] == pytest.approx(HAND.fine_factor * HAND.key_speed_mm_s * 1e-3, rel=1e-3)


def test_opposite_keys_cancel_and_two_axes_share_one_speed():
    hand = fresh(1.0)
    key(hand, " ")
    for code in "DE":
        key(hand, code)
    velocity = np.diff(run(hand, 1.0)[:, :3], axis=0)[-1] / DT
    assert np.linalg.norm(velocity) == pytest.approx(HAND.key_speed_mm_s * 1e-3, rel=1e-3)
    for code in "AQ":
        key(hand, code)
    assert np.linalg.norm(np.diff(run(hand, 1.0)[:, :3], axis=0)[-1]) < 1e-9


def test_space_engages_and_a_second_one_lets_go():
    hand = fresh()
    key(hand, " ")
    key(hand, " ", False)
    assert hand.engaged
    key(hand, " ")
    assert not hand.engaged


def test_the_grip_closes_smoothly_and_g_opens_it_again():
    hand = fresh()
    key(hand, "G")
    grips = [hand.advance(DT)[1] for _ in range(round(2 * HAND.grip_s / DT))]
    assert grips[0] <= DT / HAND.grip_s + 1e-12
    assert grips[-1] == 1.0
    key(hand, "G")
    run(hand, 2 * HAND.grip_s)
    assert hand.grip == 0.0


def test_release_lets_go_of_buttons_keys_and_toggle():
    hand = fresh()
    press(hand)
    key(hand, " ")
    key(hand, "D")
    hand.release()
    assert not hand.engaged
    before = hand.advance(DT)[0]
    np.testing.assert_array_equal(run(hand, 0.3)[-1], before)


moves = st.tuples(st.just("move"), st.floats(0, 1280), st.floats(0, 720))
buttons = st.tuples(st.just("button"), st.sampled_from((Button.LEFT, Button.RIGHT)), st.booleans())
keys = st.tuples(st.just("key"), st.sampled_from([ord(c) for c in " ADWSRFZXTG"]), st.booleans())
wheel = st.tuples(st.just("wheel"), st.floats(-3, 3), st.none())
waits = st.tuples(st.just("wait"), st.integers(1, 20), st.none())


@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(moves, buttons, keys, wheel, waits), max_size=40))
def test_whatever_happens_the_hand_never_jumps_and_rests_while_the_clutch_is_pressed(script):
    hand = fresh(0.5)
    poses, clutches = [hand.advance(DT)[0]], [True]
    travel = 0.0
    for kind, a, b in script:
        if kind == "move":
            travel += 1500 * PIXEL / 0.5
            hand.handle(PointerMoved(a, b))
        elif kind == "button":
            hand.handle(ButtonChanged(a, b))
        elif kind == "key":
            hand.handle(KeyChanged(a, b))
        elif kind == "wheel":
            travel += 3 * HAND.wheel_step_mm * 1e-3 / 0.5
            hand.handle(Scrolled(a))
        for _ in range(a if kind == "wait" else 1):
            pose, _, clutch = hand.advance(DT)
            poses.append(pose)
            clutches.append(clutch)
    poses, clutches = np.array(poses), np.array(clutches)
    steps = np.linalg.norm(np.diff(poses[:, :3], axis=0), axis=1)
    # A critically damped follower moves at most goal distance / (e tau) a second, beside the speed of the keys.
    bound = DT * (travel / (math.e * HAND.smoothing_s) + 2 * HAND.key_speed_mm_s * 1e-3 / 0.5) + 1e-9
    assert steps.max(initial=0.0) <= bound
    assert np.all(steps[clutches[1:]] == 0.0)
    assert np.isfinite(poses).all()
    np.testing.assert_allclose(np.linalg.norm(poses[:, 3:], axis=1), 1.0, atol=1e-9)


def test_press_and_release_in_the_middle_of_a_drag_keep_the_hand_where_it_is():
    hand = fresh()
    hand.handle(PointerMoved(0.0, 0.0))
    press(hand)
    hand.handle(PointerMoved(200.0, 0.0))
    during = run(hand, 0.02)[-1]
    press(hand, pressed=False)
    np.testing.assert_array_equal(run(hand, 0.1)[-1], during)
    hand.handle(PointerMoved(700.0, 500.0))
    press(hand)
    np.testing.assert_allclose(run(hand, 0.3)[-1], during, atol=1e-15)


def test_the_path_does_not_depend_on_how_often_it_is_asked_for():
    ends = []
    for dt in (0.002, 0.01):
        hand = fresh()
        press(hand)
        hand.handle(PointerMoved(0.0, 0.0))
        hand.handle(PointerMoved(100.0, 50.0))
        for _ in range(round(0.06 / dt)):
            pose = hand.advance(dt)[0]
        ends.append(pose)
    np.testing.assert_allclose(ends[0], ends[1], atol=1e-12)


def test_the_aligning_key_turns_the_hand_as_the_guide_shows_and_no_farther_than_the_picture_knew():
    hand = fresh()
    to_guide = np.array((0.2, -0.1, 0.3))
    hand.look(np.eye(3), PIXEL, to_guide)
    key(hand, "J")
    run(hand, 1.0)
    np.testing.assert_array_equal(hand.rotation.as_quat(), (0.0, 0.0, 0.0, 1.0))  # not engaged
    press(hand)
    run(hand, 0.2)
    key(hand, "J", False)
    part = hand.rotation.magnitude()
    assert 0.03 < part < 0.2
    run(hand, 0.5)
    assert hand.rotation.magnitude() < part + 0.05
    key(hand, "J")
    run(hand, 5.0)  # without another picture
    np.testing.assert_allclose(hand.rotation.as_rotvec(), to_guide, atol=2e-3)


@pytest.mark.parametrize("late_s", [0.0, 0.1, 0.3])
def test_aligning_comes_to_rest_with_late_pictures(late_s):
    hand, goal = fresh(), Rotation.from_rotvec((0.0, 0.0, 0.8))
    press(hand)
    key(hand, "J")
    turns = [hand.rotation] * (round(late_s / DT) + 1)
    off = []
    for _ in range(round(6.0 / DT)):
        hand.look(np.eye(3), PIXEL, (goal * turns[-1 - round(late_s / DT)].inv()).as_rotvec())
        hand.advance(DT)
        turns.append(hand.rotation)
        off.append((goal * hand.rotation.inv()).as_rotvec()[2])
    assert abs(off[-1]) < math.radians(1.0)
    assert min(off) > -math.radians(8.0)
