"""The port to any patient: over what ends where it began, no more passes at his cuffs than the law gave."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from benchmarks import _cuff_checks as cuff_checks
from robotics.config import find
from robotics.contracts import DriveMode
from steadyhand.rehab.order import ExerciseOrder
from steadyhand.rehab.rehearse import rehearsed
from vr_training.rehab.traces import KEPT

CASES = (
    ("shoulder_abduction", "arm_exo", "wolbrecht"),
    ("circle", "planar_reach", "tunnel"),
    ("figure_of_eight", "planar_reach", "error_augmentation"),
    ("wrist_flexion", "wrist_exo", "minimal_aan"),
    ("elbow_flexion", "arm_exo", "resistive_elastic"),
)


def somebody(rng: np.random.Generator, folder: Path) -> str:
    """A patient of any size, strength and learning, of one who ships."""
    name = str(rng.choice(["healthy", "stroke_moderate", "stroke_recovering", "stroke_flaccid", "cerebellar_ataxia"]))
    text = find("patients", name).read_text(encoding="utf-8")
    for key, value in {
        "height_m": rng.uniform(1.5, 1.95),
        "mass_kg": rng.uniform(45.0, 110.0),
        "share": rng.uniform(0.05, 1.0),
    }.items():
        text = re.sub(rf"(?m)^{key} = .*$", f"{key} = {value:.3f}", text, count=1)
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("exercise", "rig", "law"),
    [
        pytest.param(*case, marks=() if case[1] == "planar_reach" and case[2] != "tunnel" else pytest.mark.slow)
        for case in CASES
    ],
)
def test_over_a_cycle_no_more_passes_at_the_cuffs_than_the_law_gave(
    exercise: str, rig: str, law: str, tmp_path: Path
) -> None:
    rng = np.random.default_rng([len(exercise), len(rig), len(law)])
    order = ExerciseOrder(
        exercise=exercise, rig=rig, law=law, patient=somebody(rng, tmp_path), repetitions=4,
        seed=int(rng.integers(1000)), speed=1.5, lockstep=True, headless=True, demonstrated=False,
    )  # fmt: skip
    ran = rehearsed(order, fields=(*KEPT, "arms"))
    number, excess_j = cuff_checks.cycles(ran.ticks, ran.rig)
    assert number > 0
    assert excess_j <= cuff_checks.CYCLE_J
    part = ran.ticks["guided"][ran.rig.arm.name]
    assert cuff_checks.tank_debt(part, ran.rig) <= cuff_checks.DEBT_J


def test_both_ways_of_driving_a_robot_are_among_them() -> None:
    from steadyhand.rehab.rig import plan

    modes = {plan(ExerciseOrder(exercise=exercise, rig=rig)).mode for exercise, rig, _ in CASES}
    assert modes == {DriveMode.TORQUE, DriveMode.POSITION}


def test_a_robot_that_pushes_besides_its_law_is_found_out(tmp_path: Path) -> None:
    exercise, rig, law = CASES[0]
    order = ExerciseOrder(exercise=exercise, rig=rig, law=law, patient="stroke_moderate", repetitions=1, speed=1.5,
                          seed=1, lockstep=True, headless=True, demonstrated=False)  # fmt: skip
    ran = rehearsed(order, fields=(*KEPT, "arms"))
    ticks = ran.ticks.copy()
    ticks["guided"][ran.rig.arm.name]["cuffs"] *= -1.0  # what dampers take, they give
    assert cuff_checks.cycles(ticks, ran.rig)[1] > cuff_checks.CYCLE_J
