"""Pictures of every arm, to look at: ``python -m vr_training.view.gallery OUT_DIR [ARM...]``.

Each arm in its home posture, and where it carries an instrument a close-up of that over tissue, with a needle and the
ghost of a target.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from robotics.arm_config import ArmConfig, load_arm_config
from robotics.chain import chain_from_config
from robotics.config import names
from robotics.contracts import Vector
from robotics.fitting import fitted, person_lengths
from robotics.human_arm import human_arm
from robotics.kinematics import link_poses
from robotics.mesh import Mesh
from robotics.shape_config import Box, Cylinder, Pad, Shape, Tube
from robotics.shapes import join, mesh
from vr_training.stream.messages import Body, SceneMessage
from vr_training.view.bodies import body, shape_body, still_scene
from vr_training.view.cameras import look_at, project
from vr_training.view.contracts import Camera
from vr_training.view.software import Quality, SoftwareRenderer

SIZE = (1280, 960)
"""Size of the pictures [px]."""
FLOOR_M = {"iiwa_laparoscope": 0.0, "iiwa_needle": 0.0, "planar_reach": -0.74, "arm_exo": -0.98, "wrist_exo": -0.17}
"""Height of the floor under an arm; arms that are not here hang over a table."""
PERSON = ("male", 75.0, 1.75)
"""Sex, mass [kg] and height [m] of the person whom an arm holds."""


@dataclass(frozen=True)
class Part:
    """A body and where it stands in world, shape (4, 4)."""

    body: Body
    pose: Vector


def arm_parts(config: ArmConfig, q: ArrayLike, jaw: float, T_world_base: Vector, surface: str = "") -> list[Part]:
    """An arm's bodies, one for each link and material, where a posture puts them.

    Args:
        config: The arm.
        q: Joint positions, shape (n,).
        jaw: Jaw angle [rad].
        T_world_base: Where its base stands, shape (4, 4).
        surface: Material for all of it, or empty for its own.
    """
    chain = chain_from_config(config)
    T_base_link = link_poses(chain, q)
    groups: dict[tuple[str, float, str], list[Mesh]] = {}
    for visual in config.visuals:
        groups.setdefault((visual.link, visual.jaw, surface or visual.part.material), []).append(mesh(visual.part))
    parts = []
    for (link, share, name), meshes in groups.items():
        T = T_world_base if link == "base" else T_world_base @ T_base_link[chain.joint_names.index(link)]
        turn = np.eye(4)
        c, s = np.cos(share * jaw), np.sin(share * jaw)
        turn[:2, :2] = [[c, -s], [s, c]]
        parts.append(Part(body(f"{config.name}/{link}/{share}/{name}", name, join(meshes), config.name), T @ turn))
    return parts


def shape_part(name: str, shape: Shape, pose: Vector | None = None) -> Part:
    """A body of one shape."""
    return Part(shape_body(name, shape), np.eye(4) if pose is None else pose)


def scene(parts: Iterable[Part]) -> tuple[SceneMessage, Vector]:
    """A scene message of bodies, and their poses, shape (bodies, 7)."""
    parts = list(parts)
    return still_scene(*(part.body for part in parts), poses=[_pose(part.pose) for part in parts])


def whole(name: str) -> tuple[list[Part], Camera]:
    """An arm in its home posture, and a camera that sees all of it."""
    config, _ = fitted(load_arm_config(name), person_lengths(PERSON[2]))
    parts = arm_parts(config, config.home, 0.5, np.eye(4))
    if name == "arm_exo":
        parts += _person(config)
    corners = np.concatenate([_corners(part) for part in parts])
    low, high = corners.min(axis=0), corners.max(axis=0)
    floor = FLOOR_M.get(name, -0.17)
    centre = (float(low[0] + high[0]) / 2, float(low[1] + high[1]) / 2, floor - 0.02)
    span = 0.62 * float(np.hypot(*(high - low)[:2])) + 0.12
    stand = Cylinder(material="floor", radius_m=span, length_m=0.02, bevel_m=0.006, xyz_m=centre, segments=96)
    parts.append(shape_part("stand", stand))
    if name in ("psm", "psm_si", "psm_probe", "ecm"):
        table = Box(material="drape", size_m=(0.62, 0.62, 0.05), bevel_m=0.02, xyz_m=(0.0, 0.0, -0.145))
        parts += [shape_part("table", table), shape_part("pad", _pad((0.0, 0.0, -0.105)))]
    if name == "wrist_exo":
        parts += _person(config)
    middle = (low + high) / 2
    away = np.array([0.85, -1.0, 0.38]) if config.side and name != "planar_reach" else np.array([-1.0, -0.85, 0.45])
    return parts, _framed(corners, middle, away)


def close_up(name: str, distance_m: float = 0.062) -> tuple[list[Part], Camera] | None:
    """The instrument over tissue with a needle and a ghost; None for an arm that carries none."""
    config = load_arm_config(name)
    if config.remote_centre == "none":
        return None
    chain = chain_from_config(config)
    q = np.asarray(config.home, dtype=np.float64).copy()
    if config.jaw is not None:
        q[0], q[1], q[3], q[4], q[5] = -0.25, 0.30, 0.5, -0.35, 0.30
    T_base_link = link_poses(chain, q)
    tip = T_base_link[-1] @ chain.T_link_tip
    parts = arm_parts(config, q, 0.6, np.eye(4))
    p = tip[:3, 3]
    parts.append(shape_part("pad", _pad((p[0] + 0.004, p[1], p[2] - 0.011))))
    at = (float(p[0]) + 0.003, float(p[1]) - 0.006, float(p[2]) - 0.0095)
    needle = Tube(
        material="needle",
        radius_m=0.00033,
        arc_radius_m=0.0083,
        arc_rad=np.pi,
        point_m=0.005,
        xyz_m=at,
        rpy_rad=(0.95, 0.0, 0.45),
    )
    parts.append(shape_part("needle", needle))
    thread = tuple(
        (at[0] + x, at[1] + y, at[2] + z)
        for x, y, z in (
            (0.0075, 0.0036, 0.0),
            (0.012, 0.0068, 0.0008),
            (0.018, 0.0052, 0.0006),
            (0.021, -0.002, 0.0008),
            (0.017, -0.010, 0.0008),
            (0.024, -0.018, 0.0008),
            (0.040, -0.020, 0.0006),
        )
    )
    parts.append(shape_part("thread", Tube(material="suture", radius_m=0.00015, points_m=thread)))
    ghost = tip.copy()
    ghost[:3, 3] += (-0.011, -0.003, 0.001)
    T = np.eye(4)
    T[:3, 3] = ghost[:3, 3] - p
    parts += [part for part in arm_parts(config, q, 0.25, T, "ghost") if "/wrist" in part.body.name]
    eye = p + distance_m * np.array([-0.45, -0.72, 0.55]) / np.linalg.norm([0.45, 0.72, 0.55])
    target = p + np.array([0.0, 0.0, 0.004])
    if name == "ecm":
        parts = arm_parts(config, q, 0.0, np.eye(4))
        eye = p + distance_m * np.array([-0.42, -0.50, -0.55])
    if name == "iiwa_laparoscope":
        eye, target = p + 1.2 * distance_m * np.array([-0.5, -0.72, 0.42]), p + np.array([0.0, 0.0, 0.004])
    return parts, Camera(look_at(eye, target, (0.0, 0.0, 1.0)), 0.75, *SIZE)


def render(parts: list[Part], camera: Camera, path: Path, quality: Quality = "still") -> None:
    """Draw parts into a PNG file."""
    from PIL import Image

    renderer = SoftwareRenderer(quality)
    message, poses = scene(parts)
    renderer.load(message)
    Image.fromarray(renderer.render(poses, camera).colour).save(path)
    renderer.close()


def main(arguments: list[str]) -> int:
    """Write the pictures; the first argument is the folder, the others are arms, all where none is given."""
    if not arguments:
        print("usage: python -m vr_training.view.gallery OUT_DIR [ARM...]", file=sys.stderr)
        return 2
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    for name in arguments[1:] or names("arms"):
        views = {"": whole(name), "_close": close_up(name)}
        for suffix, view in views.items():
            if view is not None:
                path = folder / f"{name}{suffix}.png"
                render(*view, path)
                print(path)
    return 0


def _pad(at: tuple[float, float, float]) -> Pad:
    x, y, z = (float(v) for v in at)
    return Pad(material="tissue", size_m=(0.10, 0.08, 0.014), relief_m=0.0012, seed=4, xyz_m=(x, y, z))


def _person(config: ArmConfig) -> list[Part]:
    """The person whom an arm holds, with the arm's home posture; of one at a wrist module no more than his arm."""
    # Simulated patients bring the simulator along, which no view but this needs.
    from simulation.patients.body import ARM, segment_shapes

    human = human_arm(*PERSON, config.side)
    q = human.home * np.isin(human.joint_names, ("elbow_flexion",))
    for name, value in zip((joint.name for joint in config.joints), config.home, strict=True):
        q[human.joint_names.index(name)] = value
    poses = link_poses(human, q)
    T = np.eye(4)
    whole_person = config.joints[0].name == human.joint_names[0]
    if not whole_person:
        T[:3, 3] = -poses[6][:3, 3]  # the base lies in the wrist
    parts = []
    for name, shapes in segment_shapes(*PERSON, config.side, FLOOR_M.get(config.name)).items():
        if name in ARM or whole_person:
            pose = T @ poses[(2, 4, 6)[ARM.index(name)]] if name in ARM else T
            parts += [shape_part(f"{name}/{index}", shape.part, pose) for index, shape in enumerate(shapes)]
    return parts


