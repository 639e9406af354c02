"""A guided calibration taken apart: tremor and motion come out as they went in, and the halves never mix."""

from __future__ import annotations

import numpy as np
import pytest

from control.tremor.calibration import LEAD_S, calibration
from control.tremor.recording_facts import peak_frequency
from robotics.errors import InputFileError

RATE = 1000.0
PART = 10_000


def trembling(rest=1.0, second_hz=9.0):
    """Hand, phases, tremor and motion: 10 s each of hold, trace and rest; tremor changes in the middle of a part."""
    t = np.arange(3 * PART) / RATE
    phase = np.repeat((0, 1, 2), PART)
    f = np.where(t % 10.0 < 5.4, 9.0, second_hz)
    shake = 1e-4 * np.column_stack([np.sin(2 * np.pi * f * t + p) for p in (0.0, 1.0, 2.0)])
    shake[2 * PART :] *= rest
    motion = np.zeros((3 * PART, 3))
    tracing = (t - 10.0)[PART : 2 * PART]
    motion[PART : 2 * PART, 0] = 0.04 * np.sin(2 * np.pi * tracing / 5.0)
    motion[PART : 2 * PART, 1] = 0.02 * np.sin(4 * np.pi * tracing / 5.0)
    return motion + shake, phase, shake, motion


def test_tremor_and_motion_come_out_as_they_went_in():
    hand, phase, shake, motion = trembling()
    found = calibration(hand, phase, RATE)
    assert found.hold.shape[1] == found.trace.shape[1] == 3
    assert np.sqrt(np.mean(found.hold**2)) == pytest.approx(np.sqrt(np.mean(shake**2)), rel=0.02)
    lead = round(LEAD_S * RATE)
    inner = slice(500, -500)
    meant = motion[PART + lead : 2 * PART]
    np.testing.assert_allclose(found.trace[inner], (meant - meant[0])[inner], atol=2e-4)


def test_the_halves_are_first_and_second_halves_in_new_combinations():
    hand, phase, *_ = trembling(second_hz=6.0)
    halves = calibration(hand, phase, RATE).halves()
    assert {round(peak_frequency(r.tremor, RATE)) for r in halves.train} == {9}
    assert {round(peak_frequency(r.tremor, RATE)) for r in halves.validation} == {6}
    for records in (halves.train, halves.validation):
        assert {r.kind for r in records} == {"trace", "holds", "gestures"}
        assert {r.name.split()[0] for r in records} == {"hold", "rest"}
        for r in records:
            np.testing.assert_allclose(r.measured, r.voluntary + r.tremor, atol=5 * 4e-6 + 1e-6)


def test_a_rest_without_tremor_is_not_fitted_to():
    hand, phase, *_ = trembling(rest=0.1)
    found = calibration(hand, phase, RATE)
    assert list(found.tremors) == ["hold"]
    assert {r.name.split()[0] for r in found.halves().train} == {"hold"}


def test_a_part_that_was_broken_off_is_said_and_its_longest_stretch_is_enough():
    hand, phase, *_ = trembling()
    broken = phase.copy()
    broken[2000:2100] = -1
    assert len(calibration(hand, broken, RATE).hold) < len(calibration(hand, phase, RATE).hold)
    broken[5000:5100] = -1
    with pytest.raises(InputFileError, match=r"the hold has 4\.9 s without a break, 6\.5 s are needed"):
        calibration(hand, broken, RATE)
    with pytest.raises(InputFileError, match=r"the rest has 0\.0 s"):
        calibration(hand, np.where(phase == 2, -1, phase), RATE)


def test_a_still_hand_is_nothing_to_fit_to():
    _, phase, shake, motion = trembling()
    with pytest.raises(InputFileError, match="nothing to fit"):
        calibration(motion + 1e-3 * shake, phase, RATE).halves()
