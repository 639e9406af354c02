"""Assessments of simulated patients come to their ends, and to what the patients are."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from control.patient_guard import PatientLimits
from robotics.config import find, load_named
from simulation.patients.config import PatientConfig
from simulation.patients.joints import JOINTS
from steadyhand.rehab.assess import assess, assessing, is_taken, missing, needed, side_of
from steadyhand.rehab.order import ExerciseOrder
from steadyhand.rehab.rehearse import rehearse
from steadyhand.rehab.rig import rig_of
from tests.steadyhand.rehab.conftest import Asked
from vr_training import exercises
from vr_training.rehab.our_limits import MOST_TRUNK_CM
from vr_training.rehab.prescription import JointAssessment, load_plan
from vr_training.rehab.records import PatientRecords
from vr_training.rehab.results import ExerciseResult

ELBOW = JOINTS.index("elbow_flexion")

STRONG = ExerciseResult(
    exercise="range_of_motion", title="Range of motion", arm="arm_exo", law="active", patient="healthy",
    simulated=True, side="right", seed=0, planned=2, repetitions=(),
)  # fmt: skip


def taken(patient: str, kind: str, joint: str = "elbow_flexion", **order: object) -> ExerciseResult:
    """An assessment as `steadyhand rehab assess` makes it, once."""
    (each,) = (each for each in assessing("arm_exo", [joint]) if each.kind == kind)
    limits = replace(exercises.load(each.exercise).limits or PatientLimits(), trunk_cm=MOST_TRUNK_CM)
    return rehearse(
        ExerciseOrder(
            exercise=each.exercise,
            patient=patient,
            rig=rig_of("arm_exo"),
            side=side_of(patient, None),
            joint=joint,
            limits=limits,
            seed=3,
            **order,  # type: ignore[arg-type]
        )
    )


def weaker_nm(patient: str) -> float:
    """Strength of the elbow in its weaker direction on a mean day."""
    config = load_named("patients", patient, PatientConfig)
    return float(config.strength.table(config.anthropometry.sex)[:, ELBOW].min())


def test_a_weak_elbow_is_found_as_strong_as_it_is():
    result = taken("stroke_recovering", "strength", repetitions=1)
    assert not result.stop
    # A day's strength varies by 8 %, and a push tires.
    assert result.measures["strength_nm"] == pytest.approx(weaker_nm("stroke_recovering"), rel=0.2)


def test_an_elbow_that_is_stronger_than_the_robot_is_found_to_have_at_least_what_it_holds():
    result = taken("healthy", "strength", repetitions=1)
    assert not result.stop
    assert 10.0 < result.measures["strength_nm"] < weaker_nm("healthy")
    assert [each.reason for each in result.repetitions] == [
        "stronger than the robot can hold: the strength is at least this"
    ]
    # The push grows on while he reacts: still within what lets go.
    assert result.measures["peak_cuff_force"] < 84.0


def test_what_is_left_out_is_said_with_its_true_reason():
    every = {joint for each in assessing("arm_exo") for joint in each.joints}
    assert not missing("arm_exo")
    assert not missing("arm_exo", sorted(every))
    (said,) = missing("arm_exo", ["elbow_flexion"])
    assert said.startswith("weighing: it takes shoulder_flexion, ")
    assert "weighing: no exercise takes it with wrist_exo" in missing("wrist_exo")


@pytest.mark.parametrize(("stops", "tries", "taken"), [
    ([""], 1, True), (["spasm", ""], 2, True), (["force", "force"], 2, False), (["pain", ""], 1, False),
])  # fmt: skip
def test_what_passes_is_tried_once_more_and_who_hurts_is_left(stops: list[str], tries: int, taken: bool) -> None:
    orders: list[ExerciseOrder] = []

    def run(order: ExerciseOrder) -> ExerciseResult:
        if order.exercise != "range_of_motion":
            return replace(STRONG, stop="pain")
        orders.append(order)
        return replace(STRONG, ranges_deg={"elbow_flexion": {"passive": (3.0, 140.0)}}, stop=stops[len(orders) - 1])

    told: list[str] = []
    made = assess(
        "healthy", "p07", "arm_exo", "right", datetime.date(2026, 3, 1), run, joints=["elbow_flexion"],
        told=lambda each, result, _: told.append(f"{each.kind} {result.stop}"),
    )  # fmt: skip
    assert len(orders) == tries
    assert len({order.seed for order in orders}) == tries
    assert ("elbow_flexion" in made.joints) is taken
    assert told[0] == f"range_of_motion {stops[-1] if taken else stops[tries - 1]}"


def found_in(results: dict[str, ExerciseResult], joint: str) -> JointAssessment | None:
    """What an assessment keeps of a joint, of exercises that came to these results; others are stopped by a fault."""
    made = assess(
        "healthy", "p07", "arm_exo", "right", datetime.date(2026, 3, 1),
        lambda order: results.get(order.exercise, replace(STRONG, stop="fault")), joints=[joint],
    )  # fmt: skip
    return made.joints.get(joint)


def test_a_range_that_ends_where_it_hurts_is_kept_with_the_angle_of_the_pain() -> None:
    hurt = replace(
        STRONG,
        ranges_deg={"shoulder_abduction": {"active": (-11.0, 69.0), "passive": (-11.0, 80.5)}},
        pain_deg={"shoulder_abduction": 80.4},
        measures={"tone": 9.0},  # of ways that were cut short
        stop="pain",
    )
    weak = replace(STRONG, measures={"strength_nm": 7.0}, stop="pain")  # nobody knows what it would have come to
    assert found_in({"range_of_motion": hurt, "strength": weak}, "shoulder_abduction") == JointAssessment(
        active_deg=(-11.0, 69.0), passive_deg=(-11.0, 80.5), pain_deg=(80.4,)
    )
    assert is_taken(hurt)
    assert not is_taken(weak)
    assert not is_taken(replace(hurt, stop="trunk"))


@pytest.mark.parametrize("again", ["", "spasm"])
def test_who_answers_with_a_spasm_to_being_moved_is_known_for_it(again: str) -> None:
    ends = iter(["spasm", again])

    def run(order: ExerciseOrder) -> ExerciseResult:
        if order.exercise != "tone":
            return replace(STRONG, stop="fault")
        return replace(STRONG, measures={"tone": 0.6}, stop=next(ends))

    made = assess("healthy", "p07", "arm_exo", "right", datetime.date(2026, 3, 1), run, joints=["elbow_flexion"])
    found = made.joints["elbow_flexion"]
    assert found.spasm
    assert found.tone_nms_rad == (None if again else 0.6)
    calm = found_in({"tone": replace(STRONG, measures={"tone": 0.4})}, "elbow_flexion")
    assert calm == JointAssessment(tone_nms_rad=0.4, spasm=False)
    assert found_in({"tone": replace(STRONG, stop="force")}, "elbow_flexion") is None


def test_a_robot_that_no_exercise_lists_assesses_what_it_moves(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    usual = assessing("arm_exo")
    own = tmp_path / "own_exo.toml"
    own.write_text(find("rigs", "arm_exo").read_text())
    monkeypatch.setattr("steadyhand.rehab.assess.rig_of", lambda _: str(own))
    assert assessing("own_exo") == usual
    plan = load_plan("elbow_after_stroke")
    assert needed(replace(plan, arm="own_exo"))[0] == "own_exo"


def test_a_plan_that_names_no_range_needs_the_joint_that_it_moves_assessed() -> None:
    plan = load_plan("elbow_after_stroke")
    bend = replace(plan.blocks[1], ranges={})
    assert needed(replace(plan, blocks=(bend,))) == ("arm_exo", ("elbow_flexion",))


@pytest.mark.slow
def test_an_active_range_is_found_as_the_patient_has_it() -> None:
    result = taken("stroke_recovering", "range_of_motion", joint="shoulder_flexion", repetitions=1)
    has = load_named("patients", "stroke_recovering", PatientConfig).range.active_deg.shoulder_flexion
    # Half of the angle over which his strength fades, and what the cuffs give way.
    assert result.ranges_deg["shoulder_flexion"]["active"] == pytest.approx(has, abs=6.0)


@pytest.mark.parametrize("exercises", [0, 2])
def test_ctrl_c_keeps_what_was_found_and_says_so(
    asked: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exercises: int
) -> None:
    made: list[str] = []

    def run(order: ExerciseOrder) -> ExerciseResult:
        if len(made) == exercises:
            raise KeyboardInterrupt
        made.append(order.exercise)
        return replace(STRONG, ranges_deg={"elbow_flexion": {"passive": (3.0, 140.0)}})

    monkeypatch.setattr("steadyhand.rehab.rehearse.rehearse", run)
    code, out, _ = asked(
        "rehab", "assess", "--patient", "healthy", "--joints", "elbow_flexion", "--sessions", tmp_path / "kept"
    )
    assert code == 130
    known = PatientRecords("healthy", tmp_path / "kept").assessments()
    if exercises:
        assert f"Interrupted after {exercises} of " in out
        assert known[0].joints["elbow_flexion"].passive_deg == (3.0, 140.0)
    else:
        assert "nothing is kept" in out
        assert known == ()
