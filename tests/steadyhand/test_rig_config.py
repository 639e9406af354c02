"""Rigs as configured: a number or a camera that cannot be is refused with its key and value."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from robotics.config import CONFIG_DIR, convert, decode, names
from robotics.errors import ConfigError
from steadyhand.rig_config import CameraConfig, RigConfig

RIG = """
title = "A rig"
period_s = 0.001
controller = "teleoperation"
filter = "none"

[[arms]]
name = "psm1"
arm = "psm"
{arm}

[simulation]
{simulation}

[[cameras]]
name = "endoscope"
eye_m = [0.0, -0.1, 0.1]
look_at_m = [0.0, 0.0, 0.0]
fov_y_deg = 50.0
{camera}
"""

CAMERA: dict[str, Any] = {"name": "c", "eye_m": [0.3, -0.4, 0.5], "look_at_m": [0.1, 0.2, 0.1], "fov_y_deg": 50.0}


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
@pytest.mark.parametrize(
    ("part", "line", "key"),
    [
        ("arm", "xyz_m = [0.0, {}, 0.0]", "arms[0].xyz_m[1]"),
        ("arm", "rpy_rad = [{}, 0.0, 0.0]", "arms[0].rpy_rad[0]"),
        ("arm", "home = [0.0, 0.0, {}, 0.0, 0.0, 0.0]", "arms[0].home[2]"),
        ("arm", "trocar_m = [0.0, 0.0, {}]", "arms[0].trocar_m[2]"),
        ("simulation", "gravity_m_s2 = {}", "simulation.gravity_m_s2"),
        ("camera", "up = [0.0, 0.0, {}]", "cameras[0].up[2]"),
    ],
)
def test_a_number_that_is_not_finite_is_refused_with_its_key_and_value(
    part: str, line: str, key: str, value: str
) -> None:
    parts = {"arm": "", "simulation": "", "camera": ""}
    decode(RIG.format(**parts), RigConfig)
    with pytest.raises(ConfigError, match=f"is {value}$") as caught:
        decode(RIG.format(**{**parts, part: line.format(value)}), RigConfig)
    assert caught.value.key == key


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"look_at_m": CAMERA["eye_m"]}, r"look_at_m: \[0.3, -0.4, 0.5\] is where eye_m is"),
        ({"up": [0.0, 0.0, 0.0]}, r"up: \[0.0, 0.0, 0.0\] gives no direction"),
        ({"up": [0.2, -0.6, 0.4]}, r"up: \[0.2, -0.6, 0.4\] is along the view, from \[0.3, -0.4, 0.5\]"),
        ({"up": [-1.0, 3.0, -2.0]}, "is along the view"),
        ({"eye_m": [0.1, 0.2, 2.0]}, r"up: \[0.0, 0.0, 1.0\] is along the view"),
        ({"eye_m": [1e300, 0.0, 0.0], "up": [1e300, 0.0, 0.0]}, "is along the view"),
    ],
)
def test_a_camera_whose_picture_would_have_no_direction_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        convert({**copy.deepcopy(CAMERA), **changes}, CameraConfig, "rig")


def test_a_camera_that_is_taken_turns_the_world_properly() -> None:
    R = convert(CAMERA, CameraConfig).R_operator_world()
    np.testing.assert_allclose(R @ R.T, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(R), 1.0)
    back = np.subtract(CAMERA["eye_m"], CAMERA["look_at_m"])
    np.testing.assert_allclose(R @ back, [0.0, 0.0, np.linalg.norm(back)], atol=1e-12)


def test_a_camera_on_an_arm_that_the_rig_has_not_is_refused_with_those_it_has() -> None:
    text = RIG.format(arm="", simulation="", camera='arm = "{}"')
    assert decode(text.replace("{}", "psm1"), RigConfig).cameras[0].arm == "psm1"
    with pytest.raises(ConfigError, match=r"is 'psm2'; the rig has psm1"):
        decode(text.replace("{}", "psm2"), RigConfig)


@pytest.mark.parametrize("name", names("rigs"))
def test_every_rig_that_ships_is_taken(name: str) -> None:
    text = (CONFIG_DIR / "rigs" / f"{name}.toml").read_text(encoding="utf-8")
    assert decode(text, RigConfig).cameras
