import numpy as np
import pytest

from control.tick import TickLayout, tick_dtype
from vr_training.scoring.incidents import STRAY_M, incidents, stray_touches
from vr_training.scoring.task_signals import TaskSignals

DECLARED = (
    *(("pressing", "N"), ("dropped", ""), ("crushed", ""), ("pinch", "N"), ("collided", ""), ("touches", "")),
    *(("touching", "N"), ("missed", ""), ("entry_error", "m")),
)
NAMES = [name for name, _ in DECLARED]


@pytest.fixture
def ticks(made, reach):
    """Four seconds of two arms, the second one 0.1 m to the side; the task asks the first, at the end of its reach."""
    path = reach(4.0, 0.05, 2.0)
    found = made(path, tuple(NAMES), other=path + np.array([0.1, 0.0, 0.0]))
    found["target"] = [0.05, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]
    return found


def set_signal(ticks, name, values, part=slice(None)):
    ticks["signals"][part, NAMES.index(name)] = values


def found_in(ticks, seen, limit=None):
    return incidents(seen(ticks), TaskSignals(ticks, DECLARED), limit)


def test_too_much_force_has_its_arm_its_place_and_its_largest_value(ticks, seen):
    ticks["arms"]["b"]["wrench"][3000:3200, 2] = 1.5
    ticks["arms"]["b"]["wrench"][3250:3300, 0] = 2.0  # 50 ms later: the same
    (one,) = found_in(ticks, seen, limit=1.0)
    assert (one.kind, one.arm, one.size, one.unit) == ("force", "b", 2.0, "N")
    assert (one.start_s, one.end_s) == pytest.approx((3.0, 3.3))
    assert one.place_m == pytest.approx((0.15, 0.0, 0.0), abs=1e-6)
    assert one.text == "too much force, 2 N"
    assert found_in(ticks, seen) == ()


def test_a_touch_of_tissue_is_stray_only_away_from_the_work(ticks, seen):
    for begin in (100, 3000):  # at the start, 50 mm off; at the target
        set_signal(ticks, "pressing", 0.3, slice(begin, begin + 50))
    (one,) = found_in(ticks, seen)
    assert (one.kind, one.start_s, one.size) == ("stray", pytest.approx(0.1), pytest.approx(0.3))
    assert stray_touches(seen(ticks), TaskSignals(ticks, DECLARED)) == 1
    # The other arm has nothing to do there, however near to the target.
    ticks["arms"]["b"]["wrench"][3000:3050, 2] = 0.3
    assert [one.arm for one in found_in(ticks, seen)] == ["a", "b"]


def test_what_is_to_be_felt_everywhere_or_reports_no_force_has_no_stray_touches(ticks, seen):
    set_signal(ticks, "pressing", 0.3)
    declared = (*DECLARED[:-1], ("marks", ""))
    assert stray_touches(seen(ticks), TaskSignals(ticks, declared)) is None
    assert stray_touches(seen(ticks), TaskSignals(ticks, [("other", "N"), *DECLARED[1:]])) is None
    ticks["target"] = np.nan  # nothing is asked: nothing is away from it
    assert stray_touches(seen(ticks), TaskSignals(ticks, DECLARED)) == 0


def test_near_a_thing_that_is_handled_no_touch_is_stray(made, reach, setup, seen):
    path = reach(1.0, 0.05, 0.5)
    layout = TickLayout(arms=(("a", 6),), signals=tuple(NAMES), objects=("thing1",))
    ticks = np.zeros(len(path), tick_dtype(layout))
    plain = made(path, tuple(NAMES))
    for name in plain.dtype.names:
        ticks[name] = plain[name]
    ticks["target"] = [0.5, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]
    set_signal(ticks, "pressing", 0.3, slice(10, 20))
    assert found_in(ticks, seen) == ()  # the thing lies at the origin, where the tip starts
    ticks["objects"][:, 0, 0] = 2.0 * STRAY_M
    assert [one.kind for one in found_in(ticks, seen)] == ["stray"]
    # Dropped from 30 mm: where it came to lie, and how deep it fell.
    ticks["objects"][:500, 0, 2], ticks["objects"][500:, 0, 2] = 0.03, 0.0
    set_signal(ticks, "dropped", 1.0, slice(520, None))
    (drop,) = (one for one in found_in(ticks, seen) if one.kind == "dropped")
    assert drop.size == pytest.approx(30.0)
    assert drop.place_m == pytest.approx((2.0 * STRAY_M, 0.0, 0.0))
    assert drop.text == "dropped, 30 mm"


@pytest.mark.parametrize(
    ("kind", "sized", "value", "size", "unit"),
    [
        ("crushed", "pinch", 9.0, 9.0, "N"),
        ("touches", "touching", 0.2, 0.2, "N"),
        ("missed", "entry_error", 0.004, 4.0, "mm"),
    ],
)
def test_each_count_has_the_size_of_what_it_counts(ticks, seen, kind, sized, value, size, unit):
    set_signal(ticks, kind, 1.0, slice(2000, None))
    set_signal(ticks, kind, 2.0, slice(3000, None))
    set_signal(ticks, sized, value, slice(1990, 2010))
    first, second = (one for one in found_in(ticks, seen) if one.kind == kind)
    assert (first.size, first.unit, first.start_s) == (pytest.approx(size), unit, pytest.approx(2.0))
    assert second.size == 0.0
    assert first.place_m == pytest.approx((0.05, 0.0, 0.0), abs=1e-6)


def test_a_collision_is_as_hard_as_the_arms_felt_it(ticks, seen):
    set_signal(ticks, "collided", 1.0, slice(1000, None))
    ticks["arms"]["b"]["wrench"][1000:1010, 1] = 3.0
    (one,) = found_in(ticks, seen)
    assert (one.arm, one.size, one.unit) == ("b", 3.0, "N")


def test_a_short_recording_has_none(ticks, seen):
    assert found_in(ticks[:0], seen) == ()
    assert stray_touches(seen(ticks[:0]), TaskSignals(ticks[:0], DECLARED)) is None


def test_what_lies_about_is_not_handled(made, reach, setup, seen):
    path = reach(1.0, 0.05, 0.5)
    layout = TickLayout(arms=(("a", 6),), signals=tuple(NAMES), objects=("thing1", "clutter1"))
    ticks = np.zeros(len(path), tick_dtype(layout))
    plain = made(path, tuple(NAMES))
    for name in plain.dtype.names:
        ticks[name] = plain[name]
    ticks["target"] = [0.5, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]
    ticks["objects"][:, 0, 0] = 0.3  # the thing far away, the clutter where the tip starts
    ticks["objects"][:500, 1, 2] = 0.2  # and it falls deep
    set_signal(ticks, "pressing", 0.3, slice(10, 20))
    set_signal(ticks, "dropped", 1.0, slice(520, None))
    signals = TaskSignals(ticks, DECLARED)
    assert stray_touches(seen(ticks), signals, layout.objects) == 1
    (drop,) = (one for one in incidents(seen(ticks), signals, None, layout.objects) if one.kind == "dropped")
    assert (drop.place_m[0], drop.size) == (pytest.approx(0.3), 0.0)


def test_a_touch_is_judged_where_it_pressed_hardest(ticks, seen):
    set_signal(ticks, "pressing", 0.1, slice(100, 3000))  # all the way from 50 mm off to the target
    set_signal(ticks, "pressing", 0.4, slice(2900, 3000))
    assert found_in(ticks, seen) == ()
    set_signal(ticks, "pressing", 0.8, slice(150, 200))
    assert [one.size for one in found_in(ticks, seen)] == [pytest.approx(0.8)]
