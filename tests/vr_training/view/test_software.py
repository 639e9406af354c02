from __future__ import annotations

import numpy as np
import pytest

from robotics.errors import ArgumentError
from robotics.shape_config import Box, Cylinder, Pad, Sphere
from vr_training.view.bodies import shape_body as body
from vr_training.view.bodies import still_scene as scene
from vr_training.view.cameras import look_at, project
from vr_training.view.contracts import Camera, Frame
from vr_training.view.software import Quality, SoftwareRenderer

QUALITIES: tuple[Quality, ...] = ("fast", "live", "still")
ABOVE = Camera(look_at((0.0, -0.3, 0.4), (0.0, 0.0, 0.0), (0, 0, 1)), 0.7, 160, 120)
FLOOR = Box(material="floor", size_m=(0.6, 0.6, 0.02), xyz_m=(0.0, 0.0, -0.01))


def draw(message: object, poses: np.ndarray, quality: Quality, camera: Camera = ABOVE, threads: int = 1) -> Frame:
    renderer = SoftwareRenderer(quality, threads)
    renderer.load(message)  # type: ignore[arg-type]
    frame = renderer.render(poses, camera)
    renderer.close()
    return frame


@pytest.mark.parametrize("quality", QUALITIES)
def test_depth_is_where_a_ray_meets_the_sphere(quality: Quality) -> None:
    message, poses = scene(body("ball", Sphere(material="steel", radius_m=0.05, segments=96)))
    frame = draw(message, poses, quality)
    assert frame.colour.shape == (120, 160, 3)
    assert frame.depth.shape == (120, 160)
    # The pixels around the middle see the sphere head on, at its distance less its radius.
    assert frame.depth[60, 80] == pytest.approx(0.5 - 0.05, abs=0.001)
    assert np.isinf(frame.depth[2, 2])
    area = np.isfinite(frame.depth).mean() * 160 * 120
    focal = 60 / np.tan(0.35)
    silhouette = np.tan(np.arcsin(0.05 / 0.5)) * focal
    # A pixel has depth as soon as one of its samples has: up to half a pixel all around, and the facets' sagitta less.
    assert np.pi * (silhouette - 0.2) ** 2 < area < np.pi * (silhouette + 0.6) ** 2


@pytest.mark.parametrize("quality", QUALITIES)
def test_a_point_appears_where_the_camera_projects_it(quality: Quality) -> None:
    message, poses = scene(body("dot", Sphere(material="white", radius_m=0.006)))
    poses[0, :3] = 0.06, 0.03, 0.02
    frame = draw(message, poses, quality)
    rows, columns = np.nonzero(np.isfinite(frame.depth))
    column, row, _ = project(ABOVE, poses[0, :3])
    assert columns.mean() + 0.5 == pytest.approx(column, abs=0.7)
    assert rows.mean() + 0.5 == pytest.approx(row, abs=0.7)


def test_the_nearer_body_hides_the_farther_one() -> None:
    message, poses = scene(
        body("near", Sphere(material="white", radius_m=0.03)), body("far", Sphere(material="rubber", radius_m=0.03))
    )
    toward = ABOVE.T_world_camera[:3, 3] / 0.5
    poses[0, :3], poses[1, :3] = 0.1 * toward, -0.1 * toward
    bright = draw(message, poses, "live").colour[60, 80].mean()
    poses[[0, 1]] = poses[[1, 0]]
    dark = draw(message, poses, "live").colour[60, 80].mean()
    assert bright > 100 > dark


@pytest.mark.parametrize("quality", ["live", "still"])
def test_a_body_casts_a_shadow_on_the_floor_unless_it_is_told_not_to(quality: Quality) -> None:
    ball = Sphere(material="white", radius_m=0.02, xyz_m=(0.0, 0.0, 0.06))
    with_, poses = scene(body("floor", FLOOR), body("ball", ball))
    without, _ = scene(body("floor", FLOOR), body("ball", ball, casts_shadow=False))
    # The light comes from +x, -y: the shadow of a ball 6 cm up lies towards -x, +y of it.
    column, row, _ = project(ABOVE, (-0.06 * 0.42, 0.06 * 0.38, 0.0)).round().astype(int)
    shaded, lit = draw(with_, poses, quality).colour, draw(without, poses, quality).colour
    assert shaded[row, column].astype(float).mean() < 0.85 * lit[row, column].astype(float).mean()
    far = shaded[110, 20].astype(int) - lit[110, 20].astype(int)
    assert np.abs(far).max() <= 12


def test_a_flat_floor_does_not_shade_itself() -> None:
    message, poses = scene(body("floor", FLOOR))
    live, fast = draw(message, poses, "live").colour, draw(message, poses, "fast").colour
    # Equal but for the antialiased border, so compare the inside.
    assert np.abs(live[50:70, 60:100].astype(int) - fast[50:70, 60:100].astype(int)).max() <= 2


