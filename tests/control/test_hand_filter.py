"""A hand's orientation is filtered as its position is, across any number of turns; no filter takes the hand away."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike
from scipy.signal import detrend
from scipy.spatial.transform import Rotation

from control.filters import available
from control.filters.hand import LEVER_M, REACH_M, FilterPair, HandFilter
from robotics.contracts import Trust, Vector
from robotics.errors import ArgumentError, UnknownNameError

RATE_HZ = 1000.0
TREMOR_HZ = 9.0
seeds = st.integers(0, 2**32 - 1)
names = pytest.mark.parametrize("name", available())


def poses(position: Vector, R: Rotation) -> Vector:
    return np.concatenate([position, np.roll(R.as_quat(), 1, axis=-1)], axis=-1)


def orientation(rows: Vector) -> Rotation:
    return Rotation.from_quat(np.roll(rows[..., 3:], -1, axis=-1))


def filtered(name: str, rows: Vector, ages: Vector | None = None) -> Vector:
    f, out = HandFilter(name, RATE_HZ), np.zeros_like(rows)
    for k, row in enumerate(rows):
        f.update(row, out[k], 0.0 if ages is None else ages[k])
    return out


def turning(rng: np.random.Generator, ticks: int, fastest: float) -> tuple[Vector, Rotation]:
    """Turns about an axis that wanders: their sum along the hand's axes, shape (ticks, 3), and the orientations."""
    t = np.arange(ticks)[:, None] / RATE_HZ
    rate = sum(rng.normal(size=3) * np.sin(2 * np.pi * f * t + rng.uniform(0, 6.28, 3)) for f in (0.05, 0.2, 0.6))
    rate *= fastest / np.linalg.norm(rate, axis=1).max()
    quat = np.zeros((ticks, 4))
    R = Rotation.random(random_state=rng)
    for k, step in enumerate(Rotation.from_rotvec(rate / RATE_HZ)):
        R = R * step
        quat[k] = R.as_quat()
    return np.cumsum(rate, axis=0) / RATE_HZ, Rotation.from_quat(quat)


def trembling(rng: np.random.Generator, ticks: int, amplitude: float) -> Vector:
    t = np.arange(ticks)[:, None] / RATE_HZ
    return amplitude * rng.uniform(0.5, 1.0, 3) * np.sin(2 * np.pi * TREMOR_HZ * t + rng.uniform(0, 6.28, 3))


def tremor_of(x: Vector) -> float:
    """Amplitude at the tremor's frequency over whole periods of the end, all axes."""
    end = x[-round(18 * RATE_HZ / TREMOR_HZ) :]
    t, window = np.arange(len(end)) / RATE_HZ, np.hanning(len(end))
    end = detrend(end, axis=0)
    wave = window * np.exp(-2j * np.pi * TREMOR_HZ * t)
    return float(np.linalg.norm(wave @ end) / window.sum() * 2)


