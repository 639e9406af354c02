"""Each resistance has its form, and only a spring gives anything back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from control.laws import create
from control.laws.resistive import Settings
from robotics.config import decode
from robotics.errors import ConfigError
from robotics.guidance import Moment, Space
from tests.control.laws.conftest import DT, run, state


def against(name: str, v: list[float], x: list[float] | None = None) -> np.ndarray:
    law = create(name, Space.TIP, len(v), DT)
    known = state(len(v), moment=Moment.MOVE)
    known.v[:] = v
    if x is not None:
        known.x[:] = x
    return run(law, known, 1.0)[-1]


def test_viscous_resistance_is_in_proportion_to_the_speed() -> None:
    np.testing.assert_allclose(against("resistive_viscous", [0.3, -0.1]), [-6.0, 2.0])


def test_elastic_resistance_is_in_proportion_to_the_way() -> None:
    np.testing.assert_allclose(against("resistive_elastic", [0.0, 0.0], [0.1, -0.2]), [-12.0, 24.0])


def test_constant_resistance_is_the_same_at_any_speed_and_goes_smoothly_through_rest() -> None:
    for speed in (0.25, 0.5, 2.0):
        assert np.linalg.norm(against("resistive_constant", [0.6 * speed, 0.8 * speed])) == pytest.approx(
            12.0, rel=0.03
        )
    forces = np.array([against("resistive_constant", [v])[0] for v in np.linspace(-0.1, 0.1, 41)])
    assert forces[20] == 0.0
    np.testing.assert_allclose(forces, -forces[::-1])
    assert np.abs(np.diff(forces)).max() <= 12.0 * 0.005 / 0.05


@pytest.mark.parametrize("name", ["resistive_viscous", "resistive_constant", "active_damped"])
@given(v=st.lists(st.floats(-3, 3), min_size=1, max_size=3))
@settings(max_examples=25, deadline=None)
def test_it_never_pushes_along_the_motion(name: str, v: list[float]) -> None:
    assert against(name, v) @ np.array(v) <= 0.0


def test_active_movement_is_free() -> None:
    np.testing.assert_array_equal(against("active", [1.0, -2.0], [0.3, 0.3]), 0.0)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('kind = "viscous"', "damping: must be above 0"),
        ('kind = "constant"\nforce = 3.0', "speed: must be above 0"),
        ('kind = "viscous"\ndamping = 3.0\nforce = 2.0', "force: has no place"),
        ('kind = "magnetic"', "kind"),
    ],
)
def test_settings_that_do_not_belong_together_are_refused(text: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        decode(f"{text}\nmax_force = 10.0", Settings)