def test_a_surface_that_crosses_the_eye_is_drawn_to_the_pictures_edge() -> None:
    ground = Box(material="floor", size_m=(20.0, 20.0, 0.02), xyz_m=(0.0, 0.0, -0.01))
    message, poses = scene(body("ground", ground))
    eye = Camera(look_at((0, 0, 0.1), (1.0, 0, 0.0), (0, 0, 1)), 1.0, 160, 120)
    depth = draw(message, poses, "fast", eye).depth
    assert np.isfinite(depth[110]).all()
    # Depth of a plane 0.1 m below the eye along each row's ray.
    row = 110.5
    slope = (row - 60) / (60 / np.tan(0.5))
    down = np.arctan(0.1) + np.arctan(slope)
    along = 0.1 / np.sin(down) * np.cos(np.arctan(slope))
    assert depth[110, 80] == pytest.approx(along, rel=1e-3)


def test_an_overlay_tints_what_is_behind_it_and_vanishes_behind_solid_bodies() -> None:
    message, poses = scene(
        body("floor", FLOOR), body("ghost", Sphere(material="ghost", radius_m=0.04)), body("lid", FLOOR)
    )
    poses[1, :3] = 0.0, 0.0, 0.05
    poses[2, :3] = 0.0, 0.0, -1.0
    plain = poses.copy()
    plain[1] = np.nan
    seen, bare = draw(message, poses, "live").colour.astype(int), draw(message, plain, "live").colour.astype(int)
    column, row, _ = project(ABOVE, poses[1, :3]).round().astype(int)
    tint = seen[row, column] - bare[row, column]
    assert tint[1] > tint[0] + 10  # greener
    assert np.isfinite(draw(message, poses, "live").depth[row, column])
    poses[2, :3] = 0.0, 0.0, 0.15
    plain[2] = poses[2]
    hidden = draw(message, poses, "live").colour[60, 80].astype(int) - draw(message, plain, "live").colour[60, 80]
    assert np.abs(hidden).max() == 0


def test_a_body_without_a_finite_pose_is_left_out() -> None:
    message, poses = scene(body("ball", Sphere(material="steel", radius_m=0.05)))
    poses[0, 0] = np.nan
    for quality in QUALITIES:
        assert np.isinf(draw(message, poses, quality).depth).all()


def test_edges_are_smooth_when_live_and_smoother_in_stills() -> None:
    message, poses = scene(body("rod", Cylinder(material="white", radius_m=0.01, length_m=0.2, xyz_m=(0, 0, -0.1))))
    poses[0, 3:] = np.cos(0.3), 0.0, np.sin(0.3), 0.0
    counts = [len(np.unique(draw(message, poses, quality).colour[60])) for quality in QUALITIES]
    assert counts[0] < counts[1] <= counts[2] + 4


def test_threads_do_not_change_the_picture() -> None:
    pad = Pad(material="tissue", size_m=(0.1, 0.08, 0.01), relief_m=0.001, seed=2)
    message, poses = scene(body("pad", pad), body("ball", Sphere(material="steel", radius_m=0.01)))
    one, three = draw(message, poses, "live", threads=1), draw(message, poses, "live", threads=3)
    assert np.array_equal(one.colour, three.colour)
    assert np.array_equal(one.depth, three.depth)


def test_wrong_use_says_what_is_wrong() -> None:
    with pytest.raises(ArgumentError, match="still, live, fast"):
        SoftwareRenderer("pretty")  # type: ignore[arg-type]
    renderer = SoftwareRenderer("fast", 1)
    with pytest.raises(ArgumentError, match="load"):
        renderer.render(np.zeros((1, 7)), ABOVE)
    renderer.load(scene(body("ball", Sphere(material="steel", radius_m=0.05)))[0])
    with pytest.raises(ArgumentError, match=r"\(1, 7\)"):
        renderer.render(np.zeros((2, 7)), ABOVE)


def test_a_new_scene_replaces_the_one_before() -> None:
    renderer = SoftwareRenderer("live", 1)
    first, poses = scene(body("a", Sphere(material="steel", radius_m=0.05)), body("b", FLOOR))
    renderer.load(first)
    renderer.render(poses, ABOVE)
    second, poses = scene(body("c", Sphere(material="white", radius_m=0.02)))
    renderer.load(second)
    np.testing.assert_array_equal(renderer.render(poses, ABOVE).colour, draw(second, poses, "live").colour)


