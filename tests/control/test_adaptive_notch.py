"""The adaptive notch follows a drifting frequency, without bias, and takes the tremor at zero phase."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from control.filters import create
from control.filters.adaptive_notch import Settings, build
from robotics import config
from robotics.errors import ArgumentError

RATE_HZ = 1000.0


@pytest.mark.parametrize("width_hz", [0.5, 2.0, 6.0])
@pytest.mark.parametrize("frequency_hz", [7.0, 9.1, 12.5])
def test_one_sine_is_found_without_bias_whatever_the_width(width_hz: float, frequency_hz: float) -> None:
    settings = config.load_named("filters", "adaptive_notch", Settings)
    f = build(msgspec.structs.replace(settings, width_hz=width_hz, frequency_s=0.5), RATE_HZ, 1)
    for k in range(15000):
        f.update([1e-4 * np.sin(2 * np.pi * frequency_hz * k / RATE_HZ)])
    assert f.frequency()[0] == pytest.approx(frequency_hz, abs=0.01)


def test_its_frequency_comes_near_with_the_time_constant_of_its_settings() -> None:
    settings = config.load_named("filters", "adaptive_notch", Settings)
    f = build(msgspec.structs.replace(settings, width_hz=4.0, frequency_s=2.0, start_hz=9.5), RATE_HZ, 1)
    phase = 0.0
    for k in range(14000):
        phase += 2 * np.pi * (9.5 if k < 12000 else 10.0) / RATE_HZ
        f.update([1e-4 * np.sin(phase)])
    assert (10.0 - f.frequency()[0]) / 0.5 == pytest.approx(np.exp(-1.0), abs=0.08)


def test_it_follows_a_drifting_frequency_through_a_moving_hand() -> None:
    f = create("adaptive_notch", RATE_HZ, axes=1)
    t = np.arange(20000) / RATE_HZ
    drift = 9.5 + 1.5 * np.sin(2 * np.pi * 0.05 * t)
    tremor = 1e-4 * np.sin(2 * np.pi * np.cumsum(drift) / RATE_HZ)
    meant = 2.5e-3 * np.sin(2 * np.pi * 0.3 * t)
    notch, left = np.empty(len(t)), np.empty(len(t))
    for k, value in enumerate(meant + tremor):
        left[k] = f.update([value])[0] - meant[k]
        notch[k] = f.frequency()[0]
    assert np.corrcoef(notch[5000:], drift[5000:])[0, 1] > 0.9
    assert left[5000:].std() < 0.35 * tremor.std()


def test_a_band_that_the_rate_cannot_carry_is_refused() -> None:
    settings = config.load_named("filters", "adaptive_notch", Settings)
    with pytest.raises(ArgumentError, match="half of the rate"):
        build(msgspec.structs.replace(settings, band_high_hz=60.0), 100.0, 1)
