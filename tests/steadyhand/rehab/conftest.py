"""Plans of a few seconds, and a patient who was assessed."""

from __future__ import annotations

import datetime
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.steadyhand import program
from tests.steadyhand.in_process import ask
from vr_training.rehab.prescription import Assessment, JointAssessment
from vr_training.rehab.records import PatientRecords

ROOT = Path(__file__).parents[3]

PLAN = """
title = "A few reaches"
arm = "planar_reach"
side = "right"

[stops]
cuff_force_n = {cuff_force_n}
joint_torque_nm = 25.0
joint_speed_deg_s = 180.0
hand_speed_cm_s = 100.0
trunk_cm = {trunk_cm}

[[blocks]]
exercise = "centre_out"
law = "wolbrecht"
repetitions = 1
sets = 2
rest_s = 20.0
arm_weight_support = 1.0
distance_cm = 6.0
speed_cm_s = 20.0
force_n = 20.0
progression = {{ amplitude = [1.0, 1.0], speed = [1.0, 1.0], successes = 1 }}

[[blocks]]
exercise = "centre_out"
law = "active"
repetitions = 1
arm_weight_support = 1.0
distance_cm = 6.0
progression = {{ assistance = [0.0, 0.0], amplitude = [1.0, 1.0], speed = [1.0, 1.0] }}
"""

Steadyhand = Callable[..., subprocess.CompletedProcess[str]]
Asked = Callable[..., tuple[int, str, str]]


@pytest.fixture
def steadyhand(tmp_path: Path) -> Steadyhand:
    """The program, asked as a person would ask it, in a folder of its own."""

    def ask(*words: object, timeout: float = 280.0) -> subprocess.CompletedProcess[str]:
        return program.ask(*words, cwd=tmp_path, environment={"COLUMNS": "200"}, timeout=timeout)

    return ask


@pytest.fixture
def asked(tmp_path: Path) -> Asked:
    """The same within this process, for what is answered at once: exit code, standard output, standard error."""

    def answer(*words: object) -> tuple[int, str, str]:
        ran = ask(*words, cwd=tmp_path)
        return ran.returncode, ran.stdout, ran.stderr

    return answer


def write_plan(path: Path, cuff_force_n: float = 60.0, trunk_cm: float = 10.0) -> Path:
    path.write_text(PLAN.format(cuff_force_n=cuff_force_n, trunk_cm=trunk_cm))
    return path


def assess(folder: Path, pseudonym: str, side: str = "right") -> PatientRecords:
    """Keep an assessment of a patient in the sessions of a folder."""
    records = PatientRecords(pseudonym, folder / "sessions")
    elbow = JointAssessment(active_deg=(5.0, 140.0), passive_deg=(0.0, 145.0), strength_nm=40.0)
    records.add_assessment(
        Assessment(
            patient=pseudonym,
            date=datetime.date(2026, 3, 1),
            arm="arm_exo",
            side=side,
            joints={"elbow_flexion": elbow},
        )
    )
    return records
