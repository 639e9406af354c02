"""Bounds of a patient's arm: whatever pushes, no limit of speed or range is passed."""

import math

import numpy as np
import pytest
from guided_bench import CHAIN, DT, Bench, BenchPlant, part

from control.motion_bounds import MotionBounds
from control.narrowing_range import NarrowingRange
from control.patient_guard import PatientLimits
from control.tick import Flag, State
from robotics.contracts import DriveMode
from robotics.dynamics import mass_matrix
from robotics.guidance import Moment
from robotics.kinematics import jacobian, link_poses

LIMITS = PatientLimits(joint_speed_deg_s=60.0, tip_speed_m_s=0.3)


def held_back(q: np.ndarray, dq: np.ndarray, push: np.ndarray, limits: PatientLimits = LIMITS) -> np.ndarray:
    bounds = MotionBounds(CHAIN, limits, NarrowingRange(CHAIN.lower, CHAIN.upper))
    tau = np.zeros(CHAIN.size)
    bounds.hold_back(q, dq, link_poses(CHAIN, q), np.ascontiguousarray(jacobian(CHAIN, q)[:3]), push, tau)
    return tau


def test_far_from_every_limit_nothing_is_added():
    assert not held_back(CHAIN.home, np.full(CHAIN.size, 0.05), np.full(CHAIN.size, 0.05)).any()


def test_what_pushes_a_joint_that_is_fast_enough_is_taken_away():
    dq = np.zeros(CHAIN.size)
    dq[1] = math.radians(0.95 * 60.0)
    push = np.zeros(CHAIN.size)
    push[1] = 15.0
    added = held_back(CHAIN.home, dq, push, PatientLimits(joint_speed_deg_s=60.0, tip_speed_m_s=2.0))
    assert added[1] < -10.0
    push[1] = -1.0  # what slows it down may do so
    assert not held_back(CHAIN.home, dq, push, PatientLimits(joint_speed_deg_s=60.0, tip_speed_m_s=2.0)).any()


def test_a_joint_keeps_its_speed_limit_while_friction_holds_another_that_would_have_slowed_it():
    limits = PatientLimits(joint_speed_deg_s=60.0, tip_speed_m_s=2.0)
    M = mass_matrix(CHAIN, CHAIN.home)
    push = np.array([10.0, 1.0])
    assert np.linalg.solve(M, push)[1] < 0.0 < push[1]  # free to move, the shoulder would take the elbow back
    speed = 0.9 * math.radians(60.0)
    for _ in range(200):
        added = held_back(CHAIN.home, np.array([0.0, speed]), push, limits)
        speed += DT * (push[1] + added[1]) / M[1, 1]
    assert 0.94 * math.radians(60.0) < speed <= 0.951 * math.radians(60.0)


def pushed(mode: DriveMode, moment: Moment, share: float = 1.0) -> np.ndarray:
    """The arm's records while a hand of 1.5 kg is pushed with a share of 58 N that come within 50 ms."""
    bench = Bench(limits=LIMITS, mode=mode, moment=moment)
    begun = bench.plant.ticks

    def push(plant: BenchPlant) -> np.ndarray:
        return share * np.array([50.0, -30.0]) * min((plant.ticks - begun) * DT / 0.05, 1.0)

    bench.plant.push = push
    arm: np.ndarray = bench.run(0.6)["arms"]["arm"]
    return arm


@pytest.mark.parametrize("mode", [DriveMode.TORQUE, DriveMode.POSITION])
@pytest.mark.parametrize("moment", [Moment.MOVE, Moment.PUSH, Moment.REST])
def test_no_push_brings_a_joint_past_its_speed_limit(mode: DriveMode, moment: Moment):
    assert np.abs(pushed(mode, moment)["dq"]).max() <= math.radians(60.0)


@pytest.mark.parametrize("mode", [DriveMode.TORQUE, DriveMode.POSITION])
@pytest.mark.parametrize("moment", [Moment.MOVE, Moment.PUSH, Moment.REST])
def test_no_push_that_the_drives_can_hold_brings_the_tip_past_its_speed_limit(mode: DriveMode, moment: Moment):
    arm = pushed(mode, moment, share=0.7)
    assert not (arm["flags"] & np.uint64(int(Flag.TORQUE_LIMIT))).any()
    speed = tip_speed(arm)
    assert speed.max() <= 0.3
    assert speed[-1] > 0.1  # it goes where it is pushed: nothing holds it still


def test_only_drives_that_can_hold_no_more_let_the_tip_pass_its_speed_limit():
    arm = pushed(DriveMode.TORQUE, Moment.MOVE)
    ended = np.flatnonzero(arm["flags"] & np.uint64(int(Flag.TORQUE_LIMIT)))
    fast = np.flatnonzero(tip_speed(arm) > 0.3)
    assert fast.size  # 68 N are more than 40 Nm at the shoulder can hold
    assert ended[0] < fast[0]
    assert tip_speed(arm).max() < 0.33


def tip_speed(arm: np.ndarray) -> np.ndarray:
    return np.linalg.norm(np.diff(arm["tip"][:, :3], axis=0), axis=1) / DT


def test_a_push_that_goes_on_after_the_robot_let_go_keeps_the_speed_limit():
    bench = Bench(limits=LIMITS, moment=Moment.PUSH)
    bench.law.stiffness = 2000.0
    bench.plant.push = lambda plant: np.array([35.0, 0.0]) - 30.0 * plant.speed
    bench.run(0.6)
    bench.bedside.reading.pain = True
    ticks = bench.run(0.5)
    assert bench.loop.states.state is State.HOLD
    assert not part(ticks)["robot"][-1].any()
    assert np.abs(ticks["arms"]["arm"]["dq"]).max() <= math.radians(60.0)


def test_no_push_brings_a_joint_past_its_range_and_margin():
    upper = CHAIN.upper.copy()
    upper[1] = CHAIN.home[1] + math.radians(15.0)
    bench = Bench(joints=("elbow",), upper=upper)
    bench.plant.push = lambda plant: np.array([-25.0, 25.0])
    q = bench.run(1.5)["arms"]["arm"]["q"][:, 1]
    assert q.max() <= upper[1] + math.radians(PatientLimits().range_margin_deg)


def test_who_is_too_fast_is_stopped_before_the_limit():
    bench = Bench(limits=PatientLimits(joint_speed_deg_s=20.0))
    bench.plant.dq[:] = math.radians(18.5)
    bench.run(0.002)
    assert bench.loop.states.cause & Flag.PATIENT_SPEED
