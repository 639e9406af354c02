"""The guide leads through its phases, tries again what failed, and starts over with what was lost."""

from __future__ import annotations

import math

import numpy as np
import pytest

from robotics.contracts import Outcome
from simulation.props import Grasp
from simulation.tasks.transfer_guide import (
    ABOVE,
    CARRY,
    CLOSE,
    DOWN,
    LIFT,
    LOWER,
    OPEN,
    RISE,
    Stand,
    TransferGuide,
)

DT, SPEED, CARRY_M = 0.005, 0.05, 0.025
DOWNWARDS = np.array([0.0, 1.0, 0.0, 0.0])
GRASPS = (Grasp(point_m=(0.0, 0.0, 0.002), along=(1.0, 0.0, 0.0)),)


class Ideal:
    """A tip that goes where it is told, and jaws that take what is between them once they have closed."""

    def __init__(self, grasps: tuple[Grasp, ...] = GRASPS, release: bool = True) -> None:
        start = np.array([-0.02, 0.03, 0.05, *DOWNWARDS])
        self.guide = TransferGuide(grasps, start, CARRY_M, 0.1, 0.9, 0.0)
        self.tip, self.thing = start.copy(), np.array([0.01, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0])
        self.goal, self.release = np.array([0.04, -0.01, 0.0]), release
        self.outcome = Outcome(np.zeros(1), np.full(7, np.nan), 0, False, False)
        self.held, self.grip, self.time = False, 0.1, 0.0
        self.slippery = self.wedged = self.pressing = False
        self.floor, self.barred, self.wall_m, self.touches = 0.0, -1, 0.006, True
        self.phases = [ABOVE]

    def run(self, seconds: float, until: int | None = None) -> None:
        for _ in range(round(seconds / DT)):
            self.time += DT
            force = 5.0 if self.pressing else math.nan
            self.guide.step(
                Stand(self.time, self.tip, self.thing, self.goal, self.held, self.release, force), self.outcome
            )
            if self.guide.phase != self.phases[-1]:
                self.phases.append(self.guide.phase)
            if self.guide.phase == until:
                return
            self._move()
        assert until is None, f"never came to phase {until}: {self.phases}"

    def _move(self) -> None:
        step = self.outcome.target[:3] - self.tip[:3]
        step *= min(1.0, SPEED * DT / max(float(np.linalg.norm(step)), 1e-12))
        self.tip[:3] += step
        if self.guide.grasp == self.barred:
            self.pressing = self.touches and self.tip[2] < self.wall_m
            self.tip[2] = max(self.tip[2], self.wall_m)
        self.tip[3:] = self.outcome.target[3:]
        self.grip += np.clip(self.outcome.grip - self.grip, -DT / 0.3, DT / 0.3)
        near = np.linalg.norm(self.tip[:3] - self.thing[:3] - (0.0, 0.0, 0.002)) < 0.003
        self.held = not self.slippery and bool(self.grip > 0.8 and (self.held or near))
        self.held |= self.wedged and self.grip > 0.05
        if self.held:
            self.thing[:3] += step
        else:
            self.thing[2] = max(self.thing[2] - 0.3 * DT, self.floor)


def test_an_ideal_tip_goes_through_the_phases_in_their_order_and_places_the_thing() -> None:
    ideal = Ideal()
    ideal.run(15.0, RISE)
    assert ideal.phases == [ABOVE, DOWN, CLOSE, LIFT, CARRY, LOWER, OPEN, RISE]
    ideal.run(5.0, ABOVE)
    assert not ideal.held
    np.testing.assert_allclose(ideal.thing[:3], ideal.goal, atol=0.002)


