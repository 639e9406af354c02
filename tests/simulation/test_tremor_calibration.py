"""The calibration's mark: time runs only while the arm follows, and an eight is traced in between."""

from __future__ import annotations

import numpy as np
import pytest

from control.tick import State, TickLayout, tick_dtype
from robotics.contracts import COUNTDOWN
from simulation import tasks
from simulation.tasks.tremor_calibration import DONE, GET_READY, HOLD, LEFT, REST, TRACE
from simulation.world import BulletWorld
from steadyhand.rig import plan

DT = 0.01
START = np.array([0.0, 0.01, 0.03, 0.0, 1.0, 0.0, 0.0])


@pytest.fixture
def task():
    settings = tasks.load("tremor_calibration")
    world = BulletWorld(plan("tremor_calibration").config.simulation)
    made = tasks.build("tremor_calibration", settings, world, START[None])
    made.reset(np.random.default_rng(0))
    return made


def walk(task, seconds, state=State.ENGAGED, begin=0.0):
    """Outcomes of some time: phase, target, seconds left, success."""
    tick, rows = np.zeros(1, tick_dtype(TickLayout((("psm1", 6),))))[0], []
    for k in range(round(seconds / DT)):
        tick["time"], tick["state"] = begin + (k + 1) * DT, state
        found = task.step(tick)
        rows.append((found.phase, found.target[:3].copy(), found.signals[LEFT], found.success, found.done))
    return rows


def test_the_parts_follow_each_other_and_each_is_counted_down(task):
    rows = walk(task, 33.0)
    phases = np.array([row[0] for row in rows])
    lengths = [DT * np.sum(phases == phase) for phase in (GET_READY, HOLD, TRACE, REST)]
    np.testing.assert_allclose(lengths, (1.5, 10.0, 10.0, 10.0), atol=2 * DT)
    assert phases[-1] == DONE
    assert rows[-1][3:] == (True, True)
    assert task.signals[LEFT].name == COUNTDOWN
    left = np.array([row[2] for row in rows])[phases == TRACE]
    np.testing.assert_allclose(np.diff(left), -DT, atol=1e-9)
    assert left[0] == pytest.approx(10.0, abs=2 * DT)


def test_time_stands_still_while_the_arm_does_not_follow(task):
    walk(task, 5.0)
    before = walk(task, DT, begin=5.0)[-1]
    paused = walk(task, 20.0, State.CLUTCHED, begin=5.0 + DT)
    assert {row[0] for row in paused} == {HOLD}
    assert {row[2] for row in paused} == {before[2]}
    walk(task, DT, begin=25.0 + DT)
    assert walk(task, DT, begin=25.0 + 2 * DT)[-1][2] == pytest.approx(before[2] - 2 * DT)


def test_the_mark_stands_traces_the_same_eight_in_either_half_and_stands_again(task):
    rows = walk(task, 33.0)
    phases, marks = np.array([row[0] for row in rows]), np.array([row[1] for row in rows]) - START[:3]
    np.testing.assert_allclose(marks[(phases == HOLD) | (phases == GET_READY)], 0.0, atol=1e-12)
    np.testing.assert_allclose(marks[phases == REST], 0.0, atol=1e-9)
    traced = marks[phases == TRACE]
    first, second = traced[:500], traced[500:1000]
    np.testing.assert_allclose(first, second, atol=1e-9)
    np.testing.assert_allclose(np.ptp(traced, axis=0), (0.024, 0.0, 0.012), rtol=1e-3, atol=1e-12)
