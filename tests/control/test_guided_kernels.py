"""The arithmetic of a guided arm's tick, against the same in numpy."""

from __future__ import annotations

import math

import numpy as np
import pytest

from control.guided_kernels import direction_asked, locate, own_force, rests, take_cuffs
from robotics.arm_config import load_arm_config
from robotics.chain import chain_from_config
from robotics.contracts import Vector
from robotics.kinematics import forward, jacobian

RNG = np.random.default_rng(4)


@pytest.mark.parametrize("name", ["arm_exo", "planar_reach", "wrist_exo"])
def test_tip_and_its_velocity_are_found_in_world(name: str) -> None:
    chain = chain_from_config(load_arm_config(name))
    n = chain.size
    T_world_base = np.eye(4)
    T_world_base[:3, :3] = np.linalg.qr(RNG.normal(size=(3, 3)))[0]
    T_world_base[:3, 3] = 0.3, -0.2, 0.5
    q, dq = chain.home + 0.1, RNG.normal(size=n)
    T_world_tip, pose, J_tip, velocity = np.eye(4), np.zeros(7), np.zeros((3, n)), np.zeros(3)
    speed = locate(
        chain.placement, chain.kind, chain.T_link_tip, T_world_base, q, dq, np.zeros((n, 4, 4)), np.eye(4),
        T_world_tip, pose, np.zeros((6, n)), J_tip, velocity,
    )  # fmt: skip
    assert T_world_tip == pytest.approx(T_world_base @ forward(chain, q), abs=1e-12)
    assert pose[:3] == pytest.approx(T_world_tip[:3, 3], abs=1e-12)
    assert J_tip == pytest.approx(T_world_base[:3, :3] @ jacobian(chain, q)[:3], abs=1e-12)
    h = 1e-6
    moved = T_world_base @ (forward(chain, q + h * dq) - forward(chain, q - h * dq)) / (2.0 * h)
    assert velocity == pytest.approx(moved[:3, 3], abs=1e-7)
    assert speed == pytest.approx(math.sqrt(velocity @ velocity))


def test_what_the_patient_does_is_what_passes_at_the_cuffs_and_what_his_arm_weighs() -> None:
    cuffs, weight, own = RNG.normal(size=5), RNG.normal(size=5), np.zeros(5)
    J, force = np.zeros((1, 5)), np.zeros(1)
    J[0, 3] = 1.0
    own_force(J, cuffs, weight, True, own, np.zeros((1, 1)), force)
    assert force[0] == cuffs[3] + weight[3]
    J, force = RNG.normal(size=(2, 5)), np.zeros(2)
    own_force(J, cuffs, weight, False, own, np.zeros((2, 2)), force)
    assert force == pytest.approx(np.linalg.lstsq(J.T, cuffs + weight, rcond=None)[0], rel=1e-6)


def test_the_way_is_the_reference_s_while_it_moves_and_else_the_path_s_for_a_patient_who_is_to_move() -> None:
    def way(rate: list[float], led: bool, asked: bool) -> Vector:
        direction = np.full(2, np.nan)
        direction_asked(np.array(rate), np.array([0.0, -1.0]), led, asked, direction)
        return direction

    assert way([3.0, 4.0], True, True) == pytest.approx([0.6, 0.8])
    assert way([3.0, 4.0], True, False) == pytest.approx([0.6, 0.8])
    assert way([0.0, 0.0], True, True).tolist() == [0.0, -1.0]
    assert way([0.0, 0.0], True, False).tolist() == [0.0, 0.0]
    assert way([3.0, 4.0], False, False).tolist() == [0.0, 0.0]


def test_a_cuff_without_a_number_is_not_taken_and_neither_are_the_others() -> None:
    measured, cuffs = RNG.normal(size=(3, 6)), np.zeros((2, 6))
    rows = np.array([2, 0])
    assert take_cuffs(measured, rows, cuffs)
    assert (cuffs == measured[rows]).all()
    before = cuffs.copy()
    measured[1, 4] = np.nan  # not even one of this arm's
    measured[2] = 9.0
    assert not take_cuffs(measured, rows, cuffs)
    assert (cuffs == before).all()


@pytest.mark.parametrize(("rate", "still"), [(0.0199, True), (-0.0199, True), (0.0201, False), (math.nan, False)])
def test_an_arm_rests_where_no_joint_moves(rate: float, still: bool) -> None:
    assert rests(np.array([0.001, rate, 0.0]), 0.02) is still
