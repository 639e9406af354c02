import dataclasses

import numpy as np
import pytest

from vr_training.scoring import Episode
from vr_training.scoring.camera_use import camera_use


def test_moves_of_the_carrier_are_counted_and_timed(made, reach, setup):
    path = reach(2.0, 0.05, 1.0)
    twice = np.concatenate([path, path[-1] + reach(2.0, 0.05, 1.0)])  # one second of motion, one of rest, twice
    ticks = made(np.zeros((4000, 3)), (), other=twice)
    found = camera_use(Episode(ticks, dataclasses.replace(setup, carrier="b")))
    assert found["camera_moves"] == 2.0
    assert 35.0 < found["camera_share"] < 60.0


def test_a_camera_that_stands_is_not_moved_and_one_that_nobody_carries_says_nothing(made, reach, setup):
    ticks = made(reach(4.0, 0.05, 2.0), (), other=np.zeros((4000, 3)))
    assert camera_use(Episode(ticks, dataclasses.replace(setup, carrier="b"))) == pytest.approx(
        {"camera_moves": 0.0, "camera_share": 0.0}
    )
    assert camera_use(Episode(ticks, setup)) == {}
