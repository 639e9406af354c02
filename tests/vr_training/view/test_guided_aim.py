import math

import numpy as np
import pytest
from msgspec.structs import replace

from robotics.guidance import Moment
from tests.vr_training.view import guided_stage
from tests.vr_training.view.test_guided_hud import named
from tests.vr_training.view.test_guided_overlays import ABOVE, SIDE, at, bright, drawn, on_arc, shows
from vr_training.stream.poser import ScenePoser
from vr_training.view.guided.aim import has_goal, is_there
from vr_training.view.guided.overlays import GHOST, HEADING_RAD
from vr_training.view.guided.status import AS_FAR, HELD, IN_CIRCLE, OF_THE_TIME, guided_status_of
from vr_training.view.painter import AMBER, CYAN, GREEN
from vr_training.view.status import ViewInfo

JOINT, TIP = guided_stage.scene(), guided_stage.scene("tip")
NEAR = replace(JOINT, guided=replace(JOINT.guided, near=math.radians(11.0)))
EXPLORES = replace(JOINT, guided=replace(JOINT.guided, explores=True))
GOAL = math.radians(120.0)


def status(scene, *place, **tick):
    return guided_status_of(scene, guided_stage.state(scene, *place, **tick), ViewInfo("side", "software"))


@pytest.mark.parametrize(("short_deg", "there"), [(10.0, True), (12.0, False)])
def test_a_joint_is_there_as_near_as_the_exercise_asks_in_the_picture_and_on_the_display(short_deg, there):
    place = (GOAL - math.radians(short_deg),), (GOAL,)
    state = guided_stage.state(NEAR, *place, progress=91.0)
    assert is_there(NEAR, state) == there
    assert shows(at(drawn(NEAR, state, SIDE), SIDE, on_arc(GOAL, 0.235)), GREEN if there else AMBER)
    said = status(NEAR, *place, progress=91.0)
    assert said.there == there
    texts = [text.text for text in named(said)["way"].texts]
    assert any("reached" in text for text in texts) == there


def test_what_is_held_has_been_reached_whatever_the_recording_knows_of_tolerances():
    place = (GOAL - math.radians(12.0),), (GOAL,)
    assert not is_there(JOINT, guided_stage.state(JOINT, *place))
    assert is_there(JOINT, guided_stage.state(JOINT, *place, phase="hold", moment=Moment.HOLD))


@pytest.mark.parametrize(("progress", "there"), [(0.0, False), (96.0, True)])
def test_a_way_that_leads_round_to_its_start_is_not_done_before_it_was_gone(progress, there):
    place = (0.2, 0.0), (0.2, 0.0)
    assert is_there(TIP, guided_stage.state(TIP, *place, words=2.0, progress=progress)) == there
    picture = drawn(TIP, guided_stage.state(TIP, *place, words=2.0, progress=progress), ABOVE)
    goal = np.array((0.2, 0.0, 0.0)) + np.array(TIP.guided.hand)
    assert shows(at(picture, ABOVE, goal, 24), GREEN if there else AMBER)


def test_who_pushes_against_the_robot_has_no_goal_but_a_way_to_push():
    place, push = ((1.0,), (1.0 + math.radians(15.0),)), {"moment": Moment.PUSH, "start": (1.0,)}
    state = guided_stage.state(JOINT, *place, **push)
    assert not has_goal(JOINT, state.guided)
    said = status(JOINT, *place, **push)
    assert (said.goal, said.remark, said.there) == ("", HELD, False)
    assert math.isnan(said.progress)
    picture = drawn(JOINT, state, SIDE)
    assert shows(at(picture, SIDE, on_arc(1.0 + HEADING_RAD)), AMBER)
    assert not shows(at(picture, SIDE, on_arc(1.0 - HEADING_RAD)), AMBER)
    assert not shows(at(picture, SIDE, on_arc(1.0 + math.radians(15.0), 0.24)), AMBER)  # no mark


def test_who_goes_as_far_as_he_can_sees_no_mark_at_the_end_of_what_is_allowed():
    end = guided_stage.UPPER - 0.04
    state = guided_stage.state(EXPLORES, (0.8,), (end,))
    picture = drawn(EXPLORES, state, SIDE)
    assert not shows(at(picture, SIDE, on_arc(end, 0.235)), AMBER)
    assert shows(at(picture, SIDE, on_arc(0.4)), CYAN)
    said = status(EXPLORES, (0.8,), (end,))
    assert (said.goal, said.remark) == ("", AS_FAR)
    assert not status(EXPLORES, (end,), (end,)).there


