"""What constrained motion promises, over long random motion of several arms, and what it does at each kind of limit."""

import math

import numpy as np
import pytest
from scipy.optimize import lsq_linear

from control.tick import Flag
from robotics.chain import load_arm
from robotics.config import decode
from robotics.constrained import ConstrainedMotion, ConstrainedMotionConfig, HalfSpace, MotionFlag
from robotics.errors import ArgumentError, ConfigError
from robotics.human_arm import human_arm
from robotics.kinematics import forward, jacobian

DT = 1e-3
POSITION_ONLY = ConstrainedMotionConfig(weights=(1.0, 1.0, 1.0, 0.0, 0.0, 0.0))
PLANAR = ConstrainedMotionConfig(weights=(1.0, 1.0, 0.0, 0.0, 0.0, 0.0))
WITH_ROLL = ConstrainedMotionConfig(weights=(1.0, 1.0, 1.0, 0.0, 0.0, 0.1))
ARMS = {
    "psm": ConstrainedMotionConfig(),
    "iiwa_laparoscope": ConstrainedMotionConfig(),
    "ecm": WITH_ROLL,
    "planar_reach": PLANAR,
    "arm_exo": POSITION_ONLY,
}


def random_twists(rng, ticks, speed, turn=3.0):
    """Twists that jump, drift and rest, of up to a few times ``speed`` [m/s]."""
    twist, goal, gain = np.zeros(6), np.zeros(6), 1.0
    for k in range(ticks):
        if k % 300 == 0:
            goal = rng.normal(size=6) * np.repeat([speed, turn], 3) * rng.choice([0.0, 0.2, 1.0, 3.0])
            gain = rng.choice([1.0, 0.1, 0.01])
        twist = twist + gain * (goal - twist)
        yield twist


def last(run):
    """The last of what `follow` yields."""
    for step in run:
        final = step
    return final


def follow(motion, q, twists, dq=None):
    """Run; yields (q, dq of the previous tick, result) before each step is integrated."""
    q, dq = np.array(q), np.zeros(len(q)) if dq is None else np.array(dq)
    for twist in twists:
        result = motion.step(q, dq, twist)
        yield q, dq, result
        dq = result.dq.copy()
        q = q + dq * motion.dt


def assert_within_limits(chain, q, dq_prev, dq):
    tight = 1.0 + 1e-12
    assert (np.abs(dq) <= chain.velocity * tight).all()
    assert (np.abs(dq - dq_prev) <= chain.acceleration * DT * tight + 1e-15).all()
    after = q + dq * DT
    assert (chain.lower - 1e-15 <= after).all()
    assert (after <= chain.upper + 1e-15).all()


def trocar(chain, q, depth):
    """A point on the shaft ``depth`` before the tip."""
    return forward(chain, q)[:3, 3] - depth * forward(chain, q)[:3, 2]


def shaft_distance(chain, q, point):
    T = forward(chain, q)
    away = point - T[:3, 3]
    return np.linalg.norm(away - away @ T[:3, 2] * T[:3, 2])


@pytest.mark.parametrize("arm", ARMS)
@pytest.mark.parametrize("seed", [0, 1])
def test_no_joint_limit_is_ever_passed_over_long_random_motion(arm, seed):
    chain, rng = load_arm(arm), np.random.default_rng(seed)
    motion = ConstrainedMotion(chain, ARMS[arm], DT)
    stopped = 0
    for q, dq_prev, result in follow(motion, chain.home, random_twists(rng, 8000, 0.5)):
        assert not result.failed
        assert_within_limits(chain, q, dq_prev, result.dq)
        stopped += bool(result.flags & MotionFlag.POSITION_LIMIT)
    assert stopped > 100  # the motion did try them


@pytest.mark.parametrize(("depth", "speed"), [(0.02, 0.05), (0.1, 0.1), (0.2, 0.3)])
def test_the_shaft_stays_on_its_trocar_over_long_random_motion(depth, speed):
    chain, rng = load_arm("iiwa_laparoscope"), np.random.default_rng(2)
    point = trocar(chain, chain.home, depth)
    motion = ConstrainedMotion(chain, POSITION_ONLY, DT, point)
    worst = way = 0.0
    for q, dq_prev, result in follow(motion, chain.home, random_twists(rng, 10_000, speed)):
        assert_within_limits(chain, q, dq_prev, result.dq)
        distance = shaft_distance(chain, q, point)
        assert result.rcm_deviation == pytest.approx(distance, abs=1e-12)
        worst, way = max(worst, distance), way + np.linalg.norm(motion.J[:3] @ result.dq) * DT
    assert way > speed  # it did move
    assert worst < 1e-5  # [m]; a tenth of a tenth of a millimetre


