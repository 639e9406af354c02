"""A bevelled needle meets each boundary once, rubs and cuts between them, and bends to the side of its bevel."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from simulation import tasks
from simulation.needle_tissue import NeedleInTissue

SETTINGS = tasks.load("needle_insertion")
DOWN = np.diag([1.0, -1.0, -1.0])  # z down, x along world x, y along minus world y
DT, PACE = 1e-3, 0.005


def roll(angle: float) -> np.ndarray:
    c, s = math.cos(angle), math.sin(angle)
    return DOWN @ np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def needle(curvature: float = SETTINGS.needle.curvature_1_m) -> NeedleInTissue:
    return NeedleInTissue(SETTINGS.layers, SETTINGS.needle, curvature, 0.0)


def push(made: NeedleInTissue, start: float, stop: float, pace: float = PACE, axes=DOWN, aside: float = 0.0):
    """Straight down or up from one depth to another; depth, axial force and punctures of each step."""
    seen = []
    step = math.copysign(pace * DT, stop - start)
    for depth in np.arange(start, stop, step):
        made.step(np.array([aside, 0.0, -depth]), axes, np.array([0.0, 0.0, -step / DT]))
        seen.append((depth, made.axial_n, made.punctured))
    return np.array(seen)


def test_every_boundary_is_pressed_to_its_peak_then_drops_and_that_once() -> None:
    made = needle()
    seen = push(made, -0.002, 0.04)
    at = np.nonzero(np.diff(seen[:, 2]))[0]
    assert len(at) == len(SETTINGS.layers) == made.punctures
    for layer, k in zip(SETTINGS.layers, at, strict=True):
        peak, after = seen[k, 1], seen[k + 5, 1]
        assert after < peak - 0.3 * layer.puncture_n
        assert layer.puncture_n * 0.97 <= peak <= layer.puncture_n + 0.3  # friction of the layers above comes on top
    assert push(made, 0.04, 0.02)[:, 2].min() == len(SETTINGS.layers)
    push(made, 0.02, 0.04)
    assert made.punctures == len(SETTINGS.layers)


def test_before_the_puncture_it_is_the_stated_spring_and_comes_back() -> None:
    made, skin = needle(), SETTINGS.layers[0]
    seen = push(made, 0.0, 0.002)
    expected = skin.stiffness_n_m * seen[:, 0] + skin.stiffening_n_m2 * seen[:, 0] ** 2
    np.testing.assert_allclose(seen[:, 1], expected, atol=1e-9)
    assert not made.entered
    back = push(made, 0.002, 0.0)
    assert back[-1, 1] == pytest.approx(0.0, abs=0.01)
    assert made.punctures == 0


def test_deep_in_the_organ_cutting_and_friction_are_those_of_the_layers() -> None:
    made = needle(curvature=1e-9)
    push(made, -0.001, 0.040)
    force = push(made, 0.040, 0.041)[-1, 1]
    share = PACE / math.hypot(PACE, 1e-3)

    def rubbing(depth: float) -> float:
        lengths = (0.002, 0.008, 0.012, depth - 0.022)
        return sum(layer.friction_n_m * length for layer, length in zip(SETTINGS.layers, lengths, strict=True))

    friction = rubbing(0.041)
    assert force == pytest.approx(share * (SETTINGS.layers[-1].cutting_n + friction), rel=1e-3)
    out = push(made, 0.041, 0.040)[-1, 1]
    assert out == pytest.approx(-share * rubbing(0.040), rel=1e-3)  # no cutting on the way back
    again = push(made, 0.040, 0.0405)[-1, 1]
    assert again == pytest.approx(share * rubbing(0.0405), rel=1e-3)  # nor in its own track
    assert 0.1 < share * friction / force < 0.4


def test_from_1_to_10_mm_a_second_speed_makes_next_to_no_difference() -> None:
    forces = []
    for pace in (0.002, 0.010):
        made = needle()
        push(made, -0.001, 0.03, pace)
        forces.append(push(made, 0.03, 0.031, pace)[-1, 1])
    assert forces[0] == pytest.approx(forces[1], rel=0.12)


def test_the_tip_goes_along_a_circle_of_the_stated_curvature_to_the_side_of_the_bevel() -> None:
    made = needle(4.5)
    push(made, -0.001, 0.045)
    start = made.entry
    moved = made.tip - start
    # The part that was pressed in before the puncture lies straight; the rest is the circle's.
    skin = SETTINGS.layers[0]
    straight = (
        math.sqrt(skin.stiffness_n_m**2 + 4.0 * skin.stiffening_n_m2 * skin.puncture_n) - skin.stiffness_n_m
    ) / (2.0 * skin.stiffening_n_m2)
    bent = made.depth - straight
    expected = (1.0 - math.cos(4.5 * bent)) / 4.5
    assert moved[1] == pytest.approx(-expected, abs=2e-5)  # the bevel points to the second axis, minus y here
    assert moved[0] == pytest.approx(0.0, abs=1e-9)
    assert made.heading[1] == pytest.approx(-math.sin(4.5 * bent), abs=1e-3)
    assert np.linalg.norm(made.heading) == pytest.approx(1.0)
    with_none = needle(1e-9)
    push(with_none, -0.001, 0.045)
    assert abs(with_none.tip[1]) < 1e-9


def test_half_a_turn_at_29_percent_brings_it_back_and_none_does_not() -> None:
    missed = {}
    for turn in (0.0, math.pi):
        made = needle(4.5)
        push(made, -0.001, 0.002)
        push(made, 0.002, 0.002 + 0.293 * 0.04)
        push(made, 0.002 + 0.293 * 0.04, 0.042, axes=roll(turn))
        missed[turn] = abs(made.tip[1])
    assert missed[0.0] > 0.003
    assert missed[math.pi] < 0.0004


def test_drawn_back_it_goes_back_in_its_own_track_whatever_the_bevel_does() -> None:
    made = needle()
    push(made, -0.001, 0.02)
    there = made.tip.copy()
    push(made, 0.02, 0.04)
    push(made, 0.04, 0.02, axes=roll(math.pi))
    assert np.linalg.norm(made.tip - there) < 2e-5


def test_out_of_the_tissue_it_must_puncture_anew() -> None:
    made = needle()
    push(made, -0.001, 0.01)
    push(made, 0.01, -0.002)
    assert not made.entered
    assert made.punctured == 0
    before = made.punctures
    push(made, -0.002, 0.01)
    assert made.punctures == 2 * before


def test_the_shaft_is_held_where_it_entered() -> None:
    made = needle()
    push(made, -0.001, 0.02)
    assert made.lateral_n == pytest.approx(0.0, abs=1e-9)
    made.step(np.array([0.001, 0.0, -0.02]), DOWN, np.zeros(3))
    assert made.lateral_n == pytest.approx(SETTINGS.needle.lateral_n_m * 0.001)
    assert made.force[0] == pytest.approx(-made.lateral_n)


def test_no_way_in_and_out_gives_energy() -> None:
    made = needle()
    work = 0.0
    rng = np.random.default_rng(3)
    path = np.concatenate([np.linspace(-0.001, 0.03, 6000), np.linspace(0.03, -0.001, 6000)])
    path += 0.0005 * np.interp(np.arange(12000), np.arange(0, 12000, 300), rng.normal(size=40))
    for a, b in pairwise(path):
        made.step(np.array([0.0, 0.0, -0.5 * (a + b)]), DOWN, np.array([0.0, 0.0, -(b - a) / DT]))
        work -= made.axial_n * (b - a)
    assert work < -0.01


def test_its_pieces_join_from_hub_to_tip() -> None:
    made = needle()
    push(made, -0.001, 0.04)
    poses = np.zeros((12, 7))
    place = np.array([0.0, 0.0, -0.04])
    made.segments(place, DOWN[:, 2], poses)
    np.testing.assert_allclose(poses[0, :3], [0.0, 0.0, SETTINGS.needle.length_m - 0.04], atol=1e-9)
    piece = SETTINGS.needle.length_m / 12
    gaps = np.linalg.norm(np.diff(poses[:, :3], axis=0), axis=1)
    np.testing.assert_allclose(gaps, piece, rtol=0.02)
    np.testing.assert_allclose(np.linalg.norm(poses[:, 3:], axis=1), 1.0)
    w, x, y, z = poses[-1, 3:]
    ahead = np.array([2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y)])
    assert np.linalg.norm(poses[-1, :3] + piece * ahead - made.tip) < 2e-4
