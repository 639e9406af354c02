import math

import msgspec
import numpy as np
import pytest

from control.states import PATIENT_REASONS
from control.tick import PATIENT_STOPS, Flag, State
from robotics.guidance import Moment
from tests.vr_training.view import guided_stage, view_stage
from vr_training.view.guided.hud import GuidedHud
from vr_training.view.guided.status import (
    AFTER_END,
    AFTER_FAULT,
    AFTER_STOP,
    ALL_DONE,
    CAUSES,
    HOLD_STILL,
    ON_PAUSE,
    STATES,
    guided_status_of,
)
from vr_training.view.hud import Hud
from vr_training.view.kinds import GUIDED, SURGERY, kind_of
from vr_training.view.presenter import resting_state
from vr_training.view.status import STATES as SURGICAL
from vr_training.view.status import ViewInfo

SCENE, INFO = guided_stage.scene(), ViewInfo(camera="side", renderer="software")


def status(x=0.9, goal=2.0, scene=SCENE, **changes):
    return guided_status_of(scene, guided_stage.state(scene, (x,), (goal,), **changes), INFO)


def test_a_scene_says_which_kind_of_session_it_is():
    assert kind_of(SCENE) is GUIDED
    assert kind_of(view_stage.scene()) is SURGERY
    assert isinstance(kind_of(SCENE).display(640, 480), GuidedHud)
    assert isinstance(kind_of(view_stage.scene()).display(640, 480), Hud)


def test_every_state_is_told_in_words_that_no_surgeon_uses():
    assert set(STATES) == set(State)
    for word, _ in STATES.values():
        assert not any(said in word.lower() for said in ("clutch", "engaged", "align", "follow", "homing"))
    assert not {word for word, _ in STATES.values()} & {word for word, _ in SURGICAL.values()}


def test_what_is_said_is_what_the_signal_counts_until_the_goal_is_to_be_held():
    assert status(loop=State.READY, phase="ready", moment=Moment.REST).say == guided_stage.WORDS[0]
    assert status(words=1.0).say == guided_stage.WORDS[1]
    assert status(words=2.0, phase="pause").say == guided_stage.WORDS[2]
    assert status(words=99.0).say == ""
    assert status(words=1.0, phase="hold").say == HOLD_STILL
    assert status(words=1.0, loop=State.CLUTCHED, phase="pause").say == ON_PAUSE
    assert status(words=2.0, phase="done", loop=State.SOFT_STOP).say == ALL_DONE


def test_seconds_are_counted_down_in_whole_ones_and_only_while_the_exercise_runs():
    assert status(phase="hold", left=2.01).left_s == 3
    assert status(phase="hold", left=2.0).left_s == 2
    assert status(phase="hold", left=0.0).left_s == 0
    assert status(phase="hold", left=2.0, loop=State.CLUTCHED).left_s == 0
    assert status(phase="hold", left=2.0, loop=State.HOLD, cause=int(Flag.PAIN)).left_s == 0


def test_repetitions_are_counted_from_one_and_never_beyond_the_last():
    said = status(repetition=3.0, successes=2.0, verdict=1.0)
    assert (said.repetition, said.repetitions, said.passed, said.failed) == (4, 10, 2, 1)
    assert said.verdict == "the goal was not reached"
    assert status(repetition=10.0, successes=10.0).repetition == 10
    assert status(repetition=3.0, successes=3.0).verdict == ""


def test_figures_are_those_of_the_tick():
    said = status(x=math.radians(87.0), goal=math.radians(120.0), progress=79.0)
    assert (said.way, said.place, said.goal) == ("Elbow flexion", "87\N{DEGREE SIGN}", "120\N{DEGREE SIGN}")
    assert said.progress == pytest.approx(0.79)
    assert said.cuff_n == pytest.approx(50.0)  # of 30 and 40 at a right angle
    assert (said.cuff_limit_n, said.assistance, said.share) == (80.0, 0.25, 42.0)


