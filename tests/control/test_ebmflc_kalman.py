"""The enhanced combiner learns where the tremor is, forgets it when it is gone, and tells it from the hand's motion."""

from __future__ import annotations

import numpy as np

from control.filters import create
from robotics.contracts import Trust

RATE_HZ = 1000.0


def test_the_band_narrows_to_where_the_tremor_is() -> None:
    f = create("ebmflc_kalman", RATE_HZ, axes=2)
    t = np.arange(12000) / RATE_HZ
    tones = np.array([8.0, 11.0])
    for row in 1e-4 * np.sin(2 * np.pi * np.outer(t, tones)):
        f.update(row)
    frequencies, strengths = f.band()
    strongest = frequencies[strengths.argmax(axis=1)]
    assert np.all(np.abs(strongest - tones) <= 0.75)
    # The line that carries the tremor is many times as strong as the one at the other axis' tremor.
    for axis, other in ((0, 11.0), (1, 8.0)):
        assert strengths[axis].max() > 5 * strengths[axis][np.abs(frequencies - other).argmin()]


def test_voluntary_motion_beside_the_tremor_is_kept() -> None:
    f = create("ebmflc_kalman", RATE_HZ, axes=1)
    t = np.arange(12000) / RATE_HZ
    meant = 2.5e-3 * np.sin(2 * np.pi * 0.4 * t)
    tremor = 8e-5 * (np.sin(2 * np.pi * 8.6 * t) + np.sin(2 * np.pi * 10.2 * t))
    y = np.array([f.update([value])[0] for value in meant + tremor])
    assert (y - meant)[6000:].std() < 0.35 * tremor.std()


def test_a_tremor_that_is_gone_is_forgotten() -> None:
    f = create("ebmflc_kalman", RATE_HZ, axes=1)
    t = np.arange(12000) / RATE_HZ
    x = 1e-4 * np.sin(2 * np.pi * 9.0 * t) * (t < 6.0)
    for k, value in enumerate(x):
        y = f.update([value])[0]
        if k == 5900:
            assert f.trust() is Trust.TRUSTED
    assert f.trust() is Trust.NO_TREMOR
    assert abs(y) < 1e-6
