"""The tank lets a law give what it has and no more, whatever the law and whatever the patient does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from control.energy_tank import DEBT_J, EnergyBudget, EnergyTank
from robotics.config import decode
from robotics.errors import ArgumentError, ConfigError

DT = 1e-3


@given(
    seed=st.integers(0, 10**6),
    m=st.integers(1, 3),
    start_j=st.floats(0, 5),
    refill_w=st.sampled_from([0.0, 0.5, 10.0]),
    size=st.sampled_from([1e-3, 1.0, 30.0, 1e4]),
)
@settings(max_examples=60, deadline=None)
def test_energy_given_never_exceeds_the_budget_and_what_was_taken(
    seed: int, m: int, start_j: float, refill_w: float, size: float
) -> None:
    rng = np.random.default_rng(seed)
    tank = EnergyTank(EnergyBudget(start_j=start_j, refill_w=refill_w, most_j=start_j + 2.0), DT)
    force, v, given_j, taken_j = np.zeros(m), np.zeros(m), 0.0, 0.0
    lean = rng.normal()
    for k in range(1500):
        if k % 50 == 0:
            push, lean = size * rng.normal(size=m), rng.normal()
        v += 0.1 * (rng.normal(size=m) + lean * push / size - v)
        force[:] = push
        before = force.copy()
        share = tank.scale(force, v)
        assert 0.0 <= share <= 1.0
        power = float(force @ v) * DT
        given_j += max(0.0, power)
        taken_j += max(0.0, -power)
        assert given_j <= start_j + refill_w * (k + 1) * DT + taken_j + 1e-9 * (1.0 + given_j)
        assert tank.energy_j <= tank.budget.most_j
        if before @ v <= 0.0:  # what takes is left as it is
            assert force @ v == pytest.approx(before @ v, rel=1e-9, abs=1e-12 * size)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("m", [1, 2, 3])
@pytest.mark.parametrize("stiff", [False, True])
def test_the_work_that_is_done_on_an_arm_is_within_the_budget_too(seed: int, m: int, stiff: bool) -> None:
    """The arm is stepped as it would really go, with constant forces over a period."""
    start_j = 0.5
    rng = np.random.default_rng(seed)
    tank = EnergyTank(EnergyBudget(start_j=start_j, refill_w=0.0, most_j=5.0), DT)
    x, v, force, work_j = rng.normal(size=m), np.zeros(m), np.zeros(m), 0.0
    most, mass, push = 0.0, rng.uniform(0.2, 3.0), np.zeros(m)
    for k in range(3000):
        if k % 100 == 0:
            push, centre = 20.0 * rng.normal(size=m), 0.3 * rng.normal(size=m)
        # A spring whose centre leaps, and a damping of the wrong sign: it would give without end.
        force[:] = np.clip((3000.0 if stiff else 100.0) * (centre - x) + 5.0 * v, -80.0, 80.0)
        tank.scale(force, v)
        before, acceleration = x.copy(), (force + push - 2.0 * v) / mass
        x += v * DT + 0.5 * acceleration * DT * DT
        v += acceleration * DT
        work_j += float(force @ (x - before))
        most = max(most, work_j - start_j)
    assert most < (5.0 if stiff else 1.0) * DEBT_J


def test_what_lies_across_the_motion_passes_when_the_tank_is_empty() -> None:
    tank = EnergyTank(EnergyBudget(start_j=0.0, refill_w=0.0, most_j=1.0), DT)
    force = np.array([10.0, -7.0])
    assert tank.scale(force, np.array([0.5, 0.0])) == 0.0
    np.testing.assert_allclose(force, [0.0, -7.0], atol=1e-15)


def test_a_full_tank_changes_nothing() -> None:
    tank = EnergyTank(EnergyBudget(start_j=10.0, refill_w=0.0, most_j=10.0), DT)
    force = np.array([10.0, -7.0, 0.1])
    assert tank.scale(force, np.array([0.5, 0.1, 0.2])) == 1.0
    np.testing.assert_array_equal(force, [10.0, -7.0, 0.1])


def test_an_emptying_tank_takes_the_force_away_without_a_jump_and_settles_at_its_refill() -> None:
    tank = EnergyTank(EnergyBudget(start_j=2.0, refill_w=1.0, most_j=2.0), DT)
    v, powers = np.array([0.5]), []
    for _ in range(3000):
        force = np.array([20.0])
        tank.scale(force, v)
        powers.append(float(force @ v))
    assert powers[0] == 10.0
    assert powers[-1] == pytest.approx(1.0, abs=0.01)
    # From 10 W to 1 W with a time constant of a tenth of a second: at most a hundredth of the excess in a tick.
    assert np.abs(np.diff(powers)).max() < 0.011 * 10.0


def test_what_it_takes_can_be_given_back_up_to_its_size() -> None:
    tank = EnergyTank(EnergyBudget(start_j=0.0, refill_w=0.0, most_j=1.0), DT)
    for _ in range(1000):
        tank.scale(np.array([-20.0]), np.array([0.5]))
    assert tank.energy_j == pytest.approx(1.0)
    given_j = 0.0
    for _ in range(5000):
        force = np.array([20.0])
        tank.scale(force, np.array([0.5]))
        given_j += 0.5 * force[0] * DT
    assert given_j == pytest.approx(1.0, rel=1e-3)
    tank.reset()
    assert tank.energy_j == 0.0


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e200])
def test_a_force_that_cannot_be_accounted_for_is_not_given(bad: float) -> None:
    tank = EnergyTank(EnergyBudget(start_j=1.0, refill_w=1.0, most_j=1.0), DT)
    force = np.array([bad, 1.0])
    tank.scale(force, np.array([1e200, 1.0]))
    np.testing.assert_array_equal(force, [0.0, 0.0])
    assert tank.energy_j == 1.0


def test_a_budget_that_cannot_be_is_refused() -> None:
    with pytest.raises(ConfigError, match="start_j: 3 is above most_j, 2"):
        decode("start_j = 3.0\nrefill_w = 0.0\nmost_j = 2.0", EnergyBudget)
    budget = EnergyBudget(start_j=0.0, refill_w=0.0, most_j=1.0)
    for dt, dims in ((0.0, 1), (float("nan"), 1), (DT, 0)):
        with pytest.raises(ArgumentError, match="must be above zero"):
            EnergyTank(budget, dt, dims)
    for force, v in ((np.zeros(2), np.zeros(1)), (np.zeros(4), np.zeros(4))):
        with pytest.raises(ArgumentError, match="must be alike"):
            EnergyTank(budget, DT).scale(force, v)