@pytest.mark.parametrize("arm", ["psm", "iiwa_laparoscope", "planar_reach", "arm_exo"])
def test_the_tip_never_enters_a_forbidden_half_space(arm):
    chain, rng = load_arm(arm), np.random.default_rng(4)
    tip, size = forward(chain, chain.home)[:3, 3], 0.02 if arm == "psm" else 0.06
    directions = np.vstack([np.eye(3), -np.eye(3), rng.normal(size=(2, 3))])
    if arm == "planar_reach":
        directions = directions[[0, 1, 3, 4]]
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    spaces = [HalfSpace(normal=tuple(n), offset_m=float(n @ tip - size)) for n in directions]
    motion = ConstrainedMotion(chain, ARMS[arm], DT, half_spaces=spaces)
    touched = 0
    for q, dq_prev, result in follow(motion, chain.home, random_twists(rng, 8000, 0.2)):
        assert_within_limits(chain, q, dq_prev, result.dq)
        p = motion.T_base_tip[:3, 3]
        inside = min(n @ p - space.offset_m for n, space in zip(directions, spaces, strict=True))
        assert inside > 0.0
        touched += inside < 1e-3
    assert touched > 50


def test_all_constraints_hold_together():
    chain, rng = load_arm("iiwa_laparoscope"), np.random.default_rng(5)
    tip, point = forward(chain, chain.home)[:3, 3], trocar(chain, chain.home, 0.15)
    spaces = [HalfSpace(normal=(0, 0, 1), offset_m=tip[2] - 0.03), HalfSpace(normal=(-1, 0.5, 0), offset_m=-0.55)]
    motion = ConstrainedMotion(chain, POSITION_ONLY, DT, point, spaces)
    for q, dq_prev, result in follow(motion, chain.home, random_twists(rng, 10_000, 0.3)):
        assert not result.failed
        assert_within_limits(chain, q, dq_prev, result.dq)
        assert result.rcm_deviation < 1e-5
        p = motion.T_base_tip[:3, 3]
        assert p[2] > spaces[0].offset_m
        assert (-p[0] + 0.5 * p[1]) / math.hypot(1, 0.5) > spaces[1].offset_m


@pytest.mark.parametrize("arm", ["psm", "iiwa_laparoscope"])
def test_where_nothing_limits_the_twist_is_had_as_asked(arm):
    chain, rng = load_arm(arm), np.random.default_rng(6)
    motion = ConstrainedMotion(chain, ConstrainedMotionConfig(), DT)
    q = chain.home + 0.1
    for _ in range(50):
        twist = rng.normal(size=6) * np.repeat([1e-4, 1e-3], 3)
        result = motion.step(q, np.zeros(chain.size), twist)
        assert (result.flags, result.scale) == (0, 1.0)
        reached = jacobian(chain, q) @ result.dq
        np.testing.assert_allclose(reached - twist, result.residual, atol=1e-15)
        assert np.linalg.norm(reached - twist) < 1e-5 * np.linalg.norm(twist)
        assert np.linalg.norm(reached[:3] - twist[:3]) < 1e-5 * np.linalg.norm(twist[:3])


@pytest.mark.parametrize("arm", ["psm", "iiwa_laparoscope", "planar_reach"])
def test_joint_rate_limits_slow_the_motion_and_never_bend_it(arm):
    chain, rng = load_arm(arm), np.random.default_rng(7)
    weighted = np.array(ARMS[arm].weights) > 0.0
    motion = ConstrainedMotion(chain, ARMS[arm], DT)
    slowed = 0
    for _ in range(100):
        twist = rng.normal(size=6) * np.repeat([1.0, 4.0], 3) * weighted
        dq = np.zeros(chain.size)
        for _ in range(3):  # from rest: first accelerations limit
            result = motion.step(chain.home, dq, twist)
            reached = (motion.J @ result.dq)[weighted]
            np.testing.assert_allclose(reached, result.scale * twist[weighted], atol=2e-4 * np.linalg.norm(twist))
            assert result.scale < 1.0
            assert result.flags & (MotionFlag.ACCELERATION_LIMIT | MotionFlag.VELOCITY_LIMIT)
            dq = result.dq.copy()
            slowed += 1
    assert slowed == 300


