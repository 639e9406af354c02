"""Exercises on a simulated patient, in lockstep: what is asked really happens."""

from __future__ import annotations

import numpy as np
import pytest

from control.runner import run_lockstep
from control.tick import PATIENT_STOPS
from robotics.guidance import Moment
from steadyhand.rehab.build import build
from steadyhand.rehab.order import ExerciseOrder
from steadyhand.rehab.results import result_of
from steadyhand.rehab.rig import plan
from vr_training.exercises import Bout
from vr_training.rehab.results import ExerciseResult
from vr_training.rehab.traces import KEPT


class Kept:
    """A sink that keeps what results are made of."""

    def __init__(self) -> None:
        self.ticks: list[np.ndarray] = []

    def write(self, record: np.ndarray) -> None:
        self.ticks.append(record[list(KEPT)].copy())


def done(**order: object) -> tuple[np.ndarray, ExerciseResult, Bout]:
    """Run one exercise to its end."""
    rig = plan(ExerciseOrder(lockstep=True, headless=True, seed=1, demonstrated=False, **order))  # type: ignore[arg-type]
    sink = Kept()
    with build(rig, shown=False) as guided:
        guided.loop.power_on()
        run_lockstep(guided.loop, sink, guided.bout.longest_s() + 5.0)
        bout = guided.bout
    ticks = np.concatenate(sink.ticks)
    result = result_of(
        ticks,
        rig.settings,
        exercise=rig.exercise,
        signals=tuple(signal.name for signal in bout.signals),
        rate_hz=1.0 / rig.config.period_s,
        arm=rig.name,
        law=rig.law,
        patient=rig.patient_name,
        side=rig.side,
        planned=rig.repetitions,
        seed=1,
    )
    return ticks, result, bout


def test_a_healthy_man_catches_what_a_limp_arm_under_no_help_does_not() -> None:
    _, healthy, _ = done(exercise="catch", patient="healthy", law="active", repetitions=2)
    assert healthy.successes == 2
    assert not healthy.stop
    _, limp, _ = done(exercise="catch", patient="stroke_flaccid", law="active", repetitions=1)
    assert [each.reason for each in limp.repetitions] == ["the target was missed"]
    assert limp.side == "left"


def test_the_robot_carries_a_limp_arm_round_a_circle() -> None:
    ticks, result, _ = done(exercise="circle", patient="stroke_flaccid", law="passive", repetitions=1)
    assert result.successes == 1
    assert not result.stop
    x = ticks["guided"]["arm"]["x"][ticks["guided"]["arm"]["moment"] == Moment.MOVE]
    assert np.ptp(x, axis=0) == pytest.approx([0.14, 0.14], abs=0.03)


def test_a_relaxed_elbow_is_stretched_at_the_speed_that_is_said() -> None:
    ticks, result, bout = done(exercise="tone", patient="healthy", repetitions=2)
    assert result.successes == 2
    part = ticks["guided"]["arm"]
    rates = [np.degrees(np.abs(part["v"][part["movement"] == number]).max()) for number in (2, 4)]
    assert rates == pytest.approx([15.0, 45.0], rel=0.15)
    assert {"tone"} <= set(result.measures)
    assert not (ticks["cause"][-1] & int(PATIENT_STOPS))
    assert list(bout.judged) == [0, 0]
