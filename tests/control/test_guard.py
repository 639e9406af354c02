"""The guard lets nothing past: no limit is passed under any request, and no bad hand or reading gets through."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from control.guard import GuardConfig, InputGuard, JawGuard, JointGuard
from control.tick import Flag
from robotics.chain import load_arm
from robotics.config import names
from robotics.contracts import HandPose

DT = 0.001


def joint_guard(arm_name: str) -> tuple[JointGuard, object]:
    arm = load_arm(arm_name)
    guard = JointGuard(GuardConfig(), arm.kind, arm.lower, arm.upper, arm.velocity, arm.acceleration, arm.effort, DT)
    return guard, arm


@pytest.mark.parametrize("arm_name", names("arms"))
@given(seed=st.integers(0, 2**32 - 1), wildness=st.floats(0.1, 100.0), hold=st.integers(1, 400))
@settings(max_examples=12, deadline=None)
def test_no_limit_is_passed_whatever_is_asked_for(arm_name: str, seed: int, wildness: float, hold: int) -> None:
    guard, arm = joint_guard(arm_name)
    rng = np.random.default_rng(seed)
    q = rng.uniform(arm.lower, arm.upper)
    dq, q_next, dq_next = np.zeros_like(q), np.zeros_like(q), np.zeros_like(q)
    for k in range(1500):
        if k % hold == 0:
            wanted = rng.normal(0.0, wildness, q.size) * arm.velocity
            wanted[rng.random(q.size) < 0.02] = rng.choice([np.nan, np.inf, -np.inf])
        guard.limit_motion(q, dq, wanted, q_next, dq_next)
        tiny = 1e-9
        assert np.all(q_next >= arm.lower - tiny)
        assert np.all(q_next <= arm.upper + tiny)
        assert np.all(np.abs(dq_next) <= arm.velocity * (1 + tiny))
        assert np.all(np.abs(dq_next - dq) <= arm.acceleration * DT * (1 + 1e-6) + tiny)
        q, dq = q_next.copy(), dq_next.copy()


def test_motion_within_all_limits_passes_untouched_and_unflagged() -> None:
    guard, arm = joint_guard("psm")
    q, dq = arm.home.copy(), np.zeros(6)
    q_next, dq_next = np.zeros(6), np.zeros(6)
    for k in range(300):
        wanted = 0.2 * arm.velocity * np.sin(2 * np.pi * 0.5 * k * DT)
        assert guard.limit_motion(q, dq, wanted, q_next, dq_next) == Flag(0)
        np.testing.assert_array_equal(dq_next, wanted)
        q, dq = q_next.copy(), dq_next.copy()


def test_asking_for_rest_brakes_to_a_stop_within_the_acceleration_limit() -> None:
    guard, arm = joint_guard("psm")
    q, dq = arm.home.copy(), 0.5 * arm.velocity
    q_next, dq_next = np.zeros(6), np.zeros(6)
    ticks = int(np.max(0.5 * arm.velocity / arm.acceleration) / DT) + 2
    for _ in range(ticks):
        guard.limit_motion(q, dq, np.zeros(6), q_next, dq_next)
        q, dq = q_next.copy(), dq_next.copy()
    np.testing.assert_array_equal(dq, 0.0)


def test_each_limit_is_named() -> None:
    guard, arm = joint_guard("psm")
    q_next, dq_next = np.zeros(6), np.zeros(6)
    zero = np.zeros(6)
    assert guard.limit_motion(arm.home, zero, 2 * arm.velocity, q_next, dq_next) & Flag.VELOCITY_LIMIT
    assert guard.limit_motion(arm.home, zero, arm.velocity, q_next, dq_next) & Flag.ACCELERATION_LIMIT
    assert guard.limit_motion(arm.upper, zero, 0.001 * arm.velocity, q_next, dq_next) & Flag.POSITION_LIMIT
    tau = 2 * arm.effort
    assert guard.limit_torque(tau) == Flag.TORQUE_LIMIT
    np.testing.assert_array_equal(tau, arm.effort)
    tau = np.array([np.nan, np.inf, -np.inf, 0, 0, 0])
    guard.limit_torque(tau)
    np.testing.assert_array_equal(tau, 0.0)


def test_an_arm_that_is_not_where_it_was_told_to_be_is_noticed() -> None:
    guard, arm = joint_guard("psm")
    off = arm.home.copy()
    assert guard.check_tracking(arm.home, off) == Flag(0)
    off[2] += 0.051
    assert guard.check_tracking(arm.home, off) == Flag.TRACKING_ERROR
    off[2] = np.nan
    assert guard.check_tracking(arm.home, off) == Flag.TRACKING_ERROR


@pytest.mark.parametrize(("valid", "age", "value"), [(False, 0.0, 0.0), (True, 0.5, 0.0), (True, 0.0, np.nan)])
def test_readings_that_cannot_be_believed_are_refused(valid: bool, age: float, value: float) -> None:
    guard, arm = joint_guard("psm")
    q = arm.home.copy()
    assert guard.check_measurement(q, np.zeros(6), True, 0.0) == Flag(0)
    q[3] += value
    assert guard.check_measurement(q, np.zeros(6), valid, age) == Flag.MEASUREMENT_INVALID


def hand(position: object = (0.0, 0.0, 0.0), age: float = 0.0, valid: bool = True, quat: object = (1, 0, 0, 0)):
    return HandPose(np.array([*position, *quat], dtype=float), 0.5, False, age, valid)


def test_a_hand_that_is_gone_old_broken_or_impossibly_fast_is_refused_and_a_good_one_is_not() -> None:
    guard = InputGuard(GuardConfig(max_input_age_s=0.1, max_hand_speed_m_s=5.0), DT)
    assert guard.check(hand()) == Flag(0)
    assert guard.check(hand((0.004, 0, 0))) == Flag(0)
    assert guard.check(hand(valid=False)) == Flag.INPUT_STALE
    assert guard.check(hand(age=0.11)) == Flag.INPUT_STALE
    assert guard.check(hand((np.nan, 0, 0))) == Flag.INPUT_IMPLAUSIBLE
    assert guard.check(hand(quat=(0, 0, 0, 0))) == Flag.INPUT_IMPLAUSIBLE
    assert guard.check(hand(quat=(1, 1, 0, 0))) == Flag.INPUT_IMPLAUSIBLE
    assert guard.check(hand()) == Flag(0)
    assert guard.check(hand((0.1, 0, 0))) == Flag.INPUT_IMPLAUSIBLE


def test_a_device_slower_than_the_loop_may_take_its_larger_steps() -> None:
    guard = InputGuard(GuardConfig(max_hand_speed_m_s=1.0), DT)
    for k in range(200):
        assert guard.check(hand((0.008 * (k // 10), 0, 0))) == Flag(0)


@pytest.mark.parametrize("age", [np.nan, -0.01, np.inf])
def test_an_age_that_is_no_age_counts_as_stale(age: float) -> None:
    assert InputGuard(GuardConfig(), DT).check(hand(age=age)) == Flag.INPUT_STALE
    guard, arm = joint_guard("psm")
    assert guard.check_measurement(arm.home, np.zeros(6), True, age) == Flag.MEASUREMENT_INVALID


def test_a_hand_that_became_fresher_is_judged_by_the_time_between_the_two_and_no_more() -> None:
    def second(x: float, age: float) -> int:
        guard = InputGuard(GuardConfig(), DT)
        assert guard.check(hand((0, 0, 0), age=0.03)) == 0
        return guard.check(hand((x, 0, 0), age=age))

    assert second(0.02, age=0.01) == 0  # sensed 21 ms after the one before: 20 mm are 1 m/s
    assert second(0.02, age=0.03) == Flag.INPUT_IMPLAUSIBLE
    assert second(0.02, age=0.04) == Flag.INPUT_IMPLAUSIBLE
    assert second(0.12, age=0.01) == Flag.INPUT_IMPLAUSIBLE
    assert second(0.30, age=0.0) == Flag.INPUT_IMPLAUSIBLE


def test_a_hand_that_stood_still_for_long_may_not_be_anywhere_and_may_not_flip_over() -> None:
    guard = InputGuard(GuardConfig(), DT)
    for _ in range(2000):
        assert guard.check(hand()) == Flag(0)
    assert guard.check(hand((1.0, 0, 0))) == Flag.INPUT_IMPLAUSIBLE
    guard = InputGuard(GuardConfig(), DT)
    assert guard.check(hand()) == Flag(0)
    assert guard.check(hand(quat=(0, 0, 0, 1))) == Flag.INPUT_IMPLAUSIBLE
    guard = InputGuard(GuardConfig(), DT)
    assert guard.check(hand()) == Flag(0)
    assert guard.check(hand(quat=(-1, 0, 0, 0))) == Flag(0)  # the same orientation on the other side of the cover


@given(wanted=st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=50), start=st.floats(-0.6, 1.3))
@settings(max_examples=60, deadline=None)
def test_a_jaw_stays_within_its_limits_whatever_is_asked_for(wanted: list[float], start: float) -> None:
    guard, jaw = JawGuard(-0.7, 1.4, 12.5, DT), start
    for value in wanted:
        after = guard.limit(jaw, value)
        assert -0.7 <= after <= 1.4
        assert abs(after - jaw) <= 12.5 * DT * 1.0001
        jaw = after


@pytest.mark.parametrize("jaw", [np.nan, np.inf, -np.inf])
def test_a_jaw_that_nobody_has_measured_counts_as_closed_and_never_reaches_the_plant_as_no_number(jaw: float) -> None:
    guard = JawGuard(-0.7, 1.4, 12.5, DT)
    assert guard.limit(jaw, np.nan) == 0.0
    assert guard.limit(jaw, 1.0) == pytest.approx(12.5 * DT)
    assert JawGuard(0.2, 1.4, 12.5, DT).limit(jaw, jaw) == 0.2
