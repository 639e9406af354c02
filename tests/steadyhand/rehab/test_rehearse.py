"""A rehearsal gives what a recorded run gives; prescriptions are followed."""

from __future__ import annotations

import os
import signal
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from control.laws import LawState
from control.tick import Flag, State
from robotics.config import find
from robotics.errors import ArgumentError, ConfigError
from robotics.guidance import Cue, Guidance, Moment, Space
from steadyhand.rehab.order import ExerciseOrder
from steadyhand.rehab.prescribed import create_law
from steadyhand.rehab.rehearse import rehearse, rehearsed
from steadyhand.rehab.results import evaluate
from steadyhand.rehab.rig import plan, rig_of
from steadyhand.run import run
from vr_training.exercises.strength import AT_LEAST
from vr_training.rehab.traces import KEPT


def order(tmp_path: Path | None = None, **changes) -> ExerciseOrder:
    data = {
        "exercise": "centre_out", "law": "wolbrecht", "repetitions": 1, "seed": 4, "distance_cm": 6.0,
        "speed_cm_s": 16.0, "most_force": 8.0, "lockstep": True, "headless": True, "sessions": tmp_path,
    }  # fmt: skip
    return ExerciseOrder(**{**data, **changes})


def test_a_rehearsal_comes_to_the_same_as_a_recorded_run_and_keeps_no_file(tmp_path: Path) -> None:
    unrecorded = rehearse(order(tmp_path))
    assert not list(tmp_path.iterdir())
    recorded = evaluate(run(order(tmp_path), lambda _: None, lambda *_: None).session)
    assert replace(recorded, session="") == unrecorded
    assert rehearse(order(tmp_path, seed=5)) != unrecorded
    # 6 cm were prescribed, not the exercise's own 10, and a law that gives 8 N at most.
    assert 4.5 < unrecorded.measures["range_cm"] < 7.5
    assert unrecorded.measures["mean_assistance"] <= 100.0


def test_ctrl_c_keeps_what_was_done_and_says_that_the_therapist_stopped_it(tmp_path: Path) -> None:
    def watch(time_s: float, _: str) -> None:
        if time_s > 2.0:
            os.kill(os.getpid(), signal.SIGINT)

    ran = run(order(tmp_path), lambda _: None, watch)
    stopped = evaluate(ran.session)
    assert (stopped.stop, stopped.repetitions) == ("therapist", ())
    assert stopped.stop_time_s == pytest.approx(2.2, abs=0.2)
    assert ran.session.recording.is_file()


def test_a_run_tells_which_repetition_it_is_at_and_what_is_asked(tmp_path: Path) -> None:
    said: dict[str, None] = {}
    run(order(tmp_path), lambda _: None, lambda _, what: said.setdefault(what))
    assert "1 of 1: Reach for the target." in said


def test_a_patient_who_recovers_is_another_one_after_his_sessions() -> None:
    before = plan(order(patient="stroke_recovering"))
    after = plan(order(patient="stroke_recovering", sessions_before=6))
    assert after.patient.strength.share > before.patient.strength.share


def test_an_arc_goes_from_end_to_end_of_its_range_the_way_round_that_it_has() -> None:
    def ends(exercise: str, joint: str, low: float, high: float) -> tuple[float, float]:
        settings = plan(ExerciseOrder(exercise=exercise, ranges_deg={joint: (low, high)}, speed_deg_s=9.0)).settings
        assert settings.speed_deg_s == 9.0
        return settings.from_deg, settings.to_deg

    assert ends("elbow_flexion", "elbow_flexion", 20.0, 80.0) == (20.0, 80.0)
    assert ends("external_rotation", "shoulder_rotation", -40.0, 10.0) == (10.0, -40.0)


def test_nothing_is_brought_to_its_start_faster_than_is_prescribed() -> None:
    for speed, approach in ((9.0, 9.0), (40.0, 20.0)):
        settings = plan(ExerciseOrder(exercise="elbow_flexion", speed_deg_s=speed)).settings
        assert settings.approach_deg_s == approach
    for speed, approach in ((5.0, 5.0), (40.0, 12.0)):
        assert plan(ExerciseOrder(exercise="circle", speed_cm_s=speed)).settings.approach_cm_s == approach


def test_what_an_exercise_does_not_have_cannot_be_prescribed() -> None:
    with pytest.raises(ArgumentError, match="no distance"):
        plan(ExerciseOrder(exercise="elbow_flexion", distance_cm=5.0))
    with pytest.raises(ArgumentError, match="no speed in deg/s"):
        plan(ExerciseOrder(exercise="centre_out", speed_deg_s=5.0))
    with pytest.raises(ArgumentError, match="moves joints"):
        plan(ExerciseOrder(exercise="elbow_flexion", speed_cm_s=5.0))
    with pytest.raises(ArgumentError, match="distance_cm is -1"):
        order(distance_cm=-1.0)


@pytest.mark.parametrize(("exercise", "rig"), [("centre_out", "wrist_exo"), ("hand_to_mouth", "planar_reach")])
def test_an_exercise_of_the_hand_is_refused_on_a_robot_that_cannot_bring_it_there(exercise: str, rig: str) -> None:
    with pytest.raises(ArgumentError, match=f"moves the hand along ways that rig '{rig}' is not known to reach"):
        plan(ExerciseOrder(exercise=exercise, rig=rig))