@names
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_through_many_turns_the_tremor_goes_as_it_does_from_a_position_and_the_error_is_as_small(
    name: str, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    path, R = turning(rng, 8000, fastest=4.0)
    shake = trembling(rng, 8000, 0.01)
    assert np.linalg.norm(np.diff(path, axis=0), axis=1).sum() > 2 * 2 * np.pi
    rows = poses(LEVER_M * (path + shake), R * Rotation.from_rotvec(shake))
    rows[:, 3:] *= rng.choice([-1.0, 1.0], (8000, 1))
    out = filtered(name, rows)
    np.testing.assert_allclose(np.linalg.norm(out[:, 3:], axis=1), 1.0, atol=1e-12)
    turn_error = (R.inv() * orientation(out)).as_rotvec()
    shift_error = out[:, :3] / LEVER_M - path
    worst = np.linalg.norm(shift_error, axis=1).max()
    assert np.linalg.norm(turn_error, axis=1).max() <= 1.3 * worst + 1e-3
    # What is left of the tremor, over that of the hand: as for the position, and the little that a turn lets through.
    left, left_of_position = tremor_of(turn_error) / tremor_of(shake), tremor_of(shift_error) / tremor_of(shake)
    assert left == pytest.approx(left_of_position, abs=0.07)
    # The quaternion keeps to one side of the double cover: no component jumps.
    assert np.abs(np.diff(out[:, 3:], axis=0)).max() < 0.02


@names
@given(seed=seeds)
@settings(max_examples=3, deadline=None)
def test_turning_the_whole_frame_turns_the_output_and_nothing_else(name: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    path, R = turning(rng, 800, fastest=6.0)
    R = R * Rotation.from_rotvec(trembling(rng, 800, 0.02))
    frame = Rotation.random(random_state=rng)
    plain = filtered(name, poses(path, R))
    turned = filtered(name, poses(path, frame * R))
    assert (orientation(turned).inv() * (frame * orientation(plain))).magnitude().max() < 1e-7
    np.testing.assert_array_equal(plain[:, :3], turned[:, :3])


@names
def test_a_hand_that_trembles_at_the_wrap_is_filtered_as_one_that_does_not(name: str) -> None:
    rng = np.random.default_rng(5)
    shake = Rotation.from_rotvec(trembling(rng, 1500, 0.03))
    still, half_turn = np.zeros((1500, 3)), Rotation.from_rotvec([0.0, np.pi, 0.0])
    rows = poses(still, half_turn * shake)
    rows[:, 3:] *= np.where(rows[:, 3:4] < 0.0, -1.0, 1.0)  # as a device that keeps w positive: flips at the wrap
    assert np.abs(np.diff(rows[:, 3:], axis=0)).max() > 1.9
    at_wrap = orientation(filtered(name, rows))
    elsewhere = orientation(filtered(name, poses(still, shake)))
    assert (at_wrap.inv() * (half_turn * elsewhere)).magnitude().max() < 1e-7


@pytest.mark.parametrize("name", ["none", "butterworth", "one_euro"])
def test_a_hand_that_has_come_to_rest_after_many_turns_is_where_it_is(name: str) -> None:
    rng = np.random.default_rng(7)
    path, R = turning(rng, 5000, fastest=15.0)
    R = R * Rotation.from_rotvec(trembling(rng, 5000, 0.02))
    rest = np.repeat(poses(path, R)[-1:], 3000, axis=0)
    out = filtered(name, np.concatenate([poses(path, R), rest]))
    assert (orientation(out[-1]).inv() * orientation(rest[-1])).magnitude() < 1e-6


class Wrong:
    """A filter that has lost its mind."""

    def __init__(self, value: float) -> None:
        self.axes, self._value, self._heard = 3, value, 0

    def update(self, x: ArrayLike, y: Vector | None = None) -> Vector:
        self._heard += 1
        y = np.empty(3) if y is None else y
        y[:] = np.asarray(x) + (self._value if self._heard > 100 else 0.0)
        return y

    def reset(self, x: ArrayLike | None = None) -> None:
        self._heard = 0

    def delay(self) -> float:
        return 0.0

    def bound(self, span: float) -> float:
        return float("inf")

    def trust(self) -> Trust:
        return Trust.TRUSTED if self._heard else Trust.SETTLING


@pytest.mark.parametrize("value", [0.5, -1e9, np.inf, np.nan])
def test_whatever_a_filter_does_the_hand_stays_in_reach_and_a_number(value: float) -> None:
    f, out = HandFilter("none", RATE_HZ), np.zeros(7)
    f.exchange(FilterPair("wrong", Wrong(value), Wrong(value)))
    path, R = turning(np.random.default_rng(2), 400, fastest=2.0)
    settling = 0
    for row in poses(path, R):
        f.update(row, out)
        settling += f.trust() is Trust.SETTLING
        assert np.linalg.norm(out[:3] - row[:3]) <= REACH_M * (1 + 1e-9)
        assert (orientation(out).inv() * orientation(row)).magnitude() <= REACH_M / LEVER_M * (1 + 1e-9)
    # Without numbers it starts afresh each time, and says so.
    assert settling == (0 if np.isfinite(value) else 3)


@names
def test_a_pose_that_is_not_finite_is_refused_and_changes_nothing(name: str) -> None:
    path, R = turning(np.random.default_rng(4), 60, fastest=2.0)
    clean, poked, a, b = HandFilter(name, RATE_HZ), HandFilter(name, RATE_HZ), np.zeros(7), np.zeros(7)
    for row in poses(path, R):
        for bad in (0, 5):
            broken = row.copy()
            broken[bad] = np.nan
            with pytest.raises(ArgumentError, match="not finite"):
                poked.update(broken, b)
        clean.update(row, a)
        poked.update(row, b)
        np.testing.assert_array_equal(a, b)


def test_a_filter_prepared_elsewhere_is_exchanged_in_full_motion_without_a_jump() -> None:
    rng = np.random.default_rng(9)
    path, R = turning(rng, 4000, fastest=3.0)
    shake = trembling(rng, 4000, 0.01)
    rows = poses(LEVER_M * (path + shake), R * Rotation.from_rotvec(shake))
    f, out, made = HandFilter("none", RATE_HZ), np.zeros_like(rows), []
    maker = threading.Thread(target=lambda: made.append(f.prepare("butterworth")))
    maker.start()
    maker.join()
    for k, row in enumerate(rows):
        if k == 1500:
            f.exchange(made[0])
            assert (f.name, f.exchanging) == ("butterworth", True)
        f.update(row, out[k])
        if k >= 1500:
            with pytest.raises(ArgumentError, match="'butterworth' is in use already"):
                f.exchange(made[0])
    assert not f.exchanging
    np.testing.assert_allclose(out[:1500], filtered("none", rows)[:1500], atol=1e-15)
    steps = np.linalg.norm(np.diff(out[:, :3], axis=0), axis=1)
    turns = (orientation(out[:-1]).inv() * orientation(out[1:])).magnitude()
    # Nothing moves faster than the unfiltered hand does.
    assert steps.max() <= np.linalg.norm(np.diff(rows[:, :3], axis=0), axis=1).max() * 1.05
    assert turns.max() <= (orientation(rows[:-1]).inv() * orientation(rows[1:])).magnitude().max() * 1.05
    assert f.delay() == HandFilter("butterworth", RATE_HZ).delay()
    alone = filtered("butterworth", rows)
    np.testing.assert_allclose(out[-500:, :3], alone[-500:, :3], atol=1e-9)
    assert (orientation(out[-500:]).inv() * orientation(alone[-500:])).magnitude().max() < 1e-6


def test_an_unknown_filter_is_refused_before_anything_is_exchanged() -> None:
    f = HandFilter("none", RATE_HZ)
    with pytest.raises(UnknownNameError, match="butterworth"):
        f.exchange("kalmann")
    assert not f.exchanging
    assert f.name == "none"


def test_a_hand_is_trusted_once_both_parts_have_settled_and_either_found_a_tremor() -> None:
    class Says(Wrong):
        def __init__(self, trust: Trust) -> None:
            super().__init__(0.0)
            self._trust = trust

        def trust(self) -> Trust:
            return self._trust

    for position, turn, together in (
        (Trust.TRUSTED, Trust.SETTLING, Trust.SETTLING),
        (Trust.SETTLING, Trust.NO_TREMOR, Trust.SETTLING),
        (Trust.NO_TREMOR, Trust.TRUSTED, Trust.TRUSTED),
        (Trust.NO_TREMOR, Trust.NO_TREMOR, Trust.NO_TREMOR),
    ):
        f = HandFilter("none", RATE_HZ)
        assert f.trust() is Trust.SETTLING
        f.exchange(FilterPair("says", Says(position), Says(turn)))
        f.update(np.array([0, 0, 0, 1.0, 0, 0, 0]), np.zeros(7))
        assert f.trust() is together


def device(rows: Vector, device_hz: float) -> tuple[Vector, Vector]:
    """What the loop reads of a motion from a device of that rate: poses and their ages."""
    tick = np.arange(len(rows))
    taken = np.floor(np.ceil(np.floor(tick * device_hz / RATE_HZ + 1e-9) * RATE_HZ / device_hz - 1e-9)).astype(int)
    return rows[taken], (tick - taken) / RATE_HZ


@names
@pytest.mark.parametrize("device_hz", [60.0, 90.0, 125.0])
def test_a_slow_device_neither_costs_attenuation_nor_makes_jumps(name: str, device_hz: float) -> None:
    rng = np.random.default_rng(11)
    t = np.arange(6000)[:, None] / RATE_HZ
    shake = trembling(rng, 6000, 3e-4)
    reach = 0.03 * np.sin(2 * np.pi * 0.3 * t + np.array([0.0, 1.0, 2.0]))
    rows = poses(reach + shake, Rotation.from_rotvec((reach + shake) / LEVER_M))
    fast = filtered(name, rows)
    slow = filtered(name, *device(rows, device_hz))
    for part in (slice(0, 3), slice(4, 7)):
        was = tremor_of(rows[:, part])
        decibels = [-20 * np.log10(tremor_of(out[:, part]) / was) for out in (fast, slow)]
        assert decibels[1] >= decibels[0] - 2.0
        # No stair is left: a tick moves the output hardly more than the hand itself ever moves in one.
        assert np.abs(np.diff(slow[1000:, part], axis=0)).max() <= 1.2 * np.abs(np.diff(rows[:, part], axis=0)).max()
