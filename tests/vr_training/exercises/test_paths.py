"""Paths: where the nearest point is, and how a point runs along them."""

from __future__ import annotations

import numpy as np
import pytest

from robotics.contracts import Vector
from robotics.errors import ArgumentError
from vr_training.exercises.paths import WINDOW, Path, line


def curve(m: int, points: int = 80) -> Path:
    s = np.linspace(0.0, 1.0, points)
    return Path(np.column_stack([s, 0.3 * np.sin(3.0 * s), 0.2 * s * s])[:, :m])


def eight(points: int = 240) -> Path:
    angle = np.linspace(0.0, 2.0 * np.pi, points + 1)
    return Path(np.column_stack([np.sin(angle), 0.5 * np.sin(2.0 * angle)]))


def place(path: Path, s: float) -> tuple[Vector, Vector]:
    point, tangent = np.zeros((2, path.points.shape[1]))
    path.at(s, point, tangent)
    return point, tangent


@pytest.mark.parametrize("m", [1, 2, 3])
def test_nothing_of_the_path_is_nearer_than_the_nearest_point(m: int) -> None:
    path, rng = curve(m), np.random.default_rng(m)
    for s in rng.uniform(0.0, path.length, 30):
        x = place(path, s)[0] + 0.03 * rng.normal(size=m)
        near = path.nearest(x, s)
        around = np.linspace(max(s - WINDOW * path.length, 0.0), min(s + WINDOW * path.length, path.length), 400)
        least = min(float(np.linalg.norm(x - place(path, each)[0])) for each in around)
        assert float(np.linalg.norm(x - place(path, near)[0])) <= least + 1e-12


def test_at_a_crossing_the_branch_that_one_is_on_goes_on() -> None:
    path = eight()
    crossing = 0.5 * path.length
    other = place(path, 0.0)[0]
    np.testing.assert_allclose(place(path, crossing)[0], other, atol=1e-9)
    assert path.nearest(other, 0.02 * path.length) == pytest.approx(0.0, abs=1e-9)
    assert path.nearest(other, 0.48 * path.length) == pytest.approx(crossing)


@pytest.mark.parametrize("m", [1, 2, 3])
def test_the_first_part_of_a_way_is_the_same_way_and_ends_where_it_should(m: int) -> None:
    path = curve(m)
    for share in (0.013, 0.5, 1.0):
        part = path.until(share * path.length)
        assert part.length == pytest.approx(share * path.length)
        np.testing.assert_allclose(part.points[-1], place(path, share * path.length)[0])
        for s in np.linspace(0.0, part.length, 7):
            np.testing.assert_allclose(place(part, s)[0], place(path, s)[0], atol=1e-12)


def test_beyond_an_end_is_that_end() -> None:
    path = curve(3)
    for s, end in ((-1.0, 0), (path.length + 1.0, -1)):
        np.testing.assert_allclose(place(path, s)[0], path.points[end], atol=1e-12)
    assert path.nearest(path.points[0] - 1.0, 0.0) == 0.0
    assert path.nearest(path.points[-1] + 1.0, path.length) == pytest.approx(path.length)


def test_a_path_of_one_point_goes_nowhere() -> None:
    path = line([0.3, 0.1], [0.3, 0.1])
    point, tangent = place(path, 0.5)
    assert (path.length, path.nearest(np.ones(2), 0.0)) == (0.0, 0.0)
    np.testing.assert_array_equal(point, [0.3, 0.1])
    np.testing.assert_array_equal(tangent, 0.0)


def test_the_velocity_of_a_point_that_runs_along_is_how_its_place_changes() -> None:
    path, dt = line([0.1, 0.2, 0.3], [0.5, 0.1, 0.2]), 1e-6
    point, tangent, rate, change = np.zeros((4, 3))
    speed, acceleration = 0.2, 0.7
    path.moving(0.1, speed, acceleration, point, tangent, rate, change)
    after = place(path, 0.1 + speed * dt)[0]
    np.testing.assert_allclose((after - point) / dt, rate, atol=1e-9)
    np.testing.assert_allclose(change, acceleration * tangent)
    assert float(np.linalg.norm(tangent)) == pytest.approx(1.0)


def test_a_path_reversed_is_the_same_way_back() -> None:
    path = curve(2)
    for s in (0.0, 0.2, 0.7):
        np.testing.assert_allclose(place(path.reversed(), path.length - s)[0], place(path, s)[0], atol=1e-12)


def test_points_that_are_none_are_refused() -> None:
    with pytest.raises(ArgumentError, match="all finite"):
        Path([[0.0, np.nan]])
