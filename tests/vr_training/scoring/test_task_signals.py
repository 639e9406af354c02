import numpy as np

from vr_training.scoring.task_signals import TaskSignals


def test_a_signal_is_found_by_its_name_and_its_unit(made):
    ticks = made(np.zeros((5, 3)), signals=("turn", "distance"))
    ticks["signals"][:, 1] = np.arange(5)
    signals = TaskSignals(ticks, (("turn", "rad"), ("distance", "m")))
    np.testing.assert_array_equal(signals.get("distance", "m"), np.arange(5))


def test_what_is_not_declared_or_has_another_unit_is_none(made):
    ticks = made(np.zeros((5, 3)), signals=("distance",))
    assert TaskSignals(ticks, (("distance", "rad"),)).get("distance", "m") is None
    assert TaskSignals(ticks, ()).get("distance", "m") is None
    assert TaskSignals(ticks[:0], (("distance", "m"),)).get("distance", "m") is None
    assert TaskSignals(made(np.zeros((5, 3))), (("distance", "m"),)).get("distance", "m") is None