def test_against_a_wall_the_tip_slides_on_at_full_speed():
    chain = load_arm("iiwa_laparoscope")
    tip = forward(chain, chain.home)[:3, 3]
    motion = ConstrainedMotion(chain, POSITION_ONLY, DT, None, [HalfSpace(normal=(0, 0, 2.0), offset_m=tip[2] - 0.01)])
    twist = np.array([0.0, 0.03, -0.03, 0.0, 0.0, 0.0])  # at 45 degrees into the wall
    _, _, result = last(follow(motion, chain.home, [twist] * 2000))
    assert result.flags == MotionFlag.INFEASIBLE | MotionFlag.HALF_SPACE
    assert result.scale == 1.0
    reached = motion.J[:3] @ result.dq
    np.testing.assert_allclose(reached, [0.0, 0.03, 0.0], atol=1e-5)
    np.testing.assert_allclose(result.residual[:3], [0.0, 0.0, 0.03], atol=1e-5)
    assert motion.T_base_tip[2, 3] - (tip[2] - 0.01) < 1e-5  # it did come up to it


@pytest.mark.parametrize("arm", ["psm", "iiwa_laparoscope", "arm_exo"])
def test_at_position_limits_the_motion_is_the_nearest_there_is(arm):
    # An independent solver of bounded least squares is the oracle; slow twists, so that nothing else limits.
    chain, rng = load_arm(arm), np.random.default_rng(8)
    motion = ConstrainedMotion(chain, ARMS[arm], DT)
    weights, bent = np.array(ARMS[arm].weights), 0
    for _ in range(60):
        share = rng.uniform(0.02, 0.98, chain.size)
        pinned = rng.random(chain.size) < 0.5
        limit = np.where(share < 0.5, chain.lower, chain.upper)
        q = np.where(pinned, limit, chain.lower + share * (chain.upper - chain.lower))
        twist = rng.normal(size=6) * np.repeat([1e-4, 5e-4], 3)
        result = motion.step(q, np.zeros(chain.size), twist)
        if result.scale < 1.0 or result.flags & MotionFlag.SINGULARITY:
            continue
        R = motion.T_base_tip[:3, :3]
        rows = weights[:, None] * np.vstack([motion.J[:3], R.T @ motion.J[3:]])
        wanted = weights * np.concatenate([twist[:3], R.T @ twist[3:]])
        room = np.array([chain.lower - q, chain.upper - q]) / motion.braking_time
        room[1] += 1e-15
        best = lsq_linear(rows, wanted, room, tol=1e-14)
        mine = np.linalg.norm(rows @ result.dq - wanted)
        assert mine <= np.linalg.norm(rows @ best.x - wanted) + 1e-4 * np.linalg.norm(wanted)
        bent += bool(result.flags & MotionFlag.POSITION_LIMIT)
    assert bent > 10


def test_a_reversal_at_a_limit_moves_back_at_once():
    chain = load_arm("planar_reach")
    motion = ConstrainedMotion(chain, PLANAR, DT)
    start = np.array([chain.upper[0] - 0.1, 1.0])
    turn = np.array([1.0, 0.0]) * 0.5  # joint 1 into its upper limit
    q, _, result = last(follow(motion, start, [jacobian(chain, start) @ turn] * 3000))
    assert chain.upper[0] - q[0] < 1e-4
    assert result.flags & MotionFlag.POSITION_LIMIT
    back = jacobian(chain, q) @ -turn
    result = motion.step(q, np.array(result.dq), back)
    assert result.dq[0] <= -0.9 * chain.acceleration[0] * DT  # no wind-up: as quickly as acceleration allows
    _, _, result = last(follow(motion, q, [back] * 100, result.dq))
    assert result.dq[0] == pytest.approx(-0.5, rel=0.05)


def test_at_a_singularity_the_motion_slows_and_goes_on():
    # The arm stretched out: it cannot reach further, but moves sideways, and returns.
    chain = load_arm("iiwa_laparoscope")
    motion = ConstrainedMotion(chain, POSITION_ONLY, DT)
    q = np.array([0.0, 0.8, 0.0, -0.3, 0.0, 0.2, 0.0])
    out = forward(chain, q)[:3, 3] - motion.T_base_link[1, :3, 3]
    out = np.append(0.2 * out / np.linalg.norm(out), np.zeros(3))
    side = np.array([0.0, 0.1, 0.0, 0.0, 0.0, 0.0])
    q, _, result = last(follow(motion, q, [out] * 4000))
    assert result.infeasible
    assert np.linalg.norm(motion.J[:3] @ result.dq) < 0.2 * 0.2
    for twist, slack in ((side, 0.005), (-out, 0.02)):
        dq = result.dq.copy()
        for q, dq_prev, result in follow(motion, q.copy(), [twist] * 600, dq):  # noqa: B020
            assert_within_limits(chain, q, dq_prev, result.dq)
        np.testing.assert_allclose(motion.J[:3] @ result.dq, twist[:3], atol=slack)


