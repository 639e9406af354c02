import math

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robotics.config import find, load
from robotics.errors import ConfigError
from vr_training.inputs.gamepad import AXES, BUTTONS
from vr_training.inputs.rate_control import RateConfig, RateHands
from vr_training.inputs.spacemouse import SpaceMouse

DT = 0.005
DEVICES = {"gamepad": (tuple(AXES), tuple(BUTTONS)), "spacemouse": (SpaceMouse.axes, SpaceMouse.buttons)}
PAD = load(find("inputs", "gamepad"), RateConfig)
DRIVE = PAD.buttons.drive


def driving(config=PAD, arms=1, scale=0.5):
    hands = RateHands(config, scale, arms)
    hands.advance({}, (), DT)
    hands.advance({}, {config.buttons.drive}, DT)
    assert hands.engaged
    return hands


def run(hands, axes, pressed, seconds):
    made = [hands.advance(axes, pressed, DT) for _ in range(round(seconds / DT))]
    return np.array([[pose for pose, _, _ in row] for row in made]), made[-1]


@pytest.mark.parametrize("name", DEVICES)
def test_every_map_that_ships_names_what_its_device_has(name):
    config = load(find("inputs", name), RateConfig)
    config.refuse_unknown(name, *DEVICES[name])
    assert config.buttons.drive


def test_a_map_that_names_what_the_device_has_not_is_refused_with_what_it_has():
    wrong = msgspec.structs.replace(PAD, axes=msgspec.structs.replace(PAD.axes, x="-throttle"))
    with pytest.raises(ConfigError, match="'-throttle' is none of the device's: left_trigger, left_x"):
        wrong.refuse_unknown("mine.toml", *DEVICES["gamepad"])


def test_full_deflection_moves_the_tip_at_the_speed_that_is_named_in_the_mapped_direction():
    for name, axis, sign in (("left_x", 0, 1.0), ("left_y", 1, -1.0), ("right_y", 2, 1.0)):
        hands = driving()
        poses, _ = run(hands, {name: 1.0}, {DRIVE}, 1.0)
        speed = (poses[-1, 0, :3] - poses[-21, 0, :3]) / (20 * DT) * 0.5
        wanted = np.zeros(3)
        wanted[axis] = sign * 1e-3 * PAD.speed_mm_s
        np.testing.assert_allclose(speed, wanted, rtol=1e-4, atol=1e-9)


def test_a_turn_has_the_rate_and_the_axis_that_are_named():
    hands = driving()
    poses, _ = run(hands, {"right_x": 1.0}, {DRIVE}, 1.0)
    before, after = poses[-21, 0, 3:], poses[-1, 0, 3:]
    angle = 2.0 * math.acos(min(1.0, abs(float(before @ after))))
    assert math.degrees(angle) / (20 * DT) == pytest.approx(PAD.turn_deg_s, rel=1e-3)
    assert abs(after[2]) > 0.1
    np.testing.assert_allclose(after[[1, 3]], 0.0, atol=1e-12)


def test_the_dead_zone_does_nothing_and_the_curve_goes_on_from_its_edge_to_full():
    hands = RateHands(PAD)
    assert hands._curve(PAD.dead_zone) == 0.0
    assert hands._curve(-0.9 * PAD.dead_zone) == 0.0
    assert hands._curve(1.0) == pytest.approx(1.0)
    assert hands._curve(-1.0) == pytest.approx(-1.0)
    half = PAD.dead_zone + 0.5 * (1.0 - PAD.dead_zone)
    assert hands._curve(half) == pytest.approx((1.0 - PAD.expo) * 0.5 + PAD.expo * 0.125)


def test_the_arm_is_let_go_with_the_button_and_the_hand_stays_where_it_is():
    hands = driving()
    _, last = run(hands, {"left_x": 1.0}, {DRIVE}, 0.5)
    assert not last[0][2]
    poses, last = run(hands, {"left_x": 1.0}, (), 0.5)
    assert last[0][2]
    assert np.ptp(poses[:, 0], axis=0).max() == 0.0


def test_a_button_that_is_down_from_the_start_takes_nothing():
    hands = RateHands(PAD)
    poses, last = run(hands, {"left_x": 1.0}, {DRIVE}, 0.5)
    assert last[0][2]
    assert np.ptp(poses, axis=0).max() == 0.0


def test_by_turns_one_press_takes_the_arm_and_the_next_gives_it_back():
    config = load(find("inputs", "spacemouse"), RateConfig)
    assert config.buttons.drive_mode == "toggle"
    hands = RateHands(config)
    clutches = []
    for pressed in ((), ("button_1",), (), (), ("button_1",), ()):
        clutches.append(hands.advance({}, pressed, DT)[0][2])
    assert clutches == [True, False, False, False, True, True]


def test_each_arm_has_a_place_and_a_grip_of_its_own_and_the_next_one_is_taken_by_a_fresh_press():
    hands = driving(arms=2)
    run(hands, {"left_x": 1.0}, {DRIVE}, 0.3)
    run(hands, {}, {DRIVE, "a"}, 0.5)
    _, last = run(hands, {"left_x": 1.0}, {DRIVE, "y"}, 0.5)
    assert hands.driven == 1
    assert [clutch for _, _, clutch in last] == [True, True]
    assert [grip for _, grip, _ in last] == [1.0, 0.0]
    run(hands, {}, (), 0.05)
    poses, last = run(hands, {"left_x": 1.0}, {DRIVE}, 0.3)
    assert [clutch for _, _, clutch in last] == [True, False]
    assert np.ptp(poses[:, 0], axis=0).max() == 0.0
    assert np.ptp(poses[:, 1], axis=0).max() > 1e-3


def test_fine_slows_everything_by_its_factor():
    plain, fine = (run(driving(), {"left_x": 1.0}, {DRIVE, *more}, 1.0)[0] for more in ((), ("left_shoulder",)))
    assert fine[-1, 0, 0] == pytest.approx(PAD.fine_factor * plain[-1, 0, 0], rel=1e-6)


AXIS = st.one_of(st.floats(allow_nan=True, allow_infinity=True), st.floats(-1.0, 1.0))
STEP = st.tuples(
    st.dictionaries(st.sampled_from(tuple(AXES)), AXIS), st.sets(st.sampled_from(tuple(BUTTONS))), st.floats(0.0, 10.0)
)


@given(st.lists(STEP, max_size=30))
def test_whatever_a_device_reports_the_hands_are_finite_and_never_faster_than_named(steps):
    hands = RateHands(PAD, 0.5, 2)
    last = hands.advance({}, (), DT)
    fastest = math.sqrt(3.0) * 1e-3 * PAD.speed_mm_s / 0.5
    for axes, pressed, dt in steps:
        new = hands.advance(axes, pressed, dt)
        for before, after in zip(last, new, strict=True):
            assert np.isfinite(after[0]).all()
            assert np.linalg.norm(after[0][:3] - before[0][:3]) <= fastest * min(dt, 0.1) + 1e-12
            assert np.linalg.norm(after[0][3:]) == pytest.approx(1.0)
            assert 0.0 <= after[1] <= 1.0
        last = new
