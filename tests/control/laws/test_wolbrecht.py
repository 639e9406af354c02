"""What the law has learnt decays where all is well, and carries the arm where the patient cannot."""

from __future__ import annotations

import math

import numpy as np
import pytest

from control.laws import LawState, create
from robotics.guidance import Moment, Space
from tests.control.laws.conftest import DT, Arm, Reach, run, state


def taught(name: str, m: int) -> tuple[object, LawState]:
    """A law that has learnt some help at a place where the arm then has no error."""
    law = create(name, Space.TIP, m, DT)
    known = state(m, moment=Moment.MOVE, reference=0.03 * np.ones(m))
    known.x[:] = 0.013, -0.02, 0.31
    known = known if m == 3 else state(m, moment=Moment.MOVE, reference=0.03 * np.ones(m))
    run(law, known, 1.0)
    known.guidance.reference[:] = known.x
    return law, known


@pytest.mark.parametrize("m", [1, 2, 3])
def test_without_an_error_the_help_decays_with_the_time_constant_that_is_set(m: int) -> None:
    if m == 3:
        law, known = taught("wolbrecht", 3)
    else:
        law = create("wolbrecht", Space.TIP, m, DT)
        known = state(m, moment=Moment.MOVE, reference=0.03 * np.ones(m))
        run(law, known, 1.0)
        known.guidance.reference[:] = known.x
    forces = np.linalg.norm(run(law, known, 8.0), axis=1)
    assert forces[0] > 2.0
    t = np.arange(len(forces)) * DT
    np.testing.assert_allclose(forces, forces[0] * np.exp(-t / 4.0), rtol=1e-9)


def test_without_forgetting_it_never_decays() -> None:
    law = create("wolbrecht_no_forgetting", Space.TIP, 2, DT)
    known = state(2, moment=Moment.MOVE, reference=[0.03, 0.03])
    run(law, known, 1.0)
    known.guidance.reference[:] = known.x
    forces = run(law, known, 8.0)
    np.testing.assert_array_equal(forces, np.broadcast_to(forces[0], forces.shape))
    assert np.abs(forces).max() > 2.0


def test_what_is_learnt_belongs_to_the_place() -> None:
    law = create("wolbrecht", Space.TIP, 1, DT)
    known = state(1, moment=Moment.MOVE, reference=[0.03])
    run(law, known, 1.0)

    def help_at(x: float) -> float:
        known.x[:] = known.guidance.reference[:] = x
        return float(run(law, known, DT)[0, 0])

    here = help_at(0.0)
    assert help_at(0.3) < 0.01 * here
    assert help_at(0.0) == pytest.approx(here, rel=0.01)
    # Anywhere between the grid's points it changes little from one tick to the next.
    values = np.array([help_at(x) for x in np.linspace(-0.2, 0.2, 2001)])
    assert np.abs(np.diff(values)).max() < 0.01 * here


def test_a_load_that_the_patient_cannot_carry_is_carried_more_and_more() -> None:
    law, arm, force = create("wolbrecht", Space.TIP, 1, DT), Arm(1), np.zeros(1)
    reach = Reach(np.zeros(1), np.array([0.2]))
    known, errors = LawState(arm.x, arm.v, np.zeros(1), reach.asks), np.zeros(10)
    for k in range(20000):
        reach.at(k * DT, arm.x)
        law.update(known, force)
        arm.step(force - 20.0)
        errors[k // 2000] += abs(arm.x[0] - reach.asks.reference[0]) / 2000
    assert errors[-1] < 0.4 * errors[0]
    assert force[0] == pytest.approx(20.0, abs=5.0)
    # Where learning and forgetting balance: F / tau = learning |Y|^2 L e, with |Y|^2 near 0.7 sqrt(pi); K_P e is small.
    expected = 20.0 / (4.0 * 60.0 * 0.7 * math.sqrt(math.pi) * 4.0 + 150.0)
    assert errors[-1] == pytest.approx(expected, rel=0.6)


def test_at_the_cap_it_learns_no_more() -> None:
    law = create("wolbrecht", Space.TIP, 1, DT)
    known = state(1, moment=Moment.MOVE, reference=[0.25])
    run(law, known, 30.0)
    known.guidance.reference[:] = -0.05
    forces = run(law, known, 1.5)[:, 0]
    assert forces[-1] < 30.0  # of 50: there is nothing more to unlearn than the cap
