"""The lock takes hold where the arm is, goes to the start, and does not give way to a push."""

from __future__ import annotations

import numpy as np
import pytest

from control.laws import LawState, create
from robotics.guidance import Guidance, Moment, Space
from tests.control.laws.conftest import DT, Arm, state


@pytest.mark.parametrize(
    ("space", "mass", "push", "gives"), [(Space.TIP, 2.0, 60.0, 0.0201), (Space.JOINT, 0.2, 30.0, 0.101)]
)
def test_a_push_moves_it_by_its_compliance_and_no_more(space: Space, mass: float, push: float, gives: float) -> None:
    law, arm = create("locked", space, 1, DT), Arm(1, mass, damping=5 * mass)
    arm.x[0] = 0.4
    asks = Guidance.at_rest(arm.x)
    known, force = LawState(arm.x, arm.v, np.zeros(1), asks), np.zeros(1)
    for k in range(6000):
        asks.moment = Moment.REST if k < 1000 else Moment.PUSH
        law.update(known, force)
        arm.step(force + push * min(1.0, max(0.0, (k - 1500) / 1000)))
    assert 0.9 * gives < arm.x[0] - 0.4 < gives
    assert law.assistance == 0.0  # a lock is no help


def test_it_holds_at_rest_and_brings_the_arm_to_the_start_slowly() -> None:
    law, arm = create("locked", Space.TIP, 2, DT), Arm(2)
    arm.x[:] = 0.03, 0.04
    known, force, speed = state(2), np.zeros(2), []
    known = LawState(arm.x, arm.v, np.zeros(2), known.guidance)
    for k in range(5000):
        known.guidance.moment = Moment.REST if k < 2000 else Moment.PUSH
        law.update(known, force)
        arm.step(force)
        speed.append(np.linalg.norm(arm.v))
        if k == 1999:
            np.testing.assert_allclose(arm.x, [0.03, 0.04], atol=1e-6)
    np.testing.assert_allclose(arm.x, 0.0, atol=1e-3)
    assert max(speed) < 1.3 * 0.05
