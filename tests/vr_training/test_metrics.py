import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robotics.errors import ArgumentError
from vr_training.metrics import ldlj, sparc


def minimum_jerk(rate=100, seconds=1.0):
    s = np.linspace(0.0, 1.0, round(rate * seconds) + 1)
    return 30 * s**2 - 60 * s**3 + 30 * s**4


BELL = np.exp(-5.0 * np.arange(-1.0, 1.0, 0.01) ** 2)


@pytest.mark.parametrize(
    ("profile", "arc", "jerk"), [(minimum_jerk(), -1.405829, -5.301633), (BELL, -1.414031, -5.816357)]
)
def test_known_profiles_have_their_published_values(profile, arc, jerk):
    assert sparc(profile, 100.0) == pytest.approx(arc, abs=1e-6)
    assert ldlj(profile, 100.0) == pytest.approx(jerk, abs=1e-6)


@given(size=st.floats(1e-3, 1e3))
def test_smoothness_does_not_depend_on_size(size):
    assert sparc(size * BELL, 100.0) == pytest.approx(sparc(BELL, 100.0), rel=1e-9)
    assert ldlj(size * BELL, 100.0) == pytest.approx(ldlj(BELL, 100.0), rel=1e-9)


def test_two_submovements_are_less_smooth_than_one():
    two = np.concatenate([minimum_jerk(), minimum_jerk()])
    assert sparc(two, 100.0) < sparc(minimum_jerk(seconds=2.0), 100.0)
    assert ldlj(two, 100.0) < ldlj(minimum_jerk(seconds=2.0), 100.0)


def test_log_dimensionless_jerk_hardly_depends_on_the_duration():
    assert ldlj(minimum_jerk(seconds=4.0), 100.0) == pytest.approx(ldlj(minimum_jerk(rate=400), 400.0), abs=1e-9)


@pytest.mark.parametrize("profile", [[], [1.0], np.zeros(50)])
def test_profiles_without_motion_have_no_smoothness(profile):
    assert np.isnan(sparc(profile, 100.0))
    assert np.isnan(ldlj(profile, 100.0))


def test_a_rate_of_zero_and_a_table_are_refused():
    with pytest.raises(ArgumentError, match="above 0"):
        sparc(BELL, 0.0)
    with pytest.raises(ArgumentError, match="one dimension"):
        ldlj(np.zeros((10, 3)), 100.0)
