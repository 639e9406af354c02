"""The mirror image of an arm is the same arm on the other side, joint for joint."""

from __future__ import annotations

import numpy as np
import pytest

from robotics.arm_config import ArmConfig, load_arm_config
from robotics.chain import chain_from_config, rpy_matrix
from robotics.config import convert, names
from robotics.dynamics import gravity_torque, inverse_dynamics
from robotics.fitting import fitted, person_lengths
from robotics.human_arm import human_arm
from robotics.kinematics import forward, link_poses
from robotics.mirror import mirrored, mirrored_shape
from robotics.shape_config import Box, Capsule, Cylinder, Extrusion, Lathe, Loft, Shape, Sphere, Tube
from robotics.shapes import mesh, signed_volume
from tests.robotics.oracle import random_arm

ARMS = names("arms")
S = np.diag([1.0, -1.0, 1.0])


def pair(name):
    config = load_arm_config(name)
    return config, mirrored(config)


@pytest.mark.parametrize("name", ARMS)
def test_the_tips_of_an_arm_and_its_image_are_mirror_images_at_equal_joint_values(name):
    right, left = (chain_from_config(config) for config in pair(name))
    rng = np.random.default_rng(3)
    for _ in range(50):
        q = rng.uniform(right.lower, right.upper)
        one, other = forward(right, q), forward(left, q)
        np.testing.assert_allclose(other[:3, 3], S @ one[:3, 3], atol=1e-12)
        np.testing.assert_allclose(other[:3, :3], S @ one[:3, :3] @ S, atol=1e-12)


@pytest.mark.parametrize("name", ARMS)
def test_every_link_of_the_image_stands_and_weighs_as_the_mirror_shows_it(name):
    right, left = (chain_from_config(config) for config in pair(name))
    rng = np.random.default_rng(4)
    q, dq, ddq = rng.uniform(right.lower, right.upper), rng.normal(size=right.size), rng.normal(size=right.size)
    for one, other in zip(link_poses(right, q), link_poses(left, q), strict=True):
        np.testing.assert_allclose(other[:3, 3], S @ one[:3, 3], atol=1e-12)
        assert np.linalg.det(other[:3, :3]) == pytest.approx(1.0)
    gravity = np.array([0.4, 0.0, -9.81])
    torque = inverse_dynamics(right, q, dq, ddq, gravity=gravity)
    np.testing.assert_allclose(inverse_dynamics(left, q, dq, ddq, gravity=gravity), torque, rtol=1e-9, atol=1e-10)
    sideways = np.array([0.0, 3.0, 0.0])
    np.testing.assert_allclose(
        gravity_torque(left, q, gravity=-sideways), gravity_torque(right, q, gravity=sideways), rtol=1e-9, atol=1e-10
    )


@pytest.mark.parametrize("name", ARMS)
def test_the_image_of_the_image_is_the_arm(name):
    config, image = pair(name)
    back = mirrored(image)
    assert (config.side, image.side) in {("right", "left"), ("left", "right"), ("", "")}
    assert back.side == config.side
    one, other = chain_from_config(config), chain_from_config(back)
    for key in ("placement", "com", "inertia", "T_link_tip", "lower", "upper", "home"):
        np.testing.assert_allclose(getattr(other, key), getattr(one, key), atol=1e-12)
    for shape, again in zip(config.visuals, back.visuals, strict=True):
        np.testing.assert_allclose(again.part.xyz_m, shape.part.xyz_m, atol=1e-12)
        np.testing.assert_allclose(rpy_matrix(*again.part.rpy_rad), rpy_matrix(*shape.part.rpy_rad), atol=1e-6)


@pytest.mark.parametrize("convention", ["modified_dh", "standard_dh"])
@pytest.mark.parametrize("seed", range(8))
def test_any_chain_of_turning_and_sliding_joints_on_any_mount_has_its_image(convention, seed):
    rng = np.random.default_rng(seed)
    data = random_arm(rng, int(rng.integers(1, 7)), convention)
    data["mount"] = {"xyz_m": rng.normal(size=3).tolist(), "rpy_rad": rng.uniform(-3.0, 3.0, size=3).tolist()}
    config = convert(data, ArmConfig)
    one, other = chain_from_config(config), chain_from_config(mirrored(config))
    q, dq, ddq = (rng.uniform(-2.0, 2.0, one.size) for _ in range(3))
    T, U = forward(one, q), forward(other, q)
    np.testing.assert_allclose(U[:3, 3], S @ T[:3, 3], atol=1e-12)
    np.testing.assert_allclose(U[:3, :3], S @ T[:3, :3] @ S, atol=1e-12)
    torque = inverse_dynamics(one, q, dq, ddq)
    np.testing.assert_allclose(inverse_dynamics(other, q, dq, ddq), torque, rtol=1e-9, atol=1e-9)


