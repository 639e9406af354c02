"""A guided exercise as a session's undertaking: what is done before the first tick that counts."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from control.loop import ControlLoop
from control.runner import run_lockstep
from robotics.guidance import Moment
from steadyhand.rehab import exercise_run
from steadyhand.rehab.exercise_run import ExerciseRun
from steadyhand.rehab.order import ExerciseOrder


@pytest.mark.parametrize("exercise", ["elbow_flexion", "strength"])
def test_warming_up_reaches_the_first_movement_where_the_law_acts(
    exercise: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments: list[int] = []

    class Sink:
        def write(self, record: NDArray[np.void]) -> None:
            (arm,) = record["guided"].dtype.names or ()
            moments.append(int(record[0]["guided"][arm]["moment"]))

    def watched(loop: ControlLoop, _sink: object, duration_s: float) -> object:
        return run_lockstep(loop, Sink(), duration_s)

    monkeypatch.setattr(exercise_run, "run_lockstep", watched)
    ExerciseRun(ExerciseOrder(exercise=exercise)).warm_up()
    assert set(moments) - {int(Moment.REST)}