@pytest.mark.parametrize(
    ("wall_m", "touches", "seconds"), [(0.006, True, 3.0), (0.015, True, 3.0), (0.015, False, 8.0)]
)
def test_jaws_that_something_keeps_from_a_grasp_try_the_next_one(wall_m: float, touches: bool, seconds: float) -> None:
    other = Grasp(point_m=(0.001, 0.0, 0.002), along=(1.0, 0.0, 0.0))
    ideal = Ideal((*GRASPS, other))
    ideal.run(15.0, DOWN)
    ideal.barred, ideal.wall_m, ideal.touches = ideal.guide.grasp, wall_m, touches
    began = ideal.time
    ideal.run(20.0, ABOVE)
    assert seconds < ideal.time - began < seconds + 1.0
    ideal.run(20.0, LIFT)
    assert ideal.guide.grasp != ideal.barred
    assert ideal.phases == [ABOVE, DOWN, ABOVE, DOWN, CLOSE, LIFT]


def test_whoever_comes_down_slowly_is_not_taken_for_barred_nor_is_who_waits_above() -> None:
    ideal = Ideal((*GRASPS, Grasp(point_m=(0.001, 0.0, 0.002), along=(1.0, 0.0, 0.0))))
    ideal.run(15.0, DOWN)
    grasp, high, low = ideal.guide.grasp, CARRY_M - 0.001, 0.004
    stand = Stand(ideal.time, ideal.tip, ideal.thing, ideal.goal, False, True)
    for z in (*np.full(4000, high), *np.linspace(high, low, 4000)):  # 20 s above, then 20 s on the way
        ideal.tip[2] = z
        stand.time += DT
        ideal.guide.step(stand, ideal.outcome)
    assert (ideal.guide.phase, ideal.guide.grasp) == (DOWN, grasp)


@pytest.mark.parametrize("below_m", [0.008, 0.003, -0.01])
def test_a_thing_that_came_to_lie_high_is_taken_from_above_all_the_same(below_m: float) -> None:
    ideal = Ideal()
    ideal.thing[2] = ideal.floor = CARRY_M - below_m
    ideal.run(15.0, LIFT)
    assert ideal.held


def test_the_thing_is_carried_at_the_height_for_it_and_nowhere_lower() -> None:
    ideal = Ideal()
    ideal.run(15.0, CARRY)
    lowest = np.inf
    while ideal.guide.phase == CARRY:
        lowest = min(lowest, ideal.tip[2])
        ideal.run(DT)
    assert lowest > CARRY_M - 0.002
    assert ideal.guide.phase == LOWER


def test_the_jaws_are_asked_to_be_open_on_the_way_down_and_closed_while_it_is_held() -> None:
    ideal = Ideal()
    for phase, grip in ((DOWN, 0.1), (CLOSE, 0.9), (LIFT, 0.9), (CARRY, 0.9), (LOWER, 0.9), (OPEN, 0.1), (RISE, 0.1)):
        ideal.run(15.0, phase)
        ideal.run(DT)
        assert ideal.guide.phase == phase
        assert ideal.outcome.grip == grip


@pytest.mark.parametrize("phase", [LIFT, CARRY])
def test_it_starts_over_with_a_thing_that_is_lost_on_the_way(phase: int) -> None:
    ideal = Ideal()
    ideal.run(15.0, phase)
    ideal.slippery = True
    ideal.run(0.05)
    assert ideal.guide.phase == phase  # a moment's loss is none
    ideal.run(0.15)
    assert ideal.guide.phase in (ABOVE, DOWN)
    ideal.slippery = False
    ideal.run(20.0, RISE)
    assert ideal.phases[-8:] == [ABOVE, DOWN, CLOSE, LIFT, CARRY, LOWER, OPEN, RISE]


@pytest.mark.parametrize("phase", [RISE, ABOVE])
def test_jaws_open_further_where_a_thing_came_along_with_them(phase: int) -> None:
    ideal = Ideal()
    ideal.run(15.0, RISE)
    ideal.run(3.0, phase)
    ideal.wedged, ideal.thing[:3] = True, ideal.tip[:3] - (0.0, 0.0, 0.002)
    ideal.run(0.2)
    assert ideal.guide.phase != OPEN  # a moment's touch is none
    ideal.run(1.0, OPEN)
    ideal.run(4.0, RISE)
    assert not ideal.held
    assert ideal.grip <= 0.05
    ideal.wedged = False
    ideal.run(20.0, LIFT)


