"""What is told of a set-up: when the arm first moved, and whether five minutes were enough."""

from __future__ import annotations

import numpy as np

from benchmarks.set_up import MOST_S, Waits, first_motion_ns, met
from control.tick import GuidedLayout, TickLayout, tick_dtype

LAYOUT = TickLayout(arms=(("arm", 3),), guided=(GuidedLayout(arm="arm", size=1, cuffs=1),))


def still(count: int) -> np.ndarray:
    """Ticks of an arm that stands still, a movement asked for from the tenth on."""
    ticks = np.zeros(count, tick_dtype(LAYOUT))
    ticks["timing"]["host_time_ns"] = 1_000_000 * np.arange(count)
    ticks["guided"]["arm"]["movement"][10:] = 1
    return ticks


def test_an_arm_moves_once_any_joint_is_a_degree_away_from_where_it_was_asked() -> None:
    ticks = still(100)
    assert first_motion_ns(ticks, "arm") is None
    ticks["arms"]["arm"]["q"][:, 1] = np.radians(0.03) * np.arange(100)
    assert first_motion_ns(ticks, "arm") == 44_000_000  # 34 ticks of 0.03 degrees behind the tenth
    ticks["arms"]["arm"]["q"][:, 2] = -np.radians(0.4) * np.arange(100)
    assert first_motion_ns(ticks, "arm") == 13_000_000


def test_an_arm_that_settles_before_anything_is_asked_has_not_moved() -> None:
    ticks = still(100)
    ticks["arms"]["arm"]["q"][5:] = 0.1
    assert first_motion_ns(ticks, "arm") is None
    ticks["guided"]["arm"]["movement"] = 0
    assert first_motion_ns(ticks, "arm") is None


def test_five_minutes_are_kept_by_the_sum_and_never_by_what_did_not_come() -> None:
    waits = Waits("rehab start")
    waits.came("the question", 100.0)
    waits.came("the picture", 250.0)
    assert waits.parts == {"the question": 100.0, "the picture": 150.0}
    waits.came("the movement", MOST_S)
    assert met(waits)
    waits.missing = "the program ended"
    assert not met(waits)
    late = Waits("rehab start")
    late.came("the movement", MOST_S + 0.1)
    assert not met(late)
