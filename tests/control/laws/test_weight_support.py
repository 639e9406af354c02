"""The support carries the arm: from a table, or from postures in which it was held; softly, and only where it knows."""

from __future__ import annotations

import numpy as np
import pytest

from control.laws.weight_support import LimbLoad, WeightSupport, limb_loads
from robotics.chain import load_arm
from robotics.dynamics import GRAVITY, gravity_torque
from robotics.errors import ArgumentError
from robotics.human_arm import human_arm
from robotics.kernels.kinematics import link_poses
from robotics.rotations import matrix_from_rotation_vector

DT = 1e-3
ROBOT = load_arm("arm_exo")
MAN, WOMAN = human_arm("male", 85.0, 1.82, "right"), human_arm("female", 60.0, 1.65, "right")
UPRIGHT = np.eye(4)


def poses(q: np.ndarray) -> np.ndarray:
    T = np.empty((ROBOT.size, 4, 4))
    link_poses(ROBOT.placement, ROBOT.kind, q, T)
    return T


def postures(count: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(ROBOT.lower, ROBOT.upper, (count, ROBOT.size))


def carried(loads, q: np.ndarray, T_world_base=UPRIGHT) -> np.ndarray:
    """Torques of full support in each posture, shape (k, n)."""
    support = WeightSupport(ROBOT, T_world_base, GRAVITY, DT, rate_kg_s=1e6)
    support.set_table(loads)
    tau = np.empty(q.shape)
    for row, posture in zip(tau, q, strict=True):
        support.torque(poses(posture), 1.0, row)
    return tau


def of_the_person(person, q: np.ndarray, gravity=GRAVITY) -> np.ndarray:
    """Torques that the person's own chain takes in the same postures, wrist straight, at the robot's joints."""
    whole = np.zeros((len(q), person.size))
    whole[:, : ROBOT.size] = q
    return np.array([gravity_torque(person, posture, gravity=gravity)[: ROBOT.size] for posture in whole])


def test_the_table_of_anthropometry_carries_that_persons_arm() -> None:
    q = postures(30, 1)
    loads = limb_loads(MAN, ROBOT)
    assert [load.link for load in loads] == [2, 4]
    assert sum(load.mass for load in loads) == pytest.approx(MAN.mass.sum())
    tau = of_the_person(MAN, q)
    # The robot's upper arm is not of the man's length: its elbow is elsewhere, which the shoulder feels.
    assert np.abs(carried(loads, q) - tau).max() < 0.08 * np.abs(tau).max()


def test_a_robot_of_the_persons_own_lengths_is_exact() -> None:
    q = postures(30, 1)
    whole = np.zeros((30, 7))
    whole[:, :5] = q
    support = WeightSupport(MAN, UPRIGHT, GRAVITY, DT, rate_kg_s=1e6)
    support.set_table(limb_loads(MAN, MAN))
    T, tau = np.empty((7, 4, 4)), np.empty(7)
    for posture in whole:
        link_poses(MAN.placement, MAN.kind, posture, T)
        support.torque(T, 1.0, tau)
        np.testing.assert_allclose(tau, gravity_torque(MAN, posture), atol=1e-12)


def test_a_tilted_base_is_accounted_for() -> None:
    T_world_base = np.eye(4)
    T_world_base[:3, :3] = matrix_from_rotation_vector([0.3, -0.4, 0.2])
    q, loads = postures(5, 2), limb_loads(MAN, ROBOT)
    gravity_base = T_world_base[:3, :3].T @ GRAVITY
    level = WeightSupport(ROBOT, UPRIGHT, gravity_base, DT, rate_kg_s=1e6)
    level.set_table(loads)
    tau = np.empty(ROBOT.size)
    for posture, expected in zip(q, carried(loads, q, T_world_base), strict=True):
        level.torque(poses(posture), 1.0, tau)
        np.testing.assert_allclose(tau, expected, atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_postures_with_noise_find_the_torques_of_another_person(seed: int) -> None:
    rng = np.random.default_rng(seed)
    support = WeightSupport(ROBOT, UPRIGHT, GRAVITY, DT)
    support.set_table(limb_loads(WOMAN, ROBOT))  # what is known before
    truth = limb_loads(MAN, ROBOT)
    q = postures(20, seed)
    found = support.identify(q, carried(truth, q) + rng.normal(0.0, 0.3, q.shape))
    assert found.residual_nm == pytest.approx(0.3, rel=0.35)
    assert 1.0 <= found.condition < 30.0
    fresh = postures(200, 100 + seed)
    tau = carried(truth, fresh)
    wrong = np.abs(carried(found.loads, fresh) - tau)
    assert wrong.max() < 0.05 * np.abs(tau).max()
    # Of the guess from the wrong person many times that is missing.
    guess = np.abs(carried(support.loads, fresh) - tau)
    assert guess.max() > 5.0 * wrong.max()


def test_without_noise_it_is_exact_and_leaves_what_cannot_be_told_apart_alone() -> None:
    support = WeightSupport(ROBOT, UPRIGHT, GRAVITY, DT)
    guess, truth = limb_loads(WOMAN, ROBOT), limb_loads(MAN, ROBOT)
    q = postures(15, 3)
    support.set_table(guess)
    found = support.identify(q, carried(truth, q))
    assert found.residual_nm < 1e-9
    np.testing.assert_allclose(carried(found.loads, postures(20, 4)), carried(truth, postures(20, 4)), atol=1e-8)
    # Told what is so, it finds it so, to the parameters.
    support.set_table(truth)
    for load, other in zip(support.identify(q, carried(truth, q)).loads, truth, strict=True):
        assert load.mass == pytest.approx(other.mass)
        np.testing.assert_allclose(load.com, other.com, atol=1e-9)


def test_postures_that_do_not_determine_it_are_refused() -> None:
    support = WeightSupport(ROBOT, UPRIGHT, GRAVITY, DT)
    truth = limb_loads(MAN, ROBOT)
    support.set_table(truth)
    alike = postures(1, 5) + np.random.default_rng(0).normal(0.0, 0.01, (30, ROBOT.size))
    hanging = np.zeros((30, ROBOT.size))
    elbow_alone = np.zeros((30, ROBOT.size))
    elbow_alone[:, 3] = np.linspace(0.2, 2.0, 30)
    for q in (alike, hanging, elbow_alone, postures(1, 6)):
        with pytest.raises(ArgumentError, match="do not determine"):
            support.identify(q, carried(truth, q))
    with pytest.raises(ArgumentError, match="carry the arm"):
        WeightSupport(ROBOT, UPRIGHT, GRAVITY, DT).identify(hanging, hanging)


def test_support_comes_and_goes_at_no_more_than_two_kilograms_a_second() -> None:
    support = WeightSupport(ROBOT, UPRIGHT, GRAVITY, DT)
    loads = limb_loads(MAN, ROBOT)
    total = sum(load.mass for load in loads)
    support.set_table(loads)
    T, tau, kg, torques = poses(np.array([1.5, 0.0, 0.0, 0.3, 0.0])), np.empty(ROBOT.size), [0.0], []
    rng = np.random.default_rng(0)
    wanted = 1.0
    for k in range(8000):
        if k > 4000 and k % 500 == 0:
            wanted = rng.random()
        if k == 6000:
            support.set_table(limb_loads(WOMAN, ROBOT))
        support.torque(T, wanted, tau)
        kg.append(support.carried_kg)
        torques.append(tau.copy())
    assert np.abs(np.diff(kg)).max() <= 2.0 * DT * (1 + 1e-9)
    assert np.flatnonzero(np.array(kg) >= total - 1e-9)[0] == pytest.approx(total / 2.0 / DT, abs=2)
    # 2 kg/s at the reach of an arm is at most 2 * 9.81 * 0.6 Nm/s.
    assert np.abs(np.diff(torques, axis=0)).max() <= 2.0 * 9.81 * 0.6 * DT
    for level in (0.0, float("nan")):
        for _ in range(4000):
            support.torque(T, level, tau)
        np.testing.assert_array_equal(tau, 0.0)


def test_a_table_that_cannot_be_is_refused() -> None:
    support = WeightSupport(ROBOT, UPRIGHT, GRAVITY, DT)
    for loads in (
        [LimbLoad(9, 1.0, np.zeros(3))],
        [LimbLoad(2, 1.0, np.zeros(3)), LimbLoad(2, 1.0, np.zeros(3))],
        [LimbLoad(2, np.nan, np.zeros(3))],
    ):
        with pytest.raises(ArgumentError):
            support.set_table(loads)
    with pytest.raises(ArgumentError):
        WeightSupport(ROBOT, UPRIGHT, GRAVITY, 0.0)
