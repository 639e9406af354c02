"""The arm's dynamics: the same as everywhere else, calm under stiff cuffs, the same bits every time."""

from __future__ import annotations

import math

import numpy as np
import pytest
from msgspec.structs import replace
from numba.core.runtime import _nrt_python
from scipy.spatial.transform import Rotation

from robotics.config import names
from robotics.dynamics import forward_dynamics, mass_matrix
from robotics.guidance import Cue, Guidance, Moment
from robotics.human_arm import RANGES_DEG
from robotics.kernels.kinematics import link_poses, point_jacobian
from simulation.patients.motion import advance
from simulation.patients.planning import perceive
from tests.robotics.test_kernels import allocations
from tests.simulation.patients.cast import TIP, config, limp, made, posture

NO_WRENCH = np.zeros((3, 6))
CARRIERS = (2, 4, 6)
LOW, HIGH = np.radians(np.array(list(RANGES_DEG.values()))).T
GIMBAL = posture(shoulder_abduction=90.0, elbow_flexion=60.0)


def turned(rng):
    base = np.eye(4)
    base[:3, :3] = Rotation.random(random_state=rng.integers(1 << 30)).as_matrix()
    base[:3, 3] = rng.normal(size=3)
    return base


def links(chain, q):
    T = np.empty((7, 4, 4))
    link_poses(chain.placement, chain.kind, q, T)
    return T


@pytest.mark.parametrize("seed", range(4))
def test_a_short_step_is_forward_dynamics_under_any_cuffs(seed):
    rng = np.random.default_rng(seed)
    h = 1e-6
    q, dq, base = rng.uniform(LOW + 0.2, HIGH - 0.2), rng.normal(size=7), turned(rng)
    patient = made(limp(1e-9), q, dt=h, base=base)
    patient.dq[:] = dq
    wrench = rng.normal(size=(3, 6)) * [20.0, 20.0, 20.0, 2.0, 2.0, 2.0]
    patient.step(wrench)

    T, J, tau = links(patient.chain, q), np.empty((6, 7)), np.zeros(7)
    for segment, link in enumerate(CARRIERS):
        point_jacobian(T, patient.chain.kind, link, T[link, :3, 3].copy(), J)
        R = base[:3, :3].T
        tau += J.T @ np.concatenate([R @ wrench[segment, :3], R @ wrench[segment, 3:]])
    gravity = base[:3, :3].T @ [0.0, 0.0, -9.81]
    expected = forward_dynamics(patient.chain, q, dq, tau, gravity=gravity)
    np.testing.assert_allclose((patient.dq - dq) / h, expected, rtol=2e-3, atol=2e-3 * np.abs(expected).max())


def test_an_arm_without_friction_keeps_its_energy():
    h = 1e-4
    patient = made(limp(1e-9), posture(shoulder_flexion=70.0, shoulder_rotation=20.0, elbow_flexion=60.0), dt=h)
    chain = patient.chain

    def energy():
        T = links(chain, patient.q)
        heights = [T[i, 2, :3] @ chain.com[i] + T[i, 2, 3] for i in range(7)]
        return 0.5 * patient.dq @ mass_matrix(chain, patient.q) @ patient.dq + 9.81 * chain.mass @ heights

    start, most, kinetic = energy(), 0.0, 0.0
    for _ in range(6):
        for _ in range(500):
            patient.step(NO_WRENCH)
        most = max(most, abs(energy() - start))
        kinetic = max(kinetic, 0.5 * patient.dq @ mass_matrix(chain, patient.q) @ patient.dq)
    assert kinetic > 2.0  # it did swing
    assert most < 0.01 * kinetic


def test_viscosity_takes_energy_and_the_arm_comes_to_hang():
    patient = made(limp(1.0), posture(shoulder_flexion=60.0, elbow_flexion=40.0))
    for _ in range(8000):
        patient.step(NO_WRENCH)
    assert np.abs(patient.q[[0, 1]]).max() < 0.02
    assert np.abs(patient.dq).max() < 0.02


def test_segments_move_as_their_poses_do():
    rng = np.random.default_rng(1)
    patient = made(config("stroke_moderate"), posture(elbow_flexion=60.0), dt=1e-5, base=turned(rng))
    wrench = rng.normal(size=(3, 6)) * 5.0
    for _ in range(2000):
        patient.step(wrench)
    before = patient.T_world_segment.copy()
    patient.step(wrench)
    after, V = patient.T_world_segment, patient.V_world_segment
    for segment in range(3):
        np.testing.assert_allclose((after[segment, :3, 3] - before[segment, :3, 3]) / 1e-5, V[segment, :3], atol=1e-3)
        turn = Rotation.from_matrix(after[segment, :3, :3] @ before[segment, :3, :3].T).as_rotvec() / 1e-5
        np.testing.assert_allclose(turn, V[segment, 3:], atol=1e-3)
    assert np.abs(V).max() > 0.1
    assert np.abs(patient.trunk).max() > 1e-4


class Cuffs:
    """Stiff springs that hold each segment where it was at first."""

    def __init__(self, patient, stiffness, turning):
        self.patient, self.k, self.kr = patient, stiffness, turning
        self.anchor, self.wrench = patient.T_world_segment.copy(), np.zeros((3, 6))

    def pull(self):
        for i in range(3):
            T, V = self.patient.T_world_segment[i], self.patient.V_world_segment[i]
            away = Rotation.from_matrix(self.anchor[i, :3, :3] @ T[:3, :3].T).as_rotvec()
            self.wrench[i, :3] = self.k * (self.anchor[i, :3, 3] - T[:3, 3]) - 0.005 * self.k * V[:3]
            self.wrench[i, 3:] = self.kr * away - 0.01 * self.kr * V[3:]
        return self.wrench


