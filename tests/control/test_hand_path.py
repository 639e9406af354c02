"""Staircases become even paths, gaps are caught up with, and turns are unrolled."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from control.guard import SLOWEST_DEVICE_S
from control.hand_path import CATCH_UP, HandPath
from robotics.contracts import Vector
from robotics.errors import ArgumentError

RATE_HZ = 1000.0
DEVICES_HZ = (60.0, 90.0, 125.0, 200.0)


def pose(position: Vector, R: Rotation | None = None) -> Vector:
    return np.concatenate([position, np.roll((R or Rotation.identity()).as_quat(), 1)])


def rotation(pose_: Vector) -> Rotation:
    return Rotation.from_quat(np.roll(pose_[..., 3:], -1, axis=-1))


def device(samples: Vector, device_hz: float) -> tuple[Vector, Vector]:
    """What the loop reads of a motion, one row a tick, from a device of that rate: poses and their ages."""
    tick = np.arange(len(samples))
    taken = np.floor(np.floor(tick * device_hz / RATE_HZ + 1e-9) * RATE_HZ / device_hz).astype(int)
    return samples[taken], (tick - taken) / RATE_HZ


def followed(poses: Vector, ages: Vector) -> Vector:
    path, out = HandPath(RATE_HZ), np.zeros_like(poses)
    for k, row in enumerate(poses):
        path.update(row, ages[k])
        out[k] = path.pose
    return out


def test_a_device_as_fast_as_the_loop_is_passed_on_bit_for_bit() -> None:
    rng = np.random.default_rng(1)
    rows = np.array([pose(p) for p in np.cumsum(rng.normal(0, 1e-4, (500, 3)), axis=0)])
    np.testing.assert_array_equal(followed(rows, np.zeros(500)), rows)
    # At a real clock the age of a fresh sample jitters.
    np.testing.assert_array_equal(followed(rows, rng.uniform(0, 1e-3, 500)), rows)


def test_a_fast_device_that_rests_or_counts_coarsely_is_not_taken_for_a_slow_one() -> None:
    x = np.zeros((600, 3))
    x[:, 0] = 1e-4 * np.floor(np.arange(600) / 20)  # a new step of the encoder every 20 ms
    rows = np.array([pose(p) for p in x])
    np.testing.assert_array_equal(followed(rows, np.zeros(600)), rows)


@pytest.mark.parametrize("device_hz", DEVICES_HZ)
def test_a_staircase_becomes_a_straight_path_with_the_stated_delay(device_hz: float) -> None:
    t = np.arange(2000) / RATE_HZ
    truth = np.array([pose([0.1 * s, 0, 0], Rotation.from_rotvec([0, 0, 2.0 * s])) for s in t])
    poses, ages = device(truth, device_hz)
    path, x, angle = HandPath(RATE_HZ), np.zeros(2000), np.zeros(2000)
    for k in range(2000):
        path.update(poses[k], ages[k])
        x[k], angle[k] = path.pose[0], path.turn[2]
    settled = slice(500, None)
    # Whole ticks between samples alternate where the rates do not divide, so that the speed ripples by a tick's share.
    speed = np.diff(x[settled]) * RATE_HZ
    assert np.abs(speed - 0.1).max() <= 0.1 * 1.2 * device_hz / RATE_HZ
    late = np.mean(t[settled] - x[settled] / 0.1)
    assert late == pytest.approx(path.delay(), abs=1e-3)
    assert late == pytest.approx(1 / device_hz - 1 / RATE_HZ, abs=2e-3)
    np.testing.assert_allclose(angle, 20.0 * x, atol=1e-9)


@pytest.mark.parametrize("device_hz", DEVICES_HZ)
def test_the_images_of_a_tremor_are_squared_down(device_hz: float) -> None:
    t = np.arange(4000) / RATE_HZ
    truth = np.array([pose([1e-4 * np.sin(2 * np.pi * 10.0 * s), 0, 0]) for s in t])
    poses, ages = device(truth, device_hz)
    even = followed(poses, ages)

    def amplitude(x: Vector, f: float) -> float:
        return float(abs(np.mean(x[1000:, 0] * np.exp(-2j * np.pi * f * t[1000:]))) * 2e4)

    image = device_hz - 10.0
    assert amplitude(poses, image) == pytest.approx(10.0 / image, rel=0.15)
    assert amplitude(even, image) < 1.7 * (10.0 / image) ** 2 + 2e-3
    assert amplitude(even, 10.0) > 0.87


@given(seed=st.integers(0, 2**32 - 1), device_hz=st.floats(30.0, 1000.0), jitter=st.floats(0.0, 0.8))
@settings(max_examples=25, deadline=None)
def test_an_uneven_device_gives_a_path_that_never_leaves_what_was_measured_and_arrives(
    seed: int, device_hz: float, jitter: float
) -> None:
    rng = np.random.default_rng(seed)
    path, last, low, high = HandPath(RATE_HZ), np.zeros(3), np.zeros(3), np.zeros(3)
    sample, velocity, due, age = pose(np.zeros(3)), rng.normal(0, 0.1, 3), 0.0, 0.0
    longest_step = 0.0
    for k in range(1500):
        age += 1.0 / RATE_HZ
        if k < 1000 and k >= due:
            due = k + RATE_HZ / device_hz * (1.0 + jitter * rng.uniform(-1, 1))
            sample, age = pose(sample[:3] + velocity * rng.uniform(0, 2) / device_hz), 0.0
            longest_step = max(longest_step, np.abs(sample[:3] - path.position).max())
        low, high = np.minimum(low, sample[:3]), np.maximum(high, sample[:3])
        path.update(sample, min(age, 0.09))
        assert np.all((path.position >= low - 1e-15) & (path.position <= high + 1e-15))
        assert np.abs(path.position - last).max() <= longest_step + 1e-15
        last = path.position.copy()
    np.testing.assert_array_equal(path.pose, sample)


@pytest.mark.parametrize("device_hz", [125.0, 1000.0])
def test_after_a_gap_the_path_catches_up_at_half_as_much_again_as_the_hand_moved(device_hz: float) -> None:
    truth = np.array([pose([0.5 * k / RATE_HZ, 0, 0]) for k in range(1500)])
    poses, ages = device(truth, device_hz)
    gap = 40
    at = 800 + int(RATE_HZ / device_hz) - 1
    poses[at - gap : at] = poses[at - gap - 1]
    ages[at - gap : at] = ages[at - gap - 1] + np.arange(1, gap + 1) / RATE_HZ
    x = followed(poses, ages)[:, 0]
    steps = np.diff(x)[100:]
    assert steps.max() <= CATCH_UP * 1.001 * 0.5 / RATE_HZ
    assert steps.min() >= 0.0
    assert x[-1] == pytest.approx(truth[-1, 0], abs=0.5 * 2.0 / device_hz)
    assert gap / RATE_HZ < SLOWEST_DEVICE_S


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=15, deadline=None)
def test_the_unrolled_turn_knows_neither_wrap_nor_sign_nor_frame(seed: int) -> None:
    rng = np.random.default_rng(seed)
    axis = rng.normal(size=3)
    axis /= np.linalg.norm(axis)
    start, frame = Rotation.random(random_state=rng), Rotation.random(random_state=rng)
    plain, turned = HandPath(RATE_HZ), HandPath(RATE_HZ)
    for k in range(3000):
        R = start * Rotation.from_rotvec(axis * 0.02 * k)
        sign = rng.choice([-1.0, 1.0])
        plain.update(pose(np.zeros(3), R) * sign)
        turned.update(pose(np.zeros(3), frame * R))
    np.testing.assert_allclose(plain.turn, axis * 0.02 * 2999, atol=1e-10)
    np.testing.assert_allclose(turned.turn, plain.turn, atol=1e-10)


@pytest.mark.parametrize("bad", [np.full(7, np.nan), np.array([0, 0, 0, 0, 0, 0, 0.0]), np.array([np.inf] + [0.5] * 6)])
def test_what_is_no_pose_is_refused_and_changes_nothing(bad: Vector) -> None:
    clean, poked = HandPath(RATE_HZ), HandPath(RATE_HZ)
    for k in range(50):
        row = pose([1e-3 * (k // 8), 0, 0], Rotation.from_rotvec([0.01 * (k // 8), 0, 0]))
        with pytest.raises(ArgumentError, match="is not finite or has no orientation"):
            poked.update(bad, 0.0)
        for path in (clean, poked):
            path.update(row, 1e-3 * (k % 8))
        np.testing.assert_array_equal(clean.pose, poked.pose)
        np.testing.assert_array_equal(clean.turn, poked.turn)
