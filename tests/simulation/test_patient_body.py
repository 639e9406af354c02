"""What a patient looks like: his own size, on his own side, inside of what holds him."""

from __future__ import annotations

import numpy as np
import pytest

from robotics.arm_config import BASE, ArmConfig, load_arm_config
from robotics.chain import chain_from_config, rpy_matrix
from robotics.config import CONFIG_DIR, read
from robotics.contracts import Vector
from robotics.errors import UnknownNameError
from robotics.fitting import fitted, person_lengths
from robotics.human_arm import LENGTHS, human_arm
from robotics.kinematics import link_poses
from robotics.mirror import mirrored
from robotics.shape_config import Box
from robotics.shapes import mesh
from simulation.patients.body import ARM, GHOST, SEAT, TRUNK, ghost_shapes, segment_shapes
from simulation.patients.seated import floor_m
from simulation.scenery import SceneShape

LINKS = (2, 4, 6)
PEOPLE = [("male", 75.0, 1.75), ("female", 62.0, 1.65), ("male", 88.0, 1.90), ("female", 50.0, 1.52)]


def points(shapes: list[SceneShape]) -> Vector:
    return np.concatenate([mesh(shape.part).vertices for shape in shapes]).astype(np.float64)


def in_base(person: tuple[str, float, float], side: str, q: Vector) -> dict[str, Vector]:
    """Vertices of all parts in the arm's base."""
    poses = link_poses(human_arm(*person, side), q)
    found = {name: points(shapes) for name, shapes in segment_shapes(*person, side).items()}
    for name, link in zip(ARM, LINKS, strict=True):
        found[name] = found[name] @ poses[link][:3, :3].T + poses[link][:3, 3]
    return found


@pytest.mark.parametrize("person", PEOPLE)
def test_segments_reach_from_joint_to_joint(person: tuple[str, float, float]) -> None:
    shapes = segment_shapes(*person, "right")
    height = person[2]
    for name, length in zip(ARM[:2], LENGTHS[:2], strict=True):
        low, high = (points(shapes[name])[:, 2].min(), points(shapes[name])[:, 2].max())
        assert -1.14 * length * height < low < -length * height
        assert 0.0 < high < 0.2 * length * height
    assert set(shapes) == {*ARM, TRUNK, SEAT}
    assert all(shape.owner == name for name, parts in shapes.items() for shape in parts)


@pytest.mark.parametrize("person", PEOPLE)
def test_the_fist_leaves_room_for_a_grip_at_the_tip(person: tuple[str, float, float]) -> None:
    hand = points(segment_shapes(*person, "right")["hand"])
    tip = human_arm(*person, "right").T_link_tip[:3, 3]
    off = hand - tip
    within = np.abs(off[:, 1]) < 0.045
    around = np.hypot(off[within, 0], off[within, 2])
    assert around.min() > 0.0155  # the grips of the arms are no thicker than 16 mm
    assert (around < 0.05).sum() > 500  # and the fingers close around it
    angle = np.arctan2(off[within, 2], off[within, 0])[around < 0.04]
    assert np.histogram(angle, 12, (-np.pi, np.pi))[0].min() > 0


