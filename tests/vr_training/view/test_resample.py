from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from vr_training.view.resample import enlarged


def test_an_enlarged_picture_is_that_of_a_bicubic_filter() -> None:
    rng = np.random.default_rng(4)
    smooth = Image.fromarray(rng.integers(0, 256, (9, 12, 3), dtype=np.uint8)).resize(
        (96, 72), Image.Resampling.BICUBIC
    )
    small = np.asarray(smooth)
    peer = np.asarray(smooth.resize((128, 100), Image.Resampling.BICUBIC)).astype(int)
    assert np.abs(enlarged(small, 128, 100) - peer).max() <= 3  # the peer rounds between its two sweeps


def test_an_even_picture_stays_even_and_a_ramp_stays_straight() -> None:
    for value in (0, 1, 128, 255):
        assert (enlarged(np.full((3, 5, 3), value, np.uint8), 11, 7) == value).all()
    ramp = np.repeat(np.arange(0, 160, 8, dtype=np.uint8)[None, :, None], 6, axis=0).repeat(3, axis=2)
    middle = enlarged(ramp, 40, 12)[6, 6:-6, 0].astype(float)
    assert np.diff(middle) == pytest.approx(4.0, abs=1.0)


def test_bright_edges_overshoot_into_neither_black_nor_beyond_white() -> None:
    edge = np.zeros((4, 8, 3), np.uint8)
    edge[:, 4:] = 255
    out = enlarged(edge, 21, 9)
    assert (np.diff(out[4, :, 0].astype(int)) >= 0).all()
    assert out[4, 0, 0] == 0
    assert out[4, -1, 0] == 255
