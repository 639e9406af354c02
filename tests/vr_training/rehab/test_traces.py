"""Movements cut out of tick records."""

from __future__ import annotations

import numpy as np
import pytest

from control.tick import GuidedLayout, State, TickLayout, tick_dtype
from robotics.guidance import Moment, Space
from vr_training.rehab.measures import measure
from vr_training.rehab.measures.motion import motion
from vr_training.rehab.traces import MovementTrace, movements

RATE = 100.0
SIGNALS = ("words",)


def recorded(*parts: tuple[Moment, int, float, State]) -> np.ndarray:
    """Ticks of parts: what is asked, of which movement, for how long, in which state; the arm moves all the time."""
    layout = TickLayout(arms=(("arm", 1),), signals=SIGNALS, guided=(GuidedLayout("arm", 1, 1),))
    ticks = np.zeros(sum(round(seconds * RATE) for _, _, seconds, _ in parts), tick_dtype(layout))
    first = 0
    for moment, movement, seconds, state in parts:
        rows = slice(first, first + round(seconds * RATE))
        ticks["state"][rows] = state
        part = ticks["guided"]["arm"]
        part["moment"][rows], part["movement"][rows], part["repetition"][rows] = moment, movement, movement
        part["goal"][rows], part["start"][rows] = movement, movement - 1
        ticks["signals"][rows, 0] = movement
        first = rows.stop
    ticks["guided"]["arm"]["x"][:, 0] = 0.01 * np.arange(len(ticks))
    ticks["guided"]["arm"]["trunk"] = np.nan
    return ticks


def cut(ticks: np.ndarray) -> tuple[MovementTrace, ...]:
    return movements(ticks, "arm", SIGNALS, Space.TIP, RATE)


GOES = State.ENGAGED


def test_a_trace_holds_half_a_second_before_its_go_as_rest() -> None:
    first, second = cut(
        recorded(
            (Moment.REST, 0, 1.0, GOES), (Moment.MOVE, 1, 1.0, GOES), (Moment.HOLD, 1, 0.8, GOES),
            (Moment.MOVE, 2, 1.0, GOES),
        )
    )  # fmt: skip
    for each in (first, second):
        assert motion(each.trace).go == 50
        assert (each.trace.moment[:50] == Moment.REST).all()
        assert each.trace.moment[50] == Moment.MOVE
    assert first.trace.x[50, 0] == pytest.approx(1.0)
    assert (second.movement, second.kind, second.moment, second.trace.repetition) == (2, 2, Moment.MOVE, 2)
    assert second.trace.goal[0] == 2.0
    assert second.trace.start[0] == 1.0
    assert "posture_speed_cm_s" in measure(second.trace)


def test_the_hold_of_the_last_goal_is_no_hold_of_the_next_one() -> None:
    ticks = recorded((Moment.MOVE, 1, 1.0, GOES), (Moment.HOLD, 1, 1.0, GOES), (Moment.MOVE, 2, 1.0, GOES))
    _, second = cut(ticks)
    assert "hold_error_cm" not in measure(second.trace)


def test_nothing_before_the_go_is_taken_that_moved_or_was_stopped() -> None:
    _, second = cut(recorded((Moment.MOVE, 1, 1.0, GOES), (Moment.HOLD, 1, 0.2, GOES), (Moment.MOVE, 2, 1.0, GOES)))
    assert motion(second.trace).go == 20
    _, second = cut(recorded((Moment.MOVE, 1, 1.0, GOES), (Moment.MOVE, 2, 1.0, GOES)))
    assert motion(second.trace).go == 0
    (only,) = cut(
        recorded((Moment.REST, 0, 1.0, State.CLUTCHED), (Moment.REST, 0, 0.3, GOES), (Moment.MOVE, 1, 1.0, GOES))
    )
    assert motion(only.trace).go == 30


def test_a_movement_of_the_robot_keeps_its_own_moment() -> None:
    (only,) = cut(recorded((Moment.REST, 0, 1.0, GOES), (Moment.RELAX, 1, 1.0, GOES)))
    assert only.moment is Moment.RELAX
    assert len(only.trace.moment) == 150
