import math

import numpy as np
import pytest

from control.tick import GuidedLayout, TickLayout, tick_dtype
from robotics.guidance import Moment
from vr_training.rehab.measures import effort
from vr_training.stream.work_share import LEAST_WORK_J, WorkShare

PERIOD_S = 0.001


def ticks(n=4000, size=2, seed=3):
    """Somebody who moves and is helped, with rests in between."""
    rng = np.random.default_rng(seed)
    found = np.zeros(n, tick_dtype(TickLayout((("arm", 1),), guided=(GuidedLayout("arm", size, 1),))))
    part = found["guided"]["arm"]
    part["v"], part["patient"], part["robot"] = rng.normal(size=(3, n, size))
    part["moment"] = np.where(np.arange(n) // 500 % 2, Moment.MOVE, Moment.REST)
    return found


def test_it_is_the_share_that_the_measures_take_over_what_was_asked():
    found = ticks()
    part = found["guided"]["arm"]
    asked = part["moment"] == Moment.MOVE
    patient, robot = (effort.work(part[side][asked], part["v"][asked], PERIOD_S)[0] for side in ("patient", "robot"))
    share = WorkShare("arm", PERIOD_S)
    share.add(found)
    assert share.share == pytest.approx(effort.patient_share(patient, robot))
    assert effort.LEAST_WORK_J == LEAST_WORK_J


def test_piece_by_piece_it_comes_to_the_same_as_at_once():
    found = ticks()
    share, whole = WorkShare("arm", PERIOD_S), WorkShare("arm", PERIOD_S).of(found)
    for start in range(0, len(found), 617):
        share.add(found[start : start + 617])
        end = min(start + 617, len(found)) - 1
        if math.isfinite(whole[end]):
            assert share.share == pytest.approx(whole[end])


def test_nothing_is_told_before_there_was_work_and_rests_add_nothing():
    found = ticks()
    share = WorkShare("arm", PERIOD_S)
    share.add(found[:500])
    assert math.isnan(share.share)
    assert np.isnan(WorkShare("arm", PERIOD_S).of(found)[:500]).all()
    share.add(found[500:1000])
    before = share.share
    share.add(found[1000:1500])
    assert share.share == before


def test_who_does_all_the_work_has_all_of_it():
    found = ticks()
    part = found["guided"]["arm"]
    part["robot"] = 0.0
    share = WorkShare("arm", PERIOD_S)
    share.add(found)
    assert share.share == 100.0
    part["patient"], part["robot"] = 0.0, 1.0
    assert WorkShare("arm", PERIOD_S).of(found)[-1] == 0.0


def test_a_velocity_that_is_not_measured_does_no_work():
    found = ticks()
    found["guided"]["arm"]["v"][700] = np.nan
    share = WorkShare("arm", PERIOD_S)
    share.add(found)
    assert math.isfinite(share.share)
