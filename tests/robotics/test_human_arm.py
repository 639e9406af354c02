"""The human arm against published numbers, anatomy, and its own mirror image."""

import math

import numpy as np
import pinocchio as pin
import pytest

from robotics.dynamics import gravity_torque, mass_matrix
from robotics.errors import ArgumentError, UnknownNameError
from robotics.human_arm import LENGTHS, RANGES_DEG, SEGMENTS, human_arm
from robotics.kinematics import forward
from tests.robotics.oracle import pinocchio_model

ALL = [(sex, side) for sex in ("female", "male") for side in ("left", "right")]
MIRROR = np.diag([1.0, -1.0, 1.0])


def posture(**degrees):
    return np.radians([degrees.get(name, 0.0) for name in RANGES_DEG])


def test_holding_the_arm_out_takes_what_the_segments_weigh():
    # By hand for a man of 75 kg and 1.75 m, g = 9.81 m/s^2: the moments of three point masses on a horizontal line.
    arm = human_arm("male", 75.0, 1.75, "right")
    for q in (posture(shoulder_flexion=90.0), posture(shoulder_abduction=90.0, shoulder_rotation=90.0)):
        tau = gravity_torque(arm, q, gravity=(0.0, 0.0, -9.81))
        shoulder = tau[0] if q[0] else tau[1]
        assert shoulder == pytest.approx(11.934, abs=5e-4)
    tau = gravity_torque(arm, posture(shoulder_flexion=90.0), gravity=(0.0, 0.0, -9.81))
    assert tau[3] == pytest.approx(2.847, abs=5e-4)


@pytest.mark.parametrize(("sex", "side"), ALL)
def test_an_arm_that_hangs_takes_no_torque(sex, side):
    assert np.abs(gravity_torque(human_arm(sex, 70.0, 1.7, side), posture())).max() < 1e-12


@pytest.mark.parametrize(("sex", "side"), ALL)
def test_each_joint_moves_the_hand_the_way_its_name_says(sex, side):
    arm, out = human_arm(sex, 70.0, 1.7, side), -1.0 if side == "right" else 1.0
    length = 1.7 * (LENGTHS[0] + LENGTHS[1])

    def hand(**degrees):
        return forward(arm, posture(**degrees))

    reach = -hand()[2, 3]
    assert reach > length
    np.testing.assert_allclose(hand(shoulder_flexion=90.0)[:3, 3], [reach, 0.0, 0.0], atol=1e-12)
    np.testing.assert_allclose(hand(shoulder_abduction=90.0)[:3, 3], [0.0, out * reach, 0.0], atol=1e-12)
    bent = hand(elbow_flexion=90.0)
    np.testing.assert_allclose(bent[:3, 3], [reach - 1.7 * LENGTHS[0], 0.0, -1.7 * LENGTHS[0]], atol=1e-12)
    assert hand(elbow_flexion=90.0, shoulder_rotation=30.0)[1, 3] * out < -0.05  # internal: towards the trunk
    # Tip axes are the base's at q = 0: x of the hand is where the thumb points, -z where the fingers do.
    thumb = hand(elbow_flexion=90.0, forearm_pronation=60.0)[:3, 0]
    assert thumb[1] * out < -0.8  # pronated, the thumb comes inwards and the palm down
    assert hand(wrist_flexion=45.0)[1, 3] * out < -0.02  # the palm faces inwards
    assert hand(wrist_deviation=20.0)[0, 3] < -0.02  # away from the thumb


@pytest.mark.parametrize("sex", ["female", "male"])
def test_the_left_arm_is_the_mirror_image_of_the_right(sex):
    rng = np.random.default_rng(3)
    left, right = human_arm(sex, 62.0, 1.68, "left"), human_arm(sex, 62.0, 1.68, "right")
    for _ in range(50):
        q = rng.uniform(right.lower, right.upper)
        a, b = forward(left, q), forward(right, q)
        np.testing.assert_allclose(a[:3, 3], MIRROR @ b[:3, 3], atol=1e-12)
        np.testing.assert_allclose(a[:3, :3], MIRROR @ b[:3, :3] @ MIRROR, atol=1e-12)
        np.testing.assert_allclose(gravity_torque(left, q), gravity_torque(right, q), atol=1e-12)
        np.testing.assert_allclose(mass_matrix(left, q), mass_matrix(right, q), atol=1e-12)


@pytest.mark.parametrize(("sex", "side"), ALL)
def test_dynamics_agree_with_pinocchio(sex, side):
    arm, rng = human_arm(sex, 81.0, 1.83, side), np.random.default_rng(5)
    model = pinocchio_model(arm)
    data = model.createData()
    for _ in range(20):
        q = rng.uniform(arm.lower, arm.upper)
        M = np.triu(pin.crba(model, data, q))
        M += np.triu(M, 1).T
        np.testing.assert_allclose(mass_matrix(arm, q), M, atol=1e-10)
        if abs(math.cos(q[1])) > 0.05:  # at 90 degrees of abduction two axes of the shoulder are one
            assert np.linalg.eigvalsh(M)[0] > 0.0


@pytest.mark.parametrize(("sex", "side"), ALL)
def test_segments_are_bodies_that_can_exist_and_weigh_their_share(sex, side):
    arm = human_arm(sex, 80.0, 1.8, side)
    assert arm.mass.sum() == pytest.approx(80.0 * sum(segment.mass for segment in SEGMENTS[sex]))
    for link in np.flatnonzero(arm.mass):
        moments = np.linalg.eigvalsh(arm.inertia[link])
        assert moments[0] > 0.0
        assert moments[0] + moments[1] > moments[2]
    assert ((arm.lower <= arm.home) & (arm.home <= arm.upper)).all()


def test_what_no_person_is_is_refused_with_the_bounds():
    with pytest.raises(UnknownNameError, match="female, male"):
        human_arm("other", 70.0, 1.7, "left")
    with pytest.raises(UnknownNameError, match="left, right"):
        human_arm("male", 70.0, 1.7, "middle")
    with pytest.raises(ArgumentError, match="2 to 400 kg"):
        human_arm("male", math.nan, 1.7, "left")
    with pytest.raises(ArgumentError, match=r"0\.4 to 2\.6 m"):
        human_arm("male", 70.0, 170.0, "left")
