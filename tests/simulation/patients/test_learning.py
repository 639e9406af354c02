"""Learning from movement to movement: who sets out askew is put right, less where he is guided, and forgets."""

from __future__ import annotations

import math

import numpy as np
import pytest
from msgspec.structs import replace

from robotics.guidance import Moment
from simulation.patients import PatientConfig
from simulation.patients.learning import Learning
from tests.simulation.patients.cast import alone, calm, config, posture

START = posture(shoulder_flexion=20.0, elbow_flexion=80.0)
WAY = np.array([0.12, 0.0, 0.0])


def who(
    bias: float = 12.0, keep: float = 1.0, rate: float = 0.3, most: float = 6.0, side: str = "right"
) -> PatientConfig:
    learning = Learning(source="assumed", bias_deg=bias, keep=keep, rate=rate, most_deg=most)
    return replace(calm(), side=side, learning=learning)  # type: ignore[arg-type]


def set_out(config: PatientConfig, movements: int) -> list[float]:
    """Angle at which each of some movements there and back sets out, counterclockwise from above [deg]."""
    person = alone(config, q=START)
    person.ask(Moment.HOLD, person.place(), 1.0, 4.0)
    home, angles = person.place(), []
    for number in range(movements):
        goal = home + WAY if number % 2 == 0 else home
        begun = person.place()
        x, _ = person.ask(Moment.MOVE, goal, 0.8, 2.5)
        went = np.linalg.norm(x - begun, axis=1)
        early = x[int(np.argmax(went > 0.03))] - begun
        way = goal - begun
        angles.append(math.degrees(math.atan2(way[0] * early[1] - way[1] * early[0], way[:2] @ early[:2])))
    return angles


def test_who_sets_out_askew_is_put_right_by_practice_and_arrives_all_the_same() -> None:
    angles = set_out(who(), 12)
    assert np.mean(angles[:2]) > 7.0
    assert abs(np.mean(angles[-4:])) < 0.5 * np.mean(angles[:2])
    person = alone(who(), q=START)
    person.ask(Moment.HOLD, person.place(), 1.0, 4.0)
    goal = person.place() + WAY
    x, _ = person.ask(Moment.MOVE, goal, 0.8, 3.0)
    assert np.linalg.norm(x[-1] - goal) < 0.015


def test_without_a_rate_nothing_is_learnt_and_a_left_hand_errs_to_its_other_side() -> None:
    angles = set_out(who(rate=0.0), 6)
    assert np.mean(angles[-2:]) > 0.8 * np.mean(angles[:2]) > 5.0
    left = set_out(who(rate=0.0, side="left"), 2)
    assert np.mean(left) == pytest.approx(-np.mean(angles[:2]), abs=2.0)


def test_large_errors_correct_no_more_than_those_that_count() -> None:
    little, much = (set_out(who(bias=20.0, most=most), 5) for most in (2.0, 12.0))
    assert little[4] - little[0] > -0.3 * 2.0 * 4 - 3.0
    assert much[4] < little[4] - 2.0


def test_who_forgets_keeps_an_error_and_who_does_not_learn_has_none_by_himself() -> None:
    forgets = set_out(who(keep=0.7, rate=0.15), 12)
    keeps = set_out(who(keep=1.0, rate=0.15), 12)
    assert np.mean(forgets[-4:]) > np.mean(keeps[-4:]) + 1.0
    none = set_out(replace(who(), learning=None), 2)
    assert max(abs(each) for each in none) < 5.0


@pytest.mark.parametrize("sessions", [0, 6])
def test_recovery_takes_from_the_bias(sessions: int) -> None:
    c = config("stroke_recovering")
    assert c.learning is not None
    after = c.after(sessions).learning
    assert after is not None
    assert after.bias_deg == pytest.approx(c.learning.bias_deg * (1.0 - c.recovery.control) ** sessions)
