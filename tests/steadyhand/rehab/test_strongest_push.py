"""Who is stronger than a robot's drives is told that it is enough while they still hold him."""

from __future__ import annotations

import numpy as np
import pytest

from steadyhand.rehab.order import ExerciseOrder
from steadyhand.rehab.rehearse import rehearsed
from vr_training.rehab.traces import KEPT


@pytest.mark.parametrize(
    "joint",
    [
        "wrist_flexion",
        pytest.param("wrist_deviation", marks=pytest.mark.slow),
        pytest.param("forearm_pronation", marks=pytest.mark.slow),
    ],
)
def test_the_drives_of_the_wrist_s_robot_hold_a_healthy_man(joint: str) -> None:
    order = ExerciseOrder(
        exercise="strength", rig="wrist_exo", patient="healthy", joint=joint, repetitions=1, seed=1,
        lockstep=True, headless=True,
    )  # fmt: skip
    ran = rehearsed(order, fields=(*KEPT, "arms"))
    assert not ran.result.stop
    assert ran.result.successes == 1
    effort = ran.rig.arm.chain.effort
    assert np.all(np.abs(ran.ticks["arms"][ran.rig.arm.name]["tau"]).max(axis=0) < effort)
