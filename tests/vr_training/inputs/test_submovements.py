import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robotics.rotations import quaternion_from_rotation_vector
from vr_training.inputs.quaternion import turn_between
from vr_training.inputs.submovements import Submovements

START = np.array([0.01, 0.02, 0.03, 1.0, 0.0, 0.0, 0.0])


def test_one_submovement_is_a_minimum_jerk_reach():
    motion = Submovements()
    motion.reset(START)
    motion.begin(0.0, 2.0, np.array([0.1, 0.0, 0.0]), np.zeros(3))
    x = []
    for time in np.linspace(0.0, 2.0, 2001):
        motion.advance(time)
        x.append(motion.pose[0])
    speed = np.gradient(x, 1e-3)
    assert x[0] == 0.01
    assert x[-1] == pytest.approx(0.11, abs=1e-12)
    assert speed.max() == pytest.approx(1.875 * 0.1 / 2.0, rel=1e-4)
    assert speed[0] == pytest.approx(0.0, abs=1e-6)


@given(
    shifts=st.lists(st.tuples(*[st.floats(-0.2, 0.2)] * 3), min_size=1, max_size=4),
    starts=st.lists(st.floats(0.0, 1.0), min_size=4, max_size=4),
    durations=st.lists(st.floats(0.1, 2.0), min_size=4, max_size=4),
)
def test_overlapping_submovements_add_up_and_never_jump(shifts, starts, durations):
    motion = Submovements()
    motion.reset(START)
    for shift, start, duration in zip(shifts, sorted(starts), durations, strict=False):
        motion.begin(start, duration, np.array(shift), np.zeros(3))
    end = motion.end()[:3]
    np.testing.assert_allclose(end, START[:3] + np.sum(shifts, axis=0), atol=1e-12)
    before, fastest = START[:3].copy(), 0.0
    for time in np.arange(0.0, 3.2, 0.01):
        motion.advance(time)
        fastest = max(fastest, float(np.linalg.norm(motion.pose[:3] - before)))
        before = motion.pose[:3].copy()
    np.testing.assert_allclose(before, end, atol=1e-12)
    bound = sum(1.875 * np.linalg.norm(s) / d for s, d in zip(shifts, durations, strict=False)) * 0.01
    assert fastest <= bound * (1.0 + 1e-6) + 1e-12


def test_turns_follow_each_other_along_fixed_axes():
    motion, w = Submovements(), np.zeros(3)
    motion.reset(START)
    first, second = np.array([0.4, 0.0, 0.0]), np.array([0.0, 0.7, 0.0])
    motion.begin(0.0, 1.0, np.zeros(3), first)
    motion.begin(0.5, 1.0, np.zeros(3), second)
    halfway = quaternion_from_rotation_vector(first)
    turn_between(halfway, motion.end()[3:], w)
    np.testing.assert_allclose(w, second, atol=1e-12)
    motion.advance(9.0)
    np.testing.assert_allclose(motion.pose, motion.end(), atol=1e-15)
    assert np.linalg.norm(motion.pose[3:]) == pytest.approx(1.0, abs=1e-12)
