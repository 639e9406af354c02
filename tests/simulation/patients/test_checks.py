"""The model beside published figures."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from simulation.patients import checks
from tests.simulation.patients.cast import config


def test_holding_the_bare_arm_out_takes_the_published_share_of_strength():
    man = config()
    woman = replace(man, anthropometry=replace(man.anthropometry, sex="female", mass_kg=62.0, height_m=1.64))
    assert 0.22 <= checks.holding_share(man) <= 0.255
    assert checks.holding_share(woman) == pytest.approx(0.34, abs=0.02)


def test_the_arm_weighs_what_its_segments_do():
    assert checks.arm_weight(config()) == pytest.approx((11.934, 2.847), abs=5e-4)


def test_nine_per_cent_can_be_held_for_ever_and_more_for_a_time_that_falls():
    c = config()
    assert c.fatigue.forever() == pytest.approx(3 * [0.0845] + 2 * [0.0934] + 2 * [0.0613], abs=1e-3)
    times = checks.endurance(c, (0.09, 0.10, 0.2, 0.4, 0.6, 0.8))
    assert times[0] == pytest.approx(3600.0, abs=0.1)  # as long as one cares to wait
    assert np.all(np.diff(times) < 0.0)
    assert times[1] < 3600.0
    # While few are fatigued: the time in which F M_A fills up what the load leaves, 1 - share.
    assert times[-1] == pytest.approx(0.2 / (0.00912 * 0.8), rel=0.05)


def test_a_tired_group_recovers_faster_at_rest():
    c = config()
    assert min(c.fatigue.rest_gain.vector()) == 15.0
    assert c.fatigue.rest_gain.wrist_flexion == 30.0


def test_a_hardest_push_gives_the_strength_of_its_direction_and_posture():
    c = config()
    table = c.strength.table("male")
    assert checks.hardest_push(c, "wrist_flexion", 1) == pytest.approx(table[1, 5], rel=0.03)
    assert checks.hardest_push(c, "wrist_flexion", -1) == pytest.approx(table[0, 5], rel=0.03)
    straight, half = (checks.hardest_push(c, "shoulder_flexion", 1, angle) for angle in (0.0, 45.0))
    assert half / straight == pytest.approx(68.6 / 89.9, rel=0.02)
    weak = replace(c, strength=replace(c.strength, share=0.5))
    assert checks.hardest_push(weak, "elbow_flexion", 1, 90.0) == pytest.approx(0.5 * table[1, 3], rel=0.03)


def test_corrections_grow_with_small_errors_and_no_more_with_large_ones():
    turned = [
        float(angles[0] - angles[2]) for angles in (checks.set_out(config(), bias) for bias in (2.0, 4.0, 12.0, 24.0))
    ]
    assert turned[0] > 0.3
    assert turned[1] == pytest.approx(2.0 * turned[0], rel=0.05)
    assert turned[3] == pytest.approx(turned[2], rel=0.08)
    assert turned[3] < 2.0 * turned[1]