@pytest.mark.parametrize("name", ["healthy", "stroke_flaccid", "stroke_spastic", "parkinson", "cerebellar_ataxia"])
@pytest.mark.parametrize("stiffness", [2000.0, 5000.0])
def test_stiff_cuffs_hold_any_patient_calmly_in_any_posture(name, stiffness):
    rng = np.random.default_rng(3)
    c = config(name)
    low, high = c.range.passive_deg.radians()
    for q in [GIMBAL, posture(shoulder_abduction=90.0), *rng.uniform(low, high, size=(2, 7))]:
        patient = made(c, q)
        patient.instruct(TIP)
        patient.reset(rng, q, np.eye(4))
        cuffs = Cuffs(patient, stiffness, 30.0)
        cue = Cue(0.0, Guidance.at_rest(patient.tip.copy()), following=True)
        cue.guidance.moment = Moment.MOVE
        cue.guidance.goal = patient.tip + rng.normal(size=3) * 0.2
        for i in range(900):
            patient.see(cue)
            patient.step(cuffs.pull())
            if i > 300:
                assert np.abs(patient.V_world_segment[:, :3]).max() < 1.0
                # At the gimbal posture two axes may turn against each other: the segments must not.
                assert np.abs(patient.V_world_segment[:, 3:]).max() < 6.0
        assert np.linalg.norm(patient.T_world_segment[:, :3, 3] - cuffs.anchor[:, :3, 3], axis=1).max() < 0.06


def test_the_gimbal_posture_does_not_make_the_joints_race():
    patient = made(config(), GIMBAL)
    cuffs = Cuffs(patient, 5000.0, 30.0)
    fastest = 0.0
    for i in range(2000):
        patient.step(cuffs.pull())
        if i > 500:
            fastest = max(fastest, np.abs(patient.dq).max())
    assert fastest < 0.2


@pytest.mark.parametrize("name", names("patients"))
def test_nothing_becomes_infinite_whatever_is_done_to_a_patient(name):
    rng = np.random.default_rng(len(name))
    c = config(name)
    for _ in range(3):
        q = rng.uniform(-3.2, 3.2, size=7)
        patient = made(c, q)
        patient.instruct(TIP)
        patient.reset(rng, q, turned(rng))
        cue = Cue(0.0, Guidance.at_rest(patient.tip.copy()), following=True)
        for i in range(600):
            if i % 100 == 0:
                cue.guidance.moment = Moment(int(rng.integers(5)))
                cue.guidance.movement += 1
                cue.guidance.goal = rng.normal(size=3)
                cue.guidance.reference = rng.normal(size=3)
                cue.guidance.duration_s = float(rng.uniform(0.01, 3.0))
                wrench = rng.normal(size=(3, 6)) * 300.0 * rng.uniform()
            patient.see(cue)
            patient.step(wrench)
        for array in (patient.q, patient.dq, patient.T_world_segment, patient.V_world_segment, patient.trunk):
            assert np.all(np.isfinite(array))
        assert np.all(np.isfinite(patient.muscle_torque + patient.passive_torque + patient.sound_side))


def run(seed, name="stroke_spastic"):
    patient = made(config(name), posture(elbow_flexion=50.0), seed=seed)
    cue = Cue(0.0, Guidance.at_rest(patient.q.copy()), following=True)
    cue.guidance.moment, cue.guidance.goal = Moment.MOVE, patient.q + 0.4
    for _ in range(1500):
        patient.see(cue)
        patient.step(NO_WRENCH)
    return np.concatenate([patient.q, patient.muscle_torque, patient.trunk])


def test_the_same_seed_gives_the_same_bits_and_another_one_does_not():
    assert np.array_equal(run(1, "cerebellar_ataxia"), run(1, "cerebellar_ataxia"))
    assert not np.array_equal(run(1, "cerebellar_ataxia"), run(2, "cerebellar_ataxia"))


def test_no_step_allocates():
    c = config("stroke_spastic")
    c = replace(c, tremor=config("essential_tremor").tremor, ataxia=config("cerebellar_ataxia").ataxia)
    c = replace(c, synergy=config("stroke_synergy").synergy)
    patient = made(c)
    patient.instruct(TIP)
    patient.reset(np.random.default_rng(0), posture(elbow_flexion=60.0), np.eye(4))
    cue = Cue(0.0, Guidance.at_rest(patient.tip.copy()), following=True)
    cue.guidance.moment, cue.guidance.goal = Moment.MOVE, patient.tip + 0.1
    for _ in range(600):
        patient.see(cue)
        patient.step(NO_WRENCH)
    _nrt_python.memsys_enable_stats()
    try:
        assert allocations(advance, patient._state, patient._parameters, NO_WRENCH) == 0
        assert allocations(perceive, patient._state, patient._parameters) == 0
    finally:
        _nrt_python.memsys_disable_stats()


def test_the_trunk_gives_way_by_force_over_stiffness():
    c = config()
    patient = made(c)
    wrench = np.zeros((3, 6))
    wrench[0, 1] = 30.0  # at the shoulder's own centre: the arm feels nothing of it
    for _ in range(1500):
        patient.step(wrench)
    assert patient.trunk[1] == pytest.approx(30.0 / c.trunk.stiffness_n_m[1], rel=0.01)
    assert math.isclose(patient.T_world_segment[0, 1, 3], patient.trunk[1], abs_tol=1e-9)
