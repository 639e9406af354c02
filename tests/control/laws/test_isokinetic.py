"""No push takes the arm far beyond the set speed."""

from __future__ import annotations

import numpy as np
import pytest

from control.energy_tank import EnergyTank
from control.laws import LawState, create, load
from robotics.guidance import Moment, Space
from tests.control.laws.conftest import DT, Arm, run, state


def test_below_the_set_speed_it_is_free() -> None:
    known = state(2, moment=Moment.MOVE)
    known.v[:] = 0.2, 0.14
    np.testing.assert_array_equal(run(create("resistive_isokinetic", Space.TIP, 2, DT), known, 1.0), 0.0)


@pytest.mark.parametrize("push", [20.0, 60.0, 120.0])
@pytest.mark.parametrize("mass", [0.05, 0.2, 0.8])
def test_a_steady_push_of_any_strength_settles_at_the_set_speed(push: float, mass: float) -> None:
    push *= 0.5
    law = create("resistive_isokinetic", Space.JOINT, 1, DT)
    tank = EnergyTank(load("resistive_isokinetic").energy(Space.JOINT), DT)
    arm = Arm(1, mass, damping=mass)
    known = LawState(arm.x, arm.v, np.zeros(1), state(1, moment=Moment.MOVE).guidance)
    force, speed = np.zeros(1), []
    for k in range(4000):
        law.update(known, force)
        tank.scale(force, arm.v)
        arm.step(force + (push if k > 500 else 0.0))
        speed.append(arm.v[0])
    assert speed[-1] == pytest.approx(np.radians(60.0), rel=0.02)
    assert np.ptp(speed[3000:]) < 0.02
    assert min(speed) > -0.05


def test_a_forearm_of_little_inertia_does_not_chatter_at_the_wall() -> None:
    law, arm = create("resistive_isokinetic", Space.JOINT, 1, DT), Arm(1, 0.005, damping=0.01)
    known = LawState(arm.x, arm.v, np.zeros(1), state(1, moment=Moment.MOVE).guidance)
    force, speed = np.zeros(1), []
    for _ in range(3000):
        law.update(known, force)
        arm.step(force + 5.0)
        speed.append(arm.v[0])
    assert np.abs(np.diff(speed[2000:])).max() < 1e-3
