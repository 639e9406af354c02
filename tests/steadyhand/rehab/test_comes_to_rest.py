"""After a stop every robot lets the arm go, and takes the power away once it has come to rest, not before."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from control.guided_arm import AT_REST_RAD_S, STILL_S
from control.tick import State
from robotics.contracts import StopKind
from steadyhand.rehab.order import ExerciseOrder
from steadyhand.rehab.rehearse import rehearsed
from vr_training.rehab.traces import KEPT

DT = 0.001
LATEST_S = 10.0
"""From a stop until the power is off, whatever the arm does; a tremor is waited for, but not for ever."""


class StopAt:
    """A therapist who asks for a stop once."""

    def __init__(self, time_s: float, kind: StopKind) -> None:
        self._ticks, self._kind = round(time_s / DT), kind

    def stop_asked(self) -> StopKind | None:
        self._ticks -= 1
        return self._kind if self._ticks == 0 else None


def stopped(rig: str, exercise: str, patient: str, kind: StopKind, time_s: float) -> tuple[NDArray, NDArray, NDArray]:
    """Joint positions and speeds [deg, rad/s] from the tick of a stop on, and the states."""
    order = ExerciseOrder(
        exercise=exercise, rig=rig, patient=patient, law="passive", repetitions=3, seed=2,
        lockstep=True, headless=True, demonstrated=False, duration_s=time_s + LATEST_S + 1.0,
    )  # fmt: skip
    ran = rehearsed(order, fields=(*KEPT, "arms"), orders=StopAt(time_s, kind))
    since = round(time_s / DT) - 1
    arm = ran.ticks["arms"][ran.rig.arm.name][since:]
    return np.degrees(arm["q"]), arm["dq"], ran.ticks["state"][since:]


@pytest.mark.parametrize("kind", [StopKind.HOLD, StopKind.SOFT])
@pytest.mark.parametrize("patient", ["stroke_flaccid", "stroke_spastic", "parkinson"])
@pytest.mark.parametrize(
    ("rig", "exercise", "time_s"),
    [("arm_exo", "elbow_flexion", 5.3), ("planar_reach", "centre_out", 5.3), ("wrist_exo", "wrist_flexion", 4.0)],
)
def test_the_power_goes_once_the_arm_has_come_to_rest(rig, exercise, time_s, patient, kind):
    q, dq, states = stopped(rig, exercise, patient, kind, time_s)
    assert states[-1] == State.POWER_OFF
    assert len(states) < LATEST_S / DT
    let_go = np.flatnonzero(np.isin(states, [State.HOLD, State.SOFT_STOP]))
    still = round(STILL_S / DT)
    assert let_go.size >= still, "however still a law held it, it has been let go first"
    stands = np.abs(dq[-still:]).max() < AT_REST_RAD_S
    assert stands or (patient == "parkinson" and lingers(q)), "only who trembles need not stand still"


def lingers(q: NDArray) -> bool:
    """Whether the arm's mean place over the last second is that of the second before, within 2 degrees."""
    second = round(1.0 / DT)
    return np.abs(q[-second:].mean(axis=0) - q[-2 * second : -second].mean(axis=0)).max() < 2.0
