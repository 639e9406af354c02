"""Guided exercise as a person reads it on the terminal."""

from __future__ import annotations

import datetime
import io

from rich.console import Console

from steadyhand.rehab.card import print_assessment
from vr_training.rehab.prescription import Assessment, JointAssessment


def test_an_angle_that_is_nearly_zero_has_no_sign() -> None:
    console = Console(file=io.StringIO(), width=120)
    joints = {"elbow_flexion": JointAssessment(active_deg=(-0.3, 120.4), passive_deg=(-4.6, -0.4))}
    print_assessment(
        console,
        Assessment(patient="p07", date=datetime.date(2026, 3, 1), arm="arm_exo", side="right", joints=joints),
    )
    said = console.file.getvalue()  # type: ignore[attr-defined]
    assert "0 to 120" in said
    assert "-5 to 0" in said
    assert "-0" not in said.replace("2026-03-01", "")