def _framed(points: Vector, middle: Vector, away: Vector) -> Camera:
    """The camera in a direction from the middle that is as near as it can be and still sees all points."""
    away = away / np.linalg.norm(away)
    distance = 10.0
    for _ in range(8):
        camera = Camera(look_at(middle + distance * away, middle, (0.0, 0.0, 1.0)), 0.6, *SIZE)
        seen = project(camera, points)
        middle = middle + camera.T_world_camera[:3, :2] @ (
            ((seen[:, :2].max(axis=0) + seen[:, :2].min(axis=0)) / 2 - np.array(SIZE) / 2)
            * (2 * distance * np.tan(0.3) / SIZE[1])
        )
        distance *= float((np.ptp(seen[:, :2], axis=0) / np.array(SIZE)).max()) / 0.86
    return camera


def _corners(part: Part) -> Vector:
    vertices = np.frombuffer(part.body.vertices, "<f4").reshape(-1, 3).astype(np.float64)
    corners: Vector = vertices @ part.pose[:3, :3].T + part.pose[:3, 3]
    return corners


def _pose(T: Vector) -> Vector:
    from scipy.spatial.transform import Rotation

    x, y, z, w = Rotation.from_matrix(T[:3, :3]).as_quat()
    return np.array([*T[:3, 3], w, x, y, z])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
