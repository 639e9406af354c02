"""What the patient does is found without a sensor; the error is bounded by what is not made up for."""

from __future__ import annotations

import numpy as np
import pytest

from control.laws import LawState, create
from control.laws.minimal_aan import Settings
from robotics.config import decode
from robotics.errors import ConfigError
from robotics.guidance import Moment, Space
from tests.control.laws.conftest import DT, Arm, Reach, state


@pytest.mark.parametrize("d", [np.array([15.0, 0.0]), np.array([-6.0, 8.0]), np.array([1.0, -2.0])])
def test_the_steady_error_is_within_the_disturbance_over_the_gain(d: np.ndarray) -> None:
    law, arm, force = create("minimal_aan", Space.TIP, 2, DT), Arm(2, damping=0.0), np.zeros(2)
    known = LawState(arm.x, arm.v, np.zeros(2), state(2, moment=Moment.MOVE).guidance)
    for _ in range(6000):
        law.update(known, force)
        arm.step(force + d)
    r = arm.v + 4.0 * arm.x
    assert np.linalg.norm(r) <= np.linalg.norm(d) / law.gain
    # Half of it is made up for, so it is in fact half of that.
    np.testing.assert_allclose(r, 0.5 * d / law.gain, rtol=1e-3, atol=1e-9)
    np.testing.assert_allclose(law.estimate(), d, rtol=1e-3, atol=1e-9)


def test_it_finds_what_the_patient_does_while_the_arm_moves() -> None:
    law, arm, force = create("minimal_aan", Space.TIP, 1, DT), Arm(1, damping=0.0), np.zeros(1)
    reach = Reach(np.zeros(1), np.array([0.2]))
    known, errors = LawState(arm.x, arm.v, np.zeros(1), reach.asks), []
    for k in range(8000):
        reach.at(k * DT, arm.x)
        law.update(known, force)
        push = 8.0 * np.sin(2 * np.pi * 0.4 * k * DT)
        arm.step(force + push)
        # A lag of 1 / (2 pi 3 Hz) = 53 ms behind 0.4 Hz.
        errors.append(law.estimate()[0] - 8.0 * np.sin(2 * np.pi * 0.4 * (k * DT - 0.053)))
    assert np.abs(errors[2000:]).max() < 0.3


def test_the_bound_widens_for_who_keeps_within_it_and_narrows_for_who_does_not() -> None:
    def after(load: float, movements: int) -> tuple[float, float]:
        law, arm, force = create("minimal_aan", Space.TIP, 1, DT), Arm(1), np.zeros(1)
        reach = Reach(np.zeros(1), np.array([0.2]))
        known = LawState(arm.x, arm.v, np.zeros(1), reach.asks)
        for k in range(2000 * movements + 1):
            reach.at(k * DT, arm.x)
            law.update(known, force)
            arm.step(force - load)
        return law.bound, law.gain

    able, unable = after(0.0, 12), after(45.0, 12)
    assert able[0] == pytest.approx(min(0.4, 0.1 * 1.1**12), rel=1e-6)
    assert able[1] < 30.0  # of 120: he is given room
    assert unable[0] < 0.3
    assert unable[1] > 2.0 * able[1]


def test_least_above_most_is_refused() -> None:
    with pytest.raises(ConfigError, match="least_gain: 9 is above most_gain, 5"):
        decode(
            "inertia = 1.0\nslope_1_s = 1.0\nleast_gain = 9.0\nmost_gain = 5.0\nleast_bound = 0.1\nmost_bound = 0.2\n"
            "compensation = 0.5\nobserver_hz = 3.0\nmax_force = 1.0",
            Settings,
        )
