"""A scene placed before a camera: what every pass over a picture begins with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from robotics.contracts import Vector
from vr_training.view.contracts import Camera
from vr_training.view.software.geometry import Geometry
from vr_training.view.software.raster import Floats, place
from vr_training.view.software.shadow import light_frame
from vr_training.view.software.tiles import Flags


@dataclass(frozen=True)
class Shot:
    """A scene as one camera sees it at one moment.

    Attributes:
        camera: The camera.
        focal: Its focal length [samples].
        poses: Pose of each body in world, shape (bodies, 7); of those not shown it does not matter.
        shown: Bodies whose poses are finite.
        R_world: Their rotations in world, shape (bodies, 3, 3).
        t_world: Their positions there, shape (bodies, 3) [m].
        R_camera: Their rotations in the camera's frame.
        t_camera: Their positions there [m].
        points: Vertices in the camera's frame; they are the next shot's as soon as it is taken.
        normals: Normals there; the same.
        light_from_camera: Into the frame of the key light, shape (3, 4).
    """

    camera: Camera
    focal: float
    poses: Vector
    shown: Flags
    R_world: Vector
    t_world: Vector
    R_camera: Vector
    t_camera: Vector
    points: Floats
    normals: Floats
    light_from_camera: Vector


class Stage:
    """A scene with room to place it in.

    Args:
        scene: The scene.
    """

    def __init__(self, scene: Geometry) -> None:
        self.scene = scene
        self._points, self._normals, self._lit = (np.zeros_like(scene.vertices) for _ in range(3))

    def shoot(self, poses: Vector, camera: Camera, factor: int) -> Shot:
        """Place everything before a camera, ``factor`` samples along a pixel's side."""
        scene = self.scene
        shown: Flags = np.asarray(np.isfinite(poses).all(axis=1))
        placed = np.where(shown[:, None], poses, (0, 0, 0, 1, 0, 0, 0))
        R_world, t_world = _matrices(placed)
        T = np.asarray(camera.T_world_camera, dtype=np.float64)
        R_camera, t_camera = T[:3, :3].T @ R_world, (t_world - T[:3, 3]) @ T[:3, :3]
        place(scene.vertices, scene.vertex_start, R_camera, t_camera, self._points)
        place(scene.normals, scene.vertex_start, R_camera, np.zeros_like(t_camera), self._normals)
        return Shot(
            camera=camera,
            focal=factor * camera.height / (2.0 * np.tan(camera.fov_y_rad / 2.0)),
            poses=placed,
            shown=shown,
            R_world=R_world,
            R_camera=np.ascontiguousarray(R_camera),
            t_camera=np.ascontiguousarray(t_camera),
            t_world=t_world,
            points=self._points,
            normals=self._normals,
            light_from_camera=np.ascontiguousarray(light_frame()[:3, :3].T @ T[:3]),
        )

    def before_light(self, shot: Shot) -> Floats:
        """Vertices in the frame of the key light [m]; they are the next shot's as soon as it asks."""
        turn = light_frame()[:3, :3]
        place(self.scene.vertices, self.scene.vertex_start, turn.T @ shot.R_world, shot.t_world @ turn, self._lit)
        return self._lit


def _matrices(poses: Vector) -> tuple[Vector, Vector]:
    """Rotations (n, 3, 3) and positions (n, 3) of poses ``[x, y, z, qw, qx, qy, qz]``."""
    q = poses[:, 3:] / np.linalg.norm(poses[:, 3:], axis=1, keepdims=True)
    w, x, y, z = q.T
    R = np.empty((len(poses), 3, 3))
    R[:, 0, 0], R[:, 0, 1], R[:, 0, 2] = 1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)
    R[:, 1, 0], R[:, 1, 1], R[:, 1, 2] = 2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)
    R[:, 2, 0], R[:, 2, 1], R[:, 2, 2] = 2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)
    return R, np.ascontiguousarray(poses[:, :3])
