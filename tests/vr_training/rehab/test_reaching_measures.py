import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq

from robotics.guidance import Moment
from tests.vr_training.rehab.made_traces import RATE, made, reach, still, stroke
from vr_training.rehab.measures import measure

# Where the speed of a minimum-jerk movement, 16 s^2 (1 - s)^2 of its peak, passes 5 %.
EDGE = brentq(lambda s: 16 * s**2 * (1 - s) ** 2 - 0.05, 0.0, 0.5)
WAY = 1.0 - 2.0 * (10 * EDGE**3 - 15 * EDGE**4 + 6 * EDGE**5)


@pytest.fixture(scope="module")
def straight():
    return measure(reach())


@pytest.fixture(scope="module")
def bent():
    """Aimed 30 degrees off at 0.1 m, and corrected half as far again at a quarter of the speed."""
    turn = 0.1 * np.array([math.cos(math.pi / 6), math.sin(math.pi / 6)])
    goal = turn + np.array([0.04, -0.03])
    x = np.vstack([still((0, 0), 0.2), stroke((0, 0), turn, 0.8), stroke(turn, goal, 1.6), still(goal, 0.2)])
    return measure(made(x, goal=goal)), turn, goal


def test_a_minimum_jerk_reach_lasts_as_long_as_its_speed_is_above_a_twentieth(straight):
    assert straight["movement_time"] == pytest.approx(1.0 - 2.0 * EDGE, abs=0.015)
    assert straight["reaction_time"] == pytest.approx(0.2 + EDGE, abs=0.01)


def test_a_minimum_jerk_reach_has_the_peak_speed_of_the_closed_form(straight):
    assert straight["maximum_speed_cm_s"] == pytest.approx(1.875 * 20.0, rel=0.01)


def test_a_straight_reach_is_straight_and_one_stroke(straight):
    assert straight["path_ratio"] == pytest.approx(WAY, abs=2e-3)
    assert straight["path_length_cm"] == pytest.approx(20.0 * WAY, abs=0.03)
    assert straight["initial_direction_error"] == pytest.approx(0.0, abs=1e-4)
    assert straight["initial_distance_ratio"] == straight["initial_speed_ratio"] == 1.0
    assert straight["speed_maxima"] == straight["speed_peaks"] == 1.0
    assert straight["min_max_speed_cm_s"] == 0.0


def test_a_first_stroke_beside_the_goal_is_off_by_its_angle(bent):
    found, turn, goal = bent
    aside = math.degrees(math.atan2(turn[1], turn[0]) - math.atan2(goal[1], goal[0]))
    assert found["initial_direction_error"] == pytest.approx(aside, abs=0.3)


def test_a_first_stroke_has_its_share_of_the_way_and_of_the_speed(bent):
    found, _, goal = bent
    assert found["initial_distance_ratio"] == pytest.approx(0.1 / 0.15, abs=0.01)
    assert found["initial_speed_ratio"] == pytest.approx(1.0)
    assert found["speed_maxima"] == found["speed_peaks"] == 2.0
    assert found["min_max_speed_cm_s"] == pytest.approx(1.875 * 10.0 / 0.8, rel=0.03)
    assert found["path_ratio"] == pytest.approx(0.15 / np.linalg.norm(goal), rel=0.01)


def test_a_correction_faster_than_the_first_stroke_lowers_the_speed_ratio():
    x = np.vstack([still(0.0, 0.2), stroke(0.0, 0.05, 1.0), stroke(0.05, 0.15, 1.0), still(0.15, 0.2)])
    assert measure(made(x))["initial_speed_ratio"] == pytest.approx(0.5, rel=0.02)


def test_a_pause_on_the_way_does_not_end_a_movement():
    x = np.vstack([still(0.0, 0.2), stroke(0.0, 0.1, 1.0), still(0.1, 1.0), stroke(0.1, 0.2, 1.0), still(0.2, 0.2)])
    assert measure(made(x))["movement_time"] == pytest.approx(3.0 - 2.0 * EDGE, abs=0.03)


def test_unrest_in_the_hold_does_not_prolong_a_movement():
    calm = reach(seconds=0.8)
    shaken = reach(seconds=0.8)
    hold = shaken.moment == Moment.HOLD
    shaken.x[hold, 0] += 0.004 * np.sin(2.0 * math.pi * 5.0 * np.arange(hold.sum()) / RATE)
    assert measure(shaken)["movement_time"] == pytest.approx(measure(calm)["movement_time"], abs=0.15)


def test_who_moves_before_the_goal_is_shown_has_no_reaction_time():
    x = np.vstack([stroke(0.0, 0.2, 1.0), still(0.2, 0.2)])
    moment = np.where(np.arange(len(x)) < 400, int(Moment.REST), int(Moment.MOVE))
    assert "reaction_time" not in measure(made(x, moment))


def test_who_does_not_move_has_no_movement():
    found = measure(made(still((0.1, 0.2), 2.0), goal=np.array([0.3, 0.2])))
    assert not {"movement_time", "reaction_time", "path_ratio", "sparc", "ldlj"} & set(found)
    assert found["final_error_cm"] == pytest.approx(20.0)


def test_posture_speed_is_that_before_the_go_and_else_that_of_the_hold():
    trace = reach()
    trace.x[trace.moment == Moment.REST, 1] = 0.03 * (np.arange(500) - 500) / RATE
    assert measure(trace)["posture_speed_cm_s"] == pytest.approx(3.0, rel=0.02)
    x = np.vstack([stroke(0.0, 0.2, 1.0), 0.2 + 0.01 * np.arange(1000)[:, None] / RATE])
    moment = np.where(np.arange(2000) < 1000, int(Moment.MOVE), int(Moment.HOLD))
    assert measure(made(x, moment))["posture_speed_cm_s"] == pytest.approx(1.0, rel=0.02)


@pytest.mark.parametrize("larger", [1.0, 1.1])
def test_a_round_is_judged_by_the_length_of_its_reference(larger):
    share = np.vstack([stroke(0.0, 1.0, 6.0), still(1.0, 0.2)])[:, 0]
    circle = 0.07 * np.column_stack([np.cos(2 * math.pi * share), np.sin(2 * math.pi * share)])
    found = measure(made(larger * circle, reference=circle, start=circle[0], goal=circle[0]))
    assert found["path_ratio"] == pytest.approx(larger * WAY, rel=2e-3)
    assert found["tracking_error_cm"] == pytest.approx(7.0 * (larger - 1.0), abs=1e-9)


def test_angles_have_no_initial_direction():
    found = measure(reach(goal=(0.5, 0.3), joint=True))
    assert "initial_direction_error" not in found
    assert found["maximum_speed_deg_s"] == pytest.approx(1.875 * math.degrees(math.hypot(0.5, 0.3)), rel=0.01)


@given(angle=st.floats(0.0, 2.0 * math.pi), shift=st.floats(-1.0, 1.0))
def test_reaching_looks_the_same_in_every_direction_and_place(bent, angle, shift):
    found, turn, goal = bent
    x = np.vstack([still((0, 0), 0.2), stroke((0, 0), turn, 0.8), stroke(turn, goal, 1.6), still(goal, 0.2)])
    rotation = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    turned = measure(made(x @ rotation.T + shift))
    assert turned == pytest.approx(found, rel=1e-6, abs=1e-6)
