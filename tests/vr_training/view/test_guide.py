"""A way that is shown keeps pace with whoever follows it."""

from __future__ import annotations

import numpy as np
import pytest

from robotics.contracts import Vector
from vr_training.stream.messages import ArmPath
from vr_training.view.guide import Guide

DOWN_AND_ON = np.concatenate([
    np.linspace((0.0, 0.0, 0.05), (0.05, 0.0, 0.05), 101),  # over there
    np.linspace((0.05, 0.0, 0.05), (0.05, 0.0, 0.04), 41)[1:],  # down to it
    np.linspace((0.05, 0.0, 0.04), (0.05, 0.0, 0.05), 41)[1:],  # up again
    np.linspace((0.05, 0.0, 0.05), (0.05, 0.05, 0.05), 101)[1:],  # and on
])  # fmt: skip


def guide(p: Vector = DOWN_AND_ON, speed_m_s: float = 0.01) -> Guide:
    times = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(p, axis=0), axis=1))) / speed_m_s
    return Guide(ArmPath(arm="psm1", points=p.astype("<f4").tobytes(), times=times.astype("<f4").tobytes()))


@pytest.mark.parametrize("pace", [0.3, 1.0, 4.0])
@pytest.mark.parametrize("off_m", [0.0, 0.002])
def test_it_goes_along_at_whatever_pace(pace: float, off_m: float) -> None:
    shown, draws = guide(), np.random.default_rng(3)
    wobble = np.cumsum(draws.normal(size=DOWN_AND_ON.shape), axis=0)
    wobble *= off_m / np.abs(wobble).max()
    for k, p in enumerate(DOWN_AND_ON + wobble):
        shown.follow(k * 0.05 / pace, p)
        if k <= 100:
            assert shown.time_s == pytest.approx(0.05 * k, abs=0.7)
    assert shown.time_s == pytest.approx(12.0, abs=0.7)


def test_where_the_way_comes_by_twice_it_shows_what_is_due() -> None:
    shown = guide()
    for k, x in enumerate(np.linspace(0.0, 0.05, 50)):
        shown.follow(0.1 * k, (x, 0.0, 0.0475))  # 2.5 mm too low, where it will come up again
    points, share = shown.ahead()
    assert points[:, 2].min() == pytest.approx(0.04, abs=1e-4)
    assert share[0] == 0.0
    assert 0.9 < share[-1] <= 1.0


def test_a_seek_back_starts_over_and_what_is_no_place_is_ignored() -> None:
    shown = guide()
    for k, p in enumerate(DOWN_AND_ON):
        shown.follow(0.1 * k, p)
    shown.follow(30.0, (np.nan, 0.0, 0.0))
    late = shown.time_s
    shown.follow(0.0, DOWN_AND_ON[0])
    assert late > 11.0
    assert shown.time_s < 0.5


def test_at_the_end_nothing_is_left_to_show() -> None:
    shown = guide()
    for k, p in enumerate(DOWN_AND_ON):
        shown.follow(0.1 * k, p)
    points, _ = shown.ahead()
    assert len(points) <= 5
