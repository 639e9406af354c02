"""Tone in step with the loop: the slope of what resists the speed, and nothing of what a patient does by himself."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from control.patient_guard import PatientGuard, PatientLimits
from control.tick import Flag
from control.tone import ToneWatch
from robotics.guidance import Space

DT = 0.002
LOW, HIGH = np.array([-0.1]), np.array([2.6])

Resists = Callable[[float, float, float], float]
"""Torque of the limb at an angle, a speed and an acceleration."""


def there_and_back(peak_rad_s: float, times: int = 1) -> np.ndarray:
    """Angle, speed and acceleration of minimum-jerk movements between 0.4 and 2.0 rad, shape (ticks, 3)."""
    rows = []
    T = 1.875 * 1.6 / peak_rad_s
    s = np.arange(0.0, 1.0, DT / T)
    way, rate = 10 * s**3 - 15 * s**4 + 6 * s**5, (30 * s**2 - 60 * s**3 + 30 * s**4) / T
    gain = (60 * s - 180 * s**2 + 120 * s**3) / T**2
    for _ in range(times):
        rows += [np.stack([0.4 + 1.6 * way, 1.6 * rate, 1.6 * gain], 1)]
        rows += [np.stack([2.0 - 1.6 * way, -1.6 * rate, -1.6 * gain], 1)]
    return np.concatenate(rows)


def slope(limb: Resists, motion: np.ndarray) -> float:
    watch = ToneWatch(LOW, HIGH, DT)
    most = 0.0
    for q, dq, ddq in motion:
        most = max(most, watch.feel(np.array([q]), np.array([dq]), np.array([limb(q, dq, ddq)])))
    return most


def relaxed(q: float, dq: float, ddq: float) -> float:
    """A limb with its weight misjudged by 1.5 Nm, a spring, an inertia, and 0.4 Nm s/rad."""
    return 1.5 * np.cos(q) - 2.0 * (q - 1.0) - 0.09 * ddq - 0.4 * dq


def spastic(q: float, dq: float, ddq: float) -> float:
    """The same with flexors that resist being stretched, past a threshold, by their angle and speed."""
    return relaxed(q, dq, ddq) + 2.0 * max(1.9 - q, 0.0) * max(-dq, 0.0) + 1.2 * min(max((1.9 - q) / 0.2, 0.0), 1.0)


@pytest.mark.parametrize("peak", [0.26, 0.8, 2.6])
def test_the_slope_of_a_damper_is_found_at_any_speed_whatever_else_the_limb_does(peak: float):
    assert slope(relaxed, there_and_back(peak)) == pytest.approx(0.4, rel=0.1)


@pytest.mark.parametrize("peak", [0.26, 0.8, 2.6])
def test_spastic_muscles_raise_it(peak: float):
    assert slope(spastic, there_and_back(peak)) > 0.9


def test_who_moves_his_arm_himself_and_who_shakes_has_none():
    assert slope(lambda q, dq, ddq: relaxed(q, dq, ddq) + 1.5 * np.sign(dq), there_and_back(0.4)) == 0.0
    watch, most = ToneWatch(LOW, HIGH, DT), 0.0
    for tick, (q, dq, ddq) in enumerate(there_and_back(0.4)):
        phase = 32.0 * DT * tick  # his own muscles shake the arm by a degree, about five times a second
        shaken, rate = q + 0.02 * np.sin(phase), dq + 0.64 * np.cos(phase)
        own = relaxed(q, dq, ddq) + 0.3 * np.cos(phase)
        most = max(most, watch.feel(np.array([shaken]), np.array([rate]), np.array([own])))
    assert most < 0.5


def test_nothing_is_known_before_the_same_angles_were_passed_both_ways():
    motion = there_and_back(0.5)
    assert slope(spastic, motion[: len(motion) // 2]) == 0.0


def test_the_guard_tells_it_once_and_only_while_he_is_asked_to_relax():
    def flags(limit: float, limb: Resists, relaxes: bool = True) -> int:
        guard = PatientGuard(PatientLimits(tone_nms_rad=limit), Space.JOINT, 1, LOW, HIGH, DT)
        found = [
            guard.check_tone(np.array([q]), np.array([dq]), np.array([limb(q, dq, ddq)]), relaxes)
            for q, dq, ddq in there_and_back(0.5)
        ]
        return sum(1 for each in found if each & Flag.TONE)

    assert flags(0.7, spastic) == 1
    assert flags(0.7, relaxed) == 0
    assert flags(0.0, spastic) == 0  # nobody asked for it
    assert flags(0.7, spastic, relaxes=False) == 0
