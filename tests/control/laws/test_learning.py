"""Law and learner together: whoever is kept on the path learns little of it, whoever is pushed off it learns more.

The learner sets out turned to a side, and corrects from movement to movement by what he sees (Emken et al. 2007, Motor
adaptation as a greedy optimization of error and effort); what he learnt is seen in a movement without a law. That
guidance takes the error from which one learns: Marchal-Crespo and Reinkensmeyer 2009, Review of control strategies for
robotic movement training. That enhanced errors leave straighter movements behind, reduced ones do not: Patton et al.
2006, Exp. Brain Res. 168(3).
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from control.energy_tank import EnergyTank
from control.laws import LawState, create, load
from robotics.guidance import Space
from robotics.trajectories.minimum_jerk import blend
from tests.control.laws.conftest import Arm, Reach

DT = 2e-3

BIAS, KEEP, RATE, MOST = math.radians(12.0), 0.98, 0.1, math.radians(6.0)
"""The learner's figures, as patients have them who had a stroke."""

STIFFNESS_N_M, DAMPING_NS_M = 300.0, 20.0
"""How firmly he goes where he means to; ours."""


class Learner:
    """Goes there and back under a law, and learns to set out straight."""

    def __init__(self, name: str) -> None:
        self.turn, self.arm = BIAS, Arm(2, dt=DT)
        self.own_j = self.robot_j = 0.0
        self._law, self._tank = create(name, Space.TIP, 2, DT), EnergyTank(load(name).energy(Space.TIP), DT)
        self._reach = Reach(np.zeros(2), np.array([0.2, 0.0]), duration_s=1.0, hold_s=0.5)
        self._known = LawState(self.arm.x, self.arm.v, np.zeros(2), self._reach.asks)
        self._movement = 0

    def move(self) -> float:
        """One movement; returns the angle at which it set out [rad]."""
        begun, reach, force, angle = self.arm.x.copy(), self._reach, np.zeros(2), 0.0
        for k in range(round(reach.period_s / DT)):
            asks = reach.at(self._movement * reach.period_s + (k + 0.5) * DT, self.arm.x)
            self._law.update(self._known, force)
            self._tank.scale(force, self.arm.v)
            share, rate, _ = blend(min(asks.elapsed_s / asks.duration_s, 1.0))
            way = asks.goal - begun
            # What he means to do leaves the line by the angle, and comes back to it at the goal.
            aside = math.tan(self.turn) * np.array([-way[1], way[0]])
            own = STIFFNESS_N_M * (begun + share * way + share * (1.0 - share) * aside - self.arm.x)
            own += DAMPING_NS_M * (rate / asks.duration_s * (way + (1.0 - 2.0 * share) * aside) - self.arm.v)
            self.arm.step(own + force)
            self.own_j += max(0.0, DT * float(own @ self.arm.v))
            self.robot_j += max(0.0, DT * float(force @ self.arm.v))
            went = self.arm.x - begun
            if angle == 0.0 and went @ way > 0.25 * way @ way:
                angle = math.atan2(way[0] * went[1] - way[1] * went[0], way @ went)
        self._movement += 1
        self.turn = BIAS + KEEP * (self.turn - BIAS) - RATE * min(max(angle, -MOST), MOST)
        return angle


def trained(name: str, movements: int = 30) -> Learner:
    learner = Learner(name)
    for _ in range(movements):
        learner.move()
    return learner


def left(name: str) -> float:
    """The angle at which a movement sets out without a law, after a training under it [deg]."""
    learner = Learner("active")
    learner.turn = trained(name).turn
    return math.degrees(learner.move())


def test_who_is_pushed_off_the_path_learns_it_better_than_who_practises_alone() -> None:
    pushed, alone, untrained = left("error_augmentation"), left("active"), math.degrees(Learner("active").move())
    assert untrained > 6.0
    assert 0.0 <= pushed < 0.9 * alone < 0.9 * 0.75 * untrained


def test_who_is_led_along_the_path_learns_less_than_who_practises_alone() -> None:
    assert left("passive") > 1.5 * left("active")


@pytest.mark.parametrize("name", ["tunnel", "corrective"])
def test_where_small_errors_are_free_they_are_learnt_from(name: str) -> None:
    assert left(name) < 1.1 * left("active")


def test_in_a_tunnel_he_moves_himself_and_who_is_led_is_moved() -> None:
    """Duschau-Wicke et al. 2010: within a tunnel people are more active than when they are led."""
    free, led = trained("tunnel", 4), trained("passive", 4)
    assert free.robot_j < 0.05 * free.own_j
    assert led.robot_j > led.own_j
    assert free.own_j > 2.0 * led.own_j
