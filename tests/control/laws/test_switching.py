"""Laws that take turns by what is asked."""

from __future__ import annotations

import numpy as np
import pytest

from control.laws import LawState, create
from control.laws.switching import SwitchingLaw
from robotics.errors import ArgumentError
from robotics.guidance import Guidance, Moment, Space

DT = 1e-3


def made(dims: int = 1) -> SwitchingLaw:
    """Locked for pushes, passive for movements of the robot, free for the patient's own."""
    usual, passive, locked = (create(name, Space.JOINT, dims, DT) for name in ("active", "passive", "locked"))
    return SwitchingLaw(usual, {Moment.RELAX: passive, Moment.PUSH: locked})


def asked(moment: Moment, x: float = 0.0, reference: float = 0.2) -> LawState:
    asks = Guidance.at_rest(np.zeros(1))
    asks.moment, asks.movement = moment, 1
    asks.reference[:], asks.goal[:] = reference, reference
    return LawState(np.array([x]), np.zeros(1), np.zeros(1), asks)


def course(law: SwitchingLaw, *parts: tuple[LawState, float]) -> np.ndarray:
    """Forces tick by tick, shape (t,)."""
    force, found = np.zeros(1), []
    for state, seconds in parts:
        for _ in range(round(seconds / DT)):
            law.update(state, force)
            found.append(float(force[0]))
    return np.array(found)


def test_each_moment_has_its_own_law() -> None:
    moved = course(made(), (asked(Moment.RELAX), 2.0))
    assert moved[-1] == pytest.approx(80.0 * 0.2)
    assert not course(made(), (asked(Moment.MOVE), 2.0)).any()
    held = course(made(), (asked(Moment.PUSH, x=0.0), 0.5), (asked(Moment.PUSH, x=0.05), 1.0))
    assert held[-1] == pytest.approx(-300.0 * 0.05)


def test_the_force_never_jumps_where_they_change() -> None:
    order = [Moment.RELAX, Moment.MOVE, Moment.RELAX, Moment.PUSH, Moment.REST, Moment.RELAX, Moment.HOLD, Moment.PUSH]
    forces = course(made(), *((asked(moment, x=0.03), 0.7) for moment in order))
    # 14 Nm go over a fifth of a second, 1.5 times as steep in its middle, while what comes is no steeper.
    assert np.abs(np.diff(forces)).max() < 2.0 * 1.5 * 14.0 * (DT / 0.2)


def test_the_law_that_goes_lets_go() -> None:
    forces = course(made(), (asked(Moment.RELAX), 1.0), (asked(Moment.MOVE), 0.5))
    assert forces[999] > 10.0
    assert forces[-1] == 0.0


def test_the_help_that_is_shown_is_that_of_the_law_that_acts() -> None:
    law = made()
    course(law, (asked(Moment.RELAX), 1.0))
    assert law.assistance == pytest.approx(16.0 / 40.0)
    course(law, (asked(Moment.MOVE), 1.0))
    assert law.assistance == 0.0


def test_a_usual_law_that_holds_at_rest_holds_then_and_only_then() -> None:
    locked, passive = (create(name, Space.JOINT, 1, DT) for name in ("locked", "passive"))
    law = SwitchingLaw(locked, {Moment.RELAX: passive})
    forces = course(law, (asked(Moment.PUSH, x=0.0), 1.0), (asked(Moment.REST, x=0.1), 1.0))
    assert forces[-1] == pytest.approx(-30.0)
    moved = course(law, (asked(Moment.RELAX, x=0.1), 1.5))
    assert moved[-1] == pytest.approx(80.0 * 0.1)


def test_forgetting_begins_at_zero_again() -> None:
    law = made()
    first = course(law, (asked(Moment.RELAX), 0.3))
    law.reset()
    np.testing.assert_array_equal(course(law, (asked(Moment.RELAX), 0.3)), first)


def test_laws_of_other_coordinates_cannot_take_turns() -> None:
    with pytest.raises(ArgumentError, match="1, 2 coordinates"):
        SwitchingLaw(create("active", Space.JOINT, 1, DT), {Moment.RELAX: create("passive", Space.JOINT, 2, DT)})
