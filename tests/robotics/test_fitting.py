"""An arm is set to a person as far as it goes, and what sits on it keeps to what it was mounted on."""

from __future__ import annotations

import numpy as np
import pytest

from robotics.arm_config import ArmConfig, load_arm_config
from robotics.chain import chain_from_config
from robotics.config import convert
from robotics.errors import ArgumentError, ConfigError
from robotics.fitting import TIP, fitted, person_lengths
from robotics.human_arm import human_arm
from robotics.kinematics import forward, link_poses
from robotics.mirror import mirrored
from tests.robotics.oracle import random_arm


@pytest.mark.parametrize("height", [1.45, 1.62, 1.78, 1.94])
def test_a_fitted_exoskeleton_has_the_joints_and_the_palm_of_the_person(height):
    config, over = fitted(load_arm_config("arm_exo"), person_lengths(height))
    assert over == {"shoulder_rotation": 0.0, "forearm_pronation": 0.0}
    exo, person = chain_from_config(config), human_arm("male", 70.0, height, "right")
    rng = np.random.default_rng(1)
    for _ in range(10):
        q = rng.uniform(exo.lower, exo.upper)
        ours, theirs = link_poses(exo, q), link_poses(person, [*q, 0.0, 0.0])
        np.testing.assert_allclose(ours[3, :3, 3], theirs[3, :3, 3], atol=1e-12)
        np.testing.assert_allclose(forward(exo, q), forward(person, [*q, 0.0, 0.0]), atol=1e-12)


def test_a_person_beyond_the_range_gets_its_end_and_the_rest_is_told():
    config, over = fitted(load_arm_config("arm_exo"), person_lengths(2.2))
    assert config.joints[2].d_m == -0.38
    assert over["shoulder_rotation"] == pytest.approx(0.186 * 2.2 - 0.38)
    small, under = fitted(load_arm_config("arm_exo"), person_lengths(1.2))
    assert small.joints[2].d_m == -0.26
    assert under["shoulder_rotation"] == pytest.approx(0.186 * 1.2 - 0.26)


def test_a_left_arm_is_fitted_like_a_right_one():
    lengths, config = person_lengths(1.85), load_arm_config("arm_exo")
    one, other = (
        chain_from_config(c) for c in (mirrored(fitted(config, lengths)[0]), fitted(mirrored(config), lengths)[0])
    )
    np.testing.assert_allclose(one.placement, other.placement, atol=1e-15)


def test_fitting_again_changes_nothing():
    lengths = person_lengths(1.6)
    once, _ = fitted(load_arm_config("arm_exo"), lengths)
    assert fitted(once, lengths)[0] == once


def box(anchor, **part):
    return {
        "link": "j1",
        "anchor": anchor,
        "part": {"shape": "box", "material": "m", "size_m": [0.1, 0.1, 0.2], **part},
    }


def adjustable(**changes):
    """Two joints that turn, the second at 0.3 m below the first."""
    data = random_arm(np.random.default_rng(0), 2, "modified_dh")
    first = data["joints"][0]
    data["joints"][1] = {
        **first,
        "name": "j1",
        "alpha_rad": 0.0,
        "a_m": 0.0,
        "d_m": -0.3,
        "fit": {"length": "forearm", "range_m": [0.2, 0.4]},
    }
    data["home"] = [0.0, 0.0]
    return data | changes


def test_parts_keep_to_what_they_are_mounted_on():
    shapes = [box("link", xyz_m=[0, 0, 0.01]), box("previous", xyz_m=[0, 0, 0.25]), box("between", xyz_m=[0, 0, 0.15])]
    config = convert(adjustable(visuals=shapes), ArmConfig)
    longer, _ = fitted(config, {"forearm": 0.34})
    assert [shape.part.xyz_m[2] for shape in longer.visuals] == pytest.approx([0.01, 0.29, 0.17])
    assert [shape.part.size_m[2] for shape in longer.visuals] == pytest.approx([0.2, 0.2, 0.24])


def test_the_tip_is_fitted_too_and_takes_its_cuff_along():
    cuff = {
        "name": "hand",
        "link": "j1",
        "segment": "hand",
        "anchor": "tip",
        "xyz_m": [0.0, 0.02, 0.0],
        "stiffness_n_m": [1, 1, 1],
        "damping_ns_m": [1, 1, 1],
        "stiffness_nm_rad": [1, 1, 1],
        "damping_nms_rad": [1, 1, 1],
    }
    data = random_arm(np.random.default_rng(0), 2, "modified_dh")
    data["joints"][1] |= {"name": "j1"}
    data["tip"] = {"xyz_m": [-0.08, 0.0, 0.0], "fit": {"length": "palm", "range_m": [0.06, 0.1], "along": "x"}}
    config = convert(data | {"side": "left", "cuffs": [cuff]}, ArmConfig)
    shorter, over = fitted(config, {"palm": 0.07})
    assert over == {TIP: 0.0}
    assert shorter.tip.xyz_m == pytest.approx((-0.07, 0.0, 0.0))
    assert shorter.cuffs[0].xyz_m == pytest.approx((0.01, 0.02, 0.0))


def test_a_length_that_is_missing_is_asked_for_by_name():
    with pytest.raises(ArgumentError, match="lengths has no 'elbow_to_palm', which 'forearm_pronation' is set to"):
        fitted(load_arm_config("arm_exo"), {"upper_arm": 0.3})
    with pytest.raises(ArgumentError, match="'upper_arm' must be above 0 m"):
        fitted(load_arm_config("arm_exo"), {"upper_arm": 0.0, "elbow_to_palm": 0.3})
    with pytest.raises(ArgumentError, match=r"height_m must be within 0\.4 to 2\.6 m"):
        person_lengths(17.0)


@pytest.mark.parametrize(
    ("fit", "message"),
    [
        ({"length": "leg", "range_m": [0.2, 0.4]}, "length: no length 'leg'; choose one of: upper_arm, forearm"),
        ({"length": "forearm", "range_m": [0.4, 0.2]}, "range_m: 0.4 is not below 0.2"),
        ({"length": "forearm", "range_m": [0.1, 0.2]}, "fit: d_m is -0.3, its size is outside of range_m, [0.1, 0.2]"),
        ({"length": "forearm", "range_m": [0.2, 0.4], "along": "x"}, "a joint has no 'x'; choose one of: d_m, a_m"),
    ],
)
def test_what_cannot_be_fitted_is_refused(fit, message):
    data = adjustable()
    data["joints"][1]["fit"] = fit
    with pytest.raises(ConfigError) as caught:
        convert(data, ArmConfig)
    assert message in str(caught.value)


def test_a_part_keeps_only_to_what_its_link_can_move_against():
    shape = {**box("previous"), "link": "j0"}
    with pytest.raises(ConfigError, match=r"visuals\[0\]\.anchor: no 'previous' on link 'j0'; choose one of: link"):
        convert(adjustable(visuals=[shape]), ArmConfig)
    turned = box("between", rpy_rad=[0.1, 0, 0])
    with pytest.raises(ConfigError, match="'between' takes a box with the axes of its link"):
        convert(adjustable(visuals=[turned]), ArmConfig)