def test_force_warns_near_its_limit_and_is_too_high_at_it():
    levels = [msgspec.structs.replace(SCENE, force_limit_n=limit) for limit in (80.0, 60.0, 50.0, 40.0)]
    assert [status(scene=scene).force_level for scene in levels] == [0, 1, 2, 2]
    assert status(scene=msgspec.structs.replace(SCENE, force_limit_n=None)).force_level == 0


def test_of_a_hand_the_distance_to_its_goal_is_told_in_the_plane_of_the_exercise():
    scene = guided_stage.scene("tip")
    said = guided_status_of(scene, guided_stage.state(scene, (0.03, 0.0), (0.03, 0.04)), INFO)
    assert (said.place, said.goal) == ("4.0 cm", "")
    bent = guided_stage.state(scene, (0.03, 0.0), (0.2, 0.0), words=2.0, progress=37.4)
    said = guided_status_of(scene, bent, INFO)
    assert (said.way, said.place) == ("Along the line", "37 %")
    at_rest = guided_stage.state(scene, (0.0, 0.0), (0.0, 0.0), moment=Moment.REST)
    assert guided_status_of(scene, at_rest, INFO).way == ""


@pytest.mark.parametrize("flag", list(PATIENT_REASONS))
def test_whatever_stops_a_patient_has_a_word_and_a_sentence_that_nothing_moves(flag):
    said = status(loop=State.HOLD, cause=int(flag), words=1.0)
    assert said.stop.startswith("Stopped: ")
    assert len(said.stop) < 30
    assert said.after == AFTER_STOP
    assert said.say == ""
    assert flag & PATIENT_STOPS


def test_causes_cover_all_that_stops_and_nothing_stands_twice():
    flags = [flag for flag, _ in CAUSES]
    assert len(set(flags)) == len(flags)
    assert all(flag in flags for flag in Flag if flag & (PATIENT_STOPS | Flag.OPERATOR_STOP))
    assert status(loop=State.HOLD, cause=int(Flag.PAIN | Flag.PATIENT_FORCE)).stop == "Stopped: pain button"


def test_a_flag_alone_is_no_stop_and_a_good_end_is_none_either():
    assert status(cause=int(Flag.PAIN)).stop == ""  # the loop runs: what stood has been taken back
    ended = status(loop=State.SOFT_STOP, phase="done", running=False)
    assert (ended.stop, ended.state, ended.tone) == ("", "The exercise is over", "over")
    assert status(loop=State.SOFT_STOP, phase="done").tone == "over"
    assert status(loop=State.SOFT_STOP, cause=int(Flag.POSITION_LIMIT)).stop == ""


def test_an_end_and_a_fault_say_what_comes_after_them():
    assert status(loop=State.HOLD, cause=int(Flag.SPASM), running=False).after == AFTER_END
    fault = status(loop=State.LATCHED_FAULT, cause=int(Flag.TRACKING_ERROR))
    assert fault.stop.startswith("Fault")
    assert fault.after == AFTER_FAULT


def test_before_the_first_state_it_says_how_to_sit():
    said = guided_status_of(SCENE, resting_state(SCENE), INFO)
    assert (said.say, said.way, said.stop) == (guided_stage.WORDS[0], "", "")
    assert math.isnan(said.cuff_n)
    assert math.isnan(said.share)


def test_without_a_measured_force_nothing_is_shown_of_it():
    tick = guided_stage.tick(SCENE, (0.5,), (1.0,))
    tick["guided"]["arm"]["cuffs"] = np.nan
    from vr_training.stream.poser import ScenePoser

    said = guided_status_of(SCENE, ScenePoser(SCENE).state_message(tick, 3, 1), INFO)
    assert math.isnan(said.cuff_n)
    assert said.force_level == 0


def test_while_a_movement_is_only_shown_or_he_rests_nobody_reads_that_the_exercise_runs():
    assert status(phase="show", moment=Moment.REST).state == "Demonstration"
    assert status(phase="rest", moment=Moment.REST).state == "Rest"
    assert status(phase="move").state == "Exercise runs"
    assert status(phase="show", moment=Moment.REST, loop=State.HOLD, cause=int(Flag.PAIN)).state == "Stopped"