def test_the_image_of_a_right_exoskeleton_turns_about_the_joints_of_a_left_arm():
    lengths = person_lengths(1.75)
    left_exo = chain_from_config(mirrored(fitted(load_arm_config("arm_exo"), lengths)[0]))
    left_arm = human_arm("female", 65.0, 1.75, "left")
    rng = np.random.default_rng(6)
    for _ in range(20):
        q = rng.uniform(left_exo.lower, left_exo.upper)
        np.testing.assert_allclose(forward(left_exo, q), forward(left_arm, [*q, 0.0, 0.0]), atol=1e-12)


def test_cuffs_stand_where_the_mirror_shows_them_and_are_as_stiff():
    config, image = pair("arm_exo")
    right, left = chain_from_config(config), chain_from_config(image)
    q = np.array([0.4, 0.3, -0.2, 1.0, 0.5])
    for cuff, other in zip(config.cuffs, image.cuffs, strict=True):
        index = right.joint_names.index(cuff.link)
        T, U = link_poses(right, q)[index], link_poses(left, q)[index]
        np.testing.assert_allclose(
            U[:3, :3] @ other.xyz_m + U[:3, 3], S @ (T[:3, :3] @ cuff.xyz_m + T[:3, 3]), atol=1e-12
        )
        assert (other.name, other.segment, other.stiffness_n_m) == (cuff.name, cuff.segment, cuff.stiffness_n_m)


POSE = {"xyz_m": (0.03, -0.02, 0.05), "rpy_rad": (0.4, -0.7, 1.9)}
SHAPES: list[Shape] = [
    Box(material="x", size_m=(0.1, 0.2, 0.3), bevel_m=0.01, **POSE),
    Sphere(material="x", radius_m=0.1, **POSE),
    Cylinder(material="x", radius_m=0.05, length_m=0.2, bevel_m=0.005, **POSE),
    Capsule(material="x", radius_m=0.05, length_m=0.2, **POSE),
    Lathe(material="x", profile_m=((0.03, 0.0), (0.01, 0.2)), **POSE),
    Extrusion(
        material="x",
        outline_m=((0, 0), (0.1, 0), (0.1, 0.02), (0.02, 0.02), (0, 0.1)),
        length_m=0.06,
        taper=0.6,
        **POSE,
    ),
    Loft(material="x", sections_m=((0, 0.01, 0, 0.03, 0.05), (0.02, 0, 0.1, 0.05, 0.02), (0, 0, 0.15, 0, 0)), **POSE),
    Tube(material="x", radius_m=0.002, arc_radius_m=0.05, arc_rad=2.0, point_m=0.01, **POSE),
]


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: type(shape).__name__)
def test_a_mirrored_shape_is_the_reflection_of_the_shape_and_not_inside_out(shape, axis):
    signs = np.ones(3)
    signs[axis] = -1.0
    one, image = mesh(shape), mesh(mirrored_shape(shape, axis))
    gap = np.linalg.norm((one.vertices * signs)[:, None] - image.vertices[None], axis=2)
    assert gap.min(axis=0).max() < 1e-6
    assert gap.min(axis=1).max() < 1e-6
    assert signed_volume(image) == pytest.approx(signed_volume(one), rel=1e-4)


def test_a_wire_along_points_is_reflected_point_by_point():
    wire = Tube(material="x", radius_m=0.001, points_m=((0, 0, 0), (0.01, 0.02, 0.03), (0.05, 0.01, -0.02)), **POSE)
    image = mirrored_shape(wire, 1)
    for p, p_image in zip(wire.points_m, image.points_m, strict=True):
        at = rpy_matrix(*wire.rpy_rad) @ p + wire.xyz_m
        np.testing.assert_allclose(rpy_matrix(*image.rpy_rad) @ p_image + image.xyz_m, S @ at, atol=1e-12)
