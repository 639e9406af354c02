"""Cameras: from where a view says it looks to the matrices that a renderer takes, one eye or two, fixed or free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from msgspec import structs
from numpy.typing import ArrayLike

from robotics.contracts import POSE_SIZE, Vector
from robotics.errors import ArgumentError, UnknownNameError
from robotics.kernels.rotation import matrix_from_pose
from vr_training.stream.messages import CameraView
from vr_training.view.contracts import Camera

POLE_RAD = 0.02
"""How near to straight up or down a free camera may look [rad]."""


def look_at(eye: ArrayLike, target: ArrayLike, up: ArrayLike) -> Vector:
    """Pose of a camera at ``eye`` that looks at ``target`` with ``up`` upwards in its picture.

    Args:
        eye: Position in world, shape (3,) [m].
        target: Point in the middle of the picture, shape (3,) [m].
        up: Direction, shape (3,); where it runs along the line of sight, some other one is taken.

    Returns:
        T_world_camera, shape (4, 4); x right, y down, z forward.

    Raises:
        ArgumentError: ``eye`` and ``target`` are the same point.
    """
    eye, target, up = (np.asarray(v, dtype=np.float64) for v in (eye, target, up))
    forward = target - eye
    distance = float(np.linalg.norm(forward))
    if not distance > 0.0:
        raise ArgumentError(f"a camera at {eye.tolist()} cannot look at its own position")
    forward = forward / distance
    right = np.cross(forward, up)
    if np.linalg.norm(right) < 1e-6 * max(float(np.linalg.norm(up)), 1.0):
        right = np.cross(forward, np.eye(3)[int(np.argmin(np.abs(forward)))])
    right = right / np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, 0], pose[:3, 1], pose[:3, 2], pose[:3, 3] = right, np.cross(forward, right), forward, eye
    return pose


def carried(view: CameraView, carrier: ArrayLike) -> CameraView:
    """A view in world of a camera that an arm carries.

    Args:
        view: The camera, in the frame of the arm's tip.
        carrier: That tip in world, shape (7,); where it is no pose, as before a first state, the view is left in the
            frame of the tip.
    """
    pose, T = np.array(carrier, dtype=np.float64), np.eye(4)
    if pose.shape != (POSE_SIZE,) or not np.isfinite(pose).all() or not pose[3:].any():
        pose = np.array([0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0])
    matrix_from_pose(pose, T)
    eye, target = (T[:3, :3] @ np.asarray(p) + T[:3, 3] for p in (view.eye_m, view.look_at_m))
    x, y, z = eye.tolist()
    u, v, w = target.tolist()
    a, b, c = (T[:3, :3] @ np.asarray(view.up)).tolist()
    return structs.replace(view, arm="", eye_m=(x, y, z), look_at_m=(u, v, w), up=(a, b, c))


def operator_axes(view: CameraView) -> Vector:
    """Rotation from the frame that a view is given in into that of an operator who looks through it, shape (3, 3)."""
    R_frame_camera = look_at(view.eye_m, view.look_at_m, view.up)[:3, :3]
    R: Vector = np.diag((1.0, -1.0, -1.0)) @ R_frame_camera.T
    return R


def camera(view: CameraView, width: int, height: int) -> Camera:
    """The camera of a view in the middle between its two eyes."""
    return Camera(look_at(view.eye_m, view.look_at_m, view.up), view.fov_y_rad, width, height)


def stereo(view: CameraView, width: int, height: int) -> tuple[Camera, Camera]:
    """Left and right eye, each picture ``width`` by ``height``.

    The eyes stand ``baseline_m`` apart and turn in slightly, so that the point looked at has no disparity: the
    operator's eyes rest there without effort, as in a stereo endoscope.
    """
    middle = look_at(view.eye_m, view.look_at_m, view.up)
    right = middle[:3, 0] * (view.baseline_m / 2)
    eye = np.asarray(view.eye_m)
    left_eye, right_eye = (
        Camera(look_at(eye + shift, view.look_at_m, view.up), view.fov_y_rad, width, height)
        for shift in (-right, right)
    )
    return left_eye, right_eye


def find_camera(views: Sequence[CameraView], name: str) -> int:
    """Index of the camera called ``name``; 0, the operator's, where the name is empty.

    Raises:
        UnknownNameError: There is none; the message lists those there are.
    """
    names = [view.name for view in views]
    if name and name not in names:
        raise UnknownNameError("camera", name, names)
    return names.index(name) if name else 0


def matrix(camera: Camera) -> Vector:
    """Intrinsic matrix K, shape (3, 3) [px]: square pixels, principal point in the middle."""
    focal = camera.height / (2.0 * np.tan(camera.fov_y_rad / 2.0))
    return np.array([[focal, 0.0, camera.width / 2.0], [0.0, focal, camera.height / 2.0], [0.0, 0.0, 1.0]])


def project(camera: Camera, points: ArrayLike) -> Vector:
    """Where points in world appear.

    Args:
        camera: The camera.
        points: Shape (..., 3) [m].

    Returns:
        Shape (..., 3): column and row [px], and distance along the line of sight [m]; NaN pixels behind the camera.
    """
    T = camera.T_world_camera
    p = (np.asarray(points, dtype=np.float64) - T[:3, 3]) @ T[:3, :3]
    K = matrix(camera)
    z = np.where(p[..., 2] > 0.0, p[..., 2], np.nan)
    return np.stack([K[0, 0] * p[..., 0] / z + K[0, 2], K[1, 1] * p[..., 1] / z + K[1, 2], p[..., 2]], axis=-1)


@dataclass(frozen=True)
class FreeCamera:
    """A camera that a hand moves around a point: orbit, pan and zoom each give a new one.

    Attributes:
        target_m: Point it turns about, in world, shape (3,) [m].
        distance_m: Distance from the point [m].
        azimuth_rad: Angle about the world's z axis; 0 looks along -x [rad].
        elevation_rad: Angle above the horizontal [rad].
        fov_y_rad: Vertical field of view [rad].
    """

    target_m: Vector = field(default_factory=lambda: np.zeros(3))
    distance_m: float = 1.0
    azimuth_rad: float = 0.0
    elevation_rad: float = 0.5
    fov_y_rad: float = 0.7

    @classmethod
    def of(cls, view: CameraView) -> FreeCamera:
        """The free camera that starts where a view is, upright."""
        target = np.asarray(view.look_at_m, dtype=np.float64)
        away = np.asarray(view.eye_m, dtype=np.float64) - target
        distance = float(np.linalg.norm(away))
        elevation = float(np.arcsin(np.clip(away[2] / distance, -1.0, 1.0)))
        bound = np.pi / 2 - POLE_RAD
        azimuth = float(np.arctan2(away[1], away[0]))
        if np.hypot(away[0], away[1]) < 1e-6 * distance:
            # Straight down: the picture's up says which way round the operator stands.
            azimuth = float(np.arctan2(-view.up[1], -view.up[0])) * (1.0 if away[2] > 0 else -1.0)
        return cls(target, distance, azimuth, float(np.clip(elevation, -bound, bound)), view.fov_y_rad)

    def orbit(self, azimuth_rad: float, elevation_rad: float) -> FreeCamera:
        """Turn about the point; never over the pole."""
        bound = np.pi / 2 - POLE_RAD
        elevation = float(np.clip(self.elevation_rad + elevation_rad, -bound, bound))
        return replace(self, azimuth_rad=self.azimuth_rad + azimuth_rad, elevation_rad=elevation)

    def pan(self, right: float, up: float) -> FreeCamera:
        """Move camera and point together, in shares of the picture's height."""
        pose = self._pose()
        span = 2.0 * self.distance_m * np.tan(self.fov_y_rad / 2.0)
        return replace(self, target_m=self.target_m + span * (right * pose[:3, 0] - up * pose[:3, 1]))

    def zoom(self, steps: float) -> FreeCamera:
        """Come nearer by ``steps`` of 10 %; between 1 cm and 10 m."""
        return replace(self, distance_m=float(np.clip(self.distance_m * 0.9**steps, 0.01, 10.0)))

    def view(self, name: str = "free", baseline_m: float = 0.005) -> CameraView:
        """The view that it has now."""
        pose = self._pose()
        eye, target = pose[:3, 3], self.target_m
        return CameraView(
            name=name,
            eye_m=(float(eye[0]), float(eye[1]), float(eye[2])),
            look_at_m=(float(target[0]), float(target[1]), float(target[2])),
            up=(0.0, 0.0, 1.0),
            fov_y_rad=self.fov_y_rad,
            baseline_m=baseline_m,
        )

    def camera(self, width: int, height: int) -> Camera:
        """Its camera for a picture of this size."""
        return Camera(self._pose(), self.fov_y_rad, width, height)

    def _pose(self) -> Vector:
        away = np.array(
            [
                np.cos(self.elevation_rad) * np.cos(self.azimuth_rad),
                np.cos(self.elevation_rad) * np.sin(self.azimuth_rad),
                np.sin(self.elevation_rad),
            ]
        )
        return look_at(self.target_m + self.distance_m * away, self.target_m, (0.0, 0.0, 1.0))