@pytest.mark.slow
def test_who_is_moved_by_the_robot_is_told_no_active_range() -> None:
    def measured(law: str) -> dict[str, float]:
        asked = ExerciseOrder(exercise="elbow_flexion", patient="stroke_flaccid", law=law, repetitions=1, seed=3,
                              lockstep=True, headless=True, demonstrated=False)  # fmt: skip
        return rehearse(asked).measures

    moved, alone = measured("passive"), measured("active")
    assert moved["range_deg"] > 90.0
    assert "active_range_deg" not in moved
    assert 0.0 < alone["active_range_deg"] < 0.5 * moved["range_deg"]  # a limp arm that nobody holds drifts


@pytest.mark.parametrize("name", ["passive", "wolbrecht", "minimal_aan"])
def test_no_law_gives_more_than_was_prescribed(name: str) -> None:
    law, force = create_law(name, Space.JOINT, 1, 0.001, most=1.5), np.zeros(1)
    guidance = Guidance.at_rest(np.zeros(1))
    guidance.moment, guidance.movement = Moment.MOVE, 1
    guidance.goal[:], guidance.reference[:], guidance.tangent[:] = 1.0, 1.0, 1.0
    largest = 0.0
    for _ in range(3000):
        law.update(LawState(np.zeros(1), np.zeros(1), np.zeros(1), guidance), force)
        largest = max(largest, abs(float(force[0])))
    assert 1.4 < largest <= 1.5 + 1e-9


def test_a_robot_has_its_rig() -> None:
    assert rig_of("planar_reach") == "planar_reach"
    with pytest.raises(LookupError, match="arm_exo, planar_reach, wrist_exo"):
        rig_of("psm")


@pytest.mark.parametrize(
    ("exercise", "rig"), [("circle", "planar_reach"), ("forward_reach", "arm_exo"), ("wrist_deviation", "wrist_exo")]
)
def test_a_healthy_man_passes_by_himself(exercise: str, rig: str) -> None:
    result = rehearse(ExerciseOrder(exercise=exercise, rig=rig, law="active", patient="healthy", repetitions=1, seed=1,
                                    lockstep=True, headless=True, demonstrated=False))  # fmt: skip
    assert (result.stop, [each.reason for each in result.repetitions]) == ("", [""])


@pytest.mark.parametrize("exercise", ["circle", "path_follow"])
def test_an_arm_is_led_along_a_line_as_the_sound_hand_draws_it(exercise: str) -> None:
    result = rehearse(ExerciseOrder(exercise=exercise, law="passive_mirrored", patient="healthy", repetitions=1, seed=1,
                                    lockstep=True, headless=True, demonstrated=False))  # fmt: skip
    assert (result.stop, [each.reason for each in result.repetitions]) == ("", [""])


def test_who_is_stronger_than_the_robot_can_hold_has_pushed_all_the_same() -> None:
    result = rehearse(ExerciseOrder(exercise="strength", patient="healthy", repetitions=1, seed=1,
                                    lockstep=True, headless=True, demonstrated=False))  # fmt: skip
    assert [(each.success, each.reason) for each in result.repetitions] == [(True, AT_LEAST)]


def test_an_arm_that_nobody_can_push_is_not_driven_by_torque(tmp_path: Path) -> None:
    text = find("rigs", "wrist_exo").read_text(encoding="utf-8")
    path = tmp_path / "wrist_exo.toml"
    path.write_text(text.replace('drive = "position"', 'drive = "torque"'), encoding="utf-8")
    assert not plan(ExerciseOrder(exercise="wrist_flexion")).arm.config.back_drivable
    with pytest.raises(ConfigError, match=r"simulation\.drive"):
        plan(ExerciseOrder(exercise="wrist_flexion", rig=str(path)))


def test_a_patient_is_told_what_is_asked_and_nothing_of_the_law() -> None:
    assert {each.name for each in fields(Cue)} == {"time_s", "guidance", "following", "x"}
    words = " ".join(each.name for each in fields(Guidance))
    assert not any(word in words for word in ("law", "force", "gain", "stiffness", "torque"))


def test_whose_range_does_not_hold_the_robots_start_is_taken_up_within_it_and_not_pushed_there() -> None:
    asked = ExerciseOrder(
        exercise="elbow_flexion", patient="stroke_flaccid", ranges_deg={"elbow_flexion": (85.0, 120.0)},
        lockstep=True, headless=True, demonstrated=False, duration_s=1.5,
    )  # fmt: skip
    ran = rehearsed(asked, fields=(*KEPT, "arms"))
    elbow = ran.rig.arm.chain.joint_names.index("elbow_flexion")
    arm = ran.ticks["arms"][ran.rig.arm.name]
    assert np.degrees(arm["q"][0, elbow]) == pytest.approx(85.0, abs=0.1)
    assert np.abs(arm["dq"][ran.ticks["state"] < State.ENGAGED]).max() < 0.2
    assert not (ran.ticks["flags"] & np.uint64(int(Flag.PATIENT_RANGE))).any()
