"""What help does to a patient: he feels it joint by joint, relies on it slowly, and falls in with its pace."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from msgspec.structs import replace

from robotics.guidance import Moment
from simulation.patients.joints import JOINTS
from tests.simulation.patients.cast import DT, alone, calm, config, posture

ELBOW, SHOULDER = JOINTS.index("elbow_flexion"), JOINTS.index("shoulder_flexion")
LINKS = (2, 4, 6)


def carry(patient, wrench, share, segments=(0, 1, 2)):
    """Carry a share of the weight of some of his segments, wherever the arm is."""
    for segment in segments:
        link = LINKS[segment]
        force = np.array([0.0, 0.0, share * 9.81 * patient.chain.mass[link]])
        wrench[segment, :3] = force
        wrench[segment, 3:] = np.cross(patient.T_world_segment[segment, :3, :3] @ patient.chain.com[link], force)


def carried(person) -> np.ndarray:
    return person.patient._state["carried"][0]


def test_a_shoulder_that_is_carried_does_not_make_him_drop_his_forearm():
    person = alone(calm(), "elbow_flexion", q=posture(shoulder_flexion=30.0, elbow_flexion=60.0))

    def upper_arm(patient, wrench):  # all that weighs on the shoulder, and nothing that weighs on the elbow
        axis = patient.axis_world(SHOULDER)
        wrench[0, 3:] = patient._state["bias"][0, SHOULDER] * axis

    x, _ = person.ask(Moment.HOLD, np.radians([60.0]), 1.0, 5.0, upper_arm)
    assert carried(person)[SHOULDER] > 0.9
    assert carried(person)[ELBOW] < 0.1
    assert math.degrees(x[-1, 0]) == pytest.approx(60.0, abs=2.5)


def test_at_rest_he_goes_by_what_carries_him_at_once_and_while_he_moves_relies_on_more_slowly():
    q = posture(shoulder_flexion=30.0, elbow_flexion=60.0)
    resting = alone(calm(), "elbow_flexion", q=q)
    resting.ask(Moment.REST, np.radians([60.0]), 1.0, 4.0, lambda patient, wrench: carry(patient, wrench, 0.5))
    assert carried(resting)[ELBOW] == pytest.approx(0.5, abs=0.1)
    resting.ask(Moment.MOVE, np.radians([100.0]), 8.0, 7.0, lambda patient, wrench: carry(patient, wrench, 0.9))
    assert carried(resting)[ELBOW] < 0.6  # it is more, and he has not come to rely on it yet
    resting.ask(Moment.MOVE, np.radians([60.0]), 8.0, 3.0, lambda patient, wrench: carry(patient, wrench, 0.1))
    assert carried(resting)[ELBOW] < 0.2  # that it is less he feels at once
    moving = alone(calm(), "elbow_flexion", q=q)
    moving.ask(Moment.MOVE, np.radians([100.0]), 8.0, 7.0, lambda patient, wrench: carry(patient, wrench, 0.9))
    assert carried(moving)[ELBOW] > 0.8  # the first that he feels of it


def durations(pulled: tuple[bool, ...], pace: float = 1.5) -> list[float]:
    """How long a man of a slow pace means each of some movements to take, over what is asked for."""
    c = calm()
    slow = replace(c, intent=replace(c.intent, pace=pace))
    person = alone(slow, "elbow_flexion", q=posture(shoulder_flexion=30.0, elbow_flexion=40.0))
    found = []
    for number, helped in enumerate(pulled):
        goal, start = (100.0, 40.0) if number % 2 == 0 else (40.0, 100.0)

        def lead(patient, wrench, goal=goal, start=start, helped=helped, ticks=[0]):  # noqa: B006
            ticks[0] += 1
            wrench[:] = 0.0
            if not helped:
                return
            u = min(ticks[0] * DT / 4.0, 1.0)
            along = start + (goal - start) * u**3 * (10.0 - 15.0 * u + 6.0 * u * u)
            pull = 40.0 * (math.radians(along) - patient.q[ELBOW]) - 1.0 * patient.dq[ELBOW]
            wrench[1, 3:], wrench[0, 3:] = pull * patient.axis_world(ELBOW), -pull * patient.axis_world(ELBOW)

        person.ask(Moment.MOVE, np.radians([goal]), 4.0, 1.0, lead)
        found.append(float(person.patient._state["plan_s"][0]) / 4.0)
        person.ask(Moment.MOVE, np.radians([goal]), 4.0, 6.0, lead)
    return found


def test_who_is_slow_falls_in_with_what_leads_him_and_comes_back_to_his_own_pace():
    alone_all_the_time = durations((False,) * 4)
    assert alone_all_the_time == pytest.approx([1.5] * 4, rel=0.02)
    led = durations((True,) * 4 + (False,) * 8)
    assert led[0] == pytest.approx(1.5, rel=0.02)
    assert led[3] < 1.3
    assert led[4] < 1.3
    assert all(after >= before - 1e-9 for before, after in pairwise(led[5:]))
    assert led[-1] > led[4] + 0.05


def test_nobody_is_made_faster_than_he_is_shown_or_than_he_is():
    assert min(durations((True,) * 4)) >= 1.0
    assert durations((True,) * 3, pace=0.9) == pytest.approx([0.9] * 3, rel=0.02)


def test_who_stays_behind_what_he_is_shown_tries_harder():
    c = config("stroke_moderate")
    c = replace(c, daily=None, effort=replace(c.effort, gain=0.5, most=1.0))  # as much as he stays behind counts
    efforts = []
    for shown in (False, True):
        person = alone(c, "elbow_flexion", q=posture(elbow_flexion=40.0))
        for goal in (90.0, 40.0):
            person.ask(Moment.MOVE, np.radians([goal]), 2.0, 0.5)
            if shown:  # the reference is at the goal already
                person.cue.guidance.reference = np.radians([goal])
            for _ in range(3000):
                person.cue.time_s += DT
                person.patient.see(person.cue)
                person.patient.step(np.zeros((3, 6)))
        efforts.append(person.patient.effort)
    assert efforts[1] > efforts[0]
