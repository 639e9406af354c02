"""The states and the only ways between them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from control.states import StateMachine
from control.tick import Flag, State
from robotics.contracts import StopKind

GOOD = {"flags": Flag(0), "clutch": False, "homed": True, "at_rest": True}


def ready(attended: bool = False) -> StateMachine:
    states = StateMachine(grace_ticks=3, attended=attended)
    states.power_on()
    states.self_test(())
    states.enable()
    states.step(**GOOD)
    assert states.state is State.READY
    return states


def engaged(attended: bool = False) -> StateMachine:
    states = ready(attended)
    states.step(**GOOD)
    states.step(**{**GOOD, "clutch": True})
    states.step(**GOOD)
    assert states.state is State.ENGAGED
    return states


def test_a_hand_engages_only_after_its_clutch_was_seen_pressed() -> None:
    states = ready()
    for _ in range(100):
        assert states.step(**GOOD) is State.READY
    assert states.step(**{**GOOD, "clutch": True}) is State.CLUTCHED
    assert states.step(**GOOD) is State.ENGAGED
    assert states.step(**{**GOOD, "clutch": True}) is State.CLUTCHED


@pytest.mark.parametrize("lost", [Flag.INPUT_STALE, Flag.INPUT_IMPLAUSIBLE])
def test_a_lost_hand_holds_the_arm_until_the_operator_presses_the_clutch(lost: Flag) -> None:
    states = engaged()
    assert states.step(**{**GOOD, "flags": lost}) is State.HOLD
    assert states.reason
    for _ in range(50):
        assert states.step(**GOOD) is State.HOLD
    assert states.step(**{**GOOD, "clutch": True, "at_rest": False}) is State.HOLD
    assert states.step(**{**GOOD, "clutch": True, "flags": lost}) is State.HOLD
    assert states.step(**{**GOOD, "clutch": True}) is State.CLUTCHED


def test_a_failed_self_test_latches_and_says_why() -> None:
    states = StateMachine()
    states.power_on()
    states.self_test(("joint 'yaw' reads 9", "no measurement"))
    assert states.state is State.LATCHED_FAULT
    assert states.reason == "joint 'yaw' reads 9; no measurement"
    assert states.cause == Flag.DEVICE_FAULT
    states.enable()
    assert states.state is State.LATCHED_FAULT


def test_an_arm_off_its_command_latches_a_fault_that_only_a_local_reset_ends() -> None:
    states = engaged()
    assert states.step(**{**GOOD, "flags": Flag.TRACKING_ERROR}) is State.LATCHED_FAULT
    for clutch in (True, False):
        assert states.step(**{**GOOD, "clutch": clutch}) is State.LATCHED_FAULT
    states.stop(StopKind.HOLD, "asked")
    assert states.state is State.LATCHED_FAULT
    states.reset()
    assert states.state is State.OFF


def test_a_short_gap_in_the_measurement_is_bridged_by_a_hold_a_long_one_latches() -> None:
    states = engaged()
    blind = {**GOOD, "flags": Flag.MEASUREMENT_INVALID}
    assert states.step(**blind) is State.HOLD
    states.step(**blind)
    assert states.step(**GOOD) is State.HOLD
    for _ in range(3):
        states.step(**blind)
    assert states.step(**blind) is State.LATCHED_FAULT


def test_a_soft_stop_comes_to_rest_and_then_powers_off() -> None:
    states = engaged()
    states.stop(StopKind.SOFT, "asked")
    assert states.step(**{**GOOD, "at_rest": False}) is State.SOFT_STOP
    assert states.step(**GOOD) is State.POWER_OFF


def test_a_hold_that_was_asked_for_needs_a_fresh_press_of_the_clutch() -> None:
    states = engaged()
    states.step(**{**GOOD, "clutch": True})
    states.stop(StopKind.HOLD, "asked", Flag.OPERATOR_STOP)
    for _ in range(10):
        assert states.step(**{**GOOD, "clutch": True}) is State.HOLD
    states.step(**GOOD)
    assert states.step(**{**GOOD, "clutch": True}) is State.CLUTCHED
    assert states.cause == 0


def test_a_hold_that_is_asked_for_while_another_stands_needs_a_fresh_press_as_well() -> None:
    states = engaged()
    states.step(**{**GOOD, "flags": Flag.INPUT_STALE})
    states.stop(StopKind.HOLD, "asked", Flag.OPERATOR_STOP)
    assert (states.reason, states.cause) == ("asked", Flag.OPERATOR_STOP)
    assert states.step(**{**GOOD, "clutch": True}) is State.HOLD
    states.step(**GOOD)
    assert states.step(**{**GOOD, "clutch": True}) is State.CLUTCHED


@pytest.mark.parametrize("kind", StopKind)
def test_before_the_drives_are_on_a_stop_never_switches_them_on(kind: StopKind) -> None:
    states = StateMachine()
    states.power_on()
    states.self_test(())
    states.stop(kind, "asked")
    for clutch in (False, True, True):
        states.step(**{**GOOD, "clutch": clutch})
        assert states.state is (State.IDLE if kind is StopKind.HOLD else State.POWER_OFF)


def test_why_the_arms_stopped_stands_as_long_as_the_stop_does() -> None:
    states = engaged()
    states.step(**{**GOOD, "flags": Flag.INPUT_STALE | Flag.VELOCITY_LIMIT})
    states.step(**GOOD)
    assert states.cause == Flag.INPUT_STALE
    states.stop(StopKind.SOFT, "asked", Flag.OPERATOR_STOP)
    assert states.cause == Flag.OPERATOR_STOP
    states.step(**{**GOOD, "at_rest": False, "flags": Flag.TRACKING_ERROR})
    assert states.cause == Flag.TRACKING_ERROR


def test_the_end_of_a_run_is_no_cause_and_forgets_none() -> None:
    states = engaged()
    states.stop(StopKind.SOFT, "")
    assert (states.reason, states.cause) == ("", 0)
    states = engaged()
    states.step(**{**GOOD, "flags": Flag.INPUT_STALE})
    states.stop(StopKind.SOFT, "")
    assert states.cause == Flag.INPUT_STALE


BOTH, FIRST, SECOND, NOBODY = 0b11, 0b01, 0b10, 0


def two(state: State = State.ENGAGED) -> StateMachine:
    """Two operators, who have both pressed their clutches and let go of them, or wait for it."""
    states = StateMachine(grace_ticks=3, operators=2)
    states.power_on()
    states.self_test(())
    states.enable()
    states.step(**GOOD)
    if state is State.ENGAGED:
        states.step(**{**GOOD, "clutch": BOTH})
        states.step(**GOOD)
        assert [states.of_arm(i) for i in range(2)] == [State.ENGAGED, State.ENGAGED]
    return states


def test_two_operators_need_not_press_at_once_and_no_arm_moves_because_the_other_pressed() -> None:
    states = two(State.READY)
    assert states.step(**{**GOOD, "clutch": FIRST}) is State.READY
    assert states.step(**GOOD) is State.READY
    assert states.step(**{**GOOD, "clutch": SECOND}) is State.CLUTCHED
    states.step(**GOOD)
    assert [states.of_arm(i) for i in range(2)] == [State.CLUTCHED, State.ENGAGED]
    for _ in range(50):
        states.step(**GOOD)
    assert states.of_arm(0) is State.CLUTCHED
    states.step(**{**GOOD, "clutch": FIRST})
    states.step(**GOOD)
    assert [states.of_arm(i) for i in range(2)] == [State.ENGAGED, State.ENGAGED]


def test_a_hold_of_two_arms_ends_when_each_operator_has_pressed_and_one_alone_cannot_end_it() -> None:
    states = two()
    states.step(**{**GOOD, "flags": Flag.INPUT_STALE})
    for clutch in (FIRST, NOBODY, FIRST, NOBODY):
        for _ in range(20):
            assert states.step(**{**GOOD, "clutch": clutch}) is State.HOLD
    assert states.step(**{**GOOD, "clutch": SECOND}) is State.CLUTCHED
    assert states.step(**{**GOOD, "clutch": SECOND}) is State.ENGAGED
    assert states.of_arm(0) is State.CLUTCHED


def test_what_was_agreed_to_is_forgotten_when_a_hand_is_lost_again_or_somebody_asks_for_a_hold() -> None:
    states = two()
    lost = {**GOOD, "flags": Flag.INPUT_STALE}
    for _ in range(2):
        states.step(**lost)
        assert states.step(**{**GOOD, "clutch": FIRST}) is State.HOLD
    states.step(**lost)
    assert states.step(**{**GOOD, "clutch": SECOND}) is State.HOLD
    for _ in range(2):
        states.stop(StopKind.HOLD, "asked", Flag.OPERATOR_STOP)
        assert states.step(**GOOD) is State.HOLD
        assert states.step(**{**GOOD, "clutch": FIRST}) is State.HOLD
    states.stop(StopKind.HOLD, "asked", Flag.OPERATOR_STOP)
    assert states.step(**{**GOOD, "clutch": SECOND}) is State.HOLD
    assert states.step(**{**GOOD, "clutch": FIRST}) is State.CLUTCHED


def test_a_hold_that_was_asked_for_needs_a_fresh_press_of_each_operator() -> None:
    states = two()
    states.step(**{**GOOD, "clutch": FIRST})
    states.stop(StopKind.HOLD, "asked", Flag.OPERATOR_STOP)
    assert states.step(**{**GOOD, "clutch": FIRST}) is State.HOLD
    assert states.step(**{**GOOD, "clutch": BOTH}) is State.HOLD
    assert states.step(**{**GOOD, "clutch": SECOND}) is State.HOLD
    assert states.step(**{**GOOD, "clutch": FIRST}) is State.CLUTCHED


def test_one_operator_clutches_his_own_arm_while_the_other_goes_on() -> None:
    states = two()
    assert states.step(**{**GOOD, "clutch": FIRST}) is State.ENGAGED
    assert states.step(**{**GOOD, "clutch": BOTH}) is State.CLUTCHED
    states.step(**{**GOOD, "clutch": SECOND})
    assert [states.of_arm(i) for i in range(2)] == [State.ENGAGED, State.ENGAGED]


RANK = {State.ENGAGED: 0, State.CLUTCHED: 0, State.READY: 0, State.HOLD: 1, State.SOFT_STOP: 2, State.POWER_OFF: 3}


@given(
    st.lists(
        st.tuples(
            st.sampled_from([Flag(0), Flag(0), Flag.INPUT_STALE, Flag.MEASUREMENT_INVALID, Flag.TRACKING_ERROR]),
            st.booleans(),
            st.booleans(),
            st.sampled_from([None, None, None, *StopKind]),
        ),
        max_size=60,
    )
)
@settings(max_examples=200, deadline=None)
def test_escalation_never_reverses_by_itself(events: list[tuple[Flag, bool, bool, StopKind | None]]) -> None:
    states = engaged()
    for flags, clutch, at_rest, stop in events:
        before = states.state
        if stop is not None:
            states.stop(stop, "asked")
        after = states.step(flags, clutch, True, at_rest)
        if before is State.LATCHED_FAULT:
            assert after is State.LATCHED_FAULT
        elif after is not State.LATCHED_FAULT:
            if before is State.HOLD and after in (State.CLUTCHED,):
                assert clutch
                assert at_rest
            else:
                assert RANK[after] >= RANK[before]


@pytest.mark.parametrize("attended", [False, True])
def test_a_press_under_way_as_a_hold_is_asked_for_again_is_void(attended: bool) -> None:
    states = engaged(attended)
    states.stop(StopKind.HOLD, "asked", Flag.OPERATOR_STOP)
    assert states.step(**{**GOOD, "at_rest": False}) is State.HOLD  # the key is up
    assert states.step(**{**GOOD, "at_rest": False, "clutch": True}) is State.HOLD
    states.stop(StopKind.HOLD, "asked", Flag.OPERATOR_STOP)
    for _ in range(10):
        assert states.step(**{**GOOD, "clutch": True}) is State.HOLD
    assert states.step(**GOOD) is State.HOLD
    assert states.step(**{**GOOD, "clutch": True}) is State.CLUTCHED


@pytest.mark.parametrize("why", [Flag.PAIN, Flag.MEASUREMENT_INVALID])
def test_what_held_a_patient_before_his_exercise_goes_back_to_the_wait_for_it(why: Flag) -> None:
    states = ready(attended=True)
    states.step(**GOOD)
    assert states.step(**{**GOOD, "flags": why}) is State.HOLD
    assert states.step(**GOOD) is State.HOLD
    for _ in range(10):
        assert states.step(**{**GOOD, "clutch": True}) is State.READY
    assert (states.reason, states.cause) == ("", 0)
    for _ in range(10):
        assert states.step(**GOOD) is State.READY
    assert states.step(**{**GOOD, "clutch": True}) is State.CLUTCHED
    assert states.step(**GOOD) is State.ENGAGED
    # Once it has begun, a press goes on with it.
    states.step(**{**GOOD, "flags": why})
    states.step(**GOOD)
    assert states.step(**{**GOOD, "clutch": True}) is State.CLUTCHED


@pytest.mark.parametrize("lost", [Flag.INPUT_STALE, Flag.INPUT_IMPLAUSIBLE])
def test_a_press_while_nobody_heard_of_the_bedside_lets_no_exercise_begin(lost: Flag) -> None:
    states = ready(attended=True)
    states.step(**GOOD)  # the key was up before
    for flags in (lost, Flag(0)):
        for _ in range(5):
            assert states.step(**{**GOOD, "flags": flags, "clutch": True}) is State.READY
    assert states.step(**GOOD) is State.READY
    assert states.step(**{**GOOD, "clutch": True}) is State.CLUTCHED


def test_a_hold_in_the_middle_of_homing_goes_back_to_homing_and_never_hands_the_arm_over() -> None:
    states = StateMachine(grace_ticks=3)
    states.power_on()
    states.self_test(())
    states.enable()
    on_the_way = {"clutch": False, "homed": False, "at_rest": True}
    assert states.step(flags=Flag(0), **on_the_way) is State.HOMING
    assert states.step(flags=Flag.MEASUREMENT_INVALID, **on_the_way) is State.HOLD
    assert states.step(flags=Flag(0), clutch=True, homed=False, at_rest=True) is State.HOMING
    assert states.step(flags=Flag(0), **on_the_way) is State.HOMING
    assert states.step(**GOOD) is State.READY
