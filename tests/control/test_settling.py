"""Dry friction that brings an arm to rest: bounded, gone where somebody pushes, and never a source of energy."""

from __future__ import annotations

import numpy as np
import pytest
from guided_bench import DT, Bench, BenchPlant, part
from hypothesis import given
from hypothesis import strategies as st

from control.settling import COMES_S, GOES_S, SLIP_RAD, Settling
from control.tick import State


def test_what_pushes_less_than_it_is_held_and_what_pushes_more_feels_nothing():
    settling, q, tau = Settling(np.array([1.5, 1.5]), DT), np.zeros(2), np.zeros(2)
    own = np.array([0.5, 4.0])
    settling.begin(q)
    for _ in range(round(2.0 * COMES_S / DT)):
        q += np.array([1e-5, 1e-4])
        tau[:] = 0.0
        settling.add(q, own, tau)
    assert -1.5 <= tau[0] < -0.5
    assert tau[1] == 0.0


def test_it_is_gone_at_once_where_somebody_begins_to_push():
    settling, q, tau = Settling(np.array([1.5]), DT), np.zeros(1), np.zeros(1)
    settling.begin(q)
    for _ in range(round(2.0 * COMES_S / DT)):
        settling.add(q, np.zeros(1), tau)
    q += SLIP_RAD
    for _ in range(round(GOES_S / DT) + 1):
        tau[:] = 0.0
        settling.add(q, np.array([5.0]), tau)
    assert tau[0] == 0.0


@given(st.lists(st.tuples(st.floats(-2.0, 2.0), st.floats(-3.0, 3.0)), min_size=1, max_size=60), st.integers(1, 60))
def test_it_gives_no_energy(motion: list[tuple[float, float]], ticks: int):
    """Whatever the arm does and whoever pushes, it has taken at least what it gives back."""
    settling, q, tau = Settling(np.array([1.5]), DT), np.zeros(1), np.zeros(1)
    settling.begin(q)
    given_j, before = 0.0, 0.0
    for speed, own in motion:
        for _ in range(ticks):
            step = speed * DT
            q += step
            tau[:] = 0.0
            settling.add(q, np.array([own]), tau)
            given_j += 0.5 * (before + tau[0]) * step
            before = tau[0]
            assert abs(tau[0]) <= 1.5 + 1e-9
            assert given_j <= 1.5 * 2.0 * DT  # a tick's worth: torque and motion are not of the same instant


@pytest.mark.parametrize("push_n", [1.0, -1.0])
def test_an_arm_that_was_let_go_comes_to_rest_though_something_is_left_that_pushes(push_n: float):
    bench = Bench()
    bench.run(0.3)
    bench.plant.push = lambda plant: np.array([0.0, push_n])
    bench.bedside.reading.pain = True
    bench.run(3.0)
    assert bench.loop.states.state is State.HOLD
    late = bench.run(1.0)
    assert not part(late)["robot"].any()
    assert np.abs(late["arms"]["arm"]["dq"]).max() < 0.02


def test_a_push_moves_an_arm_that_has_come_to_rest():
    bench = Bench()
    bench.run(0.3)
    bench.bedside.reading.pain = True
    bench.run(3.0)
    begun = bench.plant.ticks

    def push(plant: BenchPlant) -> np.ndarray:
        return np.array([0.0, 25.0]) * min((plant.ticks - begun) * DT / 0.2, 1.0) - 20.0 * plant.speed

    bench.plant.push = push
    moved = bench.run(1.0)["arms"]["arm"]["q"]
    assert np.abs(moved[-1] - moved[0]).max() > 0.1