def test_a_tip_drawn_to_its_own_trocar_stays_bounded_and_comes_out_again():
    # At the trocar the tip of an instrument cannot move across the shaft at all.
    chain, rng = load_arm("psm"), np.random.default_rng(9)
    motion = ConstrainedMotion(chain, ConstrainedMotionConfig(), DT)
    q, dq = chain.home.copy(), np.zeros(6)
    nearest, pull = np.inf, -1.0
    for k in range(8000):
        p = forward(chain, q)[:3, 3]
        if k == 5000:
            pull = 1.0
        twist = np.append(pull * p * 0.1 / np.linalg.norm(p), np.zeros(3)) + 0.02 * np.sin(
            0.01 * k + rng.normal(size=6)
        )
        result = motion.step(q, dq, twist)
        assert_within_limits(chain, q, dq, result.dq)
        dq = result.dq.copy()
        q = q + dq * DT
        nearest = min(nearest, np.linalg.norm(p))
    assert nearest < 0.02
    assert np.linalg.norm(p) > 0.1


def test_an_arm_set_down_off_its_trocar_comes_back_slowly_and_says_so():
    chain = load_arm("iiwa_laparoscope")
    across = forward(chain, chain.home)[:3, 1]
    point = trocar(chain, chain.home, 0.15) + 0.005 * across
    motion = ConstrainedMotion(chain, POSITION_ONLY, DT, point)
    flags, before = [], None
    for q, dq, result in follow(motion, chain.home, [np.zeros(6)] * 3000):
        assert_within_limits(chain, q, dq, result.dq)
        if before is not None:
            assert abs(result.rcm_deviation - before) <= 1.01 * POSITION_ONLY.recovery_m_s * DT
        before = result.rcm_deviation
        flags.append(result.flags)
    assert flags[0] & MotionFlag.OFF_REMOTE_CENTRE
    assert not flags[-1] & MotionFlag.OFF_REMOTE_CENTRE
    assert result.rcm_deviation < 1e-6


def test_a_tip_set_down_in_a_forbidden_half_space_comes_out():
    chain = load_arm("psm")
    tip = forward(chain, chain.home)[:3, 3]
    wall = HalfSpace(normal=(1, 0, 0), offset_m=tip[0] + 0.004)
    motion = ConstrainedMotion(chain, ConstrainedMotionConfig(), DT, None, [wall])
    for q, dq, result in follow(motion, chain.home, [np.zeros(6)] * 3000):
        assert_within_limits(chain, q, dq, result.dq)
    assert motion.T_base_tip[0, 3] - tip[0] > 0.004 - 1e-6


def test_walls_that_contradict_each_other_leave_the_joints_within_their_limits():
    chain, rng = load_arm("psm"), np.random.default_rng(10)
    tip = forward(chain, chain.home)[0, 3]
    walls = [HalfSpace(normal=(1, 0, 0), offset_m=tip + 0.01), HalfSpace(normal=(-1, 0, 0), offset_m=-tip + 0.01)]
    motion = ConstrainedMotion(chain, ConstrainedMotionConfig(), DT, None, walls)
    for q, dq, result in follow(motion, chain.home, random_twists(rng, 2000, 0.1)):
        assert_within_limits(chain, q, dq, result.dq)
        assert not result.failed
    assert abs(motion.T_base_tip[0, 3] - tip) < 0.002  # the least violation of both lies halfway
    assert result.infeasible


def test_a_failing_solver_brakes_all_joints_together(monkeypatch):
    chain = load_arm("psm")
    motion = ConstrainedMotion(chain, ConstrainedMotionConfig(), DT)
    fast = 3.0 * np.ones(6)
    q, _, result = last(follow(motion, chain.home, [fast] * 30))
    moving = result.dq.copy()
    assert np.abs(moving / chain.velocity).max() > 0.1
    for program in (motion._first, motion._soft):
        monkeypatch.setattr(program, "solve", lambda: (np.zeros(6), False))
    near_limit = np.where(moving > 0.0, chain.upper, chain.lower) - 1e-3 * np.sign(moving)
    result = motion.step(near_limit, moving, fast)
    assert result.failed
    assert result.scale == 0.0
    assert_within_limits(chain, q, moving, result.dq)
    assert (np.abs(result.dq) < np.abs(moving)).all()


