import math

import msgspec
import numpy as np
import pytest

from control.tick import GuidedLayout, State, TickLayout, tick_dtype
from robotics.errors import ArgumentError
from robotics.guidance import Moment, Space
from tests.vr_training.rehab.made_traces import still, stroke
from tests.vr_training.view import guided_stage
from vr_training.rehab.measures import measure, summarise
from vr_training.rehab.traces import movements
from vr_training.stream.work_share import WorkShare

SCENE = guided_stage.scene("tip")
RATE = 1.0 / SCENE.period_s
GIVEN = ((3.0, 9.0), (4.0, 4.0), (8.0, 2.0), (-2.0, 7.0))
"""Force of patient and robot along each of the movements [N]."""


def ticks(given=GIVEN, rests=True, last_s=0.4, cuffs=3):
    """Movements of 0.2 m there and back, with a rest after every other; the last one is held when it ends."""
    x, moment, number, forces = [], [], [], []
    for k, each in enumerate(given):
        ends = ((0.0, 0.0), (0.2, 0.1)) if k % 2 == 0 else ((0.2, 0.1), (0.0, 0.0))
        hold_s = last_s if k == len(given) - 1 else 0.6
        parts = [(stroke(*ends, 0.8), Moment.MOVE), (still(ends[1], hold_s), Moment.HOLD)]
        if k % 2 and rests and k < len(given) - 1:
            parts.append((still(ends[1], 0.7), Moment.REST))
        along = np.subtract(ends[1], ends[0]) / np.linalg.norm(np.subtract(*ends))
        for way, what in parts:
            x.append(way)
            moment += [what] * len(way)
            number += [k + 1] * len(way)
            forces += [[force * along for force in each]] * len(way)
    layout = TickLayout((("arm", 1),), signals=guided_stage.SIGNALS, guided=(GuidedLayout("arm", 2, cuffs),))
    found = np.zeros(len(moment), tick_dtype(layout))
    found["state"], found["time"] = State.ENGAGED, np.arange(len(moment)) / RATE
    part = found["guided"]["arm"]
    part["x"], part["moment"], part["movement"] = np.vstack(x), moment, number
    part["patient"], part["robot"] = np.swapaxes(forces, 0, 1)
    found["signals"][:, guided_stage.SIGNALS.index("words")] = 1 + (np.array(number) + 1) % 2
    return found


def result_of(found, first=0):
    """The share that the results of an exercise name."""
    cut = movements(found, "arm", guided_stage.SIGNALS, Space.TIP, RATE)
    return summarise([measure(each.trace) for each in cut if each.kind != first])["patient_share"]


def fed(found, piece, scene=SCENE):
    share = WorkShare(scene)
    for start in range(0, len(found), piece):
        share.add(found[start : start + piece])
    return share


@pytest.mark.parametrize(("rests", "cuffs"), [(True, 3), (False, 3), (True, 1)])
@pytest.mark.parametrize("piece", [16, 617, 100_000])
def test_at_the_end_it_is_the_share_that_the_results_name(piece, rests, cuffs):
    found = ticks(rests=rests, cuffs=cuffs)
    for force in ("patient", "robot"):  # so strong that nobody asks what a handle does not see
        found["guided"]["arm"][force] *= 4.0
    share = fed(found, piece)
    share.finish()
    assert share.share == pytest.approx(result_of(found), rel=1e-3)
    assert WorkShare(SCENE).of(found)[-1] == pytest.approx(result_of(found), rel=1e-12)


def test_it_lags_by_the_movement_that_runs():
    found = ticks()
    share, numbers = WorkShare(SCENE), found["guided"]["arm"]["movement"]
    told = []
    for start in range(0, len(found), 10):
        share.add(found[start : start + 10])
        told.append((int(numbers[min(start + 10, len(found)) - 1]), share.share))
    assert all(math.isnan(value) for number, value in told if number == 1)
    # 3 to 9, then 4 to 4 more, each over the same way.
    second = [value for number, value in told if number == 2 and not math.isnan(value)]
    assert sorted(set(second)) == pytest.approx([25.0, 100.0 * 7.0 / 20.0], rel=1e-3)  # and while it rests after it
    assert [value for number, value in told if number == 4][-1] == pytest.approx(100.0 * 15.0 / 30.0, rel=1e-3)
    share.finish()
    assert share.share == pytest.approx(100.0 * 15.0 / 37.0, rel=1e-3)


def test_a_recording_tells_the_share_of_what_is_over_at_each_tick():
    found = ticks()
    whole, numbers = WorkShare(SCENE).of(found), found["guided"]["arm"]["movement"]
    assert np.isnan(whole[: np.flatnonzero(numbers == 1)[-1]]).all()
    assert whole[np.flatnonzero(numbers == 2)[0]] == pytest.approx(25.0, rel=1e-3)
    assert len(np.unique(whole[~np.isnan(whole)])) == len(GIVEN)


def test_a_movement_that_only_brings_the_arm_to_the_start_is_not_counted():
    scene = msgspec.structs.replace(SCENE, guided=msgspec.structs.replace(SCENE.guided, first=1))
    found = ticks()
    share = fed(found, 250, scene)
    share.finish()
    assert share.share == pytest.approx(result_of(found, first=1), rel=1e-3)
    assert share.share != pytest.approx(result_of(found), rel=1e-2)


def test_what_was_stopped_is_over_and_rests_add_nothing():
    found = ticks()
    number = found["guided"]["arm"]["movement"]
    found["state"][np.flatnonzero(number == 3)[900] :] = State.HOLD
    share = fed(found, 123)
    share.finish()
    assert share.share == pytest.approx(result_of(found), rel=1e-3)
    assert WorkShare(SCENE).of(found)[-1] == pytest.approx(result_of(found), rel=1e-12)


def test_nothing_is_told_where_nothing_was_done():
    found = ticks(given=((0.0, 0.0), (0.0, 0.0)))
    share = fed(found, 100)
    share.finish()
    assert math.isnan(share.share)
    assert np.isnan(WorkShare(SCENE).of(found)).all()


def test_a_position_that_is_not_measured_does_no_work():
    found = ticks()
    found["guided"]["arm"]["x"][700] = np.nan
    share = fed(found, 100)
    share.finish()
    assert math.isfinite(share.share)
    assert share.share == pytest.approx(result_of(found), rel=1e-3)


def test_who_is_to_let_his_arm_be_moved_is_told_no_share():
    found = ticks()
    moment = found["guided"]["arm"]["moment"]
    moment[moment == Moment.MOVE] = Moment.RELAX
    share = fed(found, 100)
    share.finish()
    assert math.isnan(share.share)
    assert np.isnan(WorkShare(SCENE).of(found)).all()


def test_a_scene_without_a_patient_is_refused():
    with pytest.raises(ArgumentError, match="nobody"):
        WorkShare(msgspec.structs.replace(SCENE, guided=None))
