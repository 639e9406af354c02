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


def test_where_it_hurts_and_a_spasm_stand_on_the_card() -> None:
    def said(**found: object) -> str:
        console = Console(file=io.StringIO(), width=120)
        joints = {"elbow_flexion": JointAssessment(active_deg=(5.0, 60.0), **found)}  # type: ignore[arg-type]
        day = datetime.date(2026, 3, 1)
        print_assessment(console, Assessment(patient="p07", date=day, arm="arm_exo", side="right", joints=joints))
        return str(console.file.getvalue())  # type: ignore[attr-defined]

    assert "Pain" not in said()
    assert "Pain, deg" in said(pain_deg=(62.3,))
    assert "62" in said(pain_deg=(62.3,))
    assert "0.6 spasm" in said(tone_nms_rad=0.6, spasm=True)
