"""A round probe feels Hertz's law, feels a lump through it, and gets no energy out of the tissue."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulation import tasks
from simulation.soft_tissue import Lump, depth_for, draw_lump, indentation_force, stiffness_felt

RADIUS, NU = 0.004, 0.49
LUMP = Lump(np.array([0.01, -0.004, -0.008]), 0.006, 45e3, 90e3, 0.006)
MIDDLE = np.zeros(3)


def force(x: float, y: float, depth: float, v=(0.0, 0.0, 0.0), damping: float = 5.0, friction: float = 0.05):
    out = np.empty(3)
    place = np.array([x, y, RADIUS - depth])
    felt = indentation_force(
        place, np.array(v), 0.0, RADIUS, LUMP.modulus_pa, LUMP.excess_pa, LUMP.width_m, LUMP.place, NU, damping,
        friction, out,
    )  # fmt: skip
    return out, felt


@pytest.mark.parametrize("depth", [0.0005, 0.002, 0.003])
def test_at_rest_it_is_hertz_with_the_modulus_of_the_place(depth: float) -> None:
    for x, y in ((0.1, 0.1), (0.01, -0.004), (0.014, -0.002)):
        modulus = LUMP.modulus_at(x, y) / (1.0 - NU**2)
        found, felt = force(x, y, depth)
        assert felt == pytest.approx(depth)
        assert found[2] == pytest.approx(4.0 / 3.0 * modulus * math.sqrt(RADIUS) * depth**1.5, rel=1e-12)
        assert stiffness_felt(found[2], depth, RADIUS) == pytest.approx(modulus)
        assert depth_for(found[2], modulus, RADIUS) == pytest.approx(depth)


def test_above_the_surface_there_is_nothing() -> None:
    found, felt = force(0.0, 0.0, -1e-6, (0.1, 0.0, -0.1))
    assert felt == 0.0
    assert not found.any()


def test_a_lump_is_felt_as_stiffness_and_the_farther_off_the_less() -> None:
    felt = [force(LUMP.place[0] + away, LUMP.place[1], 0.002)[0][2] for away in (0.0, 0.004, 0.008, 0.03)]
    assert felt == sorted(felt, reverse=True)
    assert felt[0] == pytest.approx(felt[3] * (45e3 + 90e3) / 45e3, rel=1e-4)


def test_the_force_is_the_gradient_of_one_energy() -> None:
    def energy(x, y, depth):
        return 8.0 / 15.0 * LUMP.modulus_at(x, y) / (1.0 - NU**2) * math.sqrt(RADIUS) * depth**2.5

    x, y, d, h = 0.013, -0.001, 0.0025, 1e-6
    found, _ = force(x, y, d)
    assert found[0] == pytest.approx(-(energy(x + h, y, d) - energy(x - h, y, d)) / (2 * h), rel=1e-5)
    assert found[1] == pytest.approx(-(energy(x, y + h, d) - energy(x, y - h, d)) / (2 * h), rel=1e-5)
    assert found[2] == pytest.approx((energy(x, y, d + h) - energy(x, y, d - h)) / (2 * h), rel=1e-5)


@settings(deadline=None, max_examples=30)
@given(
    seed=st.integers(0, 10_000),
    damping=st.floats(0.0, 20.0),
    friction=st.floats(0.0, 0.5),
)
def test_no_closed_path_through_the_tissue_gives_energy(seed: int, damping: float, friction: float) -> None:
    rng = np.random.default_rng(seed)
    s = np.linspace(0.0, 2.0 * np.pi, 1001)
    a, b = rng.normal(size=(2, 3, 3))
    wave = np.array([[np.sin(k * s), np.cos(k * s)] for k in (1, 2, 3)])
    path = 0.004 * (a.T @ wave[:, 0] + b.T @ wave[:, 1])
    path[2] = RADIUS - 0.002 + 0.5 * (path[2] - path[2].mean())  # in and out of the surface, too
    path[0] += LUMP.place[0]
    middle, step = 0.5 * (path[:, 1:] + path[:, :-1]), np.diff(path)
    work = gross = 0.0
    for p, dp in zip(middle.T, step.T, strict=True):
        found, _ = force(p[0], p[1], RADIUS - p[2], dp / 1e-3, damping, friction)
        work += float(found @ dp)
        gross += abs(float(found @ dp))
    assert work <= 2e-4 * gross  # of the sum over steps


def test_damping_and_friction_lose_energy_in_a_press_and_a_release() -> None:
    depth = 0.003 * np.sin(np.linspace(0.0, np.pi, 1001))
    lost = []
    for damping in (0.0, 5.0):
        work = 0.0
        for d, dd in zip(0.5 * (depth[1:] + depth[:-1]), np.diff(depth), strict=True):
            work -= force(0.0, 0.0, d, (0.0, 0.0, -dd / 1e-3), damping)[0][2] * dd
        lost.append(-work)
    assert lost[0] == pytest.approx(0.0, abs=1e-9)
    assert lost[1] > 1e-5


def test_what_is_drawn_lies_within_the_lesson_s_ranges_and_is_always_to_be_felt() -> None:
    lesson = tasks.load("palpation")
    seen = set()
    for seed in range(50):
        lump = draw_lump(lesson.tissue, lesson.inclusion, MIDDLE, np.random.default_rng(seed))
        assert abs(lump.place[0]) <= lesson.inclusion.area_m[0]
        assert abs(lump.place[1]) <= lesson.inclusion.area_m[1]
        assert lump.place[2] + lump.radius_m < 0.0
        assert lump.excess_pa > 0.5 * lump.modulus_pa
        seen.add(tuple(lump.place))
    assert len(seen) == 50
