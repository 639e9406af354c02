"""The weighted-frequency combiner locks on a tremor, follows it and stays in phase."""

from __future__ import annotations

import numpy as np
import pytest

from control.filters import create

RATE_HZ = 1000.0


def test_it_locks_on_a_sine_of_any_frequency_in_its_band_and_cancels_it() -> None:
    frequencies = np.array([7.5, 9.0, 10.3, 12.0])
    f = create("wflc", RATE_HZ, axes=len(frequencies))
    t = np.arange(12000) / RATE_HZ
    x = 1e-4 * np.sin(2 * np.pi * np.outer(t, frequencies) + 0.7)
    y = np.array([f.update(row) for row in x])
    np.testing.assert_allclose(f.frequency(), frequencies, atol=0.02)
    assert np.all(y[9000:].std(axis=0) < 0.02 * x[9000:].std(axis=0))


def test_it_follows_a_drifting_sine_through_a_moving_hand() -> None:
    f = create("wflc", RATE_HZ, axes=1)
    t = np.arange(20000) / RATE_HZ
    drift = 9.5 + 1.5 * np.sin(2 * np.pi * 0.05 * t)
    tremor = 1e-4 * np.sin(2 * np.pi * np.cumsum(drift) / RATE_HZ)
    meant = 2.5e-3 * np.sin(2 * np.pi * 0.3 * t)
    locked, left = np.empty(len(t)), np.empty(len(t))
    for k, value in enumerate(meant + tremor):
        left[k] = f.update([value])[0] - meant[k]
        locked[k] = f.frequency()[0]
    assert np.abs(locked - drift)[5000:].max() < 0.8
    assert np.corrcoef(locked[5000:], drift[5000:])[0, 1] > 0.95
    assert left[5000:].std() < 0.35 * tremor.std()


def test_a_tremor_with_harmonics_is_not_taken_for_half_of_its_frequency() -> None:
    f = create("wflc_rehab", RATE_HZ, axes=1)
    t = np.arange(12000) / RATE_HZ
    tremor = 1e-3 * (np.sin(2 * np.pi * 6.0 * t) + 0.25 * np.sin(2 * np.pi * 12.0 * t + 1.0))
    y = np.array([f.update([value])[0] for value in tremor])
    assert f.frequency()[0] == pytest.approx(6.0, abs=0.1)
    # Both lines go: what is left is far below the harmonic alone.
    assert y[9000:].std() < 0.25 * (0.25e-3 / np.sqrt(2))


def test_the_frequency_never_leaves_the_band() -> None:
    f = create("wflc", RATE_HZ, axes=1)
    rng = np.random.default_rng(5)
    for value in np.cumsum(rng.normal(0.0, 1e-3, 4000)):
        f.update([value])
        assert 6.0 - 1e-9 <= f.frequency()[0] <= 14.0 + 1e-9
