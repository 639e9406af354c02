"""The monitor takes no line's skirt for another line."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from control.filters.imm import Imm, Settings
from control.filters.switching.monitor import Monitor
from robotics import config
from robotics.contracts import Vector

RATE_HZ = 1000.0


def heard(x: Vector, lowest_hz: float = 3.5, highest_hz: float = 13.25) -> Monitor:
    """What the default's monitor has heard by the end of a motion ``x``, shape (n, 3) [m]."""
    preset = config.load(config.find("filters", "default"), Settings)
    f = Imm(replace(preset, lowest_hz=lowest_hz, highest_hz=highest_hz), RATE_HZ, 3)
    for row in x:
        f.update(row)
    return f.groups[0].monitor


def line(hz: float, rms_m: float, seconds: float) -> Vector:
    """A steady tremor, out of phase between the axes, shape (n, 3) [m]."""
    time = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    phase = 2.0 * np.pi * hz * time[:, None] + np.array([0.0, 1.0, 2.5])
    return np.asarray(np.sqrt(2.0) * rms_m * np.sin(phase))


@pytest.mark.parametrize("hz", [4.2, 5.7, 7.0, 9.0])
def test_the_skirt_of_a_line_is_no_second_line(hz: float) -> None:
    power = heard(line(hz, 1e-3, 6.0)).power
    assert np.all(power[1] < 0.15 * power[0])


@pytest.mark.parametrize(("first", "second"), [(5.0, 7.25), (8.75, 5.75)])
def test_a_second_line_is_heard_as_strong_as_it_is(first: float, second: float) -> None:
    monitor = heard(line(first, 1e-3, 8.0) + line(second, 0.5e-3, 8.0))
    assert monitor.frequency[1] == pytest.approx(second, abs=0.5)
    np.testing.assert_allclose(monitor.power[1], 0.25e6, rtol=0.35)


def test_a_band_with_no_room_for_a_second_line_is_heard_all_the_same() -> None:
    monitor = heard(line(10.5, 1e-3, 4.0), 9.0, 12.0)
    assert np.all(np.isfinite(monitor.power))
    assert np.all(monitor.power[1] < 0.15 * monitor.power[0])
