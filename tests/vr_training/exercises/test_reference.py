"""References: they wait for who is to begin by himself, never jump, and end at the goal."""

from __future__ import annotations

import numpy as np
import pytest

from robotics.contracts import Vector
from robotics.guidance import Moment
from robotics.trajectories import blend
from tests.vr_training.exercises.trial import DT, context_of
from vr_training.exercises import Movement, load
from vr_training.exercises.paths import line
from vr_training.exercises.reference import Reference

WAITS_S = 1.0
START, GOAL = np.array([0.4, 0.0]), np.array([0.5, 0.1])


def reference() -> Reference:
    return Reference(context_of(load("circle"), "planar_reach", waits_s=WAITS_S))


def asked(moment: Moment = Moment.MOVE, **changes: object) -> Movement:
    made = {"path": line(START, GOAL), "duration_s": 2.0, "say": "there", "tolerance": 0.01, "patience_s": 9.0}
    return Movement(**{**made, "moment": moment, **changes})  # type: ignore[arg-type]


def run(of: Reference, x: Vector, seconds: float) -> list[Vector]:
    """Where it is, tick by tick, the arm being at one place."""
    return [(of.follow(x, tick * DT), of.guidance.reference.copy())[1] for tick in range(1, 1 + round(seconds / DT))]


def test_a_reference_waits_for_the_patient_but_not_for_ever() -> None:
    of = reference()
    of.begin(asked(), 0)
    for each in run(of, START, WAITS_S - DT):
        np.testing.assert_array_equal(each, START)
    assert float(np.linalg.norm(run(of, START, WAITS_S + 0.5)[-1] - START)) > 0.0


def test_a_reference_goes_as_soon_as_the_patient_has_begun_and_goes_on_when_he_stops() -> None:
    of = reference()
    of.begin(asked(), 0)
    begun = START + 0.05 * (GOAL - START)
    went = run(of, begun, 0.2)
    assert float(np.linalg.norm(went[-1] - START)) > 0.0
    still = run(of, START, 0.2)
    assert float(np.linalg.norm(still[-1] - START)) > float(np.linalg.norm(went[-1] - START))


@pytest.mark.parametrize("movement", [asked(Moment.RELAX), asked(timed=True)], ids=["relaxed", "timed"])
def test_nobody_is_waited_for_where_the_robot_moves_the_arm_or_the_time_is_set(movement: Movement) -> None:
    of = reference()
    of.begin(movement, 0)
    assert float(np.linalg.norm(run(of, START, 0.2)[-1] - START)) > 0.0


def test_nothing_moves_while_the_patient_pushes() -> None:
    of = reference()
    of.begin(asked(Moment.PUSH), 0)
    for each in run(of, START, 2.5):
        np.testing.assert_array_equal(each, START)
    assert not of.guidance.rate.any()


def test_the_rate_is_how_the_reference_changes() -> None:
    of = reference()
    of.begin(asked(timed=True), 0)
    places, rates = [], []
    for tick in range(1, 90):
        of.follow(START, tick * DT)
        places.append(of.guidance.reference.copy())
        rates.append(of.guidance.rate.copy())
    middle = (np.array(places)[2:] - np.array(places)[:-2]) / (2.0 * DT)
    np.testing.assert_allclose(middle, np.array(rates)[1:-1], atol=1e-4)


def goes(of: Reference, seconds: float, movement: Movement) -> tuple[Vector, Vector, Vector]:
    """Arm, reference and its rate, tick by tick, of a minimum-jerk movement that takes so long."""
    of.begin(movement, 0)
    arm, places, rates = [], [], []
    for tick in range(1, round(seconds / DT)):
        arm.append(START + blend(tick * DT / seconds)[0] * (GOAL - START))
        of.follow(arm[-1], tick * DT)
        places.append(of.guidance.reference.copy())
        rates.append(of.guidance.rate.copy())
    return np.array(arm), np.array(places), np.array(rates)


@pytest.mark.parametrize("seconds", [0.8, 1.3])
def test_who_is_faster_is_not_held_back_and_who_is_slower_is_left_behind(seconds: float) -> None:
    movement = asked(duration_s=2.0)
    arm, places, rates = goes(reference(), seconds, movement)
    half = len(arm) // 2
    way = float(np.linalg.norm(GOAL - START))
    assert np.linalg.norm(arm - places, axis=1)[half:].max() < 0.12 * way
    went = places[0] + DT * np.cumsum(0.5 * (rates[1:] + rates[:-1]), axis=0)
    np.testing.assert_allclose(went, places[1:], atol=0.02 * way)
    arm, places, _ = goes(reference(), 3.0, movement)
    ahead = (places - arm) @ (GOAL - START) / way
    assert ahead.max() > 0.2 * way


def test_a_reference_that_leads_or_keeps_its_time_hurries_for_nobody() -> None:
    leads = Reference(context_of(load("circle"), "planar_reach", waits_s=0.0))
    for of, movement in ((leads, asked(duration_s=2.0)), (reference(), asked(timed=True))):
        _, places, _ = goes(of, 1.0, movement)
        np.testing.assert_allclose(places[-1], START + blend(0.5)[0] * (GOAL - START), atol=0.01)


def test_a_goal_that_is_reached_early_is_where_the_reference_comes_to_and_stands_still() -> None:
    of = reference()
    of.begin(asked(timed=True), 0)
    run(of, GOAL, 1.0)
    of.arrive(True)
    assert of.guidance.moment is Moment.HOLD
    assert float(np.linalg.norm(of.guidance.reference - GOAL)) > 0.01
    ticks = 0
    while not of.settle():
        ticks += 1
    assert ticks * DT == pytest.approx(1.0, abs=2.0 * DT)
    np.testing.assert_allclose(of.guidance.reference, GOAL, atol=1e-12)
    np.testing.assert_allclose(of.guidance.rate, 0.0, atol=1e-9)


def test_a_goal_that_was_not_reached_is_gone_for_no_further() -> None:
    of = reference()
    of.begin(asked(timed=True), 0)
    before = run(of, START, 1.0)[-1]
    of.arrive(False)
    np.testing.assert_array_equal(of.guidance.reference, before)
    assert not of.guidance.rate.any()
    assert not of.guidance.acceleration.any()
