import numpy as np
import pytest

from vr_training.scoring.trocar import Trocar, trocar_force, trocar_peak

SEAL = {"friction_n": 1.0, "ease_m_s": 1e-3, "stiffness_n_m": 1000.0}


def passing(point=(0.0, 0.0, 0.0), arm="a"):
    """A joint that turns about z, then one that slides along its own x, the way the shaft lies."""
    slide = np.array([[0.0, 0.0, 1.0, 0.0], [1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]])
    placement = np.stack([np.eye(4), slide])
    return Trocar(arm, np.array(point), np.array([0.0, 0.0, 1.0]), placement, np.array([0, 1]), np.eye(4), **SEAL)


@pytest.fixture
def ticks(made, reach):
    """Two seconds in at 20 mm/s, two seconds out, turning all the while."""
    found = made(reach(4.0, 0.05, 2.0))
    time = found["time"]
    found["arms"]["a"]["q"][:, 0] = 0.3 * time
    found["arms"]["a"]["q"][:, 1] = 0.05 + 0.02 * (2.0 - np.abs(time - 2.0))
    return found


def test_friction_stands_against_the_motion_and_eases_through_rest(ticks, seen):
    force = trocar_force(seen(ticks), passing())
    assert force.along[500:1800] == pytest.approx(1.0, abs=1e-3)
    assert force.along[2200:3500] == pytest.approx(-1.0, abs=1e-3)
    assert abs(force.along[2000]) < 0.2
    assert force.across == pytest.approx(0.0, abs=1e-9)  # however it turns about the trocar
    assert force.peak_n == pytest.approx(1.0, abs=1e-3)


def test_a_shaft_off_its_trocar_pulls_the_wall_aside(ticks, seen):
    ticks["arms"]["a"]["q"][:, 0] = 0.0  # along x
    ticks["arms"]["a"]["q"][:, 1] = 0.05
    force = trocar_force(seen(ticks), passing(point=(0.01, 0.003, 0.0)))
    assert force.across == pytest.approx(3.0)  # 3 mm at 1 N/mm
    assert force.along == pytest.approx(0.0, abs=1e-9)


def test_the_largest_of_all_arms_counts_and_none_where_no_body_is_entered(ticks, seen):
    assert trocar_peak(seen(ticks), [passing(), passing(arm="other")]) == pytest.approx(1.0, abs=1e-3)
    assert trocar_peak(seen(ticks), []) is None
    assert trocar_force(seen(ticks[:1]), passing()).along.tolist() == [0.0]
