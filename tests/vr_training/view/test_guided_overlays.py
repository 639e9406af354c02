import math

import numpy as np
import pytest

from robotics.guidance import Moment
from tests.vr_training.view import guided_stage
from vr_training.view.cameras import camera, project
from vr_training.view.contracts import Frame
from vr_training.view.guided.overlays import GuidedOverlays
from vr_training.view.painter import AMBER, CYAN, GREEN
from vr_training.view.presenter import Presenter, resting_state
from vr_training.view.reel import Reel
from vr_training.view.settings import load_view_settings
from vr_training.view.status import ViewInfo

SETTINGS = load_view_settings()
JOINT, TIP = guided_stage.scene(), guided_stage.scene("tip")
SIDE, ABOVE = camera(JOINT.cameras[0], 640, 480), camera(JOINT.cameras[1], 640, 480)


def drawn(scene, state, eye):
    frame = Frame(np.full((480, 640, 3), 60, np.uint8), np.full((480, 640), np.inf, np.float32))
    overlays = GuidedOverlays(scene, SETTINGS.overlays)
    overlays.update(state)
    overlays.draw(frame, eye, state)
    return frame.colour


def at(picture, eye, point, reach=3):
    """The pixels about a point in world."""
    x, y, _ = project(eye, np.asarray(point, float)).astype(int)
    return picture[y - reach : y + reach + 1, x - reach : x + reach + 1].reshape(-1, 3)


def shows(pixels, colour):
    return bool((np.abs(pixels.astype(int) - colour).max(axis=1) < 40).any())


def bright(pixels):
    """Whether a line of white goes through pixels."""
    return bool((pixels.min(axis=1) > 180).any())


def on_arc(angle, radius=0.2):
    return radius * math.cos(angle), 0.0, radius * math.sin(angle)


@pytest.mark.parametrize("x", [0.3, 1.0, 1.6])
def test_an_arc_at_the_joint_shows_where_the_arm_is_what_it_did_and_where_it_is_to_go(x):
    goal = math.radians(120.0)
    picture = drawn(JOINT, guided_stage.state(JOINT, (x,), (goal,)), SIDE)
    assert shows(at(picture, SIDE, on_arc(goal)), AMBER)
    assert shows(at(picture, SIDE, on_arc(0.5 * x)), CYAN)
    assert shows(at(picture, SIDE, on_arc(x)), (238, 243, 247))
    beyond = 0.5 * (x + goal)
    assert not shows(at(picture, SIDE, on_arc(beyond)), CYAN)
    assert (at(picture, SIDE, on_arc(beyond)) != 60).any()  # but the range goes on there
    assert (at(picture, SIDE, on_arc(guided_stage.UPPER)) != 60).any()
    assert (at(picture, SIDE, on_arc(guided_stage.UPPER + 0.3)) == 60).all()


def test_the_goal_turns_green_once_the_joint_is_there():
    goal = math.radians(90.0)
    near = drawn(JOINT, guided_stage.state(JOINT, (goal - 0.03,), (goal,)), SIDE)
    assert shows(at(near, SIDE, on_arc(goal, 0.235)), GREEN)
    assert not shows(near.reshape(-1, 3), AMBER)


def test_while_nothing_is_asked_the_range_stands_there_without_a_goal():
    picture = drawn(JOINT, guided_stage.state(JOINT, (0.5,), (2.0,), moment=Moment.REST), SIDE)
    assert (at(picture, SIDE, on_arc(1.5)) != 60).any()
    assert not shows(picture.reshape(-1, 3), AMBER)


def test_a_straight_way_leads_the_hand_to_its_goal_at_the_height_of_the_hand():
    state = guided_stage.state(TIP, (0.0, 0.0), (0.2, 0.1), words=1.0)
    picture = drawn(TIP, state, ABOVE)
    hand = np.array(TIP.guided.hand)
    for share in (0.3, 0.5, 0.7):
        assert bright(at(picture, ABOVE, share * np.array((0.2, 0.1, 0.0)) + hand))
    assert shows(at(picture, ABOVE, np.array((0.2, 0.1, 0.0)) + hand, 24), AMBER)
    there = drawn(TIP, guided_stage.state(TIP, (0.2, 0.1), (0.2, 0.1), words=1.0), ABOVE)
    assert shows(at(there, ABOVE, np.array((0.2, 0.1, 0.0)) + hand, 24), GREEN)


def test_a_way_with_bends_is_shown_as_it_is_where_its_words_are_said():
    bend = guided_stage.BENT[1] + np.array(TIP.guided.hand)
    said = {"x": (0.0, 0.0), "goal": (0.2, 0.0)}
    bent = drawn(TIP, guided_stage.state(TIP, **said, words=2.0), ABOVE)
    straight = drawn(TIP, guided_stage.state(TIP, **said, words=1.0), ABOVE)
    assert bright(at(bent, ABOVE, bend))
    assert (at(straight, ABOVE, bend) == 60).all()
    elsewhere = drawn(TIP, guided_stage.state(TIP, (0.05, 0.0), (0.2, 0.0), start=(0.05, 0.0), words=2.0), ABOVE)
    assert (at(elsewhere, ABOVE, bend) == 60).all()  # it goes on from where the arm was let go


def test_a_state_without_an_arm_draws_nothing():
    assert (drawn(JOINT, resting_state(JOINT), SIDE) == 60).all()


def test_a_jump_in_time_clears_the_hand_s_trail():
    overlays = GuidedOverlays(TIP, SETTINGS.overlays)
    for k in range(20):
        overlays.update(guided_stage.state(TIP, (0.01 * k, 0.0), (0.2, 0.0), time_s=0.1 * k))
    assert len(overlays.trails["arm"].points(2.0)[0]) > 5
    overlays.clear()
    assert len(overlays.trails["arm"].points(2.0)[0]) == 0


def test_a_recording_is_put_together_with_the_display_of_its_kind():
    goal = math.radians(120.0)
    ticks = np.array([guided_stage.tick(JOINT, (0.1 * k,), (goal,), time_s=0.1 * k, words=1.0) for k in range(10)])
    reel = Reel(JOINT, ticks)
    presenter = Presenter(JOINT, SETTINGS)
    reel.rewind(presenter, 0.5)
    state = reel.state(5)
    cameras = presenter.cameras()
    frame = Frame(np.full((720, 1280, 3), 60, np.uint8), np.full((720, 1280), np.inf, np.float32))
    picture = presenter.compose([frame], cameras, state, ViewInfo("side", "software"))
    assert shows(at(picture, cameras[0], on_arc(goal)), AMBER)
    assert (frame.colour == 60).all()
    assert (picture[30:80, 400:880] != 60).any()  # the words
