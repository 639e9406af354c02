"""What the recording of a search for a range comes to, stopped or not."""

from __future__ import annotations

import numpy as np
import pytest

from control.tick import Flag, GuidedLayout, State, TickLayout, tick_dtype
from robotics.guidance import Moment
from steadyhand.rehab.results import result_of
from vr_training import exercises
from vr_training.exercises import FIRST
from vr_training.rehab.results import ExerciseResult

RATE = 100.0
SIGNALS = ("words", "repetition", "verdict")


def searched(cause: Flag | None, exercise: str = "range_of_motion") -> ExerciseResult:
    """An elbow goes up from 20 to 90 deg by itself, is taken from there to 110 deg, and sinks back after the stop."""
    settings = exercises.load(exercise)
    kinds = list(settings.say)
    own, up = ("active_up", "passive_up") if exercise == "range_of_motion" else ("there", "back")
    layout = TickLayout(arms=(("exo", 1),), signals=SIGNALS, guided=(GuidedLayout("exo", 1, 2),))
    ticks = np.zeros(300, tick_dtype(layout))
    ticks["time"] = np.arange(300) / RATE
    part = ticks["guided"]["exo"]
    x = np.concatenate([np.linspace(20.0, 90.0, 100), np.linspace(90.0, 110.0, 100), np.linspace(109.8, 60.0, 100)])
    part["x"][:, 0] = np.radians(x)
    part["trunk"] = np.nan
    for rows, moment, movement, say in (
        (slice(0, 100), Moment.MOVE, 1, own), (slice(100, 300), Moment.RELAX, 2, up),
    ):  # fmt: skip
        part["moment"][rows], part["movement"][rows] = moment, movement
        part["start"][rows, 0] = np.radians(x[rows][0])
        part["goal"][rows, 0] = np.radians(150.0)
        ticks["signals"][rows, 0] = kinds.index(say) + 1
    assert kinds[0] == FIRST
    ticks["state"][:200] = State.ENGAGED
    ticks["state"][200:] = State.CLUTCHED
    if cause is not None:
        ticks["cause"][200:] = int(cause)
    return result_of(
        ticks, settings, exercise=exercise, signals=SIGNALS, rate_hz=RATE, arm="arm_exo", law="active",
        patient="frozen_shoulder", side="right", planned=2, seed=0,
    )  # fmt: skip


def test_a_search_that_hurts_tells_the_range_up_to_there_and_the_angle() -> None:
    result = searched(Flag.PAIN)
    assert result.stop == "pain"
    assert result.ranges_deg["elbow_flexion"]["active"] == pytest.approx((20.0, 90.0))
    assert result.ranges_deg["elbow_flexion"]["passive"] == pytest.approx((90.0, 110.0))
    assert result.pain_deg == {"elbow_flexion": pytest.approx(109.8)}


@pytest.mark.parametrize("cause", [None, Flag.SPASM, Flag.COMPENSATION])
def test_what_else_ends_a_search_is_no_pain(cause: Flag | None) -> None:
    assert searched(cause).pain_deg == {}


def test_pain_in_an_exercise_that_looks_for_no_range_has_no_angle() -> None:
    result = searched(Flag.PAIN, "elbow_flexion")
    assert result.stop == "pain"
    assert result.pain_deg == {}