@pytest.mark.parametrize("bad", [math.nan, math.inf])
@pytest.mark.parametrize("where", ["q", "dq", "twist"])
def test_an_input_that_is_not_finite_brakes_and_is_forgotten(bad, where):
    chain = load_arm("psm")
    motion = ConstrainedMotion(chain, ConstrainedMotionConfig(), DT)
    inputs = {"q": chain.home.copy(), "dq": np.full(6, 0.1), "twist": np.full(6, 0.01)}
    good = {name: value.copy() for name, value in inputs.items()}
    inputs[where][2] = bad
    result = motion.step(*inputs.values())
    assert result.failed
    assert np.isfinite(result.dq).all()
    assert (np.abs(result.dq) <= 0.1).all()
    assert not motion.step(*good.values()).failed


def test_the_same_inputs_give_the_same_bits_even_where_a_result_is_handed_back():
    chain, point = load_arm("iiwa_laparoscope"), None
    point = trocar(chain, chain.home, 0.1)
    one, two = (ConstrainedMotion(chain, POSITION_ONLY, DT, point) for _ in range(2))
    q, dq = chain.home.copy(), np.zeros(7)
    for twist in random_twists(np.random.default_rng(11), 3000, 0.3):
        a = one.step(q, dq.copy(), twist)
        b = two.step(q, dq, twist)
        np.testing.assert_array_equal(a.dq, b.dq)
        assert (a.flags, a.scale, a.rcm_deviation) == (b.flags, b.scale, b.rcm_deviation)
        dq = b.dq  # the array of the result itself
        q = q + dq * DT


def test_flags_are_those_of_the_tick_record():
    for flag in (MotionFlag.POSITION_LIMIT, MotionFlag.VELOCITY_LIMIT, MotionFlag.ACCELERATION_LIMIT):
        assert int(flag) == Flag[flag.name]
    assert int(MotionFlag.INFEASIBLE) == Flag.TARGET_INFEASIBLE
    assert int(MotionFlag.OFF_REMOTE_CENTRE) == Flag.REMOTE_CENTRE
    assert int(MotionFlag.HALF_SPACE) == Flag.WORKSPACE
    assert not int(MotionFlag.SINGULARITY | MotionFlag.SOLVER_FAILED) & sum(Flag)


def test_a_twist_noisier_than_accelerations_allow_is_followed_on_the_average():
    chain, rng = load_arm("psm"), np.random.default_rng(14)
    motion = ConstrainedMotion(chain, ConstrainedMotionConfig(), DT)
    wanted = np.array([0.01, 0.02, -0.01, 0.0, 0.0, 0.0])
    noisy = (wanted + rng.normal(size=6) * np.repeat([0.02, 0.2], 3) for _ in range(1000))
    way = sum(motion.J @ result.dq for _, _, result in follow(motion, chain.home, noisy)) * DT
    np.testing.assert_allclose(way[:3], wanted[:3], atol=0.003)


def test_settings_are_refused_where_they_make_no_sense():
    chain = load_arm("psm")
    with pytest.raises(ConfigError, match="weights"):
        decode("weights = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0]", ConstrainedMotionConfig)
    with pytest.raises(ConfigError, match="damping_m_s"):
        decode("damping_m_s = -1.0", ConstrainedMotionConfig)
    with pytest.raises(ConfigError, match="normal"):
        decode("normal = [0.0, 0.0, 0.0]\noffset_m = 1.0", HalfSpace)
    with pytest.raises(ArgumentError, match="dt"):
        ConstrainedMotion(chain, ConstrainedMotionConfig(), 0.0)
    with pytest.raises(ArgumentError, match="rcm"):
        ConstrainedMotion(chain, ConstrainedMotionConfig(), DT, [0.0, math.nan, 0.0])
    with pytest.raises(ArgumentError, match="velocity limits"):
        ConstrainedMotion(human_arm("male", 75.0, 1.75, "left"), ConstrainedMotionConfig(), DT)


def test_a_shorter_braking_time_lowers_the_speeds_to_what_brakes_in_time():
    chain, rng = load_arm("iiwa_laparoscope"), np.random.default_rng(13)
    motion = ConstrainedMotion(chain, ConstrainedMotionConfig(braking_time_s=0.05), DT)
    fastest = np.zeros(7)
    for q, dq, result in follow(motion, chain.home, random_twists(rng, 4000, 1.0)):
        assert_within_limits(chain, q, dq, result.dq)
        fastest = np.maximum(fastest, np.abs(result.dq) / (chain.acceleration * 0.05))
    assert fastest.max() == pytest.approx(1.0)