def test_while_the_ghost_shows_a_movement_its_place_and_goal_stand_on_the_range():
    tick = guided_stage.tick(JOINT, (0.2,), (GOAL,), moment=Moment.REST, phase="show")
    tick["guided"]["arm"]["reference"] = 1.1
    picture = drawn(JOINT, ScenePoser(JOINT).state_message(tick, 3, 1), SIDE)
    assert shows(at(picture, SIDE, on_arc(1.1)), GHOST)
    assert shows(at(picture, SIDE, on_arc(GOAL, 0.235)), AMBER)
    assert not shows(at(picture, SIDE, on_arc(1.1 + 0.3)), GHOST)


def test_while_the_ghost_shows_a_way_with_bends_it_stands_there_as_it_is():
    bend = guided_stage.BENT[1] + np.array(TIP.guided.hand)
    tick = guided_stage.tick(TIP, (0.0, 0.0), (0.2, 0.0), moment=Moment.REST, phase="show", words=7.0)
    tick["target"] = (0.2, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0)
    picture = drawn(TIP, ScenePoser(TIP).state_message(tick, 3, 1), ABOVE)
    assert bright(at(picture, ABOVE, bend))


@pytest.mark.parametrize("size", [(640, 480), (1280, 720), (640, 720), (1920, 1080)])
def test_the_display_leaves_the_middle_of_the_picture_to_the_arm(size):
    for panel in named(status(JOINT, (0.5,), (GOAL,)), size).values():
        inner = 0.36 * size[0] < panel.x + panel.pixels.shape[1] and panel.x < 0.64 * size[0]
        assert not inner or panel.name == "words", panel.name


PURSUED = replace(
    TIP, guided=replace(TIP.guided, runs=True), goal_radius_m=0.03, signals=(*TIP.signals[:-1], ("score", "%"))
)


def pursuing(x, target, words=2.0):
    tick = guided_stage.tick(TIP, x, (0.2, 0.0), words=words, verdict=84.0)  # the last signal is the score here
    tick["target"][:2] = target
    return ScenePoser(PURSUED).state_message(tick, 3, 1)


@pytest.mark.parametrize(("x", "there"), [((0.14, 0.06), True), ((0.02, 0.0), False)])
def test_of_a_target_that_runs_its_present_place_counts_and_nobody_sees_where_it_goes(x, there):
    state = pursuing(x, (0.15, 0.05))
    assert is_there(PURSUED, state) == there
    picture = drawn(PURSUED, state, ABOVE)
    hand = np.array(TIP.guided.hand)
    assert shows(at(picture, ABOVE, np.array((0.15, 0.05, 0.0)) + hand, 40), GREEN if there else AMBER)
    for share in (0.3, 0.6):
        assert (at(picture, ABOVE, share * guided_stage.BENT[1] + hand, 2) == 60).all()
    said = guided_status_of(PURSUED, state, ViewInfo("above", "software"))
    assert (said.way, said.place, said.remark, said.points) == (IN_CIRCLE, "84 %", OF_THE_TIME, None)
    assert said.progress == pytest.approx(0.84)


def test_while_the_ghost_shows_how_a_target_runs_the_target_is_seen_and_its_line_is_not():
    tick = guided_stage.tick(TIP, (0.0, 0.0), (0.2, 0.0), moment=Moment.REST, phase="show", words=7.0)
    tick["target"] = (0.05, 0.1, 0.0, 1.0, 0.0, 0.0, 0.0)
    hand = np.array(TIP.guided.hand)
    picture, lined = (drawn(scene, ScenePoser(scene).state_message(tick, 3, 1), ABOVE) for scene in (PURSUED, TIP))
    assert bright(at(lined, ABOVE, guided_stage.BENT[1] + hand))
    assert not bright(at(picture, ABOVE, guided_stage.BENT[1] + hand))
    assert (at(picture, ABOVE, np.array((0.1, 0.0, 0.0)) + hand, 2) == 60).all()  # nor a straight one
    assert shows(at(picture, ABOVE, np.array((0.05, 0.1, 0.0)) + hand, 40), AMBER)


def test_on_the_way_to_where_a_target_starts_the_distance_is_told():
    said = guided_status_of(PURSUED, pursuing((0.1, 0.0), (0.2, 0.0), words=1.0), ViewInfo("above", "software"))
    assert (said.way, said.place) == ("To the goal", "10.0 cm")


def test_a_game_tells_its_points():
    scene = replace(TIP, signals=(*TIP.signals[:-1], ("score", "")))
    said = guided_status_of(scene, pursuing((0.1, 0.0), (0.2, 0.0), words=1.0), ViewInfo("above", "software"))
    assert said.points == 84
    assert any("84 points" in text.text for text in named(said)["count"].texts)
    assert status(TIP, (0.0, 0.0), (0.1, 0.0)).points is None
