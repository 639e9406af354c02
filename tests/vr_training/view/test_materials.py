from __future__ import annotations

import numpy as np
import pytest

from robotics.arm_config import load_arm_config
from robotics.config import decode, names
from robotics.errors import ConfigError, UnknownNameError
from robotics.shapes import mesh
from vr_training.view.materials import MaterialsConfig, linear, material, materials


def test_every_surface_has_a_colour_in_linear_light() -> None:
    assert len(materials()) > 20
    for surface in materials().values():
        assert all(0.0 <= c <= 1.0 for c in surface.colour)


def test_srgb_turns_into_linear_light_as_the_standard_says() -> None:
    # Mid grey 188/255 is half of the light (IEC 61966-2-1).
    assert linear(188 / 255) == pytest.approx(0.5, abs=0.005)
    np.testing.assert_allclose(linear([0.0, 1.0]), [0.0, 1.0])


def test_an_unknown_surface_is_refused_with_the_valid_ones() -> None:
    with pytest.raises(UnknownNameError, match="steel"):
        material("stele")


def test_a_colour_that_is_none_is_refused_with_its_key() -> None:
    with pytest.raises(ConfigError, match="colour_srgb"):
        decode('[materials.x]\ncolour_srgb = "red"', MaterialsConfig)


@pytest.mark.parametrize("arm", names("arms"))
def test_every_arm_has_looks_whose_surfaces_exist_and_whose_triangles_a_live_view_can_afford(arm: str) -> None:
    config = load_arm_config(arm)
    assert config.visuals
    for visual in config.visuals:
        material(visual.part.material)
    assert sum(len(mesh(visual.part).faces) for visual in config.visuals) < 25_000
    links = {visual.link for visual in config.visuals}
    assert links >= {joint.name for joint in config.joints}