def test_a_wrist_keeps_its_turn_while_a_thing_that_it_never_took_is_shaken_off() -> None:
    ideal = Ideal()
    ideal.run(0.3)
    ideal.wedged, ideal.thing[:3] = True, ideal.tip[:3] - (0.0, 0.0, 0.002)
    ideal.run(1.0, OPEN)
    assert abs(ideal.outcome.target[3:] @ ideal.tip[3:]) > 0.999


def test_a_thing_that_falls_on_the_way_down_and_rolls_aside_is_taken_anew() -> None:
    ideal = Ideal()
    ideal.run(15.0, LOWER)
    ideal.slippery = True
    ideal.thing[0] += 0.01
    ideal.run(3.0, ABOVE)
    ideal.slippery = False
    ideal.run(20.0, RISE)
    assert ideal.phases[-8:] == [ABOVE, DOWN, CLOSE, LIFT, CARRY, LOWER, OPEN, RISE]
    np.testing.assert_allclose(ideal.thing[:2], ideal.goal[:2], atol=0.002)


def test_it_tries_again_where_the_jaws_have_closed_on_nothing() -> None:
    ideal = Ideal()
    ideal.slippery = True
    ideal.run(15.0, CLOSE)
    ideal.run(1.9)
    assert ideal.guide.phase == CLOSE
    ideal.run(0.2)
    assert ideal.guide.phase == ABOVE
    ideal.slippery = False
    ideal.run(15.0, RISE)
    assert ideal.phases == [ABOVE, DOWN, CLOSE, ABOVE, DOWN, CLOSE, LIFT, CARRY, LOWER, OPEN, RISE]


def test_the_jaws_close_only_once_the_tip_has_come_to_rest_at_it() -> None:
    ideal = Ideal()
    ideal.run(15.0, DOWN)
    while abs(ideal.tip[2] - 0.002) > 0.001:
        ideal.run(DT)
    assert ideal.guide.phase == DOWN
    ideal.run(0.1)
    assert ideal.guide.phase == DOWN
    ideal.run(0.1, CLOSE)


def test_the_jaws_open_further_where_it_hangs_in_them() -> None:
    ideal = Ideal()
    ideal.run(15.0, OPEN)
    since = ideal.time
    for grip, seconds in ((0.1, 1.9), (0.0, 2.5)):
        while ideal.time < since + seconds:
            ideal.time += DT
            ideal.guide.step(Stand(ideal.time, ideal.tip, ideal.thing, ideal.goal, True, True), ideal.outcome)
        assert ideal.guide.phase == OPEN
        assert ideal.outcome.grip == grip


def test_it_goes_up_again_where_the_thing_is_pushed_aside_on_the_way_down() -> None:
    ideal = Ideal()
    ideal.run(15.0, DOWN)
    ideal.run(0.1)
    ideal.thing[0] += 0.008
    ideal.run(0.05, ABOVE)
    ideal.run(15.0, RISE)
    np.testing.assert_allclose(ideal.thing[:2], ideal.goal[:2], atol=0.002)


def test_what_is_to_be_held_up_is_carried_to_its_goal_and_not_let_go() -> None:
    ideal = Ideal(release=False)
    ideal.goal[2] = 0.035
    ideal.run(20.0)
    assert ideal.phases == [ABOVE, DOWN, CLOSE, LIFT, CARRY]
    assert ideal.held
    np.testing.assert_allclose(ideal.thing[:3], ideal.goal, atol=1e-3)


def test_of_all_grasps_the_one_that_turns_the_wrist_least_is_taken() -> None:
    across, along = (
        Grasp(point_m=(0.001 * i, 0.0, 0.0), along=v) for i, v in enumerate(((0.0, 1.0, 0), (1.0, 0.0, 0)))
    )
    ideal = Ideal((across, along))
    ideal.run(15.0, DOWN)
    ideal.run(DT)
    np.testing.assert_allclose(ideal.outcome.target[:2], (0.011, 0.0), atol=1e-9)
