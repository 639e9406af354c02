"""Spasms that a limit of force leaves no room for are refused before anything moves; those that it does are borne."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from control.guided_arm import RELEASE_TICKS
from control.patient_guard import PatientLimits
from robotics.config import find
from robotics.errors import ArgumentError
from steadyhand.rehab.order import ExerciseOrder
from steadyhand.rehab.rehearse import rehearsed
from steadyhand.rehab.spasms import BEARABLE, LEAST_PUSH_N

EXERCISES = {"arm_exo": "elbow_flexion", "planar_reach": "centre_out", "wrist_exo": "wrist_flexion"}


def order(rig: str, **others: object) -> ExerciseOrder:
    start = ExerciseOrder(
        exercise=EXERCISES[rig],
        rig=rig,
        patient="stroke_spastic",
        law="passive",
        repetitions=1,
        lockstep=True,
        headless=True,
        demonstrated=False,
        duration_s=4.0,
    )
    return replace(start, **others)


def needed(refused: ArgumentError) -> float:
    """The limit that a refusal names [N]."""
    found = re.search(r"at least (\d+) N are needed", str(refused))
    assert found
    return float(found[1])


@pytest.mark.parametrize("rig", EXERCISES)
def test_on_every_robot_his_spasms_fit_the_limit_of_exercises_and_keep_it(rig: str, tmp_path: Path) -> None:
    often = re.sub(r"(?m)^per_minute = .*$", "per_minute = 60.0", find("patients", "stroke_spastic").read_text())
    path = tmp_path / "stroke_spastic.toml"
    path.write_text(often, encoding="utf-8")
    ran = rehearsed(order(rig, patient=str(path), seed=4))
    result, ticks, planned = ran.result, ran.ticks, ran.rig
    force = np.linalg.norm(ticks["guided"][planned.arm.name]["cuffs"][:, :, :3], axis=2)
    assert result.stop, "a spasm a second does not go by unseen"
    assert force.max() <= planned.limits.cuff_force_n == 80.0
    stopped = int(np.flatnonzero(ticks["cause"])[0])
    let_go = ticks["guided"][planned.arm.name]["robot"][stopped + RELEASE_TICKS :]
    assert len(let_go) > 0
    assert not let_go.any(), "whether driven by torque or by position"


@pytest.mark.parametrize("rig", EXERCISES)
def test_a_limit_that_they_beat_is_refused_with_the_one_that_is_needed(rig: str) -> None:
    with pytest.raises(ArgumentError, match="spasms of patient 'stroke_spastic' press a cuff") as refused:
        rehearsed(order(rig, limits=PatientLimits(cuff_force_n=60.0)))
    least = needed(refused.value)
    assert 60.0 < least <= 80.0
    rehearsed(order(rig, limits=PatientLimits(cuff_force_n=least + 1.0), duration_s=0.2))


def test_who_is_to_push_needs_room_for_his_push_beside_them() -> None:
    limits = PatientLimits(cuff_force_n=60.0)
    with pytest.raises(ArgumentError) as moved:
        rehearsed(order("arm_exo", limits=limits))
    with pytest.raises(ArgumentError, match="beside a push of 15 N") as pushed:
        rehearsed(order("arm_exo", exercise="strength", law="locked", joint="elbow_flexion", limits=limits))
    assert needed(pushed.value) - needed(moved.value) == pytest.approx(LEAST_PUSH_N / BEARABLE, abs=1.0)


def test_who_has_none_is_not_refused() -> None:
    limits = PatientLimits(cuff_force_n=30.0)
    assert rehearsed(order("arm_exo", patient="stroke_flaccid", limits=limits, duration_s=0.2)).ticks.size
