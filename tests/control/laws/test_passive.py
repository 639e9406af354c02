"""Passive movement is an impedance about the reference, and takes an arm that does nothing along with it."""

from __future__ import annotations

import numpy as np
import pytest

from control.laws import LawState, create
from robotics.guidance import Moment, Space
from tests.control.laws.conftest import DT, Arm, Reach, run, state


def test_it_is_a_spring_and_damper_about_the_reference() -> None:
    law = create("passive", Space.TIP, 2, DT)
    known = state(2, moment=Moment.MOVE, reference=[0.01, -0.02], rate=[0.1, 0.0])
    known.v[:] = 0.0, 0.2
    # EMU: 2000 N/m, 5 N s/m.
    np.testing.assert_allclose(run(law, known, 1.0)[-1], [20.0 + 0.5, -40.0 - 1.0], rtol=1e-12)


@pytest.mark.parametrize(("space", "mass", "way", "off"), [(Space.TIP, 2.0, 0.2, 0.01), (Space.JOINT, 0.2, 1.0, 0.06)])
def test_it_takes_a_limp_arm_along(space: Space, mass: float, way: float, off: float) -> None:
    law, arm = create("passive", space, 1, DT), Arm(1, mass, damping=mass)
    reach = Reach(np.zeros(1), np.array([way]), duration_s=2.0, hold_s=1.0)
    known, force, error = LawState(arm.x, arm.v, np.zeros(1), reach.asks), np.zeros(1), []
    for k in range(6000):
        reach.at(k * DT, arm.x)
        law.update(known, force)
        arm.step(force)
        error.append(abs(arm.x[0] - reach.asks.reference[0]))
    assert max(error[3000:]) < off
    assert arm.x[0] == pytest.approx(0.0, abs=0.1 * off)
    assert law.assistance < 0.1
