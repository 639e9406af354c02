"""A robot that carries a relaxed arm through postures finds what it weighs, and carries it by that from then on."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from msgspec.structs import replace

from control.laws.weight_support import LimbLoad
from control.tick import State
from robotics.config import load_named
from robotics.errors import ArgumentError
from robotics.guidance import Moment
from simulation.patients.config import PatientConfig
from simulation.patients.limb import limb_on
from steadyhand.rehab.assess import assessing, with_result
from steadyhand.rehab.blocks import Wanted, order_of
from steadyhand.rehab.build import prepare
from steadyhand.rehab.order import ExerciseOrder
from steadyhand.rehab.rehearse import rehearse
from steadyhand.rehab.rig import plan
from steadyhand.rehab.weighing import held_out_nm, loads_on, named, weigh
from vr_training.exercises import Phase
from vr_training.rehab.adaptation import Difficulty
from vr_training.rehab.prescription import Assessment, load_plan

DT, GRAVITY = 1e-3, -9.81


def weighing(patient: str = "healthy") -> ExerciseOrder:
    return ExerciseOrder(exercise="weighing", patient=patient, seed=1, lockstep=True, headless=True)


@pytest.fixture(scope="module")
def light():
    """An arm that weighs nine tenths of what the tables say."""
    return rehearse(weighing("stroke_flaccid"))


@pytest.mark.slow
def test_the_arm_of_a_person_who_is_lighter_than_the_tables_say_is_found_to_be_lighter(light) -> None:
    share = load_named("patients", "stroke_flaccid", PatientConfig).anthropometry.arm_mass_share
    assert share == 0.9
    assert light.measures["arm_weight"] / light.measures["arm_weight_average"] == pytest.approx(share, abs=0.02)
    assert light.measures["arm_weight_residual"] < 0.1


def test_loads_go_into_the_assessment_and_from_there_into_the_order_of_a_plan_for_that_robot(light) -> None:
    day = datetime.date(2026, 3, 1)
    made = Assessment(patient="p", date=day, arm="arm_exo", side="left", joints={})
    made = with_result(made, None, light)
    assert made.loads == light.loads
    found = load_plan("elbow_after_stroke")
    difficulty = Difficulty.start(found.blocks[0].progression)
    order = order_of(found, 0, 0, made, difficulty, Wanted("stroke_recovering"))
    assert order.loads == light.loads
    other = replace(found, arm="wrist_exo")
    assert order_of(other, 0, 0, made, difficulty, Wanted("stroke_recovering")).loads == ()


def test_loads_of_another_robot_are_refused(light) -> None:
    wrist = plan(ExerciseOrder(exercise="wrist_flexion", lockstep=True, headless=True))
    with pytest.raises(ArgumentError, match="arm_exo"):
        loads_on(wrist.arm, light.loads)


def test_what_is_named_is_what_was_found() -> None:
    rig = plan(weighing())
    table = limb_on(rig.arm, prepare(rig).patient)
    again = loads_on(rig.arm, named(rig.arm, table))
    assert [load.link for load in again] == [load.link for load in table]
    assert held_out_nm(rig.arm, again, DT, GRAVITY) == pytest.approx(11.93, abs=0.1)  # the bare arm of this man


def test_an_arm_that_never_rested_is_not_weighed() -> None:
    rig = plan(weighing())
    table = (LimbLoad(2, 1.0, np.zeros(3)),)
    with pytest.raises(ArgumentError, match="never held still"):
        weigh(_held(rig, moving=True), rig.arm, table, DT, GRAVITY)


def _held(rig, moving: bool) -> np.ndarray:
    n = rig.arm.chain.size
    part = np.dtype([("moment", "u1"), ("movement", "i4"), ("cuffs", "f8", (len(rig.arm.config.cuffs), 6))])
    dtype = np.dtype(
        [
            ("state", "u1"),
            ("phase", "i4"),
            ("arms", [(rig.arm.name, [("q", "f8", (n,))])]),
            ("guided", [(rig.arm.name, part)]),
        ]
    )
    ticks = np.zeros(400, dtype)
    ticks["state"], ticks["phase"] = State.ENGAGED, Phase.HOLD
    ticks["guided"][rig.arm.name]["moment"], ticks["guided"][rig.arm.name]["movement"] = Moment.RELAX, 1
    if moving:
        ticks["arms"][rig.arm.name]["q"] = np.linspace(0.0, 0.1, 400)[:, None]
    return ticks


def test_it_is_part_of_an_assessment_of_all_joints_and_not_of_one_joint_alone() -> None:
    assert any(each.kind == "weighing" for each in assessing("arm_exo"))
    assert not any(each.kind == "weighing" for each in assessing("arm_exo", ["elbow_flexion"]))
    assert not any(each.kind == "weighing" for each in assessing("wrist_exo"))