def test_a_left_patient_is_the_mirror_image_of_a_right_one() -> None:
    q = np.array([0.7, 0.3, -0.2, 0.9, 0.5, 0.2, -0.1])
    right, left = (in_base(PEOPLE[0], side, q) for side in ("right", "left"))
    for name, vertices in right.items():
        image = vertices * (1.0, -1.0, 1.0)
        some = image[:: max(1, len(image) // 200)]
        gap = np.linalg.norm(some[:, None] - left[name][None], axis=2).min(axis=1)
        assert gap.max() < 2e-3


@pytest.mark.parametrize("floor", [None, -1.0, -0.9])
def test_he_sits_with_his_shoes_on_the_floor_and_his_trunk_to_the_side_of_the_shoulder(floor: float | None) -> None:
    shapes = segment_shapes(*PEOPLE[0], "right", floor)
    seat, trunk = points(shapes[SEAT]), points(shapes[TRUNK])
    assert seat[:, 2].min() == pytest.approx(floor_m(1.75) if floor is None else floor, abs=0.005)
    assert trunk[:, 2].min() > -0.62
    assert trunk[:, 2].max() == pytest.approx((1.0 - 0.818) * 1.75, abs=0.02)  # Winter: shoulder at 0.818 of the height
    assert trunk[:, 1].mean() > 0.1


def posture(config: ArmConfig) -> Vector:
    """The home posture of the arm as the patient's."""
    names = [joint.name for joint in config.joints]
    human = human_arm(*PEOPLE[0], "right")
    q = np.where([name == "elbow_flexion" for name in human.joint_names], np.pi / 2, 0.0)
    for name, value in zip(names, config.home, strict=True):
        q[human.joint_names.index(name)] = value
    return q


@pytest.mark.parametrize("side", ["right", "left"])
@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("name", ["arm_exo", "wrist_exo"])
def test_no_bar_or_bracket_of_an_arm_that_fits_goes_through_his_limb(
    name: str, person: tuple[str, float, float], side: str
) -> None:
    config, _ = fitted(load_arm_config(name), person_lengths(person[2]))
    config = config if side == "right" else mirrored(config)
    chain = chain_from_config(config)
    q = posture(config)
    found = in_base(person, side, q)
    if name == "wrist_exo":
        wrist = link_poses(human_arm(*person, side), q)[6][:3, 3]
        found = {segment: found[segment] - wrist for segment in ARM}
    limb = np.concatenate([found[segment] for segment in ARM])
    links = {BASE: np.eye(4)} | dict(zip(chain.joint_names, link_poses(chain, chain.home), strict=True))
    boxes = [shape for shape in config.visuals if isinstance(shape.part, Box)]
    assert boxes
    for shape in boxes:
        T = links[shape.link]
        local = (limb - T[:3, 3]) @ T[:3, :3]
        local = (local - shape.part.xyz_m) @ rpy_matrix(*shape.part.rpy_rad)
        inside = (np.abs(local) < 0.5 * np.array(shape.part.size_m) - 0.001).all(axis=1)
        assert not inside.any(), (shape.link, shape.part.xyz_m)


@pytest.mark.parametrize("person", PEOPLE[:2])
def test_the_limb_of_an_average_person_lies_within_the_shells_of_the_cuffs(person: tuple[str, float, float]) -> None:
    config, _ = fitted(load_arm_config("arm_exo"), person_lengths(person[2]))
    chain, q = chain_from_config(config), posture(config)
    found = in_base(person, "right", q)
    links = dict(zip(chain.joint_names, link_poses(chain, chain.home), strict=True))
    for cuff, inner in zip(config.cuffs[:2], (0.060, 0.042), strict=True):  # inner radii of the shells
        T = links[cuff.link]
        local = (found[cuff.segment] - T[:3, 3]) @ T[:3, :3] - cuff.xyz_m
        near = np.abs(local[:, 2]) < 0.045
        assert near.sum() >= 20
        assert np.hypot(local[near, 0], local[near, 1]).max() < inner
        assert np.abs(local[near, :2].mean(axis=0)).max() < 0.01


def test_materials_are_there_and_a_picture_stays_cheap() -> None:
    materials = read(CONFIG_DIR / "materials.toml")["materials"]
    shapes = segment_shapes(*PEOPLE[0], "right")
    assert {shape.part.material for parts in shapes.values() for shape in parts} <= set(materials)
    assert sum(len(mesh(shape.part).faces) for parts in shapes.values() for shape in parts) < 40_000
    ghost = ghost_shapes(*PEOPLE[0], "left")
    assert set(ghost) == set(ARM)
    assert {shape.part.material for parts in ghost.values() for shape in parts} == {GHOST}
    assert materials[GHOST]["opacity"] < 0.6
    with pytest.raises(UnknownNameError, match="side"):
        segment_shapes(*PEOPLE[0], "middle")
