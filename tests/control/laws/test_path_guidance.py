"""The tunnel is free along the path and inside, and has soft walls."""

from __future__ import annotations

import numpy as np
import pytest

from control.laws import create
from robotics.guidance import Moment, Space
from tests.control.laws.conftest import DT, run, state


def beside(distance: float, v: tuple[float, float], name: str = "tunnel", progress: float = 0.5, **more) -> np.ndarray:
    """Force on an arm that is ``distance`` to the left of a path along x."""
    law = create(name, Space.TIP, 2, DT)
    known = state(2, moment=Moment.MOVE, tangent=[1.0, 0.0], progress=progress, nearest=[0.1, 0.0], **more)
    known.x[:], known.v[:] = (0.1, distance), v
    return run(law, known, 1.0)[-1]


def test_inside_it_does_nothing_whichever_way_the_arm_goes() -> None:
    np.testing.assert_array_equal(beside(0.009, (0.5, 0.3)), 0.0)


def test_the_wall_is_emus_spring_and_damper_across_the_path_alone() -> None:
    np.testing.assert_allclose(beside(0.03, (0.7, 0.2)), [0.0, -1400.0 * 0.02 - 6.0 * 0.2], atol=1e-12)
    np.testing.assert_allclose(beside(-0.03, (0.7, 0.2)), [0.0, 1400.0 * 0.02 - 6.0 * 0.2], atol=1e-12)


def test_the_wall_has_no_step() -> None:
    forces = np.array([beside(distance, (0.0, 0.5))[1] for distance in np.linspace(0.009, 0.016, 60)])
    assert np.abs(np.diff(forces)).max() < 1.0


def test_without_a_tangent_it_pulls_to_the_nearest_point() -> None:
    law = create("tunnel", Space.TIP, 2, DT)
    known = state(2, moment=Moment.MOVE)
    known.x[:] = 0.03, 0.04
    np.testing.assert_allclose(run(law, known, 1.0)[-1], -1400.0 * 0.04 * np.array([0.6, 0.8]))


def test_help_along_the_path_is_viscous_forwards_only_and_comes_and_goes_at_its_ends() -> None:
    assert beside(0.0, (0.4, 0.0), "tunnel_assisted")[0] == pytest.approx(10.0 * 0.4)
    assert beside(0.0, (-0.4, 0.0), "tunnel_assisted")[0] == 0.0
    assert beside(0.0, (0.4, 0.0), "tunnel_assisted", progress=0.05)[0] == pytest.approx(5.0 * 0.4)
    for end in (0.0, 1.0):
        assert beside(0.0, (0.4, 0.0), "tunnel_assisted", progress=end)[0] == 0.0


def test_resistance_along_the_path_counts_both_ways() -> None:
    assert beside(0.0, (0.4, 0.0), "tunnel_resisted")[0] == pytest.approx(-10.0 * 0.4)
    assert beside(0.0, (-0.4, 0.0), "tunnel_resisted")[0] == pytest.approx(10.0 * 0.4)