@pytest.mark.parametrize("quality", ["live", "fast"])
def test_a_picture_is_the_same_whatever_was_drawn_before_it(quality: Quality) -> None:
    """Bodies move, leave, come back, hide each other and shade the floor; the camera jumps to and fro."""
    message, poses = scene(
        body("floor", FLOOR, moving=False),
        body("ball", Sphere(material="steel", radius_m=0.03)),
        body("rod", Cylinder(material="white", radius_m=0.01, length_m=0.2)),
        body("ghost", Sphere(material="ghost", radius_m=0.04)),
    )
    other = Camera(look_at((0.2, -0.3, 0.3), (0.0, 0.0, 0.0), (0, 0, 1)), 0.7, 160, 120)
    rng = np.random.default_rng(5)
    kept = SoftwareRenderer(quality, 1)
    kept.load(message)
    for step in range(40):
        for i in np.flatnonzero(rng.random(4) < 0.4):
            if i:
                poses[i, :3] = rng.uniform((-0.15, -0.15, -0.02), (0.15, 0.15, 0.12))
                poses[i, 3:] = rng.normal(size=4)
        if step == 20:
            poses[0, 2] -= 0.05  # even what is said never to move
        shown = poses.copy()
        shown[1:][rng.random(3) < 0.1] = np.nan
        camera = other if rng.random() < 0.2 else ABOVE
        anew, before = draw(message, shown, quality, camera), kept.render(shown, camera)
        np.testing.assert_array_equal(before.colour, anew.colour)
        np.testing.assert_array_equal(before.depth, anew.depth)


def test_two_eyes_are_both_remembered_whatever_was_looked_at_before() -> None:
    message, poses = scene(body("floor", FLOOR, moving=False), body("ball", Sphere(material="steel", radius_m=0.02)))
    renderer = SoftwareRenderer("live", 1)
    renderer.load(message)
    left = Camera(look_at((-0.003, -0.3, 0.4), (0.0, 0.0, 0.0), (0, 0, 1)), 0.7, 80, 120)
    right = Camera(look_at((0.003, -0.3, 0.4), (0.0, 0.0, 0.0), (0, 0, 1)), 0.7, 80, 120)
    for camera in (ABOVE, left, right):
        renderer.render(poses, camera)
    for camera in (left, right):
        renderer.render(poses, camera)
        assert not renderer.lit
    poses[1, 0] += 0.01
    renderer.render(poses, left)
    assert 0.0 < renderer.lit < 0.5


@pytest.mark.parametrize("quality", ["live", "fast"])
def test_a_picture_is_the_same_whatever_was_drawn_before_it_while_a_shadow_creeps(quality: Quality) -> None:
    """A lid close to the floor and another one high above it move a little at a time: most of a shadow stays."""
    lid = Box(material="white", size_m=(0.14, 0.10, 0.004))
    message, poses = scene(
        body("floor", FLOOR, moving=False),
        body("pad", Pad(material="tissue", size_m=(0.12, 0.1, 0.01), relief_m=0.002, seed=3), moving=False),
        body("high", lid),
        body("low", Box(material="steel", size_m=(0.05, 0.03, 0.004))),
    )
    poses[2, :3], poses[3, :3] = (0.05, -0.05, 0.2), (0.0, 0.0, 0.02)
    kept = SoftwareRenderer(quality, 1)
    kept.load(message)
    rng = np.random.default_rng(8)
    for _ in range(25):
        poses[2, :3] += rng.normal(size=3) * (0.004, 0.004, 0.01)
        poses[3, :3] += rng.normal(size=3) * (0.001, 0.001, 0.001)
        anew, before = draw(message, poses, quality), kept.render(poses, ABOVE)
        np.testing.assert_array_equal(before.colour, anew.colour)
        np.testing.assert_array_equal(before.depth, anew.depth)


def test_what_lies_deep_in_a_shadow_is_not_lit_again_while_the_shadow_creeps() -> None:
    """The lid hangs outside the picture: all that changes in it is the outline of the shadow."""
    message, poses = scene(
        body("floor", FLOOR, moving=False), body("lid", Box(material="white", size_m=(0.2, 0.2, 0.004)))
    )
    poses[1, :3] = 0.5 * 0.42, -0.5 * 0.38, 0.5
    renderer = SoftwareRenderer("live", 1)
    renderer.load(message)
    before = renderer.render(poses, ABOVE).colour.astype(int)
    lit = draw(message, np.vstack((poses[:1], np.full((1, 7), np.nan))), "live").colour.astype(int)
    shaded = (np.abs(before - lit).max(axis=2) > 8).mean()
    assert shaded > 0.15
    poses[1, 0] += 0.001
    changed = (np.abs(renderer.render(poses, ABOVE).colour.astype(int) - before).max(axis=2) > 0).mean()
    assert 0.0 < changed <= renderer.lit < 0.75 * shaded


def test_a_narrow_picture_darkens_towards_its_corners_as_a_wide_one_does() -> None:
    message, poses = scene(body("floor", Box(material="white", size_m=(4.0, 4.0, 0.02), xyz_m=(0.0, 0.0, -0.01))))
    for width, height in ((160, 80), (80, 160)):
        down = Camera(look_at((0.0, 0.0, 0.4), (0.0, 0.0, 0.0), (0, 1, 0)), 0.7, width, height)
        colour = draw(message, poses, "fast", down).colour.astype(int).mean(axis=2)
        corners, middle = colour[[0, 0, -1, -1], [0, -1, 0, -1]], colour[height // 2, width // 2]
        assert (corners < middle).all()
        assert (corners > 0.3 * middle).all()
