"""The servo of the tip: straight for its target within its bounds, and with constrained motion without overshoot."""

import math

import numpy as np
import pytest

from robotics.chain import load_arm
from robotics.constrained import ConstrainedMotion, ConstrainedMotionConfig, servo_twist
from robotics.kinematics import forward
from tests.robotics.oracle import random_rotation

DT = 1e-3


def servo_run(motion, target_at, ticks, v_max, w_max, a_max, alpha_max):
    """Errors of the tip's position over a run under the servo, shape (ticks, 3)."""
    chain = motion.chain
    q, dq, twist = chain.home.copy(), np.zeros(chain.size), np.zeros(6)
    errors = []
    for k in range(ticks):
        T, (target, feedforward) = forward(chain, q), target_at(k * DT)
        errors.append(target[:3, 3] - T[:3, 3])
        servo_twist(T, target, np.full(2, 1.0 / DT), v_max, w_max, twist, a_max, alpha_max, feedforward)
        dq = motion.step(q, dq, twist).dq.copy()
        q = q + dq * DT
    return np.array(errors)


def swaying(start):
    """A target that starts at rest and comes to sway by 10 mm at 1 Hz."""

    def at(t):
        T, twist = start.copy(), np.zeros(6)
        size, growth = 0.01 * (1.0 - math.exp(-t * t)), 0.02 * t * math.exp(-t * t)
        phase = 2.0 * math.pi * t
        way = np.array([math.sin(phase), math.cos(phase), 0.5 * math.sin(2.0 * phase)])
        rate = 2.0 * math.pi * np.array([math.cos(phase), -math.sin(phase), math.cos(2.0 * phase)])
        T[:3, 3] += size * way
        twist[:3] = growth * way + size * rate
        return T, twist

    return at


def test_a_moving_target_is_followed_one_period_behind():
    chain = load_arm("psm")
    motion, target = ConstrainedMotion(chain, ConstrainedMotionConfig(), DT), swaying(forward(chain, chain.home))
    errors = servo_run(motion, lambda t: (target(t)[0], None), 3000, 0.5, 6.0, math.inf, math.inf)
    fastest = max(np.linalg.norm(target(t)[1]) for t in np.arange(0.0, 3.0, DT))
    assert np.linalg.norm(errors, axis=1).max() < 1.05 * fastest * DT


def test_with_the_targets_own_twist_a_moving_target_is_followed_without_lag():
    chain = load_arm("psm")
    motion, target = ConstrainedMotion(chain, ConstrainedMotionConfig(), DT), swaying(forward(chain, chain.home))
    errors = servo_run(motion, target, 3000, 0.5, 6.0, 0.5, 30.0)
    assert np.linalg.norm(errors, axis=1).max() < 2e-6


def test_a_target_that_jumps_is_reached_without_overshoot():
    chain = load_arm("psm")
    motion, target = ConstrainedMotion(chain, ConstrainedMotionConfig(), DT), forward(chain, chain.home)
    way = np.array([0.01, -0.012, 0.008])
    target[:3, 3] += way
    errors = servo_run(motion, lambda _: (target, None), 1500, 0.2, 6.0, 0.5, 30.0)
    along = errors @ way / np.linalg.norm(way)
    assert along.min() > -1e-5
    assert np.abs(errors[-1]).max() < 1e-6


def test_the_servo_heads_straight_for_the_target_within_its_bounds():
    rng, out = np.random.default_rng(12), np.zeros(6)
    for _ in range(200):
        T, target = np.eye(4), np.eye(4)
        T[:3, :3], target[:3, :3] = random_rotation(rng), random_rotation(rng)
        target[:3, 3] = rng.normal(size=3) * rng.choice([1e-6, 1e-3, 1.0])
        servo_twist(T, target, np.array([50.0, 20.0]), 0.1, 1.0, out)
        assert np.linalg.norm(out[:3]) == pytest.approx(min(0.1, 50.0 * np.linalg.norm(target[:3, 3])))
        assert np.linalg.norm(np.cross(out[:3], target[:3, 3])) < 1e-12
        assert np.linalg.norm(out[3:]) <= 1.0 + 1e-12
        alone = out.copy()
        servo_twist(T, target, np.array([50.0, 20.0]), 0.1, 1.0, out, math.inf, math.inf, np.full(6, 0.01))
        assert np.linalg.norm(out[:3]) <= 0.1 + 1e-12
        if np.linalg.norm(alone[:3]) < 0.05:
            np.testing.assert_allclose(out[:3], alone[:3] + 0.01, atol=1e-12)
