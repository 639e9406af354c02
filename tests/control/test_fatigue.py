"""Fatigue in step with the loop: who gets less far or there later is tired; whom the law helps there is not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from control.fatigue import LAST, FatigueWatch
from robotics.guidance import Guidance, Moment

DT, GIVEN_S = 0.02, 2.0


def tired_after(
    share: float, does: Callable[[int], tuple[float, float]], repetitions: int = 20, pause: bool = False
) -> int | None:
    """The repetition after which fatigue is told; what he does is the share of the way and the time he takes [s]."""
    watch, asks = FatigueWatch(share), Guidance.at_rest(np.zeros(1))
    for repetition in range(repetitions):
        for _ in range(2):
            asks.movement += 1
            asks.repetition, asks.moment, asks.duration_s = repetition, Moment.MOVE, GIVEN_S
            way, took = does(repetition)
            for tick in range(round(3.0 * GIVEN_S / DT)):
                asks.elapsed_s = tick * DT
                asks.progress = min(way, way * asks.elapsed_s / took)
                if pause and tick == 20:
                    watch.feel(asks, False)
                    asks.movement += 1
                if watch.feel(asks, True):
                    return repetition
            asks.moment = Moment.REST
    return None


def test_who_no_longer_gets_there_is_tired():
    told = tired_after(0.7, lambda k: (1.0, 1.8) if k < 8 else (0.3, 1.8))
    assert told is not None
    assert 8 < told <= 8 + LAST


def test_who_gets_slower_and_slower_is_tired():
    assert tired_after(0.7, lambda k: (1.0, 2.0 + 0.25 * k)) is not None


def test_who_is_fresh_is_not_though_no_two_movements_are_alike():
    rng = np.random.default_rng(1)
    assert tired_after(0.75, lambda k: (1.0, 2.4 * (1.0 + 0.12 * rng.normal())), repetitions=60) is None


def test_one_bad_repetition_is_no_fatigue_nor_is_it_who_could_not_do_it_from_the_start():
    assert tired_after(0.7, lambda k: (0.2 if k == 9 else 1.0, 1.8)) is None
    assert tired_after(0.7, lambda k: (0.2 if k < 6 else 0.02, 1.8)) is None


def test_who_is_helped_to_the_goal_is_not_tired_and_nobody_is_where_it_is_not_watched():
    assert tired_after(0.9, lambda k: (1.0, 1.8)) is None
    assert tired_after(0.0, lambda k: (1.0 / (1 + k), 1.8)) is None


def test_a_movement_that_was_interrupted_counts_for_nothing():
    assert tired_after(0.9, lambda k: (1.0, 1.8), pause=True) is None


def test_a_new_set_begins_afresh():
    watch = FatigueWatch(0.7)
    watch._done = [1.0] * 8
    watch.reset()
    assert watch._done == []


@pytest.mark.parametrize("law", ["wolbrecht_no_forgetting"])
def test_who_slacks_because_the_law_does_more_is_not_tired(law: str):
    from control.energy_tank import EnergyTank
    from control.laws import LawState, create, load
    from robotics.guidance import Space
    from tests.control.laws.conftest import Arm, Reach

    dt, load_n, effort = 2e-3, 12.0, 12.0
    helps, tank = create(law, Space.TIP, 1, dt), EnergyTank(load(law).energy(Space.TIP), dt)
    arm, reach = Arm(1, dt=dt), Reach(np.zeros(1), np.array([0.2]), duration_s=1.2, hold_s=0.3)
    known, force, watch = LawState(arm.x, arm.v, np.zeros(1), reach.asks), np.zeros(1), FatigueWatch(0.7)
    ticks, told = round(reach.period_s / dt), False
    for i in range(40):
        behind = 0.0
        for k in range(ticks):
            reach.at((i * ticks + k + 0.5) * dt, arm.x)
            reach.asks.repetition = i // 2
            helps.update(known, force)
            tank.scale(force, arm.v)
            arm.step(force + effort - load_n)
            behind += (reach.asks.reference[0] - arm.x[0]) / ticks
            told |= watch.feel(reach.asks, True)
        effort = max(0.0, 0.9 * effort + 150.0 * behind)
    assert effort < 0.3 * load_n  # he does a third of what he did
    assert not told
