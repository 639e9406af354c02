"""Exercises on a simulated patient, in lockstep: what is asked really happens."""

from __future__ import annotations

import numpy as np
import pytest

from control.tick import PATIENT_STOPS
from robotics.guidance import Moment
from steadyhand.rehab.order import ExerciseOrder
from steadyhand.rehab.rehearse import rehearsed
from vr_training.rehab.results import ExerciseResult


def done(**order: object) -> tuple[np.ndarray, ExerciseResult]:
    """Run one exercise to its end."""
    asked = ExerciseOrder(lockstep=True, headless=True, seed=1, demonstrated=False, **order)  # type: ignore[arg-type]
    ran = rehearsed(asked)
    result, ticks = ran.result, ran.ticks
    return ticks, result


def test_a_healthy_man_catches_what_a_limp_arm_under_no_help_does_not() -> None:
    _, healthy = done(exercise="catch", patient="healthy", law="active", repetitions=2)
    assert healthy.successes == 2
    assert not healthy.stop
    _, limp = done(exercise="catch", patient="stroke_flaccid", law="active", repetitions=1)
    assert [each.reason for each in limp.repetitions] == ["the target was missed"]
    assert limp.side == "left"


def test_the_robot_carries_a_limp_arm_round_a_circle() -> None:
    ticks, result = done(exercise="circle", patient="stroke_flaccid", law="passive", repetitions=1)
    assert result.successes == 1
    assert not result.stop
    x = ticks["guided"]["arm"]["x"][ticks["guided"]["arm"]["moment"] == Moment.MOVE]
    assert np.ptp(x, axis=0) == pytest.approx([0.14, 0.14], abs=0.03)


@pytest.mark.slow
def test_a_relaxed_elbow_is_stretched_at_the_speed_that_is_said() -> None:
    ticks, result = done(exercise="tone", patient="healthy", repetitions=2)
    assert result.successes == 2
    part = ticks["guided"]["arm"]
    rates = [np.degrees(np.abs(part["v"][part["movement"] == number]).max()) for number in (2, 4)]
    assert rates == pytest.approx([15.0, 45.0], rel=0.15)
    assert {"tone"} <= set(result.measures)
    assert not (ticks["cause"][-1] & int(PATIENT_STOPS))
